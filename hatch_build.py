"""Derives the dictionary tables in search/data/ before the package is built, so that a first use does not wait for them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TablesHook(BuildHookInterface[Any]):
    """Runs for wheels and for editable installs; does nothing when the tables are newer than the code that makes them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        tables = root / "search" / "data"
        sources = [root / "hatch_build.py", root / "search" / "translate.py"]
        made = min((file.stat().st_mtime for file in tables.glob("*")), default=0.0)
        if made <= max(file.stat().st_mtime for file in sources):
            self.app.display_info("deriving the dictionary tables (once, under a minute)")
            sys.path.insert(0, self.root)  # `import search` is light: its public names load on first use
            from search.translate import build_tables

            build_tables(tables)
