"""What phones and gateway wrote down, and the judgement: the only witnesses of a crash test are outside the node."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from mmse.wire.mmsenc import Message, fields

__all__ = ["Books", "Intent"]


@dataclass
class Intent:
    """One MM that a user meant to send, whatever it took. ``mark`` is its subject; ``answers`` the Ok'd Message-IDs."""

    mark: str
    sender: str
    to: str
    bcc: str
    report: bool
    content: bytes
    answers: set[str] = field(default_factory=set)
    attempts: int = 0

    @property
    def recipients(self) -> tuple[str, ...]:
        """Everyone who must get it."""
        return (self.to, self.bcc) if self.bcc else (self.to,)


class Books:
    """All ledgers of one run."""

    def __init__(self) -> None:
        self.intents: list[Intent] = []
        self.told: dict[tuple[str, str], list[bytes]] = defaultdict(list)
        """By recipient and Content-Location: every notification, repeats too."""
        self.fetched: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        """By recipient and mark: Message-IDs, and the Content-Locations at which each was."""
        self.reports: dict[tuple[str, str], list[bytes]] = defaultdict(list)
        """By Message-ID and recipient: every M-Delivery.ind that reached the sender."""
        self.faults: list[str] = []
        self.cut = 0

    def notified(self, who: str, notification: Message, octets: bytes) -> bool:
        """A push came; True when it is the first of its kind."""
        seen = self.told[who, notification[fields.CONTENT_LOCATION]]
        seen.append(octets)
        return len(seen) == 1

    def received(self, who: str, location: str, found: Message) -> None:
        """An MM was fetched whole."""
        mark = found.get(fields.SUBJECT, "")
        intent = next((each for each in self.intents if each.mark == mark), None)
        if intent is None or who not in intent.recipients:
            self.faults.append(f"{who} got {mark!r}, which nobody sent to it")
            return
        if bytes(found.body) != intent.content:
            self.faults.append(f"{who} got other octets than were sent as {mark}")
        shown = " ".join(map(str, (*found.all(fields.TO), *found.all(fields.CC), *found.all(fields.BCC))))
        if intent.bcc and intent.bcc in shown:
            self.faults.append(f"{who} was shown the blind copy of {mark}")
        self.fetched[who, mark][found[fields.MESSAGE_ID]].add(location)

    def reported(self, report: Message, octets: bytes) -> None:
        """A delivery report came."""
        self.reports[report[fields.MESSAGE_ID], str(report[fields.TO]).partition("/")[0]].append(octets)

    def owing(self) -> list[str]:
        """What has yet to come: empty when everything has been delivered and reported."""
        found = []
        for intent in self.intents:
            if not intent.answers:
                found.append(f"{intent.mark} has no answer")
            for who in intent.recipients:
                if not self.fetched[who, intent.mark]:
                    found.append(f"{intent.mark} ({intent.answers}) never reached {who}")
                found += [
                    f"{intent.mark}: no report about {who}"
                    for message in intent.answers
                    if intent.report and (message, who) not in self.reports
                ]
        return found

    def judge(self, lives: int) -> list[str]:
        """Every promise that was broken."""
        found = [*self.faults, *self.owing()]
        for intent in self.intents:
            if len(intent.answers) > 1:
                found.append(f"{intent.mark} was accepted as {intent.answers}")
            for who in intent.recipients:
                for message, locations in self.fetched[who, intent.mark].items():
                    if message not in intent.answers:
                        found.append(f"{who} got {intent.mark} as {message}, answered {intent.answers}")
                    if len(locations) > 1:
                        found.append(f"{who} was told of {intent.mark} at {locations}")
                if len(self.fetched[who, intent.mark]) > 1:
                    found.append(f"{who} got {intent.mark} twice: {set(self.fetched[who, intent.mark])}")
        found += [f"{key}: notifications differ" for key, octets in self.told.items() if len(set(octets)) > 1]
        asked = {(m, who) for each in self.intents if each.report for m in each.answers for who in each.recipients}
        for key, octets in self.reports.items():
            if key not in asked:
                found.append(f"{key}: a report that nobody asked for")
            # A crash between a bearer's answer and our commit tells the same octets again, once for each crash.
            if len(set(octets)) > 1 or len(octets) > 1 + lives:
                found.append(f"{key}: told {len(octets)} times, {len(set(octets))} different")
        return found
