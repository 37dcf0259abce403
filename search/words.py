"""What Wenlu says to people, on the terminal, on the page and over HTTP, in Chinese and in English. {} is filled in."""

from __future__ import annotations

from search.document import Language

# For start-up time these are no TOML: Python keeps them compiled.
TEXT: dict[str, tuple[str, str]] = {
    "brand": ("问路 Wenlu", "Wenlu 问路"),
    "greeting": ("遇到什么问题？", "What do you need help with?"),
    "promise": (
        "用自己的话问，中文、英文都行。直接给出答案和步骤，并注明出处和日期。",
        "Ask in your own words, in Chinese or English. You get the answer and its steps, with the source and its date.",
    ),
    "skip": ("跳到正文", "Skip to the content"),
    "question": ("你的问题", "Your question"),
    "search": ("搜索", "Search"),
    "examples": ("可以这样问", "Try asking"),
    "topics": ("按主题浏览", "Browse by topic"),
    "all_topics": ("全部主题", "All topics"),
    "all_of_topic": ("全部 {} 条", "All {} entries"),
    "more": ("另有 {} 项没有列出，请直接搜索。", "{} more are not listed. Search to reach them."),
    "lang": ("语言 / Language", "Language / 语言"),
    "version": ("中文版", "English version"),  # each named in its own language
    "loading": (
        "正在准备资料…… · Preparing the documents…",
        "Preparing the documents… · 正在准备资料……",
    ),  # before the language is known
    # kinds of entry
    "kind": ("条目类型", "Kind of entry"),
    "all": ("全部", "All"),
    "faq": ("常见问题", "FAQ"),
    "procedure": ("操作步骤", "Procedure"),
    "section": ("说明", "Section"),
    "glossary": ("术语", "Term"),
    "template": ("模板", "Template"),
    "all_faq": ("常见问题", "FAQs"),  # all of a kind
    "all_procedure": ("操作步骤", "Procedures"),
    "all_section": ("说明", "Sections"),
    "all_glossary": ("术语", "Terms"),
    "in_zh": ("中文", "In Chinese"),
    "in_en": ("英文", "In English"),
    # an answer
    "sure": ("很有把握", "Very likely your answer"),
    "several": ("有几条都可能", "Several entries fit"),
    "or_that": ("也可能是：", "Or is it:"),
    "likely": ("比较有把握", "Probably your answer"),
    "best_step": ("最相关", "Best match"),
    "how_to": ("操作步骤", "How to do it"),
    "source": ("来源：{}", "Source: {}"),
    "published": ("发布于 {}", "Published {}"),
    "copy": ("复制", "Copy"),
    "copied": ("已复制", "Copied"),
    "open": ("打开这一条", "Open this entry"),
    "back": ("返回搜索结果", "Back to the results"),
    "also_asked": ("也会这样问", "Also asked"),
    "see_also": ("相关条目", "See also"),
    "same_topic": ("同一主题", "In this topic"),
    "others": ("其他结果", "Other matches"),
    # why this answer
    "why": ("为什么是这个答案", "Why this answer"),
    "why_note": (
        "问题里的每个词，在这一条里对上了就得分。",
        "Each word of your question earns its part of the score where the entry has it.",
    ),
    "your_word": ("问题里的词", "Your word"),
    "its_word": ("条目里的词", "Entry's word"),
    "where": ("位置", "Where"),
    "how": ("怎么对上的", "How"),
    "score": ("得分", "Score"),
    "rest": ("其余 {} 项", "{} more"),
    "total": ("合计", "Total"),
    "comma": ("、", ", "),
    "title": ("标题", "title"),
    "alias": ("其他问法", "also asked"),
    "path": ("上级标题", "heading above"),
    "body": ("正文", "text"),
    "exact": ("原词", "same word"),
    "stem": ("词形变化", "word form"),
    "script": ("繁简转换", "traditional characters"),
    "synonym": ("同义词", "synonym"),
    "pinyin": ("拼音", "pinyin"),
    "spelling": ("错别字", "spelling"),
    "translation": ("词典", "dictionary"),
    # no answer
    "declined": ("没有找到有把握的答案", "No confident answer"),
    "declined_note": ("资料里可能没有写到这件事。", "The documents may not cover this."),
    "understood": ("看懂了：{}", "Understood: {}"),
    "missing": ("没有找到：{}", "Not found: {}"),
    "open_question": ("这里还没有写：{}", "Not answered here: {}"),
    "russian": (
        "Вопросы понимаются на китайском и английском языках: спросите, пожалуйста, на одном из них.",
        "Вопросы понимаются на китайском и английском языках: спросите, пожалуйста, на одном из них.",
    ),
    "try": ("可以这样试试", "What you can try"),
    "try_words": ("写出页面上的按钮名称、状态或提示文字。", "Name the button, the status or the message that you see."),
    "try_one": ("一次只问一件事。", "Ask about one thing at a time."),
    "try_topics": ("按主题浏览全部条目", "Browse all entries by topic"),
    "nearest": ("最接近的条目", "Nearest entries"),
    "support": ("联系人工客服", "Reach support"),
    "no_kind": ("“{}”里没找到合适的答案", "Nothing under “{}” answers this"),
    "any_kind": ("别的类型里有答案：", "Another kind of entry does:"),
    "gone": (
        "这里没有这一条，它可能改了名或已经删除。请搜索，或按主题浏览。",
        "That entry is not here; it may have been renamed or removed. Search for it, or browse the topics below.",
    ),
    "not_loaded": ("资料暂时打不开，请稍后再试。", "The documents can't be opened just now; please try again later."),
    "retry": ("再试一次", "Try again"),
    "lost": ("连接断了，正在重连……", "Connection lost, reconnecting…"),
    "reload": ("刷新页面", "Reload the page"),
    # on the terminal alone
    "confidence": ("把握 {:.0%}", "confidence {:.0%}"),
    "copy_from": ("----- 从这里开始复制 -----", "----- copy from here -----"),
    "copy_to": ("----- 复制到这里为止 -----", "----- to here -----"),
    "made_of": ("{}：得分 {:.2f}，由来如下", "{}: score {:.2f}, made up of"),
    "met": ("{}（{}）", "{} ({})"),
    "pieces": ("字词片段 {} 个", "{} pieces of words"),
    "cell": ("{}：{}", "{}: {}"),
    "no_answer": ("没有找到有把握的答案。", "No confident answer."),
    "or_this": ("也可能是：{}", "Or is it: {}"),
    "how_to_do": ("操作步骤：{}", "How to do it: {}"),
    "ask_support": ("联系人工客服：{}", "Ask support: {}"),
    "indexing": ("正在建索引", "Indexing"),
    "counted": ("{}：{} 个文档，{} 个条目", "{}: {} documents, {} entries"),
    "exported": ("{}：{} 个文件，共 {:.1f} MB", "{}: {} files, {:.1f} MB in all"),
    "better": ("变好", "Better"),
    "worse": ("变差", "Worse"),
    "unchanged": ("{}，和已发布的一样", "{}, as published before"),
    "either": ("请写上 {} 或 {}", "Give {} or {}"),
    "exclusive": ("{} 和 {} 不能同时使用", "{} and {} exclude each other"),
    "failed": ("wenlu：{}", "wenlu: {}"),
    "unnamed": ("名字是空的，请写上文件或文件夹", "the name is empty; give a file or folder"),
    "refused": (
        "{}，请检查路径、权限和剩余空间，然后重试",
        "{}; check the path, its permissions and the space left, then try again",
    ),
    "no_memory": ("内存不够，请关掉别的程序，或者少给一些文档", "out of memory; close other programs, or give fewer documents"),
    "unforeseen": (
        "程序内部出错（{}）；请设置 WENLU_TRACEBACK=1 再运行一次，把输出报告给维护者",
        "an error inside the program ({}); run it again with WENLU_TRACEBACK=1 and report what it prints",
    ),
    "no_command": ("没有命令 {}", "No such command {}."),  # as click says it, like the next six
    "extra": ("多了一个参数 {}", "unexpected extra argument ({})"),
    "extras": ("多了几个参数 {}", "unexpected extra arguments ({})"),
    "is_folder": ("是文件夹，不是文件", "is a directory"),
    "is_file": ("是文件，不是文件夹", "is a file"),
    "no_reading": ("没有读取权限", "is not readable"),
    "no_writing": ("没有写入权限", "is not writable"),
    "usage": ("用法：", "Usage: "),
    "no_option": ("没有选项 {}", "No such option: {}."),
    "hyphen": ("；内容以 - 开头时，在前面单独加 --", " Put -- before a question that begins with a hyphen."),
    "meant": ("，相近的有 {}", " Did you mean {}?"),
    "default": ("默认 {}", "default: {}"),  # as click says it, like the next three
    "between": ("{} 到 {}", "{}<=x<={}"),
    "least": ("不小于 {}", "x>={}"),
    "required": ("必填", "required"),
    "no_such_entries": ("注意：这 {} 个想要的 id 在索引里没有：{}", "Note: {} wanted ids are not in the index: {}"),
    "see_help": ("{}。用法见：{} --help", "{} Try: {} --help"),
    "Options": ("选项：", "Options:"),
    "Commands": ("命令：", "Commands:"),
}
ERRORS: dict[str, tuple[str, str]] = {  # about documents, each after the name of its file and before the next step
    "missing": ("没有这个文件或文件夹，请检查路径", "there is no such file or folder; check the path"),
    "folder": ("{reason}，请放开文件夹的读取权限或移走它", "{reason}; make the folder readable or remove it"),
    "no_document": ("文件夹里没有文档，请放入 {endings} 文件", "the folder holds no document; put {endings} files into it"),
    "unknown": ("不支持这种文件，能读的是 {endings}", "unknown kind of file; Wenlu reads {endings}"),
    "not_a_file": (
        "不是普通文件，请给出 {endings} 文件或文件夹",
        "not an ordinary file; give a file or folder with {endings} files",
    ),
    "unreadable": ("{reason}，请确认文件存在并且可读", "{reason}; check that the file is there and readable"),
    "empty": ("文件是空的，请写上内容或移走它", "the file is empty; write something into it or remove it"),
    "damaged": (
        "第 {byte} 字节处的 {encoding} 编码损坏，请打开修好后另存为 UTF-8",
        "damaged {encoding} at byte {byte}; open it, repair that place and save it as UTF-8",
    ),
    "no_text_at_all": (
        "不是 UTF-8、UTF-16 或 GB18030 文本，请另存为 UTF-8 或移走它",
        "not readable as text in UTF-8, UTF-16 or GB18030; save it as UTF-8 text or remove it",
    ),
    "not_json": (
        '不是 JSON，请每行写一个 {{"id": …, "text": …}}',
        'not JSON; write one {{"id": …, "text": …}} a line',
    ),
    "no_text": (
        '既没有 "id" 和 "text"，也没有 "question" 和 "answer"，请补上或删掉这一行',
        'a passage needs an "id" and a "text", or a "question" and an "answer"; add them or remove the line',
    ),
    "no_article": (
        "网页里没有正文（可能要靠脚本显示，或者要先登录），请在浏览器里打开后另存，或移走它",
        "the page has no text of its own (a script may show it, or a login); save it again from a browser or remove it",
    ),
    "same_id": (
        "编号 {id!r} 已经被 {other} 用了，请给每一段不同的编号",
        "the id {id!r} is already that of {other}; give every passage its own",
    ),
}
PROBLEMS: dict[str, tuple[str, str]] = {  # of the HTTP API, by status
    "400": ("看不懂这个请求，用法见 /docs", "the request is not understood; see /docs"),
    "404": ("这个地址没有内容，用法见 /docs", "nothing is at this address; see /docs"),
    "405": ("这里只接受 GET 和 HEAD 请求，用法见 /docs", "only GET and HEAD are answered here; see /docs"),
    "414": ("地址太长了，请用一两句话来问", "the address is too long; ask in one or two sentences"),
    "422": ("参数不对（{}），用法见 /docs", "a parameter is wrong ({}); see /docs"),
    "429": ("这个地址的请求太多了，请 {} 秒后再试", "too many requests from this address; try again in {} s"),
    "500": (
        "服务出错了，请重试；还不行就告诉维护这个服务的人",
        "something went wrong here; try again, and tell whoever runs this service",
    ),
    "503": ("现在太忙了，请 {} 秒后再试", "too much to do at the moment; try again in {} s"),
    "unreachable": (
        "暂时连不上索引，请 {} 秒后再试；一直这样就告诉维护这个服务的人",
        "the index can't be reached at the moment; try again in {} s, and tell whoever runs this service if that does not help",
    ),
}
HELP: dict[str, tuple[str, str]] = {  # of the command line: a command's first paragraph stands in the list of commands as well
    "wenlu": (
        "问路：用中文或英文提问，从一个普通文档文件夹里找出答案和操作步骤。",
        "Wenlu answers a seller's question, in Chinese or English, out of a folder of plain documents.",
    ),
    "ask": (
        """回答一个问题。

把问题写在 QUESTION；写 - 则从标准输入每行读一个问题，依次回答。

退出状态：0 有答案，1 没有有把握的答案，2 出错；用 - 时，每行都处理完就是 0。""",
        """Answer a question.

With `-` for QUESTION, answer each line of standard input, in order.

Exit status: 0 answered, 1 no confident answer, 2 an error; with `-`, 0 when every line was processed.""",
    ),
    "index": (
        """一次建好索引，供 wenlu ask --index 反复使用。

写成文件用 --output，发布到 Milvus 用 --to。Milvus 的令牌写在 $WENLU_MILVUS_TOKEN 里。""",
        """Build an index once, to search it many times with `wenlu ask --index`.

It is written to a file with --output, or published to Milvus with --to, whose token is in $WENLU_MILVUS_TOKEN.""",
    ),
    "eval": (
        """用标注好的问题检验答案。

逐个提问 QUESTIONS 里的问题（每行一个 JSON，含 id、question、wants），输出各项指标。

带 --baseline 时，只要有问题变差，退出状态就是 1。""",
        """Measure answers against labelled questions.

Ask every question of QUESTIONS (JSON lines with id, question, wants) and print how well it was answered.

With --baseline, exit status 1 when any question got worse.""",
    ),
    "export": (
        """导出搜索文件，放进静态网站，不用服务器。

在 --output 指定的文件夹里写入索引和搜索程序，浏览器直接读取。每次导出后，都把整个文件夹重新上传。""",
        """Write the files that search a static site, without a server.

The folder named by --output gets the index and the engine, which a browser reads. Publish the whole folder each time.""",
    ),
    "page": ("在浏览器里打开搜索页面。", "Open the search page in the browser."),
    "serve": (
        """用 HTTP 回答问题。

启动 HTTP 服务，直到停止；用法见 /docs。

前面有代理时，把代理的地址写进 $FORWARDED_ALLOW_IPS，限速才会按真正的来访地址计算。""",
        """Answer over HTTP.

Serve the HTTP API until stopped; what it offers is shown at /docs.

Behind a proxy, name the proxy's address in $FORWARDED_ALLOW_IPS, so that limits count clients and not the proxy.""",
    ),
    "completion": ("输出在 SHELL 里补全 wenlu 命令的脚本。", "Print the script that completes `wenlu` in SHELL."),
    "--help": ("显示这段说明。", "Show this message and exit."),
    "--version": ("显示版本号。", "Show the version and exit."),
    "--corpus": (
        "文档文件或文件夹（.md、.mdx、.html、.txt、.jsonl），可重复。默认用 $WENLU_CORPUS，没有设置则用自带的文档。",
        "A file or folder of documents (.md, .mdx, .html, .txt, .jsonl); may repeat. Default: $WENLU_CORPUS, else the shipped corpus.",
    ),
    "--index": (
        "用 wenlu index 建好的索引：文件，或者 --to 写的 Milvus 地址。",
        "An index made by `wenlu index`: its file, or the Milvus address given with --to.",
    ),
    "--strict": ("遇到读不了的文档就停下，而不是跳过。", "Stop at a document that can't be read."),
    "--json": ("输出 JSON。", "Print JSON."),
    "--limit": ("最多几条结果。", "How many matches."),
    "--language": ("只看这种语言的条目。", "Entries in this language only."),
    "--kind": ("只看这类条目，可重复。", "Entries of this kind only; may repeat."),
    "--explain": ("显示条目编号，以及每个词贡献了多少分。", "Show each entry's id and what each word contributed."),
    "--output": ("要写的文件或文件夹。", "The file or folder to write."),
    "--to": (
        "发布到哪个 Milvus：http://主机:19530，或以 .db 结尾的 Milvus Lite 文件。",
        "The Milvus to publish to: http://HOST:19530, or a Milvus Lite file that ends in .db.",
    ),
    "--split": ("只用这一份（split）里的问题。", "Only the questions of this split."),
    "--baseline": ("用来比较的上一次结果（JSON）。", "An earlier run's JSON to compare with."),
    "--host": ("监听的地址。", "The address to listen on."),
    "--port": ("端口，设置了 $PORT 就以它为默认。", "The port; where $PORT is set, it is the default."),
    "--allow-origin": (
        "允许哪个网站的页面来提问，如 https://help.example.com，可重复。",
        "A site whose pages may ask, such as https://help.example.com; may repeat.",
    ),
    "--watch": ("文档（或 --index 的文件）有改动时自动更新。", "Follow the documents, or the file of --index, when they change."),
    "--rate": ("每个地址每秒最多几个请求，0 表示不限。", "Requests a second from one address; 0 for any number."),
    "--log-questions": ("在日志里记下问题原文。", "Write the questions into the log."),
    "--page": ("同时在 / 提供搜索页面。", "Serve the search page at / as well."),
}


def say(language: Language, key: str, *values: object) -> str:
    """A text of the interface, its {} filled in."""
    return TEXT[key][language == "en"].format(*values)
