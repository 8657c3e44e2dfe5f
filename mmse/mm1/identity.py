"""Who is behind an MM1 connection: what the network says, never what the phone claims (security digest M1, X9).

Three sources, asked in this order: number headers of trusted proxies, the address map, and, in a lab, HTTP Basic.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from hmac import compare_digest
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import TypeAlias
from urllib.parse import unquote

from zope.interface import implementer

from mmse.abstract.address import Address, AddressKind, AddressMalformed, parse
from mmse.errors import Misconfigured
from mmse.interfaces import Identity, IIdentity
from mmse.journal import log
from mmse.mm1.settings import MM1

__all__ = ["AddressMap", "Chain", "LabBasicAuth", "ProxyHeaders", "TrustedNetworks", "make_identity"]

Peer: TypeAlias = IPv4Address | IPv6Address | None
Header: TypeAlias = Callable[[str], list[str]]
Network: TypeAlias = IPv4Network | IPv6Network
Normal: TypeAlias = Callable[[Address], Address]

UNIX = "unix"
"""The word in ``trusted_proxies`` for peers on a UNIX socket, which have no address."""

CACHED = 4096
"""Header values whose numbers are remembered: only trusted proxies can fill this."""

LONGEST_CODE = 7
"""Digits of a short number; in so few, two leading zeros are part of it."""

LONGEST = 200
"""Characters of a number header that are looked at; base64 of the longest address is shorter."""


def _unchanged(address: Address) -> Address:
    return address


class TrustedNetworks:
    """Networks of peers that are believed; the word ``unix`` among them stands for UNIX sockets."""

    def __init__(self, networks: Sequence[str], path: str = "mm1.trusted_proxies") -> None:
        self._unix = UNIX in networks
        self._networks = [_network(text, path) for text in networks if text != UNIX]

    def __contains__(self, peer: Peer) -> bool:
        if peer is None:
            return self._unix
        return any(peer in network for network in self._networks)


def _network(text: str, path: str) -> Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise Misconfigured(
            [f"{path}: {text!r} is no network; write 10.0.0.0/8, 2001:db8::/32 or one address"]
        ) from None


def _plain(text: str) -> str:
    return text


def _base64(text: str) -> str:
    return b64decode(text + "=" * (-len(text) % 4), validate=True).decode("ascii")


def _hex(text: str) -> str:
    return bytes.fromhex(text).decode("ascii")


ENCODINGS: dict[str, Callable[[str], str]] = {"plain": _plain, "base64": _base64, "hex": _hex}
"""How the number is written in its header: ``msisdn_encoding``."""


def _number(text: str) -> Address | None:
    """The number a gateway wrote, with its ``+``, ``00``, ``tel:``, quotes, ``;suffix``, ``/TYPE=PLMN``; or None."""
    text = unquote(text).strip().strip("\"'<>").strip()
    if text[:4].lower() == "tel:":
        text = text[4:]
    text = text.partition(";")[0].strip()
    digits = text.partition("/")[0].lstrip("+")
    if text.startswith("00") and len(digits) > LONGEST_CODE:
        # The international prefix of ITU-T E.164 annex A, as WAP gateways insert it.
        text = "+" + text[2:]
    try:
        address = parse(text)
    except AddressMalformed:
        return None
    # Short numbers are phones of a lab; letters, or a mailbox, are no number that a network asserts.
    if address.kind is AddressKind.SHORT_CODE and digits.isdecimal():
        return Address(AddressKind.NUMBER, address.value)
    return Address(AddressKind.NUMBER, address.value) if address.kind is AddressKind.NUMBER else None


@implementer(IIdentity)
class ProxyHeaders:
    """The number that a trusted proxy put into a header; headers from anyone else are not even looked at.

    All headers named are read. When two of them, or two values of one, name different numbers then nobody is
    identified: one of them was smuggled past the proxy.
    """

    def __init__(
        self, trusted: TrustedNetworks, headers: Sequence[str], encoding: str = "plain", normal: Normal = _unchanged
    ) -> None:
        self._trusted = trusted
        self._headers = tuple(headers)
        self._decode = ENCODINGS[encoding]
        self._normal = normal
        self._numbers = lru_cache(CACHED)(self._read)

    def identify(self, peer: Peer, header: Header) -> Identity:
        if peer not in self._trusted:
            return Identity(None)
        found: Address | None = None
        how = ""
        for name in self._headers:
            for value in header(name):
                for address in self._numbers(value[:LONGEST]):
                    if found is None:
                        found, how = address, name
                    elif found.key != address.key:
                        return Identity(None, f"{how} and {name} disagree", True)
        return Identity(found, how or "no number header", True)

    def _read(self, value: str) -> tuple[Address, ...]:
        """The numbers in one header value: proxies join repeated headers with a comma."""
        numbers: list[Address] = []
        for piece in value.split(","):
            try:
                address = _number(self._decode(piece.strip()))
            except ValueError:
                continue
            if address is not None:
                numbers.append(self._normal(address))
        return tuple(numbers)


@implementer(IIdentity)
class AddressMap:
    """Networks whose connections belong to one number; the longest prefix that matches wins."""

    def __init__(self, rows: Mapping[str, str], normal: Normal = _unchanged) -> None:
        found: list[tuple[Network, Address]] = []
        for network, text in rows.items():
            number = _number(text)
            if number is None:
                raise Misconfigured([f"mm1.address: {text!r} (for {network}) is no number"])
            found.append((_network(network, "mm1.address"), normal(number)))
        self._rows = sorted(found, key=lambda row: row[0].prefixlen, reverse=True)

    def identify(self, peer: Peer, header: Header) -> Identity:
        if peer is not None:
            for network, number in self._rows:
                if peer in network:
                    return Identity(number, f"address map {network}", True)
        return Identity(None)


@implementer(IIdentity)
class LabBasicAuth:
    """LAB ONLY: HTTP Basic whose user name is the number. Said loudly where it is made."""

    def __init__(self, passwords: Mapping[str, str], normal: Normal = _unchanged) -> None:
        self._rows: list[tuple[bytes, Address]] = []
        for text, password in passwords.items():
            number = _number(text)
            if number is None:
                raise Misconfigured([f"mm1.lab_basic_auth: {text!r} is no number"])
            self._rows.append((password.encode(), normal(number)))
        self._normal = normal
        log.warn(
            "LAB ONLY: MM1 takes {count} numbers by HTTP Basic ([mm1] lab_basic_auth). Never on a real network.",
            count=len(self._rows),
        )

    def identify(self, peer: Peer, header: Header) -> Identity:
        values = header("Authorization")
        if len(values) != 1 or values[0][:6].lower() != "basic ":
            return Identity(None)
        try:
            user, _, password = b64decode(values[0][6:].strip(), validate=True).decode().partition(":")
        except ValueError:
            return Identity(None, "LAB basic auth, unreadable")
        claimed = _number(user)
        if claimed is None:
            return Identity(None, "LAB basic auth, no number")
        key = self._normal(claimed).key
        for secret, number in self._rows:
            if number.key == key and compare_digest(secret, password.encode()):
                return Identity(number, "LAB basic auth", True)
        return Identity(None, "LAB basic auth, wrong number or password")


@implementer(IIdentity)
class Chain:
    """Several sources in order: the first that names a number decides."""

    def __init__(self, sources: Sequence[ProxyHeaders | AddressMap | LabBasicAuth]) -> None:
        self._sources = tuple(sources)

    def identify(self, peer: Peer, header: Header) -> Identity:
        told = Identity(None)
        for source in self._sources:
            if told.trusted and isinstance(source, AddressMap):
                # A trusted proxy's own address says nothing about the phone behind it.
                continue
            identity = source.identify(peer, header)
            if identity.number is not None:
                return identity
            if not told.trusted and (identity.trusted or identity.how):
                told = identity
        return told


def make_identity(settings: MM1, normal: Normal = _unchanged) -> Chain:
    """The sources that ``[mm1]`` asks for; ``normal`` spells a number in E.164. Raises ``Misconfigured``."""
    sources: list[ProxyHeaders | AddressMap | LabBasicAuth] = [
        ProxyHeaders(
            TrustedNetworks(settings.trusted_proxies), settings.msisdn_headers, settings.msisdn_encoding, normal
        ),
        AddressMap({row.network: row.number for row in settings.address}, normal),
    ]
    if settings.lab_basic_auth:
        passwords = {number: secret for number, secret in settings.lab_basic_auth.items() if isinstance(secret, str)}
        if len(passwords) != len(settings.lab_basic_auth):
            raise Misconfigured(["mm1.lab_basic_auth: a password was not resolved from its file or environment"])
        sources.append(LabBasicAuth(passwords, normal))
    return Chain(sources)
