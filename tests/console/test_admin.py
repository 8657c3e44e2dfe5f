"""The admin API over the store in memory."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from mmse.abstract.delivery import FINAL, State
from mmse.abstract.storage import Subscriber
from mmse.abstract.trail import Happening
from mmse.console.admin import LARGEST_SLICE, Admin
from mmse.console.views import Status
from mmse.store.memory import MemoryStore
from mmse.testing.store import values
from tests.console.asking import ask, told


def spelled(text: str) -> str | None:
    """A numbering plan of one rule: national numbers of 44."""
    digits = text.replace(" ", "")
    if digits.startswith("0"):
        return "+44" + digits[1:]
    return digits if digits.startswith("+") and digits[1:].isdecimal() else None


class API(SynchronousTestCase):
    """Every route."""

    def setUp(self) -> None:
        self.store = MemoryStore(grace=60, retention=60, clock=lambda: float(values.NOW))
        self.changed = 0
        self.leaf = Admin(
            self.store, self.store, self.status, spelled, spelled, self.note, lambda: ["log.level changed"]
        ).leaf()

    async def status(self) -> Status:
        return Status(
            node="n",
            version="1",
            pid=1,
            store="memory:",
            configuration="",
            started=1.0,
            now=2.0,
            draining=False,
            listening={},
            ready={},
            copies={},
            reactor_lag=0.0,
        )

    def note(self) -> None:
        self.changed += 1

    def get(self, target: str) -> Any:
        response = ask(self.leaf, "GET", target)
        self.assertEqual(response.code, 200, response.body)
        return told(response)

    def refused(self, method: str, target: str, body: Any = None) -> tuple[int, str]:
        response = ask(self.leaf, method, target, body)
        return response.code, told(response)["error"]

    def put(self, *names: str, **fields: Any) -> None:
        for name in names:
            self.successResultOf(self.store.put(values.put(name, (values.BOB, values.CAROL), **fields)))

    def end(self, name: str, state: State) -> None:
        for copy in self.successResultOf(self.store.copies(name)):
            self.successResultOf(self.store.change(values.ended(copy, state)))

    def test_status(self) -> None:
        """As the node tells it."""
        self.assertEqual(self.get("/v1/status")["node"], "n")

    def test_counts(self) -> None:
        """Every state by name."""
        self.put("a", "b")
        self.end("b", State.EXPIRED)
        counts = self.get("/v1/counts")
        self.assertEqual(set(counts), {state.name.lower() for state in State})
        self.assertEqual((counts["queued"], counts["expired"]), (2, 2))

    def test_queue(self) -> None:
        """What has not ended, in the order of coming, with what people ask for."""
        self.put("a", "b")
        self.end("b", State.RETRIEVED)
        page = self.get("/v1/queue")
        self.assertEqual([(row["message"], row["position"]) for row in page["rows"]], [("a", 0), ("a", 1)])
        self.assertIsNone(page["after"])
        row = page["rows"][0]
        del row["row"]
        self.assertEqual(
            row,
            {
                "message": "a",
                "position": 0,
                "originator": "+15551230001/TYPE=PLMN",
                "recipient": "+15551230002/TYPE=PLMN",
                "state": "queued",
                "attempt": 0,
                "due": values.NOW,
                "accepted": values.NOW,
                "expires": values.NOW + 7 * 86_400,
                "octets": len(b"octets as received \x00\xff"),
                "agent": "",
            },
        )

    def test_queue_of_states(self) -> None:
        """Ended states on request; every one of them is known by its name."""
        self.put("a", "b")
        self.end("b", State.RETRIEVED)
        rows = self.get("/v1/queue?state=retrieved&state=Queued")["rows"]
        self.assertEqual({row["message"] for row in rows}, {"a", "b"})
        for state in FINAL:
            self.get(f"/v1/queue?state={state.name.lower()}")
        code, why = self.refused("GET", "/v1/queue?state=lost")
        self.assertEqual(code, 400)
        self.assertIn("there is no state 'lost'; there are queued, notified", why)

    def test_queue_of_a_recipient(self) -> None:
        """In any spelling."""
        self.put("a")
        rows = self.get("/v1/queue?recipient=%2B1%20555%20123%200002")["rows"]
        self.assertEqual([row["position"] for row in rows], [0])
        self.assertEqual(self.get("/v1/queue?recipient=07700")["rows"], [])
        self.assertEqual(self.refused("GET", "/v1/queue?recipient=x"), (400, "'x' is no address"))

    def test_queue_in_pages(self) -> None:
        """``after`` goes on where a page ended."""
        self.put("a", "b", "c")
        seen: list[tuple[str, int]] = []
        after: int | None = 0
        pages = 0
        while after is not None:
            page = self.get(f"/v1/queue?limit=4&after={after}")
            seen += [(row["message"], row["position"]) for row in page["rows"]]
            after = page["after"]
            pages += 1
        self.assertEqual(seen, [(name, position) for name in "abc" for position in (0, 1)])
        self.assertEqual(pages, 2)

    def test_trail(self) -> None:
        """The MM, its copies and its lines; neither subject nor Content-Location."""
        self.put("m@x", trail=[values.trace("m@x", Happening.ACCEPTED, peer="10.0.0.1", reason="MM1")])
        response = ask(self.leaf, "GET", "/v1/messages/m%40x")
        trail = told(response)
        self.assertEqual(trail["message"]["id"], "m@x")
        self.assertEqual([copy["field"] for copy in trail["copies"]], ["to", "bcc"])
        self.assertEqual(
            trail["lines"],
            [
                {
                    "at": values.NOW,
                    "node": "node",
                    "happening": "accepted",
                    "position": -1,
                    "peer": "10.0.0.1",
                    "reason": "MM1",
                }
            ],
        )
        self.assertNotIn(b"token", response.body)
        self.assertNotIn("Zażółć", response.body.decode())
        self.assertEqual(self.get("/v1/messages/%3Cm%40x%3E")["message"]["id"], "m@x")

    def test_no_trail(self) -> None:
        """An MM nobody knows."""
        self.assertEqual(self.refused("GET", "/v1/messages/x"), (404, "this node knows no message x"))

    def test_subscribers(self) -> None:
        """Added, shown, replaced, listed in pages, removed."""
        many = [{"number": f"07700 90000{digit}"} for digit in (1, 2, 3)]
        self.assertEqual(told(ask(self.leaf, "PUT", "/v1/subscribers", many)), {"done": 3})
        changed = [{"number": "+447700900002", "barred": True, "note": "x"}]
        self.assertEqual(told(ask(self.leaf, "PUT", "/v1/subscribers", changed)), {"done": 1})
        page = self.get("/v1/subscribers?limit=2")
        self.assertEqual([each["number"] for each in page["subscribers"]], ["+447700900001", "+447700900002"])
        self.assertEqual(page["after"], "+447700900002")
        page = self.get("/v1/subscribers?limit=2&after=%2B447700900002")
        self.assertEqual((len(page["subscribers"]), page["after"]), (1, None))
        self.assertEqual(self.get("/v1/subscribers/07700900002")["note"], "x")
        kept = self.successResultOf(self.store.subscriber("+447700900002"))
        self.assertEqual(kept, Subscriber(number="+447700900002", barred=True, note="x"))
        gone = ask(self.leaf, "POST", "/v1/subscribers/withdraw", ["07700900002", "+447700900009"])
        self.assertEqual(told(gone), {"done": 1})
        self.assertEqual(
            self.refused("GET", "/v1/subscribers/07700900002"), (404, "there is no subscriber +447700900002")
        )
        self.assertEqual(self.changed, 3)

    def test_subscribers_wrong(self) -> None:
        """What is no number, no field, too much: refused whole."""
        self.assertEqual(
            self.refused("PUT", "/v1/subscribers", [{"number": "+44"}, {"number": "me"}]), (400, "'me' is no number")
        )
        code, why = self.refused("PUT", "/v1/subscribers", [{"number": "+44", "colour": 1}])
        self.assertEqual(code, 400)
        self.assertIn("colour", why)
        code, why = self.refused("PUT", "/v1/subscribers", [{"number": "+44"}] * (LARGEST_SLICE + 1))
        self.assertEqual(code, 413)
        self.assertEqual(self.get("/v1/subscribers")["subscribers"], [])
        self.assertEqual(self.changed, 0)

    def test_reload(self) -> None:
        """What came of it."""
        self.assertEqual(told(ask(self.leaf, "POST", "/v1/reload")), {"told": ["log.level changed"]})

    def test_outage(self) -> None:
        """A store that cannot: later."""
        self.successResultOf(self.store.stop())
        code, _ = self.refused("PUT", "/v1/subscribers", [{"number": "+44"}])
        self.assertEqual(code, 503)
