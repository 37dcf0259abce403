import errno
import json
import mmap
import os
import random
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import IndexFileError, store
from search.store import Compact, Strings, compact, narrow, pack, read, write

META = {"名": "值\ud800", "b": [1, 2.5, None], "a": {"z": True}}
ARRAYS = {
    "numbers": np.arange(7, dtype=np.int32),
    "matrix": np.linspace(0, 1, 6, dtype=np.float32).reshape(2, 3),
    "nothing": np.zeros(0, np.int64),
    "pool": np.frombuffer("提现 payout".encode(), np.uint8),
}
REBUILD = "make it --again"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write(tmp_path / "x.wenlu", META, ARRAYS)
    return tmp_path / "x.wenlu"


def same(meta: dict[str, object], arrays: dict[str, np.ndarray]) -> bool:
    return (
        meta == {**META, "名": "值?"}
        and list(arrays) == list(ARRAYS)
        and all(arrays[name].dtype == array.dtype and np.array_equal(arrays[name], array) for name, array in ARRAYS.items())
    )


def refused(path: Path) -> str:
    with pytest.raises(IndexFileError) as caught:
        read(path, REBUILD)
    message = str(caught.value)
    assert str(path) in message and message.endswith(REBUILD) and "\n" not in message
    return message


def test_what_is_written_is_read(file: Path) -> None:
    meta, arrays = read(file, REBUILD)
    assert same(meta, arrays)
    assert list(file.parent.iterdir()) == [file]


def test_arrays_are_aligned_read_only_views_of_the_mapped_file(file: Path) -> None:
    for array in read(file, REBUILD)[1].values():
        base = array
        while isinstance(base, np.ndarray) and base.base is not None:
            base = base.base
        assert isinstance(base, memoryview) and isinstance(base.obj, mmap.mmap)
        assert array.ctypes.data % 64 == 0 and not array.flags.writeable


def test_same_content_same_bytes(file: Path, tmp_path: Path) -> None:
    swapped = {key: META[key] for key in reversed(META)}
    write(tmp_path / "other.wenlu", swapped, {name: np.asfortranarray(array) for name, array in ARRAYS.items()})
    assert (tmp_path / "other.wenlu").read_bytes() == file.read_bytes()


def test_other_tools_can_open_it(file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert json.loads(archive.read("meta.json"))["b"] == META["b"]
    with np.load(file) as members:
        assert np.array_equal(members["matrix"], ARRAYS["matrix"])


def test_any_changed_byte_is_noticed(file: Path) -> None:
    data, rng = file.read_bytes(), random.Random(2)
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1 << rng.randrange(8)
        file.write_bytes(changed)
        refused(file)


@pytest.mark.parametrize("checked", [store._CHECKED_SIZE, 0])
def test_damage_gives_no_other_error(file: Path, monkeypatch: pytest.MonkeyPatch, checked: int) -> None:
    """Also in files so large that they are opened without looking at all bytes."""
    monkeypatch.setattr(store, "_CHECKED_SIZE", checked)
    data, rng = file.read_bytes(), random.Random(3)
    for _ in range(1500):
        damaged = bytearray(data)
        for _ in range(rng.choice((1, 1, 3, 30))):
            damaged[rng.randrange(len(data))] = rng.randrange(256)
        file.write_bytes(damaged[: rng.choice((len(data), len(data), rng.randrange(len(data))))])
        try:
            read(file, REBUILD)
        except IndexFileError as error:
            assert str(error).endswith(REBUILD)


def test_every_truncation_is_refused(file: Path) -> None:
    data = file.read_bytes()
    for end in range(0, len(data), 7):
        file.write_bytes(data[:end])
        assert "damaged or not an index" in refused(file)


def test_what_is_no_index_is_refused(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "none")
    assert "can't be read" in refused(tmp_path)
    assert "can't be read" in refused(tmp_path / ("x" * 5000))
    for number, data in enumerate((b"", b"# A text\n" * 99, bytes(5000), "中文".encode("gbk") * 99, b"PK\5\6" + bytes(18))):
        (tmp_path / f"{number}").write_bytes(data)
        assert "damaged or not an index" in refused(tmp_path / f"{number}")
    with zipfile.ZipFile(tmp_path / "zip", "w") as archive:
        archive.writestr("meta.json", "{}")
    refused(tmp_path / "zip")
    with zipfile.ZipFile(tmp_path / "pickled.zip", "w") as archive:
        archive.writestr("meta.json", "{}")
        with archive.open("x.npy", "w") as member:
            np.lib.format.write_array(member, np.array([{"a": 1}], object), allow_pickle=True)
    refused(tmp_path / "pickled.zip")


def test_a_place_that_can_not_be_written_is_named(file: Path, tmp_path: Path) -> None:
    before = file.read_bytes()
    (tmp_path / "folder").mkdir()
    for place in (file / "below-a-file.wenlu", tmp_path / "folder", tmp_path / ("x" * 300), tmp_path / "null\0byte"):
        with pytest.raises(IndexFileError, match="can't be written") as caught:
            write(place, META, ARRAYS)
        assert "another place" in str(caught.value)
    assert file.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "x.wenlu"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_keeps_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, opened = file.read_bytes(), os.open
    monkeypatch.setattr(os, "open", lambda path, flags, mode=0o777: opened("/dev/full", os.O_RDWR))
    with pytest.raises(IndexFileError, match="free some space"):
        write(file, {}, {"big": np.zeros(100_000)})
    assert file.read_bytes() == before


def test_a_file_that_can_not_be_opened_is_not_thought_to_be_written(tmp_path: Path) -> None:
    with pytest.raises(IndexFileError, match="choose another place"):
        write(tmp_path / ("x" * 300), {}, {})
    assert not store._writing


def test_folders_are_made_and_other_users_may_read(tmp_path: Path) -> None:
    write(tmp_path / "new" / "folders" / "x.wenlu", {}, {})
    made = tmp_path / "new" / "folders" / "x.wenlu"
    assert read(made, REBUILD) == ({}, {})
    mask = os.umask(0)
    os.umask(mask)
    assert os.name == "nt" or made.stat().st_mode & 0o777 == 0o666 & ~mask


WRITER = """
import sys
import numpy as np
from search import store
from search.store import write
for turn in range(int(sys.argv[2])):
    write(sys.argv[1], {"who": sys.argv[3]}, {"rows": np.full(300_000, int(sys.argv[3]), np.int64)})
"""


def writer(path: Path, turns: int, who: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(turns), str(who)], stderr=subprocess.PIPE)


