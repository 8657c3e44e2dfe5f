"""Octets of real and worked examples."""
