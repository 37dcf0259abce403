"""The HTTP API: questions answered from one version of the index at a time, which is replaced while requests go on.

Every reply comes from one `Edition`, whose version is the ETag.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, TypeVar

from search import __version__, milvus
from search.corpora import corpus_paths, load_copy, load_corpus
from search.document import Answering, Kind, Language
from search.errors import DependencyError, DocumentError, WenluError
from search.files import stamp
from search.index import Index
from search.javascript import minified
from search.suggest import suggest
from search.wire import chunk_to_json, to_bytes

try:
    import fastapi_offline
    import uvicorn
    import watchfiles
    from fastapi import FastAPI, HTTPException, Query, Request, Response
    from fastapi import Path as Named
    from fastapi.responses import HTMLResponse
    from fastapi.staticfiles import StaticFiles
    from starlette.middleware import Middleware
    from starlette.middleware.gzip import GZipMiddleware
    from starlette.types import Receive, Scope, Send

    from search import openapi
    from search.guard import Settings as Settings
    from search.guard import dumps, guard, log
except ModuleNotFoundError as error:
    raise DependencyError(
        "the HTTP service is not installed; install it with: pip install 'wenlu[serve]'",
        "还没有安装 HTTP 服务，请运行：pip install 'wenlu[serve]'",
    ) from error

LONGEST = 300  # characters of a question; what takes a second to answer is no question to a public service
CHECK = 10.0  # seconds between looks at the documents themselves, for file systems that do not tell of changes
OURS = ("/api/", "/docs", "/openapi.json", "/healthz", "/faq-search.js")  # paths of the API where the page is served beside it


@dataclass(frozen=True)
class Edition:
    """An index and its version, which differs when documents, analysis or this package do."""

    index: Index
    version: str = field(init=False)
    search: Callable[[str, int, Language | None, tuple[Kind, ...] | None], bytes] = field(init=False)

    def __post_init__(self) -> None:
        content = self.index.signature or "\n".join(map(repr, self.index.chunks))  # only a built corpus has been signed
        digest = blake2b(f"{__version__}\n{content}".encode("utf-8", "replace"), digest_size=8)
        object.__setattr__(self, "version", digest.hexdigest())
        object.__setattr__(self, "search", lru_cache(1024)(self._search))  # the same is asked again and again, and typed

    def _search(self, question: str, limit: int, language: Language | None, kinds: tuple[Kind, ...] | None) -> bytes:
        return to_bytes(self.index.search(question, limit, language=language, kinds=kinds))

    @property
    def headers(self) -> dict[str, str]:
        """What may be kept, and until when: until the version is another. Weak, since the body may be compressed."""
        return {"ETag": f'W/"{self.version}"', "Cache-Control": "public, no-cache"}


def known(request: Request, version: str) -> bool:
    """Whether the client has this version."""
    tags = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    return "*" in tags or f'"{version}"' in tags


# --- the application ----------------------------------------------------------------------------------------------------------

Lifespan = Callable[[FastAPI], Any]
Work = TypeVar("Work")
Question = Annotated[
    str,
    Query(
        min_length=1,
        max_length=LONGEST,
        pattern=r"[^\s\x00-\x1f\x7f-\x9f]",
        description="The question, in Chinese or English.",
        examples=["怎么提现", "how do I withdraw"],
    ),
]
Id = Annotated[str, Named(description="The entry's id, as a hit has it.", examples=["zh/glossary#withdrawal"])]


def create_app(index: Index, settings: Settings = Settings(), lifespan: Lifespan | None = None) -> FastAPI:  # noqa: B008  (immutable)
    """The API over an index. `app.state.edition = Edition(other)` puts another one in its place, between two replies."""
    pool = ThreadPoolExecutor(settings.threads, "search")
    problems: dict[int | str, dict[str, Any]] = {304: {"description": "As before: If-None-Match names the version."}}
    problems |= {status: openapi.problem_response(HTTPStatus(status).phrase) for status in (414, 422, 429, 500, 503)}
    app = FastAPI(
        title="Wenlu 问路",
        version=__version__,
        description="Answers questions, asked in Chinese or English, out of a folder of plain documents.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.edition = Edition(index)

    async def working(work: Callable[[], Work]) -> Work:
        return await asyncio.get_running_loop().run_in_executor(pool, work)

    async def reply(request: Request, edition: Edition, make: Callable[[], bytes]) -> Response:
        if known(request, edition.version):
            return Response(status_code=304, headers=edition.headers)
        return Response(await working(make), headers=edition.headers, media_type="application/json")

    @app.get("/api/search", responses={200: {"model": openapi.Answer}, **problems}, summary="Answer a question")
    async def search(
        request: Request,
        q: Question,
        limit: Annotated[int, Query(ge=1, le=20, description="How many hits at most.")] = 5,
        language: Annotated[Language | None, Query(description="Entries in this language only.")] = None,
        kind: Annotated[list[Answering] | None, Query(description="Entries of these kinds only.")] = None,
    ) -> Response:
        edition: Edition = app.state.edition
        return await reply(request, edition, lambda: edition.search(q, limit, language, tuple(kind) if kind else None))

    @app.get(
        "/api/chunks/{id:path}",
        responses={200: {"model": openapi.Chunk}, 404: openapi.problem_response("No such entry."), **problems},
        summary="One entry by its id",
    )
    async def chunk(request: Request, id: Id) -> Response:
        edition: Edition = app.state.edition
        index = edition.index
        entry = await working(lambda: index.chunk(id))
        if entry is None or entry.kind == "open":
            raise HTTPException(404)
        return await reply(request, edition, lambda: dumps(chunk_to_json(entry, index.translations(index.position(id)))))

    @app.get("/api/suggest", responses={200: {"model": openapi.Suggestions}, **problems}, summary="What a question may become")
    async def suggestions(
        request: Request, q: Question, limit: Annotated[int, Query(ge=1, le=20, description="How many at most.")] = 8
    ) -> Response:
        edition: Edition = app.state.edition
        return await reply(
            request, edition, lambda: dumps({"suggestions": [one._asdict() for one in suggest(edition.index, q, limit)]})
        )

    @app.get("/healthz", responses={200: {"model": openapi.Health}, 500: problems[500]}, summary="Whether the service answers")
    async def healthz() -> Response:
        edition: Edition = app.state.edition
        index = edition.index
        health = {"status": "ok", "version": edition.version, "chunks": len(index), "languages": index.languages}
        return Response(dumps(health), headers={"Cache-Control": "no-store"}, media_type="application/json")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return HTMLResponse(openapi.DOCS, headers={"Content-Security-Policy": openapi.DOCS_POLICY})

    @app.get("/docs/start.js", include_in_schema=False)
    async def start() -> Response:
        return Response(openapi.START, media_type="text/javascript")

    box = minified("faq-search.js")
    box_version = blake2b(box, digest_size=8).hexdigest()

    @app.get("/faq-search.js", include_in_schema=False)
    async def search_box(request: Request) -> Response:
        headers = {"ETag": f'W/"{box_version}"', "Cache-Control": "public, max-age=3600"}
        if known(request, box_version):
            return Response(status_code=304, headers=headers)
        return Response(box, headers=headers, media_type="text/javascript")

    app.mount("/docs", StaticFiles(directory=Path(fastapi_offline.__file__).parent / "static"))
    described = app.openapi
    app.openapi = lambda: openapi.complete(described())  # type: ignore[method-assign]
    guard(app, settings)
    return app


# --- documents that change ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Supply:
    """Where an index comes from: documents, or a file or an address of Milvus that `wenlu index` wrote to."""

    corpus: Sequence[str | Path] = ()
    file: str | None = None

    @property
    def paths(self) -> list[Path]:
        return [Path(path).absolute() for path in ([self.file] if self.file else corpus_paths(self.corpus))]

    @property
    def published(self) -> bool:
        """Whether the index is in Milvus."""
        return bool(self.file and milvus.place_of(self.file))

    def stamp(self) -> frozenset[tuple[str, int, int]]:
        if not self.published:
            return stamp(self.paths)
        try:
            return frozenset({(milvus.stamp(str(self.file)), 0, 0)})
        except WenluError:  # whoever loads it says why
            return frozenset()

    def load(self) -> Index:
        """The index in the file or in Milvus. Raises IndexFileError, DependencyError or WenluError."""
        file = str(self.file)
        return milvus.load(file) if self.published else load_copy(file)

    async def renew(self, folder: str) -> Index:
        """The index of the files as they are now. Documents are read by a process of their own, so that no reply waits for them.

        Raises DocumentError or IndexFileError.
        """
        if self.file:
            return await asyncio.to_thread(self.load)
        output = Path(folder) / f"{time.time_ns()}.wenlu"
        start = "import sys; sys.path.append(sys.argv.pop(1)); from search.cli import main; main()"
        paths = [argument for path in self.paths for argument in ("--corpus", str(path))]
        command = [sys.executable, "-P", "-c", start, str(Path(__file__).parent.parent), "index", "--output", str(output), *paths]
        process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE)
        try:
            said = (await process.communicate())[1].decode("utf-8", "replace").splitlines()
        finally:
            if process.returncode is None:
                process.kill()
        for line in said[:-1]:
            log.warning("%s", line)
        if process.returncode:
            why = said[-1] if said else f"{sys.executable}: status {process.returncode}"
            raise DocumentError(why, why)
        index = Index.load(output)
        with suppress(OSError):  # Windows keeps a file that is mapped
            output.unlink()
        return index


async def watch(app: FastAPI, supply: Supply, seen: frozenset[tuple[str, int, int]]) -> None:
    """Put a new edition in place whenever the files differ from what was `seen`. What can't be read leaves the old edition."""
    with tempfile.TemporaryDirectory(prefix="wenlu-", ignore_cleanup_errors=True) as folder:
        while True:
            try:
                now = await asyncio.to_thread(supply.stamp)
                if now == seen:
                    await _change(supply)
                    continue
            except Exception as error:
                log.error("can't tell whether the documents changed, trying again in %d s: %s", CHECK, _told(error))
                await asyncio.sleep(CHECK)
                continue
            seen = now
            try:
                index = await supply.renew(folder)
                edition = await asyncio.to_thread(_warm, index)
            except Exception as error:  # the earlier documents are still better than none
                log.error("the documents changed and can't be served, the earlier ones still are: %s", _told(error))
                continue
            app.state.edition = edition
            log.info("the documents changed: version %s, %d entries", edition.version, len(index))


