"""A handset against a scripted MMSC: what it fetches, says and keeps."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from mmse.lab import phone
from mmse.lab.handset import Acknowledge, Behaviour, Handset, Wish
from mmse.lab.mmsc import MMSC, Unanswered
from mmse.wire.mmsenc import fields, pdus, status
from mmse.wire.wsp.push import compose
from tests.lab.centre import Scripted, delivery_ind, listen, notification, retrieve_conf, send_conf


def run(coroutine: Coroutine[Any, Any, None]) -> Deferred[None]:
    return Deferred.fromCoroutine(coroutine)


class HandsetTests(TestCase):
    async def handset(self, scripted: Scripted, mmsc_url: str = "", **behaviour: Any) -> tuple[Handset, str]:
        from twisted.internet import reactor

        url = await listen(self, scripted)
        mmsc = MMSC(reactor, mmsc_url.replace("URL/", url), number="+447700900008", headers=[("X-Foo", "bar")])
        self.addCleanup(lambda: run(mmsc.close()))
        self.said: list[tuple[str, str, str]] = []
        handset = Handset(
            mmsc,
            Behaviour(**behaviour),
            lambda arrow, name, words: self.said.append((arrow, name, words)),
            lambda: 99.0,
        )
        return handset, url

    def content(self, *more: Any) -> bytes:
        kind, body = phone.content([phone.attachment("a.jpg", b"\xff\xd8 picture"), phone.attachment("t.txt", b"hi")])
        return retrieve_conf(kind, body, *more)

    def ladder(self) -> list[str]:
        return [f"{arrow} {name}" for arrow, name, _ in self.said if arrow]

    def test_immediate(self) -> Deferred[None]:
        async def test() -> None:
            scripted = Scripted(self.content(), b"")
            folder = Path(self.mktemp())
            handset, url = await self.handset(scripted, save=folder)
            await handset.pushed(notification(url + "secret"))
            self.assertEqual(
                self.ladder(), ["<- M-Notification.ind", "-> GET", "<- M-Retrieve.conf", "-> M-NotifyResp.ind"]
            )
            (get,), (post,) = scripted.gets, scripted.posts
            self.assertEqual((get[0], post[0]), ("/secret", "/secret"))
            for _, headers in (get, post[:2]):
                self.assertEqual(headers.getRawHeaders("X-WAP-Network-Client-MSISDN"), ["+447700900008"])
                self.assertEqual(headers.getRawHeaders("X-Foo"), ["bar"])
            self.assertEqual(post[2][fields.STATUS], status.Status.RETRIEVED)
            self.assertEqual(post[2][fields.TRANSACTION_ID], "n1")
            (received,) = handset.received
            self.assertEqual([part.name for part in received.parts], ["smil.xml", "a.jpg", "t.txt"])
            self.assertEqual((folder / "m1_example" / "a.jpg").read_bytes(), b"\xff\xd8 picture")
            self.assertEqual(len(received.saved), 3)

        return run(test())

    def test_acknowledge_to_the_mmsc(self) -> Deferred[None]:
        """M-Acknowledge.ind for the transaction of the M-Retrieve.conf, to the MMSC's own URL, report forbidden."""

        async def test() -> None:
            scripted = Scripted(self.content(), b"")
            handset, url = await self.handset(
                scripted, "URL/mms", acknowledge=Acknowledge.ACKNOWLEDGE, report=False, version=0x10
            )
            await handset.pushed(notification(url + "secret"))
            ((path, _, message),) = scripted.posts
            self.assertEqual(path, "/mms")
            self.assertIs(message.pdu, pdus.M_ACKNOWLEDGE_IND)
            self.assertEqual(message[fields.TRANSACTION_ID], "r1")
            self.assertEqual((message[fields.REPORT_ALLOWED], message[fields.MMS_VERSION]), (False, 0x10))

        return run(test())

    def test_read_report(self) -> Deferred[None]:
        async def test() -> None:
            scripted = Scripted(self.content((fields.READ_REPORT, True)), b"", b"")
            handset, url = await self.handset(scripted, read=True)
            await handset.pushed(notification(url + "secret"))
            read = scripted.posts[1][2]
            self.assertIs(read.pdu, pdus.M_READ_REC_IND)
            self.assertEqual((read[fields.MESSAGE_ID], read[fields.DATE]), ("m1@example", 99))

        return run(test())

    def test_no_read_report_unasked(self) -> Deferred[None]:
        async def test() -> None:
            scripted = Scripted(self.content(), b"")
            handset, url = await self.handset(scripted, read=True)
            await handset.pushed(notification(url + "secret"))
            self.assertEqual(len(scripted.posts), 1)

        return run(test())

    def test_defer_and_reject(self) -> Deferred[None]:
        async def test() -> None:
            for wish, told in ((Wish.DEFER, status.Status.DEFERRED), (Wish.REJECT, status.Status.REJECTED)):
                scripted = Scripted(b"")
                handset, url = await self.handset(scripted, wish=wish)
                await handset.pushed(notification(url + "secret"))
                self.assertEqual(scripted.gets, [])
                self.assertEqual([post[2][fields.STATUS] for post in scripted.posts], [told])

        return run(test())

    def test_silent(self) -> Deferred[None]:
        """Without acknowledgement the next notification is fetched again."""

        async def test() -> None:
            scripted = Scripted(self.content(), self.content())
            handset, url = await self.handset(scripted, acknowledge=Acknowledge.NOT)
            for _ in range(2):
                await handset.pushed(notification(url + "secret"))
            self.assertEqual((len(scripted.gets), scripted.posts), (2, []))

        return run(test())

    def test_repeat(self) -> Deferred[None]:
        async def test() -> None:
            scripted = Scripted(self.content(), b"")
            handset, url = await self.handset(scripted)
            for _ in range(2):
                await handset.pushed(notification(url + "secret"))
            self.assertEqual((len(scripted.gets), len(handset.received)), (1, 1))
            self.assertIn("repeat", [name for _, name, _ in self.said])

        return run(test())

    def test_failures_are_tried_again(self) -> Deferred[None]:
        """An MMSC that is ill is said, counted, and asked again by the next notification."""

        async def test() -> None:
            scripted = Scripted(503, b"", b"nonsense", self.content(), b"")
            handset, url = await self.handset(scripted)
            for count in (1, 2, 3):
                await handset.pushed(notification(url + "secret"))
                self.assertEqual(handset.failures, count)
            await handset.pushed(notification(url + "secret"))
            self.assertEqual((handset.failures, len(handset.received)), (3, 1))
            self.assertIn("HTTP 503", " ".join(words for _, name, words in self.said if name == "failed"))

        return run(test())

    def test_retrieval_refused(self) -> Deferred[None]:
        """An M-Retrieve.conf that says no is not acknowledged."""

        async def test() -> None:
            kind, body = phone.content([])
            refused = (fields.RETRIEVE_STATUS, status.RetrieveStatus.ERROR_PERMANENT_MESSAGE_NOT_FOUND)
            scripted = Scripted(retrieve_conf(kind, body, refused))
            handset, url = await self.handset(scripted)
            await handset.pushed(notification(url + "secret"))
            self.assertEqual((handset.failures, handset.received, scripted.posts), (1, [], []))
            self.assertIn("Error-permanent-message-not-found", self.said[-1][2])

        return run(test())

    def test_report(self) -> Deferred[None]:
        async def test() -> None:
            handset, _ = await self.handset(Scripted())
            await handset.pushed(delivery_ind(), "1 SMS")
            self.assertEqual([report[fields.MESSAGE_ID] for report in handset.reports], ["m1@example"])
            self.assertTrue(self.said[0][2].endswith("(1 SMS)"))

        return run(test())

    def test_other_pushes(self) -> Deferred[None]:
        async def test() -> None:
            handset, _ = await self.handset(Scripted())
            si = bytes.fromhex("01060403ae81ea") + b"wbxml"
            self.assertIsNone(await handset.pushed(si))
            self.assertEqual(handset.failures, 0)
            for broken in (b"", b"\x01\x06\xff", compose(b"\x8c\x82\x98", 1), compose(b"\x8c\x82", 1)):
                await handset.pushed(broken)
            self.assertEqual(handset.failures, 4)

        return run(test())


