"""``mmse phone``: its command line, and what it does against a scripted MMSC."""

from __future__ import annotations

import shlex
from collections.abc import Coroutine
from pathlib import Path
from typing import Any
from urllib.parse import quote

import treq
from twisted.internet.defer import Deferred
from twisted.python.usage import UsageError
from twisted.trial.unittest import SynchronousTestCase, TestCase

from mmse.cli import phone
from mmse.cli.phone_options import ListenOptions, PhoneOptions, SendOptions
from mmse.lab.handset import Acknowledge, Wish
from mmse.lab.phone import attachment, content
from mmse.wire.mmsenc import Absolute, Relative, enumerations, fields, status
from mmse.wire.wsp.multipart import parse
from tests.lab.centre import Scripted, delivery_ind, listen, notification, retrieve_conf, send_conf

BOB = "+447700900008"
HEADER = bytes.fromhex("0605040b8423f0")


def parsed(*words: str) -> Any:
    options = PhoneOptions()
    options.parseOptions(list(words))
    return options.subOptions


class SendOptionsTests(SynchronousTestCase):
    def send(self, *words: str) -> SendOptions:
        found = parsed("send", *words)
        assert isinstance(found, SendOptions)
        return found

    def test_any_order(self) -> None:
        """Files and options mixed, as people type them."""
        options = self.send("a.jpg", "--to", "12345,+447700900008", "b.jpg", "-f", "+1", "--cc=joe@example.org", "-r")
        self.assertEqual(options.files, ("a.jpg", "b.jpg"))
        self.assertEqual(options["from"], "+1")
        draft = options.draft()
        self.assertEqual((draft.to, draft.cc, draft.report), (("12345", "+447700900008"), ("joe@example.org",), True))

    def test_everything(self) -> None:
        options = self.send(
            *("a.jpg", "--to=12345", "--to=67890", "--bcc", BOB, "--subject", "Hi", "--text", "T", "--read-report"),
            *("--url", "http://m/", "--version", "1.1", "--header", "X-Foo: bar", "--header", "X-Foo:baz", "--hide"),
            *("--field", "X-Mms-Content-Class: image-basic", "--expiry", "60", "--delivery-time", "@1800000000"),
            *("--class", "Auto", "--priority", "High", "--proxy", "h:1"),
        )
        draft = options.draft()
        self.assertEqual((draft.to, draft.bcc, draft.subject), (("12345", "67890"), (BOB,), "Hi"))
        self.assertEqual((draft.expiry, draft.delivery_time), (Relative(60), Absolute(1_800_000_000)))
        self.assertEqual(draft.message_class, enumerations.MessageClass.AUTO)
        self.assertEqual((draft.priority, draft.hide), (enumerations.Priority.HIGH, True))
        self.assertEqual((draft.version, draft.read_report), (0x11, True))
        self.assertEqual(options.headers, [("X-Foo", "bar"), ("X-Foo", "baz")])
        self.assertEqual(draft.overrides, ((fields.CONTENT_CLASS, enumerations.ContentClass.IMAGE_BASIC),))

    def test_class_of_its_own(self) -> None:
        self.assertEqual(self.send("a", "--to=12345", "--class", "x-lottery").draft().message_class, "x-lottery")

    def test_refused(self) -> None:
        for words, told in (
            (["a.jpg"], "--to"),
            (["--to=12345"], "nothing to send"),
            (["a", "--to", "a b@c"], "--to 'a b@c'"),
            (["a", "--to=12345", "--version", "one"], "--version"),
            (["a", "--to=12345", "--expiry", "soon"], "--expiry"),
            (["a", "--to=12345", "--priority", "odd"], "--priority"),
            (["a", "--to=12345", "--header", "foo"], "--header"),
            (["a", "--to=12345", "--field", "foo"], "--field"),
            (["a", "--to=12345", "--nonsense"], "nonsense"),
        ):
            with self.subTest(words=words):
                self.assertIn(told, str(self.assertRaises(UsageError, self.send, *words)))

    def test_no_subcommand(self) -> None:
        self.assertRaises(UsageError, parsed)

    def test_help_teaches(self) -> None:
        """The examples of each help are there, unwrapped, and each of them is a command line that is understood."""
        for options in (PhoneOptions(), SendOptions(), ListenOptions()):
            usage = options.getUsage()
            lines = [line.strip() for line in usage.splitlines() if line.startswith("  mmse phone ")]
            self.assertGreater(len(lines), 1)
            for line in lines:
                parsed(*shlex.split(line.partition(" then:")[0])[2:])


