"""What the octets TP-ST and TP-PID say (3GPP TS 23.040 9.2.3.15 and 9.2.3.9)."""

from __future__ import annotations

__all__ = ["protocol_name", "status_name"]

_STATUSES = {
    0x00: "received by the SME",
    0x01: "forwarded to the SME, delivery not confirmed",
    0x02: "replaced by the SC",
    0x20: "congestion",
    0x21: "SME busy",
    0x22: "no response from SME",
    0x23: "service rejected",
    0x24: "quality of service not available",
    0x25: "error in SME",
    0x40: "remote procedure error",
    0x41: "incompatible destination",
    0x42: "connection rejected by SME",
    0x43: "not obtainable",
    0x44: "quality of service not available",
    0x45: "no interworking available",
    0x46: "validity period expired",
    0x47: "deleted by originating SME",
    0x48: "deleted by SC administration",
    0x49: "no such message",
    0x60: "congestion",
    0x61: "SME busy",
    0x62: "no response from SME",
    0x63: "service rejected",
    0x64: "quality of service not available",
    0x65: "error in SME",
}
_GROUPS = ("completed", "temporary error, SC still trying", "permanent error", "temporary error, SC gave up")
_PROTOCOLS = {
    0x00: "SME to SME",
    0x40: "short message type 0",
    **{0x40 + number: f"replace short message type {number}" for number in range(1, 8)},
    0x48: "device triggering",
    0x5E: "enhanced message service (obsolete)",
    0x5F: "return call message",
    0x7C: "ANSI-136 R-DATA",
    0x7D: "ME data download",
    0x7E: "ME de-personalization",
    0x7F: "(U)SIM data download",
}


def status_name(octet: int) -> str:
    """The status and the group it is in; reserved values are read as their group (9.2.3.15)."""
    if octet >= 0x80:
        return f"{octet:02X}, reserved: read as service rejected"
    return f"{_GROUPS[octet >> 5]}: {_STATUSES.get(octet, f'reserved or SC specific {octet:02X}')}"


def protocol_name(octet: int) -> str:
    """The protocol identifier in words."""
    if octet in _PROTOCOLS:
        return _PROTOCOLS[octet]
    if octet >= 0xC0:
        return f"SC specific {octet:02X}"
    if octet < 0x40:
        kind = "telematic interworking" if octet & 0x20 else "SME to SME protocol"
        return f"{kind} {octet & 0x1F:02X}"
    return f"reserved {octet:02X}"
