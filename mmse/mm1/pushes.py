"""PDUs that go to phones by push, as pure functions of rows: the same rows give the same octets, however often.

A phone recognises a repeated notification by its octets (TS 23.140 7.1.2), so nothing here asks what time it is.
"""

from __future__ import annotations

from mmse.abstract.elements import Class
from mmse.abstract.message import Copy, Elements, Message
from mmse.abstract.reports import Report
from mmse.mm1.status import CLASSES, DELIVERY, PRIORITIES, READ
from mmse.wire import Unencodable
from mmse.wire.mmsenc import Absolute, Relative, enumerations, fields, pdus
from mmse.wire.mmsenc import Message as Wire
from mmse.wire.wsp.field import Header

__all__ = [
    "application",
    "content_facts",
    "delivery_report",
    "distribution",
    "location",
    "message_class",
    "notification",
    "read_report",
    "reply_charging",
]


def location(public_url: str, token: str) -> str:
    """The Content-Location of a copy: ``public_url``, which ends with a slash or gets one, and the copy's token."""
    return public_url + token if public_url.endswith("/") else f"{public_url}/{token}"


def notification(message: Message, copy: Copy, public_url: str, version: int = 0x13) -> Wire:
    """M-Notification.ind (MM1_notification.REQ; OMA-TS-MMS_ENC-V1_3 6.2).

    The expiry is relative, as 7.3.20 wants it in a notification, to when the copy could first be told: a number that
    repeats may state again. The sender stays out when hidden.
    """
    elements = message.elements
    headers: list[Header] = [(fields.TRANSACTION_ID, copy.transaction), (fields.MMS_VERSION, version)]
    if elements.sender_visible is not False:
        headers.append((fields.FROM, str(message.originator)))
    if elements.subject:
        headers.append((fields.SUBJECT, elements.subject))
    if elements.delivery_report:
        headers.append((fields.DELIVERY_REPORT, True))
    headers.append((fields.MESSAGE_CLASS, message_class(elements.message_class)))
    if elements.priority is not None:
        headers.append((fields.PRIORITY, PRIORITIES[elements.priority]))
    headers += [
        (fields.MESSAGE_SIZE, message.size),
        (fields.EXPIRY, Relative(max(0, message.expires - max(message.accepted, message.earliest)))),
        *reply_charging(elements, message.accepted),
        *distribution(elements),
        *application(elements.applic_id, elements.reply_applic_id, elements.aux_applic_info),
        *content_facts(elements),
        (fields.CONTENT_LOCATION, location(public_url, copy.token)),
    ]
    return Wire(pdus.M_NOTIFICATION_IND, headers)


def delivery_report(report: Report) -> Wire:
    """M-Delivery.ind (MM1_delivery_report.REQ; 6.6), of the originator's version."""
    if report.delivery is None:
        raise Unencodable("a delivery report without a status")
    return Wire(
        pdus.M_DELIVERY_IND,
        [
            (fields.MMS_VERSION, report.version),
            (fields.MESSAGE_ID, report.message),
            (fields.TO, str(report.recipient)),
            (fields.DATE, report.date),
            (fields.STATUS, DELIVERY[report.delivery]),
            *application(report.applic_id, "", report.aux_applic_info),
        ],
    )


def read_report(report: Report) -> Wire:
    """M-Read-Orig.ind (MM1_read_reply_originator.REQ; 6.7.2), of the originator's version."""
    if report.read is None:
        raise Unencodable("a read report without a status")
    return Wire(
        pdus.M_READ_ORIG_IND,
        [
            (fields.MMS_VERSION, report.version),
            (fields.MESSAGE_ID, report.message),
            (fields.TO, str(report.originator)),
            (fields.FROM, str(report.recipient)),
            (fields.DATE, report.date),
            (fields.READ_STATUS, READ[report.read]),
            *application(report.applic_id, "", report.aux_applic_info),
        ],
    )


def message_class(name: str) -> enumerations.MessageClass | str:
    """X-Mms-Message-Class: an octet for the four that the standard names, else a token."""
    try:
        return CLASSES[Class(name)]
    except ValueError:
        return name


def application(applic_id: str, reply_applic_id: str, aux_applic_info: str) -> list[Header]:
    """The application's three headers, those that say something."""
    pairs = (
        (fields.APPLIC_ID, applic_id),
        (fields.REPLY_APPLIC_ID, reply_applic_id),
        (fields.AUX_APPLIC_INFO, aux_applic_info),
    )
    return [(field, value) for field, value in pairs if value]


def content_facts(elements: Elements) -> list[Header]:
    """X-Mms-Content-Class and X-Mms-DRM-Content, where the originator told them."""
    headers: list[Header] = []
    if elements.content_class is not None:
        headers.append((fields.CONTENT_CLASS, elements.content_class | 0x80))
    if elements.drm_content is not None:
        headers.append((fields.DRM_CONTENT, elements.drm_content))
    return headers


def reply_charging(elements: Elements, accepted: int) -> list[Header]:
    """What a recipient is told of reply-charging: the willingness as accepted, or which MM this one replies to."""
    charging = elements.reply_charging
    headers: list[Header] = []
    if charging is None:
        return headers
    if charging.requested:
        value = enumerations.ReplyCharging
        headers.append((fields.REPLY_CHARGING, value.ACCEPTED_TEXT_ONLY if charging.text_only else value.ACCEPTED))
        if charging.deadline is not None:
            headers.append((fields.REPLY_CHARGING_DEADLINE, Absolute(charging.deadline.at(accepted))))
        if charging.size is not None:
            headers.append((fields.REPLY_CHARGING_SIZE, charging.size))
    if charging.reply_to:
        headers.append((fields.REPLY_CHARGING_ID, charging.reply_to))
    return headers


def distribution(elements: Elements) -> list[Header]:
    """X-Mms-Distribution-Indicator, where the originator told it."""
    if elements.distribution_indicator is None:
        return []
    return [(fields.DISTRIBUTION_INDICATOR, elements.distribution_indicator)]
