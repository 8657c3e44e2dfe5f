"""What types cannot say: networks, endpoints, URLs, prefixes, and settings that only make sense together.

Each check is one function of ``CHECKS`` and tells what it finds; none stops at the first find.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from twisted.internet.endpoints import serverFromString

from mmse.configuration.problem import Problem, nearest
from mmse.settings import Settings

__all__ = ["BEARERS", "CHECKS", "Check", "check"]

BEARERS = ("http", "udp", "lab")
UNCHECKED = ("systemd", "fd", "adopt-socket")
"""Endpoints whose parser wants the process that a service manager started."""
LONGEST_SHORT_URL = 60
"""A longer URL leaves little of one SMS (140 octets, of which about 60 are the rest of the notification)."""

Found = Iterator[Problem]
Check = Callable[[Settings], Iterator[Problem]]
_DOMAIN = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NUMBER = re.compile(r"\+?[0-9][0-9.\- ()]*")
_PREFIX = re.compile(r"\*|\+?[0-9]+")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HASH = re.compile(r"\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+")


def check(settings: Settings, further: Sequence[Check] = ()) -> list[Problem]:
    """Everything that is wrong with settings whose types are right, and everything that looks wrong."""
    return [problem for one in (*CHECKS, *further) for problem in one(settings)]


def _endpoint(path: str, text: str) -> Found:
    name = text.partition(":")[0]
    if name in UNCHECKED:
        return
    if name == "tls":
        yield Problem(path, f'"{text}": tls: is for dialling; listen with ssl:PORT:privateKey=FILE:certKey=FILE')
        return
    try:
        serverFromString(None, text)
    except Exception as error:  # noqa: BLE001 - the parsers of endpoints raise whatever they meet
        why = str(error) or type(error).__name__
        known = ("tcp", "tcp6", "ssl", "unix", "systemd", "haproxy")
        yield Problem(
            path, f'"{text}" is no endpoint to listen on: {why}{nearest(name, known) if name not in known else ""}'
        )


def _endpoints(path: str, texts: Sequence[str]) -> Found:
    for index, text in enumerate(texts):
        yield from _endpoint(f"{path}[{index}]", text)
        if text in texts[:index]:
            yield Problem(f"{path}[{index}]", f'"{text}" stands there twice')


def _network(path: str, text: str) -> Found:
    try:
        ip_network(text)
    except ValueError:
        try:
            whole = ip_network(text, strict=False)
        except ValueError:
            yield Problem(path, f'"{text}" is no network, such as 10.0.0.0/8, and no address')
        else:
            yield Problem(path, f'"{text}" has bits set behind its mask; the network is {whole}')


def _url(path: str, text: str) -> Found:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        yield Problem(path, f'"{text}" is no URL: {error}')
        return
    if parts.scheme not in ("http", "https") or not parts.hostname:
        yield Problem(path, f'"{text}" is no URL of http or https, such as http://mms.example/')
    elif any(c <= " " or c > "~" for c in text):
        yield Problem(path, f'"{text}" has characters that no URL has')


def _digits(path: str, text: str) -> Found:
    if not _NUMBER.fullmatch(text):
        yield Problem(path, f'"{text}" is no telephone number')


def node(settings: Settings) -> Found:
    """``[node]``."""
    here = settings.node
    if not _NAME.fullmatch(here.name):
        yield Problem("node.name", f'"{here.name}" must be letters, digits, dots, dashes, underscores; at most 64')
    if not _DOMAIN.fullmatch(here.domain) or len(here.domain) > 253:
        yield Problem("node.domain", f'"{here.domain}" is no domain, such as mms.example')
    if here.admin and not here.admin.startswith("unix:"):
        yield Problem("node.admin", f'"{here.admin}": only a unix: socket, whose file mode says who may come in')
    elif here.admin:
        yield from _endpoint("node.admin", here.admin)
    else:
        yield Problem("node.admin", "is empty: queue, trail and subscriber of the mmse command will not work", False)


def store(settings: Settings) -> Found:
    """``[store]``, and how many processes it bears."""
    scheme, colon, rest = settings.store.url.partition(":")
    if scheme == "postgresql":
        yield Problem("store.url", "PostgreSQL is not served by this version; sqlite:PATH is")
    elif scheme not in ("sqlite", "memory") or not colon:
        near = nearest(scheme, ("sqlite", "memory"))
        yield Problem("store.url", f'"{settings.store.url}" is neither sqlite:PATH nor memory:{near}')
    elif scheme == "sqlite" and not rest:
        yield Problem("store.url", "sqlite: needs the path of a file, such as sqlite:var/mmse.db")
    elif scheme == "memory":
        yield Problem("store.url", "memory: forgets every message when the process ends", False)
    if settings.node.workers > 1:
        why = "one process owns a SQLite file" if scheme == "sqlite" else "a store in memory belongs to one process"
        if scheme in ("sqlite", "memory"):
            yield Problem("node.workers", f"{settings.node.workers} processes cannot share this store: {why}; set 1")


def routing(settings: Settings) -> Found:
    """``[routing]`` and ``[[subscriber]]``."""
    for index, prefix in enumerate(settings.routing.local):
        path = f"routing.local[{index}]"
        if not _PREFIX.fullmatch(prefix):
            yield Problem(path, f'"{prefix}" is no prefix: digits, with + or national, or "*"')
        elif prefix != "*" and not prefix.startswith("+") and not settings.node.country_code:
            yield Problem(path, f'"{prefix}" is national, but node.country_code is empty', False)
    seen: set[str] = set()
    for index, subscriber in enumerate(settings.subscriber):
        path = f"subscriber[{index}].number"
        yield from _digits(path, subscriber.number)
        if subscriber.number in seen:
            yield Problem(path, f"{subscriber.number} stands there twice")
        seen.add(subscriber.number)
        yield from _host(f"subscriber[{index}].udp_address", subscriber.udp_address)
    if not settings.routing.local and not settings.subscriber:
        yield Problem("routing.local", "is empty: no number is ours but those of 'mmse subscriber'", False)


def _host(path: str, text: str) -> Found:
    try:
        if text:
            ip_address(text)
    except ValueError:
        yield Problem(path, f'"{text}" is no IP address')


def limits(settings: Settings) -> Found:
    """``[limits]``."""
    here = settings.limits
    if here.expiry_default > here.expiry_max:
        yield Problem("limits.expiry_default", f"{here.expiry_default} is more than expiry_max ({here.expiry_max})")


def door(settings: Settings) -> Found:
    """``[mm1]``: the phones' door."""
    here = settings.mm1
    yield from _endpoints("mm1.http", here.http)
    if not here.http:
        yield Problem("mm1.http", "is empty: no phone can send or fetch", False)
    if here.public_url:
        yield from _url("mm1.public_url", here.public_url)
        if "?" in here.public_url or "#" in here.public_url:
            yield Problem("mm1.public_url", "may have no ? and no #: Content-Locations are made by adding to it")
        if len(here.public_url) > LONGEST_SHORT_URL:
            yield Problem("mm1.public_url", "is long: notifications will need more SMS", False)
    elif here.http:
        yield Problem("mm1.public_url", "is missing: Content-Locations begin with it, such as http://mms.example/")
    if here.max_in_flight < here.max_message_size:
        yield Problem("mm1.max_in_flight", f"is less than max_message_size ({here.max_message_size})")
    for index, name in enumerate(here.msisdn_headers):
        if not _TOKEN.fullmatch(name):
            yield Problem(f"mm1.msisdn_headers[{index}]", f'"{name}" is no name of a header')


