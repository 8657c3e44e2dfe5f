"""Connectionless WSP Push and ConfirmedPush, and the push of an MMS PDU (WAP-230-WSP 8.2.4.1, WAP-251-PushMessage).

::

    TID(1) 06 HeadersLen(uintvar) Content-Type Headers Data
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mmse.wire import Malformed, Unencodable
from mmse.wire.limits import LIMITS, Limits
from mmse.wire.trace import Listener, Trace
from mmse.wire.wsp.content_type import CONTENT_TYPE_VALUE, ContentType
from mmse.wire.wsp.field import Field, Header, find, read_header, rows_of, write_header
from mmse.wire.wsp.headers import NAMES, PART_ROWS
from mmse.wire.wsp.types import TextString
from mmse.wire.wsp.values import (
    decode_text,
    read_integer,
    read_text,
    read_uintvar,
    write_integer,
    write_text,
    write_uintvar,
)

__all__ = [
    "APPLICATION_ID",
    "APPLICATIONS",
    "CONTENT_URI",
    "INITIATOR_URI",
    "MMS_MEDIA",
    "MMS_USER_AGENT",
    "OVERHEAD",
    "PUSH_FLAG",
    "TYPES",
    "Push",
    "compose",
    "parse",
]

PUSH, CONFIRMED_PUSH = 0x06, 0x07
TYPES = (PUSH, CONFIRMED_PUSH)
"""Types of WSP PDU read here."""
MMS_MEDIA = "application/vnd.wap.mms-message"
MMS_USER_AGENT = "x-wap-application:mms.ua"
OVERHEAD = 6
"""Octets that `compose` puts before an MMS PDU without a Push-Flag; two more with it."""

APPLICATIONS: dict[int, str] = {
    0x00: "x-wap-application:*",
    0x01: "x-wap-application:push.sia",
    0x02: "x-wap-application:wml.ua",
    0x03: "x-wap-application:wta.ua",
    0x04: MMS_USER_AGENT,
    0x05: "x-wap-application:push.syncml",
    0x06: "x-wap-application:loc.ua",
    0x07: "x-wap-application:syncml.dm",
    0x08: "x-wap-application:drm.ua",
    0x09: "x-wap-application:emn.ua",
    0x0A: "x-wap-application:wv.ua",
    0x8000: "x-wap-microsoft:localcontent.ua",
    0x8001: "x-wap-microsoft:IMclient.ua",
    0x8002: "x-wap-docomo:imode.mail.ua",
    0x8003: "x-wap-docomo:imode.mr.ua",
    0x8004: "x-wap-docomo:imode.mf.ua",
    0x8005: "x-motorola:location.ua",
    0x8006: "x-motorola:now.ua",
    0x8007: "x-motorola:otaprov.ua",
    0x8008: "x-motorola:browser.ua",
    0x8009: "x-motorola:splash.ua",
    0x800B: "x-wap-nai:mvsw.command",
    0x8010: "x-wap-openwave:iota.ua",
    0x9000: "x-wap-docomo:imode.mail2.ua",
    0x9001: "x-oma-nec:otaprov.ua",
    0x9002: "x-oma-nokia:call.ua",
    0x9003: "x-oma-coremobility:sqa.ua",
}
"""X-Wap-Application-Id values by assigned number (OMNA); the URN prefixes from 0x8000 on are (unverified)."""
_NUMBERS = {urn.lower(): number for number, urn in APPLICATIONS.items()}

AUTHENTICATED, TRUSTED, LAST = 0x01, 0x02, 0x04
_FLAGS = ((AUTHENTICATED, "initiator URI authenticated"), (TRUSTED, "content trusted"), (LAST, "last push message"))


class ApplicationId:
    """The type of X-Wap-Application-Id: the URN (written as its number), or the int of a number nobody assigned."""

    grammar = "Uri-value | App-assigned-code"

    def read(self, data: bytes, pos: int, end: int, trace: Trace | None = None) -> tuple[str | int, int]:
        if pos < end and 0x20 <= data[pos] < 0x80:
            octets, after = read_text(data, pos, end)
            value: str | int = self.from_text(decode_text(octets))
        else:
            number, after = read_integer(data, pos, end)
            value = APPLICATIONS.get(number, number)
        if trace is not None:
            trace(pos, after, "Application-id", f"{value}")
        return value, after

    def write(self, value: str | int) -> bytes:
        number = value if isinstance(value, int) else _NUMBERS.get(value.lower())
        return write_text(str(value)) if number is None else write_integer(number)

    def from_text(self, text: str) -> str | int:
        """The URN of any spelling: Kannel takes ``mms.ua`` and ``4`` too."""
        text = text.strip()
        if text.isascii() and text.isdigit() and len(text) < 6:
            return APPLICATIONS.get(int(text), int(text))
        number = _NUMBERS.get(text.lower(), _NUMBERS.get("x-wap-application:" + text.lower()))
        return text if number is None else APPLICATIONS[number]


class PushFlags:
    """The type of Push-Flag: a set of bits, int."""

    grammar = "Short-integer"

    def read(self, data: bytes, pos: int, end: int, trace: Trace | None = None) -> tuple[int, int]:
        value, after = read_integer(data, pos, end)
        if trace is not None:
            trace(pos, after, "Push-Flag", ", ".join(word for bit, word in _FLAGS if value & bit) or str(value))
        return value, after

    def write(self, value: int) -> bytes:
        if not 0 <= value < 0x80:
            raise Unencodable(f"{value} is not a Push-Flag")
        return bytes((value | 0x80,))

    def from_text(self, text: str) -> int | None:
        return int(text) if text.isascii() and text.isdigit() and len(text) < 4 and int(text) < 0x80 else None


APPLICATION_ID = Field(0x2F, "X-Wap-Application-ID", ApplicationId(), clause="WAP-230-WSP 8.4.2.54")
CONTENT_URI = Field(0x30, "X-Wap-Content-URI", TextString(), clause="WAP-230-WSP 8.4.2.55")
INITIATOR_URI = Field(0x31, "X-Wap-Initiator-URI", TextString(), clause="WAP-230-WSP 8.4.2.56")
PUSH_FLAG = Field(0x34, "Push-Flag", PushFlags(), clause="WAP-230-WSP 8.4.2.59")
_OURS = (APPLICATION_ID, CONTENT_URI, INITIATOR_URI, PUSH_FLAG)
_ROWS = rows_of((*(row for row in PART_ROWS if row is not None), *_OURS))
_NAMES = {**NAMES, **{row.name.lower(): row for row in _OURS}}


@dataclass(frozen=True, slots=True)
class Push:
    """A connectionless push: its transaction id (one octet, the same when sent again), headers in order, content."""

    tid: int
    content_type: ContentType
    headers: list[Header] = field(default_factory=list)
    body: bytes = b""
    confirmed: bool = False

    @property
    def application(self) -> str | int | None:
        """Whom it is for; None when no header says (which means wml.ua, WAP-251-PushMessage 6.2.2.1)."""
        return find(self.headers, APPLICATION_ID)

    @property
    def is_mms(self) -> bool:
        """Whether the content is an MMS PDU: by its type, as phones look at it."""
        return self.content_type.media == MMS_MEDIA

    def encode(self) -> bytes:
        """The octets. Raises `Unencodable`."""
        if not 0 <= self.tid <= 255:
            raise Unencodable(f"{self.tid} is not a transaction id of one octet")
        headers = self.content_type.encode() + b"".join([write_header(key, value) for key, value in self.headers])
        kind = CONFIRMED_PUSH if self.confirmed else PUSH
        return bytes((self.tid, kind)) + write_uintvar(len(headers)) + headers + self.body


def compose(pdu: bytes, tid: int, *, trusted: bool = False) -> bytes:
    """The push of an MMS PDU in the fewest octets: ``TID 06 03 BE AF 84 PDU``, or with ``B4 82`` when trusted."""
    headers: list[Header] = [(APPLICATION_ID, MMS_USER_AGENT)]
    if trusted:
        headers.append((PUSH_FLAG, TRUSTED))
    return Push(tid, ContentType(MMS_MEDIA), headers, pdu).encode()


def parse(data: bytes, limits: Limits = LIMITS, trace: Listener | Trace | None = None) -> Push:
    """Read a connectionless push: the type as a number or as text, any other headers. Raises `Malformed`."""
    told = None if trace is None else Trace.to(trace)
    if len(data) < 2:
        raise Malformed("a transaction id" if not data else "the type of a WSP PDU", len(data))
    if data[1] not in TYPES:
        raise Malformed("Push (06) or ConfirmedPush (07)", 1)
    length, start = read_uintvar(data, 2, len(data))
    stop = start + length
    if told is not None:
        told(0, 1, "TID", str(data[0]))
        told(1, 2, "PDU type", "Push" if data[1] == PUSH else "ConfirmedPush")
        told(2, start, "HeadersLen", f"{length} octets of content type and headers")
    if stop > len(data):
        raise Malformed(f"{length} octets of headers", start)
    content_type, pos = CONTENT_TYPE_VALUE.read(data, start, min(stop, start + limits.field), told)
    headers: list[Header] = []
    while pos < stop:
        if len(headers) >= limits.headers:
            raise Malformed(f"at most {limits.headers} headers", pos)
        header, pos = read_header(data, pos, min(stop, pos + limits.field), _ROWS, _NAMES, told)
        if header is not None:
            headers.append(header)
    if told is not None and stop < len(data):
        told(stop, len(data), "Data", f"{len(data) - stop} octets")
    return Push(data[0], content_type, headers, bytes(data[stop:]), data[1] == CONFIRMED_PUSH)
