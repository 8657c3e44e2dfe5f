"""``mmse subscriber``: the numbers that are ours (MM6), kept in the node's store."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mmse.abstract.address import AddressKind, AddressMalformed, parse
from mmse.cli.admin import OK, AdminOptions, Node, NotDone, complain, table, tell
from mmse.cli.usage import Options as UsageOptions
from mmse.cli.usage import UsageError, whole
from mmse.console.views import SubscriberPage, SubscriberView

__all__ = ["AddOptions", "ImportOptions", "ListOptions", "Options", "RemoveOptions", "read", "run"]

SLICE = 1000
"""Subscribers of one request, which are one commit."""

TOLD = 20
"""Wrong lines of a file that are told; beyond, their number."""

YES, NO = frozenset({"1", "yes", "true", "y", "x"}), frozenset({"", "0", "no", "false", "n", "-"})


def _yes(text: str) -> bool:
    if text.lower() in YES:
        return True
    if text.lower() in NO:
        return False
    raise ValueError(f"{text!r} is neither yes nor no")


def _number(text: str) -> str:
    try:
        kind = parse(text).kind
    except AddressMalformed:
        raise ValueError(f"{text!r} is no number") from None
    if kind not in (AddressKind.NUMBER, AddressKind.SHORT_CODE):
        raise ValueError(f"{text!r} is no number")
    return text


COLUMNS: Mapping[str, Callable[[str], Any]] = {
    "number": _number,
    "mms_capable": _yes,
    "barred": _yes,
    "prepaid": _yes,
    "content_class": str,
    "udp_address": str,
    "note": str,
}
"""The columns that a file may have, and how each is read."""


class ListOptions(AdminOptions):
    """``mmse subscriber list``."""

    synopsis = "[options] [NUMBER]"
    description = "Lists the subscribers by number, or shows one."
    optParameters = [["limit", "n", 1000, "At most so many.", whole]]
    optFlags = [["all", "a", "All of them, however many."]]

    def parseArgs(self, number: str = "") -> None:
        """One number, perhaps."""
        self["number"] = number


class AddOptions(AdminOptions):
    """``mmse subscriber add``."""

    synopsis = "[options] NUMBER"
    description = "Adds a subscriber, or replaces what is known of one."
    optParameters = [
        ["udp-address", None, "", "The phone's fixed address, for pushes by UDP."],
        ["content-class", None, "", "The content class of its terminal."],
        ["note", None, "", "Anything, for people."],
    ]
    optFlags = [
        ["barred", None, "It may not send."],
        ["prepaid", None, "It pays before."],
        ["no-mms", None, "Its terminal has no MMS."],
    ]

    def parseArgs(self, number: str = "") -> None:
        """The number."""
        if not number:
            raise UsageError("say which number")
        self["number"] = number


class RemoveOptions(AdminOptions):
    """``mmse subscriber remove``."""

    synopsis = "[options] NUMBER ..."
    description = "Removes subscribers."

    def parseArgs(self, *numbers: str) -> None:
        """The numbers."""
        if not numbers:
            raise UsageError("say which number")
        self.numbers = numbers


class ImportOptions(AdminOptions):
    """``mmse subscriber import``."""

    synopsis = "[options] FILE.csv"
    description = """\
Adds or replaces the subscribers of a file (- is the standard input). Its first line names the columns: number, and any
of mms_capable, barred, prepaid (yes or no), content_class, udp_address, note. Nothing is sent when any line is wrong.
"""

    def parseArgs(self, file: str = "") -> None:
        """The file."""
        if not file:
            raise UsageError("say which file; - is the standard input")
        self["file"] = file


class Options(UsageOptions):
    """``mmse subscriber``."""

    synopsis = "list|add|remove|import [options]"
    description = """\
The numbers that are provisioned in the store of a running node. Those of the configuration ([[subscriber]]) are not
among them. A number needs no provisioning where [routing] local has its prefix.
"""
    examples = """
Examples:
  mmse subscriber add +447700900007 --udp-address 10.45.0.7
  mmse subscriber import subscribers.csv
  mmse subscriber list +447700900007
