"""A notification made to fit into few short messages: what is least missed goes first, what is mandatory never."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from mmse.wire.mmsenc import fields
from mmse.wire.mmsenc.codec import encode
from mmse.wire.mmsenc.message import Message
from mmse.wire.wsp.field import Field, Header

__all__ = ["DROPPED", "trim"]

DROPPED: tuple[Field[Any], ...] = (
    fields.ELEMENT_DESCRIPTOR,
    fields.RECOMMENDED_RETRIEVAL_MODE_TEXT,
    fields.RECOMMENDED_RETRIEVAL_MODE,
    fields.DISTRIBUTION_INDICATOR,
    fields.AUX_APPLIC_INFO,
    fields.CONTENT_CLASS,
    fields.DELIVERY_REPORT,
)
"""Optional fields of M-Notification.ind (OMA-TS-MMS_ENC-V1_3 6.2) in the order in which they go; the subject is cut
after them. They come with the M-Retrieve.conf again, those that matter after it."""


def trim(message: Message, room: int) -> Message:
    """The PDU with as much as fits into ``room`` octets: itself when it fits, else one without the fields of `DROPPED`
    (as many as must go), then with a shorter subject or none, then without the sender's display name.

    It may still be larger: a long Content-Location is not ours to shorten. The same PDU always gives the same result.
    Raises `Unencodable`.
    """
    excess = len(encode(message)) - room
    for field in DROPPED:
        if excess <= 0:
            return message
        if field in message:
            message = _with(message, [header for header in message.headers if header[0] is not field])
            excess = len(encode(message)) - room
    if excess > 0 and fields.SUBJECT in message:
        message = _shorter_subject(message, room)
        excess = len(encode(message)) - room
    sender = message.get(fields.FROM)
    if excess > 0 and isinstance(sender, str) and sender.endswith(">") and "<" in sender:
        bare = sender.rpartition("<")[2][:-1]
        message = _with(message, [(key, bare if key is fields.FROM else value) for key, value in message.headers])
    return message


def _shorter_subject(message: Message, room: int) -> Message:
    """With the longest beginning of the subject that fits, cut between characters; without it when none does."""
    subject = message[fields.SUBJECT]

    def cut(length: int) -> Message:
        kept = subject[:length].rstrip()
        headers: list[Header] = []
        for key, value in message.headers:
            if key is not fields.SUBJECT:
                headers.append((key, value))
            elif kept:
                headers.append((key, kept))
        return _with(message, headers)

    # The size grows with the length, so the longest that fits is found by halving.
    longest = bisect_right(range(len(subject) + 1), room, key=lambda length: len(encode(cut(length)))) - 1
    while 0 < longest < len(subject) and _joins(subject[longest]):
        longest -= 1
    return cut(max(longest, 0))


def _joins(letter: str) -> bool:
    """Whether a code point belongs to the one before it: combining marks, joiners, variation selectors."""
    code = ord(letter)
    return (
        0x0300 <= code <= 0x036F or code in (0x200D, 0x20E3) or 0xFE00 <= code <= 0xFE0F or 0x1F3FB <= code <= 0x1F3FF
    )


def _with(message: Message, headers: list[Header]) -> Message:
    return Message(message.pdu, headers, message.body)
