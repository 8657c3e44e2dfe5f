"""The bounds of HTTP: sizes, times, numbers, and what is refused before a resource sees it."""

from __future__ import annotations

from twisted.internet.address import IPv6Address, UNIXAddress

from mmse.transport.bounds import Refusal, peer_of
from mmse.transport.http import Phase
from tests.transport.case import HOST, Case
from tests.transport.line import Line


class Requests(Case):
    """What is let through arrives whole, however it is cut."""

    POST = b"POST /x HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nhello"
    CHUNKED = (
        b"POST /x HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
        b"2\r\nhe\r\n3;ext=1\r\nllo\r\n0\r\nTrailer: 1\r\n\r\n"
    )

    def test_segments(self) -> None:
        for octets in (self.POST, self.CHUNKED):
            for size in (0, 1, 2, 3, 7, 16, 50):
                line = self.connect("10.0.0.1")
                line.send(octets, size)
                self.assertEqual([(r.code, r.body) for r in line.responses()], [(200, b"hello")])
                line.leave()
        self.assertEqual(self.echo.sent, [True] * 14)

    def test_kept_alive(self) -> None:
        line = self.connect()
        for _ in range(3):
            line.send(self.POST)
            self.pass_time(14)
        self.assertEqual(self.codes(line), [200, 200, 200])
        self.assertFalse(line.gone)

    def test_pipelined(self) -> None:
        self.echo.waiting = []
        line = self.connect()
        line.send(self.POST + self.CHUNKED + b"GET /y HTTP/1.1\r\n" + HOST + b"\r\n", 11)
        for number in range(3):
            self.assertEqual(len(self.echo.waiting), number + 1)
            self.echo.waiting[number].callback(None)
        self.assertEqual([r.body for r in line.responses()], [b"hello", b"hello", b""])

    def test_close(self) -> None:
        line = self.connect()
        line.send(b"GET / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
        self.pass_time(1)
        self.assertTrue(line.gone)
        self.assertEqual(line.responses()[0].get("Connection"), "close")

    def test_http_1_0(self) -> None:
        line = self.connect()
        line.send(b"POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi")
        self.pass_time(1)
        self.assertTrue(line.gone)
        self.assertTrue(line.value().startswith(b"HTTP/1.0 200 OK\r\n"))

    def test_head(self) -> None:
        self.echo.answer = b"body"
        line = self.connect()
        line.send(b"HEAD / HTTP/1.1\r\n" + HOST + b"\r\n")
        (response,) = line.responses(heads=1)
        self.assertEqual((response.get("Content-Length"), response.body), ("4", b""))

    def test_expect(self) -> None:
        line = self.connect()
        line.send(b"POST / HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        self.assertEqual(self.codes(line), [100])
        line.send(b"hi")
        self.assertEqual(self.codes(line), [100, 200])

    def test_body_is_not_copied(self) -> None:
        """A body that comes in one piece is the octets that came."""
        line = self.connect()
        line.send(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\n")
        piece = bytes(bytearray(b"hello"))
        line.protocol.dataReceived(piece)
        self.assertIs(self.echo.seen[0][2], piece)

    def test_only_http_1_1_is_negotiated(self) -> None:
        self.assertEqual(self.site.acceptableProtocols(), [b"http/1.1"])


class Refusals(Case):
    """Every refusal is an HTTP answer; then the peer is let finish, and the connection closes."""

    def refused(self, octets: bytes, code: int, refusal: Refusal, size: int = 0) -> Line:
        del self.refusals[:]
        line = self.connect("10.0.0.1")
        line.send(octets, size)
        response = line.responses()[-1]
        self.assertEqual((response.code, response.get("Connection")), (code, "close"), octets[:200])
        self.assertEqual(self.refusals, [refusal])
        line.send(b"x" * 100_000)
        self.pass_time(7)
        self.assertTrue(line.gone)
        self.assertEqual(len(line.responses()), 1)
        self.assertEqual(self.refusals, [refusal])
        self.assertEqual(self.echo.seen, [])
        return line

    def test_malformed(self) -> None:
        post = b"POST / HTTP/1.1\r\n" + HOST
        for octets in (
            b"nonsense\r\n\r\n",
            b"GET /\r\n\r\n",
            b"GET / HTTP/2.0\r\n" + HOST + b"\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
            b"GET / HTTP/1.0\r\n" + HOST + HOST + b"\r\n",
            b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n\tb\r\n\r\n",
            b" GET / HTTP/1.1\r\n" + HOST + b"\r\n",
            b"GET / HTTP/1.1\r\n" + HOST + b"No colon\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + HOST + b"Space : x\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + HOST + b"X: a\0b\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + HOST + b"X: a\nb\r\n\r\n",
            post + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            post + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
            post + b"Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello",
            post + b"Transfer-Encoding: identity\r\n\r\n",
            post + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
            post + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"POST / HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            post + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
            post + b"Content-Length: 5, 5\r\n\r\nhello",
            post + b"Content-Length: -5\r\n\r\nhello",
            post + b"Content-Length: +5\r\n\r\nhello",
            post + b"Content-Length: 0x5\r\n\r\nhello",
            post + b"Content-Length: " + b"9" * 3000 + b"\r\n\r\nhello",
            post + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
            post + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
            post + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhelp\r\n",
            post + b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * 2000,
            b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(21)) + HOST + b"\r\n",
            b"GET / HTTP/1.1\r\n" + b"".join(b"X: " + b"y" * 1000 + b"\r\n" for n in range(5)) + HOST + b"\r\n",
            b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
        ):
            for size in (0, 1, 5):
                self.refused(octets, 400, Refusal.MALFORMED, size)

    def test_a_hundred_thousand_headers(self) -> None:
        line = self.connect()
        line.send(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 100_000, 1400)
        self.assertEqual(self.refusals, [Refusal.MALFORMED])
        self.assertEqual(self.codes(line), [400])

    def test_endless_line(self) -> None:
        self.refused(b"GET / HTTP/1.1\r\nX: " + b"y" * 20_000, 431, Refusal.HEADERS_TOO_LARGE)

    def test_too_large_by_length(self) -> None:
        line = self.refused(
            b"POST / HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 4294967295\r\n\r\n",
            413,
            Refusal.TOO_LARGE,
        )
        self.assertNotIn(b"100 Continue", line.value())

    def test_too_large_by_chunks(self) -> None:
        """The cap is kept while chunks stream, whatever a chunk claims; one octet under it is fine."""
        head = b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
        self.refused(head + b"FFFFFFFF\r\n" + b"x" * 1001, 413, Refusal.TOO_LARGE)
        self.refused(head + b"1\r\nx\r\n" * 1001, 413, Refusal.TOO_LARGE)
        line = self.connect()
        line.send(head + b"1\r\nx\r\n" * 1000 + b"0\r\n\r\n")
        self.assertEqual(line.responses()[0].body, b"x" * 1000)

    def test_busy(self) -> None:
        """Past the cap of octets in flight a body is refused before it comes, and not asked for."""
        self.echo.waiting = []
        for _ in range(2):
            self.connect().send(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\n" + b"x" * 1000)
        self.assertEqual(self.load.octets, 2000)
        line = self.connect()
        line.send(b"POST / HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 501\r\n\r\n")
        (response,) = line.responses()
        self.assertEqual((response.code, response.get("Connection")), (503, "close"))
        self.assertEqual(response.get("Retry-After"), "5")
        self.echo.waiting[0].callback(None)
        other = self.connect("192.0.2.2")
        other.send(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 501\r\n\r\n" + b"x" * 501)
        self.assertEqual(len(self.echo.waiting), 3)

    def test_busy_while_chunks_stream(self) -> None:
        self.echo.waiting = []
        for _ in range(2):
            self.connect().send(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\n" + b"x" * 1000)
        line = self.connect()
        line.send(b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n1F4\r\n" + b"x" * 500 + b"\r\n")
        self.assertEqual((self.load.octets, self.codes(line)), (2500, []))
        line.send(b"1\r\nx")
        self.assertEqual((self.load.octets, self.codes(line)), (2000, [503]))

    def test_claims_hold_nothing(self) -> None:
        """Drippers that claim large bodies do not shut out others: only octets that came count."""
        for number in range(6):
            self.connect(f"192.0.2.{number}").send(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\nx")
        self.assertEqual(self.load.octets, 6)
        line = self.connect("192.0.2.77")
        line.send(Requests.POST)
        self.assertEqual(self.codes(line), [200])


class Times(Case):
    """Every phase has an end (RELIABILITY O2)."""

    HEAD = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\n"

    def test_nothing_sent(self) -> None:
        line = self.connect()
        self.pass_time(9)
        self.assertFalse(line.gone)
        self.pass_time(3)
        self.assertTrue(line.gone)
        self.assertEqual((line.value(), self.refusals), (b"", []))

    def test_dripped_headers(self) -> None:
        line = self.connect()
        for octet in b"GET / HTTP/1.1\r\nX-a: ":
            if not line.value():
                line.send(bytes([octet]))
                self.pass_time(1)
        self.assertEqual((self.codes(line), self.refusals), ([408], [Refusal.SLOW_HEADERS]))
        self.assertLess(self.clock.seconds(), 13)

    def test_dripped_body(self) -> None:
        """One octet a second is not enough, however long it goes on."""
        line = self.connect()
        line.send(self.HEAD)
        while not line.value():
            line.send(b"x")
            self.pass_time(1)
        self.assertEqual((self.codes(line), self.refusals), ([408], [Refusal.SLOW_BODY]))
        self.assertLess(self.clock.seconds(), 13)

    def test_body_that_stops(self) -> None:
        line = self.connect()
        line.send(self.HEAD + b"x" * 999)
        self.pass_time(13)
        self.assertEqual((self.codes(line), self.refusals), ([408], [Refusal.SLOW_BODY]))
        self.assertEqual(self.load.octets, 0)

    def test_steady_body(self) -> None:
        """A body at the least rate is taken, longer than the headers may take."""
        line = self.connect()
        line.send(self.HEAD)
        for _ in range(11):
            self.pass_time(1)
            line.send(b"x" * 90)
        line.send(b"x" * 10)
        self.assertEqual(self.codes(line), [200])

    def test_idle(self) -> None:
        line = self.connect()
        line.send(Requests.POST)
        self.pass_time(14)
        self.assertFalse(line.gone)
        self.pass_time(3)
        self.assertTrue(line.gone)
        self.assertEqual(self.refusals, [])

    def test_abandoned(self) -> None:
        for octets in (b"GET /", self.HEAD, self.HEAD + b"x" * 500):
            del self.refusals[:]
            line = self.connect()
            line.send(octets)
            line.leave()
            self.assertEqual((self.refusals, self.load.octets), ([Refusal.ABANDONED], 0))

    def test_reader_that_stops(self) -> None:
        """An answer that is not taken is given up, and what it held is free again."""
        self.echo.answer = b"x" * 100_000
        line = self.connect(slow=True)
        line.send(Requests.POST)
        self.assertEqual((self.load.octets, self.echo.sent), (100_000, []))
        self.pass_time(190)
        self.assertFalse(line.gone)
        self.pass_time(20)
        self.assertTrue(line.aborted)
        self.assertEqual((self.load.octets, self.echo.sent), (0, [False]))
        self.assertEqual(self.refusals, [Refusal.SLOW_READER])

    def test_close_that_is_not_taken(self) -> None:
        line = self.connect(slow=True)
        line.send(b"GET / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
        self.pass_time(119)
        self.assertFalse(line.gone)
        self.pass_time(4)
        self.assertTrue(line.aborted)

    def test_resource_that_never_answers(self) -> None:
        self.echo.waiting = []
        line = self.connect()
        line.send(Requests.POST)
        self.pass_time(123)
        self.assertTrue(line.aborted)
        # The octets are held as long as the resource may look at them.
        self.assertEqual(self.load.octets, 5)
        self.echo.waiting[0].callback(None)
        self.assertEqual((self.load.octets, self.echo.sent), (0, [False]))


class Answers(Case):
    """An answer counts as sent when all of it went out while the connection stood."""

    def test_sent_when_drained(self) -> None:
        self.echo.answer = b"x" * 200_000
        line = self.connect(slow=True)
        line.send(Requests.POST)
        self.assertEqual(self.echo.sent, [])
        line.drain()
        self.assertEqual(self.echo.sent, [True])
        line.send(Requests.POST)
        self.assertEqual(self.codes(line), [200, 200])

    def test_broken_while_sending(self) -> None:
        self.echo.answer = b"x" * 200_000
        line = self.connect(slow=True)
        line.send(Requests.POST)
        line.leave()
        self.assertEqual(self.echo.sent, [False])

    def test_gone_before_the_answer(self) -> None:
        self.echo.waiting = []
        line = self.connect()
        line.send(Requests.POST)
        line.leave()
        self.assertEqual(self.load.octets, 5)
        self.echo.waiting[0].callback(None)
        self.assertEqual((self.echo.sent, self.load.octets, line.value()), ([False], 0, b""))

    def test_one_lost_client_stops_nobody(self) -> None:
        self.echo.waiting = []
        lines = [self.connect() for _ in range(3)]
        for line in lines:
            line.send(Requests.POST)
        lines[1].leave()
        for ready in self.echo.waiting:
            ready.callback(None)
        self.assertEqual(self.echo.sent, [True, False, True])
        self.assertEqual([len(line.value()) > 0 for line in lines], [True, False, True])


class Numbers(Case):
    """How many may be connected."""

    def test_per_address(self) -> None:
        lines = [self.connect() for _ in range(4)]
        self.assertEqual(self.codes(lines[3]), [503])
        self.assertEqual(self.refusals, [Refusal.CROWDED_ADDRESS])
        self.pass_time(1)
        self.assertTrue(lines[3].gone)
        lines[0].leave()
        self.assertEqual(self.codes(self.connect()), [])

    def test_trusted_proxies_have_many(self) -> None:
        for _ in range(8):
            self.assertEqual(self.codes(self.connect("10.0.0.1")), [])

    def test_total(self) -> None:
        for _ in range(8):
            self.connect("10.0.0.1")
        self.assertEqual(self.codes(self.connect("10.0.0.1")), [503])
        self.assertEqual(self.refusals, [Refusal.CROWDED])

    def test_one_ipv6_network_is_one_address(self) -> None:
        for host in range(3):
            self.connect(IPv6Address("TCP", f"2001:db8::{host:x}", 1))
        self.assertEqual(self.codes(self.connect(IPv6Address("TCP", "2001:db8::ffff", 1))), [503])
        self.assertEqual(self.codes(self.connect(IPv6Address("TCP", "2001:db8:0:1::1", 1))), [])

    def test_unix_sockets_are_not_counted_by_address(self) -> None:
        for _ in range(5):
            self.assertEqual(self.codes(self.connect(UNIXAddress(None))), [])

    def test_peers(self) -> None:
        self.assertEqual(str(peer_of(IPv6Address("TCP", "::ffff:192.0.2.1", 1))), "192.0.2.1")
        self.assertEqual(str(peer_of(IPv6Address("TCP", "fe80::1%eth0", 1))), "fe80::1")
        self.assertIsNone(peer_of(UNIXAddress("x")))


class LatePeers(Case):
    """Behind a PROXY header the peer is known with the first octets."""

    late_peer = True

    def test_counted_with_the_first_octets(self) -> None:
        lines = [self.connect() for _ in range(4)]
        self.assertEqual([self.codes(line) for line in lines], [[]] * 4)
        for line in lines:
            line.send(Requests.POST)
        self.assertEqual([self.codes(line) for line in lines], [[200], [200], [200], [503]])
        self.assertEqual(self.refusals, [Refusal.CROWDED_ADDRESS])


class Draining(Case):
    """Stopping loses nothing that was begun."""

    def test_drain(self) -> None:
        self.echo.waiting = []
        idle, busy = self.connect(), self.connect()
        busy.send(Requests.POST)
        drained = self.site.drain()
        self.pass_time(1)
        self.assertTrue(idle.gone)
        self.assertNoResult(drained)
        self.echo.waiting[0].callback(None)
        self.assertEqual(busy.responses()[0].get("Connection"), "close")
        self.pass_time(1)
        self.assertTrue(busy.gone)
        self.successResultOf(drained)

    def test_request_that_had_begun(self) -> None:
        line = self.connect()
        line.send(Requests.POST[:30])
        drained = self.site.drain()
        line.send(Requests.POST[30:])
        self.pass_time(1)
        self.assertEqual((self.codes(line), line.gone), ([200], True))
        self.successResultOf(drained)

    def test_nobody(self) -> None:
        self.successResultOf(self.site.drain())

    def test_abort(self) -> None:
        self.echo.waiting = []
        line = self.connect()
        line.send(Requests.POST)
        drained = self.site.drain()
        self.site.abort()
        self.pass_time(1)
        self.assertTrue(line.aborted)
        self.successResultOf(drained)

    def test_phases_are_in_order(self) -> None:
        """All phases from LINGER on throw away what comes."""
        self.assertEqual(sorted(Phase)[-2:], [Phase.LINGER, Phase.CLOSING])
