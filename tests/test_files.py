import os
from pathlib import Path
from typing import Any

import pytest

from search.files import content, documents_at, stamp

OTHERS = (".git/config.md", "node_modules/film.mp4", ".draft.md", "zh/.hidden/a.md", "zh/photo.jpg", "README")  # no documents


@pytest.fixture
def crowded(documents: Path) -> Path:
    """The folder of documents, with what is none between them."""
    for name in OTHERS:
        (documents / name).parent.mkdir(exist_ok=True)
        (documents / name).write_bytes(b"## no document\n")
    return documents


def test_documents_are_found_in_the_order_of_their_names_and_nothing_else_is(crowded: Path) -> None:
    troubles: list[Any] = []
    found = list(documents_at(crowded, lambda *why: troubles.append(why)))
    assert [name for _, name in found] == ["en/chat.md", "zh/chat.md", "zh/inn.md"]
    assert all(path == crowded / name for path, name in found) and not troubles


def test_pages_that_were_made_of_markdown_or_saved_beside_others_are_left_out(tmp_path: Path) -> None:
    pages = {
        "README.md": True,
        "docs/returns.md": True,
        "docs/pay/index.md": True,
        "docs/returns.html": False,  # beside its Markdown
        "docs/old.html": True,
        "site/index.html": False,
        "site/returns/index.html": False,
        "site/pay.html": False,
        "site/only-here.html": True,
        "site/404.html": False,
        "_build/html/returns.html": False,
        "_build/html/_sources/returns.rst.txt": False,
        "en/returns.html": True,  # a translation
        "node_modules/a/README.md": False,
        "saved/Help.html": True,
        "saved/Help_files/saved_resource.html": False,
        "saved/Other_files/frame.html": True,
    }
    for name in pages:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert [name for _, name in documents_at(tmp_path, print)] == sorted(name for name, kept in pages.items() if kept)
    assert [name for _, name in documents_at(tmp_path / "site", print)] == sorted(
        name.removeprefix("site/") for name in pages if name.startswith("site/") and "404" not in name
    )
    assert len(list(documents_at(tmp_path / "docs" / "returns.html", print))) == 1


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_linked_folders_are_followed_and_each_folder_is_read_once(crowded: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "deep").mkdir(parents=True)
    for name in ("a.md", "deep/b.md"):
        (outside / name).write_text("字", "utf-8")
    (outside / "deep" / "back").symlink_to(outside)  # a loop
    links = {
        "all": crowded,
        "aaa": crowded / "zh",
        "en/more": outside,
        "zh/again": outside,
        ".hidden": outside,
        "gone": tmp_path / "none",
    }
    for name, target in links.items():
        (crowded / name).symlink_to(target)
    troubles: list[Any] = []
    found = [name for _, name in documents_at(crowded, lambda *why, **more: troubles.append(why))]
    assert found == ["en/chat.md", "en/more/a.md", "en/more/deep/b.md", "zh/chat.md", "zh/inn.md"] and not troubles
    assert len(stamp([crowded])) == 5


def test_a_file_that_is_named_is_taken_whatever_it_is(crowded: Path) -> None:
    assert list(documents_at(crowded / "README", print)) == [(crowded / "README", "README")]


def test_what_stands_in_the_way_is_reported(tmp_path: Path) -> None:
    troubles: list[Any] = []
    for root in (tmp_path, tmp_path / "none", tmp_path / ("x" * 300), Path("nul\0")):
        assert not list(documents_at(root, lambda *why: troubles.append(why)))
    assert [key for _, key in troubles] == ["no_document", "missing", "missing", "missing"]


def test_a_stamp_tells_of_documents_alone(crowded: Path) -> None:
    before = stamp([crowded])
    assert {Path(name).name for name, _, _ in before} == {"chat.md", "inn.md"} and len(before) == 3
    for name in OTHERS:
        (crowded / name).write_bytes(b"something longer than before\n")
    assert stamp([crowded]) == before
    (crowded / "zh" / "inn.md").write_text("## 新\n\n字\n", "utf-8")
    assert stamp([crowded]) != before
    (crowded / "zh" / "inn.md").unlink()
    assert len(stamp([crowded])) == 2 and stamp([crowded / "none"]) == frozenset()


def test_a_folder_that_can_not_be_read_does_not_stop_the_stamp(documents: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, scan = stamp([documents]), os.scandir

    def refuse(folder: str) -> Any:
        if Path(folder).name == "en":
            raise PermissionError(13, "Permission denied", str(folder))
        return scan(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    assert stamp([documents]) < before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.md")
    for path in (tmp_path / "x.md", tmp_path):
        with pytest.raises(OSError, match="not an ordinary file"):
            content(path)
