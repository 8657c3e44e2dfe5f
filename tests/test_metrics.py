"""Metrics: declared once, shown as Prometheus wants them, and every one of them counted somewhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from twisted.trial.unittest import SynchronousTestCase

from mmse import metrics
from mmse.metrics import ROWS, Metric, Metrics

ROOT = Path(__file__).parents[1]


class Table(SynchronousTestCase):
    """The rows."""

    def test_names(self) -> None:
        """Each name once, as Prometheus's naming wants it; the suffix of counters is added by the library."""
        names = [row.name for row in ROWS]
        self.assertEqual(len(names), len(set(names)))
        for row in ROWS:
            self.assertTrue(re.fullmatch(r"mmse_[a-z0-9]+(_[a-z0-9]+)*", row.name), row.name)
            self.assertFalse(row.name.endswith("_total"), row.name)
            self.assertTrue(row.help.endswith("."), row.name)
            self.assertEqual(row.kind == "histogram", bool(row.buckets), row.name)

    def test_used(self) -> None:
        """No metric that nothing ever counts."""
        used: set[str] = set()
        for file in (ROOT / "mmse").rglob("*.py"):
            if file.name != "metrics.py":
                for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                    used |= {node.attr} if isinstance(node, ast.Attribute) else set()
                    used |= {node.id} if isinstance(node, ast.Name) else set()
        declared = {name for name, value in vars(metrics).items() if isinstance(value, Metric)}
        self.assertEqual(declared - used, set())


class Shown(SynchronousTestCase):
    """One node's metrics."""

    def setUp(self) -> None:
        self.metrics = Metrics()

    def test_every_kind(self) -> None:
        """A counter, a gauge and a histogram, with and without labels, come out as they went in."""
        for row in ROWS:
            labels = ("x",) * len(row.labels)
            if row.kind == "counter":
                self.metrics.count(row, *labels, amount=2)
            elif row.kind == "gauge":
                self.metrics.gauge(row, 2.0, *labels)
            else:
                self.metrics.observe(row, 2.0, *labels)
        families = {
            family.name: family for family in text_string_to_metric_families(self.metrics.exposition().decode())
        }
        for row in ROWS:
            family = families[row.name]
            self.assertEqual((family.type, family.documentation), (row.kind, row.help))
            (value,) = [
                sample.value
                for sample in family.samples
                if sample.name in (row.name, f"{row.name}_total", f"{row.name}_sum")
            ]
            self.assertEqual(value, 2.0, row.name)
            if row.kind != "histogram":
                self.assertEqual(self.metrics.value(row, *(("x",) * len(row.labels))), 2.0)

    def test_watched(self) -> None:
        """A gauge that is read when it is asked for."""
        values = [5.0]
        self.metrics.watch(metrics.MM1_CONNECTIONS, lambda: values[0])
        self.assertEqual(self.metrics.value(metrics.MM1_CONNECTIONS), 5.0)
        values[0] = 7.0
        self.assertIn(b"mmse_mm1_connections 7.0\n", self.metrics.exposition())

    def test_two_nodes(self) -> None:
        """Two nodes in one process count apart."""
        other = Metrics()
        self.metrics.count(metrics.REPEATS, "MM1")
        self.assertEqual((self.metrics.value(metrics.REPEATS, "MM1"), other.value(metrics.REPEATS, "MM1")), (1.0, 0.0))

    def test_nothing_yet(self) -> None:
        """What was never counted is nought."""
        self.assertEqual(self.metrics.value(metrics.PUSHES, "lab", "x", "done"), 0.0)
