from pathlib import Path

import pytest

from search import Index, IndexFileError
from search.index import REBUILD
from search.saved import pack_chunk, unpack_chunk


def test_a_chunk_is_read_as_it_was_written(index: Index) -> None:
    for chunk in index.chunks:
        assert unpack_chunk(pack_chunk(chunk)) == chunk


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [
        ("search.analyze", "VERSION", 999),
        ("search.saved", "FORMAT", 999),
        ("search.saved", "tables_version", lambda: "other"),
        ("Stemmer", "version", lambda: "2.2.0"),
    ],
)
def test_an_index_of_another_version_is_refused(
    small: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, name: str, value: object
) -> None:
    small.save(tmp_path / "x.wenlu")
    Index.load(tmp_path / "x.wenlu")
    monkeypatch.setattr(f"{module}.{name}", value)
    with pytest.raises(IndexFileError) as caught:
        Index.load(tmp_path / "x.wenlu")
    assert "another version" in str(caught.value) and str(caught.value).endswith(REBUILD)