"""
    subCommands = [
        ["list", None, ListOptions, "List subscribers, or show one."],
        ["add", None, AddOptions, "Add or replace one."],
        ["remove", None, RemoveOptions, "Remove some."],
        ["import", None, ImportOptions, "Add or replace those of a CSV file."],
    ]

    def postOptions(self) -> None:
        """Refuse a command line without a subcommand."""
        if self.subCommand is None:
            raise UsageError("say list, add, remove or import; 'mmse subscriber import --help' tells of the file")


def run(options: Options, reactor: Any = None) -> int:
    """Do it; the exit status."""
    chosen = options.subOptions
    try:
        if isinstance(chosen, ListOptions):
            return _list(chosen)
        if isinstance(chosen, AddOptions):
            return _done(chosen, _add(chosen), "added or replaced")
        if isinstance(chosen, RemoveOptions):
            return _done(chosen, _sent(chosen.node(), "withdraw", list(chosen.numbers)), "removed")
        assert isinstance(chosen, ImportOptions)
        return _done(chosen, _import(chosen), "added or replaced")
    except NotDone as error:
        return complain(error)


def _done(options: AdminOptions, done: int, what: str) -> int:
    if options["json"]:
        tell({"done": done})
    else:
        print(f"{done:,} {what}")
    return OK


def _list(options: ListOptions) -> int:
    node = options.node()
    if options["number"]:
        found, after = [node.ask(SubscriberView, "GET", "v1", "subscribers", options["number"])], None
    else:
        found, after = _pages(node, None if options["all"] else options["limit"])
    if options["json"]:
        tell({"subscribers": found, "more": after is not None})
        return OK
    columns = ("number", "MMS", "barred", "prepaid", "class", "UDP address", "note")
    rows = [
        (
            each.number,
            "yes" if each.mms_capable else "no",
            "yes" if each.barred else "-",
            "yes" if each.prepaid else "-",
            each.content_class or "-",
            each.udp_address or "-",
            each.note,
        )
        for each in found
    ]
    print(table(columns, rows))
    print(
        f"{len(found):,} {'subscriber' if len(found) == 1 else 'subscribers'}"
        + ("; there are more: --all" if after is not None else "")
    )
    return OK


def _pages(node: Node, limit: int | None) -> tuple[list[SubscriberView], str | None]:
    found: list[SubscriberView] = []
    after: str | None = ""
    while after is not None and (limit is None or len(found) < limit):
        most = SLICE if limit is None else min(SLICE, limit - len(found))
        page = node.ask(SubscriberPage, "GET", "v1", "subscribers", query={"after": after, "limit": most})
        found += page.subscribers
        after = page.after
    return found, after


def _add(options: AddOptions) -> int:
    view = SubscriberView(
        number=options["number"],
        mms_capable=not options["no-mms"],
        barred=bool(options["barred"]),
        prepaid=bool(options["prepaid"]),
        content_class=options["content-class"],
        udp_address=options["udp-address"],
        note=options["note"],
    )
    return _sent(options.node(), "", [view])


def _sent(node: Node, what: str, body: object) -> int:
    pieces = ("v1", "subscribers", what) if what else ("v1", "subscribers")
    return node.ask(dict[str, int], "POST" if what else "PUT", *pieces, body=body)["done"]


def _import(options: ImportOptions) -> int:
    views = _file(options["file"])
    node = options.node()
    done = 0
    try:
        for begin in range(0, len(views), SLICE):
            done += _sent(node, "", views[begin : begin + SLICE])
            _progress(done, len(views))
    except NotDone as error:
        raise NotDone(
            f"{error}\n{done:,} of {len(views):,} are done; the same again does no harm", error.status
        ) from None
    return done


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{done:,} of {total:,}" if done < total else "\r\x1b[K")
        sys.stderr.flush()


def _file(name: str) -> list[SubscriberView]:
    try:
        if name == "-":
            return read(sys.stdin)
        with open(name, encoding="utf-8-sig", newline="") as file:
            return read(file)
    except OSError as error:
        raise NotDone(f"{name}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise NotDone(f"{name} is not UTF-8 text") from None


def read(lines: Iterator[str] | Any) -> list[SubscriberView]:
    """The subscribers of a CSV file. Raises ``NotDone`` with every line that is wrong."""
    reader = csv.reader(lines)
    header = [name.strip().lower() for name in next(reader, [])]
    unknown = [name for name in header if name not in COLUMNS]
    if "number" not in header or unknown or len(set(header)) != len(header):
        what = f"{', '.join(unknown)} is no column" if unknown else "the columns lack number, or name one twice"
        raise NotDone(f"line 1: {what}; there are {', '.join(COLUMNS)}")
    views: list[SubscriberView] = []
    wrong: list[str] = []
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        try:
            if len(row) > len(header):
                raise ValueError(f"{len(row)} columns, the first line names {len(header)}")
            cells = zip(header, row, strict=False)
            views.append(SubscriberView(**{name: COLUMNS[name](cell.strip()) for name, cell in cells}))
        except (ValueError, TypeError) as error:
            wrong.append(f"line {reader.line_num}: {error}")
    if wrong:
        more = [f"and {len(wrong) - TOLD} lines more"] if len(wrong) > TOLD else []
        raise NotDone("\n".join([*wrong[:TOLD], *more, "Nothing was sent."]))
    return views
