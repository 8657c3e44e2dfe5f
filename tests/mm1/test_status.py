"""The tables of MM1's statuses are complete, and every spelling is one that stands in the wire's own table."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from mmse.abstract.elements import Class, Priority, ReadStatus
from mmse.abstract.status import DeliveryStatus, RequestStatus, RetrieveStatus
from mmse.mm1 import status
from mmse.wire.mmsenc import enumerations
from mmse.wire.mmsenc import status as wire


class Tables(SynchronousTestCase):
    TABLES = (
        (status.REQUEST, RequestStatus),
        (status.RETRIEVE, RetrieveStatus),
        (status.DELIVERY, DeliveryStatus),
        (status.CLASSES, Class),
        (status.PRIORITIES, Priority),
        (status.READ, ReadStatus),
    )

    def test_every_abstract_value_has_an_octet(self) -> None:
        for table, values in self.TABLES:
            self.assertEqual(set(table), set(values), values.__name__)

    def test_no_two_share_an_octet(self) -> None:
        for table, values in self.TABLES:
            self.assertEqual(len(set(table.values())), len(table), values.__name__)

    def test_every_octet_of_the_wire_has_a_meaning(self) -> None:
        """But those of MMS 1.0 that are obsolete, and partial success, which no submission has."""
        obsolete = {octet for octet in wire.ResponseStatus if 0x81 <= octet <= 0x87}
        partial = wire.ResponseStatus.ERROR_TRANSIENT_PARTIAL_SUCCESS
        self.assertEqual(set(status.REQUEST.values()), set(wire.ResponseStatus) - obsolete - {partial})
        self.assertEqual(set(status.RETRIEVE.values()), set(wire.RetrieveStatus))
        self.assertEqual(set(status.DELIVERY.values()), set(wire.Status) - {wire.Status.DEFERRED})
        self.assertEqual(set(status.CLASSES.values()), set(enumerations.MessageClass))
        self.assertEqual(set(status.PRIORITIES.values()), set(enumerations.Priority))
        self.assertEqual(set(status.READ.values()), set(enumerations.ReadStatus))

    def test_transient_stays_transient(self) -> None:
        for request, octet in status.REQUEST.items():
            self.assertEqual(wire.is_transient(octet), request.value.startswith("transient-"), request)
        for retrieve, code in status.RETRIEVE.items():
            self.assertEqual(wire.is_transient(code), retrieve.value.startswith("transient-"), retrieve)

    def test_a_phone_of_1_0_gets_a_status_it_knows(self) -> None:
        for octet in status.REQUEST.values():
            self.assertLessEqual(wire.down_map_1_0(octet), 0x88)

    def test_inverse(self) -> None:
        self.assertEqual(status.inverse(status.READ)[enumerations.ReadStatus.READ], ReadStatus.READ)
