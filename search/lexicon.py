"""Everything that turns a question's words into terms of this corpus, each with its probability and the reason for it.

A question becomes one query for each language of the corpus: concepts for the chunks written in it. In the asker's own language a concept
is the word with its synonyms, spellings and sounds; in the other one it is the word's translations.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple, get_args

from search.analyze import LONGEST_PHRASE, LONGEST_WORD, Segmenter, Token, stem, token_terms, tokenize
from search.document import Chunk, Language, Via
from search.normalize import CLAUSE_END, HAN_RUN, fold, fold_with_offsets
from search.pinyin import Sounds, is_pinyin
from search.rank import Postings, Weighted
from search.spelling import SLIP, Known, Reading, Rewritten, Speller, han_readings
from search.store import Array, Compact, Strings
from search.tables import in_glosses, tables
from search.translate import Translator, Word, rarity

SYNONYM = 0.55  # probabilities of terms that are not the question's own word
DICTIONARY_BESIDE_GROUP = 0.5  # of the dictionary's translations of a word that the corpus's own groups translate
BIGRAM, CHARACTER, STOP, PHRASE = 0.3, 0.2, 0.2, 0.5  # weights of concepts that are not words of content
ORDINARY, FEW = 0.6, 200  # rarity of an English word that the dictionary's glosses use; times that a rare Chinese word was seen
GUESS = (
    0.35  # the probability up to which a synonym is one by its translations alone, and a misspelling one of a word that is a word
)
WITHIN = 0.5  # factor of the weight of a word inside a longer word or phrase that counts too

Intent = Literal["what", "how", "why", "when", "where", "who"]  # what comes first: `rank.agreement` counts on it
INTENTS: tuple[Intent, ...] = get_args(Intent)

_STOP_STEMS = frozenset(
    map(
        stem,
        """a about above after again all also am an and any are as at be because been before being between both but by can could did do does doing
        for from had has have having he her here hers him his how i if in into is it its just let me more most my no nor not now of off on once
        only or other our out over own please same shall she should so some such than that the their them then there these they this those to too
        under until up upon us very was we were what when where which while who whom whose why will with would you your
        many much long often get got need want help tell know thing something anything someone still ever yet via may might must
        i'm i've i'd i'll it's isn't aren't wasn't doesn't didn't don't hasn't haven't can't won't pls ok okay lol hi hello thanks thank
        anyone anybody somebody everyone guys sorry since today yesterday suddenly really also actually even
        а в во где для до если есть и из как какие какои когда кто куда ли мне могу может можно мои на надо не нет но нужно о от по почему при
        с сколько то у уже через что это я""".split(),  # the last two lines: Russian, folded, which sellers mix in
    )
)
QUESTION_WORDS = frozenset(
    """什么 多少 哪 哪个 哪些 哪里 哪儿 谁 何时 何地 为何 如何 怎么 怎样 怎么样 怎么办 为什么 为啥 咋 咋办 咋回事 怎么回事 啥 吗 呢 吧 啊 呀 哦 的 了 是 在 有 和 与 被 对
    于 从 由 到 把 为 以 及 或 会 能 可以 几 请问 是否 之 中 这 那 它 他 她 们 我 你 您 我们 你们 他们 她们 它们 个 种 位 什么时候 时候 一个 一种 哪一 哪种 哪位 哪年 多 少 大 什么样
    应该 应 该 要 想 需要 就 都 也 还 还是 又 才 只 很 太 让 给 跟 着 过 得 地 上 下 里 去 来 说 吧 嘛 呗 求助 请 帮 帮忙 麻烦 谢谢 一下 怎 做 办 弄 搞 知道 告诉 现在 已经 但 但是
    然后 因为 所以 如果 这个 那个 这样 那样 这里 那里 有没有 是不是 能不能 可不可以 会不会 行不行 没 没有 不 呃 嗯 哈 点 些 有些 一些 自己 别 吗 各位 大家 大佬 老板 亲
    哪一位 哪一年 哪一个 哪天 何种 何处 何人 那种 这种 老是 死活 拜托 求解 跪求 有人 你好 您好 哈喽 哈啰 嗨 喂
    今天 昨天 前天 今早 昨晚 刚 刚刚 刚才 最近 前几天 这几天 这两天 里面 上周 下周 这周
    突然 其实 明明 究竟 居然 竟然 反正 偏偏 干脆
    哪里找 几个 鸭 哒 捏 哪家 哪边 哪份 哪样 啥样 哪几个 哪几种 啥时候 哈哈 听说 想知道
    点样 边度 系咪 点解 几多 几时 几耐 即系 边个 点算 咩 乜 乜嘢
    烦请 告知 敬询 敬请 恳请 谨询 敬问
    多久 多长时间 到底 大概 那边 这边 的话 大神 支招 老铁
    就是说 问一下 问下 想问 问问 请教 来着 不好意思 打扰 话说 是吧 对吧 诶 欸 哎 唉 额""".split()
)
_OTHER_FUNCTION_WORDS = frozenset(  # that the dictionary's glosses lack, and that mean something
    "against during through throughout among amongst upon within without although though whether while whilst unless until despite except via per himself herself itself "
    "myself yourself ourselves themselves shouldn't couldn't wouldn't isn't aren't wasn't weren't doesn't didn't don't can't won't hasn't haven't".split()
)
_ASKED_BY: tuple[tuple[Intent, re.Pattern[str]], ...] = (
    ("why", re.compile(r"\bwhy\b|\breason|\bhow come\b|为什么|为何|为啥|点解|咋回事|怎么回事|原因|凭什么")),
    (
        "when",
        re.compile(
            r"\bwhen\b|\bhow (?:long|soon|fast|many (?:hours|days))\b|什么时候|啥时候|几时|何时|多久|几耐|多长时间|几天|几个小时|多少(?:天|小时)"
        ),
    ),
    ("where", re.compile(r"\bwhere\b|哪里|哪儿|在哪|去哪|边度")),
    ("who", re.compile(r"\bwho\b|谁|边个|哪个团队|哪个部门")),
    ("how", re.compile(r"\bhow\b|\bsteps?\b|怎么|如何|怎样|点样|咋|步骤|流程|教程|求助")),
)
_ASKING = re.compile(  # words that ask for a definition or a translation and name nothing
    r"(?:[和跟与].{1,12})?(?:(?:是不是|是)(?:一回事|一个东西|同一个东西|一样的)[吗么]?|有什么区别|有啥区别)|长什么样子?|长啥样"
    r"|(?:是|拿来)?(?:干嘛|干啥|干什么|做什么|做啥)用?的"
    r"|(?:用|的)?(?:中文|英文|英语|汉语)?(?:名|全称)?(?:是什么意思|是啥意思|什么意思|啥意思|是什么东西|是什么|是啥|是谁|指的是什么|是指什么|指什么|怎么说|咋说|怎么讲|咋讲|叫什么|叫啥|怎么翻译|什么叫)"
    r"|(?<=[^中英用能以会说讲写打懂有持成译])(?:全称|(?:的|用)?[中英]文名?)[\s?]*$"  # "KYC 中文?", but not "客服支持中文?"
    r"|\bwh(?:at|o)(?:'s| is| are| does| do)\b|\bmeaning(?: of)?\b|\bmeans?\b|\bstands? for\b|\bdefin(?:e|ition(?: of)?)\b"
)
_CHINESE_ASKS = re.compile("[怎咋啥哪]|什么|为何|如何|是否|能否|多[久少]|[а-я]")  # Russian words among Han are a Chinese seller's
_IDENTIFIER = re.compile(r"(?:\d\D*){5}")  # what an order or a ticket has and a topic has not: so many digits
_EVIDENCE = 300  # characters of a question whose pairs and single characters count, beside its words
_LONGEST_DEFINED = 4  # words of content in a question for a definition; a longer one asks about a situation


class Term(NamedTuple):
    """One way to meet a concept: a term of the corpus by its id, its probability, and how the question's word led to it."""

    term: str
    id: int
    probability: float
    via: Via

    @property
    def sure(self) -> bool:
        """Whether it stands for the word; one that is merely translated or spelt alike is a guess."""
        return self.via not in ("synonym", "spelling") or self.probability > GUESS


