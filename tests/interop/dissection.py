"""Packets put before tshark, and what it says of each."""

from __future__ import annotations

import os
import struct
import subprocess
import tempfile

__all__ = ["dissected"]


def dissected(link: int, packets: list[bytes], layers: str) -> list[str]:
    """The text of ``layers`` (names of tshark, by commas) for each packet; ``link`` is the capture's link type."""
    capture = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link)]
    for number, octets in enumerate(packets):
        capture.append(struct.pack("<IIII", number, 0, len(octets), len(octets)) + octets)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "packets.pcap")
        with open(path, "wb") as file:
            file.write(b"".join(capture))
        done = subprocess.run(
            ["tshark", "-n", "-r", path, "-O", layers],
            capture_output=True,
            check=True,
            timeout=120,
            env={**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"},
        )
    return ("\n" + done.stdout.decode()).split("\nFrame ")[1:]