def whole(path: Path) -> int:
    meta, arrays = read(path, REBUILD)
    rows = arrays["rows"]
    assert len(rows) == 300_000 and (rows == int(meta["who"])).all()
    return int(meta["who"])


def test_two_writers_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "x.wenlu"
    write(path, {"who": 0}, {"rows": np.zeros(300_000, np.int64)})
    processes = [writer(path, 15, who) for who in (1, 2)]
    rows = {who: np.full(300_000, who, np.int64) for who in (3, 4)}

    def repeat(who: int) -> None:
        for _ in range(10):
            write(path, {"who": who}, {"rows": rows[who]})

    threads = [threading.Thread(target=repeat, args=(who,)) for who in rows]
    for thread in threads:
        thread.start()
    seen = set()
    while any(process.poll() is None for process in processes) or any(thread.is_alive() for thread in threads):
        seen.add(whole(path))
    for thread in threads:
        thread.join()
    assert [process.communicate()[1] for process in processes] == [b"", b""]
    assert whole(path) and len(seen) > 1
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="kills with a signal")
def test_a_killed_writer_leaves_the_old_file_and_its_rest_goes_with_the_next(tmp_path: Path) -> None:
    path = tmp_path / "x.wenlu"
    write(path, {"who": 0}, {"rows": np.zeros(300_000, np.int64)})
    strays = 0
    for who in range(1, 7):
        process = writer(path, 1_000_000, who)
        deadline = time.monotonic() + 30
        while not list(tmp_path.glob(".*.part")) and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(0.003 * who)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        strays += len(list(tmp_path.glob(".*.part")))
        assert whole(path) in range(who + 1)
    assert strays
    others = [tmp_path / f".y.wenlu.{process.pid}-1.part", tmp_path / f".x.wenlu.{os.getppid()}-1.part"]
    for other in others:
        other.touch()
    own = tmp_path / f".x.wenlu.{os.getpid()}-1.part"  # of a process before this one that had its number
    own.touch()
    write(path, META, ARRAYS)
    assert sorted(tmp_path.iterdir()) == sorted([*others, path])
    assert same(*read(path, REBUILD))


def test_strings_are_kept_in_two_arrays_of_one_name() -> None:
    arrays = Strings.of(["提现", "payout", "b"]).under("x")
    assert sorted(arrays) == ["x_offsets", "x_pool"] and list(Strings.named(arrays, "x")) == ["b", "payout", "提现"]


TEXTS = st.lists(st.text(max_size=8) | st.text("ab", max_size=20), max_size=30)


def compacted(texts: list[str]) -> Compact:
    return Compact.named({f"x_{name}": array for name, array in compact(Strings.of(texts)).items()}, "x")


@pytest.mark.parametrize("make", [Strings.of, compacted])
@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS, st.text(st.characters(), max_size=4) | st.text("ab", max_size=9))
def test_strings_are_a_sorted_sequence(
    make: Callable[[list[str]], Strings], texts: list[str], others: list[str], prefix: str
) -> None:
    strings = make([*texts, *texts])
    expected = sorted(set(texts), key=str.encode)
    assert list(strings) == expected == list(strings[:]) == [strings[i] for i in range(len(strings))]
    assert len(strings) == len(expected) and list(reversed(strings)) == expected[::-1]
    assert strings[-3:] == expected[-3:] and (not expected or strings[-1] == expected[-1])
    for text in [*texts, *others, prefix]:
        assert strings.find(text) == (expected.index(text) if text in expected else -1)
        assert (text in strings) is (text in expected)
    assert [strings[i] for i in strings.starting_with(prefix)] == [text for text in expected if text.startswith(prefix)]


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.sets(st.integers(0, 29)))
def test_some_of_many_strings_are_taken_at_once(texts: list[str], some: set[int]) -> None:
    strings = Strings.of(texts)
    places = sorted(place for place in some if place < len(strings))
    assert list(strings.at(np.array(places, np.int64))) == [strings[place] for place in places]


