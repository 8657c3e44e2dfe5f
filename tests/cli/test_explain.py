"""``mmse explain`` and the table of subcommands, as a shell sees them."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from twisted.python.usage import Options, UsageError
from twisted.trial.unittest import SynchronousTestCase

from mmse import __version__
from mmse.cli import explain
from mmse.cli.main import COMMANDS, main
from mmse.wire.sms.segmentation import cut
from mmse.wire.wsp import push
from tests.wire.notification import NOTIFICATION


def mmse(*words: str) -> tuple[int, str, str]:
    """Exit status, output and errors of a command line."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            status = main(words)
        except SystemExit as ended:
            status = int(ended.code or 0)
    return status, out.getvalue(), err.getvalue()


def process(*words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own."""
    root = str(Path(__file__).parents[2])
    return subprocess.run(
        [sys.executable, *words],
        input=given,
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": root},
    )


class Explain(SynchronousTestCase):
    """Files in, lines out."""

    def file(self, content: bytes | str) -> str:
        path = Path(self.mktemp())
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def test_binary_and_hex(self) -> None:
        """Both are found out, and say the same."""
        status, out, err = mmse("explain", self.file(NOTIFICATION))
        self.assertEqual((status, err), (0, ""))
        self.assertIn("'Holiday pictures'", out)
        self.assertEqual(mmse("explain", self.file(NOTIFICATION.hex(" "))), (0, out, ""))

    def test_broken(self) -> None:
        """Exit status 1."""
        status, out, _ = mmse("explain", self.file(NOTIFICATION[:50]))
        self.assertEqual(status, 1)
        self.assertIn("BROKEN at octet 50 (0x32): expected a NUL that ends the text", out)

    def test_override(self) -> None:
        """What is said is believed: text of digits as octets, octets as a push."""
        name = self.file("8c82")
        self.assertIn("MMS PDU, 4 octets", mmse("explain", "--binary", "--as", "mms", name)[1])
        self.assertIn("MMS PDU, 2 octets", mmse("explain", "--hex", name)[1])
        self.assertIn("Push (06) or ConfirmedPush (07)", mmse("explain", "--as", "push", self.file(NOTIFICATION))[1])

    def test_segments(self) -> None:
        """Lines of one file, or files."""
        lines = [segment.encode().hex() for segment in cut(push.compose(NOTIFICATION, 1), 0x33)] + ["# the end"]
        status, out, _ = mmse("explain", self.file("\n".join(lines)))
        self.assertEqual(status, 0)
        self.assertIn("WAP push, reference 33, 2 segments together, 134 octets", out)
        files = [self.file(bytes.fromhex(line)) for line in lines[:2]]
        self.assertEqual(mmse("explain", "--as", "segments", *files), (0, out, ""))
        status, out, _ = mmse("explain", files[1])
        self.assertEqual(status, 1)
        self.assertIn("BROKEN: reference 33: missing segment 1 of 2", out)

    def test_json(self) -> None:
        """One object."""
        status, out, _ = mmse("explain", "--json", self.file(NOTIFICATION))
        self.assertEqual((status, json.loads(out)["broken"]), (0, False))

    def test_full(self) -> None:
        """Long data, when asked for."""
        pdu = bytes.fromhex("8c809854008d92890181976100849e") + bytes(range(200))
        name = self.file(pdu)
        self.assertIn("... (200 octets)", mmse("explain", name)[1])
        self.assertIn("c0 c1 c2 c3 c4 c5 c6 c7", mmse("explain", "--full", name)[1])

    def test_usage(self) -> None:
        """Told on the error stream, exit status 2."""
        name = self.file(b"\x8c")
        for words, complaint in (
            ((), "which file?"),
            (("-", "-"), "can be read once"),
            (("--hex", "--binary", name), "exclude each other"),
            (("--as", "pdf", name), "mms, push, tpdu, segments"),
            (("--nonsense", name), "--nonsense"),
            (("/nonexistent/file",), "No such file"),
            (("--hex", self.file("8c\nhello")), "line 2: 'h'"),
        ):
            status, out, err = mmse("explain", *words)
            self.assertEqual((status, out), (2, ""))
            self.assertIn(complaint, err)
            self.assertIn("mmse explain --help", err)

    def test_help(self) -> None:
        """Teaches with examples."""
        status, out, _ = mmse("explain", "--help")
        self.assertEqual(status, 0)
        self.assertIn("Usage: mmse explain [options] FILE|- ...", out)
        self.assertIn("mmse explain --as segments sms1.hex sms2.hex", out)

    def test_the_manual_shows_what_is_printed(self) -> None:
        """The examples of docs/explain.rst that give their octets, to the letter."""
        manual = (Path(__file__).parents[2] / "docs" / "explain.rst").read_text(encoding="utf-8")
        shown = 0
        for block in manual.split("    $ echo ")[1:]:
            first, _, rest = block.partition("\n")
            lines = []
            for line in rest.split("\n"):
                if line and not line.startswith("    "):
                    break
                lines.append(line.removeprefix("    "))
            octets = first.removesuffix(" | mmse explain -")
            self.assertEqual(mmse("explain", self.file(octets))[1], "\n".join(lines).rstrip("\n") + "\n")
            shown += 1
        self.assertEqual(shown, 2)

    def test_reader_gone(self) -> None:
        """A pipe that is closed early is no traceback."""
        data = NOTIFICATION.hex()
        shell = f"{sys.executable} -m mmse explain --full - | head -1"
        done = process(
            "-c", f"import subprocess,sys; sys.exit(subprocess.call({shell!r}, shell=True))", given=data.encode()
        )
        self.assertEqual((done.stdout, done.stderr), (b"MMS PDU, 128 octets\n", b""))

    def test_without_a_reactor(self) -> None:
        """In a process of its own, from the standard input: no reactor is imported, nor any other subcommand."""
        code = (
            "import sys; from mmse.cli.main import main; status = main(['explain', '-']);"
            "loaded = [name for name in sys.modules if name in ('twisted.internet.reactor', 'treq', 'apsw', 'klein')"
            " or name.startswith('mmse.cli.') and name not in ('mmse.cli.main', 'mmse.cli.usage', 'mmse.cli.explain')];"
            "sys.exit(str(loaded) if loaded else status)"
        )
        done = process("-c", code, given=NOTIFICATION)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertIn(b"Holiday pictures", done.stdout)


class Table(SynchronousTestCase):
    """The subcommands."""

    def test_every_row(self) -> None:
        """Has a parser with help of its own, and a function."""
        for row in COMMANDS:
            options = row.make_options()
            self.assertIsInstance(options, Options)
            self.assertTrue(callable(row.function()), row.name)
            status, out, _ = mmse(row.name, "--help")
            self.assertEqual(status, 0)
            self.assertIn(f"Usage: mmse {row.name}", out)

    def test_help(self) -> None:
        """Lists them all, with examples."""
        status, out, _ = mmse("--help")
        self.assertEqual(status, 0)
        for row in COMMANDS:
            self.assertIn(f"    {row.name}", out)
        self.assertIn("Examples:\n  twistd -n mmse ", out)
        self.assertTrue(out.startswith("Usage: mmse COMMAND [options]\n"))

    def test_version(self) -> None:
        """Ours, not Twisted's."""
        self.assertEqual(mmse("--version")[:2], (0, f"mmse {__version__}\n"))

    def test_wrong_words(self) -> None:
        """No command, and one that is none."""
        self.assertEqual(mmse()[0], 2)
        status, _, err = mmse("explian")
        self.assertEqual(status, 2)
        self.assertIn("Unknown command: explian", err)

    def test_options_alone(self) -> None:
        """The parser says what is wrong by itself, for who embeds it."""
        self.assertRaises(UsageError, explain.Options().parseOptions, [])

    def test_usage_error_with_reactor(self) -> None:
        """A subcommand that wants the reactor refuses a wrong command line before there is one."""
        done = process("-m", "mmse", "phone")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"mmse phone: say 'send' or 'listen'", done.stderr)

    def test_status_through_the_reactor(self) -> None:
        """The exit status of such a subcommand is that of the process: nobody answers there (75)."""
        photograph = Path(self.mktemp())
        photograph.write_bytes(b"\xff\xd8\xff\xe0")
        done = process(
            *("-m", "mmse", "phone", "send", str(photograph), "--text", "x", "--from", "+447700900007"),
            *("--to", "+447700900008", "--url", "http://127.0.0.1:1/"),
        )
        self.assertEqual(done.returncode, 75, done.stderr)
