import os
import subprocess
import sys
from pathlib import Path

import pytest

from search import DocumentError, Index, read_documents

BUILD = """
import sys
from search import Index, read_documents
Index.build(read_documents([sys.argv[1]]), processes=int(sys.argv[3])).save(sys.argv[2])
"""


@pytest.mark.parametrize("processes", ["1", "2"])
def test_the_same_documents_give_the_same_bytes_however_many_processes_work(
    index: Index, root: Path, tmp_path: Path, processes: str
) -> None:
    index.save(tmp_path / "here.wenlu")
    command = [sys.executable, "-c", BUILD, str(root / "corpus"), str(tmp_path / "there.wenlu"), processes]
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": seed})
    assert (tmp_path / "there.wenlu").read_bytes() == (tmp_path / "here.wenlu").read_bytes()


def test_nothing_to_index_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="or give others"):
        Index.build([])
    (tmp_path / "….md").write_text("…\n\n—— !!! ——\n", "utf-8")
    with pytest.raises(DocumentError, match="give documents with text"):
        Index.build(read_documents([tmp_path]))
