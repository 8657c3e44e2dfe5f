"""Tests of mmse; the tree mirrors the package."""
