"""How pushes reach a handset: the real bearers of a node on one side, the handset's radios on the other."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import treq
from twisted.internet.defer import Deferred, DeferredQueue
from twisted.trial.unittest import TestCase

from mmse.abstract.address import number
from mmse.abstract.outcome import Done, Refused
from mmse.interfaces import Push, PushKind
from mmse.lab.radio import LabRadio, SinkRadio, UDPRadio
from mmse.lab.settings import Lab
from mmse.lab.smsc import LabSMSC
from mmse.metrics import Metrics
from mmse.mm1.notify.http import HTTPNotifier
from mmse.mm1.notify.udp import UDPNotifier
from mmse.mm1.settings import NotifyHTTP, NotifyUDP
from mmse.wire.wsp.push import parse

BOB = "+447700900008"


def run(coroutine: Coroutine[Any, Any, None]) -> Deferred[None]:
    return Deferred.fromCoroutine(coroutine)


def push(octets: bytes, to: str = BOB) -> Push:
    return Push(destination=number(to), octets=octets, kind=PushKind.NOTIFICATION, reference="r", expires=4_000_000_000)


class RadioTests(TestCase):
    timeout = 20

    def setUp(self) -> None:
        self.heard: DeferredQueue[tuple[bytes, str]] = DeferredQueue()
        self.remarks: DeferredQueue[str] = DeferredQueue()

    async def receive(self, octets: bytes, how: str) -> None:
        self.heard.put((parse(octets).body, how))

    async def centre(self, port: int = 0) -> tuple[LabSMSC, str]:
        from twisted.internet import reactor

        smsc = LabSMSC(Lab(listen=[f"tcp:{port}:interface=127.0.0.1"]), reactor, Metrics())
        smsc.startService()
        assert smsc.listening is not None
        (opened,) = await smsc.listening
        return smsc, f"http://127.0.0.1:{opened.getHost().port}"

    async def attached(self, url: str) -> LabRadio:
        from twisted.internet import reactor

        radio = LabRadio(reactor, url, BOB, self.remarks.put)
        await radio.start(self.receive)
        return radio

    def test_lab(self) -> Deferred[None]:
        """What was held and what comes later, each once and in order; long ones whole."""

        async def test() -> None:
            smsc, url = await self.centre()
            self.addCleanup(smsc.stopService)
            long = bytes(index % 251 for index in range(400))
            await smsc.notify(push(b"held"))
            radio = await self.attached(url)
            self.assertEqual(await self.heard.get(), (b"held", "1 SMS"))
            for octets in (b"later", long):
                await smsc.notify(push(octets))
            self.assertEqual(await self.heard.get(), (b"later", "1 SMS"))
            self.assertEqual(await self.heard.get(), (long, "4 SMS"))
            await radio.stop()
            self.assertEqual(self.heard.pending, [])

        return run(test())

    def test_lab_left(self) -> Deferred[None]:
        """A phone that leaves takes along what it has, and leaves the rest to the next one with its number."""

        async def test() -> None:
            smsc, url = await self.centre()
            self.addCleanup(smsc.stopService)
            for octets in (b"one", b"two", b"three"):
                await smsc.notify(push(octets))
            left: Deferred[None] = Deferred()

            async def receive(octets: bytes, how: str) -> None:
                await self.receive(octets, how)
                if parse(octets).body == b"two":
                    run(radio.stop()).chainDeferred(left)

            from twisted.internet import reactor

            radio = LabRadio(reactor, url, BOB, self.remarks.put)
            await radio.start(receive)
            self.assertEqual([(await self.heard.get())[0] for _ in range(2)], [b"one", b"two"])
            await left
            other = await self.attached(url)
            self.assertEqual((await self.heard.get())[0], b"three")
            await other.stop()
            self.assertEqual(self.heard.pending, [])

        return run(test())

    def test_lab_restarted(self) -> Deferred[None]:
        """A phone finds a centre again that had been away, and hears what the new one has."""

        async def test() -> None:
            smsc, url = await self.centre()
            radio = await self.attached(url)
            await smsc.notify(push(b"one"))
            self.assertEqual((await self.heard.get())[0], b"one")
            await smsc.stopService()
            self.assertIn("no SMS centre", await self.remarks.get())
            smsc, _ = await self.centre(int(url.rpartition(":")[2]))
            self.addCleanup(smsc.stopService)
            await smsc.notify(push(b"two"))
            self.assertEqual((await self.heard.get())[0], b"two")
            await radio.stop()

        return run(test())

    def test_udp(self) -> Deferred[None]:
        async def test() -> None:
            from twisted.internet import reactor

            radio = UDPRadio(reactor, 0, "127.0.0.1")
            self.assertIn("127.0.0.1", await radio.start(self.receive))
            notifier = UDPNotifier(NotifyUDP(addresses={BOB: f"127.0.0.1:{radio.port}"}), reactor)
            await notifier.notify(push(b"datagram"))
            self.assertEqual(await self.heard.get(), (b"datagram", "UDP from 127.0.0.1"))
            await notifier.close()
            await radio.stop()

        return run(test())

    async def sink(self, **settings: Any) -> tuple[SinkRadio, HTTPNotifier]:
        from twisted.internet import reactor

        radio = SinkRadio(reactor, r"tcp:0:interface=127.0.0.1", BOB, self.remarks.put)
        await radio.start(self.receive)
        url = f"http://127.0.0.1:{radio.port}/cgi-bin/sendsms"
        return radio, HTTPNotifier(NotifyHTTP(url=url, password="p", **settings), reactor, Metrics())

    def test_kannel(self) -> Deferred[None]:
        """The bearer ``http`` as it is by default, against what takes requests like Kannel: octets of every value."""

        async def test() -> None:
            radio, notifier = await self.sink()
            octets = bytes(range(256)) * 2
            outcome = await notifier.notify(push(octets))
            self.assertIsInstance(outcome, Done)
            self.assertEqual(await self.heard.get(), (octets, "5 SMS by HTTP"))
            other = await notifier.notify(push(b"x", "+447700900009"))
            self.assertIsInstance(other, Refused)
            await notifier.close()
            await radio.stop()

        return run(test())

    def test_form(self) -> Deferred[None]:
        async def test() -> None:
            radio, notifier = await self.sink(method="POST", query="", body="to={to}&udh={udh}&text={text}")
            await notifier.notify(push(b"by form \x00\xff&="))
            self.assertEqual((await self.heard.get())[0], b"by form \x00\xff&=")
            await notifier.close()
            await radio.stop()

        return run(test())

    def test_nonsense(self) -> Deferred[None]:
        """Not a push: 400, and a remark."""

        async def test() -> None:
            radio, notifier = await self.sink()
            for query in ("udh=%09&text=x", "udh=%06%05%04%00%01%00%01&text=x"):
                url = f"http://127.0.0.1:{radio.port}/?to=447700900008&{query}"
                response = await treq.get(url, persistent=False)
                await response.content()
                self.assertEqual(response.code, 400)
                self.assertIn("without a WAP push", await self.remarks.get())
            await notifier.close()
            await radio.stop()

        return run(test())
