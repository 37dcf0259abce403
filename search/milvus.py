"""An index in Milvus: a chunk a row, the likeliest few hundred found there by a sparse inner product, and scored here as any index scores.

What a question needs to become a query (vocabulary, how many chunks have each term, dictionaries) lies in the same collection, as pieces
of a file, so that whoever has the address can ask and every shard is scored by the same figures. A collection never changes once it is
whole: its name ends in a digest of what it holds, and an alias says which one is asked.

    row     primary key: (position + 1) << 20 | piece; position -1 is the file, and a text too long for a field goes on in further pieces
    pieces  how many rows the text takes, in the first of them
    key     a hash of the chunk's id
    alone   whether there is no such chunk in the other language
    facts   JSON: the factors of the fields, and of each heading the idf of its words, its intent and its terms
    chunk   JSON: the chunk; or the file, compressed, in base64
    terms   sparse vector: saturated frequency by term id + 1; dimension 0 is for rows without terms, which need a vector, too
"""

from __future__ import annotations

import json
import os
import time
import warnings
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import blake2b
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from search import store
from search.document import FIELDS, LANGUAGES, OTHER, Answer, Chunk, Kind, Language
from search.errors import DependencyError, IndexFileError, WenluError
from search.index import Index, kind_numbers
from search.lexicon import Concept, Query
from search.rank import K1, pack, saturate
from search.saved import check_version, unpack_chunk

LAYOUT = 1  # of the rows; part of a collection's name
CANDIDATES = 300  # chunks that the engine finds for a question, at least
FOREIGN_CANDIDATES = (
    1000  # the same across languages, where a word has many translations and the linear form is less like the score
)
REPUBLISH = "wenlu index --corpus DOCUMENTS --to ADDRESS"
_PATIENCE = 10.0  # seconds in which a request is tried again and again, at growing intervals
_WAITING = 3.0  # the same for what a question waits for
_WRITING = 120.0  # the same for a batch of rows
_STALENESS = 5.0  # seconds by which a search of a cluster may lag behind what was written
_BITS = 20  # of a row's number that count the pieces of one text
_TEXT, _ASCII = 16_000, 60_000  # characters of a piece; a field holds 65,535 bytes
_BATCH_ROWS, _BATCH_SIZE = 1000, 4_000_000  # rows and characters that are sent at once
_FACTS = ["row", "language", "kind", "alone", "pieces", "facts", "terms"]
_T = TypeVar("_T")


class Place(NamedTuple):
    """Where a collection is: the server's URL or a Milvus Lite file, and the alias by which it is asked."""

    address: str
    alias: str

    @property
    def lite(self) -> bool:
        """Whether the engine runs in this process."""
        return self.address.endswith(".db")

    def __str__(self) -> str:
        return self.address if self.alias == "wenlu" else f"{self.address}#{self.alias}"


def place_of(text: str) -> Place | None:
    """What an address names: http(s)://HOST:PORT[/DATABASE][#ALIAS], or a Milvus Lite file NAME.db[#ALIAS], which "milvus-lite:" may
    precede; None for anything else, such as an index that `wenlu index --output` wrote to a file with that name."""
    address, _, alias = text.removeprefix("milvus-lite:").partition("#")
    if text.startswith(("http://", "https://")) or text.startswith("milvus-lite:"):
        return Place(address, alias or "wenlu")
    return Place(address, alias or "wenlu") if address.endswith(".db") and not _own(Path(address)) else None


def _own(path: Path) -> bool:
    with suppress(OSError):
        if path.is_file():
            with path.open("rb") as file:
                return file.read(2) == b"PK"
    return False


def load(address: str) -> Index:
    """The index in a file, or at an address of Milvus. Raises IndexFileError, DependencyError or WenluError with the next step."""
    place = place_of(address)
    return Published.open(place) if place else Index.load(address)


def stamp(address: str) -> str:
    """What changes when another index is published at an address of Milvus. Raises WenluError."""
    place = place_of(address)
    return str(place and _target(_connect(place), place))


