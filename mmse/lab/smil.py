"""The presentation that phones put before the parts of an MM: one slide per picture (OMA-TS-MMS_CONF 8, MMS SMIL)."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

__all__ = ["MEDIA", "compose"]

MEDIA = "application/smil"
_ELEMENTS = {"image": "img", "text": "text", "audio": "audio", "video": "video"}
_REGIONS = {"img": "Image", "video": "Image", "text": "Text"}


def compose(parts: Sequence[tuple[str, str]], seconds: int = 5) -> bytes:
    """A SMIL document for parts of (name as in Content-Location, media type), in UTF-8.

    Each picture or video begins a slide; a text or sound joins the slide that has none of its kind yet. Parts that no
    element can show (a business card) are left to the attachments.
    """
    slides: list[dict[str, tuple[str, str]]] = []
    for name, media in parts:
        element = _ELEMENTS.get(media.partition("/")[0])
        if element is None or media == "text/x-vcard":
            continue
        slot = _REGIONS.get(element, element)
        free = next((slide for slide in slides if slot not in slide), None)
        if free is None:
            free = {}
            slides.append(free)
        free[slot] = (element, name)
    body = "".join(_slide(slide, seconds) for slide in slides)
    return (
        '<smil><head><layout><root-layout width="100%" height="100%"/>'
        '<region id="Image" left="0" top="0" width="100%" height="80%" fit="meet"/>'
        '<region id="Text" left="0" top="80%" width="100%" height="20%" fit="scroll"/>'
        f"</layout></head><body>{body}</body></smil>"
    ).encode()


def _slide(slide: dict[str, tuple[str, str]], seconds: int) -> str:
    shown = []
    for slot in ("Image", "audio", "Text"):
        if slot in slide:
            element, name = slide[slot]
            region = f' region="{slot}"' if element in _REGIONS else ""
            shown.append(f"<{element} src={quoteattr(name)}{region}/>")
    return f'<par dur="{seconds}000ms">{"".join(shown)}</par>'
