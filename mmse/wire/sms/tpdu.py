"""Transfer protocol data units of short messages: SMS-DELIVER, SMS-SUBMIT, SMS-STATUS-REPORT (3GPP TS 23.040 9.2.2).

Which TPDU two bits mean depends on the direction; the three read here are those that carry or report a message, and
no other is guessed: SMS-COMMAND and the report PDUs share their bits with these, in the other direction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import msgspec

from mmse.wire import Malformed, Unencodable
from mmse.wire.sms import alphabet, udh
from mmse.wire.sms.coding import Alphabet, Coding
from mmse.wire.sms.cursor import Cursor
from mmse.wire.sms.elements import Address, Timestamp, relative_period, write_relative_period
from mmse.wire.sms.names import protocol_name, status_name
from mmse.wire.trace import Trace

__all__ = ["Deliver", "StatusReport", "Submit", "Tpdu", "UserData", "decode", "encode"]

MOST_OCTETS, MOST_SEPTETS = 140, 160

# Bits of the first octet (9.2.3.1 to 9.2.3.26).
MTI = 0x03
DELIVER, SUBMIT, STATUS_REPORT = 0, 1, 2
NO_MORE = 0x04
LOOP = 0x08
REPORT = 0x20
HEADER = 0x40
REPLY_PATH = 0x80
REJECT_DUPLICATES = 0x04
VALIDITY = 0x18
ENHANCED, RELATIVE, ABSOLUTE = 0x08, 0x10, 0x18

# Bits of TP-PI (9.2.3.27).
HAS_PROTOCOL, HAS_CODING, HAS_USER_DATA, HAS_MORE = 0x01, 0x02, 0x04, 0x80


class UserData(msgspec.Struct, frozen=True):
    """TP-UD with its header apart. ``payload`` is octets, or one septet per octet where the coding counts septets."""

    header: udh.UserDataHeader = udh.NO_HEADER
    payload: bytes = b""

    def text(self, coding: Coding) -> str | None:
        """The characters, where the octets are text that is read here."""
        if coding.septets:
            # A national language table (23.038 6.2.1.2) is another alphabet than the one we have.
            shifted = any(identifier in (0x24, 0x25) for identifier, _ in self.header.elements)
            return None if shifted else alphabet.decode(self.payload)
        if coding.alphabet is Alphabet.UCS2 and not coding.compressed:
            return self.payload.decode("utf-16-be", "replace")
        return None

    def encode(self, coding: Coding) -> bytes:
        """TP-UDL and TP-UD. Raises `Unencodable` past 140 octets."""
        header = self.header.encode()
        if not coding.septets:
            length, octets = len(header) + len(self.payload), header + self.payload
        else:
            before = _septets(len(header))
            length = before + len(self.payload)
            octets = header + alphabet.pack(self.payload, before * 7 - len(header) * 8)
        if len(octets) > MOST_OCTETS:
            raise Unencodable(f"{len(octets)} octets of user data in one short message")
        return bytes((length,)) + octets


class Deliver(msgspec.Struct, frozen=True, kw_only=True):
    """SMS-DELIVER: service centre to mobile (9.2.2.1)."""

    originator: Address
    timestamp: Timestamp
    user_data: UserData
    protocol: int = 0
    coding: Coding = Coding(0)
    more: bool = False
    loop: bool = False
    status_report: bool = False
    reply_path: bool = False


class Submit(msgspec.Struct, frozen=True, kw_only=True):
    """SMS-SUBMIT: mobile to service centre (9.2.2.2).

    ``validity`` is seconds (relative), a time (absolute), or the seven octets of the enhanced format.
    """

    destination: Address
    user_data: UserData
    reference: int = 0
    protocol: int = 0
    coding: Coding = Coding(0)
    validity: int | Timestamp | bytes | None = None
    reject_duplicates: bool = False
    status_report: bool = False
    reply_path: bool = False


class StatusReport(msgspec.Struct, frozen=True, kw_only=True):
    """SMS-STATUS-REPORT: service centre to mobile (9.2.2.3). What follows the status is optional, piece by piece."""

    reference: int
    recipient: Address
    timestamp: Timestamp
    discharge: Timestamp
    status: int
    protocol: int | None = None
    coding: Coding | None = None
    user_data: UserData | None = None
    more: bool = False
    loop: bool = False
    of_command: bool = False


Tpdu: TypeAlias = Deliver | Submit | StatusReport


def decode(data: bytes, trace: Trace | None = None) -> Tpdu:
    """Read one TPDU, without a service centre address before it. Raises `Malformed`."""
    cursor = Cursor(data, trace)
    if not data:
        raise Malformed("the first octet of a TPDU", 0)
    reader = _READERS.get(data[0] & MTI)
    if reader is None:
        raise Malformed("SMS-DELIVER, SMS-SUBMIT or SMS-STATUS-REPORT (TP-MTI 0, 1 or 2)", 0)
    found = reader(cursor)
    if cursor.pos < len(data):
        raise Malformed("the end of the TPDU", cursor.pos)
    return found


def _yes(flag: object, yes: str, no: str = "") -> str:
    return yes if flag else no


def _first(cursor: Cursor, name: str, *words: str) -> int:
    return cursor.octet("TP-MTI and flags", lambda _: ", ".join(word for word in (name, *words) if word))


def _deliver(cursor: Cursor) -> Deliver:
    flags = cursor.data[0]
    _first(
        cursor,
        "SMS-DELIVER",
        _yes(flags & NO_MORE, "no more messages", "more messages to send"),
        _yes(flags & LOOP, "loop prevention"),
        _yes(flags & REPORT, "status report will be returned"),
        _yes(flags & HEADER, "user data header"),
        _yes(flags & REPLY_PATH, "reply path"),
    )
    originator = cursor.address("TP-Originating-Address")
    protocol = cursor.octet("TP-Protocol-Identifier", protocol_name)
    coding = _coding(cursor)
    return Deliver(
        originator=originator,
        protocol=protocol,
        coding=coding,
        timestamp=cursor.timestamp("TP-Service-Centre-Time-Stamp"),
        user_data=_user_data(cursor, coding, flags & HEADER != 0),
        more=not flags & NO_MORE,
        loop=flags & LOOP != 0,
        status_report=flags & REPORT != 0,
        reply_path=flags & REPLY_PATH != 0,
    )


def _submit(cursor: Cursor) -> Submit:
    flags = cursor.data[0]
    _first(
        cursor,
        "SMS-SUBMIT",
        _yes(flags & REJECT_DUPLICATES, "reject duplicates"),
        {0: "no validity", RELATIVE: "relative validity", ABSOLUTE: "absolute validity"}.get(
            flags & VALIDITY, "enhanced validity"
        ),
        _yes(flags & REPORT, "status report requested"),
        _yes(flags & HEADER, "user data header"),
        _yes(flags & REPLY_PATH, "reply path"),
    )
    reference = cursor.octet("TP-Message-Reference", str)
    destination = cursor.address("TP-Destination-Address")
    protocol = cursor.octet("TP-Protocol-Identifier", protocol_name)
    coding = _coding(cursor)
    return Submit(
        reference=reference,
        destination=destination,
        protocol=protocol,
        coding=coding,
        validity=_validity(cursor, flags & VALIDITY),
        user_data=_user_data(cursor, coding, flags & HEADER != 0),
        reject_duplicates=flags & REJECT_DUPLICATES != 0,
        status_report=flags & REPORT != 0,
        reply_path=flags & REPLY_PATH != 0,
    )


def _status_report(cursor: Cursor) -> StatusReport:
    flags = cursor.data[0]
    _first(
        cursor,
        "SMS-STATUS-REPORT",
        _yes(flags & NO_MORE, "no more messages", "more messages to send"),
        _yes(flags & LOOP, "loop prevention"),
        _yes(flags & REPORT, "result of an SMS-COMMAND", "result of an SMS-SUBMIT"),
        _yes(flags & HEADER, "user data header"),
    )
    reference = cursor.octet("TP-Message-Reference", str)
    recipient = cursor.address("TP-Recipient-Address")
    timestamp = cursor.timestamp("TP-Service-Centre-Time-Stamp")
    discharge = cursor.timestamp("TP-Discharge-Time")
    status = cursor.octet("TP-Status", status_name)
    present = 0
    if not cursor.at_end:
        octet = present = cursor.octet("TP-Parameter-Indicator", lambda octet: f"{octet:08b}")
        while octet & HAS_MORE:
            octet = cursor.octet("TP-Parameter-Indicator extension", lambda octet: f"{octet:08b}")
    protocol = cursor.octet("TP-Protocol-Identifier", protocol_name) if present & HAS_PROTOCOL else None
    coding = _coding(cursor) if present & HAS_CODING else None
    # 9.2.3.27: user data without a coding scheme is in the default alphabet.
    has_data = present & HAS_USER_DATA
    user_data = _user_data(cursor, coding or Coding(0), flags & HEADER != 0) if has_data else None
    return StatusReport(
        reference=reference,
        recipient=recipient,
        timestamp=timestamp,
        discharge=discharge,
        status=status,
        protocol=protocol,
        coding=coding,
        user_data=user_data,
        more=not flags & NO_MORE,
        loop=flags & LOOP != 0,
        of_command=flags & REPORT != 0,
    )


_READERS: dict[int, Callable[[Cursor], Tpdu]] = {DELIVER: _deliver, SUBMIT: _submit, STATUS_REPORT: _status_report}


def _coding(cursor: Cursor) -> Coding:
    return Coding(cursor.octet("TP-Data-Coding-Scheme", lambda octet: str(Coding(octet))))


def _validity(cursor: Cursor, kind: int) -> int | Timestamp | bytes | None:
    name = "TP-Validity-Period"
    if kind == RELATIVE:
        return relative_period(cursor.octet(name, lambda octet: f"{relative_period(octet)} seconds"))
    if kind == ABSOLUTE:
        return cursor.timestamp(name)
    if kind == ENHANCED:
        return cursor.octets(name, 7, "7 octets of enhanced validity period", lambda octets: octets.hex(" "))
    return None


def _septets(octets: int) -> int:
    return (octets * 8 + 6) // 7


def _user_data(cursor: Cursor, coding: Coding, has_header: bool) -> UserData:
    unit = "septets" if coding.septets else "octets"
    at = cursor.pos
    length = cursor.octet("TP-User-Data-Length", lambda count: f"{count} {unit}")
    most = MOST_SEPTETS if coding.septets else MOST_OCTETS
    if length > most:
        raise Malformed(f"at most {most} {unit} of user data", at)
    size = (length * 7 + 7) // 8 if coding.septets else length
    start, stop = cursor.pos, cursor.pos + size
    if stop > len(cursor.data):
        raise Malformed(f"{size} octets of user data", start)
    header = udh.NO_HEADER
    if has_header:
        header, cursor.pos = udh.decode(cursor.data, start, stop, cursor.trace)
    if not coding.septets:
        payload = cursor.data[cursor.pos : stop]
    else:
        before = _septets(cursor.pos - start)
        if before > length:
            raise Malformed("a header within the user data length", at)
        fill = before * 7 - (cursor.pos - start) * 8
        payload = alphabet.unpack(cursor.data[cursor.pos : stop], length - before, fill)
    found = UserData(header, payload)
    text = found.text(coding)
    said = repr(text) if text is not None else f"{len(payload)} {unit}"
    cursor.octets("TP-User-Data", stop - cursor.pos, "user data", lambda _: said)
    return found


def encode(tpdu: Tpdu) -> bytes:
    """Write a TPDU. Raises `Unencodable`."""
    if isinstance(tpdu, Deliver):
        return _write_deliver(tpdu)
    return _write_submit(tpdu) if isinstance(tpdu, Submit) else _write_status_report(tpdu)


def _flags(*flags: tuple[bool, int]) -> int:
    return sum(bit for held, bit in flags if held)


def _octet(value: int, name: str) -> bytes:
    if not 0 <= value <= 255:
        raise Unencodable(f"{name} {value} is not an octet")
    return bytes((value,))


def _write_deliver(tpdu: Deliver) -> bytes:
    first = DELIVER | _flags(
        (not tpdu.more, NO_MORE),
        (tpdu.loop, LOOP),
        (tpdu.status_report, REPORT),
        (bool(tpdu.user_data.header.elements), HEADER),
        (tpdu.reply_path, REPLY_PATH),
    )
    return b"".join(
        (
            bytes((first,)),
            tpdu.originator.encode(),
            _octet(tpdu.protocol, "TP-PID"),
            _octet(tpdu.coding.octet, "TP-DCS"),
            tpdu.timestamp.encode(),
            tpdu.user_data.encode(tpdu.coding),
        )
    )


def _write_submit(tpdu: Submit) -> bytes:
    kind, validity = _write_validity(tpdu.validity)
    first = (
        SUBMIT
        | kind
        | _flags(
            (tpdu.reject_duplicates, REJECT_DUPLICATES),
            (tpdu.status_report, REPORT),
            (bool(tpdu.user_data.header.elements), HEADER),
            (tpdu.reply_path, REPLY_PATH),
        )
    )
    return b"".join(
        (
            bytes((first,)),
            _octet(tpdu.reference, "TP-MR"),
            tpdu.destination.encode(),
            _octet(tpdu.protocol, "TP-PID"),
            _octet(tpdu.coding.octet, "TP-DCS"),
            validity,
            tpdu.user_data.encode(tpdu.coding),
        )
    )


def _write_validity(validity: int | Timestamp | bytes | None) -> tuple[int, bytes]:
    if validity is None:
        return 0, b""
    if isinstance(validity, Timestamp):
        return ABSOLUTE, validity.encode()
    if isinstance(validity, int):
        return RELATIVE, bytes((write_relative_period(validity),))
    if len(validity) != 7:
        raise Unencodable("an enhanced validity period has 7 octets")
    return ENHANCED, validity


def _write_status_report(tpdu: StatusReport) -> bytes:
    has_header = tpdu.user_data is not None and bool(tpdu.user_data.header.elements)
    first = STATUS_REPORT | _flags(
        (not tpdu.more, NO_MORE), (tpdu.loop, LOOP), (tpdu.of_command, REPORT), (has_header, HEADER)
    )
    present = _flags(
        (tpdu.protocol is not None, HAS_PROTOCOL),
        (tpdu.coding is not None, HAS_CODING),
        (tpdu.user_data is not None, HAS_USER_DATA),
    )
    return b"".join(
        (
            bytes((first,)),
            _octet(tpdu.reference, "TP-MR"),
            tpdu.recipient.encode(),
            tpdu.timestamp.encode(),
            tpdu.discharge.encode(),
            _octet(tpdu.status, "TP-ST"),
            bytes((present,)) if present else b"",
            b"" if tpdu.protocol is None else _octet(tpdu.protocol, "TP-PID"),
            b"" if tpdu.coding is None else _octet(tpdu.coding.octet, "TP-DCS"),
            b"" if tpdu.user_data is None else tpdu.user_data.encode(tpdu.coding or Coding(0)),
        )
    )