class ListenOptionsTests(SynchronousTestCase):
    def test_behaviour(self) -> None:
        options = parsed("listen", "-n", BOB, "--save", "d", "--read", "--ack", "acknowledge", "--no-report")
        behaviour = options.behaviour()
        self.assertEqual((behaviour.save, behaviour.read, behaviour.report), (Path("d"), True, False))
        self.assertEqual((behaviour.wish, behaviour.acknowledge), (Wish.FETCH, Acknowledge.ACKNOWLEDGE))
        for flag, wish in (("--defer", Wish.DEFER), ("--reject", Wish.REJECT)):
            self.assertIs(parsed("listen", "-n", BOB, flag).behaviour().wish, wish)
        self.assertIs(parsed("listen", "-n", BOB, "--no-ack").behaviour().acknowledge, Acknowledge.NOT)

    def test_refused(self) -> None:
        for words in (
            [],
            ["-n", BOB, "--udp", "1", "--http", "2"],
            ["-n", BOB, "--defer", "--reject"],
            ["-n", BOB, "--ack", "maybe"],
            ["-n", BOB, "--udp", "x"],
            ["-n", BOB, "--timeout", "-1"],
        ):
            with self.subTest(words=words):
                self.assertRaises(UsageError, parsed, "listen", *words)


def run(coroutine: Coroutine[Any, Any, None]) -> Deferred[None]:
    return Deferred.fromCoroutine(coroutine)


class Commands(TestCase):
    timeout = 20

    def setUp(self) -> None:
        self.lines: list[str] = []
        self.picture = Path(self.mktemp())
        self.picture.write_bytes(b"\xff\xd8 picture")

    async def sent(self, scripted: Scripted | None, *words: str, text: bool = True) -> int:
        from twisted.internet import reactor

        url = "http://127.0.0.1:1/" if scripted is None else await listen(self, scripted)
        picture = self.picture
        more = [
            f"--url={url}",
            "--from=+447700900007",
            f"--to={BOB}",
            str(picture),
            *(["--text=Grüße"] if text else []),
        ]
        return await phone.send(parsed("send", *words, *more), reactor, self.lines.append)


