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
html_theme_options = {
    "description": "A Multimedia Messaging Service Environment",
    # Wide enough for the call flows.
    "page_width": "1200px",
    "body_max_width": "auto",
    "code_font_size": "0.82em",
}
html_static_path = ["static"]
html_css_files = ["tables.css"]
html_show_sphinx = False