def test_compact_strings_may_share_any_number_of_bytes_and_take_half_the_room() -> None:
    texts = sorted("s" * shared + end for shared in (0, 7, 8, 9, 253, 254, 255, 300) for end in ("", "a", "b", "é"))
    strings = compacted(texts)
    assert list(strings) == texts and [strings.find(text) for text in texts] == [*range(len(texts))]
    words = Strings.of(f"退货{number}" for number in range(2000))
    assert sum(array.nbytes for array in compact(words).values()) < (words.pool.nbytes + words.offsets.nbytes) / 2


def test_strings_outside_their_range() -> None:
    strings = Strings.of(["b", "a"])
    for index in (2, -3):
        with pytest.raises(IndexError):
            strings[index]
    assert 3 not in strings and "?" in Strings.of(["?"]) and "\ud800" not in Strings.of(["?"])


def decompressed(arrays: dict[str, np.ndarray], count: int) -> list[bytes]:
    pool, offsets, firsts, ends = (arrays[name] for name in ("pool", "offsets", "firsts", "ends"))
    return [store.decompress(pool, offsets, firsts, ends, index) for index in range(count)]


@given(st.lists(st.binary(max_size=300), max_size=40), st.sampled_from([1, 100, 1 << 13]))
def test_compressed_bytes_are_got_back_one_by_one(texts: list[bytes], block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "_BLOCK", block)
        assert decompressed(store.compress(texts, bytes), len(texts)) == texts


ALIKE = [
    f'["p{number}","section","en","",[],[],[["text","passage {number} is like others",0]]]'.encode() for number in range(999)
]


def test_short_texts_that_are_alike_take_a_fifth_of_the_place() -> None:
    assert len(store.compress(ALIKE, bytes)["pool"]) < sum(map(len, ALIKE)) / 5


def test_what_was_compressed_before_is_not_compressed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_BLOCK", 1000)
    before, compressed, deflate = store.compress(ALIKE, bytes), list[bytes](), store._deflate
    monkeypatch.setattr(store, "_deflate", lambda whole: compressed.append(whole) or deflate(whole))
    changed = [*ALIKE[:300], b"other", *ALIKE[301:600], *ALIKE[700:], b"new"]
    arrays = store.compress(changed, bytes, before)
    assert len(b"".join(compressed)) < sum(map(len, ALIKE)) / 5 and decompressed(arrays, len(changed)) == changed
    anew = store.compress(changed, bytes)
    assert all(np.array_equal(array, anew[name]) for name, array in arrays.items())


@pytest.mark.parametrize(
    ("last", "kind"), [(255, np.uint8), (256, np.uint16), ((1 << 32) - 1, np.uint32), (1 << 32, np.int64), (1 << 62, np.int64)]
)
def test_offsets_take_no_more_bytes_than_the_last_one(last: int, kind: type) -> None:
    found = narrow(np.array([0, 1, last]))
    assert (found.dtype, found.tolist()) == (kind, [0, 1, last])


def test_packed_bytes_lie_one_after_the_other() -> None:
    pool, offsets = pack([b"ab", b"", b"c"])
    assert bytes(pool) == b"abc" and offsets.tolist() == [0, 2, 2, 3]
    assert (pool.dtype, offsets.dtype) == (np.uint8, np.uint8)
    pool, offsets = pack([])
    assert bytes(pool) == b"" and offsets.tolist() == [0]


def test_a_link_is_followed_and_what_is_no_file_is_not_replaced(file: Path, tmp_path: Path) -> None:
    link, loop, pipe = (tmp_path / name for name in ("link", "loop", "pipe"))
    link.symlink_to(file)
    loop.symlink_to(loop)
    write(link, {"new": 1}, {})
    assert link.is_symlink() and read(file, REBUILD)[0] == {"new": 1}
    pipe.symlink_to(tmp_path / "real")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "real")
    else:
        (tmp_path / "real").mkdir()
    before = sorted(tmp_path.iterdir())
    for place, reason in ((pipe, "not an ordinary file"), (loop, os.strerror(errno.ELOOP))):
        with pytest.raises(IndexFileError) as caught:
            write(place, META, ARRAYS)
        assert str(caught.value) == f"{place}: can't be written ({reason}); choose another place to write to"
    assert sorted(tmp_path.iterdir()) == before and pipe.is_symlink() and loop.is_symlink()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.wenlu")
    assert "can't be read (not an ordinary file)" in refused(tmp_path / "x.wenlu")
