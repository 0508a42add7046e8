"""A small, strict Bot API server on loopback: what Telegram does, as far as the bot can tell.

It keeps updates until they are confirmed, checks every message as Telegram would (markup,
length, button data, known chats) and can be told to misbehave.
"""

from __future__ import annotations

import asyncio
import email.parser
import email.policy
import gzip
import html
import json
import re
import time
from collections import deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

TOKEN = "424242:AAfake-token_for-the-tests-0123456789abc"
TAGS = {"b", "strong", "i", "em", "u", "s", "code", "pre", "a", "blockquote", "tg-spoiler"}
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff]")
ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")


class RefusedError(Exception):
    """An error answer of Telegram's."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status, self.description = status, description
        self.body = {"ok": False, "error_code": status, "description": description}


@dataclass
class Sent:
    """A message that was accepted."""

    chat_id: int
    message_id: int
    text: str
    raw: str
    parse_mode: str | None
    buttons: list[list[dict[str, str]]]
    reply_to: int | None
    at: float
    edits: list[str] = field(default_factory=list)
    edited_at: list[float] = field(default_factory=list)
    file_name: str = ""
    file: bytes = b""

    def labels(self) -> list[str]:
        """What the buttons say, in reading order."""
        return [button["text"] for row in self.buttons for button in row]

    def data(self, label: str) -> str:
        """The data of the button with that label."""
        found = [b["callback_data"] for row in self.buttons for b in row if label in b["text"]]
        assert found, f"no button {label!r} in {self.buttons}"
        return found[0]


@dataclass
class Fault:
    """What goes wrong with the next calls of a method."""

    method: str
    kind: str  # status, slow, slow_after, drop, drop_after, cut_short, garbage
    times: int = 1
    chat: int | None = None
    status: int = 502
    description: str = "Bad Gateway"
    retry_after: int | None = None


class BotApiServer:
    """One bot's side of Telegram. `async with` starts and stops it; state outlives a restart."""

    def __init__(self, token: str = TOKEN) -> None:
        self.token = token
        self.port = 0
        self.sent: list[Sent] = []
        self.actions: list[tuple[int, str, float]] = []
        self.callbacks: list[str] = []
        self.commands: list[dict[str, str]] = []
        self.scoped: dict[tuple[str, str], list[str]] = {}
        self.threads: dict[int, set[int]] = {}
        self.migrated: dict[int, int] = {}
        self.gone: dict[int, str] = {}
        self.compress = False
        self.pressed: set[str] = set()
        self.about: dict[tuple[str, str], Any] = {}
        self.webhook: dict[str, Any] = {}
        self.menus: dict[int, list[str]] = {}
        self.in_force: dict[tuple[str, int, str], list[dict[str, str]]] = {}
        self.calls: list[str] = []
        self.refusals: list[str] = []
        self.confirmed = 0
        self.chats: set[int] = set()
        self.files: dict[str, bytes] = {}
        self.told_sizes: dict[str, int | None] = {}
        self.downloads: list[str] = []
        self._updates: deque[Any] = deque()
        self._faults: list[Fault] = []
        self._next_update = 1000
        self._next_message = 5000
        self._changed = asyncio.Condition()
        self._poll = 0
        self._cut_short = False
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    # ------------------------------------------------------------------ for the tests

    @property
    def url(self) -> str:
        """Root of the server, without `/bot`."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; after a stop, on the same port again."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Break every connection and stop listening."""
        if self._server is not None:
            self._server.close()
            for task in tuple(self._connections):
                task.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)
            await self._server.wait_closed()
            self._server = None

    def fault(self, method: str, kind: str = "status", **how: Any) -> None:
        """The next calls of that method go wrong; see `Fault`."""
        self._faults.append(Fault(method, kind, **how))

    async def push_raw(self, *updates: Any) -> None:
        """Queue updates as they are; ids are the caller's."""
        async with self._changed:
            self._updates.extend(updates)
            self._changed.notify_all()

    async def push(self, chat: int = 7, **fields: Any) -> int:
        """Queue one update `{kind: body}` with the next id; returns the id."""
        self.chats.add(chat)
        self._next_update += 1
        await self.push_raw({"update_id": self._next_update, **fields})
        return self._next_update

    async def write(self, text: str | None, chat: int = 7, **more: Any) -> int:
        """A person writes a message; returns its id."""
        self._next_message += 1
        content = {} if text is None else {"text": text}
        body = {**self.message(chat, self._next_message), **content, **more}
        await self.push(chat, message=body)
        return body["message_id"]

    async def send_file(
        self,
        name: str | None,
        data: bytes,
        chat: int = 7,
        caption: str | None = None,
        told_size: int | None = -1,
    ) -> str:
        """A person sends a document; returns its id. `told_size` is what Telegram says of it."""
        file_id = f"BQAC-{len(self.files)}"
        self.files[file_id] = data
        size = len(data) if told_size == -1 else told_size
        self.told_sizes[file_id] = size
        document = {"file_id": file_id, "file_unique_id": f"u{file_id}"}
        document |= {} if name is None else {"file_name": name}
        document |= {} if size is None else {"file_size": size}
        more = {} if caption is None else {"caption": caption}
        await self.write(None, chat=chat, document=document, **more)
        return file_id

    async def press(self, data: Any, chat: int = 7, message_id: int = 1) -> None:
        """A person presses a button."""
        self.pressed.add(f"cb{self._next_update}")
        body = {
            "id": f"cb{self._next_update}",
            "from": self.message(chat, 0)["from"],
            "message": self.message(chat, message_id),
            "chat_instance": "1",
            "data": data,
        }
        await self.push(chat, callback_query=body)

    def message(self, chat: int, message_id: int) -> dict[str, Any]:
        """A person's message without its content."""
        kind = "private" if chat > 0 else "supergroup"
        return {
            "message_id": message_id,
            "date": int(time.time()),
            "chat": {"id": chat, "type": kind},
            "from": {"id": abs(chat), "is_bot": False, "first_name": "<b>Ann & Bo</b>"},
        }

    async def until(self, condition: Any, timeout_s: float = 15.0) -> None:
        """Wait until the condition holds."""
        async with asyncio.timeout(timeout_s), self._changed:
            await self._changed.wait_for(condition)

    async def messages(self, count: int, chat: int | None = 7) -> list[Sent]:
        """Wait for that many messages in a chat; returns all that are there."""

        def there() -> list[Sent]:
            return [m for m in self.sent if chat is None or m.chat_id == chat]

        await self.until(lambda: len(there()) >= count)
        return there()

    def texts(self, chat: int = 7) -> list[str]:
        """What was sent to a chat, as it reads there."""
        return [message.text for message in self.sent if message.chat_id == chat]

    # ------------------------------------------------------------------ HTTP

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while await self._one_request(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._connections.discard(task)
            writer.close()

    async def _one_request(self, reader, writer) -> bool:
        line = await reader.readline()
        if not line:
            return False
        verb, target, _ = line.decode().split(" ", 2)
        headers = {}
        while (header := (await reader.readline()).strip()) != b"":
            name, _, value = header.decode().partition(":")
            headers[name.lower()] = value.strip()
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        url = urlsplit(target)
        parameters: dict[str, Any] = dict(parse_qsl(url.query, keep_blank_values=True))
        if headers.get("content-type", "").startswith("application/json"):
            parameters.update(json.loads(body))
        elif headers.get("content-type", "").startswith("multipart/form-data"):
            parameters.update(parse_multipart(headers["content-type"], body))
        else:
            parameters.update(parse_qsl(body.decode(), keep_blank_values=True))
        if verb == "GET" and url.path.startswith("/file/"):
            return await self._serve_file(url.path, writer)
        status, answer = await self._answer(url.path, parameters)
        if status == 0:
            return False
        payload = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n"
        if self.compress and "gzip" in headers.get("accept-encoding", ""):
            payload = gzip.compress(payload)
            head += "Content-Encoding: gzip\r\n"
        head += f"Content-Length: {len(payload)}\r\n\r\n"
        if status and answer is not None and self._cut_short:
            self._cut_short = False
            writer.write(head.encode() + payload[: len(payload) // 2])
            await writer.drain()
            return False
        writer.write(head.encode() + payload)
        await writer.drain()
        return True

    async def _serve_file(self, path: str, writer) -> bool:
        """A file's bytes; the stream goes on until it ends or the bot hangs up."""
        match = re.fullmatch(r"/file/bot([^/]+)/documents/(.+)", path)
        found = match is not None and match[1] == self.token and match[2] in self.files
        data = self.files[match[2]] if found else b""
        self.downloads.append(path)
        fault = self._take_fault("download", {})
        status = 200 if found and fault is None else 404
        writer.write(f"HTTP/1.1 {status} X\r\nConnection: close\r\n\r\n".encode())
        for at in range(0, len(data), 2**16):
            writer.write(data[at : at + 2**16])
            await writer.drain()
        return False

    async def _answer(self, path: str, parameters: dict[str, Any]) -> tuple[int, Any]:
        match = re.fullmatch(r"/bot([^/]+)/(\w+)", path)
        if match is None or ":" not in match[1]:
            return 404, RefusedError(404, "Not Found").body
        if match[1] != self.token:
            return 401, RefusedError(401, "Unauthorized").body
        method = match[2]
        async with self._changed:
            self.calls.append(method)
            self._changed.notify_all()
        fault = self._take_fault(method, parameters)
        if fault is not None:
            instead = await self._misbehave(fault)
            if instead is not None:
                return instead
        handler = getattr(self, f"_do_{method.lower()}", None)
        try:
            if handler is None:
                raise RefusedError(404, "Not Found")  # noqa: TRY301
            result = await handler(parameters)
        except RefusedError as error:
            # a menu for somebody who has never written is refused by Telegram, too
            # and a request for updates that was given up is ended by the next one
            given_up = "terminated by other" in error.description
            if method not in {"setMyCommands", "getMyCommands"} and not given_up:
                self.refusals.append(error.description)
            return error.status, error.body
        if fault is not None and fault.kind == "slow_after":
            await asyncio.sleep(0.5)
        lost = fault is not None and fault.kind == "drop_after"
        self._cut_short = fault is not None and fault.kind == "cut_short"
        return (0, None) if lost else (200, {"ok": True, "result": result})

    async def _misbehave(self, fault: Fault) -> tuple[int, Any] | None:
        """The answer of a faulty server, status 0 for none; None where it goes on."""
        match fault.kind:
            case "slow":
                await asyncio.sleep(0.2)
            case "drop":
                return 0, None
            case "garbage":
                return 200, b"<html>secret words of a patient</html>"
            case "status":
                error = RefusedError(fault.status, fault.description)
                if fault.retry_after is not None:
                    error.body["parameters"] = {"retry_after": fault.retry_after}
                return fault.status, error.body
        return None

    def _take_fault(self, method: str, parameters: dict[str, Any]) -> Fault | None:
        chat = parameters.get("chat_id")
        for fault in self._faults:
            if fault.method == method and (fault.chat is None or str(fault.chat) == str(chat)):
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault
        return None

    # ------------------------------------------------------------------ methods

    async def _do_getme(self, _: dict[str, Any]) -> Any:
        return {"id": 424242, "is_bot": True, "first_name": "Back", "username": "back_test_bot"}

    async def _do_deletewebhook(self, parameters: dict[str, Any]) -> Any:
        assert parameters.get("drop_pending_updates", "false") in {"false", False}
        self.webhook = {}
        return True

    async def _do_setwebhook(self, parameters: dict[str, Any]) -> Any:
        assert parameters.get("drop_pending_updates", "false") in {"false", False}
        if not parameters["url"].startswith("http"):
            raise RefusedError(400, "Bad Request: bad webhook: An HTTPS URL must be provided")
        self.webhook = dict(parameters)
        return True

    async def _do_getwebhookinfo(self, _: dict[str, Any]) -> Any:
        known = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
        return {**known, **({"url": self.webhook["url"]} if self.webhook else {})}

    async def _do_getmydescription(self, parameters: dict[str, Any]) -> Any:
        return {"description": self._about("description", parameters)}

    async def _do_getmyshortdescription(self, parameters: dict[str, Any]) -> Any:
        return {"short_description": self._about("short", parameters)}

    async def _do_getmycommands(self, parameters: dict[str, Any]) -> Any:
        scope = json.loads(parameters.get("scope", "{}"))
        place = (scope.get("type", "default"), int(scope.get("chat_id", 0)))
        return self.in_force.get((*place, parameters.get("language_code", "")), [])

    def menu_of(self, chat: int, language: str) -> list[dict[str, str]]:
        """The menu that somebody sees in a chat: the narrowest scope, there their language first.

        As https://core.telegram.org/bots/api#botcommandscope has it.
        """
        kind = "all_private_chats" if chat > 0 else "all_group_chats"
        scopes = [("chat", chat), (kind, 0), ("default", 0)]
        for scope, code in ((s, c) for s in scopes for c in (language, "")):
            if found := self.in_force.get((*scope, code)):
                return found
        return []

    async def _do_setmydescription(self, parameters: dict[str, Any]) -> Any:
        return self._set_about("description", parameters, 512)

    async def _do_setmyshortdescription(self, parameters: dict[str, Any]) -> Any:
        return self._set_about("short", parameters, 120)

    def _about(self, what: str, parameters: dict[str, Any]) -> Any:
        return self.about.get((what, parameters.get("language_code", "")), "")

    def _set_about(self, what: str, parameters: dict[str, Any], most: int) -> bool:
        text = parameters.get("description", parameters.get("short_description", ""))
        if len(text) > most:
            raise RefusedError(400, "Bad Request: description is too long")
        self.about[what, parameters.get("language_code", "")] = text
        return True

    async def _do_setmycommands(self, parameters: dict[str, Any]) -> Any:
        commands = json.loads(parameters["commands"])
        for command in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
                raise RefusedError(400, "Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise RefusedError(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        scope = json.loads(parameters.get("scope", "{}"))
        if len(commands) > 100:
            raise RefusedError(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
        names = [command["command"] for command in commands]
        kind = scope.get("type", "default")
        self.scoped[kind, parameters.get("language_code", "")] = names
        if kind not in {"default", "chat", "all_group_chats", "all_private_chats"}:
            raise RefusedError(400, "Bad Request: can't parse BotCommandScope")
        chat = self._known_chat(scope) if kind == "chat" else 0
        code = parameters.get("language_code", "")
        assert re.fullmatch(r"(?:[a-z]{2})?", code)
        self.in_force[kind, chat, code] = commands
        if kind.startswith("all_"):
            return True
        if scope.get("type") == "chat":
            self.menus[scope["chat_id"]] = [command["command"] for command in commands]
        elif parameters.get("language_code"):
            self.about["commands", parameters["language_code"]] = commands
        else:
            self.commands = commands
        return True

    async def _do_getupdates(self, parameters: dict[str, Any]) -> Any:
        offset = int(parameters.get("offset", 0))
        limit = int(parameters.get("limit", 100))
        wanted = json.loads(parameters.get("allowed_updates", "[]"))
        assert set(wanted) == {"message", "edited_message", "callback_query", "my_chat_member"}

        if self.webhook:
            raise RefusedError(
                409, "Conflict: can't use getUpdates method while webhook is active"
            )
        assert 1 <= limit <= 100
        self._poll += 1
        mine = self._poll

        def confirm() -> None:
            self._updates = deque(u for u in self._updates if _id(u) >= offset)
            self.confirmed = max(self.confirmed, offset)

        async with self._changed:
            confirm()
            self._changed.notify_all()
            try:
                async with asyncio.timeout(float(parameters.get("timeout", 0))):
                    await self._changed.wait_for(lambda: self._updates or self._poll > mine)
            except TimeoutError:
                return []
            if self._poll > mine:
                said = "Conflict: terminated by other getUpdates request"
                raise RefusedError(409, said)
            return list(self._updates)[:limit]

    async def _do_sendmessage(self, parameters: dict[str, Any]) -> Any:
        chat = self._known_chat(parameters)
        self._known_thread(chat, parameters)
        text = self._checked_text(parameters)
        reply = json.loads(parameters.get("reply_parameters", "{}"))
        if reply and not (isinstance(reply["message_id"], int) and reply["message_id"] > 0):
            raise RefusedError(400, "Bad Request: message to be replied not found")
        if not set(json.loads(parameters.get("link_preview_options", "{}"))) <= {"is_disabled"}:
            raise RefusedError(400, "Bad Request: can't parse link preview options")
        async with self._changed:
            self._next_message += 1
            self.sent.append(
                Sent(
                    chat,
                    self._next_message,
                    text,
                    parameters["text"],
                    parameters.get("parse_mode"),
                    self._checked_buttons(parameters),
                    reply.get("message_id"),
                    time.monotonic(),
                )
            )
            self._changed.notify_all()
            return self._as_message(self.sent[-1])

    async def _do_editmessagetext(self, parameters: dict[str, Any]) -> Any:
        chat = self._known_chat(parameters)
        text = self._checked_text(parameters)
        for message in self.sent:
            if (message.chat_id, message.message_id) == (chat, int(parameters["message_id"])):
                if message.text == text:
                    raise RefusedError(400, "Bad Request: message is not modified")
                if message.file_name:
                    raise RefusedError(400, "Bad Request: there is no text in the message to edit")
                async with self._changed:
                    message.edits.append(message.text)
                    message.edited_at.append(time.monotonic())
                    message.text = text
                    message.buttons = self._checked_buttons(parameters)
                    self._changed.notify_all()
                return self._as_message(message)
        raise RefusedError(400, "Bad Request: message to edit not found")

    async def _do_getfile(self, parameters: dict[str, Any]) -> Any:
        file_id = parameters["file_id"]
        if file_id not in self.files:
            raise RefusedError(400, "Bad Request: invalid file_id")
        size = self.told_sizes[file_id]
        if (size or 0) > 20 * 2**20:
            raise RefusedError(400, "Bad Request: file is too big")
        known = {} if size is None else {"file_size": size}
        place = {"file_path": f"documents/{file_id}"}
        return {"file_id": file_id, "file_unique_id": f"u{file_id}", **known, **place}

    async def _do_senddocument(self, parameters: dict[str, Any]) -> Any:
        chat = self._known_chat(parameters)
        name, data = parameters["document"]
        if not data:
            raise RefusedError(400, "Bad Request: file must be non-empty")
        caption = self._checked_text({**parameters, "text": parameters.get("caption", "")}, 1024)
        buttons = self._checked_buttons(parameters)
        async with self._changed:
            self._next_message += 1
            sent = Sent(
                chat,
                self._next_message,
                caption,
                parameters.get("caption", ""),
                parameters.get("parse_mode"),
                buttons,
                None,
                time.monotonic(),
                file_name=name,
                file=data,
            )
            self.sent.append(sent)
            self._changed.notify_all()
            answer = self._as_message(sent)
            answer.pop("text")
            file = {"file_id": "BQAC-own", "file_unique_id": "own", "file_name": name}
            return {**answer, "caption": caption, "document": file}

    async def _do_sendchataction(self, parameters: dict[str, Any]) -> Any:
        chat = self._known_chat(parameters)
        self._known_thread(chat, parameters)
        if parameters["action"] != "typing":
            raise RefusedError(400, "Bad Request: wrong parameter action in request")
        async with self._changed:
            self.actions.append((chat, parameters["action"], time.monotonic()))
            self._changed.notify_all()
        return True

    async def _do_answercallbackquery(self, parameters: dict[str, Any]) -> Any:
        if parameters["callback_query_id"] not in self.pressed:
            said = (
                "Bad Request: query is too old and response timeout expired or query ID is invalid"
            )
            raise RefusedError(400, said)
        async with self._changed:
            self.callbacks.append(parameters["callback_query_id"])
            self._changed.notify_all()
        return True

    # ------------------------------------------------------------------ checks

    def _as_message(self, sent: Sent) -> dict[str, Any]:
        chat = {"id": sent.chat_id, "type": "private", "first_name": "Ann"}
        return {"message_id": sent.message_id, "date": 1, "chat": chat, "text": sent.text}

    def _known_chat(self, parameters: dict[str, Any]) -> int:
        chat = int(parameters["chat_id"])
        if chat in self.migrated:
            said = "Bad Request: group chat was upgraded to a supergroup chat"
            error = RefusedError(400, said)
            error.body["parameters"] = {"migrate_to_chat_id": self.migrated[chat]}
            raise error
        if chat in self.gone:
            raise RefusedError(*_status(self.gone[chat]))
        if chat not in self.chats:
            raise RefusedError(400, "Bad Request: chat not found")
        return chat

    def _known_thread(self, chat: int, parameters: dict[str, Any]) -> None:
        thread = parameters.get("message_thread_id")
        if thread is not None and int(thread) not in self.threads.get(chat, set()):
            raise RefusedError(400, "Bad Request: message thread not found")

    def _checked_text(self, parameters: dict[str, Any], most: int = 4096) -> str:
        raw = parameters["text"]
        mode = parameters.get("parse_mode")
        if mode not in {None, "HTML"}:
            raise RefusedError(400, "Bad Request: unsupported parse_mode")
        if CONTROLS.search(raw):
            raise RefusedError(400, "Bad Request: strings must be encoded in UTF-8")
        text = (parse_html(raw) if mode == "HTML" else raw).strip()
        if not text:
            raise RefusedError(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > most:
            raise RefusedError(400, "Bad Request: message is too long")
        return text

    def _checked_buttons(self, parameters: dict[str, Any]) -> list[list[dict[str, str]]]:
        rows = json.loads(parameters.get("reply_markup", "{}")).get("inline_keyboard", [])
        if any(not row for row in rows):
            raise RefusedError(400, "Bad Request: object expected as keyboard row")
        for button in (button for row in rows for button in row):
            if set(button) != {"text", "callback_data"}:
                raise RefusedError(400, "Bad Request: text buttons are unallowed in the keyboard")
            if not button["text"].strip():
                raise RefusedError(400, "Bad Request: text buttons are not allowed to be empty")
            if not 1 <= len(button["callback_data"].encode()) <= 64:
                raise RefusedError(400, "Bad Request: BUTTON_DATA_INVALID")
        if sum(len(row) for row in rows) > 100:
            raise RefusedError(400, "Bad Request: reply markup is too long")
        return rows


def parse_multipart(content_type: str, body: bytes) -> dict[str, Any]:
    """Fields of a form; a file is its name and its bytes. `attach://` is followed."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    fields: dict[str, Any] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        file_name = part.get_filename()
        fields[name] = data.decode() if file_name is None else (file_name, data)
    for name, value in list(fields.items()):
        if isinstance(value, str) and value.startswith("attach://"):
            fields[name] = fields[value.removeprefix("attach://")]
    return fields


def _status(description: str) -> tuple[int, str]:
    return (403 if description.startswith("Forbidden") else 400), description


def _id(update: Any) -> int:
    return update.get("update_id", 0) if isinstance(update, dict) else 0


def parse_html(raw: str) -> str:
    """The text of Telegram's HTML; raises what Telegram answers where it does not hold up."""
    parser = _Strict()
    stripped = ENTITY.sub("", raw)
    if "&" in stripped:
        raise RefusedError(400, "Bad Request: can't parse entities: unescaped ampersand")
    parser.feed(raw)
    parser.close()
    if parser.open:
        raise RefusedError(400, f"Bad Request: can't parse entities: no end of {parser.open[-1]}")
    return "".join(parser.text)


class _Strict(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        allowed = {"blockquote": {"expandable"}, "a": {"href"}}.get(tag, set())
        if tag not in TAGS or not names <= allowed or (tag == "blockquote" and tag in self.open):
            raise RefusedError(
                400, f"Bad Request: can't parse entities: unsupported start tag {tag}"
            )
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise RefusedError(400, f"Bad Request: can't parse entities: unexpected end tag {tag}")

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        raise RefusedError(400, f"Bad Request: can't parse entities: unsupported start tag {tag}")

    def handle_data(self, data: str) -> None:
        if "<" in data:
            raise RefusedError(400, "Bad Request: can't parse entities: unclosed start tag")
        self.text.append(data)

    def handle_entityref(self, name: str) -> None:
        self.text.append(html.unescape(f"&{name};"))

    def handle_charref(self, name: str) -> None:
        self.text.append(html.unescape(f"&#{name};"))
