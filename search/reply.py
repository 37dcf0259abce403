"""What of an answer people are shown, on the page and on the terminal alike."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from search.confidence import THRESHOLD
from search.document import Answer, Chunk, Hit, Kind, Language
from search.index import Index
from search.normalize import HAN

NEAR = 0.05  # confidence of a hit worth a look where there is no answer: 84 of 90 wanted entries have it, and 0.6 of 6 others
CLOSE = 0.85  # of the best score: a hit that may be the answer as well
_TOLD = re.compile(rf"[{HAN}]|(?<![^\W\d_])[a-z]")  # Han, or an English word that is no name and no code


def reply(index: Index, question: str, limit: int, reads: Language, kinds: Collection[Kind] | None = None) -> Answer:
    """The answer, out of what is written in the language that the asker `reads` where the question is in no language, or is an entry's name in
    Latin letters.

    Raises QuestionError.
    """
    answer = index.search(question, limit, kinds=kinds)
    told = bool(_TOLD.search(question))
    named = answer.answered and _names(answer.hits[0], question)
    if answer.language == reads or (told and (reads == "en" or not named)):  # names are written in Latin letters
        return answer
    own = index.search(question, limit, language=reads, kinds=kinds)
    if told:
        return own._replace(language=reads) if own.answered and _names(own.hits[0], question) else answer
    return (own if own.answered or (own.hits and not answer.answered) else answer)._replace(language=reads)


def translated(index: Index, answer: Answer, language: Language) -> Answer:
    """The answer with each entry as it is written in a language, where it is; then without marks, which are of the text that was found."""
    procedure = answer.procedure
    if procedure:
        procedure = _written(index, procedure.id, language) or procedure
    topic = _written(index, answer.open_id, language) if answer.open_id else None
    hits = tuple(_translated(index, hit, language) for hit in answer.hits)
    return answer._replace(hits=hits, procedure=procedure, open_question=topic.title if topic else answer.open_question)


def _written(index: Index, id: str, language: Language) -> Chunk | None:
    """The same chunk as it is written in a language, if it is."""
    return index.chunk(index.translations(index.position(id)).get(language, ""))


def _translated(index: Index, hit: Hit, language: Language) -> Hit:
    chunk = index.chunk(hit.translations.get(language, ""))
    if not chunk:
        return hit
    return hit._replace(chunk=chunk, marks={}, step=None, translations={hit.chunk.language: hit.chunk.id})


def _names(hit: Hit, question: str) -> bool:
    return _letters(question) in map(_letters, (hit.chunk.title, *hit.chunk.aliases))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def rivals(answer: Answer) -> tuple[Hit, ...]:
    """The hits that may be the answer as well as the best one, two at most."""
    return tuple(hit for hit in answer.hits[1:3] if hit.confidence >= THRESHOLD and hit.score >= CLOSE * answer.hits[0].score)


def near(answer: Answer) -> tuple[Hit, ...]:
    """The hits worth a look where there is no answer."""
    return tuple(hit for hit in answer.hits if hit.confidence >= NEAR)


def understood(answer: Answer) -> list[str]:
    """The question's words that the documents have: whole ones, those that overlap longer ones left out, and none that is only spelt alike."""
    ways: dict[str, set[str]] = {}
    for match in (match for hit in answer.hits for match in hit.matched):
        ways.setdefault(match.question, set()).add(match.via)
    guessed = {word for word, via in ways.items() if "spelling" in via and via <= {"spelling", "synonym"}}
    # One Han character says little.
    return _whole(answer.question, [word for word in answer.understood if len(word) > 1 and word not in guessed])


def missing(answer: Answer) -> list[str]:
    """The question's words that the documents lack: whole ones, those that overlap longer ones left out."""
    return _whole(answer.question, answer.missing)


def _whole(question: str, words: Sequence[str]) -> list[str]:
    taken, kept = set[int](), list[str]()
    for word in sorted(words, key=len, reverse=True):
        start = question.find(word)
        place = range(start, start + len(word)) if start >= 0 else range(0)
        if taken.isdisjoint(place):
            kept.append(word)
            taken.update(place)
    return sorted(kept, key=words.index)


def is_russian(question: str) -> bool:
    """Whether most letters are Cyrillic."""
    letters = list(filter(str.isalpha, question))
    return 2 * sum("\u0400" <= letter <= "\u04ff" for letter in letters) > len(letters)
