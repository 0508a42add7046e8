"""A Bot API server written from the documentation alone, as strict and as odd as the real one.

It shares nothing with `bot_api_server.py`: two readings of one interface find more than one.
Raw sockets instead of a web framework, so that an answer can be cut in the middle.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import json
import random
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP as HTTP_POLICY
from itertools import pairwise
from typing import Self

TOKEN = "7654321098:AAF-second_server_token_0123456789abc"
BOT_ID = 7654321098
BOT_NAME = "second_back_bot"
KINDS_BY_DEFAULT_OFF = {"chat_member", "message_reaction", "message_reaction_count"}
LANGUAGE = re.compile(r"[a-z]{2}")
COMMAND_NAME = re.compile(r"[a-z0-9_]{1,32}")
SCOPES = {
    "default",
    "all_private_chats",
    "all_group_chats",
    "all_chat_administrators",
    "chat",
    "chat_administrators",
    "chat_member",
}
ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}
TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
    "span": "spoiler",
}
ENTITY_TYPES = {
    *TAGS.values(),
    "expandable_blockquote",
    "mention",
    "hashtag",
    "cashtag",
    "bot_command",
    "url",
    "email",
    "phone_number",
    "text_mention",
}
BUTTON_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)


BEFORE = {"reset_before", "html", "page", "garbage", "empty", "429", "error"}
"""Faults that come instead of the work."""


class Refused(Exception):  # noqa: N818 it is an answer, no failure
    """An error that the server answers with."""

    def __init__(self, code: int, description: str, parameters: dict | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad(text: str, parameters: dict | None = None) -> Refused:
    """400 with Telegram's prefix."""
    return Refused(400, f"Bad Request: {text}", parameters)


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


@dataclass
class Fault:
    """What goes wrong with one call.

    Attributes:
        kind: reset_before, reset_after, truncated, html, page, garbage, empty, slow, 429, error.
        value: Seconds, status or a `Refused`, as the kind needs it.
    """

    kind: str
    value: object = None


@dataclass
class Message:
    """A message of the bot as it stands now, and everything it said before."""

    chat_id: int
    message_id: int
    text: str
    entities: list
    markup: object
    at: float
    method: str
    versions: list = field(default_factory=list)
    deleted: bool = False
    reply_to: int | None = None
    thread_id: int | None = None


