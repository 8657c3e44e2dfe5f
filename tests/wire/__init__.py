"""Octets and values: vectors, properties, truncations."""

from __future__ import annotations
