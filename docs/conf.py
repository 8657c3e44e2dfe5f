"""Settings of Sphinx."""

from __future__ import annotations

import mmse

project = "mmse"
author = "The mmse contributors"
copyright = "2026, The mmse contributors"
version = release = mmse.__version__

extensions: list[str] = []
exclude_patterns = ["_build"]
nitpicky = True
# Commands, configurations and ladders: what is Python says so.
highlight_language = "none"
html_theme = "alabaster"
html_theme_options = {"description": "A Multimedia Messaging Service Environment", "page_width": "1100px"}
html_show_sphinx = False
