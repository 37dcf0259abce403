import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from search import DocumentError, Index, IndexFileError, analyze, corpora, load_corpus
from search.corpora import load_copy


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))
    return tmp_path / "cache"


def cached(cache: Path) -> dict[Path, str]:
    return {path: hashlib.md5(path.read_bytes()).hexdigest() for path in cache.rglob("*") if path.is_file()}


def change(documents: Path) -> None:
    file = documents / "zh" / "chat.md"
    file.write_text(file.read_text("utf-8").replace("响应时间", "巧克力"), "utf-8")


def add(documents: Path) -> None:
    (documents / "new.txt").write_text("可可怎么退货\n\n联系客服退可可。\n", "utf-8")


def remove(documents: Path) -> None:
    (documents / "en" / "chat.md").unlink()


def rename(documents: Path) -> None:
    (documents / "zh" / "chat.md").rename(documents / "zh" / "talk.md")


def analyse_anew(_: Path) -> None:
    analyze.VERSION += 1


def test_a_corpus_is_built_anew_when_it_changed_and_only_then(
    cache: Path, documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyze, "VERSION", analyze.VERSION)
    builds, build = [], Index.build

    def counted(*arguments: Any, **options: Any) -> Index:
        builds.append(1)
        return build(*arguments, **options)

    monkeypatch.setattr(Index, "build", counted)
    indexes = []
    for number, happens in enumerate((None, change, add, remove, rename, analyse_anew), 1):
        if happens:
            happens(documents)
        for turn in range(2):
            (documents / "zh" / "inn.md").touch()
            indexes.append(load_corpus([documents if turn else str(documents)]))
            assert len(builds) == number
        assert len(cached(cache)) == 1
        assert indexes[-1].chunks == indexes[-2].chunks and indexes[-1].signature == indexes[-2].signature
    assert len({index.signature for index in indexes}) == len(indexes) // 2
    first, changed, added, removed, renamed, _ = indexes[::2]
    assert not first.search("巧克力").hits and changed.search("巧克力").hits
    assert added.search("可可").hits[0].chunk.source.document == "new.txt"
    assert added.languages == ("zh", "en") and removed.languages == ("zh",)
    assert renamed.chunk("zh/talk#times") and not renamed.chunk("zh/chat#times")


def test_what_is_no_document_is_neither_read_nor_tells_a_change(
    cache: Path, documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crowd(text: str) -> None:
        for name in ("film.mp4", ".git/config.md", ".draft.md"):
            (documents / name).parent.mkdir(exist_ok=True)
            (documents / name).write_text(text, "utf-8")

    seen, read = [], Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: seen.append(path.name) or read(path))
    crowd("much")
    before = load_corpus([documents])
    crowd("more")
    monkeypatch.setattr(Index, "build", None)
    assert load_corpus([documents]).signature == before.signature
    assert set(seen) == {"chat.md", "inn.md", "synonyms.md"}


@pytest.mark.parametrize("name", ["chunk.py", "marks.toml"])
def test_another_state_of_the_package_builds_anew(
    name: str, cache: Path, documents: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / name).write_text("a state")
    (package / "other.txt").write_text("a state")
    monkeypatch.setattr(corpora, "_PACKAGE", package)
    load_corpus([documents])
    before = cached(cache)
    (package / "other.txt").write_text("a later state")
    load_corpus([documents])
    assert cached(cache) == before
    (package / name).write_text("a later state")
    load_corpus([documents])
    assert len(cached(cache)) == 1 and not cached(cache).keys() & before.keys()


