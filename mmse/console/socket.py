"""The admin socket: where ``[node] admin`` says it is, and making room for it."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

from mmse.errors import Misconfigured

__all__ = ["endpoint_of", "make_room", "path_of"]


def path_of(endpoint: str) -> str:
    """The file of an endpoint string (``unix:var/admin.sock``)."""
    return endpoint.removeprefix("unix:").partition(":")[0].removeprefix("address=")


def endpoint_of(endpoint: str) -> str:
    """The same endpoint with the mode that lets in nobody but its owner, whatever else was said."""
    return f"unix:{path_of(endpoint)}:mode=600:lockfile=0"


def make_room(path: str) -> None:
    """Make the folder, and take away the socket of a process that is dead. Raises ``Misconfigured`` for a live one.

    A lock file would name a process by its number, which in a container is that of the next life too.
    """
    file = Path(path)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        kind = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(kind):
        raise Misconfigured([f"node.admin: {path} is there and is no socket"])
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except BlockingIOError:
            pass
        except OSError:
            file.unlink(missing_ok=True)
            return
    raise Misconfigured([f"node.admin: another node answers at {path}; stop it, or name another place"])
