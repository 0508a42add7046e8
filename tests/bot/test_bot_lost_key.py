"""The key is lost or changed: the bot starts, nobody's warning is closed, and admins know."""

from __future__ import annotations

import asyncio
import json

import pytest

from backbot.bot.app import BotOptions, run_bot
from backbot.bot.inbox import DurableInbox
from backbot.settings import load_settings
from backbot.state.inbox import Taken
from backbot.wiring import Program
from bot.bot_api_server import TOKEN

ADMIN, TALKED, WARNED, WAITS, NEW = 7, 8, 9, 10, 11
KEY, OTHER = "k" * 40, "o" * 40


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """A new and empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/own.db"
        return
    server = request.getfixturevalue("postgresql")
    name = server.make()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def clinic(apart, monkeypatch, database_url):
    """A clinic's folder without an index: escalation needs none."""
    (apart / "corpus").mkdir()
    monkeypatch.setenv("BACKBOT_ADMIN_IDS", str(ADMIN))
    monkeypatch.setenv("BACKBOT_COUNTRY", "GB")
    monkeypatch.setenv("BACKBOT_DATABASE_URL", database_url)


@pytest.fixture
async def session(server, clinic, monkeypatch):
    """Run the whole program with a key, write to it, and end it; what each chat was told."""

    async def run(key: str, *messages: tuple[int, str]) -> dict[int, list[str]]:
        monkeypatch.setenv("BACKBOT_ENCRYPTION_KEY", key)
        program = Program(load_settings())
        seen, stop = len(server.sent), asyncio.Event()
        options = BotOptions(token=TOKEN, api_url=server.url, poll_timeout_s=2)
        inbox = DurableInbox(program.inbox)
        task = asyncio.create_task(run_bot(program.handler(), options, stop, inbox=inbox))

        def told(chat: int) -> list[str]:
            return [sent.text for sent in server.sent[seen:] if sent.chat_id == chat]

        try:
            for chat, text in messages:
                count = len(told(chat))
                await server.write(text, chat=chat)
                await server.until(lambda c=chat, n=count: len(told(c)) > n, timeout_s=20)
            await asyncio.sleep(0.3)
        finally:
            stop.set()
            await asyncio.wait_for(task, 20)
            await asyncio.to_thread(program.close)
        return {chat: told(chat) for chat in (ADMIN, TALKED, WARNED, WAITS, NEW)}

    server.chats.update({ADMIN, TALKED, WARNED, WAITS, NEW})
    return run


def is_warned(texts: list[str]) -> bool:
    """Whether a warning stands in front of what was said."""
    return any(text.startswith(("⚠️", "🚨")) for text in texts)


@pytest.mark.parametrize("after", [OTHER, ""], ids=["another", "none"])
async def test_a_lost_key_leaves_everybody_with_a_warning_open_and_admins_know(session, after):
    """Who only talked, too: what they wrote cannot be read any more."""
    first = await session(
        KEY, (TALKED, "does a pillow help?"), (WARNED, "i cant pee and my groin is numb")
    )
    assert not is_warned(first[TALKED])
    assert is_warned(first[WARNED])
    second = await session(
        after, (TALKED, "and a cushion?"), (WARNED, "and a cushion?"), (NEW, "and a cushion?")
    )
    assert is_warned(second[TALKED])
    assert is_warned(second[WARNED])
    assert not is_warned(second[NEW])
    (told,) = [text for text in second[ADMIN] if "BACKBOT_ENCRYPTION_KEY" in text]
    assert "2 of the last 2 stored conversations cannot be decrypted" in told
    assert ("put the old one behind the new one" in told) == bool(after)
    assert ("Set the key that was set before" in told) == (not after)
    for key in (KEY, OTHER):
        assert key not in told


async def test_a_lost_key_leaves_nobody_who_waits_without_a_word(session, monkeypatch):
    """What was taken before the end cannot be read; what to do in an emergency is said."""
    monkeypatch.setenv("BACKBOT_ENCRYPTION_KEY", KEY)
    update = {"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": {"id": WAITS}}}
    program = Program(load_settings())
    program.inbox.apply([Taken(1, WAITS, json.dumps(update).encode())])
    program.close()
    told = await session(OTHER, (NEW, "hello"))
    assert len(told[WAITS]) == 1
    assert "999" in told[WAITS][0]
    again = await session(OTHER, (NEW, "hello"))
    assert again[WAITS] == []


async def test_a_changed_key_forgets_nothing(session):
    """The new one in front of the old one for one start; then it is enough by itself."""
    await session(
        KEY, (TALKED, "does a pillow help?"), (WARNED, "i cant pee and my groin is numb")
    )
    second = await session(f"{OTHER},{KEY}", (NEW, "and a cushion?"))
    third = await session(OTHER, (TALKED, "thank you"), (WARNED, "thank you"))
    assert not is_warned(third[TALKED])
    assert is_warned(third[WARNED])
    for told in (second, third):
        assert not any("BACKBOT_ENCRYPTION_KEY" in text for text in told[ADMIN])
