"""Content as rows beside its MM: the octets as received in a column of their own, and a small head about them.

In the same database it commits with its MM, so there is nothing to reconcile after a crash.
"""

from __future__ import annotations

from typing import Any

import msgspec

from mmse.abstract.content import Content, Encoding

__all__ = ["content_from", "content_row"]


class _Head(msgspec.Struct, frozen=True, array_like=True):
    """All of a ``Content`` but its octets, as an array."""

    encoding: Encoding
    content_type: bytes
    size: int
    media_types: tuple[str, ...] = ()
    text_only: bool = False
    drm: bool = False


_encode = msgspec.msgpack.Encoder().encode
_read = msgspec.msgpack.Decoder(_Head).decode


def content_row(number: int, content: Content) -> tuple[Any, ...]:
    """The columns of a content; the octets are not copied."""
    head = _Head(
        content.encoding, content.content_type, content.size, content.media_types, content.text_only, content.drm
    )
    return number, _encode(head), content.data


def content_from(head: bytes, data: bytes) -> Content:
    """A content from its columns."""
    read = _read(head)
    return Content(
        encoding=read.encoding,
        content_type=read.content_type,
        data=data,
        size=read.size,
        media_types=read.media_types,
        text_only=read.text_only,
        drm=read.drm,
    )
