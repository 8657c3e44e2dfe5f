"""Routing asks the directories in their order and says why (TS 23.140 7.1.1.5, 7.2)."""

from __future__ import annotations

from collections.abc import Sequence

from mmse.abstract.address import Address
from mmse.abstract.storage import Subscriber
from mmse.errors import Temporary
from mmse.interfaces import ISubscriberDirectory, Location
from mmse.journal import log

__all__ = ["Routes"]

NOWHERE = Location("", "no route")


class Routes:
    """The chain of directories. A ``Location`` without an agent is a final no, with its reason."""

    def __init__(self, directories: Sequence[ISubscriberDirectory]) -> None:
        self._directories = tuple(directories)

    async def locate(self, address: Address) -> Location:
        """Who serves it. Raises ``Temporary`` when a directory cannot say now; a directory's bug counts as that."""
        for directory in self._directories:
            try:
                location = await directory.locate(address)
            except Temporary:
                raise
            except Exception as error:
                log.failure("a directory failed, taken for an outage")
                raise Temporary(reason="a directory failed") from error
            if location is not None:
                return location
        return NOWHERE

    async def profile(self, address: Address) -> Subscriber | None:
        """What is known of a subscriber of ours. Raises ``Temporary``."""
        for directory in self._directories:
            subscriber = await directory.profile(address)
            if subscriber is not None:
                return subscriber
        return None