class Concept(NamedTuple):
    """One thing asked for: where it stands in the question (a range of characters), its terms, and its weight.

    `content` tells a word that carries meaning from the bigrams, characters and question words that only add evidence. `rarity` is how
    seldom a word that the corpus lacks is seen elsewhere, 0 to 1: a common one hardly tells what the question is about. `clause` is the number
    of the question's clause that it starts in.
    """

    text: str
    start: int
    end: int
    terms: tuple[Term, ...]
    weight: float = 1.0
    content: bool = True
    rarity: float = 1.0
    clause: int = 0

    @property
    def known(self) -> bool:
        """Whether the corpus has the word or what stands for it."""
        return any(term.sure for term in self.terms)

    def weighted(self, postings: Postings) -> Weighted:
        """The concept as `rank` takes it."""
        return Weighted.of(postings, [term.id for term in self.terms], [term.probability for term in self.terms], self.weight)


class Query(NamedTuple):
    """What a question became: its language, what kind of answer it and each of its clauses ask for, and its concepts for the chunks of each
    language."""

    question: str
    language: Language
    intent: Intent | None
    concepts: Mapping[Language, tuple[Concept, ...]]
    clauses: tuple[Intent | None, ...] = (None,)


def language_of(text: str) -> Language:
    """The language that the text is asked in: Chinese where there are Han characters, since those who write English use few of them.

    English words in a Chinese question are names of buttons and fields; "what does 提现 mean" is English by its function words, but
    "Waiting for your reply 怎么办" asks in Chinese.
    """
    folded = fold(text)
    if not (han := sum(map(len, HAN_RUN.findall(folded)))):
        return "en"
    if _CHINESE_ASKS.search(folded):
        return "zh"
    functions = sum(stem(token.text) in _STOP_STEMS for token in tokenize(folded) if token.kind == "word")
    return "en" if functions >= 2 and han <= 2 * functions else "zh"


