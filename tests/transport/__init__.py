"""Transports, over in-memory sockets and a virtual clock."""