class SendTests(Commands):
    def test_sent(self) -> Deferred[None]:
        async def test() -> None:
            scripted = Scripted(send_conf(message="m7@example"))
            self.assertEqual(await self.sent(scripted, "--header=X-Foo: bar", "--report"), phone.OK)
            ((_, headers, message),) = scripted.posts
            self.assertEqual(headers.getRawHeaders("X-WAP-Network-Client-MSISDN"), ["+447700900007"])
            self.assertEqual(headers.getRawHeaders("X-Foo"), ["bar"])
            self.assertEqual(headers.getRawHeaders("Content-Type"), ["application/vnd.wap.mms-message"])
            self.assertTrue(message[fields.DELIVERY_REPORT])
            self.assertEqual(
                [bytes(part.data) for part in parse(message.body)][1:], [b"\xff\xd8 picture", "Grüße".encode()]
            )
            self.assertEqual(self.lines[-1], "SENT: the MMSC took it as m7@example")
            self.assertIn("->  M-Send.req", self.lines[0])
            self.assertIn("<-  M-Send.conf", self.lines[1])

        return run(test())

    def test_statuses(self) -> Deferred[None]:
        async def test() -> None:
            codes = status.ResponseStatus
            for code, exit_status, begin in (
                (codes.ERROR_PERMANENT_SERVICE_DENIED, phone.REFUSED, "REFUSED: Error-permanent-service-denied (0xE1)"),
                (codes.ERROR_TRANSIENT_FAILURE, phone.NO_ANSWER, "NOT SENT, may go later: Error-transient-failure"),
                (codes.ERROR_NETWORK_PROBLEM, phone.NO_ANSWER, "NOT SENT, may go later"),
            ):
                self.assertEqual(await self.sent(Scripted(send_conf(code, "because\x1b[31m"))), exit_status)
                self.assertTrue(self.lines[-1].startswith(begin), self.lines[-1])
                self.assertTrue(self.lines[-1].endswith(": because?[31m"), self.lines[-1])

        return run(test())

    def test_no_pdu(self) -> Deferred[None]:
        async def test() -> None:
            for answer, exit_status in (
                (403, phone.REFUSED),
                (503, phone.NO_ANSWER),
                (b"", phone.REFUSED),
                (b"<html>", phone.REFUSED),
                (retrieve_conf(*content([])), phone.REFUSED),
            ):
                self.assertEqual(await self.sent(Scripted(answer)), exit_status, answer)
                self.assertTrue(self.lines[-1].startswith("NOT SENT: "), self.lines[-1])

        return run(test())

    def test_no_mmsc(self) -> Deferred[None]:
        async def test() -> None:
            self.assertEqual(await self.sent(None), phone.NO_ANSWER)
            self.assertIn("http://127.0.0.1:1/", self.lines[-1])

        return run(test())

    def test_no_file(self) -> Deferred[None]:
        async def test() -> None:
            self.assertEqual(await self.sent(Scripted(), "there-is-no.jpg"), phone.USAGE)
            self.assertEqual(self.lines, ["mmse phone: there-is-no.jpg: No such file or directory"])

        return run(test())


class ListenTests(Commands):
    def test_http(self) -> Deferred[None]:
        """A Kannel-style sink: an MM, which is fetched and saved, and a report; then it ends by itself."""

        async def test() -> None:
            from twisted.internet import reactor

            picture = content([attachment("a.jpg", b"\xff\xd8 picture")])
            scripted = Scripted(retrieve_conf(*picture), b"")
            url = await listen(self, scripted)
            folder = Path(self.mktemp())
            options = parsed("listen", "-n", BOB, "--http=0", "--count=2", f"--save={folder}", "--timeout=15")
            listening = Deferred.fromCoroutine(phone.listen(options, reactor, self.lines.append))
            while not self.lines:
                await treq.get(url, persistent=False)
            place = self.lines[0].rpartition(" at ")[2]
            for octets in (notification(url + "secret"), delivery_ind()):
                query = f"to={quote(BOB)}&udh={quote(HEADER)}&text={quote(octets)}"
                response = await treq.get(f"{place}?{query}", persistent=False)
                await response.content()
                self.assertEqual(response.code, 202)
            self.assertEqual(await listening, phone.OK)
            self.assertEqual((folder / "m1_example" / "a.jpg").read_bytes(), b"\xff\xd8 picture")
            self.assertEqual(self.lines[-1], "1 received, 1 reports, 0 failed")

        return run(test())

    def test_timeout(self) -> Deferred[None]:
        """Nothing came in the time: that is told, and is no success when something was wanted."""

        async def test() -> None:
            from twisted.internet import reactor

            for words, code in ((["--count=1"], phone.REFUSED), ([], phone.OK)):
                options = parsed("listen", "-n", BOB, "--udp=0", "--timeout=0.01", *words)
                self.assertEqual(await phone.listen(options, reactor, self.lines.append), code)
                self.assertEqual(self.lines[-1], "0 received, 0 reports, 0 failed")

        return run(test())

    def test_port_taken(self) -> Deferred[None]:
        async def test() -> None:
            from twisted.internet import reactor

            url = await listen(self, Scripted())
            port = url.rstrip("/").rpartition(":")[2]
            options = parsed("listen", "-n", BOB, f"--http={port}")
            self.assertEqual(await phone.listen(options, reactor, self.lines.append), phone.USAGE)
            self.assertIn(port, self.lines[-1])

        return run(test())
