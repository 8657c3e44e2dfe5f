"""The ``[mm1]`` section."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

__all__ = ["Address", "MM1", "Notify", "NotifyHTTP", "NotifyUDP"]

Secret = str | dict[str, str]
"""A literal, or ``{ file = "..." }``, or ``{ env = "..." }``; resolved when settings are loaded."""


class Address(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[[mm1.address]]``: a network whose connections belong to one number."""

    network: Annotated[str, Meta(description="A network or address, as 10.45.0.7/32; the longest match wins.")]
    number: Annotated[str, Meta(description="The number behind it, E.164 or national.")]


class NotifyHTTP(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[mm1.notify.http]``: an SMS gateway with an HTTP interface; by default Kannel's sendsms."""

    url: Annotated[str, Meta(description="URL of the gateway, for example http://127.0.0.1:13013/cgi-bin/sendsms.")] = (
        ""
    )
    username: Annotated[str, Meta(description="User name at the gateway.")] = ""
    password: Annotated[Secret, Meta(description="Password at the gateway.")] = ""
    source: Annotated[str, Meta(description="Sender address of the SMS (Kannel: from).")] = ""
    method: Annotated[Literal["GET", "POST"], Meta(description="HTTP method.")] = "GET"
    query: Annotated[
        str,
        Meta(
            description="Template of the query string; fields in braces: username password basic source to to_plain "
            "udh text udh_hex text_hex text_base64 reference validity (minutes)."
        ),
    ] = "username={username}&password={password}&from={source}&to={to}&udh={udh}&text={text}&coding=1"
    body: Annotated[str, Meta(description="Template of the request body for POST, with the same fields.")] = ""
    headers: Annotated[dict[str, str], Meta(description="Further request headers, with the same fields.")] = {}
    success: Annotated[
        str, Meta(description="Regular expression that the answer of a success matches; empty: any 2xx.")
    ] = ""
    segment: Annotated[
        bool,
        Meta(description="Cut into SMS here, one request each; false: the gateway segments (Kannel concatenation)."),
    ] = True
    reference_bits: Annotated[Literal[8, 16], Meta(description="Size of the concatenation reference.")] = 8
    concurrency: Annotated[int, Meta(description="Requests in flight at the gateway.", ge=1, le=1000)] = 20
    timeout: Annotated[float, Meta(description="Seconds to wait for an answer.", gt=0)] = 15.0


class NotifyUDP(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[mm1.notify.udp]``: pushes straight to a phone whose address is known (WAP push over IP)."""

    port: Annotated[int, Meta(description="The phone's port for connectionless push.", ge=1, le=65535)] = 2948
    interface: Annotated[str, Meta(description="Our own address to send from; empty: any.")] = ""
    addresses: Annotated[dict[str, str], Meta(description="Number = address of phones with a fixed address.")] = {}


class Notify(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[mm1.notify]``: how a phone is told that an MM waits."""

    via: Annotated[list[str], Meta(description="Bearers in order of preference: http, udp, lab.")] = []
    http: NotifyHTTP = msgspec.field(default_factory=NotifyHTTP)
    udp: NotifyUDP = msgspec.field(default_factory=NotifyUDP)
    max_sms: Annotated[
        int, Meta(description="Trim a notification to fit in so many SMS; mandatory fields stay.", ge=1, le=8)
    ] = 2
    retry: Annotated[
        list[int],
        Meta(
            description="Seconds until a notification that nobody answered is repeated; the last one goes on repeating."
        ),
    ] = msgspec.field(default_factory=lambda: [60, 300, 900, 3600, 21600])


class MM1(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[mm1]``: the phones' door over HTTP."""

    http: Annotated[list[str], Meta(description="Twisted endpoint strings to listen on.")] = []
    public_url: Annotated[
        str,
        Meta(
            description="The URL phones reach us by; Content-Locations begin with it. Short is good: it travels by SMS."
        ),
    ] = ""
    trusted_proxies: Annotated[
        list[str], Meta(description="Networks of WAP gateways and proxies whose number headers are believed.")
    ] = []
    msisdn_headers: Annotated[
        list[str], Meta(description="Headers that may carry the number; two that name different ones name nobody.")
    ] = msgspec.field(
        default_factory=lambda: [
            "X-WAP-Network-Client-MSISDN",
            "X-MSISDN",
            "X-Nokia-MSISDN",
            "X-Up-Calling-Line-ID",
        ]
    )
    msisdn_encoding: Annotated[
        Literal["plain", "base64", "hex"], Meta(description="How the number is written in those headers.")
    ] = "plain"
    address: list[Address] = []
    lab_basic_auth: Annotated[
        dict[str, Secret],
        Meta(description="LAB ONLY: number = password for HTTP Basic. Never on a real network; said loudly at start."),
    ] = {}
    max_message_size: Annotated[int, Meta(description="Octets of the largest PDU taken from a phone.", ge=1000)] = (
        1_048_576
    )
    max_recipients: Annotated[int, Meta(description="Recipients of one MM.", ge=1)] = 100
    max_in_flight: Annotated[
        int, Meta(description="Octets of request bodies held at once; beyond, 503.", ge=100_000)
    ] = 67_108_864
    max_connections: Annotated[int, Meta(description="Connections at once.", ge=1)] = 10_000
    max_connections_per_address: Annotated[
        int, Meta(description="Connections from one address that is no trusted proxy.", ge=1)
    ] = 50
    header_timeout: Annotated[float, Meta(description="Seconds for a request's headers.", gt=0)] = 10.0
    body_timeout: Annotated[float, Meta(description="Seconds for a request's whole body.", gt=0)] = 120.0
    body_rate: Annotated[float, Meta(description="Octets a second that a body must keep up.", ge=0)] = 500.0
    idle_timeout: Annotated[float, Meta(description="Seconds that a kept connection may be idle.", gt=0)] = 15.0
    version: Annotated[Literal["1.0", "1.1", "1.2", "1.3"], Meta(description="The MMS version we speak.")] = "1.3"
    hidden_sender: Annotated[
        Literal["allow", "refuse"],
        Meta(description="Whether a sender may hide; refuse answers address-hiding-not-supported."),
    ] = "allow"
    notify: Notify = msgspec.field(default_factory=Notify)
