"""The ``[lab]`` section."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

__all__ = ["Lab"]


class Lab(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[lab]``: the SMS centre in this process, which runs when ``[mm1.notify] via`` names ``lab``."""

    listen: Annotated[
        list[str],
        Meta(description="Twisted endpoint strings where `mmse phone listen` attaches; anybody there reads any push."),
    ] = msgspec.field(default_factory=lambda: ["tcp:8002:interface=127.0.0.1"])
    held_per_number: Annotated[
        int, Meta(description="Pushes held for a phone that is not attached; beyond, it is a temporary failure.", ge=1)
    ] = 100
    held: Annotated[int, Meta(description="Pushes held for all phones together.", ge=1)] = 20_000