def _told(error: Exception) -> object:
    return error if isinstance(error, WenluError | OSError) else type(error).__name__


async def _change(supply: Supply) -> None:
    """Return when something changes among the files, or after a while: soon where they are not there, or Milvus has the index."""
    if supply.published:
        return await asyncio.sleep(1)
    try:
        async for _ in watchfiles.awatch(
            *supply.paths, watch_filter=None, yield_on_timeout=True, rust_timeout=int(1000 * CHECK), debounce=400
        ):
            return
    except (OSError, RuntimeError):  # not there, or no more can be watched
        await asyncio.sleep(1)


def _warm(index: Index) -> Edition:
    """An edition whose first reply takes no longer than its second."""
    index.search("怎么提现 withdraw")
    return Edition(index)


# --- the server ---------------------------------------------------------------------------------------------------------------


def run(
    supply: Supply,
    settings: Settings,
    listener: socket.socket,
    *,
    watching: bool = False,
    page: bool = False,
    on_error: Callable[[DocumentError], None] | None = None,
) -> None:
    """Serve at a `listener` until stopped; what was asked before is answered first. With `page`, the search page stands at "/" beside the API."""
    with listener:
        seen = supply.stamp()
        beside = _page() if page else None

        @asynccontextmanager
        async def lifespan(app: FastAPI) -> AsyncIterator[None]:
            logging.getLogger("uvicorn.access").disabled = True  # it would write the questions, and Streamlit turns it on
            async with AsyncExitStack() as stack:
                if beside:
                    await stack.enter_async_context(beside.lifespan()(app))
                task = asyncio.create_task(watch(app, supply, seen)) if watching or supply.published else None
                host, port = listener.getsockname()[:2]
                log.info("http://%s:%d (stop with Ctrl+C)", f"[{host}]" if ":" in host else host, port)
                yield
                if task:
                    task.cancel()
                    await asyncio.wait([task])

        api = create_app(
            supply.load() if supply.file else load_corpus(supply.paths, on_error=on_error, thorough=True),
            settings,
            lifespan,
        )

        async def both(scope: Scope, receive: Receive, send: Send) -> None:
            ours = scope["type"] == "lifespan" or scope["path"].startswith(OURS)
            await (api if ours or not beside else beside)(scope, receive, send)

        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        logger = logging.getLogger("wenlu")
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        config = uvicorn.Config(both, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=10)
        uvicorn.Server(config).run(sockets=[listener])


def _page() -> Any:
    """The search page as an ASGI application."""
    os.environ.setdefault("STREAMLIT_SERVER_FILE_WATCHER_TYPE", "none")
    import streamlit  # which takes a second to load, and most services are the API alone

    if not hasattr(streamlit, "App"):
        raise DependencyError(
            "this Streamlit can't stand beside the API; run: pip install -U streamlit",
            "这个版本的 Streamlit 不能和 API 放在一起，请运行：pip install -U streamlit",
        )
    # Streamlit leaves its scripts, 4 MB, to a proxy to squeeze.
    middleware = [Middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)]
    return streamlit.App(Path(__file__).with_name("page.py"), middleware=middleware)
