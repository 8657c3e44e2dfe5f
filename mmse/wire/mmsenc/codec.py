"""MMS PDUs to octets and back (OMA-TS-MMS_ENC-V1_3 7): dispatch by first octet into the rows of the field table."""

from __future__ import annotations

from typing import Any

from mmse.wire import Malformed, Missing, Unencodable
from mmse.wire.limits import LIMITS, Limits
from mmse.wire.mmsenc import status
from mmse.wire.mmsenc.fields import (
    BY_NAME,
    CONTENT_TYPE,
    MESSAGE_TYPE,
    MMS_VERSION,
    RESPONSE_STATUS,
    ROWS,
    STATUS,
    TRANSACTION_ID,
)
from mmse.wire.mmsenc.message import Message
from mmse.wire.mmsenc.pdus import BY_CODE, PDU, Body
from mmse.wire.mmsenc.versions import V1_0, V1_1, knows
from mmse.wire.trace import Listener, Trace
from mmse.wire.wsp.field import Field, Header, Raw, Rows, keep_raw, read_header, read_value, told_of, write_header

__all__ = ["UnknownType", "decode", "encode", "encode_parts", "salvage"]

_FIRST_WINDOW = 4096


class UnknownType(Malformed):
    """The octets are of no PDU type we know: ``code`` is the octet of X-Mms-Message-Type."""

    def __init__(self, code: int, offset: int) -> None:
        super().__init__(f"a known PDU type, not 0x{code:02X}", offset)
        self.code = code


def decode(data: bytes | memoryview, limits: Limits = LIMITS, trace: Listener | Trace | None = None) -> Message:
    """The PDU in ``data``; its body is a view, not a copy.

    Any field is taken in any PDU; a value that its type cannot read is kept raw. All after the first Content-Type is
    body. Fields that are mandatory and absent are no error here: `Message.missing` tells them. Raises `Malformed`
    (`UnknownType` among them).
    """
    if type(data) is bytes:
        return _decode(data, memoryview(data), limits, None if trace is None else Trace.to(trace))
    return _decode_view(memoryview(data), limits, trace)


def _decode_view(view: memoryview, limits: Limits, trace: Listener | Trace | None) -> Message:
    """Decode from a view: its front is copied, ever more of it until Content-Type was found, and never the body."""
    size = _FIRST_WINDOW
    whole = len(view)
    while size < whole:
        try:
            message = _decode(bytes(view[:size]), view, limits, None)
        except Malformed:
            message = None
        if message is not None and any(key is CONTENT_TYPE for key, _ in message.headers[-1:]):
            break
        size *= 4
    return _decode(bytes(view[:size]), view, limits, None if trace is None else Trace.to(trace))


def _decode(data: bytes, view: memoryview, limits: Limits, trace: Trace | None) -> Message:
    """The loop: ``data`` are the octets to read headers from, ``view`` those to cut the body from."""
    pdu: PDU | None = None
    headers: list[Header] = []
    rows = ROWS
    pos, end = 0, len(data)
    longest, most = limits.field, limits.headers
    while pos < end:
        stop = pos + longest
        if stop > end:
            stop = end
        field = rows[data[pos]]
        if field is None:
            header, pos = read_header(data, pos, stop, rows, BY_NAME, trace)
            if header is None:
                continue
            key, value = header
        else:
            key = field
            if trace is None:
                try:
                    value, pos = field.type.read(data, pos + 1, stop)
                except Malformed as error:
                    value, pos = keep_raw(data, pos + 1, stop, error)
            else:
                value, pos = _read_told(field, data, pos, stop, trace)
        if key is MESSAGE_TYPE:
            if pdu is None:
                pdu, rows = _pdu_of(value, pos)
            continue
        headers.append((key, value))
        if key is CONTENT_TYPE:
            break
        if len(headers) > most:
            raise Malformed(f"at most {most} headers", pos)
    if pdu is None:
        raise Missing(MESSAGE_TYPE.name, pos)
    if trace is not None and pos < len(view):
        trace(pos, len(view), "body", f"{len(view) - pos} octets")
    return Message(pdu, headers, view[pos:])


def _pdu_of(value: Any, pos: int) -> tuple[PDU, Rows]:
    if not isinstance(value, int):
        raise Malformed("the octet of a PDU type", pos - 1)
    pdu = BY_CODE.get(value)
    if pdu is None:
        raise UnknownType(value, pos - 1)
    return pdu, pdu.rows


