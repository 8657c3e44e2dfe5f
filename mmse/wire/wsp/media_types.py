"""Well-known media types (WAP-230-WSP assigned numbers, OMNA registry): number to name and back.

0x0A and 0x16 are named as OMNA names them (one dissector says "channel" where they say "wta-event"). 0x53 and 0x54 come
from the Diameter Type-Number enumeration, which mirrors the registry.
"""

from __future__ import annotations

__all__ = ["MEDIA_TYPES", "code_of", "media_type_of"]

_FIRST_PAGE = """
*/* text/* text/html text/plain text/x-hdml text/x-ttml text/x-vCalendar text/x-vCard
text/vnd.wap.wml text/vnd.wap.wmlscript text/vnd.wap.wta-event multipart/* multipart/mixed multipart/form-data
multipart/byteranges multipart/alternative
application/* application/java-vm application/x-www-form-urlencoded application/x-hdmlc application/vnd.wap.wmlc
application/vnd.wap.wmlscriptc application/vnd.wap.wta-eventc application/vnd.wap.uaprof
application/vnd.wap.wtls-ca-certificate application/vnd.wap.wtls-user-certificate application/x-x509-ca-cert
application/x-x509-user-cert image/* image/gif image/jpeg image/tiff
image/png image/vnd.wap.wbmp application/vnd.wap.multipart.* application/vnd.wap.multipart.mixed
application/vnd.wap.multipart.form-data application/vnd.wap.multipart.byteranges
application/vnd.wap.multipart.alternative application/xml text/xml application/vnd.wap.wbxml
application/x-x968-cross-cert application/x-x968-ca-cert application/x-x968-user-cert text/vnd.wap.si
application/vnd.wap.sic text/vnd.wap.sl
application/vnd.wap.slc text/vnd.wap.co application/vnd.wap.coc application/vnd.wap.multipart.related
application/vnd.wap.sia text/vnd.wap.connectivity-xml application/vnd.wap.connectivity-wbxml application/pkcs7-mime
application/vnd.wap.hashed-certificate application/vnd.wap.signed-certificate application/vnd.wap.cert-response
application/xhtml+xml application/wml+xml text/css application/vnd.wap.mms-message
application/vnd.wap.rollover-certificate
application/vnd.wap.locc+wbxml application/vnd.wap.loc+xml application/vnd.syncml.dm+wbxml
application/vnd.syncml.dm+xml application/vnd.syncml.notification application/vnd.wap.xhtml+xml
application/vnd.wv.csp.cir application/vnd.oma.dd+xml application/vnd.oma.drm.message application/vnd.oma.drm.content
application/vnd.oma.drm.rights+xml application/vnd.oma.drm.rights+wbxml application/vnd.wv.csp+xml
application/vnd.wv.csp+wbxml application/vnd.syncml.ds.notification audio/*
video/* application/vnd.oma.dd2+xml application/mikey application/vnd.oma.dcd application/vnd.oma.dcdc
""".split()

_REGISTERED = {
    0x0201: "application/vnd.uplanet.cachop-wbxml",
    0x0202: "application/vnd.uplanet.signal",
    0x0203: "application/vnd.uplanet.alert-wbxml",
    0x0204: "application/vnd.uplanet.list-wbxml",
    0x0205: "application/vnd.uplanet.listcmd-wbxml",
    0x0206: "application/vnd.uplanet.channel-wbxml",
    0x0207: "application/vnd.uplanet.provisioning-status-uri",
    0x0208: "x-wap.multipart/vnd.uplanet.header-set",
    0x0209: "application/vnd.uplanet.bearer-choice-wbxml",
    0x020A: "application/vnd.phonecom.mmc-wbxml",
    0x020B: "application/vnd.nokia.syncset+wbxml",
    0x020C: "image/x-up-wpng",
    0x0300: "application/iota.mmc-wbxml",
    0x0301: "application/iota.mmc-xml",
}

MEDIA_TYPES: dict[int, str] = {**dict(enumerate(_FIRST_PAGE)), **_REGISTERED}
"""Assigned number to name, as registered."""

_NAMES = {code: name.lower() for code, name in MEDIA_TYPES.items()}
# Android mistakes or refuses numbers over 0x52: those types travel as text.
_CODES = {name: code for code, name in _NAMES.items() if code <= 0x52}


def media_type_of(code: int) -> str:
    """The lower-case name of an assigned number; ``0x..`` for a number nobody assigned (it is written back as such)."""
    return _NAMES.get(code) or f"0x{code:04x}"


def code_of(media_type: str) -> int | None:
    """The number by which a type is sent, or None when it is sent as text."""
    code = _CODES.get(media_type)
    if code is None and media_type[:2] == "0x":
        try:
            return int(media_type, 16)
        except ValueError:
            return None
    return code
