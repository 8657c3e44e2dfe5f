"""What is answered, in the protocol's own PDUs, to requests for services that are not offered here (MMBox, M-Delete).

A phone that asks for one of them learns that it is denied, and asks no more; nothing is parsed and then not obeyed.
"""

from __future__ import annotations

from collections.abc import Callable

from mmse.wire.mmsenc import Counted, fields, pdus
from mmse.wire.mmsenc import Message as Wire
from mmse.wire.mmsenc.pdus import PDU
from mmse.wire.mmsenc.status import ResponseStatus, StoreStatus
from mmse.wire.wsp.field import Header

__all__ = ["DENIED", "denial", "version_of"]

TEXT = "This service is not offered"


def _store(request: Wire) -> list[Header]:
    return [(fields.STORE_STATUS, StoreStatus.ERROR_PERMANENT_SERVICE_DENIED), (fields.STORE_STATUS_TEXT, TEXT)]


def _respond(request: Wire) -> list[Header]:
    return [(fields.RESPONSE_STATUS, ResponseStatus.ERROR_PERMANENT_SERVICE_DENIED), (fields.RESPONSE_TEXT, TEXT)]


def _each(request: Wire) -> list[Header]:
    """One status for all locations, by the count that pairs them (index base 0 is unverified)."""
    return [
        *((fields.INDEXED_CONTENT_LOCATION, Counted(0, place)) for place in request.all(fields.CONTENT_LOCATION)),
        (fields.INDEXED_RESPONSE_STATUS, Counted(0, ResponseStatus.ERROR_PERMANENT_SERVICE_DENIED)),
        (fields.INDEXED_RESPONSE_TEXT, Counted(0, TEXT)),
    ]


DENIED: dict[PDU, tuple[PDU, Callable[[Wire], list[Header]]]] = {
    pdus.M_MBOX_STORE_REQ: (pdus.M_MBOX_STORE_CONF, _store),
    pdus.M_MBOX_VIEW_REQ: (pdus.M_MBOX_VIEW_CONF, _respond),
    pdus.M_MBOX_UPLOAD_REQ: (pdus.M_MBOX_UPLOAD_CONF, _store),
    pdus.M_MBOX_DELETE_REQ: (pdus.M_MBOX_DELETE_CONF, _each),
    pdus.M_DELETE_REQ: (pdus.M_DELETE_CONF, _each),
}
"""Requests that are denied: the PDU that says so, and its fields."""


def denial(request: Wire, version: int) -> Wire:
    """The refusal of one of ``DENIED``, with the request's Transaction-ID."""
    pdu, tell = DENIED[request.pdu]
    return Wire(
        pdu,
        [
            (fields.TRANSACTION_ID, request.get(fields.TRANSACTION_ID, "")),
            (fields.MMS_VERSION, version),
            *tell(request),
        ],
    )


def version_of(pdu: PDU, version: int) -> int:
    """The version to answer in: what was negotiated, but never one that does not know ``pdu`` (who asked does)."""
    return max(version, 0x10 | pdu.since - 10)
