import json

from search import Answer, Chunk, Hit, Match, Part, Source, to_json
from search.wire import to_bytes

SOURCE = Source("zh/chat.md", "聊天", "https://example.org/chat", "2026-03-05", "卖家指南")
PARTS = (
    Part("text", "检查三个条件。", 0, ((2, 6, "zh/inn#check"),), ((0, 2, "https://o.z"),)),
    Part("step", "打开资料页", 1),
    Part("draft", "Hello,\n  {name}"),
    Part("note", "你好"),
)
BUTTON = Chunk(
    "zh/chat#button", "faq", "zh", "看不到按钮", ("聊天",), ("按钮不见了",), PARTS, ("zh/inn#check",), SOURCE, "button"
)
CHECK = Chunk("zh/inn#check", "procedure", "zh", "核对 INN", (), (), (Part("step", "核对", 1),), (), SOURCE, "check")
HIT = Hit(
    BUTTON,
    3.1,
    0.93214,
    (Match("按钮", "按钮", "title", 2.0, "exact"), Match("不见", "看不到", "alias", 1.1, "synonym")),
    {"title": ((3, 5),)},
    {"en": "en/chat#button"},
    0,
    ("zh/chat#other",),
)

SHAPE = {
    "question": "按钮",
    "language": "zh",
    "answered": True,
    "confidence": 0.9321,
    "hits": [
        {
            "id": "zh/chat#button",
            "kind": "faq",
            "language": "zh",
            "title": "看不到按钮",
            "path": ["聊天"],
            "answer": "检查三个条件。\n1. 打开资料页\nHello,\n  {name}\n你好",
            "steps": ["打开资料页"],
            "score": 3.1,
            "confidence": 0.9321,
            "source": {
                "document": "zh/chat.md",
                "title": "聊天",
                "url": "https://example.org/chat",
                "published": "2026-03-05",
                "name": "卖家指南",
            },
            "matched": [
                {"question": "按钮", "term": "按钮", "field": "title", "weight": 2.0, "via": "exact"},
                {"question": "不见", "term": "看不到", "field": "alias", "weight": 1.1, "via": "synonym"},
            ],
            "translations": {"en": "en/chat#button"},
            "drafts": ["Hello,\n  {name}"],
            "parts": [
                {
                    "kind": "text",
                    "text": "检查三个条件。",
                    "number": 0,
                    "references": [[2, 6, "zh/inn#check"]],
                    "addresses": [[0, 2, "https://o.z"]],
                },
                {"kind": "step", "text": "打开资料页", "number": 1, "references": [], "addresses": []},
                {"kind": "draft", "text": "Hello,\n  {name}", "number": 0, "references": [], "addresses": []},
                {"kind": "note", "text": "你好", "number": 0, "references": [], "addresses": []},
            ],
            "aliases": ["按钮不见了"],
            "marks": {"title": [[3, 5]]},
            "step": 0,
            "similar": ["zh/chat#other"],
            "links": ["zh/inn#check"],
            "anchor": "button",
        }
    ],
    "procedure": {
        "id": "zh/inn#check",
        "title": "核对 INN",
        "steps": ["核对"],
        "parts": [{"kind": "step", "text": "核对", "number": 1, "references": [], "addresses": []}],
    },
    "understood": ["按钮"],
    "missing": [],
    "open_question": None,
}


def test_the_shape_is_pinned() -> None:
    """A promise to readers: keys may be added, here too; none is renamed, removed or moved."""
    answer = Answer("按钮", "zh", True, 0.93214, (HIT,), CHECK, ("按钮",))
    assert json.dumps(to_json(answer)) == json.dumps(SHAPE)


def test_nothing_found_is_the_same_shape() -> None:
    empty = to_json(Answer("?", "en", False, 0.0, ()))
    assert list(empty) == list(SHAPE)
    assert empty["hits"] == [] and empty["procedure"] is None


def test_a_lone_surrogate_never_reaches_a_reader() -> None:
    hit = Hit(BUTTON, 1.0, 0.5, (Match("a\ud800", "a", "body", 1.0, "exact"),))
    answer = Answer("a\ud800b\udfff", "en", False, 0.5, (hit,), missing=("\udc80",))
    value = to_json(answer)
    assert json.loads(to_bytes(answer)) == value
    assert value["question"] == "a\ufffdb\ufffd" and value["missing"] == ["\ufffd"]
    assert json.loads(json.dumps(value, ensure_ascii=False).encode()) == value


def test_weights_sum_to_the_score(index) -> None:  # type: ignore[no-untyped-def]
    for question in ("看不到聊天按钮", "withdrawal blocked", "工单超过48小时 no reply"):
        for hit in to_json(index.search(question, limit=10))["hits"]:
            assert abs(sum(match["weight"] for match in hit["matched"]) - hit["score"]) < 1e-4
