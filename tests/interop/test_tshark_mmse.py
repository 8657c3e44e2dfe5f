"""Wireshark's dissector reads every PDU we write, and reads the values we meant.

Its version 4 knows the fields of MMS 1.0 and 1.1 with their values; of later ones it tells the name, or only the
number, and the first octet or the text of the value: all of that is compared too.
"""

from __future__ import annotations

import datetime
import struct
from enum import IntEnum
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from mmse.wire.mmsenc import (
    INSERT_ADDRESS,
    Absolute,
    ContentType,
    Counted,
    Field,
    Message,
    Relative,
    encode,
    fields,
    pdus,
)
from mmse.wire.mmsenc.pdus import Body
from mmse.wire.mmsenc.status import ResponseStatus
from mmse.wire.mmsenc.types import CountedValue, FromValue, TimeValue
from mmse.wire.wsp.types import EncodedString, IntegerValue, YesNo, label
from tests import peers
from tests.interop.dissection import dissected
from tests.vectors.mmsenc import BODY, BODY_TYPE
from tests.wire.mmsenc.samples import samples

skip = peers.require_part("interop") or peers.require_peer("tshark")

_TYPED_BELOW = 0x22
"""Numbers below are dissected with their values."""
_NAMED_BELOW = 0x34
"""Numbers below are told by name."""
_LABELS = {
    fields.SENDER_VISIBILITY: "Sender-Visibility",
    fields.RESPONSE_STATUS: "Response-Status",
    fields.RESPONSE_TEXT: "Response-Text",
    fields.STATUS: "Status",
    fields.MESSAGE_ID: "Message-Id",
    fields.REPLY_CHARGING_ID: "X-Mms-Reply-Charging-Id",
}
"""Names that Wireshark spells in its own way."""
_TEXTS = ("a", "+15551230002/TYPE=PLMN", "Grüße 写真", "é", "x" * 200)
_NUMBERS = (0, 127, 128, 1_700_000_000)
_UNDISSECTED = (pdus.M_MBOX_DELETE_CONF, pdus.M_DELETE_CONF)
"""Wireshark does not know the counted statuses of these two: it takes their length for the value, and their number for
the next header. Where the number is 0 that is a header it does not know, and it finds its place again."""


def choices(field: Field[Any]) -> list[Any]:
    """Values of a field that a line of text can show."""
    kind = field.type
    if field is fields.INDEXED_RESPONSE_STATUS:
        return [Counted(0, ResponseStatus.OK), Counted(0, ResponseStatus.ERROR_PERMANENT_MESSAGE_NOT_FOUND)]
    if isinstance(kind, EncodedString):
        return list(_TEXTS)
    if isinstance(kind, IntegerValue):
        return list(_NUMBERS)
    if isinstance(kind, TimeValue):
        return [make(seconds) for make in (Absolute, Relative) for seconds in _NUMBERS[2:]]
    if isinstance(kind, FromValue):
        return [INSERT_ADDRESS, *_TEXTS]
    if isinstance(kind, CountedValue):
        inner: Field[Any] = Field(0, "", kind.inner)
        return [Counted(number, value) for number, value in enumerate(choices(inner), 1)]
    known = [value for value in samples(field) if value != "\x7fa"]  # a control character is not shown
    return [value for value in known if not isinstance(value, int) or isinstance(value, IntEnum | bool)]


def message_of(pdu: pdus.PDU, turn: int) -> Message:
    """A PDU with every field its table allows; ``turn`` chooses among the values."""
    headers: list[tuple[Field[Any] | str, Any]] = []
    for use in pdu.uses:
        if use.field is fields.MMS_VERSION:
            headers.append((use.field, 0x10 + turn % 4))
        elif use.field is fields.TRANSACTION_ID:
            headers.append((use.field, f"T{turn}"))
        elif use.field is fields.CONTENT_TYPE:
            headers.append((use.field, BODY_TYPE))
        else:
            values = choices(use.field)
            steps = range(2 if use.repeats else 1)
            headers += [(use.field, values[(turn + step) % len(values)]) for step in steps]
    return Message.of(pdu, *headers, body=b"" if pdu.body is Body.NONE else BODY)


def date(seconds: int) -> str:
    """A moment as Wireshark prints it."""
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return f"{moment:%b} {moment.day:2}, {moment:%Y %H:%M:%S}.000000000 UTC"


def line_of(field: Field[Any], value: Any) -> str:
    """The line that Wireshark prints for a field."""
    if field.code >= _TYPED_BELOW:
        return f"{_label(field)}: {_undecoded(field, value)}"
    if isinstance(value, Counted):
        return _decoded(field, value)
    return f"{_label(field)}: {_decoded(field, value)}"


def _label(field: Field[Any]) -> str:
    if field.code >= _NAMED_BELOW:
        return f"Unknown field (0x{field.code | 0x80:02x})"
    return _LABELS.get(field, field.name)


def _undecoded(field: Field[Any], value: Any) -> str:
    octets = field.type.write(value)
    if octets[0] >= 0x80:
        return f"<Well-known value 0x{octets[0]:02x}> (not decoded)"
    if 0 < octets[0] < 0x20:
        return "<Value in general form> (not decoded)"
    return f"{octets[octets[0] == 0x7F : -1].decode()} (Not decoded)"