def _intent(folded: str, words: list[Word]) -> Intent | None:
    """What kind of answer the question asks for, by its question words."""
    if _ASKING.search(folded) and sum(not word.stop for word in words) <= _LONGEST_DEFINED:
        return "what"
    return next((intent for intent, pattern in _ASKED_BY if pattern.search(folded)), None)


def _is_number_unknown(text: str, terms: Collection[object]) -> bool:
    """Whether a word has digits and the corpus lacks it: an order or a ticket, which is no topic."""
    return not terms and any(map(str.isdigit, text))


class Synonyms:
    """Groups of words that mean the same, in both languages: keys are Han strings or stems joined by spaces."""

    def __init__(self, groups: Iterable[Sequence[str]]) -> None:
        self.groups = [tuple(group) for group in groups]
        self._of: dict[str, list[int]] = {}
        for number, group in enumerate(self.groups):
            for member in group:
                self._of.setdefault(member, []).append(number)

    def __contains__(self, key: object) -> bool:
        return key in self._of

    def of(self, key: str) -> list[str]:
        """The other members of the key's groups, in the order they are written.

        Of a longer key no single character, which stands inside many words that mean something else: 级 for 几级 in 升级.
        """
        found = dict.fromkeys(member for number in self._of.get(key, ()) for member in self.groups[number])
        return [member for member in found if member != key and (len(member) > 1 or len(key) == 1)]


def _covered(words: Sequence[Word]) -> tuple[set[tuple[int, int]], set[int]]:
    """The ranges of some words, and all places in them."""
    return {(word.start, word.end) for word in words}, {place for word in words for place in range(word.start, word.end)}


def _edges(token: Token) -> Iterable[int]:
    """Where a word may begin or end: anywhere in Han, else at the token's own ends."""
    return range(token.start, token.end + 1) if token.kind == "han" else (token.start, token.end)


def synonym_key(written: str) -> str:
    """A word or phrase as the groups are keyed: Han text as it stands, other text as stems joined by spaces."""
    folded = fold(written).strip()
    if HAN_RUN.search(folded):
        return re.sub(r"\s+", "", folded)
    return " ".join(token_terms(token)[0][0] for token in tokenize(folded))


_SYNONYMS = re.compile(r"同义词|近义词|synonyms", re.IGNORECASE)


def synonym_groups(chunks: Sequence[Chunk]) -> tuple[list[Chunk], list[list[str]]]:
    """The chunks that are answers, and the groups of synonyms in the others.

    A section headed 同义词 or Synonyms holds a list whose items are words that mean the same, "提现 = 出金 = withdrawal", the official one first.
    """
    answers, groups = [], []
    for chunk in chunks:
        taught = []
        for part in chunk.parts if _SYNONYMS.search(chunk.title) else ():
            members = list(dict.fromkeys(filter(None, map(synonym_key, re.split(r"\s*[=＝]\s*", part.text)))))
            if len(members) > 1:
                taught.append(members)
        groups += taught
        if not taught:  # it may be about synonyms
            answers.append(chunk)
    return answers, groups


