"""Rows that the tests of MM1 begin with."""

from __future__ import annotations

from mmse.abstract.address import Address, number
from mmse.abstract.content import Content, Encoding
from mmse.abstract.delivery import State
from mmse.abstract.elements import Interface, Via
from mmse.abstract.message import Copy, Elements, Message, Recipient

ALICE = number("+15551230001")
BOB = number("+15551230002")
CAROL = number("+15551230003")
DAVE = number("+15551230004")
TOKEN = "n1n1n1n1AAAAAAAAAAAAAA"


def message(*recipients: Recipient, originator: Address = ALICE, elements: Elements | None = None) -> Message:
    return Message(
        id="mid-1@mmsc",
        originator=originator,
        recipients=recipients or (Recipient(BOB),),
        elements=elements or Elements(),
        accepted=1_700_000_000,
        earliest=1_700_000_000,
        expires=1_700_259_200,
        date=1_700_000_000,
        size=1234,
        via=Via(Interface.MM1),
        agent="mm1",
    )


def copy(recipient: Address = BOB, position: int = 0) -> Copy:
    return Copy(message="mid-1@mmsc", position=position, recipient=recipient, state=State.NOTIFIED, token=TOKEN)


def content(data: bytes = b"\x01\x01\x02\x83Hi", content_type: bytes = b"\xa3") -> Content:
    return Content(encoding=Encoding.WSP, content_type=content_type, data=data, size=len(data))
