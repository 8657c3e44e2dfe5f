"""Draws a table of transitions: live states down the left, final states down the right, an arrow per move."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum
from html import escape

WIDTH, BOX, HIGH, STEP, LEFT, RIGHT, TOP = 1000, 150, 32, 120, 190, 820, 40


def _box(x: int, y: int, text: str, final: bool) -> str:
    style = ' stroke-width="2.5"' if final else ""
    return (
        f'<rect x="{x}" y="{y}" width="{BOX}" height="{HIGH}" rx="6" class="box"{style}/>'
        f'<text x="{x + BOX // 2}" y="{y + 21}" text-anchor="middle">{escape(text)}</text>'
    )


def _bow(x: int, start: int, end: int, out: int) -> str:
    """An arrow between two boxes of one column, bowed out to a side by `out`."""
    return f'<path d="M{x} {start} C{x + out} {start} {x + out} {end} {x} {end}" class="arrow"/>'


def _within(live: list[Enum], moves: Mapping[tuple[Enum, Enum], list[str]]) -> list[str]:
    """The moves between live states: forward ones bow to the right, backward ones and those that stay to the left."""
    lines, told = [], []
    for (state, to), events in moves.items():
        if state not in live or to not in live:
            continue
        here, there = live.index(state), live.index(to)
        words = escape(", ".join(events))
        top = TOP + here * STEP
        if here == there:
            lines.append(_bow(LEFT, top + 6, top + 26, -45))
            told.append(f'<text x="{LEFT - 40}" y="{top + 20}" text-anchor="end" class="word">{words}</text>')
            continue
        out = 45 + 65 * (abs(there - here) - 1)
        forward = there > here
        start, end = TOP + here * STEP + (24 if forward else 8), TOP + there * STEP + (8 if forward else 24)
        side, sign, anchor = (LEFT + BOX, 1, "start") if forward else (LEFT, -1, "end")
        lines.append(_bow(side, start, end, sign * out))
        middle = (start + end) // 2
        told.append(
            f'<text x="{side + sign * (out * 3 // 4 + 4)}" y="{middle + 4}" text-anchor="{anchor}" class="word">'
            f"{words}</text>"
        )
    return lines + told


def _told(event: str, live: list[Enum], end: Enum, moves: Mapping[tuple[Enum, Enum], list[str]]) -> str:
    """An event that ends a life, and from which states, when not from all."""
    sources = [state.name for state in live if event in moves.get((state, end), ())]
    if len(sources) == len(live):
        return event
    others = [state.name for state in live if state.name not in sources]
    said = f"only {', '.join(sources)}" if len(sources) <= len(others) else f"not {', '.join(others)}"
    return f"{event} ({said})"


def _endings(live: list[Enum], ends: list[Enum], moves: Mapping[tuple[Enum, Enum], list[str]], high: int) -> list[str]:
    """The moves that end a life: what all live states share is one arrow from a bar; the exceptions are named on it."""
    bar, step = LEFT + BOX + 210, high // max(len(ends), 1)
    lines = [
        f'<path d="M{bar} {TOP} V{TOP + (len(ends) - 1) * step + 16}" class="bar"/>',
        f'<text x="{bar}" y="{TOP - 10}" text-anchor="middle" class="word">from every state on the left</text>',
    ]
    for place, end in enumerate(ends):
        y = TOP + place * step
        events = sorted({event for state in live for event in moves.get((state, end), ())})
        words = ", ".join(_told(event, live, end, moves) for event in events)
        lines.append(_box(RIGHT, y, end.name, True))
        lines.append(f'<path d="M{bar} {y + 16} H{RIGHT}" class="arrow"/>')
        lines.append(f'<text x="{bar + 8}" y="{y + 9}" class="word">{escape(words)}</text>')
    return lines


def draw(transitions: Mapping[tuple[Enum, Enum], Enum], final: Collection[Enum]) -> str:
    """The picture, as the text of an SVG."""
    live = list(dict.fromkeys(state for state, _ in transitions))
    ends = [state for state in type(live[0]) if state in final]
    moves: dict[tuple[Enum, Enum], list[str]] = {}
    for (state, event), to in transitions.items():
        moves.setdefault((state, to), []).append(event.name.lower().replace("_", " "))
    high = max(len(live) * STEP, len(ends) * 56)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {high + TOP}"'
        ' font-family="sans-serif" font-size="13">',
        "<style>.box{fill:#fff;stroke:#345}.arrow,.bar{fill:none;stroke:#345;stroke-width:1.3}"
        ".arrow{marker-end:url(#head)}"
        # Words stand on arrows: a rim in the colour of the ground keeps them readable.
        ".word{font-size:11px;fill:#555;paint-order:stroke;stroke:#fafbfc;stroke-width:4}</style>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0 L8 4 L0 8 z" fill="#345"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{high + TOP}" fill="#fafbfc"/>',
        *_within(live, moves),
        *_endings(live, ends, moves, high),
        *(_box(LEFT, TOP + place * STEP, state.name, False) for place, state in enumerate(live)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"
