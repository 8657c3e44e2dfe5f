"""What a submission must be, and what it becomes: pure."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from mmse.abstract.address import Address, AddressKind, Field
from mmse.abstract.elements import Moment, ReplyCharging
from mmse.abstract.message import Elements, Recipient
from mmse.abstract.status import RequestStatus
from mmse.errors import Refused
from mmse.relay.numbers import Numbers
from mmse.relay.policy import Policy
from mmse.relay.submission import addressees, check, duplicate_key, lifetime, plain, sent
from mmse.settings import Limits, Node
from tests.relay.world import BOB, CAROL, DAVE, content, submission, to

NOW = 1_800_000_000
DAY = 86_400
LIMITS = Limits(expiry_default=3 * DAY, expiry_max=7 * DAY, delivery_time_max=2 * DAY)
POLICY = Policy(node=Node(), limits=LIMITS, max_recipients=3, max_message_size=1000, sender_hiding=False)


class CheckTests(SynchronousTestCase):
    def refused(self, **values: object) -> Refused:
        return self.assertRaises(Refused, check, POLICY, submission(**values))

    def test_good(self) -> None:
        check(POLICY, submission())

    def test_statuses(self) -> None:
        cases = (
            ({"recipients": ()}, RequestStatus.ADDRESS_UNRESOLVED),
            ({"recipients": tuple(to(f"+1555000000{n}") for n in range(4))}, RequestStatus.SERVICE_DENIED),
            ({"content": content(b"x" * 1001)}, RequestStatus.CONTENT_NOT_ACCEPTED),
            (
                {"elements": Elements(reply_charging=ReplyCharging(requested=True))},
                RequestStatus.REPLY_CHARGING_NOT_SUPPORTED,
            ),
            (
                {"elements": Elements(reply_charging=ReplyCharging(reply_to="x@y"))},
                RequestStatus.REPLY_CHARGING_NOT_SUPPORTED,
            ),
            ({"elements": Elements(sender_visible=False)}, RequestStatus.ADDRESS_HIDING_NOT_SUPPORTED),
        )
        for values, status in cases:
            with self.subTest(status=status):
                error = self.refused(**values)
                self.assertIs(error.status, status)
                self.assertTrue(error.reason)

    def test_limits_themselves_are_allowed(self) -> None:
        check(POLICY, submission(*(to(f"+1555000000{n}") for n in range(3)), content=content(b"x" * 1000)))

    def test_a_reply_charging_that_asks_nothing_is_dropped(self) -> None:
        check(POLICY, submission(elements=Elements(reply_charging=ReplyCharging())))
        self.assertIsNone(plain(Elements(reply_charging=ReplyCharging())).reply_charging)


class AddresseesTests(SynchronousTestCase):
    def lists(self, *recipients: Recipient) -> list[tuple[str, Field]]:
        return [(r.address.value, r.field) for r in addressees(recipients, Numbers("1"))]

    def test_once_each(self) -> None:
        self.assertEqual(
            self.lists(to(BOB, Field.BCC), to(BOB, Field.CC), to(CAROL), to("5551230002"), to(CAROL, Field.CC)),
            [(CAROL, Field.TO), (BOB, Field.TO)],
        )

    def test_order_of_the_visible_lists_is_kept(self) -> None:
        self.assertEqual(
            self.lists(to(BOB, Field.BCC), to(DAVE), to(BOB), to(CAROL)),
            [(DAVE, Field.TO), (BOB, Field.TO), (CAROL, Field.TO)],
        )

    def test_mailboxes_without_case(self) -> None:
        self.assertEqual(self.lists(to("Joe@Example.org"), to("joe@example.ORG")), [("Joe@Example.org", Field.TO)])

    def test_display_names_stay(self) -> None:
        named = Recipient(Address(AddressKind.NUMBER, "5551230002", "Bob"))
        self.assertEqual(addressees((named,), Numbers("1"))[0].address, Address(AddressKind.NUMBER, BOB, "Bob"))


class LifetimeTests(SynchronousTestCase):
    def life(self, expiry: Moment | None = None, delivery: Moment | None = None) -> tuple[int, int]:
        earliest, expires = lifetime(LIMITS, expiry, delivery, NOW)
        return earliest - NOW, expires - NOW

    def test_rows(self) -> None:
        rel, absolute = (lambda s: Moment(s, True)), (lambda s: Moment(NOW + s))
        cases = (
            (None, None, (0, 3 * DAY)),
            (rel(0), None, (0, 3 * DAY)),
            (rel(-5), None, (0, 3 * DAY)),
            (rel(60), None, (0, 60)),
            (absolute(60), None, (0, 60)),
            (rel(2**63), None, (0, 7 * DAY)),
            (absolute(2**62), None, (0, 7 * DAY)),
            (None, rel(60), (60, 3 * DAY + 60)),
            (None, absolute(60), (60, 3 * DAY + 60)),
            (None, absolute(-60), (0, 3 * DAY)),
            (None, Moment(0), (0, 3 * DAY)),
            (None, rel(-60), (0, 3 * DAY)),
            (None, rel(2**63), (2 * DAY, 5 * DAY)),
            (rel(DAY), rel(DAY - 1), (DAY - 1, DAY)),
            # The sender's own order holds when both are cut by the operator.
            (rel(90 * DAY), rel(80 * DAY), (2 * DAY, 9 * DAY)),
        )
        for expiry, delivery, expected in cases:
            with self.subTest(expiry=expiry, delivery=delivery):
                self.assertEqual(self.life(expiry, delivery), expected)

    def test_refusals(self) -> None:
        for expiry, delivery in (
            (Moment(NOW), None),
            (Moment(NOW - 1), None),
            (Moment(0), None),
            (Moment(60, True), Moment(60, True)),
            (Moment(60, True), Moment(NOW + 61)),
        ):
            with self.subTest(expiry=expiry, delivery=delivery):
                error = self.assertRaises(Refused, self.life, expiry, delivery)
                self.assertIs(error.status, RequestStatus.MESSAGE_FORMAT_CORRUPT)


class SmallTests(SynchronousTestCase):
    def test_auto_asks_for_no_report(self) -> None:
        elements = plain(Elements(message_class="auto", delivery_report=True, read_reply=True, subject="s"))
        self.assertEqual(elements, Elements(message_class="auto", subject="s"))
        asked = Elements(message_class="personal", delivery_report=True, read_reply=True)
        self.assertIs(plain(asked), asked)

    def test_date(self) -> None:
        self.assertEqual([sent(date, NOW) for date in (None, NOW - 60, NOW + 300, NOW - 301, 0, 2**62)],
                         [NOW, NOW - 60, NOW + 300, NOW, NOW, NOW])  # fmt: skip

    def test_duplicate_key_tells_everything_apart(self) -> None:
        rows = [
            ("submit", "+1", "t", b"d"),
            ("forward", "+1", "t", b"d"),
            ("submit", "+2", "t", b"d"),
            ("submit", "+1", "u", b"d"),
            ("submit", "+1", "t", b"e"),
            ("submit", "+1", "", b"td"),
        ]
        self.assertEqual(len({duplicate_key(*row) for row in rows}), len(rows))
        self.assertEqual(duplicate_key(*rows[0]), duplicate_key(*rows[0]))
        self.assertEqual(len(duplicate_key("submit", "\udcff", "\udcff", b"")), 32)
