"""What several test modules share: the shipped corpus and its index, the development data, a Chromium."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from search import Index, read_documents

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile("same", derandomize=True)  # every run tries the same inputs; --hypothesis-profile=default tries others
settings.load_profile("same")


@pytest.fixture(autouse=True, scope="session")
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test reads or fills the cache, or obeys the settings, of whoever runs it."""
    os.environ["XDG_CACHE_HOME"] = os.environ["LOCALAPPDATA"] = str(tmp_path_factory.mktemp("cache"))
    for name in ("WENLU_CORPUS", "NO_COLOR", "FORCE_COLOR", "LC_ALL", "LC_MESSAGES"):
        os.environ.pop(name, None)
    os.environ["LANG"] = "C.UTF-8"


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def index() -> Index:
    """The index of the shipped corpus."""
    return Index.build(read_documents([ROOT / "corpus"]))


_CHAT = """---
title: 联系客服
language: zh
published: 2026-03-05
---

## 为什么看不到聊天按钮？ {#button-hidden}

也会这样问：

- 在线客服入口不见了

因为账号没有达到条件。先做[资料检查](inn.md#check)。

## 响应时间 {#times}

聊天平均 3 分钟有人回应，工单平均 24 小时。
"""
_CHAT_ENGLISH = """---
title: Contact support
language: en
---

## Why is the chat button hidden? {#button-hidden}

Because the account does not meet the conditions. Do the [data check](inn.md#check) first.

## Response times {#times}

The chat answers within 3 minutes, a ticket within 24 hours.
"""
_CHECK = """---
title: 资料检查
language: zh
---

## 怎么检查税号 {#check}

1. 打开公司资料页。
2. 核对税号与证书是否一致。
3. 保存，等待两个工作日，不行就[上传扫描件](#upload)。

## 怎么上传扫描件 {#upload}

1. 打开上传页。
2. 选一个 PDF。
"""


_DOCUMENTS = {"zh/chat.md": _CHAT, "en/chat.md": _CHAT_ENGLISH, "zh/inn.md": _CHECK}


def _filled(folder: Path, documents: dict[str, str]) -> Path:
    for name, text in documents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """A folder with three documents, two of them each other's translations."""
    return _filled(tmp_path / "documents", _DOCUMENTS)


@pytest.fixture(scope="session")
def fill(tmp_path_factory: pytest.TempPathFactory) -> Callable[[dict[str, str]], Path]:
    """Writes documents, each a text by its path, into a new folder."""
    return lambda documents: _filled(tmp_path_factory.mktemp("documents"), documents)


@pytest.fixture(scope="session")
def small(fill: Callable[[dict[str, str]], Path]) -> Index:
    """The index of the three."""
    return Index.build(read_documents([fill(_DOCUMENTS)], strict=True))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of development data (`eval/`, `documents/`), which the repository does not carry."""
    folder = Path(os.environ.get("WENLU_SHARED", ROOT.parent / "shared"))
    if not (folder / "eval").is_dir():
        pytest.skip(f"no development data at {folder}; set WENLU_SHARED to its folder")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; the test is skipped where there is none, or fails with WENLU_REQUIRE_BROWSER set."""
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        if path := shutil.which(name):
            return path
    reason = "no Chromium on the path; install one (on Debian: apt-get install chromium fonts-noto-cjk)"
    if os.environ.get("WENLU_REQUIRE_BROWSER"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, which finds what keeps people from using a page; skipped or failed like the Chromium."""
    script = ROOT / "tests" / "node_modules" / "axe-core" / "axe.min.js"
    if script.exists():
        return script.read_text("utf-8")
    reason = "no axe-core; fetch it with: npm install --prefix tests --no-package-lock"
    if os.environ.get("WENLU_REQUIRE_BROWSER"):
        pytest.fail(reason)
    pytest.skip(reason)


_SCRIPT = "window.pwned=1"
_HOSTILE = f"""
<script>{_SCRIPT}</script>
<ScRiPt>{_SCRIPT}//
"><script>{_SCRIPT}</script>
</title></textarea></style><script>{_SCRIPT}</script>
</script><script>{_SCRIPT}</script>
<img src=x onerror={_SCRIPT}>
"><img src=x onerror="{_SCRIPT}">
'><img src=x onerror='{_SCRIPT}'>
<img src=`x`onerror={_SCRIPT}>
<svg onload={_SCRIPT}>
<svg><script>{_SCRIPT}</script></svg>
<svg><animate onbegin={_SCRIPT} attributeName=x dur=1s>
<math><mtext><table><mglyph><style><img src=x onerror={_SCRIPT}>
<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>
<iframe src="javascript:parent.pwned=1"></iframe>
<object data="javascript:{_SCRIPT}"></object>
<details open ontoggle={_SCRIPT}>
<input autofocus onfocus={_SCRIPT}>
<video><source onerror={_SCRIPT}></video>
<body onload={_SCRIPT}>
<style>*{{animation:x}}@keyframes x{{}}</style><p onanimationstart={_SCRIPT}>
<a href="javascript:{_SCRIPT}" autofocus onfocus={_SCRIPT}>a</a>
[a](javascript:{_SCRIPT})
![a](x"onerror="{_SCRIPT})
&lt;img src=x onerror={_SCRIPT}&gt;
\\u003cimg src=x onerror={_SCRIPT}\\u003e
{{{{constructor.constructor('{_SCRIPT}')()}}}}
${{{_SCRIPT}}}
javascript:{_SCRIPT}
data:text/html,<script>parent.pwned=1</script>
"""


@pytest.fixture(scope="session")
def hostile() -> list[str]:
    """30 texts that run a script, which sets `window.pwned`, where a page takes them for more than text."""
    return _HOSTILE.strip().split("\n")


@pytest.fixture(scope="session")
def hostile_corpus(hostile: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a document for each hostile text, which stands wherever it can."""
    folder = tmp_path_factory.mktemp("hostile")
    for number, text in enumerate(hostile):
        said = json.dumps(text, ensure_ascii=False)
        url = text if number % 2 else f"javascript:window.pwned=1//{text}"
        (folder / f"{number}.md").write_text(
            f"---\ntitle: {said}\nsource: {said}\nurl: {json.dumps(url, ensure_ascii=False)}\npublished: 2026-01-01\n---\n\n"
            f"## Returns nr{number} `{text}` {{#a{number}}}\n\nAlso asked:\n\n- parcel nr{number} {text}\n\n"
            f"Returns `{text}` parcel. {text}\n\n1. Step `{text}`\n2. {text}\n\n- Item `{text}`\n\n```text\n{text}\n```\n\n> `{text}`\n\n"
            f"| a | b |\n|---|---|\n| `{text}` | c |\n",
            "utf-8",
        )
    return folder
