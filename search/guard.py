"""What stands around every request: limits, headers that protect whoever shows a reply, the access log, replies to what fails.

Whatever goes wrong, the client gets problem details (RFC 9457) in one shape, with the next step and no stack trace.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import re
import time
import traceback
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search.errors import QuestionError, WenluError
from search.words import PROBLEMS

LONGEST_QUERY = 1 << 14  # bytes of a query string
_AGAIN = 2  # seconds after which a client may try again
COUNTED = 200  # bytes of a query string that count as one more request: a long question takes more time
MOST_RATE = 1_000_000  # requests a second, beyond which a limit is none
MOST_CLIENTS = 100_000  # whose rates are remembered
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
PROBLEM = "application/problem+json"
access, log = logging.getLogger("wenlu.access"), logging.getLogger("wenlu.serve")


@dataclass(frozen=True)
class Settings:
    """What the service allows.

    `rate` is requests a second from one address (0 for any number), after the first `burst`. `timeout` is seconds for a reply.
    `waiting` is how many requests may be in hand at once; beyond them clients are told to come again. `threads` search.
    """

    origins: tuple[str, ...] = ()
    rate: float = 20.0
    burst: int = 60
    timeout: float = 10.0
    waiting: int = 256
    threads: int = 2
    log_questions: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= MOST_RATE:
            raise WenluError(
                f"{self.rate}: not a rate; give --rate a number from 0 to {MOST_RATE:,}",
                f"{self.rate}：不能用作速率，--rate 应是 0 到 {MOST_RATE:,} 之间的数",
            )
        for origin in self.origins:
            if origin != "*" and not re.fullmatch(r"https?://[^/\s?#@]+", origin):
                raise WenluError(
                    f"{origin}: not an origin; write --allow-origin like https://help.example.com",
                    f"{origin}：不是来源地址，--allow-origin 应写成 https://help.example.com 这样",
                )


# --- problems -----------------------------------------------------------------------------------------------------------------


def problem(
    scope: Scope,
    status: int,
    *values: object,
    detail: Sequence[str] | None = None,
    headers: Mapping[str, str] | None = None,
    **more: object,
) -> Response:
    """A reply that says what is wrong and what to do next, in Chinese to clients that prefer it."""
    chinese = Headers(scope=scope).get("accept-language", "").lstrip().lower().startswith("zh")
    said = detail or PROBLEMS.get(str(status)) or PROBLEMS["500" if status >= 500 else "400"]
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": said[not chinese].format(*values) if values else said[not chinese],
        **more,
    }
    fixed = {"Cache-Control": "no-store", "Content-Language": "zh" if chinese else "en", "Vary": "Accept-Language"}
    return Response(dumps(body), status, {**fixed, **(headers or {})}, PROBLEM)


def dumps(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


async def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(request.scope, error.status_code, headers=error.headers)


async def _validation_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [{"name": str(fault["loc"][:2][-1]), "reason": fault["msg"]} for fault in error.errors()]
    return problem(request.scope, 422, ", ".join(dict.fromkeys(fault["name"] for fault in faults)), errors=faults)


async def _question_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, QuestionError)
    return problem(request.scope, 422, detail=(error.chinese, str(error)), errors=[{"name": "q", "reason": str(error)}])


async def _out_of_reach(request: Request, error: Exception) -> Response:
    log.error("%s", error)  # which has the index's address, and is not for clients
    return problem(request.scope, 503, _AGAIN, detail=PROBLEMS["unreachable"], headers={"Retry-After": str(_AGAIN)})


# --- around every request -----------------------------------------------------------------------------------------------------


class Buckets:
    """A token bucket for each client, kept as the time at which it will be full again (the generic cell rate algorithm)."""

    def __init__(self, rate: float, burst: int) -> None:
        self._each, self._depth = 1 / rate, burst / rate
        self._full: OrderedDict[str, float] = OrderedDict()

    def wait(self, client: str, now: float, tokens: int = 1) -> float:
        """Seconds until the client may take the tokens (at most a whole bucket); 0 when it may now, and then has them."""
        full = max(self._full.get(client, now), now) + min(tokens * self._each, self._depth)
        if full - now > self._depth + 1e-9:
            return full - now - self._depth
        self._full[client] = full
        self._full.move_to_end(client)
        while len(self._full) > MOST_CLIENTS or next(iter(self._full.values())) <= now:
            self._full.popitem(last=False)
        return 0.0


def _client(scope: Scope) -> str:
    """The address that rates are counted for: of IPv6 the network, since a client has all its addresses."""
    host = (scope.get("client") or ("",))[0]
    with suppress(ValueError):
        if (address := ipaddress.ip_address(host)).version == 6:
            return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return str(host)


class Guard:
    """Limits what clients may ask of the service, and answers for what fails inside: never a stack trace, always a problem."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._settings, self._in_hand = app, settings, 0
        self._buckets = Buckets(settings.rate, settings.burst) if settings.rate else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started = False

        async def begin(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        self._in_hand += 1
        try:
            async with asyncio.timeout(self._settings.timeout):
                await (self._refusal(scope) or self._app)(scope, receive, begin)
        except Exception as error:
            if not isinstance(error, TimeoutError):
                log_failure(error, self._settings.log_questions)
            if not started:  # else the connection is closed, so that the client can tell
                await (_busy(scope) if isinstance(error, TimeoutError) else problem(scope, 500))(scope, receive, send)
        finally:
            self._in_hand -= 1

    def _refusal(self, scope: Scope) -> Response | None:
        if scope["path"] == "/healthz":
            return None
        length = len(scope["query_string"])
        if self._buckets and (wait := self._buckets.wait(_client(scope), time.monotonic(), 1 + length // COUNTED)):
            return problem(scope, 429, int(wait) + 1, headers={"Retry-After": str(int(wait) + 1)})
        if length > LONGEST_QUERY:
            return problem(scope, 414)
        return _busy(scope) if self._in_hand > self._settings.waiting else None


def _busy(scope: Scope) -> Response:
    return problem(scope, 503, _AGAIN, headers={"Retry-After": str(_AGAIN)})


def log_failure(error: Exception, log_questions: bool) -> None:
    """Where it failed; what the error says may quote a question."""
    said = f": {error}" if log_questions else ""
    log.error("%s%s\n%s", type(error).__name__, said, "".join(traceback.format_tb(error.__traceback__)).rstrip())


class Outside:
    """The outermost layer: headers that protect whoever shows a reply, the one shape of errors, and the access log."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._log_questions = app, settings.log_questions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        start, status, replaced, method = time.perf_counter(), 0, False, scope["method"]
        if method == "HEAD":  # the head of what GET gives
            scope = {**scope, "method": "GET"}

        async def headed(message: Message) -> None:
            nonlocal status, replaced
            if replaced:
                return
            if message["type"] == "http.response.start":
                status, headers = message["status"], MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if headers.get("allow") == "GET":
                    headers["allow"] = "GET, HEAD"
                if status >= 400 and headers.get("content-type") != PROBLEM:
                    described = ("content-type", "content-length", "content-encoding")
                    kept = {name: value for name, value in headers.items() if name not in described}
                    await problem(scope, status, headers=kept)(scope, receive, headed)
                    replaced = True
                    return
            await send({**message, "body": b""} if method == "HEAD" and "body" in message else message)

        try:
            await self._app(scope, receive, headed)
        finally:
            asked = parse_qs(scope["query_string"].decode("latin-1")).get("q", [""])[0] if self._log_questions else ""
            path = json.dumps(scope["path"])[1:-1]  # with no line end that could pass for another line of the log
            client, took = (scope.get("client") or ("-",))[0], 1000 * (time.perf_counter() - start)
            said = f" {json.dumps(asked, ensure_ascii=False)}" if asked else ""
            access.info("%s %s %s %s %.0f ms%s", client, method, path, status or "cut off", took, said)


def guard(app: FastAPI, settings: Settings) -> None:
    """Put all of this around an application."""
    app.add_exception_handler(HTTPException, _http_problem)
    app.add_exception_handler(RequestValidationError, _validation_problem)
    app.add_exception_handler(QuestionError, _question_problem)
    app.add_exception_handler(WenluError, _out_of_reach)  # of an index elsewhere, or in a file damaged since
    app.add_middleware(Guard, settings=settings)  # the last one added stands outermost
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    if settings.origins:
        app.add_middleware(CORSMiddleware, allow_origins=settings.origins, expose_headers=["ETag", "Retry-After"], max_age=3600)
    app.add_middleware(Outside, settings=settings)
