"""Routes: which function answers, and what every kind of trouble becomes."""

from __future__ import annotations

from http import HTTPStatus

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from mmse.console.rest import Answer, Asked, Declined, Leaf, Route, answer
from mmse.errors import Temporary
from tests.console.asking import ask, opened, send, told


async def echo(asked: Asked) -> Answer:
    return answer({"name": asked.caught["name"], "x": asked.all("x"), "n": asked.number("n", 5, 9)})


async def takes(asked: Asked) -> Answer:
    return answer(asked.body(list[int]), 201)


async def declines(asked: Asked) -> Answer:
    raise Declined(HTTPStatus.CONFLICT, "no", (("X-Why", "so"),))


async def outage(asked: Asked) -> Answer:
    raise Temporary(3.0, "the disk is full")


async def bug(asked: Asked) -> Answer:
    raise RuntimeError("secret detail")


LEAF = Leaf(
    (
        Route("GET", "/a/{name}", echo),
        Route("PUT", "/a/{name}", takes),
        Route("GET", "/declines", declines),
        Route("GET", "/outage", outage),
        Route("GET", "/bug", bug),
    )
)


class Routes(SynchronousTestCase):
    """One leaf, asked in every way."""

    def test_caught(self) -> None:
        """Path, query and numbers come as they were meant."""
        response = ask(LEAF, "GET", "/a/b%20c%2Fd?x=1&x=%C3%A9&n=7")
        self.assertEqual(response.code, 200)
        self.assertEqual(told(response), {"name": "b c/d", "x": ["1", "é"], "n": 7})
        self.assertEqual(response.get("Content-Type"), "application/json")
        self.assertEqual(response.get("Cache-Control"), "no-store")

    def test_number(self) -> None:
        """At most what is allowed; no number is refused."""
        self.assertEqual(told(ask(LEAF, "GET", "/a/b?n=100"))["n"], 9)
        for text in ("x", "-1", "%D9%A3", "1" * 30):
            response = ask(LEAF, "GET", f"/a/b?n={text}")
            self.assertEqual(response.code, 400)
            self.assertIn("n must be a whole number", told(response)["error"])

    def test_body(self) -> None:
        """A body that fits, and ones that do not."""
        self.assertEqual(told(ask(LEAF, "PUT", "/a/b", [1, 2])), [1, 2])
        for body in (b"", b"{", b"[", b'["x"]', b"\xff"):
            response = ask(LEAF, "PUT", "/a/b", body)
            self.assertEqual(response.code, 400, body)
            self.assertIn("the body does not fit", told(response)["error"])

    def test_trouble(self) -> None:
        """What is declined, an outage, a bug, a path and a method that are not there."""
        response = ask(LEAF, "GET", "/declines")
        self.assertEqual((response.code, told(response), response.get("X-Why")), (409, {"error": "no"}, "so"))
        response = ask(LEAF, "GET", "/outage")
        self.assertEqual((response.code, told(response)), (503, {"error": "the disk is full"}))
        self.assertEqual(response.get("Retry-After"), "5")
        response = ask(LEAF, "GET", "/bug")
        self.assertEqual(response.code, 500)
        self.assertNotIn("secret", response.body.decode())
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)
        for target in ("/", "/a", "/a/", "/a/b/c", "/a/b/", "//a/b"):
            self.assertEqual(ask(LEAF, "GET", target).code, 404, target)
        response = ask(LEAF, "DELETE", "/a/b")
        self.assertEqual((response.code, response.get("Allow")), (405, "GET, PUT"))

    def test_head(self) -> None:
        """HEAD is GET without the body."""
        response = ask(LEAF, "HEAD", "/a/b")
        self.assertEqual((response.code, response.body), (200, b""))
        self.assertGreater(int(response.get("Content-Length") or "0"), 10)

    def test_busy(self) -> None:
        """More requests than are worked on at once: 429, and the one in work is answered in the end."""
        waiting: Deferred[None] = Deferred()

        async def slow(asked: Asked) -> Answer:
            await waiting
            return answer("done")

        leaf = Leaf((Route("GET", "/", slow),), most=1)
        first = opened(leaf)
        send(first, "GET", "/")
        response = ask(leaf, "GET", "/")
        self.assertEqual((response.code, response.get("Retry-After")), (429, "5"))
        waiting.callback(None)
        self.assertEqual([told(each) for each in first.responses()], ["done"])
        self.assertEqual(ask(leaf, "GET", "/").code, 200)

    def test_client_leaves(self) -> None:
        """A client that does not wait leaves nothing behind."""
        waiting: Deferred[None] = Deferred()

        async def slow(asked: Asked) -> Answer:
            await waiting
            return answer("done")

        leaf = Leaf((Route("GET", "/", slow),), most=1)
        line = opened(leaf)
        send(line, "GET", "/")
        line.leave()
        waiting.callback(None)
        self.assertEqual(ask(leaf, "GET", "/").code, 200)
