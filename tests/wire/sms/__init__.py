"""Short messages: headers, segments, TPDUs."""

from __future__ import annotations