# --- requests ---------------------------------------------------------------------------------------------------------------------


def _connect(place: Place, *, create: bool = False) -> Any:
    import logging  # a lookup in an index file loads this module, and should start at once

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it and gRPC say about other packages when they are loaded
            import pymilvus

            if place.lite:
                import milvus_lite  # noqa: F401  (the client starts it)
    except ImportError as error:
        raise DependencyError(
            "Milvus is not installed; install it with: pip install 'wenlu[milvus]'",
            "还没有安装 Milvus，请运行：pip install 'wenlu[milvus]'",
        ) from error
    for name in ("pymilvus", "milvus_lite"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # every failure is said once, by whoever asked
    if place.lite and not create and not Path(place.address).exists():
        raise _absent(place)
    with _requests(place):
        if place.lite:
            Path(place.address).parent.mkdir(parents=True, exist_ok=True)
        options = {"grpc_options": {"grpc.keepalive_time_ms": 3_600_000}} if place.lite else {}  # it takes pings amiss
        return _patiently(
            lambda: pymilvus.MilvusClient(
                place.address, token=os.environ.get("WENLU_MILVUS_TOKEN", ""), timeout=_PATIENCE, **options
            ),
            _PATIENCE,
        )


def _patiently(ask: Callable[[], Any], patience: float) -> Any:
    """Try again at growing intervals, for some seconds, while there is no connection; what fails in another way the client itself tries again."""
    from pymilvus.client.types import Status
    from pymilvus.exceptions import MilvusException

    delay, deadline = 0.1, time.monotonic() + patience
    while True:
        try:
            return ask()
        except MilvusException as error:
            if error.code != Status.CONNECT_FAILED or time.monotonic() + delay > deadline:
                raise
        time.sleep(delay)
        delay *= 2


@contextmanager
def _requests(place: Place) -> Iterator[None]:
    """Errors of the client, which has tried again by itself, as ours."""
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except (MilvusException, OSError) as error:
        reason = " ".join(str(getattr(error, "message", None) or error).split())[:200]
        if place.lite:
            english = "stop any other process that uses it, or publish it anew"
            chinese = "请先停掉正在使用它的其他进程，或者重新发布"
        else:
            english = "check that Milvus runs there and that $WENLU_MILVUS_TOKEN is right, then try again"
            chinese = "请确认 Milvus 正在那里运行、$WENLU_MILVUS_TOKEN 正确，然后重试"
        raise WenluError(f"{place}: no reply ({reason}); {english}", f"{place}：没有得到答复（{reason}），{chinese}") from error


def _absent(place: Place) -> IndexFileError:
    return IndexFileError(
        f"{place}: nothing is published there; publish with: {REPUBLISH}", f"{place}：那里还没有发布过，请先发布：{REPUBLISH}"
    )


def _target(client: Any, place: Place) -> str | None:
    """The collection that the alias names."""
    with _requests(place):
        if not client.has_collection(place.alias, timeout=_PATIENCE):
            return None
        return str(client.describe_alias(place.alias, timeout=_PATIENCE)["collection_name"])


# --- publishing -------------------------------------------------------------------------------------------------------------------


def publish(index: Index, address: str, progress: Callable[[int], None] = lambda rows: None) -> bool:
    """Put an index where `load` finds it, and say whether that changed anything. `progress` is told of each batch how many chunks it had.

    What a publish that was killed has written is not written again. Readers see the earlier index until the new one is whole.
    Raises WenluError or DependencyError.
    """
    place = place_of(address)
    if not place:
        raise WenluError(
            f"{address}: not an address of Milvus; give http://HOST:19530, or a file name that ends in .db",
            f"{address}：不是 Milvus 的地址，请写 http://主机:19530，或者以 .db 结尾的文件名",
        )
    client = _connect(place, create=True)
    meta, common, chunks = index.apart()
    meta["k1"] = K1  # with which the frequencies are saturated: a reader of another version must know
    meta["digest"] = _digest(meta, common | chunks)
    name = f"{place.alias}_{meta['digest']}"
    before = _target(client, place)
    if before == name:
        return False
    with _requests(place):
        _prepare(client, name, len(index))
        count = wrote = 0
        for batch in _batches(_rows(index, meta, common, chunks)):
            count += len(batch)
            if _count(client, name, f"row >= {batch[0]['row']} and row <= {batch[-1]['row']}") < len(batch):
                client.upsert(name, batch, timeout=_WRITING)
                wrote += 1
            progress(sum(row["language"] >= 0 for row in batch))
        client.flush(name, timeout=_WRITING)
        if wrote and not place.lite:
            time.sleep(_STALENESS)
        if (found := _count(client, name, "row >= 0")) != count:
            raise WenluError(
                f"{place}: {found:,} of {count:,} rows arrived; publish again",
                f"{place}：{count:,} 行只到了 {found:,} 行，请再发布一次",
            )
        (client.alter_alias if before else client.create_alias)(name, place.alias, timeout=_PATIENCE)
        for other in client.list_collections(
            timeout=_PATIENCE
        ):  # the earlier one, and what publishes left that were never finished
            if other.startswith(f"{place.alias}_") and other != name and len(other) == len(name):
                client.drop_collection(other, timeout=_PATIENCE)
    return True


def _digest(meta: Mapping[str, Any], arrays: Mapping[str, store.Array]) -> str:
    digest = blake2b(f"{LAYOUT} {json.dumps(meta, sort_keys=True)}".encode("utf-8", "replace"), digest_size=8)
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array))  # type: ignore[arg-type]
    return digest.hexdigest()