def _decoded(field: Field[Any], value: Any) -> str:
    if isinstance(field.type, YesNo):
        return "Yes (0x80)" if value else "No (0x81)"
    if isinstance(value, IntEnum):
        return f"{label(value)} (0x{value:02x})"
    if isinstance(value, Absolute):
        return date(value.seconds)
    if isinstance(value, Relative):
        return f"{value.seconds}.000000000 seconds"
    if value is INSERT_ADDRESS:
        return "<insert address>"
    if isinstance(value, Counted):
        inner = date(value.value) if isinstance(value.value, int) else value.value
        return f"{inner} (Forwarded-count={value.number})"
    if field is fields.MMS_VERSION:
        return f"{value >> 4}.{value & 15}"
    if field is fields.DATE:
        return date(value)
    return str(value)


def shown(text: str) -> str:
    """A text with a question mark per octet over 0x7F: Wireshark knows no charsets in most fields, and shows it so."""
    return "".join(char if char.isascii() else "?" if char == "\ufffd" else "?" * len(char.encode()) for char in text)


def words(line: str) -> str:
    """A line about an enumeration, whatever the spelling: the standard's hyphens and its word Error are left out."""
    plain = line.lower().replace("error-", "").replace("unrecognized", "unrecognised")
    return plain.replace("transient: ", "transient ").replace("permanent: ", "permanent ").replace("-", " ")


def packet(number: int, data: bytes) -> bytes:
    """A PDU as the body of a POST, in one TCP segment of a connection of its own, in one IPv4 packet."""
    http = b"POST / HTTP/1.1\r\nHost: mmsc\r\nContent-Type: application/vnd.wap.mms-message\r\n"
    http += b"Content-Length: %d\r\n\r\n" % len(data)
    tcp = struct.pack(">HHIIBBHHH", 10000 + number, 80, 1, 1, 0x50, 0x18, 65535, 0, 0) + http + data
    addresses = bytes((10, 0, 0, 1, 10, 0, 0, 2))
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), number, 0, 64, 6, 0) + addresses + tcp


def dissect(messages: list[bytes]) -> list[str]:
    """What tshark says of each PDU: the text of its MMS layer."""
    raw_ip = 101
    frames = dissected(raw_ip, [packet(number, data) for number, data in enumerate(messages)], "mmse")
    return [frame.partition("\nMMS Message Encapsulation")[2] for frame in frames]


def told(layer: str) -> list[str]:
    """The lines of the headers in a layer: those at the first level, up to the content type."""
    lines = [line[4:] for line in layer.split("\n") if line[:4] == "    " and line[4:5] != " "]
    return [line for line in lines[1:] if line not in ("Content-Type", "Data (Post)")]


class Dissected(SynchronousTestCase):
    """All 24 PDUs, each with every field of its table."""

    def test_values(self) -> None:
        """Type, every header in order with its value, and the parts; no malformed mark."""
        wanted = [(pdu, message_of(pdu, turn)) for turn in range(6) for pdu in pdus.PDUS]
        layers = dissect([encode(message) for _, message in wanted])
        self.assertEqual(len(layers), len(wanted))
        for (pdu, message), layer in zip(wanted, layers, strict=True):
            self.assertNotIn("Malformed", layer, pdu.name)
            self.assertIn(f"(0x{pdu.code:02x})", layer.split("\n")[1], pdu.name)
            if pdu in _UNDISSECTED:
                self.assertEqual(told(layer)[:2], [line_of(key, value) for key, value in message.headers[:2]])  # type: ignore[arg-type]
                continue
            lines = told(layer)
            self.assertEqual(len(lines), len(message.headers), pdu.name)
            for line, (key, value) in zip(lines, message.headers, strict=True):
                assert isinstance(key, Field)
                self.check_line(line, key, value)

    def check_line(self, line: str, field: Field[Any], value: Any) -> None:
        """One line of the dissector against one header."""
        if isinstance(value, ContentType):
            wanted = "Content-Type: application/vnd.wap.multipart.related; type=application/smil; Start=<smil>"
        else:
            wanted = line_of(field, value)
        if not isinstance(value, IntEnum):
            # The quote before a first octet of 0x80 or above stays visible where a charset stands before it.
            self.assertEqual(shown(line.replace("\\177", "", 1)), shown(wanted))
        elif value is ResponseStatus.ERROR_PERMANENT_LACK_OF_PREPAID:
            self.assertEqual(line, "Response-Status: Unknown (0xeb)")  # of 1.3
        else:
            self.assertEqual(words(line), words(wanted))

    def test_parts(self) -> None:
        """The parts of a submission: types, parameters, identifiers, locations."""
        (layer,) = dissect([encode(message_of(pdus.M_SEND_REQ, 0))])
        for line in (
            "Part: 1, content-type: application/smil",
            'Content-Id: "<smil>"',
            "Content-Location: s.smil",
            "Part: 2, content-type: text/plain",
            "Content-Type: text/plain; charset=UTF-8; Name=t.txt",
            'Content-Id: "<t>"',
            "Content-Location: t.txt",
        ):
            self.assertIn(f" {line}\n", layer)
        self.assertNotIn("Expert Info", layer)

    def test_enumerations(self) -> None:
        """Each Response-, Retrieve- and delivery status is known by the name we give it."""
        for pdu, field in (
            (pdus.M_SEND_CONF, fields.RESPONSE_STATUS),
            (pdus.M_DELIVERY_IND, fields.STATUS),
            (pdus.M_RETRIEVE_CONF, fields.RETRIEVE_STATUS),
        ):
            members = [value for value in samples(field) if isinstance(value, IntEnum)]
            base = message_of(pdu, 0)
            messages = [
                encode(
                    Message(pdu, [(key, member if key is field else value) for key, value in base.headers], base.body)
                )
                for member in members
            ]
            for member, layer in zip(members, dissect(messages), strict=True):
                (line,) = (line for line in told(layer) if line.startswith(f"{_label(field)}: "))
                self.check_line(line, field, member)
