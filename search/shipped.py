"""The corpus that comes with the package."""

from __future__ import annotations

from pathlib import Path

CORPUS = next(
    (place for place in (Path(__file__).parent / "corpus", Path(__file__).parent.parent / "corpus") if place.is_dir()),
    Path("corpus"),
)


def synonym_files() -> list[Path]:
    """The documents that say which words mean the same."""
    return sorted(CORPUS.glob("*/synonyms.md"))
