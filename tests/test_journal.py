"""The log: which lines, what they say, and that the code speaks one vocabulary."""

from __future__ import annotations

import ast
import io
import json
from collections.abc import Iterator
from pathlib import Path

from twisted.logger import LogEvent, Logger, LogLevel
from twisted.trial.unittest import SynchronousTestCase

from mmse.journal import FIELDS, LEVELS, Journal, Lines, log
from mmse.settings import Log

ROOT = Path(__file__).parents[1]


class Written(SynchronousTestCase):
    """What stands in the file."""

    def lines(
        self,
        tell: object,
        format: str = "text",  # noqa: A002
        level: str = "info",
        namespace: str = "mmse",
        masked: bool = False,
    ) -> list[str]:
        """The lines written of what ``tell(speaker)`` tells at second 0.25 of 1970."""
        file = io.StringIO()
        lines = Lines(file, format, level, masked)

        def at(event: LogEvent) -> None:
            event["log_time"] = 0.25
            lines(event)

        made = Journal(namespace, observer=at) if namespace == "mmse" else Logger(namespace, observer=at)  # type: ignore[arg-type]
        tell(made)  # type: ignore[operator]
        return file.getvalue().splitlines()

    def test_text(self) -> None:
        """Time, level, system, text, then what the text does not say, the MM first."""
        told = self.lines(
            lambda speaker: speaker.info("Accepted for {count}", count=2, octets=5, mm="x@y", reason="as is")
        )
        self.assertEqual(
            told,
            ['1970-01-01T00:00:00.250Z info  tests    Accepted for 2  mm=x@y  octets=5  reason="as is"'],
        )

    def test_nothing_to_tell(self) -> None:
        """A field that has no value, and a reason that is empty, leave no trace in text."""
        told = self.lines(lambda speaker: speaker.info("Fetched: {reason}", reason="", due=None, count=0))
        self.assertEqual(told, ["1970-01-01T00:00:00.250Z info  tests    Fetched:  count=0"])

    def test_masked(self) -> None:
        """Telephone numbers lose their middle in every text; sizes, times, Message-IDs, paths and addresses stay."""
        mm = "Zx-447700900123-q@mms.example"

        def tell(speaker: Journal) -> None:
            speaker.info(
                "{mm} from {originator}, {size} octets",
                mm=mm,
                originator="+447700900007",
                size=1048576,
                due=1764052498,
                recipient="+447700900008/TYPE=PLMN",
                who="07700900009",
                reason="at http://10.0.0.1:8001/447700900123, code 60777",
                error=ValueError("no number: '447700900010'"),
            )

        shown = (
            f"{mm} from +4477xxxxxx07, 1048576 octets  due=1764052498"
            "  recipient=+4477xxxxxx08/TYPE=PLMN  who=07700xxxx09"
            '  reason="at http://10.0.0.1:8001/447700900123, code 60777"  error="no number: \'44770xxxxx10\'"'
        )
        self.assertTrue(self.lines(tell, masked=True)[0].endswith(shown), self.lines(tell, masked=True))
        self.assertIn("from +447700900007,", self.lines(tell)[0])
        (line,) = self.lines(tell, "json", masked=True)
        self.assertNotIn("7700900007", line)
        self.assertEqual(json.loads(line)["mm"], mm)

    def test_masked_traceback(self) -> None:
        """An error that nobody foresaw may say a number too."""

        def tell(speaker: Journal) -> None:
            try:
                raise KeyError("+447700900007")
            except KeyError:
                speaker.failure("Unforeseen")

        for format in ("text", "json"):  # noqa: A001
            told = "\n".join(self.lines(tell, format, masked=True))
            self.assertIn("KeyError", told)
            self.assertNotIn("7700900007", told)

    def test_json(self) -> None:
        """The same as an object with all fields; values that JSON lacks as their text."""
        (line,) = self.lines(lambda speaker: speaker.warn("{count}", count=2, mm="x", error=ValueError("no")), "json")
        self.assertEqual(
            json.loads(line),
            {
                "time": "1970-01-01T00:00:00.250Z",
                "level": "warn",
                "system": "tests",
                "msg": "2",
                "mm": "x",
                "count": 2,
                "error": "no",
            },
        )

    def test_levels(self) -> None:
        """The setting's levels are ours, and nothing less important is written."""
        self.assertEqual(set(LEVELS), {"debug", "info", "warn", "error"})

        def tell(speaker: Journal) -> None:
            for level in (LogLevel.debug, LogLevel.info, LogLevel.warn, LogLevel.error, LogLevel.critical):
                speaker.emit(level, level.name)

        written = {name: len(self.lines(tell, level=name)) for name in LEVELS}
        self.assertEqual(written, {"debug": 5, "info": 4, "warn": 3, "error": 2})
        self.assertIn(Log().level, LEVELS)

    def test_others(self) -> None:
        """Twisted's own chatter only at debug; its warnings always."""
        self.assertEqual(self.lines(lambda speaker: speaker.info("x"), namespace="twisted.web"), [])
        (line,) = self.lines(lambda speaker: speaker.warn("x", flag=1), namespace="twisted.web")
        self.assertTrue(line.endswith("warn  twisted.web x"), line)
        self.assertEqual(len(self.lines(lambda speaker: speaker.info("x"), level="debug", namespace="twisted.web")), 1)

    def test_one_line(self) -> None:
        """What a peer sends cannot begin a line of its own."""
        told = self.lines(lambda speaker: speaker.info("From {peer}", peer="a\r\n1970 info b", reason="c\nd\x1b[0m"))
        self.assertEqual(len(told), 1)
        self.assertIn("From a\\r\\n1970 info b", told[0])
        self.assertIn("c\\nd\\x1b[0m", told[0])

    def test_failure(self) -> None:
        """A traceback follows, indented; in JSON it is a field."""

        def tell(speaker: Journal) -> None:
            try:
                int("x")
            except ValueError:
                speaker.failure("Could not", mm="x@y")

        first, *rest = self.lines(tell)
        self.assertTrue(first.endswith("Could not  mm=x@y"), first)
        self.assertTrue(all(line.startswith("    ") for line in rest))
        self.assertIn("ValueError", rest[-1])
        (line,) = self.lines(tell, "json")
        self.assertIn("ValueError", json.loads(line)["traceback"])

    def test_plain(self) -> None:
        """A banner can be copied."""
        self.assertEqual(self.lines(lambda speaker: speaker.info("  mmse phone", plain=True)), ["  mmse phone"])

    def test_unwritable(self) -> None:
        """An event whose fields cannot be shown is told of, and nothing is raised."""

        class Bad:
            def __str__(self) -> str:
                raise RuntimeError("no")

        (line,) = self.lines(lambda speaker: speaker.info("x", error=Bad()))
        self.assertEqual(line, "A line of the log could not be written: RuntimeError('no')")


class Vocabulary(SynchronousTestCase):
    """One word, one meaning."""

    def calls(self) -> Iterator[tuple[str, ast.Call]]:
        for file in sorted((ROOT / "mmse").rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in ("debug", "info", "warn", "error", "critical", "failure")
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id == "log"
                ):
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", node

    def test_fields(self) -> None:
        """Every line of the code carries only fields that are declared."""
        found = 0
        for where, call in self.calls():
            found += 1
            names = {keyword.arg for keyword in call.keywords}
            self.assertEqual(names - set(FIELDS) - {"failure"}, set(), where)
        self.assertGreater(found, 3)

    def test_frame(self) -> None:
        """No field is called as what every JSON line has."""
        self.assertEqual({"time", "level", "system", "msg", "traceback"} & set(FIELDS), set())

    def test_templates(self) -> None:
        """The text is written in the code, never made of what came from outside."""
        for where, call in self.calls():
            self.assertTrue(call.args and isinstance(call.args[0], ast.Constant), where)

    def test_namespace(self) -> None:
        """The one logger."""
        self.assertEqual(log.namespace, "mmse")
