"""Tests of mmse.abstract."""