def identity(settings: Settings) -> Found:
    """Who phones are: the settings of ``[mm1]`` by which a number is known."""
    here = settings.mm1
    for index, network in enumerate(here.trusted_proxies):
        path = f"mm1.trusted_proxies[{index}]"
        if network != "unix":  # the word for peers on a UNIX socket
            yield from _network(path, network)
        if network in ("0.0.0.0/0", "::/0"):
            yield Problem(path, f"{network} lets everybody be anybody", False)
    seen: set[str] = set()
    for index, row in enumerate(here.address):
        yield from _network(f"mm1.address[{index}].network", row.network)
        yield from _digits(f"mm1.address[{index}].number", row.number)
        if row.network in seen:
            yield Problem(f"mm1.address[{index}].network", f"{row.network} stands there twice")
        seen.add(row.network)
    for number in here.lab_basic_auth:
        yield from _digits(f"mm1.lab_basic_auth.{number}", number)
    if here.lab_basic_auth:
        yield Problem("mm1.lab_basic_auth", "is for the lab: phones give passwords in the clear", False)
    if here.trusted_proxies and not here.msisdn_headers:
        yield Problem("mm1.msisdn_headers", "is empty: trusted_proxies cannot tell a number", False)
    if here.http and not (here.trusted_proxies or here.address or here.lab_basic_auth):
        yield Problem("mm1.trusted_proxies", "is empty, and so is mm1.address: no phone's number can be known", False)