class MMSCTests(TestCase):
    def mmsc(self, url: str, **options: Any) -> MMSC:
        from twisted.internet import reactor

        mmsc = MMSC(reactor, url, **options)
        self.addCleanup(lambda: run(mmsc.close()))
        return mmsc

    def test_progress(self) -> Deferred[None]:
        """Both ways, up to the last octet."""

        async def test() -> None:
            url = await listen(self, Scripted(send_conf(), retrieve_conf(phone.content([])[0], bytes(200_000))))
            mmsc = self.mmsc(url)
            up: list[tuple[int, int | None]] = []
            down: list[tuple[int, int | None]] = []
            draft = phone.Draft(to=("12345",))
            octets = phone.octets_of(
                phone.submission(draft, "t", *phone.content([phone.attachment("a.jpg", bytes(200_000))]))
            )
            await mmsc.post(octets, progress=lambda *told: up.append(told))
            await mmsc.get(url, lambda *told: down.append(told))
            self.assertEqual(up[-1], (len(octets), len(octets)))
            self.assertGreater(len(up), 3)
            self.assertEqual(down[-1][0], down[-1][1])

        return run(test())

    def test_proxy(self) -> Deferred[None]:
        """Requests to a proxy have the absolute form, and go nowhere else."""

        async def test() -> None:
            scripted = Scripted(send_conf())
            url = await listen(self, scripted)
            mmsc = self.mmsc("http://mmsc.invalid/mms", proxy=url)
            draft = phone.Draft(to=("12345",))
            message = phone.submission(draft, "t", *phone.content([phone.attachment("a.txt", b"a")]))
            await mmsc.post(phone.octets_of(message))
            self.assertEqual(scripted.posts[0][0], "http://mmsc.invalid/mms")

        return run(test())

    def test_header_overrides(self) -> Deferred[None]:
        async def test() -> None:
            scripted = Scripted(b"", b"")
            url = await listen(self, scripted)
            headers = [("User-Agent", "Phone/1"), ("x-foo", "a"), ("X-Foo", "b"), ("X-MSISDN", "1")]
            mmsc = self.mmsc(url, number="+44", msisdn_header="X-Other", headers=headers)
            await mmsc.post(phone.octets_of(phone.acknowledge("t", 0x12)))
            sent = scripted.posts[0][1]
            self.assertEqual(sent.getRawHeaders("user-agent"), ["Phone/1"])
            self.assertEqual(sent.getRawHeaders("x-foo"), ["a", "b"])
            self.assertEqual(sent.getRawHeaders("x-other"), ["+44"])
            self.assertFalse(sent.hasHeader("X-WAP-Network-Client-MSISDN"))

        return run(test())

    def test_unanswered(self) -> Deferred[None]:
        async def test() -> None:
            url = await listen(self, Scripted(403, 500))
            for place, temporary in (
                (url, False),
                (url, True),
                ("http://127.0.0.1:1/", True),
                ("ftp://x/", False),
                ("no url", False),
            ):
                with self.assertRaises(Unanswered) as caught:
                    await self.fetch(place)
                self.assertEqual(caught.exception.temporary, temporary, place)

        return run(test())

    async def fetch(self, place: str) -> None:
        await self.mmsc("").get(place)
