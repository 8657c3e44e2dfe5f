"""Templates of requests to SMS gateways: fields in braces, escaped as the place they stand in demands.

A template is plain text in which ``{to}`` stands for the field ``to``. Other braces (those of JSON) are left alone. Two
fields, ``udh`` and ``text``, are octets; where octets cannot stand (JSON, XML, a header) their ``_hex`` and ``_base64``
forms can.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from enum import Enum
from urllib.parse import quote, quote_from_bytes
from xml.sax.saxutils import escape

__all__ = ["FIELDS", "OCTETS", "Place", "Template", "place_of"]

OCTETS = frozenset({"udh", "text"})
"""Fields that are octets and not text."""

FIELDS = (
    *("username", "password", "basic", "source", "to", "to_plain", "udh", "text", "udh_hex", "text_hex"),
    *("text_base64", "reference", "validity"),
)
"""``basic`` is the base64 of username:password (RFC 7617), ``to_plain`` the number without its plus sign, ``validity``
in minutes, as Kannel counts it."""

_FIELD = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_URL_TEXT = "".join(chr(octet) for octet in range(0x21, 0x7F))


class Place(Enum):
    """Where a template stands, and so how a field is written there."""

    URL = "url"
    """A query string or a form: octets outside the unreserved set as %XX (RFC 3986 2.1)."""
    JSON = "json"
    """Inside the quotes of a JSON string (RFC 8259 7)."""
    XML = "xml"
    """Text or an attribute's value."""
    HEADER = "header"
    """The value of an HTTP header: text as it is."""
    RAW = "raw"
    """A body of any other type: text in UTF-8, octets as they are."""


def _url(value: str | bytes) -> bytes:
    return (quote_from_bytes(value, safe="") if isinstance(value, bytes) else quote(value, safe="")).encode("ascii")


def _json(value: str | bytes) -> bytes:
    return json.dumps(value)[1:-1].encode("ascii")


def _xml(value: str | bytes) -> bytes:
    return escape(str(value), {'"': "&quot;", "'": "&apos;"}).encode("utf-8")


def _raw(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8")


_ESCAPES: dict[Place, Callable[[str | bytes], bytes]] = {
    Place.URL: _url,
    Place.JSON: _json,
    Place.XML: _xml,
    Place.HEADER: _raw,
    Place.RAW: _raw,
}
_TAKES_OCTETS = frozenset({Place.URL, Place.RAW})


def place_of(content_type: str) -> Place:
    """How the fields of a body of this media type are written."""
    media = content_type.partition(";")[0].strip().lower()
    if media == "application/x-www-form-urlencoded":
        return Place.URL
    if media == "application/json" or media.endswith("+json"):
        return Place.JSON
    if media in ("application/xml", "text/xml") or media.endswith("+xml"):
        return Place.XML
    return Place.RAW


class Template:
    """A template, read once. Raises `ValueError` with a sentence for whoever wrote it."""

    def __init__(self, text: str, place: Place) -> None:
        self._escape = _ESCAPES[place]
        pieces = _FIELD.split(text)
        self._literals = [self._literal(literal, place) for literal in pieces[::2]]
        self._names = pieces[1::2]
        for name in self._names:
            if name not in FIELDS:
                raise ValueError(f"there is no field {{{name}}}; there are {' '.join(FIELDS)}")
            if name in OCTETS and place not in _TAKES_OCTETS:
                raise ValueError(
                    f"{{{name}}} is octets, which cannot stand here; take {{{name}_hex}} or {{text_base64}}"
                )

    @staticmethod
    def _literal(literal: str, place: Place) -> bytes:
        return quote(literal, safe=_URL_TEXT).encode("ascii") if place is Place.URL else literal.encode("utf-8")

    def fill(self, fields: Mapping[str, str | bytes]) -> bytes:
        """The text with every field in its place."""
        filled = [self._literals[0]]
        for name, literal in zip(self._names, self._literals[1:], strict=True):
            filled += (self._escape(fields[name]), literal)
        return b"".join(filled)
