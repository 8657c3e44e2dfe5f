"""Microseconds per MMS PDU: ``python -m benchmarks.bench_mmsenc [--json]``.

Each figure is the best of several rounds, of this process on one core: read them as ratios.
"""

from __future__ import annotations

import argparse
import json
import timeit
from collections.abc import Callable

from mmse.wire.mmsenc import (
    INSERT_ADDRESS,
    ContentType,
    Message,
    Relative,
    decode,
    encode,
    encode_parts,
    fields,
    pdus,
)
from mmse.wire.mmsenc.enumerations import MessageClass, Priority
from mmse.wire.mmsenc.status import Status
from mmse.wire.wsp.headers import CONTENT_ID, CONTENT_LOCATION
from mmse.wire.wsp.multipart import Part, check, compose, parse

AIM = 60.0
"""Microseconds for an M-Send.req of 10 recipients and 300 kB (issue: first light)."""
RELATED = ContentType("application/vnd.wap.multipart.related", (("type", "application/smil"), ("start", "<smil>")))


def submission(recipients: int, octets: int) -> bytes:
    """An M-Send.req as a phone sends it: SMIL, a picture, a text."""
    body = compose(
        [
            Part(
                ContentType("application/smil"), [(CONTENT_ID, "<smil>"), (CONTENT_LOCATION, "s.smil")], b"<smil/>" * 8
            ),
            Part(ContentType("image/jpeg", (("name", "p.jpg"),)), [(CONTENT_LOCATION, "p.jpg")], bytes(octets)),
            Part(ContentType("text/plain", (("charset", "utf-8"),)), [(CONTENT_LOCATION, "t.txt")], b"Hello"),
        ]
    )
    return encode(
        Message.of(
            pdus.M_SEND_REQ,
            (fields.TRANSACTION_ID, "T1234567890"),
            (fields.MMS_VERSION, 0x12),
            (fields.DATE, 1_700_000_000),
            (fields.FROM, INSERT_ADDRESS),
            *((fields.TO, f"+1555123{number:04}/TYPE=PLMN") for number in range(recipients)),
            (fields.SUBJECT, "Grüße vom See"),
            (fields.MESSAGE_CLASS, MessageClass.PERSONAL),
            (fields.EXPIRY, Relative(259200)),
            (fields.PRIORITY, Priority.NORMAL),
            (fields.DELIVERY_REPORT, True),
            (fields.READ_REPORT, False),
            (fields.CONTENT_TYPE, RELATED),
            body=body,
        )
    )


def notification() -> Message:
    """An M-Notification.ind."""
    return Message.of(
        pdus.M_NOTIFICATION_IND,
        (fields.TRANSACTION_ID, "n1234567"),
        (fields.MMS_VERSION, 0x12),
        (fields.FROM, "+15551230001/TYPE=PLMN"),
        (fields.SUBJECT, "Grüße vom See"),
        (fields.MESSAGE_CLASS, MessageClass.PERSONAL),
        (fields.MESSAGE_SIZE, 300_000),
        (fields.EXPIRY, Relative(259200)),
        (fields.CONTENT_LOCATION, "http://mmsc.example/m/0123456789abcdef012345"),
    )


def retrieval(body: bytes | memoryview) -> Message:
    """An M-Retrieve.conf around a stored body."""
    return Message.of(
        pdus.M_RETRIEVE_CONF,
        (fields.TRANSACTION_ID, "n1234567"),
        (fields.MMS_VERSION, 0x12),
        (fields.MESSAGE_ID, "0123456789abcdef@mmsc.example"),
        (fields.DATE, 1_700_000_000),
        (fields.FROM, "+15551230001/TYPE=PLMN"),
        (fields.TO, "+15551230002/TYPE=PLMN"),
        (fields.SUBJECT, "Grüße vom See"),
        (fields.MESSAGE_CLASS, MessageClass.PERSONAL),
        (fields.PRIORITY, Priority.NORMAL),
        (fields.READ_REPORT, False),
        (fields.CONTENT_TYPE, RELATED),
        body=body,
    )


def cases() -> dict[str, Callable[[], object]]:
    """What is measured, by name."""
    request = submission(10, 300_000)
    crowd = submission(1000, 300_000)
    decoded = decode(request)
    content_type = decoded[fields.CONTENT_TYPE]
    announced = notification()
    retrieved = retrieval(decoded.body)
    response = encode(
        Message.of(
            pdus.M_NOTIFYRESP_IND,
            (fields.TRANSACTION_ID, "n1234567"),
            (fields.MMS_VERSION, 0x12),
            (fields.STATUS, Status.RETRIEVED),
            (fields.REPORT_ALLOWED, True),
        )
    )
    return {
        "decode M-Send.req, 10 recipients, 300 kB": lambda: decode(request),
        "decode M-Send.req, 1000 recipients, 300 kB": lambda: decode(crowd),
        "check its multipart": lambda: check(decoded.body, content_type),
        "parse its multipart": lambda: parse(decoded.body),
        "encode M-Notification.ind": lambda: encode(announced),
        "encode M-Retrieve.conf headers, 300 kB": lambda: encode_parts(retrieved),
        "decode M-NotifyResp.ind": lambda: decode(response),
    }


def main() -> None:
    """Measure and print; the exit status says whether the aim was met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true", help="print a JSON object of microseconds")
    arguments = parser.parse_args()
    figures: dict[str, float] = {}
    for name, call in cases().items():
        number = 200 if "1000" in name else 5000
        figures[name] = round(min(timeit.repeat(call, number=number, repeat=7)) / number * 1e6, 2)
    if arguments.json:
        print(json.dumps(figures, indent=2))
    else:
        for name, figure in figures.items():
            print(f"{figure:10.2f} us  {name}")
    first = next(iter(figures.values()))
    if first > AIM:
        raise SystemExit(f"{first} us is over the aim of {AIM} us")


if __name__ == "__main__":
    main()
