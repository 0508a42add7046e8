"""The HTTP side: the webhook, /healthz, /readyz, /metrics.

| path | answers |
|---|---|
| POST to the path of BACKBOT_WEBHOOK_URL | 200 once it is on the disk; 403 without the secret |
| /healthz | 200 while the process takes requests |
| /readyz | 200 where index, database and Telegram are there, else 503; which of them, as JSON |
| /metrics | Prometheus's text format |

Nothing here tells who wrote or what.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import logging
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from backbot.errors import SettingsError

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

logger = logging.getLogger(__name__)

MAX_BODY = 2**20
"""Telegram's updates are some kilobytes."""
AGAIN = {"Retry-After": "2"}
"""Without it Telegram waits twice as long each time."""
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 a header's name


@dataclass(frozen=True, slots=True)
class Webhook:
    """How Telegram calls us.

    Attributes:
        url: The public address.
        secret: What it proves itself with.
    """

    url: str
    secret: str

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Webhook({self.url!r})"

    @property
    def path(self) -> str:
        """Where the address points to on our side; a proxy in front must leave it as it is."""
        return urlsplit(self.url).path or "/"


@dataclass(frozen=True, slots=True)
class Pages:
    """What the HTTP side asks the bot.

    Attributes:
        take: Takes an update; false where Telegram must deliver it again.
        ready: What serving needs → "ok", or what is wrong in a word.
        metrics: The page for Prometheus.
    """

    take: Callable[[object], Awaitable[bool]]
    ready: Callable[[], Awaitable[Mapping[str, str]]]
    metrics: Callable[[], Awaitable[str]]


def application(pages: Pages, webhook: Webhook | None) -> Starlette:
    """The ASGI application.

    Args:
        pages: What the bot says.
        webhook: None where the bot polls: then no update is taken here.
    """
    from starlette.applications import Starlette  # noqa: PLC0415 polling alone does without
    from starlette.responses import JSONResponse, PlainTextResponse  # noqa: PLC0415
    from starlette.routing import Route  # noqa: PLC0415

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_request: Request) -> Response:
        found = await pages.ready()
        fit = all(said == "ok" for said in found.values())
        return JSONResponse(dict(found), 200 if fit else 503)

    async def metrics(_request: Request) -> Response:
        text = await pages.metrics()
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4")

    async def update(request: Request) -> Response:
        if webhook is None or not _proven(request, webhook.secret):
            logger.warning("a call of the webhook without the right secret was refused")
            return PlainTextResponse("forbidden\n", 403)
        body = await _body(request)
        if body is None:
            return PlainTextResponse("too long\n", 413)
        try:
            update = json.loads(body)
        except (ValueError, RecursionError):
            logger.warning("a call of the webhook was no JSON")
            return PlainTextResponse("no JSON\n", 400)
        taken = await pages.take(update)
        return PlainTextResponse("") if taken else PlainTextResponse("again\n", 503, AGAIN)

    routes = [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
    ]
    if webhook is not None:
        routes.insert(0, Route(webhook.path, update, methods=["POST"]))
    return Starlette(routes=routes)


async def _body(request: Request) -> bytes | None:
    """What was sent, as far as it came; None where it is too long."""
    from starlette.requests import ClientDisconnect  # noqa: PLC0415 polling alone does without

    body = bytearray()
    with contextlib.suppress(ClientDisconnect):  # half of it is no JSON, and Telegram calls again
        async for piece in request.stream():
            body += piece
            if len(body) > MAX_BODY:
                return None
    return bytes(body)


def _proven(request: Request, secret: str) -> bool:
    given = request.headers.get(SECRET_HEADER, "")
    return hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())


class HttpServer:
    """Serves an application in the running loop; the bot's own signal handlers stay in force.

    Args:
        address: Host and port; port 0 takes any that is free.

    Raises:
        SettingsError: Nobody can listen there.
    """

    def __init__(self, address: tuple[str, int]) -> None:
        self._socket = listening(address)
        self.port: int = self._socket.getsockname()[1]
        self._stop: Callable[[], None] = lambda: None

    async def serve(self, app: Starlette) -> None:
        """Serve until `stop`."""
        import uvicorn  # noqa: PLC0415 polling alone does without

        class Server(uvicorn.Server):
            @contextlib.contextmanager
            def capture_signals(self) -> Iterator[None]:
                yield  # SIGTERM is the bot's: it finishes what it took

        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=5,
        )
        server = Server(config)

        def stop() -> None:
            server.should_exit = True

        self._stop = stop
        await server.serve(sockets=[self._socket])

    def stop(self) -> None:
        """Answer what has begun, and end."""
        self._stop()

    def close(self) -> None:
        """Let go of the port."""
        self._socket.close()


def listening(address: tuple[str, int]) -> socket.socket:
    """A socket that listens there.

    Raises:
        SettingsError: Nothing can.
    """
    host, port = address
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(place)
            listening.listen(128)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        raise SettingsError(
            f"Nothing can listen on {host} port {port} ({error.strerror}). Set BACKBOT_HTTP_HOST "
            "and BACKBOT_HTTP_PORT to an address of this machine and a port that is free."
        ) from None
    listening.setblocking(False)  # noqa: FBT003 its only argument
    return listening
