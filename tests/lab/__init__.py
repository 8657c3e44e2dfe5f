"""Tests of `mmse.lab`."""
