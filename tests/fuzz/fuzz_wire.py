"""Fuzz every wire decoder: ``python -m tests.fuzz.fuzz_wire --seconds 60 [--seed N] [--target NAME]``.

The budget is shared by all targets. Any exception but `Malformed` ends the run with status 1, and prints the octets and
the seed that show it again.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Iterator
from random import Random

from mmse.wire import Malformed
from tests.fuzz.mutations import mutate
from tests.fuzz.targets import TARGETS, Target

__all__ = ["Broken", "cases", "main", "run_one"]

_BATCH = 200


class Broken(Exception):
    """A decoder let out something else than `Malformed`; its words name the target and the octets."""


def cases(target: Target, random: Random) -> Iterator[bytes]:
    """The seeds as they are, then mutations of them for ever."""
    yield from target.seeds
    while True:
        yield mutate(random.choice(target.seeds), random)


def run_one(target: Target, data: bytes) -> None:
    """One execution. Raises `Broken`."""
    try:
        target.run(data)
    except Malformed as error:
        if not 0 <= error.offset <= len(data):
            raise Broken(f"{target.name}: offset {error.offset} of {len(data)} octets {data.hex()}") from error
    except Exception as error:
        raise Broken(f"{target.name}: {error!r} from {data.hex()}") from error


def main(arguments: list[str] | None = None) -> int:
    """Run the targets in turn until the time is used; the status for the shell."""
    parser = argparse.ArgumentParser(description="Fuzz every wire decoder.")
    parser.add_argument("--seconds", type=float, default=60.0, help="budget of all targets together")
    parser.add_argument("--seed", type=int, default=None, help="repeat a run")
    parser.add_argument("--target", choices=[target.name for target in TARGETS], help="only this one")
    options = parser.parse_args(arguments)
    seed = options.seed if options.seed is not None else time.time_ns() % 2**32
    targets = [target for target in TARGETS if options.target in (None, target.name)]
    print(f"seed {seed}, {options.seconds:g} s for {len(targets)} targets")
    held = 0
    for target in targets:
        random = Random(f"{seed} {target.name}")
        stream, executions = cases(target, random), 0
        begun = time.monotonic()
        until = begun + options.seconds / len(targets)
        try:
            while time.monotonic() < until:
                for _ in range(_BATCH):
                    run_one(target, next(stream))
                executions += _BATCH
        except Broken as broken:
            traceback.print_exception(broken)
        else:
            held += 1
        print(f"{executions:9} executions, {executions / (time.monotonic() - begun):9.0f}/s  {target.name}")
    print(f"{held} targets held, {len(targets) - held} broke")
    return 0 if held == len(targets) else 1


if __name__ == "__main__":
    sys.exit(main())
