"""Values for every field of the table, and messages that carry all their table allows."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies

from mmse.wire.mmsenc import (
    INSERT_ADDRESS,
    Absolute,
    ContentType,
    Counted,
    ElementDescriptor,
    Field,
    Flag,
    MboxAmount,
    Message,
    Relative,
    fields,
)
from mmse.wire.mmsenc.enumerations import FlagToken, MboxUnit, MessageClass
from mmse.wire.mmsenc.pdus import PDU, Body
from mmse.wire.mmsenc.types import (
    AttributeValue,
    CountedValue,
    ElementDescriptorValue,
    FlagValue,
    FromValue,
    MboxAmountValue,
    MessageClassValue,
    TimeValue,
)
from mmse.wire.wsp.content_type import ContentTypeValue
from mmse.wire.wsp.types import EncodedString, Enumeration, IntegerValue, Octet, Opaque, TextString, VersionValue, YesNo
from tests.vectors.mmsenc import BODY, BODY_TYPE

_TEXTS = ["", "a", "+15551230002/TYPE=PLMN", "Grüße 写真 🎞", "é", "=?utf-8?q?x?=", "x" * 200, "\x7fz"]
_NUMBERS = [0, 1, 127, 128, 255, 256, 1_700_000_000, 0xFFFFFFFF, 2**40]
_PLAIN = strategies.characters(codec="utf-8", exclude_characters="\0")
# A Text-string cannot begin with a control character, and identifiers lose quotes and brackets around them.
_TEXT = strategies.text(_PLAIN, max_size=80).filter(lambda text: not text[:1] or text[0] >= " ")
_IDENTIFIER = strategies.text("abcXYZ019@.:/-_", min_size=1, max_size=60)
_NAME = strategies.sampled_from(["charset", "name", "start", "type", "x-own", "size", "max-age", "secure", "q", "mac"])
_TOKENS = strategies.text("abcdefghij0123456789-.", min_size=1, max_size=20)
_MEDIA = strategies.sampled_from(
    [
        "text/plain",
        "image/jpeg",
        "application/smil",
        "application/vnd.wap.multipart.mixed",
        "audio/amr",
        "0x0333",
        "x/y",
    ]
)


def _parameter(name: str) -> strategies.SearchStrategy[tuple[str, Any]]:
    shapes: dict[str, strategies.SearchStrategy[Any]] = {
        "charset": strategies.sampled_from(["utf-8", "us-ascii", "utf-16", "x-unheard", 9999]),
        "type": _MEDIA,
        "size": strategies.integers(0, 2**63),
        "max-age": strategies.integers(0, 2**63),
        "secure": strategies.just(""),
        "q": strategies.integers(0, 2**32 - 1),
        "mac": _TOKENS,
        "x-own": strategies.one_of(strategies.integers(0, 2**63), _TOKENS),
    }
    return strategies.tuples(strategies.just(name), shapes.get(name, _TEXT))


CONTENT_TYPES = strategies.builds(
    lambda media, parameters: ContentType(media, tuple(parameters)),
    _MEDIA,
    strategies.lists(_NAME.flatmap(_parameter), max_size=6),
)


def samples(field: Field[Any]) -> list[Any]:
    """A few values of a field, its corners among them."""
    kind = field.type
    if isinstance(kind, TextString):
        return ["m1", "http://mmsc/m/1", "é"] if kind.bare else ["", "T1", "é", "\x7fa"]
    if isinstance(kind, EncodedString):
        return _TEXTS
    if isinstance(kind, IntegerValue):
        return _NUMBERS
    if isinstance(kind, Enumeration):
        return [*kind.members.__members__.values(), 0xDF, 0xFF]
    if isinstance(kind, CountedValue):
        inner: Field[Any] = Field(0, "", kind.inner)
        return [Counted(number, value) for number in (0, 1, 127, 128) for value in samples(inner)]
    fixed: dict[type, list[Any]] = {
        YesNo: [True, False],
        Octet: [0x80, 0x97],
        VersionValue: [0x10, 0x11, 0x12, 0x13, 0x1F],
        TimeValue: [make(seconds) for make in (Absolute, Relative) for seconds in _NUMBERS],
        FromValue: [INSERT_ADDRESS, *_TEXTS],
        MessageClassValue: [*MessageClass, 0x90, "x-own-class"],
        FlagValue: [Flag(token, text) for token in FlagToken for text in ("", "fun", "lustig ü")],
        MboxAmountValue: [MboxAmount(unit, amount) for unit in MboxUnit for amount in _NUMBERS],
        AttributeValue: [fields.SUBJECT, fields.CONTENT, fields.ADDITIONAL_HEADERS, 0x55],
        ElementDescriptorValue: [
            ElementDescriptor("p.jpg"),
            ElementDescriptor("cid:p", (("type", "image/jpeg"), ("type", "audio/amr"), ("x", "y"), (5, b"\x85"))),
        ],
        ContentTypeValue: [ContentType("text/plain"), ContentType("audio/amr"), BODY_TYPE, ContentType("0x0333")],
        Opaque: [b"\x80", b"\x02ab", b"text\0"],
    }
    return fixed[type(kind)]


def values(field: Field[Any]) -> strategies.SearchStrategy[Any]:
    """Any value of a field."""
    kind = field.type
    if isinstance(kind, TextString):
        return _IDENTIFIER if kind.bare else _TEXT
    if isinstance(kind, EncodedString):
        return strategies.text(_PLAIN, max_size=200)
    if isinstance(kind, IntegerValue):
        return strategies.integers(0, 2**64 - 1)
    if isinstance(kind, CountedValue):
        inner: Field[Any] = Field(0, "", kind.inner)
        return strategies.builds(Counted, strategies.integers(0, 2**32), values(inner))
    if isinstance(kind, TimeValue):
        return strategies.builds(
            lambda make, seconds: make(seconds),
            strategies.sampled_from([Absolute, Relative]),
            strategies.integers(0, 2**64 - 1),
        )
    if isinstance(kind, ContentTypeValue):
        return CONTENT_TYPES
    return strategies.sampled_from(samples(field))


def whole(pdu: PDU, version: int = 0x13) -> Message:
    """A message with one value of every field that its table allows, two where it repeats, in the table's order."""
    headers: list[tuple[Field[Any] | str, Any]] = []
    for use in pdu.uses:
        if use.field is fields.MMS_VERSION:
            headers.append((use.field, version))
        elif use.field is fields.CONTENT_TYPE:
            headers.append((use.field, BODY_TYPE))
        else:
            known = [value for value in samples(use.field) if value not in ("", b"")]
            headers += [(use.field, value) for value in known[: 2 if use.repeats else 1]]
    return Message.of(pdu, *headers, body=b"" if pdu.body is Body.NONE else BODY)


def least(pdu: PDU) -> Message:
    """A message of the mandatory fields only."""
    message = whole(pdu)
    keys = {*pdu.mandatory, *pdu.any_of[:1]}
    once: list[Any] = []
    headers = []
    for key, value in message.headers:
        if key in keys and key not in once:
            once.append(key)
            headers.append((key, value))
    return Message.of(pdu, *headers, body=message.body if fields.CONTENT_TYPE in keys else b"")
