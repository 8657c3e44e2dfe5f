"""The M-Notification.ind that many tests push: "Holiday pictures", 128 octets, with a Content-Location of 53."""

from __future__ import annotations

NOTIFICATION = bytes.fromhex(
    "8c 82 98 54 37 66 33 61 39 63 30 31 00 8d 92"
    "89 18 80 2b 31 35 35 35 31 32 33 30 30 30 31 2f 54 59 50 45 3d 50 4c 4d 4e 00"
    "96 48 6f 6c 69 64 61 79 20 70 69 63 74 75 72 65 73 00"
    "86 81 8a 80 8f 81 8e 03 01 81 cd 88 05 81 03 03 f4 80"
    "83 68 74 74 70 3a 2f 2f 6d 6d 73 63 2e 65 78 61 6d 70 6c 65 2e 6e 65 74"
    "3a 38 30 30 32 2f 6d 6d 73 2f 51 6b 33 76 54 39 78 57 32"
    "70 4c 72 59 37 62 4e 00"
)
