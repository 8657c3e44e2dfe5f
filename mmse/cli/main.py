"""The ``mmse`` command: one row for each subcommand, whose module is imported only when it is the one asked for.

A module of a subcommand has an ``Options`` of ``mmse.cli.usage`` and a function of (options, reactor) that answers the
exit status, or a Deferred of it where its row says that it wants the reactor. Nothing else imports one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NamedTuple

from mmse.cli.usage import Options as UsageOptions
from mmse.cli.usage import UsageError

__all__ = ["COMMANDS", "Command", "Options", "main"]

WRONG_USAGE, BROKEN_PIPE = 2, 141
"""Exit status: a command line that means nothing; nobody reads our output any more (128 + SIGPIPE)."""


class Command(NamedTuple):
    """A row: the name, the module that has it, one line of help, and what in the module it is."""

    name: str
    module: str
    doc: str
    options: str = "Options"
    run: str = "run"
    reactor: bool = False

    def make_options(self) -> UsageOptions:
        """Import the module, and make the parser of its command line."""
        options: UsageOptions = getattr(import_module(self.module), self.options)()
        return options

    def function(self) -> Callable[[UsageOptions, Any], Any]:
        """What does it."""
        found: Callable[[UsageOptions, Any], Any] = getattr(import_module(self.module), self.run)
        return found


COMMANDS: tuple[Command, ...] = (
    Command("explain", "mmse.cli.explain", "Say what every octet of a PDU, a push or a short message means."),
    Command("demo", "mmse.cli.demo", "Send a photograph between two simulated phones.", reactor=True),
    Command("phone", "mmse.cli.phone", "Be a phone: send MMs, or listen for them.", reactor=True),
    Command("sample-config", "mmse.cli.sample_config", "Print a configuration with every setting."),
    Command("check-config", "mmse.cli.check_config", "Say what is wrong with a configuration."),
    Command("password", "mmse.cli.password", "Hash a password for the configuration."),
    Command("status", "mmse.cli.status", "Tell how a node is."),
    Command("reload", "mmse.cli.status", "Have a node read its configuration again.", "ReloadOptions", "reload"),
    Command("queue", "mmse.cli.queue", "List what is on its way."),
    Command("trail", "mmse.cli.trail", "Tell all that was done to an MM."),
    Command("subscriber", "mmse.cli.subscriber", "List, add, remove or import subscribers."),
)

EXAMPLES = """
Examples:
  twistd -n mmse                                       run an MMSC; without a configuration, a lab on loopback
  mmse phone listen --number +447700900008             a phone that waits for MMs
  mmse phone send photo.jpg --from +447700900007 --to +447700900008
  mmse explain notification.bin                        every octet of a PDU, and where it breaks
  mmse sample-config > mmse.toml && mmse check-config mmse.toml
  mmse queue; mmse trail MESSAGE-ID                    what a running node is doing

'mmse COMMAND --help' tells more about each.
"""


class Options(UsageOptions):
    """``mmse``."""

    description = "A Multimedia Messaging Service Environment (MMSC), and the tools around it."
    examples = EXAMPLES
    subCommands = [[row.name, None, row.make_options, row.doc] for row in COMMANDS]

    def getSynopsis(self) -> str:
        """What is to be typed; of a subcommand this is the beginning."""
        return "Usage: mmse" if self.subCommand else "Usage: mmse COMMAND [options]"

    def postOptions(self) -> None:
        """Refuse a command line without a subcommand."""
        if self.subCommand is None:
            raise UsageError("which command? 'mmse --help' lists them")


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit status."""
    options = Options()
    try:
        options.parseOptions(sys.argv[1:] if argv is None else list(argv))
        row = next(row for row in COMMANDS if row.name == options.subCommand)
        status = _with_reactor(row, options) if row.reactor else row.function()(options.subOptions, None)
        sys.stdout.flush()
        return int(status)
    except UsageError as error:
        return _refuse(options, error)
    except BrokenPipeError:
        # What is still buffered must not be tried again when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE


def _refuse(options: UsageOptions, error: UsageError) -> int:
    """Tell it in the name of the command that was meant, down to its subcommand."""
    command = "mmse"
    within: UsageOptions | None = options
    while within is not None and getattr(within, "subCommand", None):
        command, within = f"{command} {within.subCommand}", getattr(within, "subOptions", None)
    told = str(error).removeprefix("Parameter type enforcement failed: ")
    print(f"{command}: {told}\n'{command} --help' tells how it is meant.", file=sys.stderr)
    return WRONG_USAGE


def _with_reactor(row: Command, options: UsageOptions) -> int:
    """Run the reactor until the command has its exit status."""
    from twisted.internet.defer import maybeDeferred
    from twisted.internet.task import react

    status = WRONG_USAGE

    async def run(reactor: Any) -> None:
        nonlocal status
        try:
            status = await maybeDeferred(row.function(), options.subOptions, reactor)
        except UsageError as error:
            status = _refuse(options, error)

    def begin(reactor: Any) -> Any:
        from twisted.internet.defer import Deferred

        return Deferred.fromCoroutine(run(reactor))

    try:
        react(begin)
    except SystemExit as ended:
        # 0 when the coroutine ended; otherwise a bug was logged, or the reactor was stopped by a signal.
        if ended.code:
            return int(ended.code)
    return status


if __name__ == "__main__":
    raise SystemExit(main())
