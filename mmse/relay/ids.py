"""Message-IDs and Content-Location tokens, from randomness that is handed in."""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Callable

from mmse.abstract.message import TOKEN

__all__ = ["LONGEST_MESSAGE_ID", "Ids"]

LONGEST_MESSAGE_ID = 40
"""Octets of a Message-ID that old phones and gateways are known to keep (digest of MM1 transactions, 2.7)."""

SHORTEST_LOCAL = 16
"""Characters before the @: 16 of 63 letters are 95 bits, never twice in any operator's life."""

LOCAL_OCTETS = 15
TOKEN_OCTETS = 16

# [A-Za-z0-9-] only: a dot might stand first or twice, which RFC 5322 3.2.3 forbids in the Message-ID of MM3 and MM4.
_PLAIN = bytes.maketrans(b"+/", b"--")
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class Ids:
    """Allots identities. ``random(n)`` gives n unguessable octets (``os.urandom`` in a node)."""

    def __init__(self, domain: str, random: Callable[[int], bytes]) -> None:
        self._random = random
        domain = _short(domain)
        self._domain = "@" + domain
        self._local = min(LOCAL_OCTETS // 3 * 4, LONGEST_MESSAGE_ID - 1 - len(domain))

    def message(self) -> str:
        """A Message-ID: at most 40 octets of ``[A-Za-z0-9.@-]``, at least 95 bits of them random."""
        local = b2a_base64(self._random(LOCAL_OCTETS), newline=False).translate(_PLAIN)
        # A dash in front looks like an option to whoever types it after a command.
        first = b"x" if local[:1] == b"-" else local[:1]
        return (first + local[1 : self._local]).decode("ascii") + self._domain

    def token(self) -> str:
        """The secret of a Content-Location: 128 bits in 22 characters that need no escaping in a URL."""
        return b2a_base64(self._random(TOKEN_OCTETS), newline=False).translate(_URL_SAFE)[:TOKEN].decode("ascii")


def _short(domain: str) -> str:
    """The domain without the first labels, as many as must go to leave room for the local part."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in ".-") else "-" for c in domain).strip(".") or "mms"
    longest = LONGEST_MESSAGE_ID - 1 - SHORTEST_LOCAL
    while len(kept) > longest:
        _, dot, rest = kept.partition(".")
        kept = rest if dot else kept[-longest:].strip("-.") or "mms"
    return kept