def _read_told(field: Field[Any], data: bytes, pos: int, stop: int, trace: Trace) -> tuple[Any, int]:
    trace(pos, pos + 1, field.name, told_of(field))
    if field is MESSAGE_TYPE and pos + 1 < stop and data[pos + 1] in BY_CODE:
        trace.inner()(pos + 1, pos + 2, "PDU type", f"{BY_CODE[data[pos + 1]].name} (0x{data[pos + 1]:02X})")
        return data[pos + 1], pos + 2
    return read_value(field, data, pos + 1, stop, trace.inner())


def salvage(data: bytes | memoryview, limits: Limits = LIMITS) -> tuple[PDU | None, str, int]:
    """What an error answer needs of a broken PDU: its type (None if unknown), transaction id ("") and version (0x10).

    Never raises: reads on until the octets stop making sense.
    """
    octets = bytes(data[: limits.field * 4])
    pdu: PDU | None = None
    transaction_id, version = "", V1_0
    pos, end = 0, len(octets)
    try:
        for _ in range(limits.headers):
            if pos >= end:
                break
            header, pos = read_header(octets, pos, min(end, pos + limits.field), ROWS, BY_NAME)
            if header is None or type(header[1]) is Raw:
                continue
            key, value = header
            if key is MESSAGE_TYPE and pdu is None:
                pdu = BY_CODE.get(value)
            elif key is TRANSACTION_ID:
                transaction_id = value
            elif key is MMS_VERSION:
                version = value
            elif key is CONTENT_TYPE:
                break
    except Malformed:
        pass
    return pdu, transaction_id, version


def encode(message: Message, version: int | None = None) -> bytes:
    """The octets of a PDU; see `encode_parts`."""
    return b"".join(encode_parts(message, version))


def encode_parts(message: Message, version: int | None = None) -> tuple[bytes, bytes | memoryview]:
    """The octets of the headers, and the body as it is, for a door that writes both without copying.

    X-Mms-Message-Type, -Transaction-ID and -MMS-Version come first, Content-Type last (7.1), the others in their order.
    For a peer of an older ``version`` (major << 4 | minor) the PDU says that version, fields that came later are left
    out and statuses become those it knows. Raises `Unencodable`: a field the PDU's table does not allow, or allows
    once, a mandatory one missing, a body where there is none, or a value without octets.
    """
    pdu = message.pdu
    headers = message.headers if version is None else _for_version(message, version)
    _allow(pdu, headers, message.body)
    first = [b"\x8c", bytes((pdu.code,))]
    leading: dict[Any, bytes] = {}
    rest: list[bytes] = []
    for key, value in headers:
        octets = write_header(key, value)
        if key is TRANSACTION_ID or key is MMS_VERSION or key is CONTENT_TYPE:
            leading[key] = octets
        else:
            rest.append(octets)
    nothing = b""
    first += (leading.get(TRANSACTION_ID, nothing), leading.get(MMS_VERSION, nothing))
    rest.append(leading.get(CONTENT_TYPE, nothing))
    return b"".join(first + rest), message.body


def _allow(pdu: PDU, headers: list[Header], body: bytes | memoryview) -> None:
    """Raise `Unencodable` unless the table allows these headers; what has no row (unknown, kept) may pass."""
    repeats = pdu.repeats
    seen: set[Any] = set()
    for key, _ in headers:
        if not isinstance(key, str):
            often = repeats.get(key)
            if often is None and 0 < key.code <= 0x3F:
                raise Unencodable(f"{pdu.name} has no {key!r}")
            if often is False and key in seen:
                raise Unencodable(f"{pdu.name} has {key!r} twice")
        seen.add(key)
    for field in pdu.mandatory:
        if field not in seen:
            raise Unencodable(f"{pdu.name} needs {field.name}")
    if pdu.any_of and not seen.intersection(pdu.any_of):
        raise Unencodable(f"{pdu.name} needs one of {', '.join(field.name for field in pdu.any_of)}")
    if len(body) and (pdu.body is Body.NONE or CONTENT_TYPE not in seen):
        raise Unencodable(f"{pdu.name} has no body" if pdu.body is Body.NONE else "a body without its Content-Type")


def _for_version(message: Message, version: int) -> list[Header]:
    """The headers a peer of ``version`` understands."""
    if message.pdu.since > (version >> 4) * 10 + (version & 15):
        raise Unencodable(f"{message.pdu.name} is unknown in version 0x{version:02X}")
    headers: list[Header] = []
    for key, value in message.headers:
        if key is MMS_VERSION:
            value = version
        elif key is RESPONSE_STATUS and version < V1_1 and type(value) is not Raw:
            value = status.down_map_1_0(value)
        elif key is STATUS and type(value) is not Raw:
            value = status.down_map_status(value, version)
        if isinstance(key, str) or knows(version, key):
            headers.append((key, value))
    return headers
