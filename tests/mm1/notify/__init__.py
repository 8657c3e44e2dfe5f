"""Tests of `mmse.mm1.notify`."""
