"""Whole scenarios, as a call flow reads."""
