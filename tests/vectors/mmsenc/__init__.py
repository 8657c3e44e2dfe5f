"""Worked examples of MMS PDUs (octets in hex), and the values they stand for.

A third party's decoder read each of them without an error.
"""

from __future__ import annotations

from mmse.wire.mmsenc import INSERT_ADDRESS, ContentType, Header, Relative, fields, pdus
from mmse.wire.mmsenc.enumerations import MessageClass, ReadStatus
from mmse.wire.mmsenc.status import ResponseStatus, Status

__all__ = ["BODY", "BODY_TYPE", "EXAMPLES"]

_TO = "2B 31 35 35 35 31 32 33 30 30 30 32 2F 54 59 50 45 3D 50 4C 4D 4E 00"
_FROM = "2B 31 35 35 35 31 32 33 30 30 30 31 2F 54 59 50 45 3D 50 4C 4D 4E 00"
_ID = "8B 6D 69 64 2D 31 40 6D 6D 73 63 00"
_SMIL = b'<smil><body><par><text src="t.txt"/></par></body></smil>'
BODY_TYPE = ContentType("application/vnd.wap.multipart.related", (("type", "application/smil"), ("start", "<smil>")))

EXAMPLES: dict[str, tuple[str, pdus.PDU, tuple[Header, ...]]] = {
    "notification": (
        f"8C 82 98 6E 31 00 8D 92 89 18 80 {_FROM} 96 05 EA 48 C3 A9 00 8A 80 8E 02 04 D2 88 05 81 03 03 F4 80"
        "83 68 74 74 70 3A 2F 2F 6D 6D 73 63 2F 6D 2F 31 00",
        pdus.M_NOTIFICATION_IND,
        (
            (fields.TRANSACTION_ID, "n1"),
            (fields.MMS_VERSION, 0x12),
            (fields.FROM, "+15551230001/TYPE=PLMN"),
            (fields.SUBJECT, "Hé"),
            (fields.MESSAGE_CLASS, MessageClass.PERSONAL),
            (fields.MESSAGE_SIZE, 1234),
            (fields.EXPIRY, Relative(259200)),
            (fields.CONTENT_LOCATION, "http://mmsc/m/1"),
        ),
    ),
    "retrieved": (
        "8C 83 98 6E 31 00 8D 92 95 81 91 80",
        pdus.M_NOTIFYRESP_IND,
        (
            (fields.TRANSACTION_ID, "n1"),
            (fields.MMS_VERSION, 0x12),
            (fields.STATUS, Status.RETRIEVED),
            (fields.REPORT_ALLOWED, True),
        ),
    ),
    "acknowledged": (
        "8C 85 98 6E 31 00 8D 92 91 80",
        pdus.M_ACKNOWLEDGE_IND,
        ((fields.TRANSACTION_ID, "n1"), (fields.MMS_VERSION, 0x12), (fields.REPORT_ALLOWED, True)),
    ),
    "accepted": (
        f"8C 81 98 54 31 00 8D 92 92 80 {_ID}",
        pdus.M_SEND_CONF,
        (
            (fields.TRANSACTION_ID, "T1"),
            (fields.MMS_VERSION, 0x12),
            (fields.RESPONSE_STATUS, ResponseStatus.OK),
            (fields.MESSAGE_ID, "mid-1@mmsc"),
        ),
    ),
    "denied": (
        "8C 81 98 54 31 00 8D 92 92 E1 93 44 65 6E 69 65 64 00",
        pdus.M_SEND_CONF,
        (
            (fields.TRANSACTION_ID, "T1"),
            (fields.MMS_VERSION, 0x12),
            (fields.RESPONSE_STATUS, ResponseStatus.ERROR_PERMANENT_SERVICE_DENIED),
            (fields.RESPONSE_TEXT, "Denied"),
        ),
    ),
    "delivered": (
        f"8C 86 8D 92 {_ID} 97 {_TO} 85 04 65 53 F1 00 95 81",
        pdus.M_DELIVERY_IND,
        (
            (fields.MMS_VERSION, 0x12),
            (fields.MESSAGE_ID, "mid-1@mmsc"),
            (fields.TO, "+15551230002/TYPE=PLMN"),
            (fields.DATE, 1_700_000_000),
            (fields.STATUS, Status.RETRIEVED),
        ),
    ),
    "read": (
        f"8C 88 8D 92 {_ID} 97 {_TO} 89 18 80 {_FROM} 85 04 65 53 F1 00 9B 80",
        pdus.M_READ_ORIG_IND,
        (
            (fields.MMS_VERSION, 0x12),
            (fields.MESSAGE_ID, "mid-1@mmsc"),
            (fields.TO, "+15551230002/TYPE=PLMN"),
            (fields.FROM, "+15551230001/TYPE=PLMN"),
            (fields.DATE, 1_700_000_000),
            (fields.READ_STATUS, ReadStatus.READ),
        ),
    ),
    "submission": (
        f"8C 80 98 54 31 00 8D 92 89 01 81 97 {_TO} 86 80 84 1B B3 89 61 70 70 6C 69 63 61 74 69 6F 6E 2F 73 6D 69"
        "6C 00 8A 3C 73 6D 69 6C 3E 00",
        pdus.M_SEND_REQ,
        (
            (fields.TRANSACTION_ID, "T1"),
            (fields.MMS_VERSION, 0x12),
            (fields.FROM, INSERT_ADDRESS),
            (fields.TO, "+15551230002/TYPE=PLMN"),
            (fields.DELIVERY_REPORT, True),
            (fields.CONTENT_TYPE, BODY_TYPE),
        ),
    ),
}
"""By name: the octets, the PDU, its headers."""

BODY = (
    bytes.fromhex("02 22 38 61 70 70 6C 69 63 61 74 69 6F 6E 2F 73 6D 69 6C 00 C0 22 3C 73 6D 69 6C 3E 00")
    + bytes.fromhex("8E 73 2E 73 6D 69 6C 00")
    + _SMIL
    + bytes.fromhex("18 02 0A 83 81 EA 85 74 2E 74 78 74 00 C0 22 3C 74 3E 00 8E 74 2E 74 78 74 00 48 69")
)
"""The body of the submission: 56 octets of SMIL, and "Hi" in UTF-8."""
