"""The MMS encapsulation (OMA-TS-MMS_ENC-V1_3): one table of fields, one of PDUs, and the codec that reads them."""

from __future__ import annotations

from mmse.wire.limits import LIMITS, Limits
from mmse.wire.mmsenc import enumerations, fields, pdus, status, versions
from mmse.wire.mmsenc.codec import UnknownType, decode, encode, encode_parts, salvage
from mmse.wire.mmsenc.enumerations import INSERT_ADDRESS
from mmse.wire.mmsenc.message import Message
from mmse.wire.mmsenc.pdus import PDU
from mmse.wire.mmsenc.types import Absolute, Counted, ElementDescriptor, Flag, MboxAmount, Relative
from mmse.wire.wsp.content_type import ContentType
from mmse.wire.wsp.field import Field, Header, Raw

__all__ = [
    "INSERT_ADDRESS",
    "LIMITS",
    "PDU",
    "Absolute",
    "ContentType",
    "Counted",
    "ElementDescriptor",
    "Field",
    "Flag",
    "Header",
    "Limits",
    "MboxAmount",
    "Message",
    "Raw",
    "Relative",
    "UnknownType",
    "decode",
    "encode",
    "encode_parts",
    "enumerations",
    "fields",
    "pdus",
    "salvage",
    "status",
    "versions",
]
