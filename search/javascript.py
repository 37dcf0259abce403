"""The scripts that browsers run, as they are sent: without what only people need, the names inside them short."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_STYLE = re.compile(r"(?<=STYLE = `)[^`]*")
_EXPORT = re.compile(r"^export const (\w+)", re.MULTILINE)
FOLDER = Path(__file__).parent / "web"


@cache
def minified(name: str) -> bytes:
    """A file of `search/web` for a browser; as it is written where the minifier has no build for the machine."""
    source = (FOLDER / name).read_text("utf-8")
    try:
        import minify
    except ImportError:
        return source.encode()
    source = _STYLE.sub(lambda found: minify.string("text/css", found[0]), source)
    exported = "".join(f"export let {name};" for name in _EXPORT.findall(source))
    inside = _EXPORT.sub(r"\1", source)  # a block, in which all names become short
    short: str = minify.string("text/javascript", f"{exported}{{{inside}}}")
    return short.encode()
