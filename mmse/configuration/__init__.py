"""From a TOML file and the environment to ``mmse.settings``; every error at once, each with its path; the sample."""

from __future__ import annotations

from mmse.configuration.changes import RELOADED, Part, assign, changes, part_of
from mmse.configuration.checks import Check
from mmse.configuration.load import Loaded, load
from mmse.configuration.printed import sample
from mmse.configuration.problem import Problem

__all__ = ["RELOADED", "Check", "Loaded", "Part", "Problem", "assign", "changes", "load", "part_of", "sample"]
