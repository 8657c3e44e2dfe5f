"""The help of every command, down to its subcommands: nothing cut, nothing run together, the program's own version."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO

from twisted.trial.unittest import SynchronousTestCase

from mmse.cli.main import COMMANDS, main
from mmse.cli.usage import Options, UsageError, whole

PLAIN = ("phone", "send"), ("phone", "listen")
"""What has a --version of its own: of MMS."""


def commands() -> Iterator[tuple[str, ...]]:
    for row in COMMANDS:
        yield (row.name,)
        for name, *_ in getattr(row.make_options(), "subCommands", ()):
            yield row.name, name


def said(*words: str) -> str:
    out = StringIO()
    with redirect_stdout(out):
        try:
            main(words)
        except SystemExit as ended:
            assert not ended.code, words
    return out.getvalue()


class Help(SynchronousTestCase):
    def test_every_command(self) -> None:
        """Says what is to be typed, once, and what it does, before the options."""
        for words in commands():
            told = said(*words, "--help")
            first, empty, does = told.split("\n")[:3]
            self.assertTrue(first.startswith(f"Usage: mmse {' '.join(words)}"), first)
            self.assertLessEqual(first.count("[options]"), 1)
            self.assertEqual(empty, "")
            self.assertTrue(does[:1].isupper(), told)
            self.assertNotIn("Twisted version", told)
            self.assertNotIn("[default: ]", told)

    def test_version(self) -> None:
        for words in ((), *(words for words in commands() if words not in PLAIN)):
            self.assertRegex(said(*words, "--version"), r"^mmse \d+\.\d+\.\d+\n$", words)

    def test_as_it_stands(self) -> None:
        """Paragraphs are wrapped, lines to type are not."""

        class Told(Options):
            description = "one two three four five six\nseven\n\n  to type --long --longer --longest\n  and this"

        self.assertTrue(
            Told()
            .getUsage(20)
            .startswith("\none two three four\nfive six seven\n\n  to type --long --longer --longest\n  and this\n\n")
        )


class Refusals(SynchronousTestCase):
    def test_numbers(self) -> None:
        self.assertEqual(whole("12"), 12)
        with self.assertRaisesRegex(ValueError, "'x' is no whole number"):
            whole("x")

    def test_usage_error_is_twisteds(self) -> None:
        """What Twisted itself refuses is caught with what we refuse."""
        with self.assertRaises(UsageError):
            Options().parseOptions(["--nonsense"])
