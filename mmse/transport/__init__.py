"""Twisted: sockets and timers. What is pure in a conversation stands in ``mmse.session``."""
