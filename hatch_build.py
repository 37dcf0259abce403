"""What a build adds to the code: the dictionary tables, derived so that a first use does not wait for them, and the corpus."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MAKERS = (
    *("dictionary/derive.py", "dictionary/terms.txt"),
    *("search/names.py", "search/analyze.py", "search/normalize.py", "search/store.py"),
)


def _whole(file: Path) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.testzip() is None
    except Exception:  # there is no end of what zipfile raises for a damaged file
        return False


class DataHook(BuildHookInterface[Any]):
    """Runs for wheels and for editable installs; derives the tables unless they are whole, and newer than the code that makes them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        whole = filter(_whole, (root / "search" / "data").glob("*.wenlu"))
        made = min((file.stat().st_mtime for file in whole), default=0.0)
        if made < max((root / name).stat().st_mtime for name in MAKERS):
            self.app.display_info("Deriving the dictionary tables (about a minute)")
            sys.path.insert(0, self.root)  # `import search` is light: its public names load on first use
            from dictionary.derive import build_tables

            build_tables(root / "search" / "data")
        if version == "standard":  # an editable install finds the corpus in the checkout
            build_data["force_include"][str(root / "corpus")] = "search/corpus"
