"""Every setting, once: TOML into Structs; sample file, manual and errors are printed from them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from mmse.lab.settings import Lab
from mmse.mm1.settings import MM1, Notify, Secret

__all__ = ["Console", "Limits", "Log", "Node", "Routing", "Settings", "Store", "Subscriber", "lab"]


class Node(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[node]``: who this process is."""

    name: Annotated[str, Meta(description="Name of this node, unique among those that share a store.")] = "mmse"
    domain: Annotated[str, Meta(description="Our MMS domain; Message-IDs end with it.")] = "mms.localhost"
    country_code: Annotated[
        str, Meta(description="Digits put before national numbers, as 44.", pattern="^[0-9]{0,4}$")
    ] = ""
    workers: Annotated[int, Meta(description="Processes; more than one needs PostgreSQL.", ge=1)] = 1
    admin: Annotated[str, Meta(description="Endpoint of the admin socket for the mmse command; empty: none.")] = (
        "unix:var/admin.sock"
    )


class Store(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[store]``: where MMs are kept."""

    url: Annotated[str, Meta(description="sqlite:PATH, or memory: (lab and tests only: forgets at stop).")] = (
        "sqlite:var/mmse.db"
    )
    grace: Annotated[
        int,
        Meta(
            description="Seconds that content is kept after its last copy ended, for a phone that fetches twice.", ge=0
        ),
    ] = 3600
    retention: Annotated[int, Meta(description="Seconds that the rows and trail of an ended MM are kept.", ge=0)] = (
        2_592_000
    )
    max_queued: Annotated[
        int, Meta(description="Octets waiting for a commit; beyond, a transient refusal.", ge=1_000_000)
    ] = 67_108_864
    min_free: Annotated[
        int, Meta(description="Octets that must stay free on the disk; below, new MMs are refused for now.", ge=0)
    ] = 67_108_864


class Routing(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[routing]``: which numbers are ours."""

    local: Annotated[
        list[str], Meta(description='Prefixes of our own numbers, as +4477; "*": whatever no other route takes.')
    ] = []


class Limits(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[limits]``: the operator's policy about MMs."""

    expiry_default: Annotated[int, Meta(description="Seconds an MM lives when its sender names no expiry.", ge=60)] = (
        259_200
    )
    expiry_max: Annotated[int, Meta(description="Seconds an MM may live at most.", ge=60)] = 604_800
    delivery_time_max: Annotated[int, Meta(description="Seconds a delivery may be put off at most.", ge=0)] = 604_800
    duplicate_window: Annotated[
        int, Meta(description="Seconds in which a repeated submission gets its first answer.", ge=0)
    ] = 86_400
    forward_max: Annotated[int, Meta(description="Times an MM may be forwarded.", ge=0)] = 10
    acknowledge_timeout: Annotated[
        int, Meta(description="Seconds after which a content that was fetched whole counts as retrieved.", ge=1)
    ] = 3600
    report_lifetime: Annotated[int, Meta(description="Seconds for which telling a report is tried.", ge=60)] = 259_200


class Console(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[console]``: metrics and health by HTTP (/metrics, /healthz, /readyz)."""

    listen: Annotated[list[str], Meta(description="Twisted endpoint strings to listen on.")] = []
    users: Annotated[
        dict[str, Secret],
        Meta(description="Name = hash, as 'mmse password' prints it. When any is named, all but health asks for one."),
    ] = {}


class Log(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[log]``: what is written about events."""

    format: Annotated[Literal["text", "json"], Meta(description="One line an event, or one JSON object a line.")] = (
        "text"
    )
    level: Annotated[
        Literal["debug", "info", "warn", "error"], Meta(description="The least important level written.")
    ] = "info"
    numbers: Annotated[
        Literal["masked", "full"],
        Meta(description="Telephone numbers in the log: +4477xxxxxx08, or all digits. The trail has all."),
    ] = "masked"


class Subscriber(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[[subscriber]]``: a number of ours, for small sites; others provision by ``mmse subscriber``."""

    number: Annotated[str, Meta(description="The number, E.164 or national.")]
    prepaid: Annotated[bool, Meta(description="Pays before.")] = False
    barred: Annotated[bool, Meta(description="May not send.")] = False
    udp_address: Annotated[str, Meta(description="The phone's fixed address, for pushes by UDP.")] = ""


class Settings(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The whole configuration file."""

    node: Node = msgspec.field(default_factory=Node)
    store: Store = msgspec.field(default_factory=Store)
    routing: Routing = msgspec.field(default_factory=Routing)
    limits: Limits = msgspec.field(default_factory=Limits)
    mm1: MM1 = msgspec.field(default_factory=MM1)
    console: Console = msgspec.field(default_factory=Console)
    lab: Lab = msgspec.field(default_factory=Lab)
    log: Log = msgspec.field(default_factory=Log)
    subscriber: list[Subscriber] = []


def lab() -> Settings:
    """What runs when no file is given: a whole MMSE on loopback, every number local and shown, loopback trusted."""
    loopback = ["127.0.0.0/8", "::1/128"]
    return Settings(
        routing=Routing(local=["*"]),
        mm1=MM1(
            http=["tcp:8001:interface=127.0.0.1"],
            public_url="http://127.0.0.1:8001/",
            trusted_proxies=loopback,
            notify=Notify(via=["lab"]),
        ),
        console=Console(listen=["tcp:8080:interface=127.0.0.1"]),
        log=Log(numbers="full"),
    )
