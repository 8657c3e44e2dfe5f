"""The content of an MM as it was received: octets that name their encoding (TS 23.140 7.1.17, 7.1.18)."""

from __future__ import annotations

from enum import Enum

import msgspec

__all__ = ["Content", "Encoding"]


class Encoding(Enum):
    """How the octets of a content are packed."""

    WSP = "wsp"
    """A WSP content-type value in ``Content.content_type``, and the body after it: multipart or a single part."""
    MIME = "mime"
    """A MIME entity body; ``Content.content_type`` is its header value."""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """Content kept as received, undecoded, with the facts a relay needs about it.

    ``content_type`` is the encoded content-type value (WSP octets, or the text of a MIME header), ``data`` the body
    after it. ``size`` is in octets, of the whole body. ``media_types`` are those of the leaf parts, in order.
    """

    encoding: Encoding
    content_type: bytes
    data: bytes
    size: int
    media_types: tuple[str, ...] = ()
    text_only: bool = False
    drm: bool = False
