"""Content-type-value (WAP-230-WSP 8.4.2.24): a media type and its parameters, in each of its forms."""

from __future__ import annotations

import msgspec

from mmse.wire import Malformed
from mmse.wire.trace import Trace
from mmse.wire.wsp.parameters import Parameter, read_media, read_parameters, write_media, write_parameter
from mmse.wire.wsp.values import read_window, write_window

__all__ = ["MULTIPARTS", "ContentType", "ContentTypeValue"]

MULTIPARTS = frozenset(
    {
        "application/vnd.wap.multipart.mixed",
        "application/vnd.wap.multipart.related",
        "application/vnd.wap.multipart.alternative",
        "application/vnd.wap.multipart.form-data",
        "application/vnd.wap.multipart.byteranges",
        "application/vnd.wap.multipart.*",
        # Seen from phones with the same binary structure.
        "multipart/mixed",
        "multipart/related",
        "multipart/alternative",
        "multipart/form-data",
        "multipart/byteranges",
        "multipart/*",
    }
)
"""Media types whose body is the binary multipart of 8.5."""


class ContentType(msgspec.Struct, frozen=True):
    """A media type in lower case (``0x....`` for a number nobody assigned) and its parameters in order.

    Parameter names are lower case; see `mmse.wire.wsp.parameters` for the shapes of their values.
    """

    media: str
    parameters: tuple[Parameter, ...] = ()

    @property
    def is_multipart(self) -> bool:
        """Whether the body has the structure of WAP-230-WSP 8.5."""
        return self.media in MULTIPARTS

    def get(self, name: str) -> str | None:
        """The text of the first parameter of that name; None when absent or not text."""
        for key, value in self.parameters:
            if key == name and isinstance(value, str):
                return value
        return None

    def encode(self) -> bytes:
        """The octets of the value (as `mmse.abstract.content.Content.content_type` keeps them)."""
        return CONTENT_TYPE_VALUE.write(self)

    @classmethod
    def decode(cls, data: bytes) -> ContentType:
        """The inverse of `encode`. Raises `Malformed`."""
        return CONTENT_TYPE_VALUE.read(data, 0, len(data))[0]

    def __str__(self) -> str:
        return "; ".join([self.media, *(f"{name}={value!r}" for name, value in self.parameters)])


class ContentTypeValue:
    """The type of Content-Type fields: `ContentType`."""

    grammar = "Content-type-value"

    def read(self, data: bytes, pos: int, end: int, trace: Trace | None = None) -> tuple[ContentType, int]:
        if pos >= end:
            raise Malformed("a Content-type-value", pos)
        if data[pos] >= 0x20:
            media, after = read_media(data, pos, end)
            if trace is not None:
                trace(pos, after, "Media-type", media)
            return _from_media(media), after
        start, stop = read_window(data, pos, end)
        if trace is not None:
            trace(pos, start, "Value-length", f"{stop - start} octets")
            trace = trace.inner()
        media, at = read_media(data, start, stop)
        if trace is not None:
            trace(start, at, "Media-type", media)
        content_type = _from_media(media)
        parameters = read_parameters(data, at, stop, trace)
        return ContentType(content_type.media, content_type.parameters + parameters), stop

    def write(self, value: ContentType) -> bytes:
        media = write_media(value.media)
        # Constrained-media is one octet or text: a number of more octets needs the general form.
        if not value.parameters and media[0] >= 0x20:
            return media
        return write_window(media + b"".join([write_parameter(*parameter) for parameter in value.parameters]))

    def from_text(self, text: str) -> ContentType | None:
        content_type = _from_media(text.strip().lower())
        return content_type if "/" in content_type.media else None


def _from_media(media: str) -> ContentType:
    """A media type in clear, with parameters as in a mail, as sloppy peers send it: ``text/plain; charset=utf-8``."""
    if ";" not in media:
        return ContentType(media)
    media, *rest = (piece.strip() for piece in media.split(";"))
    pairs = (piece.partition("=") for piece in rest if piece)
    stripped = ((name.strip(), value.strip().strip('"')) for name, _, value in pairs)
    return ContentType(media, tuple((name, value) for name, value in stripped if name and name.isascii()))


CONTENT_TYPE_VALUE = ContentTypeValue()
