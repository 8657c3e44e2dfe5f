"""Broken octets for every wire decoder: nothing but `Malformed` may come out."""