def notify(settings: Settings) -> Found:
    """``[mm1.notify]``: the bearers."""
    here = settings.mm1.notify
    for index, bearer in enumerate(here.via):
        path = f"mm1.notify.via[{index}]"
        if bearer not in BEARERS:
            yield Problem(
                path, f'there is no bearer "{bearer}"{nearest(bearer, BEARERS) or "; there are " + ", ".join(BEARERS)}'
            )
        elif bearer in here.via[:index]:
            yield Problem(path, f'"{bearer}" stands there twice')
    if settings.mm1.http and not here.via:
        yield Problem("mm1.notify.via", "is empty: no phone will be told of its messages", False)
    if not here.retry or any(seconds < 1 for seconds in here.retry):
        yield Problem("mm1.notify.retry", "must be at least one number of seconds, each at least 1")
    if "udp" in here.via and not here.udp.addresses and not any(s.udp_address for s in settings.subscriber):
        yield Problem("mm1.notify.udp.addresses", "is empty: only subscribers with udp_address are reached", False)
    if "http" in here.via and not here.http.url:
        yield Problem("mm1.notify.http.url", 'is missing, and mm1.notify.via names "http"')


def console(settings: Settings) -> Found:
    """``[console]``."""
    here = settings.console
    yield from _endpoints("console.listen", here.listen)
    for name, hashed in here.users.items():
        if not isinstance(hashed, str) or not _HASH.fullmatch(hashed):
            yield Problem(f"console.users.{name}", "must be what 'mmse password' prints ($argon2id$v=19$...)")
        if not name or ":" in name:
            yield Problem(f"console.users.{name}", "a name is not empty and has no colon")
    if not here.listen:
        yield Problem("console.listen", "is empty: no metrics, no health", False)


def places(settings: Settings) -> Found:
    """``[lab]``, and that no two parts want one place."""
    bearers = settings.mm1.notify.via
    yield from _endpoints("lab.listen", settings.lab.listen)
    if "lab" in bearers and not settings.lab.listen:
        yield Problem("lab.listen", 'is empty, and mm1.notify.via names "lab": no phone can attach', False)
    taken: dict[str, str] = {}
    wanted = {"mm1.http": settings.mm1.http, "console.listen": settings.console.listen}
    if "lab" in bearers:
        wanted["lab.listen"] = settings.lab.listen
    for path, texts in wanted.items():
        for text in texts:
            if taken.setdefault(text, path) != path:
                yield Problem(path, f'"{text}" is where {taken[text]} listens')


CHECKS: Sequence[Check] = (
    node,
    store,
    routing,
    limits,
    door,
    identity,
    notify,
    console,
    places,
)
