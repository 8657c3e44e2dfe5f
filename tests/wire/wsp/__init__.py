"""Tests of WSP values and the binary multipart."""
