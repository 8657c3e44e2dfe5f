"""Metrics, health and logins."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.trial.unittest import SynchronousTestCase

from mmse import metrics as rows
from mmse.console.app import Condition, console
from mmse.console.rest import Leaf
from mmse.console.users import Users, hashed
from mmse.metrics import Metrics
from tests.console.asking import ask, basic, opened, send, told

SALT = b"0123456789abcdef"
# Cheaper than a real one, or the tests would do nothing but hash.
KEPT = Argon2id(salt=SALT, length=32, iterations=1, lanes=1, memory_cost=64).derive_phc_encoded("pä:ss".encode())


def zeros(count: int) -> bytes:
    return bytes(count)


class Case(SynchronousTestCase):
    """The leaf, with conditions and users that tests choose."""

    def setUp(self) -> None:
        self.metrics = Metrics()
        self.conditions = [Condition("store", True), Condition("taking", True)]
        self.refreshed = 0
        self.tried: list[Callable[[], bool]] = []
        self.later: list[Deferred[bool]] = []

    def elsewhere(self, function: Callable[[], bool]) -> Deferred[bool]:
        self.tried.append(function)
        return maybeDeferred(function)

    def leaf(self, users: Users | None = None) -> Leaf:
        async def conditions() -> list[Condition]:
            return self.conditions

        async def refresh() -> None:
            self.refreshed += 1
            self.metrics.gauge(rows.COPIES, 3, "queued")

        return console(self.metrics, conditions, refresh, users or Users({}, self.elsewhere, zeros))


class Console(Case):
    """Metrics and health."""

    def test_metrics(self) -> None:
        """The exposition, brought up to date first."""
        response = ask(self.leaf(), "GET", "/metrics")
        self.assertEqual(response.code, 200)
        self.assertTrue((response.get("Content-Type") or "").startswith("text/plain; version="))
        self.assertIn(b'mmse_copies{state="queued"} 3.0\n', response.body)
        self.assertEqual(self.refreshed, 1)

    def test_alive(self) -> None:
        """Alive says no more than that."""
        self.conditions = [Condition("store", False, "gone")]
        self.assertEqual(told(ask(self.leaf(), "GET", "/healthz")), {"alive": True})

    def test_ready(self) -> None:
        """Ready while all conditions hold; otherwise 503 and what is amiss."""
        response = ask(self.leaf(), "GET", "/readyz")
        self.assertEqual((response.code, told(response)), (200, {"ready": True, "store": True, "taking": True}))
        self.conditions = [Condition("store", True), Condition("taking", False, "stopping")]
        response = ask(self.leaf(), "GET", "/readyz")
        self.assertEqual((response.code, told(response)), (503, {"ready": False, "store": True, "taking": "stopping"}))

    def test_index(self) -> None:
        """A person who looks is told where to."""
        self.assertIn(b"/metrics", ask(self.leaf(), "GET", "/").body)


class Logins(Case):
    """``[console] users``."""

    def setUp(self) -> None:
        super().setUp()
        self.users = Users({"anna": KEPT}, self.elsewhere, zeros)
        self.guarded = self.leaf(self.users)

    def test_everything_but_health(self) -> None:
        """Without a login only health is told."""
        for target, code in (("/metrics", 401), ("/", 401), ("/healthz", 200), ("/readyz", 200)):
            response = ask(self.guarded, "GET", target)
            self.assertEqual(response.code, code, target)
            self.assertEqual(response.get("WWW-Authenticate") is not None, code == 401)
        self.assertEqual(self.refreshed, 0)

    def test_right(self) -> None:
        """The right password; a second time it costs no hash."""
        for _ in range(2):
            self.assertEqual(ask(self.guarded, "GET", "/metrics", None, basic("anna", "pä:ss")).code, 200)
        self.assertEqual(len(self.tried), 1)

    def test_wrong(self) -> None:
        """Each wrong one is refused, and an unknown name costs a hash as a known one does."""
        for header in (
            basic("anna", "pass"),
            basic("anna", ""),
            basic("bob", "pä:ss"),
            basic("", "pä:ss"),
            "Authorization: Basic !!!",
            "Authorization: Basic /////w==",
            "Authorization: Bearer x",
        ):
            self.assertEqual(ask(self.guarded, "GET", "/metrics", None, header).code, 401, header)
        self.assertEqual(len(self.tried), 3)

    def test_a_wrong_one_after_the_right_one(self) -> None:
        """What is remembered is the password, not the name."""
        self.assertEqual(ask(self.guarded, "GET", "/metrics", None, basic("anna", "pä:ss")).code, 200)
        self.assertEqual(ask(self.guarded, "GET", "/metrics", None, basic("anna", "x")).code, 401)

    def test_changed(self) -> None:
        """After a reload the old password is forgotten, and without users all is open."""
        self.assertEqual(ask(self.guarded, "GET", "/metrics", None, basic("anna", "pä:ss")).code, 200)
        self.users.use({"bob": KEPT})
        self.assertEqual(ask(self.guarded, "GET", "/metrics", None, basic("anna", "pä:ss")).code, 401)
        self.users.use({})
        self.assertEqual(ask(self.guarded, "GET", "/metrics").code, 200)

    def test_flood(self) -> None:
        """One password is tried at a time, few wait, the rest are told to come later."""
        running: list[Deferred[bool]] = []

        def slow(function: Callable[[], bool]) -> Deferred[bool]:
            running.append(Deferred())
            return running[-1]

        leaf = self.leaf(Users({"anna": KEPT}, slow, zeros))
        lines = [opened(leaf) for _ in range(12)]
        for line in lines:
            send(line, "GET", "/metrics", b"", basic("anna", "guess"))
        self.assertEqual(len(running), 1)
        self.assertEqual([response.code for line in lines for response in line.responses()], [429, 429, 429])
        while running:
            running.pop(0).callback(False)
        codes = [response.code for line in lines for response in line.responses()]
        self.assertEqual(codes, [401] * 9 + [429] * 3)


class Hashes(SynchronousTestCase):
    """What ``mmse password`` prints."""

    def test_hashed(self) -> None:
        """The form and costs of RFC 9106, and what the configuration takes."""
        made = hashed("pä:ss", SALT)
        self.assertTrue(made.startswith("$argon2id$v=19$m=65536,t=3,p=4$MDEyMzQ1Njc4OWFiY2RlZg$"), made)
        Argon2id.verify_phc_encoded("pä:ss".encode(), made)
