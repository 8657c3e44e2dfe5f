"""Tests of the MMS encapsulation."""
