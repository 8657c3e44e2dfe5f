"""Settings: loading, every error at once with its path, overrides, secrets, checks by table, the sample file."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec
from twisted.trial.unittest import SynchronousTestCase

from mmse.configuration import Loaded, load, sample
from mmse.errors import Misconfigured
from mmse.settings import Settings, lab

ROOT = Path(__file__).parents[1]

# Enough of a configuration that nothing about it is worth a warning.
SOUND = """
[routing]
local = ["+4477"]
[mm1]
http = ["tcp:8001"]
public_url = "http://mms.example/"
trusted_proxies = ["10.0.0.0/8"]
[mm1.notify]
via = ["http"]
[mm1.notify.http]
url = "http://127.0.0.1:13013/cgi-bin/sendsms"
[console]
listen = ["tcp:8080:interface=127.0.0.1"]
"""
HASH = "$argon2id$v=19$m=65536,t=3,p=4$MTExMTExMTExMTExMTExMQ$cLp5PNhLO3wddQECf76b5US6F48oci10EBLv9UcN0lQ"


class Case(SynchronousTestCase):
    """Loads texts by way of files."""

    def loaded(self, text: str, environment: Mapping[str, str] | None = None) -> Loaded:
        file = Path(self.mktemp())
        file.write_text(text, encoding="utf-8")
        return load(str(file), environment or {})

    def problems(self, text: str, environment: Mapping[str, str] | None = None) -> list[str]:
        return self.assertRaises(Misconfigured, self.loaded, text, environment).problems


class Sound(Case):
    """What is right."""

    def test_file(self) -> None:
        """A file is obeyed, the rest is at its default, and nobody is warned."""
        settings, warnings, source = self.loaded(SOUND)
        self.assertEqual(settings.mm1.http, ["tcp:8001"])
        self.assertEqual(settings.limits, Settings().limits)
        self.assertEqual(warnings, ())
        self.assertTrue(source)

    def test_no_file(self) -> None:
        """Without a file the lab runs, on loopback, with nothing to complain about."""
        self.assertEqual(load(None, {}), Loaded(lab(), (), ""))

    def test_no_proxy_is_trusted_by_a_file(self) -> None:
        """Trust must be said."""
        self.assertEqual(self.loaded("").settings.mm1.trusted_proxies, [])

    def test_plain(self) -> None:
        """Everything the checks allow: each row loads."""
        for line in (
            "[node]\nadmin = \"unix:/run/mmse/admin.sock\"\ncountry_code = '44'",
            "[store]\nurl = 'sqlite:/var/lib/mmse/mmse.db'",
            "[routing]\nlocal = ['*', '+4477', '07700']",
            "[mm1]\nhttp = ['tcp6:8001:interface=\\:\\:1', 'systemd:domain=INET:index=0', 'unix:mm1.sock']\n"
            "public_url = 'https://m.example/x/'\ntrusted_proxies = ['10.1.2.3', '2001:db8::/32']",
            "[mm1.notify.http]\nbody = '{{\"to\": \"{to}\"}}'\nmethod = 'POST'\nsuccess = '^0: '",
            f"[console]\nusers = {{ prometheus = '{HASH}' }}",
            "[mm1.notify]\nretry = [1]",
        ):
            self.assertIsInstance(self.loaded(line).settings, Settings)


BAD = (
    ("[stroe]", 'stroe: there is no such setting; did you mean "store"?'),
    ("[node]\nnmae = 'x'", 'node.nmae: there is no such setting; did you mean "name"?'),
    ("[node]\nlisten = 3", "node.listen: there is no such setting; did you mean console.listen?"),
    ("[log]\nzzz = 1", "log.zzz: there is no such setting; here are format, level, numbers"),
    ("store = 3", "store: must be a table, not 3"),
    ("[node]\nworkers = 'two'", 'node.workers: must be a whole number of at least 1, not "two"'),
    ("[node]\nworkers = 0", "node.workers: must be a whole number of at least 1, not 0"),
    ("[node]\nworkers = true", "node.workers: must be a whole number of at least 1, not true"),
    ("[node]\nworkers = 2", "node.workers: 2 processes cannot share this store: one process owns a SQLite file; set 1"),
    (
        "[node]\nworkers = 2\n[store]\nurl = 'memory:'",
        "node.workers: 2 processes cannot share this store: a store in memory belongs to one process; set 1",
    ),
    ("[node]\ncountry_code = '+44'", 'node.country_code: must be text in quotes that matches ^[0-9]{0,4}$, not "+44"'),
    ("[node]\nname = ''", 'node.name: "" must be letters, digits, dots, dashes, underscores; at most 64'),
    ("[node]\ndomain = 'a b'", 'node.domain: "a b" is no domain, such as mms.example'),
    (
        "[node]\nadmin = 'tcp:8081'",
        'node.admin: "tcp:8081": only a unix: socket, whose file mode says who may come in',
    ),
    ("[store]\nurl = 'sqlte:x'", 'store.url: "sqlte:x" is neither sqlite:PATH nor memory:; did you mean "sqlite"?'),
    ("[store]\nurl = 'sqlite:'", "store.url: sqlite: needs the path of a file, such as sqlite:var/mmse.db"),
    (
        "[store]\nurl = 'postgresql://db/mmse'",
        "store.url: PostgreSQL is not served by this version; sqlite:PATH is",
    ),
    ("[routing]\nlocal = ['+44x']", 'routing.local[0]: "+44x" is no prefix: digits, with + or national, or "*"'),
    ("[routing]\nlocal = '*'", 'routing.local: must be a list in brackets, not "*"'),
    ("[routing]\nlocal = ['+44', 44]", "routing.local[1]: must be text in quotes, not 44"),
    (
        "[limits]\nexpiry_default = 90\nexpiry_max = 80",
        "limits.expiry_default: 90 is more than expiry_max (80)",
    ),
    (
        "[mm1]\nhttp = ['tpc:80']\npublic_url = 'http://m/'",
        'mm1.http[0]: "tpc:80" is no endpoint to listen on: Unknown endpoint type: \'tpc\'; did you mean "tcp"?',
    ),
    (
        "[mm1]\nhttp = ['tls:443']\npublic_url = 'http://m/'",
        'mm1.http[0]: "tls:443": tls: is for dialling; listen with ssl:PORT:privateKey=FILE:certKey=FILE',
    ),
    ("[mm1]\nhttp = ['tcp:1','tcp:1']\npublic_url = 'http://m/'", 'mm1.http[1]: "tcp:1" stands there twice'),
    (
        "[mm1]\nhttp = ['tcp:80']",
        "mm1.public_url: is missing: Content-Locations begin with it, such as http://mms.example/",
    ),
    (
        "[mm1]\npublic_url = 'mms.example'",
        'mm1.public_url: "mms.example" is no URL of http or https, such as http://mms.example/',
    ),
    (
        "[mm1]\npublic_url = 'http://m:x/'",
        "mm1.public_url: \"http://m:x/\" is no URL: Port could not be cast to integer value as 'x'",
    ),
    (
        "[mm1]\npublic_url = 'http://m/?a'",
        "mm1.public_url: may have no ? and no #: Content-Locations are made by adding to it",
    ),
    (
        "[mm1]\ntrusted_proxies = ['wap']",
        'mm1.trusted_proxies[0]: "wap" is no network, such as 10.0.0.0/8, and no address',
    ),
    (
        "[mm1]\ntrusted_proxies = ['10.0.0.1/8']",
        'mm1.trusted_proxies[0]: "10.0.0.1/8" has bits set behind its mask; the network is 10.0.0.0/8',
    ),
    ("[mm1]\nmsisdn_headers = ['X MSISDN']", 'mm1.msisdn_headers[0]: "X MSISDN" is no name of a header'),
    ("[mm1]\nmax_message_size = 70000000", "mm1.max_in_flight: is less than max_message_size (70000000)"),
    ("[mm1]\nhidden_sender = 'no'", 'mm1.hidden_sender: must be one of "allow", "refuse", not "no"'),
    ("[mm1]\nbody_rate = 'x'", 'mm1.body_rate: must be a number of at least 0, not "x"'),
    ("[[mm1.address]]\nnetwork = '10.0.0.1'", "mm1.address[0].number: is missing; it must be text in quotes"),
    ("[[mm1.address]]\nnetwork = '10.0.0.1'\nnumber = 'me'", 'mm1.address[0].number: "me" is no telephone number'),
    (
        "[mm1.lab_basic_auth]\n'447700' = 7",
        'mm1.lab_basic_auth.447700: must be text, { file = "..." } or { env = "..." }',
    ),
    ("[mm1.notify]\nvia = ['htp']\n", 'mm1.notify.via[0]: there is no bearer "htp"; did you mean "http"?'),
    ("[mm1.notify]\nvia = ['smpp']\n", 'mm1.notify.via[0]: there is no bearer "smpp"; there are http, udp, lab'),
    ("[mm1.notify]\nvia = ['lab', 'lab']\n", 'mm1.notify.via[1]: "lab" stands there twice'),
    ("[mm1.notify]\nvia = ['http']\n", 'mm1.notify.http.url: is missing, and mm1.notify.via names "http"'),
    ("[mm1.notify]\nretry = []\n", "mm1.notify.retry: must be at least one number of seconds, each at least 1"),
    ("[mm1.notify.http]\nreference_bits = 12", "mm1.notify.http.reference_bits: must be one of 8, 16, not 12"),
    (
        "[mm1.notify.http]\nconcurrency = 0",
        "mm1.notify.http.concurrency: must be a whole number of at least 1 and at most 1000, not 0",
    ),
    (
        "[mm1.notify.http]\npassword = { fiel = 'x' }",
        'mm1.notify.http.password: a secret is text, { file = "..." } or { env = "..." }, one of them',
    ),
    (
        "[mm1.notify.http]\npassword = { file = '/nowhere/x' }",
        "mm1.notify.http.password: /nowhere/x: No such file or directory",
    ),
    ("[mm1.notify.http]\npassword = { env = 'NO' }", "mm1.notify.http.password: the environment has no variable NO"),
    (
        "[console]\nusers = { me = 'secret' }",
        "console.users.me: must be what 'mmse password' prints ($argon2id$v=19$...)",
    ),
    (
        "[console]\nlisten = ['tcp:1']\n[mm1]\nhttp = ['tcp:1']\npublic_url = 'http://m/'",
        'console.listen: "tcp:1" is where mm1.http listens',
    ),
    ("[log]\nformat = 'xml'", 'log.format: must be one of "json", "text", not "xml"'),
    ("[[subscriber]]\nprepaid = true", "subscriber[0].number: is missing; it must be text in quotes"),
    ("[[subscriber]]\nnumber = '1'\n[[subscriber]]\nnumber = '1'", "subscriber[1].number: 1 stands there twice"),
    ("subscriber = 3", "subscriber: must be a list in brackets, not 3"),
    ("subscriber = [3]", "subscriber[0]: must be a table, not 3"),
)


class Wrong(Case):
    """What is wrong is told with its path, what is wrong about it, and the nearest known name."""

    def test_table(self) -> None:
        """Each text has exactly this problem."""
        for text, problem in BAD:
            self.assertEqual(self.problems(text), [problem])

    def test_all_at_once(self) -> None:
        """Names, types, missing ones and senses of one file are told together."""
        text = """
            [node]
            nmae = "x"
            workers = "two"
            [mm1]
            http = ["tpc:80"]
            max_recipients = 0
            [[mm1.address]]
            network = "10.0.0.0/8"
            [mm1.notify]
            via = ["smpp"]
        """
        told = [problem.partition(": ")[0] for problem in self.problems(text)]
        self.assertEqual(
            told,
            [
                "node.nmae",
                "node.workers",
                "mm1.max_recipients",
                "mm1.address[0].number",
                "mm1.http[0]",
                "mm1.public_url",
                "mm1.notify.via[0]",
            ],
        )

    def test_secrets_are_not_shown(self) -> None:
        """A problem with a secret never repeats it."""
        for value in ("12345678", "['12345678']", "{ file = 12345678 }", "{ env = '1', file = '12345678' }"):
            text = f"[mm1.notify.http]\npassword = {value}".replace("'", '"')
            self.assertNotIn("12345678", "".join(self.problems(text)))

    def test_not_toml(self) -> None:
        """The line and column of what is no TOML; a file that is not there; one that is not UTF-8."""
        self.assertIn("(at line 2, column 3)", self.problems("[node]\nx y")[0])
        (told,) = self.assertRaises(Misconfigured, load, "/nowhere/mmse.toml", {}).problems
        self.assertEqual(
            told, "/nowhere/mmse.toml: No such file or directory; 'mmse sample-config' prints a file to start from"
        )
        file = Path(self.mktemp())
        file.write_bytes(b"a = '\xff'")
        (told,) = self.assertRaises(Misconfigured, load, str(file), {}).problems
        self.assertTrue(told.endswith("octet 5 is not UTF-8, as TOML must be"), told)

    def test_certificate(self) -> None:
        """An endpoint whose certificate is missing names the file."""
        (told,) = self.problems("[mm1]\nhttp = ['ssl:443:privateKey=/nowhere/k.pem']\npublic_url = 'http://m/'")
        self.assertIn("/nowhere/k.pem", told)


class Warned(Case):
    """What can be obeyed but does little is told, not silently obeyed."""

    def test_table(self) -> None:
        """Each addition to a sound file warns about one thing."""
        for text, path in (
            ('[node]\nadmin = ""', "node.admin"),
            ('[store]\nurl = "memory:"', "store.url"),
            (
                '[[mm1.address]]\nnetwork = "10.0.0.1"\nnumber = "1"\n[mm1.lab_basic_auth]\n1 = "x"',
                "mm1.lab_basic_auth",
            ),
            ("[lab]\nlisten = []", None),
        ):
            told = self.loaded(SOUND + text).warnings
            self.assertEqual([line.partition(": ")[0] for line in told], [path] if path else [])

    def test_nothing(self) -> None:
        """An empty file is legal, and useless in these ways."""
        told = [line.partition(": ")[0] for line in self.loaded("").warnings]
        self.assertEqual(told, ["routing.local", "mm1.http", "console.listen"])

    def test_deaf(self) -> None:
        """A door without identity and without bearers."""
        text = '[routing]\nlocal = ["077"]\n[mm1]\nhttp = ["tcp:1"]\npublic_url = "http://m/"'
        told = "\n".join(self.loaded(text).warnings)
        self.assertIn("mm1.notify.via: is empty: no phone will be told of its messages", told)
        self.assertIn("mm1.trusted_proxies: is empty, and so is mm1.address: no phone's number can be known", told)
        self.assertIn('routing.local[0]: "077" is national, but node.country_code is empty', told)


class Overridden(Case):
    """``MMSE__SECTION__KEY``."""

    def test_values(self) -> None:
        """Text as it is, all else as TOML; other variables are not ours."""
        settings = self.loaded(
            SOUND,
            {
                "MMSE__STORE__URL": "sqlite:/x.db",
                "MMSE__NODE__COUNTRY_CODE": "44",
                "MMSE__MM1__HTTP": '["tcp:1", "tcp:2"]',
                "MMSE__MM1__BODY_RATE": "7",
                "MMSE__MM1__NOTIFY__HTTP__PASSWORD": "x = [y",
                "MMSE__MM1__ADDRESS": '[{ network = "10.0.0.1", number = "1" }]',
                "MMSE_PARTS": "crash",
            },
        ).settings
        self.assertEqual(settings.store.url, "sqlite:/x.db")
        self.assertEqual(settings.node.country_code, "44")
        self.assertEqual(settings.mm1.http, ["tcp:1", "tcp:2"])
        self.assertEqual(settings.mm1.body_rate, 7.0)
        self.assertEqual(settings.mm1.notify.http.password, "x = [y")
        self.assertEqual(settings.mm1.address[0].number, "1")

    def test_lab(self) -> None:
        """The lab takes overrides too."""
        settings = load(None, {"MMSE__STORE__URL": "memory:"}).settings
        self.assertEqual((settings.store.url, settings.routing.local), ("memory:", ["*"]))

    def test_wrong(self) -> None:
        """A wrong one is told by the name of its variable."""
        told = self.problems(
            SOUND,
            {
                "MMSE__NODE__WORKER": "1",
                "MMSE__NODE__NAME__X": "1",
                "MMSE__MM1__HTTP": "tcp:1",
                "MMSE__MM1__MAX_RECIPIENTS": "0",
            },
        )
        self.assertEqual(
            told,
            [
                "mm1.http: the text is no TOML value (Invalid value (at line 1, column 9)); "
                'a list is written ["...", "..."] (from MMSE__MM1__HTTP in the environment)',
                "MMSE__NODE__NAME__X: node.name has no settings inside (in the environment)",
                'MMSE__NODE__WORKER: there is no setting node.worker; did you mean "workers"? (in the environment)',
                "mm1.max_recipients: must be a whole number of at least 1, not 0 "
                "(from MMSE__MM1__MAX_RECIPIENTS in the environment)",
            ],
        )


class Secrets(Case):
    """``{ file = ... }`` and ``{ env = ... }``."""

    def secret(self, mode: int) -> str:
        file = Path(self.mktemp())
        file.write_text("s3cret\n", encoding="utf-8")
        os.chmod(file, mode)
        return str(file)

    def test_file(self) -> None:
        """The text of a file without the end of its line."""
        text = f'{SOUND}\n[mm1.notify.udp]\n[mm1.lab_basic_auth]\n1 = {{ file = "{self.secret(0o600)}" }}'
        self.assertEqual(self.loaded(text).settings.mm1.lab_basic_auth, {"1": "s3cret"})

    def test_open_file(self) -> None:
        """A file that others may read is obeyed and told."""
        name = self.secret(0o644)
        loaded = self.loaded(SOUND, {"MMSE__MM1__NOTIFY__HTTP__PASSWORD": f'{{ file = "{name}" }}'})
        self.assertEqual(loaded.settings.mm1.notify.http.password, "s3cret")
        self.assertIn(f"mm1.notify.http.password: others may read {name}: chmod 600 {name}", loaded.warnings[0])

    def test_environment(self) -> None:
        """The text of a variable."""
        text = '[mm1.notify.http]\npassword = { env = "SMS" }'
        self.assertEqual(self.loaded(text, {"SMS": "x"}).settings.mm1.notify.http.password, "x")


class Sample(Case):
    """etc/mmse.toml."""

    def test_kept(self) -> None:
        """The file in the repository is what the program prints."""
        self.assertEqual((ROOT / "etc/mmse.toml").read_text(encoding="utf-8"), sample())

    def test_defaults(self) -> None:
        """It says every setting, each at its default."""
        self.assertEqual(self.loaded(sample()).settings, Settings())
        said = tomllib.loads(sample())
        missing = msgspec.to_builtins(Settings())
        del missing["subscriber"], missing["mm1"]["address"]
        self.assertEqual(said, missing)

    def test_patience_of_the_unit(self) -> None:
        """systemd waits longer than a node that drains: for a slow body, then 20 seconds for what is dispatched."""
        (line,) = [
            line
            for line in (ROOT / "etc/mmse.service").read_text(encoding="utf-8").splitlines()
            if line.startswith("TimeoutStopSec=")
        ]
        self.assertGreater(int(line.partition("=")[2]), Settings().mm1.body_timeout + 20)

    def test_tables(self) -> None:
        """What stands there as a comment is right too once its marks are taken off and its dots filled in."""
        text = re.sub(r"^# (\[\[.*|[a-z_]+ = .*)$", r"\1", sample(), flags=re.MULTILINE)
        text = text.replace('network = "..."', 'network = "10.0.0.1"').replace('number = "..."', 'number = "1"')
        settings = self.loaded(text).settings
        self.assertEqual((len(settings.subscriber), len(settings.mm1.address)), (1, 1))
