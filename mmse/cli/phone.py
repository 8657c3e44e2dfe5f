"""``mmse phone``: a handset for the command line, against any MMSC. Nothing of our own node is imported here."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from time import localtime, strftime
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.error import CannotListenError
from twisted.python.usage import UsageError

from mmse.abstract.address import AddressMalformed
from mmse.cli.phone_options import ListenOptions, Options, PhoneOptions, SendOptions
from mmse.lab import phone
from mmse.lab.handset import Handset
from mmse.lab.ladder import tell, told
from mmse.lab.mmsc import MMSC, Progress, Unanswered, quiet
from mmse.lab.radio import LabRadio, Radio, SinkRadio, UDPRadio
from mmse.wire import Missing, Unencodable
from mmse.wire.mmsenc import fields, pdus, status

__all__ = ["NO_ANSWER", "REFUSED", "Options", "PhoneOptions", "listen", "run", "send"]

OK, REFUSED, USAGE, NO_ANSWER = 0, 1, 2, 75
"""Exit status: sent; refused for ever; a wrong command line; no answer, or one that says "later" (EX_TEMPFAIL)."""

Write = Callable[[str], Any]


def run(options: PhoneOptions, reactor: Any) -> Deferred[int]:
    """Do what the command line says; fires with the exit status."""
    chosen = options.subOptions
    if isinstance(chosen, SendOptions):
        return Deferred.fromCoroutine(send(chosen, reactor, _out, _progress(sys.stderr)))
    if isinstance(chosen, ListenOptions):
        return Deferred.fromCoroutine(listen(chosen, reactor, _out, _progress(sys.stderr)))
    raise UsageError("say 'mmse phone send ...' or 'mmse phone listen ...'; --help has examples")


def _out(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _progress(stream: Any) -> Progress:
    """A line on a terminal that grows; nothing where nobody looks."""
    if not stream.isatty():
        return quiet

    def show(done: int, total: int | None) -> None:
        share = f"{done * 100 // total} %" if total else f"{done} octets"
        stream.write(f"\r\x1b[K{share}" if done != total else "\r\x1b[K")
        stream.flush()

    return show


def _mmsc(options: SendOptions | ListenOptions, reactor: Any, number: str) -> MMSC:
    return MMSC(
        reactor,
        options["url"] or "",
        number=number,
        msisdn_header=options["msisdn-header"],
        headers=options.headers,
        proxy=options["proxy"] or "",
        timeout=options["http-timeout"],
    )


def _ladder(clock: Any, write: Write) -> Callable[[str, str, str], None]:
    def say(arrow: str, name: str, words: str) -> None:
        now = clock.seconds()
        time = strftime("%H:%M:%S", localtime(now)) + f".{int(now * 1000) % 1000:03d}"
        write(f"{time}  {arrow:2}  {name:20}  {words}".rstrip())

    return say


async def send(options: SendOptions, reactor: Any, write: Write, progress: Progress = quiet) -> int:
    """Send an MM and say what became of it."""
    say = _ladder(reactor, write)
    try:
        attachments = _attachments(options)
        kind, body = phone.content(attachments)
        transaction = options["transaction"] or f"m{int(reactor.seconds() * 1000) % 10**12}"
        message = phone.submission(options.draft(), transaction, kind, body)
        octets = phone.octets_of(message)
    except OSError as error:
        write(f"mmse phone: {error.filename}: {error.strerror}")
        return USAGE
    except (AddressMalformed, Unencodable) as error:
        write(f"mmse phone: this cannot be sent: {error}")
        return USAGE
    mmsc = _mmsc(options, reactor, options["from"])
    say("->", message.pdu.name, told(message))
    try:
        answer = await mmsc.post(octets, progress=progress)
        if answer is None or answer.pdu is not pdus.M_SEND_CONF:
            raise Unanswered(f"{answer.pdu.name if answer else 'an empty answer'} instead of M-Send.conf", False)
        say("<-", answer.pdu.name, told(answer))
        outcome = answer[fields.RESPONSE_STATUS]
    except (Unanswered, Missing) as error:
        write(f"NOT SENT: {error}")
        return NO_ANSWER if getattr(error, "temporary", False) else REFUSED
    finally:
        await mmsc.close()
    return _result(outcome, answer.get(fields.MESSAGE_ID, ""), answer.get(fields.RESPONSE_TEXT, ""), write)


def _result(outcome: Any, message: str, text: str, write: Write) -> int:
    if outcome == status.ResponseStatus.OK:
        write(f"SENT: the MMSC took it as {tell(message) or 'a message without a name'}")
        return OK
    said = f"{tell(outcome)} (0x{int(outcome):02X})" + (f": {tell(text)}" if text else "")
    if status.is_transient(outcome):
        write(f"NOT SENT, may go later: {said}")
        return NO_ANSWER
    write(f"REFUSED: {said}")
    return REFUSED


def _attachments(options: SendOptions) -> list[phone.Attachment]:
    found: list[phone.Attachment] = []
    for name in options.files:
        found.append(phone.attachment(name, Path(name).read_bytes(), [each.name for each in found]))
    if options["text"]:
        found.append(phone.attachment("text.txt", options["text"].encode("utf-8"), [each.name for each in found]))
    return found


async def listen(options: ListenOptions, reactor: Any, write: Write, progress: Progress = quiet) -> int:
    """Be a phone until ``--count`` MMs or reports came, the time is up, or somebody interrupts."""
    say = _ladder(reactor, write)
    mmsc = _mmsc(options, reactor, options["number"])
    handset = Handset(mmsc, options.behaviour(), say, reactor.seconds, progress)
    enough: Deferred[None] = Deferred()
    wanted = options["count"]
    counted = 0
    stopping = False

    def done() -> None:
        if not enough.called:
            enough.callback(None)

    def interrupted() -> None:
        nonlocal stopping
        stopping = True
        done()

    async def receive(octets: bytes, how: str) -> None:
        nonlocal counted
        before = handset.failures
        message = await handset.pushed(octets, how)
        if message is not None and handset.failures == before:
            counted += 1
        if wanted and counted >= wanted and not enough.called:
            done()

    radio = _radio(options, reactor, lambda words: say("", "radio", words))
    try:
        say("", "radio", await radio.start(receive))
    except CannotListenError as error:
        write(f"mmse phone: {error}")
        return USAGE
    trigger = reactor.addSystemEventTrigger("before", "shutdown", interrupted)
    if options["timeout"]:
        enough.addTimeout(options["timeout"], reactor)
    try:
        await enough
    except DeferredTimeout:
        say("", "radio", f"{options['timeout']:g} s are over")
    finally:
        await radio.stop()
        await mmsc.close()
        if not stopping:
            reactor.removeSystemEventTrigger(trigger)
    write(f"{len(handset.received)} received, {len(handset.reports)} reports, {handset.failures} failed")
    return OK if not handset.failures and counted >= wanted else REFUSED


def _radio(options: ListenOptions, reactor: Any, remark: Callable[[str], None]) -> Radio:
    if options["udp"] is not None:
        return UDPRadio(reactor, options["udp"], options["interface"])
    if options["http"] is not None:
        interface = options["interface"].replace(":", r"\:")
        return SinkRadio(reactor, f"tcp:{options['http']}:interface={interface}", options["number"], remark)
    return LabRadio(reactor, options["lab"], options["number"], remark)
