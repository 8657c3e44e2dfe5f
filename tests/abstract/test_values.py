"""Small values: moments, visible recipients, transactions."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from mmse.abstract.address import Field, number
from mmse.abstract.delivery import State
from mmse.abstract.elements import Moment
from mmse.abstract.message import Copy, Elements, Message, Recipient


class Values(SynchronousTestCase):
    """Derived facts of the values."""

    def test_moments(self) -> None:
        """Absolute stays, relative counts from acceptance."""
        self.assertEqual(Moment(50).at(1000), 50)
        self.assertEqual(Moment(50, relative=True).at(1000), 1050)

    def test_bcc_is_visible_to_nobody(self) -> None:
        """TS 23.140 7.1.1.1: To and Cc in order, Bcc never."""
        a, b, c = (number(f"+1555123000{n}") for n in range(3))
        message = Message(
            id="m@example.org", originator=a, elements=Elements(), accepted=1, earliest=1, expires=2, date=1, size=0,
            recipients=(Recipient(b), Recipient(a, Field.CC), Recipient(c, Field.BCC)),
        )  # fmt: skip
        self.assertEqual(message.visible_recipients(Field.TO), (b,))
        self.assertEqual(message.visible_recipients(Field.CC), (a,))
        self.assertEqual(message.visible_recipients(Field.BCC), ())

    def test_transaction_is_part_of_the_token(self) -> None:
        """A notification's Transaction-ID is found by its copy's token."""
        copy = Copy(message="m", position=0, recipient=number("+1"), state=State.QUEUED, token="abcdefghijklmnop")
        self.assertEqual(copy.transaction, "abcdefgh")
