"""What phones and gateway wrote down, and the judgement: the only witnesses of a crash test are outside the node."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

from mmse.wire.mmsenc import Message, fields
from mmse.wire.mmsenc.status import Status

__all__ = ["Books", "Copy", "Intent", "Push"]


@dataclass
class Intent:
    """One MM that a user meant to send, whatever it took. ``mark`` is its subject, ``content`` the SHA-256 of its body.

    ``answers`` are the Message-IDs of every Ok; ``answered`` is when the first one came.
    """

    mark: str
    sender: str
    to: tuple[str, ...]
    bcc: tuple[str, ...]
    report: bool
    content: bytes
    answers: set[str] = field(default_factory=set)
    answered: float = 0.0
    attempts: int = 0

    @property
    def recipients(self) -> tuple[str, ...]:
        """Everyone who must get it."""
        return self.to + self.bcc


class Copy(NamedTuple):
    """What a phone knows an MM by, once it has it."""

    message: str
    location: str
    transaction: str


class Push(NamedTuple):
    """Which M-Delivery.ind: the phone that was told, of which Message-ID, about whom."""

    phone: str
    message: str
    about: str


class Books:
    """All ledgers of one run. What the phones saw with their own eyes to be wrong is in ``faults``."""

    def __init__(self) -> None:
        self.intents: dict[str, Intent] = {}
        self.told: dict[tuple[str, str, str], Counter[bytes]] = defaultdict(Counter)
        """By phone, Content-Location and Transaction-ID: the octets of every notification, counted."""
        self.fetched: dict[tuple[str, str], set[Copy]] = defaultdict(set)
        """By recipient and mark."""
        self.reports: dict[Push, Counter[bytes]] = defaultdict(Counter)
        """The octets of every M-Delivery.ind, counted."""
        self.faults: list[str] = []
        self.life = 0
        """Which process is running, from 1; the rig says."""
        self.alive = 0
        """The last one that said Ok to a request that was made while it ran."""
        self.accepted = 0
        """MMs answered Ok."""
        self.overtaken = 0
        """MMs that someone had before their sender heard Ok: the answer was lost, the MM was not."""
        self.cut = 0
        """Requests that were on their way when the node died."""
        self.absent = 0
        """Requests for which nobody listened."""
        self.late = 0
        """Requests that nobody answered in time."""
        self.put_off = 0
        """Requests that were answered by a transient status."""

    def meant(self, intent: Intent) -> None:
        """A user wants this sent."""
        self.intents[intent.mark] = intent

    def answered(self, intent: Intent, message: str, now: float, life: int) -> None:
        """The node said Ok to what it was asked in ``life``: octets of the dead may come later than their death."""
        self.alive = max(self.alive, life)
        if not intent.answers:
            intent.answered = now
            self.accepted += 1
            self.overtaken += any(self.fetched.get((who, intent.mark)) for who in intent.recipients)
        intent.answers.add(message)

    def notified(self, who: str, notification: Message, octets: bytes) -> bool:
        """A push came; True when it is the first of its kind."""
        key = who, notification[fields.CONTENT_LOCATION], notification[fields.TRANSACTION_ID]
        self._seen(who, notification, self.intents.get(notification.get(fields.SUBJECT, "")))
        self.told[key][octets] += 1
        return self.told[key].total() == 1

    def received(self, who: str, notification: Message, found: Message) -> None:
        """An MM was fetched whole."""
        mark = found.get(fields.SUBJECT, "")
        intent = self.intents.get(mark)
        if intent is None or who not in intent.recipients:
            self.faults.append(f"{who} got {mark!r}, which nobody sent to it")
            return
        if sha256(found.body).digest() != intent.content:
            self.faults.append(f"{who} got other octets than were sent as {mark}")
        self._seen(who, found, intent)
        copy = Copy(
            found[fields.MESSAGE_ID], notification[fields.CONTENT_LOCATION], notification[fields.TRANSACTION_ID]
        )
        self.fetched[who, mark].add(copy)

    def _seen(self, who: str, message: Message, intent: Intent | None) -> None:
        """No header may show a blind copy, not even to whom it went."""
        shown = " ".join(str(value) for _, value in message.headers)
        if intent is not None and any(each in shown for each in intent.bcc):
            self.faults.append(f"{who} was shown the blind copy of {intent.mark} in {message.pdu.name}")

    def reported(self, who: str, report: Message, octets: bytes) -> None:
        """A delivery report came to ``who``."""
        about = str(report[fields.TO]).partition("/")[0]
        if report[fields.STATUS] != Status.RETRIEVED:
            self.faults.append(f"{who} was told {report[fields.STATUS]!r} of {about}, who has it")
        self.reports[Push(who, report[fields.MESSAGE_ID], about)][octets] += 1

    def owing(self) -> list[str]:
        """What has yet to come: empty when everything has been delivered and reported."""
        found = []
        for intent in self.intents.values():
            if not intent.answers:
                found.append(f"{intent.mark} has no answer")
            for who in intent.recipients:
                if not self.fetched.get((who, intent.mark)):
                    found.append(f"{intent.mark} ({intent.answers}) never reached {who}")
                found += [
                    f"{intent.mark} ({message}): no report about {who}"
                    for message in intent.answers
                    if intent.report and Push(intent.sender, message, who) not in self.reports
                ]
        return found

    def lost(self) -> list[Intent]:
        """MMs that were answered Ok and did not reach all."""
        return [
            intent
            for intent in self.intents.values()
            if intent.answers and not all(self.fetched.get((who, intent.mark)) for who in intent.recipients)
        ]

    def judge(self, kills: int) -> list[str]:
        """Every promise that was broken."""
        return [*self.faults, *self.owing(), *self._doubled(), *self._told(kills), *self._reported(kills)]

    def _doubled(self) -> list[str]:
        """One intent is one MM, and one copy for each of its recipients."""
        found = []
        for intent in self.intents.values():
            if len(intent.answers) > 1:
                found.append(f"{intent.mark} was accepted as {sorted(intent.answers)}")
            for who in intent.recipients:
                copies = sorted(self.fetched.get((who, intent.mark), ()))
                if len(copies) > 1:
                    found.append(f"{who} was told of {intent.mark} as {copies}")
                if intent.answers:
                    found += [
                        f"{who} got {intent.mark} as {copy.message}, answered {sorted(intent.answers)}"
                        for copy in copies
                        if copy.message not in intent.answers
                    ]
        return found

    def _told(self, kills: int) -> list[str]:
        """A notification says always the same, and leads to an MM."""
        known = {(who, copy.location, copy.transaction) for (who, _), got in self.fetched.items() for copy in got}
        found = [f"{key}: notified, and nothing came of it" for key in self.told if key not in known]
        found += _repeated(self.told, kills)
        for names in (Counter((who, place) for who, place, _ in self.told), Counter((w, t) for w, _, t in self.told)):
            found += [f"{key}: names {number} notifications" for key, number in names.items() if number > 1]
        return found

    def _reported(self, kills: int) -> list[str]:
        """Reports come to who asked for them, and say always the same."""
        asked = {
            Push(intent.sender, message, who)
            for intent in self.intents.values()
            if intent.report
            for message in intent.answers
            for who in intent.recipients
        }
        found = [f"{key}: a report that nobody asked for" for key in self.reports if key not in asked]
        return found + _repeated(self.reports, kills)


def _repeated(pushes: dict[Push, Counter[bytes]] | dict[tuple[str, str, str], Counter[bytes]], kills: int) -> list[str]:
    """A crash between a bearer's answer and our commit tells the same octets again, once for each crash."""
    return [
        f"{key}: told {octets.total()} times, {len(octets)} different"
        for key, octets in pushes.items()
        if len(octets) > 1 or octets.total() > 1 + kills
    ]
