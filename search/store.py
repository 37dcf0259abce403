"""One saved form for every table: a zip, nothing compressed, of numpy arrays and JSON, that opens by mapping it into memory.

Any zip tool lists it and `numpy.load` reads it. Members are aligned to 64 bytes, times are fixed, and nothing depends on the
machine: the same content is the same bytes. A file is written beside its place and renamed, so a reader never sees half of one.
"""

from __future__ import annotations

import errno
import glob
import hashlib
import json
import math
import mmap
import os
import re
import threading
import zipfile
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from itertools import accumulate, pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from search.errors import IndexFileError, reasons

Array = NDArray[Any]
Item = TypeVar("Item")
_ALIGNMENT = 64
_CHECKED_SIZE = 1 << 23  # above this, checking all bytes would make opening cost more than a lookup
_BLOCK, _WINDOW = 1 << 13, 15  # bytes that are compressed together, and bits of what they may look back at
_DIGEST = 16  # bytes
_GROUP = 8  # strings, of which the first is whole
_LEVEL = 3  # of compression: 6 takes 1.7 times as long and saves 2 to 7 %
# What stands before an array. For start-up time: numpy's own reader calls Python's compiler for each.
_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00(..)\{'descr': '([<>|][biuf]\d)', 'fortran_order': False, 'shape': \(([\d, ]*)\), \} *\n", re.DOTALL
)
_CHECKSUM = 8  # bytes at the end, in the zip's comment: the CRC-32 of all bytes before them as hexadecimal digits


class Strings(Sequence[str]):
    """A sorted sequence of distinct strings in two arrays: UTF-8 bytes (uint8) and offsets (`narrow`, one more than strings).

    Looking up costs a binary search on the bytes, and opening costs nothing: no dictionary is made.
    """

    __slots__ = ("_offsets", "_pool", "_strings", "offsets")

    def __init__(self, pool: Array, offsets: Array, strings: Sequence[str] | None = None) -> None:
        """`strings` are the same as objects, where they are there already."""
        self._pool, self._offsets = memoryview(pool), memoryview(offsets)  # type: ignore[arg-type]
        self.offsets, self._strings = offsets, strings

    @classmethod
    def of(cls, strings: Iterable[str]) -> Strings:
        """The strings, sorted by their UTF-8 bytes and made distinct."""
        ordered = sorted(set(strings))
        return cls(*pack_strings(ordered), ordered)

    @classmethod
    def named(cls, arrays: Mapping[str, Array], name: str) -> Strings:
        """Those whose two arrays are kept as NAME_pool and NAME_offsets."""
        return cls(arrays[f"{name}_pool"], arrays[f"{name}_offsets"])

    def under(self, name: str) -> dict[str, Array]:
        """The two arrays as `named` takes them."""
        return {f"{name}_pool": self.pool, f"{name}_offsets": self.offsets}

    @property
    def pool(self) -> Array:
        """The bytes of all strings, one after the other."""
        return np.frombuffer(self._pool, np.uint8)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        return str(self._bytes(range(len(self))[index]), "utf-8")

    def _bytes(self, index: int) -> bytes:
        return self._pool[self._offsets[index] : self._offsets[index + 1]].tobytes()

    def _place(self, encoded: bytes) -> int:
        return bisect_left(range(len(self)), encoded, key=self._bytes)

    def find(self, string: str) -> int:
        """The index of the string, or -1."""
        encoded = string.encode("utf-8", "surrogatepass")
        index = self._place(encoded)
        return index if index < len(self) and self._bytes(index) == encoded else -1

    def starting_with(self, prefix: str) -> range:
        """The indices of the strings that start with `prefix`."""
        encoded = prefix.encode("utf-8", "surrogatepass")
        return range(self._place(encoded), self._place(encoded + b"\xff"))

    def __contains__(self, string: object) -> bool:
        return isinstance(string, str) and self.find(string) >= 0

    def characters(self) -> tuple[Array, Array]:
        """All characters, one after the other (uint32), and where each string begins among them (int64, one more than strings)."""
        starts = np.searchsorted(np.flatnonzero((self.pool & 0xC0) != 0x80), self.offsets)
        return np.frombuffer(str(self._pool, "utf-8").encode("utf-32-le"), np.uint32), starts

    def at(self, places: Array) -> Strings:
        """The strings at some places, which ascend."""
        offsets = self.offsets.astype(np.int64)
        sizes = np.diff(offsets)[places]
        ends = np.append(0, np.cumsum(sizes))
        return Strings(self.pool[np.repeat(offsets[places] - ends[:-1], sizes) + np.arange(ends[-1])], narrow(ends))

    def __iter__(self) -> Iterator[str]:
        if self._strings is not None:
            return iter(self._strings)
        text, starts = str(self._pool, "utf-8"), self.characters()[1].tolist()
        return map(text.__getitem__, map(slice, starts, starts[1:]))


