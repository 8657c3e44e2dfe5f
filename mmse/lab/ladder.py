"""PDUs as the lines of a ladder: who said what to whom, and what matters in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from mmse.wire.mmsenc import Absolute, Message, Relative, enumerations, fields, status
from mmse.wire.wsp.field import Field
from mmse.wire.wsp.types import label

__all__ = ["tell", "told"]

_SHOWN: tuple[tuple[Field[Any], str], ...] = (
    (fields.RESPONSE_STATUS, "{}"),
    (fields.RETRIEVE_STATUS, "{}"),
    (fields.STATUS, "{}"),
    (fields.READ_STATUS, "{}"),
    (fields.CANCEL_STATUS, "{}"),
    (fields.RESPONSE_TEXT, '"{}"'),
    (fields.RETRIEVE_TEXT, '"{}"'),
    (fields.TRANSACTION_ID, "transaction {}"),
    (fields.MESSAGE_ID, "message {}"),
    (fields.FROM, "from {}"),
    (fields.TO, "to {}"),
    (fields.CC, "cc {}"),
    (fields.BCC, "bcc {}"),
    (fields.SUBJECT, '"{}"'),
    (fields.MESSAGE_CLASS, "class {}"),
    (fields.PRIORITY, "priority {}"),
    (fields.MESSAGE_SIZE, "{} octets wait"),
    (fields.EXPIRY, "expires {}"),
    (fields.DELIVERY_TIME, "delivery {}"),
    (fields.DELIVERY_REPORT, "delivery report {}"),
    (fields.READ_REPORT, "read report {}"),
    (fields.REPORT_ALLOWED, "report allowed {}"),
    (fields.CONTENT_LOCATION, "at {}"),
)


def tell(value: Any) -> str:
    """A value of a header for people."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, enumerations.AddressToken):
        return "(the network says)"
    if isinstance(value, Relative):
        return f"in {value.seconds} s"
    if isinstance(value, Absolute):
        return f"at {value.seconds}"
    if isinstance(value, enumerations.MessageClass | enumerations.Priority | enumerations.ReadStatus):
        return value.name.lower().replace("_", "-")
    if isinstance(value, status.ResponseStatus | status.RetrieveStatus | status.Status | status.CancelStatus):
        return label(value)
    # Text of a peer goes to a terminal: no control characters.
    return "".join(letter if letter.isprintable() else "?" for letter in str(value))


def told(message: Message) -> str:
    """What matters in a PDU, in one line."""
    words: list[str] = []
    for field, form in _SHOWN:
        values: Iterable[Any] = message.all(field)
        if values:
            words.append(form.format(",".join(tell(value) for value in values)))
    if len(message.body):
        words.append(f"{len(message.body)} octets of content")
    return ", ".join(words)


Say = Callable[[str, str, str], None]
"""Takes a line: the arrow (``->`` to the MMSC, ``<-`` from it, empty for a remark), a PDU's name, and what is told."""