def intent_number(intent: Intent | None) -> int:
    """An intent as `rank` knows it: its place in INTENTS from 1, 0 for none."""
    return INTENTS.index(intent) + 1 if intent else 0


def _frequencies(arrays: Mapping[str, Array]) -> Callable[[str], float | None]:
    """Looks up how often the words of these arrays were seen, None for any other."""
    words, frequency = Strings.named(arrays, "words"), arrays["words_freq"].item
    return lambda word: frequency(index) if (index := words.find(word)) >= 0 else None


class Lexicon:
    """Turns questions into queries over one corpus's vocabulary."""

    def __init__(self, meta: Mapping[str, Any], arrays: Mapping[str, Array], known: Sequence[Mapping[str, int]] = ()) -> None:
        """The lexicon of an index, out of its JSON and its arrays. Of many texts Han words are told sooner by those that are `known`, with their
        frequencies: the corpus's own, then the dictionary's."""
        dictionaries: list[Callable[[str], float | None]] = [words.get for words in known]
        dictionaries = dictionaries or [_frequencies(arrays), _frequencies(tables())]
        self.segmenter = Segmenter(dictionaries, float(tables()["words_freq"].sum()))
        self.vocabulary, self.synonyms = Compact.named(arrays, "terms"), Synonyms(meta["synonyms"])
        self.translator, self.speller, self.sounds = Translator(arrays, self.vocabulary), Speller(arrays), Sounds(arrays)
        self.languages: Sequence[Language] = meta["languages"]
        self._find = lru_cache(maxsize=1 << 14)(self.vocabulary.find)
        self._name = lru_cache(maxsize=1 << 14)(self.vocabulary.__getitem__)
        self._synonyms = lru_cache(maxsize=1 << 12)(self._find_synonyms)
        self._known = lru_cache(maxsize=1 << 12)(self._look_up)

    def query(self, question: str, targets: Callable[[Language], Sequence[Language]] | None = None) -> Query:
        """The concepts of a question for the chunks of the `targets` of its language, by default of every language that the corpus has."""
        folded, offsets = fold_with_offsets(question)
        read = Rewritten(folded, self._readings(folded, lambda token: question[offsets[token.start]].isupper()))
        language = language_of(read.text)
        words = self._words(read.text)
        ends = [match.end() for match in CLAUSE_END.finditer(read.text)]
        traditional = {
            place
            for run in HAN_RUN.finditer(question)
            if fold(run.group()) != run.group()
            for place, character in enumerate(run.group(), run.start())
            if fold(character) != character
        }
        concepts = {}
        for target in targets(language) if targets else self.languages:
            found = self._native(read.text, words) if target == language else self._foreign(read.text, words, target)
            concepts[target] = tuple(
                self._located(question, offsets, read, concept, bisect_right(ends, concept.start), traditional)
                for concept in found
            )
        clauses = tuple(
            _intent(clause, [word for word in words if bisect_right(ends, word.start) == number])
            for number, clause in enumerate(CLAUSE_END.split(read.text))
        )
        return Query(question, language, _intent(read.text, words), concepts, clauses)

    def _readings(self, folded: str, capital: Callable[[Token], bool]) -> list[Reading]:
        """What of the question is to be read otherwise: pinyin, misspelt words. `capital` tells words that look like names."""
        tokens = list(tokenize(folded))
        readings = self.sounds.readings(tokens, self._known, capital, QUESTION_WORDS)
        sounded = {place for reading in readings for place in range(reading.start, reading.end)}
        rest = [token for token in tokens if token.start not in sounded and not (readings and is_pinyin(token.text))]
        readings += self.speller.readings(rest, self._known, capital)
        words = [(word.text, word.start, word.end, word.stop) for word in self._tokens(folded) if word.han]
        return readings + han_readings(words, self._known_han, self.segmenter.frequency, self.sounds.alike)

    def _look_up(self, word: str) -> Known:
        term = stem(word)
        if term in _STOP_STEMS:
            return "function"
        if word in self.speller:
            return "own"
        glosses = max(in_glosses(term), in_glosses(stem(re.sub("i?e(?:r|st)$", "", word))))  # newer, quietest
        return "english" if glosses > 2 or word in _OTHER_FUNCTION_WORDS else "name" if glosses >= 0 else ""

    def _known_han(self, word: str) -> bool:
        known = "zh" not in self.languages or self._find(word) >= 0
        return word in self.synonyms or (known and self.segmenter.frequency(word) > 0)

    def heading(self, text: str) -> tuple[dict[str, int], Intent | None]:
        """The content words of a heading as terms of the vocabulary, with their ids, and what kind of answer it asks for."""
        folded = fold(text)
        words = self._words(folded)
        terms = (word.term for word in words if not word.stop)
        return {term: index for term in terms if (index := self._find(term)) >= 0}, _intent(folded, words)

    def _located(
        self, question: str, offsets: list[int], read: Rewritten, concept: Concept, clause: int, traditional: set[int]
    ) -> Concept:
        """The concept as the question has it, at the clause of that number; `traditional` are the places of such characters."""
        first, last, readings = read.origin(concept.start, concept.end)
        start, end, terms = offsets[first], offsets[last - 1] + 1, concept.terms
        end = start + len(question[start:end].rstrip())  # a syllable goes on to the next one, over the space
        if readings:  # no term is surer than how its words were read
            sure, via = min(reading.probability for reading in readings), readings[0].via
            terms = tuple(
                Term(term.term, term.id, term.probability * sure, via if term.via in ("exact", "stem") else term.via)
                for term in terms
            )
            if read.text[concept.start : concept.end] == readings[0].text:
                others = [(synonym_key(other), p) for other, p in readings[0].others]
                terms += tuple(
                    Term(key, index, p, via)
                    for key, p in others
                    if (index := self._find(key)) >= 0 and all(index != term.id for term in terms)
                )
        if not traditional.isdisjoint(range(start, end)):
            terms = tuple(term._replace(via="script") if term.via == "exact" else term for term in terms)
        return concept._replace(text=question[start:end], start=start, end=end, terms=terms, clause=clause)

    def _words(self, folded: str) -> list[Word]:
        words = list(self._tokens(folded))
        asking = [match.span() for match in _ASKING.finditer(folded)]
        return [word for word in words if not any(start <= word.start < end for start, end in asking)] or words

    def _tokens(self, folded: str) -> Iterator[Word]:
        for token in tokenize(folded):
            if token.kind == "han":
                for text, start, end in self.segmenter(token.text):
                    yield Word(text, text, token.start + start, token.start + end, text in QUESTION_WORDS, True)
            else:
                terms = token_terms(token)
                for term, start, end in terms[:1] if _IDENTIFIER.search(token.text) else terms:
                    yield Word(folded[start:end], term, start, end, term in _STOP_STEMS)

    def _native(self, folded: str, words: list[Word]) -> list[Concept]:
        concepts = []
        for word in words:
            terms = [*self._exact(word), *self._synonyms(word.term)] or self._slips(word)
            weight = 1.0 if not word.stop else STOP
            if word.han and len(word.text) == 1:
                weight = CHARACTER if word.stop else BIGRAM
            tells = not word.stop and not _is_number_unknown(word.text, terms)
            concepts.append(Concept(word.text, word.start, word.end, tuple(terms), weight, tells, self._rarity(word, terms)))
        concepts += self._han_evidence(folded, words)
        longer = [*self._grouped(folded, words), *self._phrases(words)]
        spans = [(concept.start, concept.end) for concept in longer if concept.content]
        concepts = [
            concept._replace(weight=concept.weight * WITHIN)
            if concept.content and any(start <= concept.start and concept.end <= end for start, end in spans)
            else concept
            for concept in concepts
        ] + longer
        return concepts

    def _rarity(self, word: Word, terms: Collection[object]) -> float:
        if terms:
            return 1.0
        if word.han:
            return rarity(self.segmenter.frequency(word.text), self.segmenter.total, FEW)
        return 1.0 if in_glosses(word.term) < 3 else ORDINARY

    def _exact(self, word: Word) -> list[Term]:
        index = self._find(word.term)
        if index < 0:
            return []
        return [Term(word.term, index, 1.0, "exact" if word.han or word.text == word.term else "stem")]

    def _slips(self, word: Word) -> list[Term]:
        """The corpus's own words that one slip makes this word of, though it is a word, too: "manger" may be meant for "manager"."""
        if word.han or word.stop or "en" not in self.languages or self._known(word.text) == "own":
            return []
        others = [(synonym_key(other), p) for other, p in self.speller.corrections(word.text, True)]
        return [Term(other, index, SLIP * p, "spelling") for other, p in others if (index := self._find(other)) >= 0]

    def _find_synonyms(self, key: str) -> tuple[Term, ...]:
        own = [Term(member, index, SYNONYM, "synonym") for member in self.synonyms.of(key) if (index := self._find(member)) >= 0]
        known = {term.id for term in own}
        near = [(index, p) for index, p in self.translator.near(key) if index not in known]
        return *own, *(Term(self._name(index), index, p, "synonym") for index, p in near)

    def _han_evidence(self, folded: str, words: list[Word]) -> Iterator[Concept]:
        known, named = _covered(words)
        stops = {character for word in words if word.stop for character in range(word.start, word.end)}
        for token in tokenize(folded):
            if token.kind != "han":
                continue
            for length, weight in ((1, CHARACTER), (2, BIGRAM)):
                for start in range(token.start, min(token.end, _EVIDENCE) - length + 1):
                    if (start, start + length) in known or not named.issuperset(range(start, start + length)):
                        continue
                    text = folded[start : start + length]
                    if (index := self._find(text)) >= 0:
                        stopped = all(place in stops for place in range(start, start + length))
                        yield Concept(
                            text,
                            start,
                            start + length,
                            (Term(text, index, 1.0, "exact"),),
                            weight * (STOP if stopped else 1),
                            False,
                        )

    def _grouped(self, folded: str, words: list[Word]) -> Iterator[Concept]:
        """Members of synonym groups that the segmentation did not give: Han words, and those with letters or digits beside Han (B站)."""
        known, named = _covered(words)
        edges = sorted({edge for token in tokenize(folded) for edge in _edges(token)})
        for number, start in enumerate(edges):
            for end in edges[number + 1 : number + 1 + LONGEST_WORD]:
                if end - start > LONGEST_WORD or not named.issuperset(range(start, end)):
                    break
                text = folded[start:end]
                if end - start < 2 or (start, end) in known or text not in self.synonyms or not HAN_RUN.search(text):
                    continue
                if terms := [*self._exact(Word(text, text, start, end, han=True)), *self._synonyms(text)]:
                    yield Concept(text, start, end, tuple(terms), 1.0, True)

    def _phrases(self, words: list[Word]) -> Iterator[Concept]:
        for first in range(len(words)):
            for last in range(first + 1, min(first + LONGEST_PHRASE, len(words))):
                row = words[first : last + 1]
                if any(word.han for word in row):
                    break
                key = " ".join(word.term for word in row)
                index = self._find(key)
                terms = [*([Term(key, index, 1.0, "stem")] if index >= 0 else []), *self._synonyms(key)]
                if terms:
                    yield Concept(
                        key,
                        row[0].start,
                        row[-1].end,
                        tuple(terms),
                        1.0 if key in self.synonyms else PHRASE,
                        key in self.synonyms,
                    )

    def _foreign(self, folded: str, words: list[Word], target: Language) -> list[Concept]:
        """Concepts for chunks in the other language. What the corpus's own groups say of a word comes before what a dictionary says."""
        by_place = {(word.start, word.end): word for word in words}
        translations = self.translator.english(words) if target == "zh" else self.translator.chinese(folded, words, self.synonyms)
        concepts = []
        for translation in translations:
            word = by_place.get((translation.start, translation.end))
            own = [*self._exact(word), *self._synonyms(word.term)] if word else []
            factor = DICTIONARY_BESIDE_GROUP if any(term.via == "synonym" for term in own) else 1.0
            terms = {term.id: term for term in own}
            for candidate in translation.candidates:
                terms.setdefault(candidate.id, Term(self._name(candidate.id), candidate.id, candidate.p * factor, "translation"))
            text = folded[translation.start : translation.end]
            stop = word.stop if word else text in QUESTION_WORDS
            concepts.append(
                Concept(
                    text,
                    translation.start,
                    translation.end,
                    tuple(terms.values()),
                    translation.weight * (STOP if stop else 1.0),
                    not stop and not _is_number_unknown(text, terms),
                    self._rarity(word, terms) if word else 1.0,
                )
            )
        covered = {(concept.start, concept.end) for concept in concepts}
        for concept in [*self._grouped(folded, words), *self._phrases(words)]:
            if concept.content and (concept.start, concept.end) not in covered:
                concepts.append(concept)
        return concepts