class SecondServer:
    """One bot's world: chats, updates waiting, what the bot did.

    Args:
        strict_limits: Whether 1/s a chat (bursts of 3), 20/min a group, 30/s overall are enforced.
    """

    def __init__(self, *, strict_limits: bool = False, burst: int = 3) -> None:
        self.strict_limits = strict_limits
        self.burst = burst
        self.lock = threading.RLock()
        self.updates: deque[dict] = deque()
        self.next_update = random.randrange(10**8, 9 * 10**8)
        self.next_message: dict[int, int] = defaultdict(lambda: 10)
        self.chats: dict[int, dict] = {}
        self.blocked: dict[int, str] = {}
        self.migrated: dict[int, int] = {}
        self.messages: dict[tuple[int, int], Message] = {}
        self.incoming: dict[tuple[int, int], dict] = {}
        self.queries: dict[str, float] = {}
        self.answered: dict[str, dict] = {}
        self.calls: list[tuple[float, str, dict]] = []
        self.refusals: list[tuple[str, str, dict]] = []
        self.violations: list[str] = []
        self.faults: list[tuple[Callable[[str, dict], bool], Fault, int]] = []
        self.chaos: Callable[[str, dict], Fault | None] | None = None
        self.webhook: dict | None = None
        self.allowed: set[str] | None = None
        self.commands: dict[tuple, list] = {}
        self.texts: dict[tuple[str, str], str] = {}
        self.files: dict[str, tuple[bytes, int]] = {}
        self.actions: Counter = Counter()
        self.spent: dict[int, deque[float]] = defaultdict(deque)
        self.overall: deque[float] = deque()
        self.reactions: list[dict] = []
        self.delivered: list[tuple[int, int]] = []
        self.token = TOKEN
        self._poller = 0
        self._arrived: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: threading.Thread | None = None
        self._server: asyncio.Server | None = None
        self.port = 0

    # ------------------------------------------------------------------ running

    @property
    def url(self) -> str:
        """Its root, without /bot."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        ready = threading.Event()

        def run() -> None:
            self._loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self._loop)

            async def begin() -> None:
                self._arrived = asyncio.Event()
                self._server = await asyncio.start_server(self._connection, "127.0.0.1", self.port)
                self.port = self._server.sockets[0].getsockname()[1]
                self._deliverer = asyncio.create_task(self._deliver())
                ready.set()

            self._loop.run_until_complete(begin())
            self._loop.run_forever()

        self._running = threading.Thread(target=run, daemon=True)
        self._running.start()
        ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        async def end() -> None:
            self._server.close()
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            self._loop.stop()

        asyncio.run_coroutine_threadsafe(end(), self._loop)
        self._running.join(10)
        self._loop.close()

    def wake(self) -> None:
        """Tell waiting polls that something came."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._arrived.set)

    # ------------------------------------------------------------------ what people do

    def private(self, user_id: int, **more: object) -> dict:
        """A chat of one person."""
        chat = {"id": user_id, "type": "private", "first_name": "Pat", **more}
        self.chats[user_id] = chat
        return chat

    def group(self, chat_id: int, kind: str = "group", **more: object) -> dict:
        """A group."""
        chat = {"id": chat_id, "type": kind, "title": "Back <b>group</b>", **more}
        self.chats[chat_id] = chat
        return chat

    def put(self, kind: str, body: object, *, update_id: int | None = None) -> int:
        """Queue an update as it is; honours allowed_updates like the real server."""
        with self.lock:
            if update_id is None:
                update_id = self.next_update
                self.next_update += 1
            else:
                self.next_update = max(self.next_update, update_id + 1)
            permitted = (
                kind not in KINDS_BY_DEFAULT_OFF if self.allowed is None else kind in self.allowed
            )
            if permitted:
                self.updates.append({"update_id": update_id, kind: body})
        self.wake()
        return update_id

    def message(
        self, chat_id: int, text: str | None = None, *, user_id: int | None = None, **more
    ) -> dict:
        """A message as Telegram would write it, not queued yet."""
        chat = self.chats.get(chat_id) or self.private(chat_id)
        with self.lock:
            number = self.next_message[chat_id]
            self.next_message[chat_id] = number + 1
        user = user_id or chat_id
        body = {
            "message_id": number,
            "from": {"id": user, "is_bot": False, "first_name": "Pat", "language_code": "en"},
            "chat": chat,
            "date": int(time.time()),
        }
        if text is not None:
            body["text"] = text
            if match := re.match(r"/\w+(@\w+)?", text):
                body["entities"] = [
                    {"type": "bot_command", "offset": 0, "length": len(match.group())}
                ]
        body.update(more)
        self.incoming[chat_id, number] = body
        return body

    def say(self, chat_id: int, text: str, **more: object) -> dict:
        """Somebody writes."""
        body = self.message(chat_id, text, **more)
        self.put("message", body)
        return body

    def edit(self, body: dict, **more: object) -> None:
        """Somebody edits."""
        self.put("edited_message", {**body, "edit_date": int(time.time()), **more})

    def press(self, message: Message, data: str, *, user_id: int | None = None, **more) -> str:
        """Somebody presses a button."""
        query = str(random.randrange(10**17, 10**18))
        self.queries[query] = time.monotonic()
        chat = self.chats[message.chat_id]
        self.put(
            "callback_query",
            {
                "id": query,
                "from": {
                    "id": user_id or message.chat_id,
                    "is_bot": False,
                    "first_name": "Pat",
                },
                "message": {
                    "message_id": message.message_id,
                    "from": {"id": BOT_ID, "is_bot": True, "first_name": "Back"},
                    "chat": chat,
                    "date": int(time.time()),
                    "text": message.text,
                },
                "chat_instance": "-123456789",
                "data": data,
                **more,
            },
        )
        return query

    def migrate(self, old: int, new: int) -> None:
        """A group becomes a supergroup; both service messages are sent, errors begin."""
        chat = self.chats[old]
        with self.lock:
            self.migrated[old] = new
            self.group(new, "supergroup", title=chat["title"])
        self.put("message", self.message(old, migrate_to_chat_id=new, user_id=1087968824))
        self.put("message", self.message(new, migrate_from_chat_id=old, user_id=1087968824))

    def sent(self, chat_id: int) -> list[Message]:
        """What the bot wrote there, oldest first."""
        with self.lock:
            found = [m for (chat, _), m in list(self.messages.items()) if chat == chat_id]
        return sorted(found, key=lambda m: m.message_id)

    def said(self, chat_id: int) -> str:
        """All of it as one text."""
        return "\n---\n".join(m.text for m in self.sent(chat_id))

    def until(self, holds: Callable[[], object], seconds: float = 10.0) -> bool:
        """Wait until something holds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if holds():
                return True
            time.sleep(0.02)
        return bool(holds())

    def count(self, method: str, since: float = 0.0) -> int:
        """How often a method was called."""
        return sum(1 for at, name, _ in list(self.calls) if name == method and at >= since)

    def fail(self, method: str, fault: Fault, times: int = 1, **having: object) -> None:
        """Let the next calls of a method go wrong."""

        def fits(name: str, data: dict) -> bool:
            return name.lower() == method.lower() and all(
                str(data.get(key)) == str(value) for key, value in having.items()
            )

        with self.lock:
            self.faults.append((fits, fault, times))

    # ------------------------------------------------------------------ HTTP

    async def _connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while True:
                line = await reader.readline()
                if not line:
                    break
                verb, target, _ = line.decode("latin-1").split(" ", 2)
                headers = {}
                while (raw := await reader.readline()) not in {b"\r\n", b"\n", b""}:
                    name, _, value = raw.decode("latin-1").partition(":")
                    headers[name.strip().lower()] = value.strip()
                body = b""
                if headers.get("transfer-encoding", "").lower() == "chunked":
                    while size := int((await reader.readline()).split(b";")[0], 16):
                        body += await reader.readexactly(size)
                        await reader.readline()
                    await reader.readline()
                elif length := int(headers.get("content-length", "0")):
                    body = await reader.readexactly(length)
                keep = await self._answer(verb, target, headers, body, writer)
                if not keep or headers.get("connection", "").lower() == "close":
                    break
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        except Exception as error:  # noqa: BLE001 a fault of this server's own
            self.violations.append(f"the server itself: {error!r}")
        finally:
            with contextlib.suppress(Exception):
                writer.close()

    async def _answer(self, verb, target, headers, body, writer) -> bool:  # noqa: PLR0911
        path, _, query = target.partition("?")
        path = urllib.parse.unquote(path)
        if path.startswith("/file/bot"):
            return await self._file(path, writer)
        match = re.fullmatch(r"/bot([^/]*)/(test/)?([^/]*)", path)
        if match is None or verb not in {"GET", "POST"}:
            return await self._json(
                writer, 404, {"ok": False, "error_code": 404, "description": "Not Found"}
            )
        token, _, method = match.groups()
        try:
            data = self._parameters(query, headers, body)
        except ValueError:
            return await self._json(writer, 400, _error(400, "Bad Request: can't parse request"))
        self.calls.append((time.monotonic(), method, data))
        if not re.fullmatch(r"\d+:[\w-]{20,}", token):
            return await self._json(writer, 404, _error(404, "Not Found"))
        if token != self.token:
            return await self._json(writer, 401, _error(401, "Unauthorized"))
        fault = self._fault(method, data) or Fault("none")
        if fault.kind in BEFORE:
            return await self._spoiled(writer, fault)
        status, answer = await self._done(method, data)
        return await self._brought(writer, fault, status, answer)

    async def _spoiled(self, writer, fault: Fault) -> bool:
        """An answer without the work."""
        if fault.kind == "reset_before":
            writer.transport.abort()
            return False
        if fault.kind == "html":
            status = int(fault.value or 502)
            page = (
                f"<html>\r\n<head><title>{status} Bad Gateway</title></head>\r\n</html>".encode()
            )
            return await self._raw(writer, status, page, "text/html")
        if fault.kind == "page":
            return await self._raw(writer, *fault.value, "text/html")
        if fault.kind == "429":
            return await self._json(writer, 429, _too_many(int(fault.value or 1)))
        if fault.kind == "error":
            refused = fault.value
            answer = _error(refused.code, refused.description, refused.parameters)
            return await self._json(writer, refused.code, answer)
        page = b"" if fault.kind == "empty" else b"\x00\xff{]"
        return await self._raw(writer, 200, page, "application/json")

    async def _done(self, method: str, data: dict) -> tuple[int, dict]:
        """The work, and what it is answered with."""
        try:
            if method.lower() == "getupdates":
                result = await self._get_updates(data)
            else:
                with self.lock:
                    result = getattr(self, "do_" + method.lower(), _no_such_method)(data)
        except Refused as refused:
            self.refusals.append((method, refused.description, data))
            return refused.code, _error(refused.code, refused.description, refused.parameters)
        return 200, {"ok": True, "result": result}

    async def _brought(self, writer, fault: Fault, status: int, answer: dict) -> bool:
        """The answer to work that was done, on its way."""
        if fault.kind == "slow":
            await asyncio.sleep(float(fault.value or 5))
        if fault.kind == "reset_after":
            writer.transport.abort()
            return False
        if fault.kind == "truncated":
            page = json.dumps(answer).encode()
            return await self._raw(writer, status, page, "application/json", cut=len(page) // 2)
        return await self._json(writer, status, answer)

    def _fault(self, method: str, data: dict) -> Fault | None:
        with self.lock:
            for at, (fits, fault, times) in enumerate(self.faults):
                if fits(method, data):
                    if times <= 1:
                        del self.faults[at]
                    else:
                        self.faults[at] = (fits, fault, times - 1)
                    return fault
            return self.chaos(method, data) if self.chaos else None

    def _parameters(self, query: str, headers: dict, body: bytes) -> dict:
        data: dict = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        kind = headers.get("content-type", "")
        if kind.startswith("application/json"):
            found = json.loads(body or b"{}")
            if not isinstance(found, dict):
                raise ValueError
            data |= {k: v for k, v in found.items() if v is not None}
        elif kind.startswith("application/x-www-form-urlencoded"):
            data |= dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
        elif kind.startswith("multipart/form-data"):
            parsed = BytesParser(policy=HTTP_POLICY).parsebytes(
                f"Content-Type: {kind}\r\n\r\n".encode() + body
            )
            for part in parsed.iter_parts():
                name = part.get_param("name", header="content-disposition")
                content = part.get_payload(decode=True)
                filename = part.get_filename()
                data[name] = (filename, content) if filename is not None else content.decode()
        elif body:
            raise ValueError
        return data

    async def _json(self, writer, status: int, answer: dict) -> bool:
        return await self._raw(writer, status, json.dumps(answer).encode(), "application/json")

    async def _raw(self, writer, status, page: bytes, kind: str, cut: int | None = None) -> bool:
        head = (
            f"HTTP/1.1 {status} X\r\nServer: nginx/1.18.0\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(page)}\r\nConnection: keep-alive\r\n\r\n"
        )
        writer.write(head.encode() + (page if cut is None else page[:cut]))
        await writer.drain()
        return cut is None

    async def _file(self, path: str, writer) -> bool:
        rest = path.removeprefix("/file/bot")
        token, _, name = rest.partition("/")
        self.calls.append((time.monotonic(), "file", {"path": name}))
        found = next(
            (c for key, (c, _) in self.files.items() if name == f"documents/{key}.txt"), None
        )
        if token != self.token or found is None:
            return await self._json(writer, 404, _error(404, "Not Found"))
        return await self._raw(writer, 200, found, "application/octet-stream")

    # ------------------------------------------------------------------ updates

    async def _get_updates(self, data: dict) -> list:
        if self.webhook is not None:
            raise Refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        offset = _int(data, "offset", 0)
        limit = _int(data, "limit", 100)
        limit = limit if 1 <= limit <= 100 else 100
        timeout = min(max(_int(data, "timeout", 0), 0), 50)
        self._allow(data)
        self._poller += 1
        mine = self._poller
        self._arrived.set()  # whoever else waits is thrown out
        with self.lock:
            if offset > self.next_update:
                # after a quiet week ids begin anew elsewhere, and an old offset is void
                offset = 0
            if offset < 0:
                while len(self.updates) > -offset:
                    self.updates.popleft()
            else:
                while self.updates and self.updates[0]["update_id"] < offset:
                    self.updates.popleft()
        end = time.monotonic() + timeout
        while True:
            with self.lock:
                found = [u for u in self.updates if offset < 0 or u["update_id"] >= offset]
                found = found[:limit]
            if found or time.monotonic() >= end:
                return found
            self._arrived.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._arrived.wait(), min(0.5, end - time.monotonic()))
            if mine != self._poller:
                raise Refused(
                    409,
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                )

    def _allow(self, data: dict) -> None:
        if "allowed_updates" not in data:
            return
        names = _json_of(data, "allowed_updates", list)
        if names is None or not all(isinstance(name, str) for name in names):
            raise bad("can't parse allowed updates")
        self.allowed = set(names) or None

    async def _deliver(self) -> None:
        """Call the webhook, one chat's updates after another, chats side by side."""
        busy: set = set()
        tasks: set = set()
        wait: dict = {}

        async def one(update: dict, chat: object, hook: dict) -> None:
            try:
                status = await asyncio.to_thread(self._call, hook, update)
                self.delivered.append((update["update_id"], status))
                if 200 <= status < 300:
                    with self.lock, contextlib.suppress(ValueError):
                        self.updates.remove(update)
                else:
                    hook["last_error_date"] = int(time.time())
                    hook["last_error_message"] = f"Wrong response from the webhook: {status}"
                    wait[chat] = time.monotonic() + 0.3
            finally:
                busy.discard(chat)

        while True:
            await asyncio.sleep(0.01)
            hook = self.webhook
            if hook is None:
                continue
            with self.lock:
                waiting = list(self.updates)
            seen = set()
            for update in waiting:
                chat = _chat_of(update)
                if chat in seen or chat in busy or len(busy) >= hook["max_connections"]:
                    seen.add(chat)
                    continue
                seen.add(chat)
                if wait.get(chat, 0) > time.monotonic():
                    continue
                busy.add(chat)
                task = asyncio.create_task(one(update, chat, hook))
                tasks.add(task)
                task.add_done_callback(tasks.discard)

    def _call(self, hook: dict, update: dict) -> int:
        request = urllib.request.Request(
            hook["deliver_to"],
            json.dumps(update).encode(),
            {
                "Content-Type": "application/json",
                "X-Telegram-Bot-Api-Secret-Token": hook["secret_token"],
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    deliver_to = ""
    """Where the proxy of this test stands: called instead of the https address."""

    def do_setwebhook(self, data: dict) -> bool:
        """Set or, with an empty address, delete."""
        url = str(data.get("url", ""))
        if not url:
            return self.do_deletewebhook(data)
        if not url.startswith("https://"):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        parts = urllib.parse.urlsplit(url)
        if (parts.port or 443) not in {443, 80, 88, 8443}:
            raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
        secret = str(data.get("secret_token", ""))
        if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise bad("secret token contains unallowed characters")
        self._allow(data)
        if _flag(data, "drop_pending_updates"):
            self.updates.clear()
        self.webhook = {
            "url": url,
            "secret_token": secret,
            "deliver_to": self.deliver_to or url,
            "max_connections": _int(data, "max_connections", 40),
        }
        self._poller += 1
        return True

    def do_deletewebhook(self, data: dict) -> bool:
        """Delete it; updates are kept unless dropping them is asked for."""
        self.webhook = None
        if _flag(data, "drop_pending_updates"):
            self.updates.clear()
        return True

    def do_getwebhookinfo(self, data: dict) -> dict:
        """What is set."""
        hook = self.webhook or {}
        info = {
            "url": hook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates),
        }
        for name in ("last_error_date", "last_error_message", "max_connections"):
            if name in hook:
                info[name] = hook[name]
        if self.allowed is not None:
            info["allowed_updates"] = sorted(self.allowed)
        return info

    # ------------------------------------------------------------------ the bot itself

    def do_getme(self, data: dict) -> dict:
        """Who the bot is."""
        return {
            "id": BOT_ID,
            "is_bot": True,
            "first_name": "Back",
            "username": BOT_NAME,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
            "has_topics_enabled": False,
            "something_new": {"x": 1},
        }

    def do_logout(self, data: dict) -> bool:
        """Never wanted."""
        self.violations.append("logOut was called")
        return True

    do_close = do_logout

    def _text_of_the_bot(self, name: str, limit: int, data: dict) -> bool:
        text = str(data.get(name, ""))
        language = str(data.get("language_code", ""))
        if language and not LANGUAGE.fullmatch(language):
            raise bad("LANG_CODE_INVALID")
        if len(text) > limit:
            raise bad(f"{name} is too long")
        self.texts[name, language] = text
        return True

    def do_setmydescription(self, data: dict) -> bool:
        """Up to 512 characters."""
        return self._text_of_the_bot("description", 512, data)

    def do_setmyshortdescription(self, data: dict) -> bool:
        """Up to 120 characters."""
        return self._text_of_the_bot("short_description", 120, data)

    def do_getmydescription(self, data: dict) -> dict:
        """As it was set."""
        language = str(data.get("language_code", ""))
        return {"description": self.texts.get(("description", language), "")}

    def do_getmyshortdescription(self, data: dict) -> dict:
        """As it was set."""
        language = str(data.get("language_code", ""))
        return {"short_description": self.texts.get(("short_description", language), "")}

    def _scope(self, data: dict) -> tuple:
        scope = _json_of(data, "scope", dict) or {"type": "default"}
        kind = scope.get("type")
        if kind not in SCOPES:
            raise bad("can't parse BotCommandScope: unsupported type specified")
        language = str(data.get("language_code", ""))
        if language and not LANGUAGE.fullmatch(language):
            raise bad("invalid language code specified")
        chat = 0
        if kind in {"chat", "chat_administrators", "chat_member"}:
            chat = self._chat({"chat_id": scope.get("chat_id", "")})["id"]
        return kind, chat, language

    def do_setmycommands(self, data: dict) -> bool:
        """1 to 100 commands, names of 1 to 32 small letters, descriptions of 1 to 256."""
        commands = _json_of(data, "commands", list)
        if commands is None:
            raise bad("can't parse commands")
        if len(commands) > 100:
            raise bad("BOT_COMMANDS_TOO_MUCH")
        for each in commands:
            name = str(each.get("command", "")).removeprefix("/")
            if not COMMAND_NAME.fullmatch(name):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(str(each.get("description", ""))) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[self._scope(data)] = commands
        return True

    def do_deletemycommands(self, data: dict) -> bool:
        """Take them away."""
        self.commands.pop(self._scope(data), None)
        return True

    def do_getmycommands(self, data: dict) -> list:
        """As they were set."""
        return self.commands.get(self._scope(data), [])

    # ------------------------------------------------------------------ messages

    def _chat(self, data: dict) -> dict:
        raw = data.get("chat_id", "")
        if raw in {"", None}:
            raise bad("chat_id is empty")
        try:
            chat_id = int(raw)
        except (TypeError, ValueError):
            raise bad("chat not found") from None
        if chat_id in self.migrated:
            raise bad(
                "group chat was upgraded to a supergroup chat",
                {"migrate_to_chat_id": self.migrated[chat_id]},
            )
        if chat_id in self.blocked:
            raise Refused(403, f"Forbidden: {self.blocked[chat_id]}")
        if chat_id not in self.chats:
            raise bad("chat not found")
        return self.chats[chat_id]

    def _limit(self, chat: dict) -> None:
        now = time.monotonic()
        mine = self.spent[chat["id"]]
        while mine and mine[0] < now - 60:
            mine.popleft()
        while self.overall and self.overall[0] < now - 1:
            self.overall.popleft()
        if self.strict_limits:
            window = self.burst + 2
            recent = sum(1 for at in mine if at > now - 3)
            if recent >= window:
                raise Refused(429, "Too Many Requests: retry after 3", {"retry_after": 3})
            if chat["type"] != "private" and len(mine) >= 20:
                wait = int(mine[0] + 60 - now) + 1
                raise Refused(429, f"Too Many Requests: retry after {wait}", {"retry_after": wait})
            if len(self.overall) >= 30:
                raise Refused(429, "Too Many Requests: retry after 1", {"retry_after": 1})
        mine.append(now)
        self.overall.append(now)

    def _formatted(self, data: dict, name: str, limit: int) -> tuple[str, list]:
        text = data.get(name, "")
        if not isinstance(text, str):
            text = str(text)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise bad("strings must be encoded in UTF-8") from None
        if len(text) > 35_000:
            raise bad("message is too long" if name == "text" else "caption is too long")
        mode = str(data.get("parse_mode", "")).lower()
        if mode == "html":
            text, entities = parse_html(text)
        elif mode in {"markdown", "markdownv2"}:
            entities = []
            self.violations.append("Markdown is not understood by this server")
        elif mode:
            raise bad("unsupported parse_mode")
        else:
            given = _json_of(data, "entities" if name == "text" else "caption_entities", list)
            entities = check_entities(text, given or [])
        cleaned = text.replace("\r", "")
        stripped = cleaned.strip()
        if name == "text" and not stripped:
            raise bad("message text is empty")
        if len(stripped) > limit:
            raise bad("message is too long" if name == "text" else "message caption is too long")
        return stripped, entities

    def _markup(self, data: dict) -> object:
        markup = _json_of(data, "reply_markup", dict)
        if markup is None:
            return None
        if "inline_keyboard" in markup:
            rows = markup["inline_keyboard"]
            if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
                raise bad(
                    "can't parse inline keyboard: field inline_keyboard must be of type Array"
                )
            if sum(map(len, rows)) > 100:
                raise bad("REPLY_MARKUP_TOO_LONG")
            for row in rows:
                if len(row) > 8:
                    raise bad("BUTTON_COUNT_INVALID")
                for button in row:
                    self._button(button)
            rows = [row for row in rows if row]
            return {"inline_keyboard": rows} if rows else None
        if "keyboard" in markup or "remove_keyboard" in markup or "force_reply" in markup:
            return markup
        raise bad("can't parse reply keyboard markup JSON object")

    def _button(self, button: object) -> None:
        if not isinstance(button, dict) or not isinstance(button.get("text"), str):
            raise bad("can't parse inline keyboard button: Can't find field \"text\"")
        if not button["text"].strip():
            raise bad("inline keyboard button text must be non-empty")
        given = [name for name in BUTTON_ACTIONS if name in button]
        if not given:
            raise bad("Text buttons are unallowed in the inline keyboard")
        if "callback_data" in button:
            data = button["callback_data"]
            if not isinstance(data, str) or not 1 <= len(data.encode()) <= 64:
                raise bad("BUTTON_DATA_INVALID")
        if "url" in button:
            url = str(button["url"])
            if not re.match(r"(https?|tg|tel|mailto)[:/]", url) and "." not in url:
                raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
            if url.startswith(("tel:", "mailto:")):
                raise bad(
                    f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol"
                )
        if button.get("style") not in {None, "danger", "success", "primary"}:
            raise bad("BUTTON_STYLE_INVALID")

    def _reply_to(self, data: dict, chat: dict) -> int | None:
        reply = _json_of(data, "reply_parameters", dict)
        lenient = _flag(data, "allow_sending_without_reply")
        number = data.get("reply_to_message_id")
        if reply is not None:
            number = reply.get("message_id")
            lenient = lenient or bool(reply.get("allow_sending_without_reply"))
        if number is None:
            return None
        number = int(number)
        key = (chat["id"], number)
        here = key in self.incoming or (key in self.messages and not self.messages[key].deleted)
        if not here:
            if lenient:
                return None
            raise bad("message to be replied not found")
        return number

    def _thread(self, data: dict, chat: dict) -> int | None:
        if data.get("message_thread_id") is None:
            return None
        thread = _int(data, "message_thread_id", 0)
        if not chat.get("is_forum") or thread not in chat.get("topics", ()):
            raise bad("message thread not found")
        if thread in chat.get("closed_topics", ()):
            raise bad("TOPIC_CLOSED")
        return thread

    def _store(self, data: dict, chat: dict, text: str, entities: list, method: str) -> dict:
        markup = self._markup(data)
        reply_to = self._reply_to(data, chat)
        thread = self._thread(data, chat)
        self._limit(chat)
        number = self.next_message[chat["id"]]
        self.next_message[chat["id"]] = number + 1
        stored = Message(
            chat["id"],
            number,
            text,
            entities,
            markup,
            time.monotonic(),
            method,
            [text],
            reply_to=reply_to,
            thread_id=thread,
        )
        self.messages[chat["id"], number] = stored
        return self._shown(stored, chat)

    def _shown(self, message: Message, chat: dict) -> dict:
        shown = {
            "message_id": message.message_id,
            "from": {"id": BOT_ID, "is_bot": True, "first_name": "Back", "username": BOT_NAME},
            "chat": chat,
            "date": int(time.time()),
            "text": message.text,
            "new_field_of_tomorrow": ["?"],
        }
        if message.markup:
            shown["reply_markup"] = message.markup
        return shown

    def do_sendmessage(self, data: dict) -> dict:
        """A text."""
        chat = self._chat(data)
        text, entities = self._formatted(data, "text", 4096)
        preview = _json_of(data, "link_preview_options", dict)
        if preview is not None and not isinstance(preview, dict):
            raise bad("can't parse link preview options")
        return self._store(data, chat, text, entities, "sendMessage")

    def do_senddocument(self, data: dict) -> dict:
        """A file."""
        chat = self._chat(data)
        document = data.get("document")
        name, content = ("", b"")
        if isinstance(document, tuple):
            name, content = document
        elif isinstance(document, str) and document.startswith("attach://"):
            name, content = data.get(document.removeprefix("attach://"), ("", b""))
        else:
            raise bad("wrong file identifier/HTTP URL specified")
        if not content:
            raise bad("file must be non-empty")
        caption, entities = self._formatted(data, "caption", 1024)
        shown = self._store(data, chat, caption, entities, "sendDocument")
        del shown["text"]
        shown["document"] = {"file_id": "BQAC", "file_unique_id": "AgAD", "file_name": name}
        self.messages[chat["id"], shown["message_id"]].versions.append(content)
        return shown

    def _own(self, data: dict, what: str) -> tuple[dict, Message]:
        if data.get("inline_message_id"):
            raise bad("MESSAGE_ID_INVALID")
        chat = self._chat(data)
        number = _int(data, "message_id", 0)
        if number <= 0:
            raise bad("message identifier is not specified")
        found = self.messages.get((chat["id"], number))
        if found is None and (chat["id"], number) in self.incoming:
            raise bad(
                f"message can't be {what}ed" if what == "edit" else "message can't be deleted"
            )
        if found is None or found.deleted:
            raise bad(f"message to {what} not found")
        return chat, found

    def do_editmessagetext(self, data: dict) -> dict:
        """A text anew."""
        chat, found = self._own(data, "edit")
        if found.method != "sendMessage":
            raise bad("there is no text in the message to edit")
        text, entities = self._formatted(data, "text", 4096)
        markup = self._markup(data)
        if (text, entities, markup) == (found.text, found.entities, found.markup):
            raise _not_modified()
        self._limit(chat)
        found.text, found.entities, found.markup = text, entities, markup
        found.versions.append(text)
        return self._shown(found, chat)

    def do_editmessagereplymarkup(self, data: dict) -> dict:
        """Buttons anew."""
        chat, found = self._own(data, "edit")
        markup = self._markup(data)
        if markup == found.markup:
            raise _not_modified()
        found.markup = markup
        return self._shown(found, chat)

    def do_deletemessage(self, data: dict) -> bool:
        """Gone."""
        _, found = self._own(data, "delete")
        found.deleted = True
        return True

    def do_answercallbackquery(self, data: dict) -> bool:
        """Once, within a while, 200 characters."""
        query = str(data.get("callback_query_id", ""))
        asked = self.queries.get(query)
        if asked is None or query in self.answered or time.monotonic() - asked > 15:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        if len(str(data.get("text", ""))) > 200:
            raise bad("MESSAGE_TOO_LONG")
        self.answered[query] = data
        return True

    def do_sendchataction(self, data: dict) -> bool:
        """A known action."""
        chat = self._chat(data)
        if data.get("action") not in ACTIONS:
            raise bad("wrong parameter action in request")
        self._thread(data, chat)
        self.actions[chat["id"]] += 1
        return True

    def do_setmessagereaction(self, data: dict) -> bool:
        """One emoji of Telegram's."""
        self._chat(data)
        reactions = _json_of(data, "reaction", list) or []
        if len(reactions) > 1:
            raise bad("REACTIONS_TOO_MANY")
        self.reactions.append(data)
        return True

    def do_getchat(self, data: dict) -> dict:
        """As it is."""
        return self._chat(data)

    def do_leavechat(self, data: dict) -> bool:
        """Leave."""
        self._chat(data)
        return True

    def do_getfile(self, data: dict) -> dict:
        """Up to 20 MB."""
        name = str(data.get("file_id", ""))
        if name not in self.files:
            raise bad("wrong file_id or the file is temporarily unavailable")
        content, size = self.files[name]
        if size > 20 * 2**20:
            raise bad("file is too big")
        return {
            "file_id": name,
            "file_unique_id": "u" + name,
            "file_size": len(content),
            "file_path": f"documents/{name}.txt",
        }


def _no_such_method(_data: dict) -> object:
    raise Refused(404, "Not Found: method not found")


def _chat_of(update: dict) -> object:
    for value in update.values():
        if isinstance(value, dict):
            chat = value.get("chat") or (value.get("message") or {}).get("chat") or {}
            if chat:
                return chat.get("id")
    return None


def _error(code: int, description: str, parameters: dict | None = None) -> dict:
    answer = {"ok": False, "error_code": code, "description": description}
    if parameters:
        answer["parameters"] = parameters
    return answer


def _too_many(wait: int) -> dict:
    return _error(429, f"Too Many Requests: retry after {wait}", {"retry_after": wait})


def _not_modified() -> Refused:
    return bad(
        "message is not modified: specified new message content and reply markup are exactly "
        "the same as a current content and reply markup of the message"
    )


def _int(data: dict, name: str, default: int) -> int:
    try:
        return int(data.get(name, default))
    except (TypeError, ValueError):
        return default


def _flag(data: dict, name: str) -> bool:
    return str(data.get(name, "")).lower() in {"true", "1", "yes", "y", "t"}


def _json_of(data: dict, name: str, kind: type) -> object:
    value = data.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise bad(f"can't parse {name} JSON object") from None
    if not isinstance(value, kind):
        raise bad(f"can't parse {name}: expected another type")
    return value


def check_entities(text: str, given: list) -> list:
    """Offsets and lengths in UTF-16 units, inside the text, on whole characters, well nested."""
    whole = text.encode("utf-16-le")
    spans = [_span(each, whole) for each in given]
    quotes = sorted(span for span in spans if "blockquote" in span[2])
    if any(begin < end for (_, end, _), (begin, _, _) in pairwise(quotes)):
        raise bad("can't parse entities: blockquote can't be nested")
    if any(a[0] < b[0] < a[1] < b[1] for a in spans for b in spans):
        raise bad("can't parse entities: entities overlap")
    if len(spans) > 100:
        raise bad("too many entities")
    return sorted(spans)


def _span(each: object, whole: bytes) -> tuple[int, int, str]:
    total = len(whole) // 2
    if not isinstance(each, dict) or each.get("type") not in ENTITY_TYPES:
        raise bad("can't parse entities: unsupported entity type")
    offset, length = each.get("offset"), each.get("length")
    if not isinstance(offset, int) or not isinstance(length, int):
        raise bad("can't parse entities: field offset must be of type Number")
    if offset < 0 or length <= 0 or offset + length > total:
        raise bad("ENTITY_BOUNDS_INVALID")
    for at in (offset, offset + length):
        low = whole[at * 2 : at * 2 + 2]
        if at < total and 0xDC00 <= int.from_bytes(low, "little") <= 0xDFFF:
            raise bad("entity beginning in a middle of a UTF-16 symbol")
    if each["type"] == "text_link" and not str(each.get("url", "")):
        raise bad("can't parse entities: Can't find field \"url\"")
    return offset, offset + length, each["type"]


def parse_html(source: str) -> tuple[str, list]:  # noqa: C901, PLR0912 one pass, as it reads
    """Telegram's HTML: what it knows, refused by byte offset where it does not."""
    text: list[str] = []
    entities: list = []
    stack: list[tuple[str, int, str]] = []
    position = 0
    at = 0

    def byte() -> int:
        return len(source[:at].encode())

    while at < len(source):
        char = source[at]
        if char == "&":
            match = re.match(r"&(#x[0-9a-fA-F]+|#\d+|lt|gt|amp|quot);?", source[at:])
            if match:
                raw = html.unescape(match.group().rstrip(";") + ";")
                text.append(raw)
                position += units(raw)
                at += match.end()
                continue
        if char != "<":
            text.append(char)
            position += units(char)
            at += 1
            continue
        match = re.match(r"<(/?)([a-zA-Z0-9-]*)((?:\s+[^<>]*)?)>", source[at:])
        if match is None:
            raise bad(f"can't parse entities: Unclosed start tag at byte offset {byte()}")
        closing, name, attributes = match.group(1), match.group(2).lower(), match.group(3)
        if closing:
            if not stack:
                raise bad(f"can't parse entities: Unexpected end tag at byte offset {byte()}")
            opened, begin, extra = stack.pop()
            if name and name != opened:
                raise bad(
                    f"can't parse entities: Unmatched end tag at byte offset {byte()}, "
                    f'expected "</{opened}>", found "</{name}>"'
                )
            if position > begin:
                kind = TAGS[opened]
                if opened == "blockquote" and "expandable" in extra:
                    kind = "expandable_blockquote"
                entities.append((begin, position, kind))
        else:
            if name not in TAGS or (name == "span" and "tg-spoiler" not in attributes):
                raise bad(
                    f'can\'t parse entities: Unsupported start tag "{name}" at byte offset {byte()}'
                )
            if name == "blockquote" and any(each[0] == "blockquote" for each in stack):
                raise bad(f"can't parse entities: Can't nest blockquote at byte offset {byte()}")
            stack.append((name, position, attributes))
        at += match.end()
    if stack:
        raise bad(
            f"can't parse entities: Can't find end tag corresponding to start tag "
            f'"{stack[-1][0]}"'
        )
    return "".join(text), sorted(entities)
