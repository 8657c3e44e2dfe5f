"""The command line of ``mmse phone``."""

from __future__ import annotations

from collections.abc import Sequence
from getopt import GetoptError, gnu_getopt
from pathlib import Path
from typing import Any

from mmse.abstract.address import AddressMalformed, parse
from mmse.cli.usage import Options as UsageOptions
from mmse.cli.usage import UsageError, whole
from mmse.lab import phone
from mmse.lab.handset import Acknowledge, Behaviour, Wish
from mmse.lab.mmsc import MSISDN_HEADER
from mmse.wire.mmsenc import Absolute, Relative, enumerations, fields, versions
from mmse.wire.wsp.field import Field

__all__ = ["ListenOptions", "Options", "PhoneOptions", "SendOptions"]

URL = "http://127.0.0.1:8001/"
LAB = "http://127.0.0.1:8002"


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{text!r} is no number of seconds") from None
    if value < 0:
        raise ValueError("it must not be negative")
    return value


_COMMON = [
    ["proxy", None, None, "HOST:PORT of an HTTP proxy; requests then have the absolute form."],
    ["msisdn-header", None, MSISDN_HEADER, "The header by which the network names the phone; empty: none is sent."],
    ["http-timeout", None, 60.0, "Seconds to wait for the MMSC.", _seconds],
]


class _Shared(UsageOptions):
    """What both subcommands take."""

    def __init__(self) -> None:
        super().__init__()
        self.headers: list[tuple[str, str]] = []
        self["version"] = versions.OWN

    def opt_version(self, text: str) -> None:  # type: ignore[override]
        """The MMS version this phone speaks, 1.0 to 1.3 (any other is sent as it is said)."""
        try:
            self["version"] = versions.parse(text)
        except ValueError as error:
            raise UsageError(f"--version: {error}") from None

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """As usual, but files and options may stand in any order, as ``send photo.jpg --to ...``."""
        try:
            chosen, rest = gnu_getopt(list(options or ()), self.shortOpt, self.longOpt)
        except GetoptError as error:
            raise UsageError(str(error)) from None
        told = [f"{name}={value}" if name[:2] == "--" and value else name + value for name, value in chosen]
        super().parseOptions([*told, "--", *rest])

    def opt_header(self, text: str) -> None:
        """Add an HTTP header to every request, as 'X-Foo: bar'; may be said again."""
        name, colon, value = text.partition(":")
        if not colon or not name.strip():
            raise UsageError(f"--header {text!r}: write 'Name: value'")
        self.headers.append((name.strip(), value.strip()))


class SendOptions(_Shared):
    """``mmse phone send``."""

    synopsis = "[options] [FILE ...]"
    description = """\
Sends one MM: each FILE is a part (pictures, sounds, films, cards), --text is one more, and a SMIL presentation is made
for them. The last line says SENT, REFUSED or NOT SENT; the exit status is 0, 1 (for ever) or 75 (try again later).
"""
    examples = """
Examples:
  mmse phone send photo.jpg --from +447700900007 --to +447700900008 --subject Hello --report
  mmse phone send a.jpg b.jpg --from 07700900007 --to 07700900008,joe@example.org --cc 07700900009 --text 'Look!'
  mmse phone send a.jpg --from 07700900007 --to 07700900008 --expiry 3600 --priority high --version 1.0
  mmse phone send a.jpg --to 07700900008 --url http://mmsc.example.net/ --proxy 10.1.1.1:8080 --header 'X-Foo: bar'
  mmse phone send a.jpg --from 07700900007 --to 07700900008 --field 'X-Mms-Content-Class: Image-basic'
"""
    optParameters = [
        ["from", "f", "", "This phone's number, as the network would name it to the MMSC."],
        ["subject", "s", "", "The subject."],
        ["text", None, "", "A text part."],
        ["url", "u", URL, "The URL of the MMSC."],
        ["class", None, None, "The message class: personal, advertisement, informational, auto, or a token."],
        ["priority", None, None, "low, normal or high."],
        ["expiry", None, None, "Seconds from now after which it is not to be delivered; @SECONDS: a time since 1970."],
        ["delivery-time", None, None, "Seconds from now before which it is not to be delivered; or @SECONDS."],
        ["transaction", None, None, "The Transaction-ID; by default made from the time."],
        *_COMMON,
    ]
    optFlags = [
        ["report", "r", "Ask for a delivery report."],
        ["read-report", None, "Ask for a read report."],
        ["hide", None, "Hide this number from the recipients."],
    ]

    def __init__(self) -> None:
        super().__init__()
        self.files: tuple[str, ...] = ()
        self.addresses: dict[str, list[str]] = {"to": [], "cc": [], "bcc": []}
        self.overrides: list[tuple[Field[object], object | None]] = []

    def opt_to(self, text: str) -> None:
        """A recipient, or several with commas; may be said again."""
        self._add("to", text)

    def opt_cc(self, text: str) -> None:
        """Recipients of a copy."""
        self._add("cc", text)

    def opt_bcc(self, text: str) -> None:
        """Recipients that the others do not see."""
        self._add("bcc", text)

    opt_t = opt_to

    def _add(self, name: str, text: str) -> None:
        for address in filter(None, (each.strip() for each in text.split(","))):
            try:
                parse(address)
            except AddressMalformed as error:
                raise UsageError(f"--{name} {address!r}: {error}") from None
            self.addresses[name].append(address)

    def opt_field(self, text: str) -> None:
        """Set a field of the M-Send.req, as 'X-Mms-Priority: high'; 'Name:' takes it out; may be said again."""
        try:
            self.overrides.append(phone.override(text))
        except ValueError as error:
            raise UsageError(f"--field {error}") from None

    def parseArgs(self, *files: str) -> None:
        """The files to send."""
        self.files = files

    def postOptions(self) -> None:
        """Refuse what makes no MM."""
        if not any(self.addresses.values()) and not any(
            row in (fields.TO, fields.CC, fields.BCC) for row, _ in self.overrides
        ):
            raise UsageError("say whom it is for: --to NUMBER")
        if not self.files and not self["text"]:
            raise UsageError("there is nothing to send: name a file, or say --text")
        for name in ("expiry", "delivery-time"):
            self[name] = self._moment(name)
        if self["priority"] is not None and self["priority"].upper() not in enumerations.Priority.__members__:
            raise UsageError(f"--priority {self['priority']!r}: low, normal or high")

    def _moment(self, name: str) -> Absolute | Relative | None:
        text = self[name]
        if text is None:
            return None
        if not text.removeprefix("@").isdecimal():
            raise UsageError(f"--{name} {text!r}: a number of seconds from now, or @ and seconds since 1970")
        return Absolute(int(text[1:])) if text.startswith("@") else Relative(int(text))

    def draft(self) -> phone.Draft:
        """What the user chose."""
        kind: Any = self["class"]
        if kind is not None:
            kind = enumerations.MessageClass.__members__.get(kind.upper(), kind)
        return phone.Draft(
            to=tuple(self.addresses["to"]),
            cc=tuple(self.addresses["cc"]),
            bcc=tuple(self.addresses["bcc"]),
            subject=self["subject"],
            report=bool(self["report"]),
            read_report=bool(self["read-report"]),
            expiry=self["expiry"],
            delivery_time=self["delivery-time"],
            message_class=kind,
            priority=None if self["priority"] is None else enumerations.Priority[self["priority"].upper()],
            hide=bool(self["hide"]),
            version=self["version"],
            overrides=tuple(self.overrides),
        )