def _prepare(client: Any, name: str, chunks: int) -> None:
    from pymilvus import DataType

    if not client.has_collection(name, timeout=_PATIENCE):
        schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("row", DataType.INT64, is_primary=True)
        schema.add_field("key", DataType.INT64)
        for field in ("language", "kind"):
            schema.add_field(field, DataType.INT8)
        schema.add_field("alone", DataType.BOOL)
        schema.add_field("pieces", DataType.INT32)
        for field in ("facts", "chunk"):
            schema.add_field(field, DataType.VARCHAR, max_length=65_535)
        schema.add_field("terms", DataType.SPARSE_FLOAT_VECTOR)
        client.create_collection(name, schema=schema, num_shards=min(16, 1 + chunks // 100_000_000), timeout=_PATIENCE)
    if "terms" not in client.list_indexes(name):
        parameters = client.prepare_index_params()
        parameters.add_index("terms", index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
        parameters.add_index("key", index_type="INVERTED")
        client.create_index(name, parameters, timeout=_PATIENCE)
    client.load_collection(name, timeout=_WRITING)


def _count(client: Any, name: str, condition: str) -> int:
    rows = client.query(
        name, filter=condition, output_fields=["count(*)"], consistency_level="Strong", timeout=_WRITING
    )  # of what has arrived, not of what a search may see by now
    return int(rows[0]["count(*)"])


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The rows as they are sent; the same rows are always divided alike."""
    batch: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(row["facts"]) + len(row["chunk"]) + 8 * len(row["terms"])
        if len(batch) == _BATCH_ROWS or size > _BATCH_SIZE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _rows(
    index: Index, meta: Mapping[str, Any], common: Mapping[str, store.Array], chunks: Mapping[str, store.Array]
) -> Iterator[dict[str, Any]]:
    with _scratch() as file:
        store.write(file, meta, common)
        text = b64encode(zlib.compress(file.read_bytes(), 6)).decode()
    nothing = {"key": 0, "language": -1, "kind": -1, "alone": False, "terms": {0: 1.0}}
    yield from _pieces(0, nothing, "", text, _ASCII)
    positions, tf = index.postings.read(chunks["postings"].astype(np.int64))
    terms = _by_row(index.postings.starts, positions, saturate(tf.astype(np.float64)), len(index))
    owners, weights, intents = chunks["heading_owners"], chunks["heading_weights"], chunks["heading_intents"]
    headings = _by_row(chunks["heading_starts"], chunks["heading_postings"], chunks["heading_postings"], len(owners))
    firsts = np.searchsorted(owners, np.arange(len(index) + 1))
    for position, (ids, values) in enumerate(terms):
        text = index.packed_chunk(position).decode()
        own = range(int(firsts[position]), int(firsts[position + 1]))
        facts = {
            "factors": chunks["factors"][:, position].tolist(),
            "headings": [[float(weights[heading]), int(intents[heading]), next(headings)[0].tolist()] for heading in own],
        }
        row = {
            "key": _key(unpack_chunk(text).id),
            "language": int(chunks["language"][position]),
            "kind": int(chunks["kind"][position]),
            "alone": bool(chunks["counterpart"][position] < 0),
            "terms": dict(zip((ids + 1).tolist(), values.tolist(), strict=True)) or nothing["terms"],
        }
        yield from _pieces(position + 1, row, json.dumps(facts, separators=(",", ":")), text, _TEXT)


def _pieces(number: int, row: dict[str, Any], facts: str, chunk: str, size: int) -> Iterator[dict[str, Any]]:
    cut = [[text[start : start + size] for start in range(0, len(text), size)] or [""] for text in (facts, chunk)]
    pieces = list(zip_longest(*cut, fillvalue=""))
    for piece, (some_facts, some_chunk) in enumerate(pieces):
        first = row if not piece else row | {"language": -1, "terms": {0: 1.0}}  # only the first is ever searched for
        yield first | {"row": number << _BITS | piece, "pieces": len(pieces), "facts": some_facts, "chunk": some_chunk}


def _by_row(starts: store.Array, rows: store.Array, values: store.Array, count: int) -> Iterator[tuple[store.Array, store.Array]]:
    """Inverted lists the other way round: of each row its terms, ascending, and their values."""
    terms = np.repeat(np.arange(len(starts) - 1, dtype=np.int32), np.diff(starts))
    order = np.argsort(rows, kind="stable")
    ends = np.cumsum(np.bincount(rows, minlength=count))
    for start, end in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True):
        yield terms[order[start:end]], values[order[start:end]]


def _key(id: str) -> int:
    return int.from_bytes(blake2b(id.encode("utf-8", "surrogatepass"), digest_size=8).digest()) >> 1


# --- searching --------------------------------------------------------------------------------------------------------------------


class Published(Index):
    """An index in Milvus. It holds what every question needs and no chunks; those that may answer are fetched and scored as a small
    `Index` of their own. When another index takes its place, `search` and `chunk` go on with that one."""

    _place: Place
    _client: Any
    _collection: str
    _next: Published | None = None

    @classmethod
    def open(cls, place: Place) -> Published:
        """What is published at a place. Raises IndexFileError when nothing is, or what another version published."""
        client = _connect(place)
        collection = _target(client, place)
        if collection is None:
            raise _absent(place)
        if place.lite:  # which forgets that it was loaded
            with _requests(place):
                client.load_collection(collection, timeout=_PATIENCE)
        meta, arrays = _statistics(client, place, collection)
        check_version(meta, str(place), REPUBLISH)
        index = cls(meta, arrays | _arrays([], range(len(arrays["df"])), K1))
        index._place, index._client, index._collection = place, client, collection
        return index

    def __len__(self) -> int:
        return int(self._meta["count"])

    def _alone(self, language: Language) -> bool:
        return language in self._meta["alone"]

    @property
    def signature(self) -> str:
        """What differs where anything in the index does."""
        return str(self._meta["digest"])

    @property
    def arrays(self) -> dict[str, store.Array]:
        """Nothing: raises WenluError, for the chunks are not here to be saved or exported."""
        raise WenluError(
            f"{self._place}: only documents or an index file can be saved or exported; name them with --corpus or --index",
            f"{self._place}：只有文档或索引文件才能保存、导出，请用 --corpus 或 --index 指定",
        )

    def save(self, path: str | Path) -> None:
        """As `arrays`."""
        self.arrays  # noqa: B018

    def chunk(self, id: str) -> Chunk | None:
        """The chunk with this id."""
        return self._follow(lambda index: Index.chunk(index, id))

    def position(self, id: str) -> int:
        """The position of the chunk with this id, -1 when there is none."""
        for row in self._ask("query", filter=f"key == {_key(id)} and language >= 0", output_fields=["row"]):
            position = (int(row["row"]) >> _BITS) - 1
            if self._at(position).id == id:
                return position
        self._still()
        return -1

    def translations(self, position: int) -> dict[str, str]:
        """The id of the same chunk in the other language, by language; empty when it has none."""
        rows = self._ask("get", ids=[position + 1 << _BITS], output_fields=["alone"])
        if not rows:
            raise _lost(self._place)
        return _translations(self._at(position), bool(rows[0]["alone"]))

    def search(
        self, question: str, limit: int = 5, *, language: Language | None = None, kinds: Collection[Kind] | None = None
    ) -> Answer:
        """As `Index.search`. Raises WenluError when the engine can't be reached."""
        return self._follow(lambda index: index._search(question, limit, language, kinds))

    def _search(self, question: str, limit: int, language: Language | None, kinds: Collection[Kind] | None) -> Answer:
        query = self.query(question, language)
        rows: list[dict[str, Any]] = []
        groups: list[list[str]] = (
            [[]] if kinds is None else [[f"kind {which} {kind_numbers(kinds)}"] for which in ("in", "not in")]
        )
        for target, concepts in query.concepts.items():
            conditions = [f"language == {LANGUAGES.index(target)}"]
            if not language and target != query.language:
                conditions.append("alone == true")
            wanted, vector = CANDIDATES if target == query.language else FOREIGN_CANDIDATES, self._linear(concepts)
            for some in groups:
                rows += self._nearest(vector, " and ".join([*conditions, *some]), max(wanted, 3 * limit))
        terms = sorted({term.id for concepts in query.concepts.values() for concept in concepts for term in concept.terms})
        part = _Part(self, sorted(rows, key=lambda row: int(row["row"])), terms)
        return part.answer(_renumbered(query, terms), limit, language, kinds)

    def _linear(self, concepts: Sequence[Concept]) -> dict[int, float]:
        """The query as one sparse vector: exact where a concept has one term, and near where it has more."""
        vector: dict[int, float] = {}
        for concept in concepts:
            weight = concept.weighted(self.postings).gain
            for term in concept.terms:
                gain = weight * float(saturate(np.array(term.probability)))
                vector[term.id + 1] = vector.get(term.id + 1, 0.0) + gain
        return {term: weight for term, weight in vector.items() if weight > 0}

    def _nearest(self, vector: dict[int, float], condition: str, limit: int) -> list[dict[str, Any]]:
        if not vector:
            return []
        limit = min(limit, 16_384)  # the most that Milvus gives
        found = self._ask(
            "search",
            data=[vector],
            anns_field="terms",
            search_params={"metric_type": "IP"},
            filter=condition,
            limit=limit,
            output_fields=_FACTS,
        )
        if len(found[0]) < limit:
            self._still()
        return self._whole([dict(hit["entity"]) for hit in found[0]], "facts")

    def _still(self) -> None:
        """Raises WenluError when another index has taken the place: rows that were not found may have been dropped meanwhile."""
        if _target(self._client, self._place) != self._collection:
            raise _lost(self._place)

    def _read_chunk(self, position: int) -> Chunk:
        return unpack_chunk(self._texts([position + 1 << _BITS])[0])

    def _texts(self, rows: Sequence[int]) -> list[str]:
        """The JSON of the chunks in these rows, in their order."""
        found = self._ask("get", ids=list(rows), output_fields=["row", "pieces", "chunk"]) if rows else []
        texts = {int(row["row"]): str(row["chunk"]) for row in self._whole([dict(row) for row in found], "chunk")}
        try:
            return [texts[row] for row in rows]
        except KeyError as error:
            raise _lost(self._place) from error

    def _whole(self, rows: list[dict[str, Any]], field: str) -> list[dict[str, Any]]:
        return _whole(lambda ids: self._ask("get", ids=ids, output_fields=["row", field]), rows, field, self._place)

    def _ask(self, request: str, **arguments: Any) -> Any:
        with _requests(self._place):
            return _patiently(lambda: getattr(self._client, request)(self._collection, timeout=_WAITING, **arguments), _WAITING)

    def _follow(self, ask: Callable[[Published], _T]) -> _T:
        index = self._next or self
        for _ in range(3):  # however often it is published anew meanwhile
            try:
                return ask(index)
            except WenluError:
                if _target(index._client, index._place) in (None, index._collection):
                    raise
            index = self._next = Published.open(index._place)
        return ask(index)


class _Part(Index):
    """The chunks that may answer a question, as an index whose statistics are those of the whole."""

    def __init__(self, whole: Published, rows: Sequence[Mapping[str, Any]], terms: Sequence[int]) -> None:
        self._whole, self._rows, self._texts = whole, rows, dict[int, str]()
        df = whole._arrays["df"][terms]
        super().__init__(whole._meta, _arrays(rows, terms, whole._meta["k1"]) | {"df": df}, whole.lexicon)

    def _best(self, *asked: Any) -> tuple[dict[int, float], tuple[int, float]]:
        score_of, unanswered = super()._best(*asked)
        positions = [*score_of, *([unanswered[0]] if unanswered[1] else [])]
        texts = self._whole._texts([self._rows[position]["row"] for position in positions])  # fetched all at once
        self._texts.update(zip(positions, texts, strict=True))
        return score_of, unanswered

    def _read_chunk(self, position: int) -> Chunk:
        return unpack_chunk(self._texts[position])

    def chunk(self, id: str) -> Chunk | None:
        return Index.chunk(self._whole, id)

    def translations(self, position: int) -> dict[str, str]:
        return _translations(self._at(position), bool(self._rows[position]["alone"]))


def _translations(chunk: Chunk, alone: bool) -> dict[str, str]:
    other = None if alone else chunk.counterpart
    return {OTHER[chunk.language]: other} if other else {}


def _arrays(rows: Sequence[Mapping[str, Any]], terms: Sequence[int], k1: float) -> dict[str, store.Array]:
    """The arrays of these chunks, in which term number i is the i-th of `terms` (ascending) and others are left out."""
    numbers = {term: number for number, term in enumerate(terms)} if rows else {}
    facts = [json.loads(row["facts"]) for row in rows]
    headings = [(position, *heading) for position, fact in enumerate(facts) for heading in fact["headings"]]
    starts, postings, values = _inverted(
        [
            (numbers[term - 1], position, value)
            for position, row in enumerate(rows)
            for term, value in row["terms"].items()
            if term - 1 in numbers
        ],
        len(terms),
    )
    heading_starts, heading_postings, _ = _inverted(
        [(numbers[term], heading, 1.0) for heading, (*_, own) in enumerate(headings) for term in own if term in numbers],
        len(terms),
    )
    nothing, offsets = store.pack([])
    lists, tf = pack(postings, (k1 * values / (k1 + 1 - values)).astype(np.float32))  # what `saturate` took
    return {
        "starts": starts,
        "postings": lists,
        "tf": tf,
        "factors": np.array([fact["factors"] for fact in facts], np.float32).reshape(-1, len(FIELDS)).T,
        "language": np.array([row["language"] for row in rows], np.uint8),
        "kind": np.array([row["kind"] for row in rows], np.uint8),
        "counterpart": np.array(
            [-1 if row["alone"] else 0 for row in rows], np.int32
        ),  # whether there is one is all that ranking asks
        "ids_pool": nothing,
        "ids_offsets": offsets,
        "ids_positions": np.empty(0, np.int32),
        "heading_starts": heading_starts,
        "heading_postings": heading_postings,
        "heading_owners": np.array([heading[0] for heading in headings], np.int32),
        "heading_weights": np.array([heading[1] for heading in headings], np.float32),
        "heading_intents": np.array([heading[2] for heading in headings], np.uint8),
    }


def _inverted(entries: list[tuple[int, int, float]], terms: int) -> tuple[store.Array, store.Array, store.Array]:
    """Terms, rows and values as inverted lists: where each term's list starts, the rows, the values."""
    entries.sort()
    starts = np.zeros(terms + 1, np.int64)
    np.cumsum(np.bincount(np.array([term for term, _, _ in entries], np.int64), minlength=terms), out=starts[1:])
    return (
        starts,
        np.array([row for _, row, _ in entries], np.int32),
        np.array([value for _, _, value in entries], np.float64),
    )


def _renumbered(query: Query, terms: Sequence[int]) -> Query:
    """The query with the numbers that `_arrays` gives to its terms."""
    numbers = {term: number for number, term in enumerate(terms)}
    concepts = {
        language: tuple(
            concept._replace(terms=tuple(term._replace(id=numbers[term.id]) for term in concept.terms)) for concept in row
        )
        for language, row in query.concepts.items()
    }
    return query._replace(concepts=concepts)


# --- what questions need ----------------------------------------------------------------------------------------------------------


def _statistics(client: Any, place: Place, collection: str) -> tuple[dict[str, Any], dict[str, store.Array]]:
    """The index without its chunks, kept in the user's cache folder until another one is published."""
    from platformdirs import user_cache_path

    key = blake2b(f"{os.path.abspath(place.address) if place.lite else place.address}#{place.alias}".encode(), digest_size=8)
    cached = user_cache_path("wenlu", appauthor=False) / f"milvus-{key.hexdigest()}.wenlu"
    with suppress(IndexFileError):
        meta, arrays = store.read(cached, REPUBLISH)
        if collection == f"{place.alias}_{meta.get('digest')}":
            return meta, arrays

    def get(ids: list[int]) -> list[dict[str, Any]]:
        with _requests(place):
            found = client.get(collection, ids=ids, output_fields=["row", "pieces", "chunk"], timeout=_PATIENCE)
        return [dict(row) for row in found]

    whole = _whole(get, get([0]), "chunk", place)
    if not whole:
        raise _lost(place)
    data = zlib.decompress(b64decode(whole[0]["chunk"]))
    with _scratch() as file:
        file.write_bytes(data)
        meta, arrays = store.read(file, REPUBLISH)
        with suppress(IndexFileError):  # a cache that can't be written costs time at the next start, nothing else
            store.write(cached, meta, arrays)
        return meta, arrays


@contextmanager
def _scratch() -> Iterator[Path]:
    """A place for a file, in a folder that goes afterwards."""
    from tempfile import TemporaryDirectory  # for start-up time: see `_connect`

    with TemporaryDirectory(prefix="wenlu-", ignore_cleanup_errors=True) as folder:  # Windows keeps a file that is mapped
        yield Path(folder) / "statistics.wenlu"


def _whole(
    get: Callable[[list[int]], Iterable[Mapping[str, Any]]], rows: list[dict[str, Any]], field: str, place: Place
) -> list[dict[str, Any]]:
    """The first pieces of some texts, with the whole text in them."""
    wanted = [row["row"] + piece for row in rows for piece in range(1, row["pieces"])]
    rest: dict[int, str] = {}
    for start in range(0, len(wanted), 100):
        rest |= {int(row["row"]): str(row[field]) for row in get(wanted[start : start + 100])}
    if len(rest) != len(wanted):
        raise _lost(place)
    for row in rows:
        row[field] += "".join(rest[row["row"] + piece] for piece in range(1, row["pieces"]))
    return rows


def _lost(place: Place) -> WenluError:
    return WenluError(
        f"{place}: rows are missing; ask again, or publish it anew with: {REPUBLISH}",
        f"{place}：有些行不见了，请再问一次，或者重新发布：{REPUBLISH}",
    )
