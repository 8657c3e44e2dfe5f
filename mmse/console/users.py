"""Who may look: names and Argon2id hashes (RFC 9106) of ``[console] users``, by HTTP Basic (RFC 7617)."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from binascii import Error
from collections.abc import Callable, Mapping
from hmac import compare_digest
from http import HTTPStatus
from typing import Any

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from twisted.internet.defer import Deferred, DeferredLock

from mmse.console.rest import Declined
from mmse.transport.http import Request

__all__ = ["Users", "hashed"]

MEMORY, PASSES, LANES, LENGTH = 65536, 3, 4, 32
"""KiB, passes, lanes and octets: the second recommended choice of RFC 9106 section 4; 0.1 s on a slow core."""

WAITING = 8
"""Passwords that wait to be tried: one is tried at a time, in a thread; beyond these, 429."""

CHALLENGE = (("WWW-Authenticate", 'Basic realm="mmse", charset="UTF-8"'),)

Elsewhere = Callable[[Callable[[], bool]], "Deferred[bool]"]


def hashed(password: str, salt: bytes) -> str:
    """What ``[console] users`` keeps of a password; 16 octets of fresh randomness are its ``salt``."""
    made = Argon2id(salt=salt, length=LENGTH, iterations=PASSES, lanes=LANES, memory_cost=MEMORY)
    return made.derive_phc_encoded(password.encode("utf-8"))


def _verify(password: str, kept: str) -> bool:
    try:
        Argon2id.verify_phc_encoded(password.encode("utf-8"), kept)
    except InvalidKey:
        return False
    return True


class Users:
    """Admits requests. ``elsewhere`` runs a function in a thread; ``random(n)`` gives n unguessable octets.

    A password that was right once is remembered by a keyed digest, so that a scrape every few seconds costs nothing. A
    name that is unknown takes as long as one that is known.
    """

    def __init__(self, users: Mapping[str, Any], elsewhere: Elsewhere, random: Callable[[int], bytes]) -> None:
        self._elsewhere = elsewhere
        self._random = random
        self._key = random(32)
        self._nobody = ""
        self.use(users)
        self._lock = DeferredLock()

    def use(self, users: Mapping[str, Any]) -> None:
        """From now on these may look."""
        self._users = {name: str(kept) for name, kept in users.items()}
        self._right: dict[str, bytes] = {}
        if self._users and not self._nobody:
            self._nobody = hashed(self._random(16).hex(), self._random(16))

    async def admit(self, request: Request) -> None:
        """Raises ``Declined`` unless the request names a user and their password, or there are no users at all."""
        if not self._users:
            return
        name, password = _credentials(request)
        if not name or not await self._known(name, password):
            raise Declined(HTTPStatus.UNAUTHORIZED, "name and password, please", CHALLENGE)

    async def _known(self, name: str, password: str) -> bool:
        digest = hashlib.blake2b(password.encode("utf-8"), key=self._key).digest()
        right = self._right.get(name)
        if right is not None and compare_digest(right, digest):
            return True
        if len(self._lock.waiting) >= WAITING:
            raise Declined(HTTPStatus.TOO_MANY_REQUESTS, "too many passwords at once", (("Retry-After", "5"),))
        kept = self._users.get(name, self._nobody)
        true = await self._lock.run(self._elsewhere, lambda: _verify(password, kept))
        # The users may have been others while the password was tried.
        if true and self._users.get(name) == kept:
            self._right[name] = digest
            return True
        return False


def _credentials(request: Request) -> tuple[str, str]:
    header = request.getHeader("Authorization") or ""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        text = b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (Error, ValueError):
        return "", ""
    name, _, password = text.partition(":")
    return name, password
