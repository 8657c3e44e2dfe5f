"""Templates: each field escaped as its place demands."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

from twisted.trial.unittest import SynchronousTestCase

from mmse.mm1.notify.template import FIELDS, OCTETS, Place, Template, place_of

VALUES: dict[str, str | bytes] = {
    **{name: f"<{name}>" for name in FIELDS},
    "username": 'us"er & <co>',
    "password": "p&ss=w/ord ü",
    "udh": bytes(range(12)),
    "text": bytes(range(256)),
}


class TemplateTests(SynchronousTestCase):
    def test_query(self) -> None:
        """Whatever a value holds, the other side reads it back."""
        filled = Template("u={username}&p={password}&udh={udh}&text={text}&coding=1", Place.URL).fill(VALUES)
        self.assertTrue(filled.isascii())
        back = parse_qs(filled.decode("ascii"), encoding="latin-1", strict_parsing=True)
        self.assertEqual(back["text"][0].encode("latin-1"), VALUES["text"])
        self.assertEqual(back["udh"][0].encode("latin-1"), VALUES["udh"])
        self.assertEqual(back["p"][0].encode("latin-1").decode(), VALUES["password"])
        self.assertEqual(back["coding"], ["1"])

    def test_kannel_octets(self) -> None:
        """The very octets that Mbuni sends to Kannel."""
        header = bytes.fromhex("0605040b8423f0")
        filled = Template("udh={udh}", Place.URL).fill({"udh": header})
        self.assertEqual(filled.lower(), b"udh=%06%05%04%0b%84%23%f0")

    def test_json(self) -> None:
        text = '{"to": "{to}", "user": "{username}", "inner": {"a": [1, {}]}}'
        filled = json.loads(Template(text, Place.JSON).fill(VALUES))
        self.assertEqual(filled, {"to": "<to>", "user": VALUES["username"], "inner": {"a": [1, {}]}})

    def test_xml(self) -> None:
        filled = Template('<a b="{username}">{to}</a>', Place.XML).fill(VALUES)
        self.assertEqual(filled, b'<a b="us&quot;er &amp; &lt;co&gt;">&lt;to&gt;</a>')

    def test_raw_and_header(self) -> None:
        self.assertEqual(Template("{text}", Place.RAW).fill(VALUES), VALUES["text"])
        self.assertEqual(Template("Bearer {password}", Place.HEADER).fill(VALUES), "Bearer p&ss=w/ord ü".encode())

    def test_literals_are_quoted_in_urls(self) -> None:
        self.assertEqual(Template("a=ä b", Place.URL).fill({}), b"a=%C3%A4%20b")

    def test_values_are_not_templates(self) -> None:
        self.assertEqual(Template("{to}", Place.RAW).fill({"to": "{password}", "password": "x"}), b"{password}")

    def test_unknown_field(self) -> None:
        error = self.assertRaises(ValueError, Template, "{too}", Place.URL)
        self.assertIn("there is no field {too}", str(error))

    def test_octets_only_where_they_can_stand(self) -> None:
        for name in OCTETS:
            for place in (Place.JSON, Place.XML, Place.HEADER):
                error = self.assertRaises(ValueError, Template, f"{{{name}}}", place)
                self.assertIn(f"{name}_hex", str(error))

    def test_place_of(self) -> None:
        self.assertEqual(
            [place_of(kind) for kind in ("application/json; charset=utf-8", "Text/XML", "application/foo+json", "a/b")],
            [Place.JSON, Place.XML, Place.JSON, Place.RAW],
        )
        self.assertIs(place_of("application/x-www-form-urlencoded"), Place.URL)
