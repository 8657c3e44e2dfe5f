"""What a submission must be to be accepted, and what it becomes (TS 23.140 7.1.1). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from msgspec.structs import replace

from mmse.abstract.address import Field
from mmse.abstract.elements import Class, Moment
from mmse.abstract.message import Elements, Recipient, Submission
from mmse.abstract.status import RequestStatus
from mmse.errors import Refused
from mmse.relay.numbers import Numbers
from mmse.relay.policy import Policy
from mmse.settings import Limits

__all__ = ["addressees", "check", "duplicate_key", "lifetime", "plain", "sent"]

_RANK = {Field.TO: 0, Field.CC: 1, Field.BCC: 2}

DATE_SLACK = 300
"""Seconds by which a client's Date may differ from our clock and still be kept; stage 2 demands the relay's time."""


def check(policy: Policy, submission: Submission) -> None:
    """Refuse what needs no asking. Raises ``Refused`` (statuses: digest of MM1 transactions, section 2)."""
    count = len(submission.recipients)
    if count == 0:
        raise Refused(RequestStatus.ADDRESS_UNRESOLVED, "no recipients")
    if count > policy.max_recipients:
        raise Refused(RequestStatus.SERVICE_DENIED, f"too many recipients: {count}, at most {policy.max_recipients}")
    size = submission.content.size
    if size > policy.max_message_size:
        raise Refused(
            RequestStatus.CONTENT_NOT_ACCEPTED, f"too large: {size} octets, at most {policy.max_message_size}"
        )
    charging = submission.elements.reply_charging
    if charging is not None and (charging.requested or charging.reply_to):
        raise Refused(RequestStatus.REPLY_CHARGING_NOT_SUPPORTED, "reply charging is not offered here")
    if submission.elements.sender_visible is False and not policy.sender_hiding:
        raise Refused(RequestStatus.ADDRESS_HIDING_NOT_SUPPORTED, "the sender's address is never hidden here")


def addressees(recipients: Iterable[Recipient], numbers: Numbers) -> tuple[Recipient, ...]:
    """Each addressee once, in the order given: To counts over Cc, Cc over Bcc."""
    once: dict[str, Recipient] = {}
    for recipient in recipients:
        address = numbers.normal(recipient.address)
        known = once.get(address.key)
        if known is not None:
            if _RANK[known.field] <= _RANK[recipient.field]:
                continue
            # It moves to its better place, so that the visible lists keep the originator's order.
            del once[address.key]
        once[address.key] = recipient if address is recipient.address else Recipient(address, recipient.field)
    return tuple(once.values())


def plain(elements: Elements) -> Elements:
    """The elements as they are kept: an Auto MM asks for no report of any kind (TS 23.140 7.1.1.1); a reply charging
    that neither asks nor claims anything goes."""
    if elements.message_class == Class.AUTO.value and (elements.delivery_report or elements.read_reply):
        elements = replace(elements, delivery_report=False, read_reply=False)
    if elements.reply_charging is not None:
        elements = replace(elements, reply_charging=None)
    return elements


def lifetime(limits: Limits, expiry: Moment | None, delivery: Moment | None, now: int) -> tuple[int, int]:
    """(earliest, expires), whole seconds since 1970, within the operator's limits (TS 23.140 7.1.1.1).

    An MM lives from when it may be delivered: the default and the longest life count from there. Raises ``Refused``
    for an absolute expiry that is past, and for a delivery time that is not before the expiry.
    """
    wished = 0 if delivery is None else max(delivery.at(now), now)
    ends: int | None = None
    if expiry is not None and not (expiry.relative and expiry.seconds <= 0):
        ends = expiry.at(now)
        if ends <= now:
            raise Refused(RequestStatus.MESSAGE_FORMAT_CORRUPT, "expired before it was sent")
        if ends <= wished:
            raise Refused(RequestStatus.MESSAGE_FORMAT_CORRUPT, "to be delivered only after it has expired")
    earliest = min(max(wished, now), now + limits.delivery_time_max)
    longest = earliest + limits.expiry_max
    if ends is None:
        ends = earliest + limits.expiry_default
    return earliest, min(ends, longest)


def sent(date: int | None, now: int) -> int:
    """The MM's date: the client's when it is plausible, else the time of acceptance."""
    return date if date is not None and abs(date - now) <= DATE_SLACK else now


def duplicate_key(operation: str, originator: str, transaction: str, digest: bytes) -> bytes:
    """What two requests have in common that are one: SHA-256 of who, which transaction, and what (RELIABILITY D3)."""
    return sha256(f"{operation}\0{originator}\0{transaction}\0".encode("utf-8", "surrogateescape") + digest).digest()
