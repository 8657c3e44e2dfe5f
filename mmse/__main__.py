"""``python -m mmse`` is the ``mmse`` command."""

from __future__ import annotations

from mmse.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
