"""The content of an MM from one encoding to neutral parts and back, so that a picture from MM1 can go out elsewhere.

This module knows the WSP encoding (the binary multipart of MM1); each other encoding adds a pair of functions of the
same shape. ``facts`` reads what a relay must know without turning anything.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from mmse.wire.limits import LIMITS, Limits
from mmse.wire.wsp import multipart
from mmse.wire.wsp.content_type import ContentType
from mmse.wire.wsp.field import Header
from mmse.wire.wsp.headers import CONTENT_DISPOSITION, CONTENT_DISPOSITION_1_4, CONTENT_ID, CONTENT_LOCATION
from mmse.wire.wsp.parameters import Parameter

__all__ = ["SMIL", "Facts", "Part", "facts", "from_wsp", "to_wsp"]

SMIL = "application/smil"
"""The media type of a presentation."""
MIXED = "application/vnd.wap.multipart.mixed"
RELATED = "application/vnd.wap.multipart.related"
_DRM = "application/vnd.oma.drm."


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One part of an MM in no encoding. Empty text means that it was not said.

    ``media_type`` is lower case, ``charset`` an IANA name in lower case, ``content_id`` without angle brackets.
    """

    media_type: str
    data: bytes | memoryview
    charset: str = ""
    name: str = ""
    content_id: str = ""
    content_location: str = ""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a relay must know of a content: the media types of its leaf parts in order, and its size in octets.

    ``text_only``: nothing but text/plain and a presentation (what a text-only reply may hold). ``drm``: some part is in
    one of the OMA DRM formats.
    """

    media_types: tuple[str, ...]
    text_only: bool
    drm: bool
    size: int


def facts(content_type: ContentType, body: bytes | memoryview, limits: Limits = LIMITS) -> Facts:
    """The facts of a WSP content, its structure checked on the way. Copies no data. Raises `Malformed`."""
    media_types = tuple(part.content_type.media for part in multipart.leaves(body, content_type, limits))
    return Facts(
        media_types=media_types,
        text_only="text/plain" in media_types and all(media in ("text/plain", SMIL) for media in media_types),
        drm=any(media.startswith(_DRM) for media in media_types),
        size=len(body),
    )


def from_wsp(content_type: ContentType, body: bytes | memoryview, limits: Limits = LIMITS) -> list[Part]:
    """The leaf parts of a WSP content, the presentation first; their data are views of the body. Raises `Malformed`.

    The presentation of a multipart/related is the part that ``start`` names, else the first SMIL part.
    """
    found = multipart.leaves(body, content_type, limits)
    parts = [_neutral(part) for part in found]
    root = _root(parts, content_type.get("start") or "")
    if root > 0 and content_type.media.endswith(".related"):
        parts.insert(0, parts.pop(root))
    return parts


def _root(parts: list[Part], start: str) -> int:
    """Which part is the presentation."""
    identifier = start.strip("<>")
    for number, part in enumerate(parts):
        if identifier and part.content_id == identifier:
            return number
    return next((number for number, part in enumerate(parts) if part.media_type == SMIL), 0)


def _neutral(part: multipart.Part) -> Part:
    disposition = part.get(CONTENT_DISPOSITION) or part.get(CONTENT_DISPOSITION_1_4)
    filename = ContentType("", disposition.parameters).get("filename") if disposition is not None else None
    return Part(
        media_type=part.content_type.media,
        data=part.data,
        charset=part.content_type.get("charset") or "",
        name=part.content_type.get("name") or filename or "",
        content_id=part.get(CONTENT_ID, "").strip("<>"),
        content_location=part.get(CONTENT_LOCATION, ""),
    )


def to_wsp(parts: Iterable[Part]) -> tuple[ContentType, list[bytes | memoryview]]:
    """A content type and the pieces of a multipart body: related around a presentation, mixed without one.

    Always a multipart, because handsets refuse anything else. The presentation goes first; ``start`` and its Content-ID
    are the same octets, brackets included, as handsets compare them. Raises `mmse.wire.Unencodable`.
    """
    ordered = list(parts)
    number = next((number for number, part in enumerate(ordered) if part.media_type == SMIL), None)
    content_type = ContentType(MIXED)
    if number is not None:
        root = ordered.pop(number)
        identifier = root.content_id or "smil"
        ordered.insert(0, msgspec.structs.replace(root, content_id=identifier))
        content_type = ContentType(RELATED, (("type", SMIL), ("start", f"<{identifier}>")))
    return content_type, multipart.compose_pieces(_packed(part) for part in ordered)


def _packed(part: Part) -> multipart.Part:
    parameters: list[Parameter] = []
    if part.charset:
        parameters.append(("charset", part.charset))
    if part.name:
        parameters.append(("name", part.name))
    headers: list[Header] = []
    if part.content_id:
        headers.append((CONTENT_ID, f"<{part.content_id}>"))
    if part.content_location:
        headers.append((CONTENT_LOCATION, part.content_location))
    return multipart.Part(ContentType(part.media_type, tuple(parameters)), headers, part.data)