class Compact(Strings):
    """`Strings` in half the room, in three arrays: for each string the byte 0xFF, which no UTF-8 has, how many bytes are those of the one
    before it in its group of _GROUP, and the others; where each group begins; the first eight bytes of its first string as a number.

    `pool`, `offsets`, `under` and `characters` are of these bytes, and not of the strings.
    """

    __slots__ = ("_count", "_heads", "_last")

    def __init__(self, pool: Array, offsets: Array, heads: Array) -> None:
        super().__init__(pool, offsets)
        self._heads, self._last = memoryview(heads), (-1, list[bytes]())  # type: ignore[arg-type]
        last = len(heads) - 1
        self._count = last * _GROUP + len(self._group(last)) if last >= 0 else 0

    @classmethod
    def named(cls, arrays: Mapping[str, Array], name: str) -> Compact:
        return cls(*(arrays[f"{name}_{part}"] for part in ("pool", "offsets", "heads")))

    def __len__(self) -> int:
        return self._count

    def _group(self, number: int) -> list[bytes]:
        known, group = self._last
        if known != number:
            before, group = b"", []
            for piece in super()._bytes(number).split(b"\xff")[1:]:
                before = before[: piece[0]] + piece[1:]
                group.append(before)
            self._last = number, group
        return group

    def _bytes(self, index: int) -> bytes:
        return self._group(index // _GROUP)[index % _GROUP]

    def _place(self, encoded: bytes) -> int:
        number = bisect_right(self._heads, _head(encoded)) - 1
        while number >= 0 and self._group(number)[0] > encoded:  # than which only a longer one with the same head is greater
            number -= 1
        return number * _GROUP + bisect_left(self._group(number), encoded) if number >= 0 else 0

    def __iter__(self) -> Iterator[str]:
        return (str(word, "utf-8") for number in range(len(self._heads)) for word in self._group(number))


def _head(encoded: bytes) -> int:
    return int.from_bytes(encoded[:8].ljust(8, b"\0"), "big")


def compact(strings: Strings) -> dict[str, Array]:
    """The arrays of `Compact`."""
    pool, offsets = strings.pool, strings.offsets.astype(np.int64)
    starts, sizes = offsets[:-1], np.diff(offsets)
    shared, new, alike = np.zeros_like(sizes), np.ones(len(pool), np.bool_), np.flatnonzero(np.arange(len(sizes)) % _GROUP)
    for place in range(0xFE):
        alike = alike[np.minimum(sizes[alike - 1], sizes[alike]) > place]
        alike = alike[pool[starts[alike - 1] + place] == pool[starts[alike] + place]]
        shared[alike], new[starts[alike] + place] = place + 1, False
    widths = sizes - shared + 2
    begins, packed = np.cumsum(widths) - widths, np.full(int(widths.sum()), 0xFF, np.uint8)
    rest = np.ones(len(packed), np.bool_)
    rest[begins] = rest[begins + 1] = False
    packed[begins + 1], packed[rest] = shared, pool[new]
    first, places = slice(None, None, _GROUP), np.arange(8)
    heads = np.append(pool, np.zeros(8, np.uint8))[starts[first, None] + places] * (places < sizes[first, None])
    return {
        "pool": packed,
        "offsets": narrow(np.append(begins[::_GROUP], len(packed))),
        "heads": heads.astype(np.uint8).view(">u8").ravel().astype(np.uint64),
    }


def pack_strings(strings: Sequence[str]) -> tuple[Array, Array]:
    """Strings as one uint8 array of UTF-8, and offsets."""
    pool = np.frombuffer("".join(strings).encode(), np.uint8)
    characters = np.append(np.flatnonzero((pool & 0xC0) != 0x80), len(pool))  # where they begin
    return pool, narrow(characters[np.cumsum([0, *map(len, strings)])])


def pack(encoded: Iterable[bytes]) -> tuple[Array, Array]:
    """Byte strings as one uint8 array, and offsets."""
    pieces = list(encoded)
    return np.frombuffer(b"".join(pieces), np.uint8), narrow(np.cumsum([0, *map(len, pieces)]))


def narrow(ascending: Array) -> Array:
    """Numbers that begin at 0 and never fall in as few bytes as hold the last one."""
    return ascending.astype(np.min_scalar_type(int(ascending[-1])) if ascending[-1] < 1 << 32 else np.int64)


def changes(ascending: Array) -> Array:
    """Whether each value is another than the one before it."""
    new = np.ones(len(ascending), np.bool_)
    np.not_equal(ascending[1:], ascending[:-1], out=new[1:])
    return new


def compress(
    items: Iterable[Item], write: Callable[[Item], bytes], before: Mapping[str, Array] = MappingProxyType({})
) -> dict[str, Array]:
    """Many items written as short byte strings, made smaller in blocks of about `_BLOCK` bytes; `decompress` gives one back.

    What was compressed `before` (the result of another call) is taken as it is where a block is the same, and the result is no other for it.
    """
    known = dict(zip(map(bytes, before["digests"]), pairwise(before["offsets"].tolist()), strict=True)) if before else {}
    blocks, digests, counts, ends = list[bytes](), list[bytes](), [0], list[int]()
    for run in _runs(map(write, items)):
        whole = b"".join(run)
        digests.append(hashlib.blake2b(whole, digest_size=_DIGEST).digest())
        place = known.get(digests[-1])
        blocks.append(before["pool"][slice(*place)].tobytes() if place else _deflate(whole))
        counts.append(len(run))
        ends += accumulate(map(len, run))
    pool, offsets = pack(blocks)
    return {
        "pool": pool,
        "offsets": offsets,
        "digests": np.frombuffer(b"".join(digests), np.uint8).reshape(-1, _DIGEST),
        "firsts": np.cumsum(counts),
        "ends": np.array(ends, np.uint32),
    }


def decompress(pool: Array, offsets: Array, firsts: Array, ends: Array, index: int) -> bytes:
    """One of the byte strings that `compress` packed."""
    block = int(np.searchsorted(firsts, index, "right")) - 1
    start, end = int(ends[index - 1]) if index > firsts[block] else 0, int(ends[index])
    compressed = pool[offsets[block] : offsets[block + 1]].tobytes()
    return zlib.decompressobj(-_WINDOW).decompress(compressed, end)[start:] if end else b""


def _runs(pieces: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The pieces in runs of about `_BLOCK` bytes. Whether a run ends with a piece only the piece says, so a changed one moves few others."""
    run = list[bytes]()
    for piece in pieces:
        run.append(piece)
        if zlib.crc32(piece) % _BLOCK < len(piece):
            yield run
            run = []
    if run:
        yield run


def _deflate(whole: bytes) -> bytes:
    squeeze = zlib.compressobj(_LEVEL, zlib.DEFLATED, -_WINDOW)
    return squeeze.compress(whole) + squeeze.flush()


def write(path: str | Path, meta: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Write `meta` (JSON) and `arrays` to `path`, replacing what is there at once or not at all.

    Raises IndexFileError when the folder can't be written.
    """
    shown = Path(path)
    try:
        path = _target(shown)
    except (OSError, ValueError) as error:
        raise _unwritable(shown, error, "choose another place to write to") from error
    temporary = part(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _writing.add(temporary)  # before it is there: another thread may tidy up
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
        handle = os.open(temporary, flags, 0o666)  # mkstemp would hide it from other users
    except (OSError, ValueError) as error:
        _writing.discard(temporary)
        raise _unwritable(shown, error, "choose another place to write to") from error
    try:
        with os.fdopen(handle, "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                archive.comment = bytes(_CHECKSUM)
                text = json.dumps(meta, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
                _add(archive, "meta.json", text.encode("utf-8", "replace"))
                for name, array in arrays.items():
                    array, header = np.ascontiguousarray(array), BytesIO()
                    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(array))
                    _add(archive, f"{name}.npy", header.getvalue(), array.reshape(-1).view(np.uint8).data)
            file.flush()
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as written:
                checksum = _checksum(memoryview(written))
            file.seek(-_CHECKSUM, os.SEEK_END)
            file.write(checksum)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise _unwritable(shown, error, "free some space or choose another place") from error
    finally:
        temporary.unlink(missing_ok=True)
        _writing.discard(temporary)
    tidy(path.parent, f"{path.name}.")


def _target(path: Path) -> Path:
    """Where a link leads, for that is what is to be replaced. Raises OSError for what is there and no ordinary file."""
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if target.exists() and not target.is_file():
        raise OSError(errno.ESPIPE, "not an ordinary file")
    return target


def _checksum(view: memoryview) -> bytes:
    with view[:-_CHECKSUM] as content:
        return f"{zlib.crc32(content):08x}".encode()


def _unwritable(path: Path, error: Exception, advice: str) -> IndexFileError:
    english, chinese = reasons(error)
    return IndexFileError(
        f"{path}: can't be written ({english}); {advice}", f"{path}：写不进去（{chinese}），请换一个位置或腾出空间"
    )


_writing: set[Path] = set()  # what this process is writing now


def part(path: Path) -> Path:
    """Where this thread writes what is to be at `path`; `tidy` tells by the name whose it is."""
    return path.parent / f".{path.name}.{os.getpid()}-{threading.get_ident()}.part"


def tidy(folder: Path, beginning: str) -> None:
    """Removes what writers that were killed left in a folder, of files whose names begin so."""
    for stray in folder.glob(f".{glob.escape(beginning)}*.part"):
        writer = stray.suffixes[-2].removeprefix(".").partition("-")[0]
        if writer.isdecimal() and stray not in _writing and (int(writer) == os.getpid() or not _running(int(writer))):
            with suppress(OSError):
                stray.unlink()


def _running(pid: int) -> bool:
    if os.name == "nt":  # where signal 0 is Ctrl+C, and no file can be removed while somebody writes it
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        pass  # it runs, and is another user's
    return True


def _add(archive: zipfile.ZipFile, name: str, *pieces: bytes | memoryview) -> None:
    member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    member.create_system, member.external_attr = 3, 0o644 << 16
    assert archive.fp is not None
    padding = -(archive.fp.tell() + 30 + len(name) + 4) % _ALIGNMENT
    member.extra = b"\x35\xd9" + padding.to_bytes(2, "little") + bytes(padding)  # the padding field that zip alignment tools use
    member.file_size = sum(map(len, pieces))
    with archive.open(member, "w") as file:
        for piece in pieces:
            file.write(piece)


def read(path: str | Path, rebuild: str, *, thorough: bool = False) -> tuple[dict[str, Any], dict[str, Array]]:
    """What `write` wrote: the JSON, and arrays that are views of the mapped file.

    `rebuild` is the command that makes the file anew. Raises IndexFileError, which names it, for a missing or damaged file; of a large one
    only a `thorough` look tells every damage.
    """
    try:
        if (
            not os.path.isfile(path) and not os.path.isdir(path) and os.path.exists(path)
        ):  # whoever opens a pipe waits for its writer
            raise OSError(errno.ESPIPE, "not an ordinary file")
        with open(path, "rb") as file:
            view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            if (thorough or len(view) <= _CHECKED_SIZE) and view[-_CHECKSUM:] != _checksum(view):
                raise ValueError("not what was written")
            with zipfile.ZipFile(file) as archive:
                meta = json.loads(archive.read("meta.json"))
                members = [member for member in archive.infolist() if member.filename.endswith(".npy")]
        return meta, {member.filename[:-4]: _array(view, member) for member in members}
    except FileNotFoundError as error:
        raise IndexFileError(
            f"{path}: no such file; make it with: {rebuild}", f"{path}：没有这个文件，请先建好：{rebuild}"
        ) from error
    except OSError as error:
        english, chinese = reasons(error)
        raise _unusable(path, f"can't be read ({english})", f"读不了（{chinese}）", rebuild) from error
    except Exception as error:  # there is no end of what zip, JSON and numpy raise for a damaged file
        raise _unusable(path, "damaged or not an index", "已损坏，或者不是索引文件", rebuild) from error


def _unusable(path: str | Path, english: str, chinese: str, rebuild: str) -> IndexFileError:
    return IndexFileError(f"{path}: {english}; make it anew with: {rebuild}", f"{path}：{chinese}，请重新生成：{rebuild}")


def _array(view: memoryview, member: zipfile.ZipInfo) -> Array:
    start = member.header_offset
    start += (
        30 + int.from_bytes(view[start + 26 : start + 28], "little") + int.from_bytes(view[start + 28 : start + 30], "little")
    )
    header = _HEADER.match(view, start)
    if not header or header.end() != start + 10 + int.from_bytes(header[1], "little"):
        raise ValueError("not an array that this package wrote")
    shape = tuple(map(int, filter(None, header[3].split(b","))))
    return np.frombuffer(view, header[2].decode(), math.prod(shape), header.end()).reshape(shape)