def test_packages_beside_each_other_keep_their_own(
    cache: Path, documents: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_corpus([documents])
    monkeypatch.setattr(corpora, "_PACKAGE", tmp_path)
    load_corpus([documents])
    assert len(cached(cache)) == 2


def test_no_file_that_may_be_mapped_is_replaced(cache: Path, documents: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace, unlink = os.replace, Path.unlink
    mapped = set[Path]()

    def on_windows(source: Path, target: Path) -> None:
        if target.exists():
            raise PermissionError(13, "in use")
        replace(source, target)

    def in_use(path: Path, missing_ok: bool = False) -> None:
        if path in mapped:
            raise PermissionError(13, "in use")
        unlink(path, missing_ok)

    monkeypatch.setattr(os, "replace", on_windows)
    monkeypatch.setattr(Path, "unlink", in_use)
    for happens in (change, add):
        load_corpus([documents])
        mapped |= cached(cache).keys()
        happens(documents)
        assert len(load_corpus([documents]).chunks) and len(cached(cache)) == len(mapped) + 1
        with monkeypatch.context() as context:
            context.setattr(Index, "build", None)
            load_corpus([documents])
    mapped.clear()
    remove(documents)
    load_corpus([documents])
    assert len(cached(cache)) == 1


def test_what_a_killed_writer_left_is_removed_at_the_next_change(cache: Path, documents: Path) -> None:
    load_corpus([documents])
    (file,) = cached(cache)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    stray = file.with_name(f".{file.name}.{ended.pid}-1.part")
    stray.write_bytes(b"half")
    change(documents)
    load_corpus([documents])
    assert len(cached(cache)) == 1 and not stray.exists() and not file.exists()


def test_a_damaged_cache_is_made_anew(cache: Path, documents: Path) -> None:
    load_corpus([documents])
    before = cached(cache)
    (file,) = before
    for damage in (b"nonsense", file.read_bytes().replace(b"zh/chat", b"zh/cha?")):
        file.write_bytes(damage)
        assert load_corpus([documents]).search("看不到聊天按钮").answered
        assert cached(cache) == before


def test_a_cache_that_can_not_be_written_costs_only_time(cache: Path, documents: Path) -> None:
    cache.write_text("a file where the folder should be")
    assert load_corpus([documents]).search("看不到聊天按钮").answered


LOAD = """
import sys
from search import load_corpus
for turn in range(2):
    assert load_corpus([sys.argv[1]]).search("看不到聊天按钮").answered
"""


def test_two_processes_may_start_at_once(cache: Path, documents: Path) -> None:
    command = [sys.executable, "-c", LOAD, str(documents)]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
    assert [process.communicate()[1] for process in processes] == [b"", b""]
    assert len(cached(cache)) == 1


def test_corpora_may_be_named_in_the_environment(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
        (folder / f"{folder.name}.md").write_text(f"## {folder.name} 巧克力\n\n{folder.name} 可可。\n", "utf-8")
    monkeypatch.setenv("WENLU_CORPUS", os.pathsep.join(map(str, folders)))
    assert {chunk.source.document for chunk in load_corpus().chunks} == {"one.md", "two.md"}
    assert {chunk.source.document for chunk in load_corpus([folders[0]]).chunks} == {"one.md"}


def test_files_in_gbk_are_answers_like_others(cache: Path, documents: Path, tmp_path: Path) -> None:
    (tmp_path / "gbk.md").write_bytes((documents / "zh" / "chat.md").read_text("utf-8").encode("gbk"))
    (tmp_path / "utf-16.md").write_bytes((documents / "zh" / "inn.md").read_text("utf-8").encode("utf-16"))
    index = load_corpus([tmp_path / "gbk.md", tmp_path / "utf-16.md"])
    hit = index.search("看不到聊天按钮").hits[0]
    assert hit.chunk.title == "为什么看不到聊天按钮？" and hit.chunk.id.startswith("gbk#")
    assert index.search("怎么检查税号").hits[0].chunk.steps[1] == "核对税号与证书是否一致。"


def test_a_file_that_can_not_be_read_is_named_each_time_and_the_others_answer(
    cache: Path, documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (documents / "zh" / "gone.md").symlink_to(documents / "nowhere.md")
    (documents / "zh" / "broken.md").write_bytes(b"\xff\xfe\xfa\x00\x01")
    for turn in range(3):
        if turn:  # nothing is built anew while nothing changes
            monkeypatch.setattr(Index, "build", None)
        failures: list[DocumentError] = []
        index = load_corpus([documents], on_error=failures.append)
        assert sorted(Path(str(failure).partition(":")[0]).name for failure in failures) == ["broken.md", "gone.md"]
        assert index.search("看不到聊天按钮").answered
    with pytest.raises(DocumentError):
        load_corpus([documents], strict=True)


def test_a_file_that_vanishes_meanwhile_is_named(cache: Path, documents: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, failures = Path.read_bytes, []

    def vanishing(path: Path) -> bytes:
        if path.name == "inn.md":
            path.unlink(missing_ok=True)
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", vanishing)
    index = load_corpus([documents], on_error=failures.append)
    assert len(failures) <= 1 and index.search("看不到聊天按钮").answered
    assert index.chunk("zh/inn#check") is None


def test_one_path_may_stand_for_a_list(cache: Path, documents: Path) -> None:
    for path in (documents, str(documents)):
        assert load_corpus(path).documents == 3


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_a_pipe_and_a_link_to_itself_are_errors(cache: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "loop.md").symlink_to(tmp_path / "loop.md")
    for name, said in (("pipe.md", "not an ordinary file"), ("loop.md", "there is no such file")):
        with pytest.raises(DocumentError, match=f"{name}: {said}"):
            load_corpus([tmp_path / name])


@pytest.mark.skipif(sys.platform == "win32", reason="no file that is mapped can be written to there")
def test_one_copy_of_an_index_file_is_served_by_all(cache: Path, small: Index, tmp_path: Path) -> None:
    file = tmp_path / "x.wenlu"
    small.save(file)
    load_copy(file)
    (copy,) = cached(cache)
    inode = copy.stat().st_ino
    one = load_copy(file)
    assert [(path, path.stat().st_ino) for path in cached(cache)] == [(copy, inode)] and copy.read_bytes() == file.read_bytes()
    for stray in (copy.with_name(f".{copy.name}.4194305-1.part"), copy.with_name("served-other-1.wenlu")):
        stray.touch()
    os.utime(file, (0, 0))
    load_copy(file)
    names = {path.name for path in cached(cache)}
    assert len(names) == 2 and "served-other-1.wenlu" in names and copy.name not in names
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(IndexFileError, match=f"^{file}: damaged or not an index"):
        load_copy(file)
    assert {path.name for path in cached(cache)} == {"served-other-1.wenlu"} and one.search("看不到聊天按钮").answered
    file.unlink()
    with pytest.raises(IndexFileError, match=f"^{file}: no such file"):
        load_copy(file)


@pytest.mark.skipif(sys.platform == "win32", reason="no file that is mapped can be written to there")
def test_a_copy_is_served_where_there_are_no_hard_links(
    cache: Path, small: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    small.save(tmp_path / "x.wenlu")
    load_copy(tmp_path / "x.wenlu")
    (copy,) = cached(cache)
    assert copy.name.startswith("served-") and copy.read_bytes() == (tmp_path / "x.wenlu").read_bytes()


def test_an_index_file_is_served_where_it_can_not_be_copied(cache: Path, small: Index, tmp_path: Path) -> None:
    small.save(tmp_path / "x.wenlu")
    cache.write_text("a file where the folder should be")
    assert load_copy(tmp_path / "x.wenlu").search("看不到聊天按钮").answered


def test_no_document_is_an_error(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "x.md").write_text(" \n", "utf-8")
    for path in (tmp_path / "none", tmp_path / "empty"):
        with pytest.raises(DocumentError, match=path.name):
            load_corpus([path])
