"""An MM: what is submitted, what is kept, and one copy per recipient (TS 23.140 7.1.1, 7.1.3, 7.1.17)."""

from __future__ import annotations

import msgspec

from mmse.abstract.address import Address, Field
from mmse.abstract.content import Content
from mmse.abstract.delivery import State
from mmse.abstract.elements import Class, Interface, Moment, PreviouslySent, Priority, ReplyCharging, Via

__all__ = ["TOKEN", "TRANSACTION", "Copy", "Elements", "Forwarding", "Message", "Recipient", "Submission"]


TOKEN = 22
"""Characters of a copy's token: 128 bits in base64."""

TRANSACTION = 8
"""Characters of the token that are the notification's transaction."""


class Recipient(msgspec.Struct, frozen=True):
    """One addressee and the list in which the originator put it."""

    address: Address
    field: Field = Field.TO


class Elements(msgspec.Struct, frozen=True, kw_only=True):
    """The information elements that travel with an MM to its recipients, unchanged (TS 23.140 table 9 and 12)."""

    subject: str = ""
    message_class: str = Class.PERSONAL.value
    priority: Priority | None = None
    sender_visible: bool | None = None
    """None: the originator left it to the operator."""
    delivery_report: bool = False
    read_reply: bool = False
    reply_charging: ReplyCharging | None = None
    applic_id: str = ""
    reply_applic_id: str = ""
    aux_applic_info: str = ""
    content_class: int | None = None
    """The code of X-Mms-Content-Class (OMA-TS-MMS_CONF), 0 text to 7 content-rich."""
    drm_content: bool | None = None
    adaptation_allowed: bool | None = None
    distribution_indicator: bool | None = None
    previously_sent: tuple[PreviouslySent, ...] = ()


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """MM1_submit.REQ (and MM4_forward.REQ, MM7_submit.REQ) without its encoding (TS 23.140 7.1.1).

    ``digest`` is the SHA-256 of what was received: with the originator and the transaction it tells a repeated
    request from a new one. ``version`` is the originator's MMS version, as 0x10 to 0x1F.
    """

    transaction: str
    digest: bytes
    originator: Address
    recipients: tuple[Recipient, ...]
    content: Content
    elements: Elements = Elements()
    time_of_expiry: Moment | None = None
    earliest_time_of_delivery: Moment | None = None
    date: int | None = None
    version: int = 0x12


class Forwarding(msgspec.Struct, frozen=True, kw_only=True):
    """MM1_forward.REQ: send on an MM that is still in the network, without fetching it (TS 23.140 7.1.10)."""

    transaction: str
    digest: bytes
    originator: Address
    recipients: tuple[Recipient, ...]
    location: str
    """The token of the Content-Location that was notified."""
    delivery_report: bool = False
    read_reply: bool = False
    report_allowed: bool = True
    time_of_expiry: Moment | None = None
    earliest_time_of_delivery: Moment | None = None
    date: int | None = None
    version: int = 0x12


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted MM as the store keeps it; its content is kept beside it and read on demand.

    Times are whole seconds since 1970 (UTC). ``recipients`` are all of them, Bcc included: what one recipient may
    see is ``visible_recipients``.
    """

    id: str
    originator: Address
    recipients: tuple[Recipient, ...]
    elements: Elements
    accepted: int
    earliest: int
    expires: int
    date: int
    size: int
    media_types: tuple[str, ...] = ()
    text_only: bool = False
    via: Via = Via(Interface.INTERNAL)
    agent: str = ""
    """Name of the delivery agent that can reach the originator: the reports owed go by it."""
    version: int = 0x12
    forwarded_from: str = ""
    """Message-ID of the MM of which this is a forward."""

    def visible_recipients(self, field: Field) -> tuple[Address, ...]:
        """The addresses of one list that every recipient may see; of Bcc none (TS 23.140 7.1.1.1)."""
        if field is Field.BCC:
            return ()
        return tuple(r.address for r in self.recipients if r.field is field)


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """One recipient's copy of an MM: the row that has a state (TS 23.140 7.1.2 to 7.1.6).

    ``token`` is the unguessable part of the Content-Location (128 bits), its first eight characters are the
    notification's transaction. ``due`` is when something must be done about it (None: never again); ``attempt``
    counts deliveries tried in this state. ``version`` is compared and counted up by every change of the row.
    """

    message: str
    """Message-ID of the MM."""
    position: int
    """Index in ``Message.recipients``."""
    recipient: Address
    state: State
    version: int = 0
    attempt: int = 0
    due: int | None = None
    agent: str = ""
    """Name of the delivery agent that routing chose; empty before routing."""
    token: str = ""
    report_allowed: bool = True
    fetched: int | None = None
    """When the content was last handed over whole."""
    ended: int | None = None
    """When the copy came to its final state: its content is kept for a grace from then. Of one that was fetched and
    never acknowledged, when its MM expires (if that is later)."""

    @property
    def transaction(self) -> str:
        """The Transaction-ID of this copy's notification; every re-notification repeats it."""
        return self.token[:TRANSACTION]
