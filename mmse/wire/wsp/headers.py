"""WSP header names (WAP-230-WSP assigned numbers, code page 1) and the rows of those that parts carry."""

from __future__ import annotations

from typing import Any

import msgspec

from mmse.wire import Malformed
from mmse.wire.trace import Trace
from mmse.wire.wsp.content_type import ContentTypeValue
from mmse.wire.wsp.field import Field, Rows, rows_of
from mmse.wire.wsp.parameters import Parameter, read_parameters, write_parameter
from mmse.wire.wsp.types import IntegerValue, LongInteger, Opaque, QuotedString, TextString
from mmse.wire.wsp.values import decode_text, read_text, read_window, write_text, write_window

__all__ = [
    "CONTENT_DISPOSITION",
    "CONTENT_DISPOSITION_1_4",
    "CONTENT_ID",
    "CONTENT_LOCATION",
    "CONTENT_TYPE",
    "HEADER_NAMES",
    "NAMES",
    "PART_ROWS",
    "Disposition",
]

HEADER_NAMES: tuple[str, ...] = (
    *("Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Accept-Ranges", "Age", "Allow"),
    *("Authorization", "Cache-Control", "Connection", "Content-Base", "Content-Encoding", "Content-Language"),
    *("Content-Length", "Content-Location", "Content-MD5", "Content-Range", "Content-Type", "Date", "ETag", "Expires"),
    *("From", "Host", "If-Modified-Since", "If-Match", "If-None-Match", "If-Range", "If-Unmodified-Since", "Location"),
    *("Last-Modified", "Max-Forwards", "Pragma", "Proxy-Authenticate", "Proxy-Authorization", "Public", "Range"),
    *("Referer", "Retry-After", "Server", "Transfer-Encoding", "Upgrade", "User-Agent", "Vary", "Via", "Warning"),
    *("WWW-Authenticate", "Content-Disposition", "X-Wap-Application-ID", "X-Wap-Content-URI", "X-Wap-Initiator-URI"),
    *("Accept-Application", "Bearer-Indication", "Push-Flag", "Profile", "Profile-Diff", "Profile-Warning", "Expect"),
    *(
        "TE",
        "Trailer",
        "Accept-Charset",
        "Accept-Encoding",
        "Cache-Control",
        "Content-Range",
        "X-Wap-Tod",
        "Content-ID",
    ),
    *("Set-Cookie", "Cookie", "Encoding-Version", "Profile-Warning", "Content-Disposition", "X-WAP-Security"),
    *("Cache-Control", "Expect", "X-Wap-Loc-Invocation", "X-Wap-Loc-Delivery"),
)
"""Names by assigned number 0x00 to 0x4A. A name that occurs twice got a new number from a later encoding version."""

_DISPOSITIONS = {0x80: "form-data", 0x81: "attachment", 0x82: "inline"}


class Disposition(msgspec.Struct, frozen=True):
    """A Content-disposition-value: ``kind`` is form-data, attachment, inline or a token."""

    kind: str
    parameters: tuple[Parameter, ...] = ()


class DispositionValue:
    """The type of Content-Disposition: `Disposition`."""

    grammar = "Content-disposition-value"

    def read(self, data: bytes, pos: int, end: int, trace: Trace | None = None) -> tuple[Disposition, int]:
        start, stop = read_window(data, pos, end)
        if start == stop:
            raise Malformed("a disposition", start)
        kind = _DISPOSITIONS.get(data[start])
        at = start + 1
        if kind is None:
            octets, at = read_text(data, start, stop)
            kind = decode_text(octets).lower()
        if trace is not None:
            trace(pos, start, "Value-length", f"{stop - start} octets")
            trace = trace.inner()
            trace(start, at, "Disposition", kind)
        return Disposition(kind, read_parameters(data, at, stop, trace)), stop

    def write(self, value: Disposition) -> bytes:
        octet = next((octet for octet, kind in _DISPOSITIONS.items() if kind == value.kind), None)
        head = bytes((octet,)) if octet else write_text(value.kind)
        return write_window(head + b"".join([write_parameter(*parameter) for parameter in value.parameters]))

    def from_text(self, text: str) -> Disposition | None:
        return None


CONTENT_LOCATION = Field(0x0E, "Content-Location", TextString(), clause="WAP-230-WSP 8.4.2")
CONTENT_TYPE = Field(0x11, "Content-Type", ContentTypeValue(), clause="WAP-230-WSP 8.4.2.24")
CONTENT_LENGTH = Field(0x0D, "Content-Length", IntegerValue(), clause="WAP-230-WSP 8.4.2")
CONTENT_ID = Field(0x40, "Content-ID", QuotedString(), clause="WAP-230-WSP 8.4.2")
CONTENT_DISPOSITION = Field(0x2E, "Content-Disposition", DispositionValue(), clause="WAP-230-WSP 8.4.2")
CONTENT_DISPOSITION_1_4 = Field(0x45, "Content-Disposition", DispositionValue(), clause="WAP-230-WSP 8.4.2")
DATE = Field(0x12, "Date", LongInteger(), clause="WAP-230-WSP 8.4.2")

_TYPED: tuple[Field[Any], ...] = (
    CONTENT_LOCATION,
    CONTENT_TYPE,
    CONTENT_LENGTH,
    CONTENT_ID,
    CONTENT_DISPOSITION,
    CONTENT_DISPOSITION_1_4,
    DATE,
)
_TYPED_CODES = {field.code for field in _TYPED}

PART_ROWS: Rows = rows_of(
    (
        *(Field(code, name, Opaque()) for code, name in enumerate(HEADER_NAMES) if code not in _TYPED_CODES),
        *_TYPED,
    )
)
"""Rows by first octet for the headers of a part: the typed ones, and every other name with its value as octets."""
NAMES: dict[str, Field[Any]] = {field.name.lower(): field for field in reversed(_TYPED)}
"""Rows by lower-case name, for headers in text form."""
