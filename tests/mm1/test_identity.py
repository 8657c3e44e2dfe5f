"""Who is believed, and who is not (RELIABILITY A3: the spoof matrix)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address

from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from mmse.abstract.address import Address
from mmse.errors import Misconfigured
from mmse.interfaces import Identity, IIdentity
from mmse.mm1.identity import AddressMap, Chain, LabBasicAuth, ProxyHeaders, TrustedNetworks, make_identity
from mmse.mm1.settings import MM1
from mmse.mm1.settings import Address as Row

PROXY = IPv4Address("10.0.0.1")
STRANGER = IPv4Address("192.0.2.9")


def headers(**values: str | list[str]) -> Callable[[str], list[str]]:
    table = {name.replace("_", "-").lower(): [v] if isinstance(v, str) else v for name, v in values.items()}
    return lambda name: table.get(name.lower(), [])


def value(identity: Identity) -> str | None:
    return None if identity.number is None else identity.number.value


class Headers(SynchronousTestCase):
    def proxies(self, encoding: str = "plain", names: tuple[str, ...] = ("X-MSISDN", "X-Nokia-MSISDN")) -> ProxyHeaders:
        return ProxyHeaders(TrustedNetworks(["10.0.0.0/8", "2001:db8::/32"]), names, encoding)

    def test_spellings(self) -> None:
        for text in (
            "+491701234567",
            "00491701234567",
            " +491701234567 ",
            '"+491701234567"',
            "'+491701234567'",
            "tel:+491701234567",
            "TEL:+491701234567;phone-context=x",
            "+491701234567;ims",
            "+491701234567/TYPE=PLMN",
            "+49 170 1234567",
            "%2B491701234567",
            "+491701234567, +491701234567",
        ):
            self.assertEqual(value(self.proxies().identify(PROXY, headers(X_MSISDN=text))), "+491701234567", text)

    def test_no_numbers(self) -> None:
        for text in ("", "alice", "a@example.org", "\x01", "10.0.0.1/TYPE=IPv4", "*123#", "x" * 5000):
            identity = self.proxies().identify(PROXY, headers(X_MSISDN=text))
            self.assertEqual((identity.number, identity.trusted), (None, True), text)

    def test_short_numbers_of_a_lab(self) -> None:
        self.assertEqual(value(self.proxies().identify(PROXY, headers(X_MSISDN="1001"))), "1001")
        self.assertEqual(value(self.proxies().identify(PROXY, headers(X_MSISDN="0012"))), "0012")

    def test_stranger_is_not_believed(self) -> None:
        for peer in (STRANGER, IPv6Address("2001:db9::1"), None):
            identity = self.proxies().identify(peer, headers(X_MSISDN="+491701234567"))
            self.assertEqual((identity.number, identity.trusted), (None, False))

    def test_second_header(self) -> None:
        self.assertEqual(
            value(self.proxies().identify(PROXY, headers(X_Nokia_MSISDN="+491701234567"))), "+491701234567"
        )

    def test_duplicates_that_agree(self) -> None:
        found = headers(X_MSISDN=["+491701234567", "00491701234567"], X_Nokia_MSISDN="+49-170-1234567")
        self.assertEqual(value(self.proxies().identify(PROXY, found)), "+491701234567")

    def test_duplicates_that_disagree(self) -> None:
        for found in (
            headers(X_MSISDN=["+491701234567", "+491709999999"]),
            headers(X_MSISDN="+491701234567, +491709999999"),
            headers(X_MSISDN="+491701234567", X_Nokia_MSISDN="+491709999999"),
        ):
            identity = self.proxies().identify(PROXY, found)
            self.assertEqual((identity.number, identity.trusted), (None, True))
            self.assertIn("disagree", identity.how)

    def test_encodings(self) -> None:
        coded = b64encode(b"+491701234567").decode()
        for encoding, text in (
            ("base64", coded),
            ("base64", coded.rstrip("=")),
            ("hex", b"+491701234567".hex()),
            ("hex", b"+491701234567".hex().upper()),
        ):
            identity = self.proxies(encoding).identify(PROXY, headers(X_MSISDN=text))
            self.assertEqual(value(identity), "+491701234567", text)

    def test_broken_encodings(self) -> None:
        for encoding, text in (("base64", "%%%"), ("base64", "/////w=="), ("hex", "zz"), ("hex", "ff"), ("hex", "2")):
            self.assertIsNone(self.proxies(encoding).identify(PROXY, headers(X_MSISDN=text)).number, text)

    def test_numbers_are_spelled_by_whom_it_was_told(self) -> None:
        def national(address: Address) -> Address:
            return Address(address.kind, "+49" + address.value.removeprefix("0"))

        proxies = ProxyHeaders(TrustedNetworks(["10.0.0.1"]), ["X-MSISDN"], "plain", national)
        self.assertEqual(value(proxies.identify(PROXY, headers(X_MSISDN="01701234567"))), "+491701234567")


class Maps(SynchronousTestCase):
    def test_longest_prefix(self) -> None:
        rows = AddressMap({"10.0.0.0/8": "+15550000008", "10.1.0.0/16": "+15550000016", "10.1.1.1": "+15550000032"})
        for peer, number in (
            ("10.9.9.9", "+15550000008"),
            ("10.1.9.9", "+15550000016"),
            ("10.1.1.1", "+15550000032"),
            ("11.0.0.1", None),
            ("::1", None),
        ):
            self.assertEqual(value(rows.identify(ip_address(peer), headers())), number, peer)

    def test_ipv6(self) -> None:
        rows = AddressMap({"2001:db8:1::/48": "+15550000048"})
        self.assertEqual(value(rows.identify(IPv6Address("2001:db8:1::7"), headers())), "+15550000048")

    def test_unix(self) -> None:
        self.assertIsNone(AddressMap({"0.0.0.0/0": "+15550000000"}).identify(None, headers()).number)

    def test_misconfigured(self) -> None:
        self.assertRaises(Misconfigured, AddressMap, {"10.0.0.300": "+15550000008"})
        self.assertRaises(Misconfigured, AddressMap, {"10.0.0.3": "alice"})
        self.assertRaises(Misconfigured, TrustedNetworks, ["localhost"])


class Chains(SynchronousTestCase):
    def chain(self, **changes: object) -> Chain:
        return make_identity(
            MM1(
                trusted_proxies=["10.0.0.1", "unix"],
                address=[Row(network="10.0.0.0/8", number="+15550000008")],
                **changes,  # type: ignore[arg-type]
            )
        )

    def basic(self, text: str) -> Callable[[str], list[str]]:
        return headers(Authorization="Basic " + b64encode(text.encode()).decode())

    def test_interface(self) -> None:
        for source in (self.chain(), AddressMap({}), ProxyHeaders(TrustedNetworks([]), [])):
            self.assertTrue(verifyObject(IIdentity, source))

    def test_proxy_then_map(self) -> None:
        self.assertEqual(value(self.chain().identify(PROXY, headers(X_MSISDN="+1555000"))), "+1555000")
        self.assertEqual(value(self.chain().identify(IPv4Address("10.0.0.2"), headers())), "+15550000008")

    def test_no_map_behind_a_proxy(self) -> None:
        """A trusted proxy that sends no number is not a phone with the proxy's address."""
        self.assertIsNone(self.chain().identify(PROXY, headers()).number)

    def test_forged_header_of_a_mapped_phone(self) -> None:
        """The map decides, whatever the phone puts into a header."""
        found = self.chain().identify(IPv4Address("10.0.0.2"), headers(X_MSISDN="+15559999999"))
        self.assertEqual(value(found), "+15550000008")

    def test_unix_socket(self) -> None:
        self.assertEqual(value(self.chain().identify(None, headers(X_MSISDN="+1555000"))), "+1555000")

    def test_lab_passwords(self) -> None:
        chain = self.chain(lab_basic_auth={"+15551230001": "sesame"})
        for peer in (STRANGER, PROXY):
            self.assertEqual(value(chain.identify(peer, self.basic("+15551230001:sesame"))), "+15551230001")
            for wrong in ("+15551230001:Sesame", "+15551230002:sesame", "+15551230001", "alice:sesame", ":"):
                self.assertIsNone(chain.identify(peer, self.basic(wrong)).number, wrong)
        for unreadable in ("Basic !!!", "Basic /////w==", "Bearer x", "Basic"):
            self.assertIsNone(chain.identify(STRANGER, headers(Authorization=unreadable)).number)

    def test_lab_passwords_are_off_by_default(self) -> None:
        self.assertIsNone(self.chain().identify(STRANGER, self.basic("+15551230001:sesame")).number)

    def test_lab_passwords_are_loud(self) -> None:
        with capturedLogs() as events:
            LabBasicAuth({"+15551230001": "sesame"})
        (event,) = [e for e in events if "LAB ONLY" in str(e.get("log_format"))]
        self.assertEqual(getattr(event["log_level"], "name", ""), "warn")
        self.assertNotIn("sesame", repr(event))

    def test_misconfigured_passwords(self) -> None:
        self.assertRaises(Misconfigured, self.chain, lab_basic_auth={"alice": "x"})
        self.assertRaises(Misconfigured, self.chain, lab_basic_auth={"+1555": {"file": "nowhere"}})