class ListenOptions(_Shared):
    """``mmse phone listen``."""

    synopsis = "--number NUMBER [options]"
    description = """\
Is a phone: prints each PDU that is pushed to it, fetches what waits, saves the parts, and acknowledges. Pushes come
from the lab's SMS centre of a running mmse, or to a UDP port, or as requests that a gateway like Kannel would be sent.
The exit status is 0 when all that was wanted came and nothing failed.
"""
    examples = """
Examples:
  mmse phone listen --number +447700900008
  mmse phone listen --number +447700900008 --save photos --read --count 1 --timeout 60
  mmse phone listen --number +447700900008 --reject
  mmse phone listen --number +447700900008 --udp 2948 --interface 127.0.0.1
  mmse phone listen --number +447700900008 --http 13013        then: [mm1.notify.http] url = "http://127.0.0.1:13013/"
"""
    optParameters = [
        ["number", "n", None, "This phone's number."],
        ["lab", None, LAB, "Where the lab's SMS centre is."],
        ["udp", None, None, "Listen for pushes on this UDP port instead (a phone has 2948).", whole],
        ["http", None, None, "Listen on this TCP port for sendsms requests instead.", whole],
        ["interface", None, "127.0.0.1", "The address to listen on, with --udp and --http."],
        ["url", "u", None, "The URL of the MMSC for acknowledgements; by default where the MM was fetched."],
        ["save", None, None, "The folder to save parts in, one folder for each MM."],
        ["ack", None, "notifyresp", "How to acknowledge what was fetched: notifyresp or acknowledge."],
        ["count", "c", 0, "End after so many MMs and reports.", whole],
        ["timeout", "t", 0.0, "End after so many seconds.", _seconds],
        *_COMMON,
    ]
    optFlags = [
        ["defer", None, "Answer Deferred and do not fetch."],
        ["reject", None, "Answer Rejected."],
        ["no-ack", None, "Fetch, but never answer anything."],
        ["read", None, "Send a read report when one is asked for."],
        ["no-report", None, "Forbid the delivery report (X-Mms-Report-Allowed: No)."],
    ]

    def postOptions(self) -> None:
        """Refuse what contradicts itself."""
        if not self["number"]:
            raise UsageError("say which number this phone has: --number NUMBER")
        if self["udp"] is not None and self["http"] is not None:
            raise UsageError("--udp or --http, not both")
        if self["defer"] and self["reject"]:
            raise UsageError("--defer or --reject, not both")
        if self["ack"] not in ("notifyresp", "acknowledge"):
            raise UsageError(f"--ack {self['ack']!r}: notifyresp or acknowledge")

    def behaviour(self) -> Behaviour:
        """What the handset does."""
        return Behaviour(
            wish=Wish.DEFER if self["defer"] else Wish.REJECT if self["reject"] else Wish.FETCH,
            acknowledge=Acknowledge.NOT if self["no-ack"] else Acknowledge(self["ack"]),
            read=bool(self["read"]),
            report=False if self["no-report"] else None,
            version=self["version"],
            save=Path(self["save"]) if self["save"] else None,
        )


class PhoneOptions(UsageOptions):
    """``mmse phone``."""

    synopsis = "send|listen [options]"
    description = """\
A handset for the command line, against any MMSC. In one terminal a phone listens, in another one sends.
"""
    examples = """
Examples:
  mmse phone listen --number +447700900008
  mmse phone send photo.jpg --from +447700900007 --to +447700900008 --subject Hello --report

'mmse phone send --help' and 'mmse phone listen --help' tell the rest.
"""
    subCommands = [
        ["send", None, SendOptions, "Send an MM."],
        ["listen", None, ListenOptions, "Receive pushes, fetch, acknowledge, save."],
    ]

    def postOptions(self) -> None:
        """Refuse a command line without a subcommand."""
        if self.subCommand is None:
            raise UsageError("say 'send' or 'listen'; --help has examples")


Options = PhoneOptions
