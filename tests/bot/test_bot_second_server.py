"""The bot against a second, independent Bot API server: what is odd there must cost nobody a word."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import subprocess
import sys
import textwrap
import time
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from telegram.error import TimedOut

from backbot.bot import api, presence, reaching, staff_wording
from backbot.bot.app import BotOptions, run_bot
from backbot.bot.handlers import Handler
from backbot.bot.inbox import DurableInbox, MemoryInbox
from backbot.bot.outbox import UNLIMITED, Limits
from backbot.bot.sender import Backoff
from backbot.errors import SettingsError
from backbot.model import Tier
from backbot.state.cipher import Cipher
from backbot.state.database import Database
from backbot.state.inbox import DatabaseInbox
from backbot.state.memory import MemoryConversationStore
from bot.conftest import RunningBot, until
from bot.second_bot_api_server import BOT_NAME, TOKEN, Fault, Refused, SecondServer, bad

ADMIN = 7001
PERSON = 5_000_000_017  # ids have long outgrown 32 bits
GROUP, SUPERGROUP = -4012, -1002147483999
ALARM = "I cannot pee"
WARNING = "🚨"
CONFLICT = Refused(
    409, "Conflict: terminated by other getUpdates request; make sure that only one bot runs"
)


@pytest.fixture
def second():
    """The second server, listening."""
    with SecondServer() as running:
        running.private(ADMIN)
        yield running
        assert running.violations == []


@pytest.fixture
def store():
    """Where conversations are kept."""
    return MemoryConversationStore(3600)


@pytest.fixture
def social(assistant, store):
    """The real handler, with groups on."""
    return Handler(assistant, store, admin_ids=frozenset({ADMIN}), groups=True)


@pytest.fixture
def run(second, social):
    """Start the bot for a block."""
    options = BotOptions(
        token=TOKEN,
        api_url=second.url,
        poll_timeout_s=3,
        backoff=Backoff(0.02, 0.1),
        attempts=4,
        drain_s=3,
        typing_after_s=5,
        limits=UNLIMITED,
    )

    @asynccontextmanager
    async def running(**changes):
        bot = RunningBot(social, replace(options, **changes))
        try:
            yield bot
        finally:
            if not bot.task.done():
                await bot.leave()

    return running


def one(second, kind="message", chat=PERSON, **content):
    """An update as the handler takes it."""
    return {"update_id": 1, kind: second.message(chat, **content)}


def said(parts):
    """What a reply says, all of it."""
    return "\n".join(part.plain for part in parts)


# ---------------------------------------------------------------------- words in odd places

OPTIONS = [{"text": "yes", "voter_count": 0}, {"text": ALARM, "voter_count": 0}]
PLACE = {"latitude": 1.0, "longitude": 1.0}
FIRST, LAST = ALARM.split(" ", 1)
FILE = f"{ALARM.replace(' ', '_')}.pdf"
ELSEWHERE = {"origin": {"type": "hidden_user", "sender_user_name": "Mum", "date": 1}}


@pytest.mark.parametrize(
    "content",
    [
        {"text": ALARM, "forward_origin": {"type": "hidden_user", "date": 1}},
        {"voice": {"file_id": "v", "duration": 1}, "caption": ALARM},
        {"paid_media": {"star_count": 1, "paid_media": []}, "caption": ALARM},
        {"poll": {"id": "1", "question": ALARM, "options": []}},
        {"poll": {"id": "1", "question": "Which?", "options": OPTIONS}},
        {"checklist": {"title": ALARM, "tasks": []}},
        {"checklist": {"title": "Today", "tasks": [{"id": 1, "text": ALARM}]}},
        {"poll": {"id": "1", "question": "Which?", "explanation": ALARM, "options": []}},
        {"poll": {"id": "1", "question": "Which?", "description": ALARM, "options": []}},
        {"poll_option_added": {"option_text": ALARM, "option_persistent_id": "1"}},
        {"checklist_tasks_added": {"tasks": [{"id": 1, "text": ALARM}]}},
        {"contact": {"phone_number": "1", "first_name": ALARM}},
        {"contact": {"phone_number": "1", "first_name": FIRST, "last_name": LAST}},
        {"venue": {"location": PLACE, "title": ALARM, "address": "x"}, "location": PLACE},
        {"venue": {"location": PLACE, "title": "Home", "address": ALARM}, "location": PLACE},
        {"document": {"file_id": "d", "file_name": FILE}},
        {"video": {"file_id": "d", "file_name": FILE, "duration": 1}, "caption": "look"},
        {"gift": {"gift": {"id": "1"}, "text": ALARM}},
        {"gift_upgrade_sent": {"gift": {"id": "1"}, "text": ALARM}},
        {"forum_topic_created": {"name": ALARM, "icon_color": 1}},
        {"forum_topic_edited": {"name": ALARM}},
        {"text": "and this?", "quote": {"text": ALARM}, "external_reply": ELSEWHERE},
        {"text": "and?", "external_reply": ELSEWHERE | {"venue": {"title": ALARM}}},
        {"text": "/start I_cannot_pee"},
        {"text": f"/help {ALARM}"},
        {"text": ALARM, "via_bot": {"id": 4, "is_bot": True, "first_name": "x"}},
    ],
    ids="-".join,
)
async def test_an_emergency_is_found_wherever_the_words_stand(social, second, content):
    """Once, as a warning, and nothing else before it."""
    parts = list(social.handle(one(second, **content)))
    assert parts[0].plain.startswith(WARNING)
    assert said(parts).count(WARNING) == 1
    assert social.tier(one(second, **content)) == Tier.EMERGENCY


@pytest.mark.parametrize(
    "content",
    [
        {"poll": "x"},
        {"poll": {"question": 5, "options": {"text": ALARM}}},
        {"checklist": {"title": None, "tasks": [None, 5, {"text": ["x"]}]}},
        {"poll": {"question": "Tea or coffee? \ud83d", "options": [{}]}},
        {"contact": {"first_name": 5, "last_name": None}},
        {"contact": [ALARM]},
        {"venue": {"title": None, "address": {"text": ALARM}}},
        {"document": {"file_id": "d", "file_name": [ALARM]}},
        {"video": ALARM},
    ],
)
async def test_what_has_the_wrong_shape_beside_a_message_is_left_alone(social, second, content):
    """It is something that cannot be read, like any other."""
    (part,) = social.handle(one(second, **content))
    assert part.plain.startswith("<cannot_read>")


@pytest.mark.parametrize(
    "content",
    [
        {"audio": {"file_id": "a", "title": ALARM, "performer": ALARM, "file_name": FILE}},
        {"animation": {"file_id": "a", "file_name": FILE}, "document": {"file_name": FILE}},
        {"sticker": {"file_id": "s", "set_name": ALARM, "emoji": "x"}},
        {"contact": {"phone_number": "1", "first_name": "Ann", "vcard": f"NOTE:{ALARM}"}},
        {"game": {"title": ALARM, "description": ALARM}},
    ],
    ids="-".join,
)
async def test_what_other_people_have_named_opens_nothing(social, second, content):
    """Songs, GIFs, sticker packs, games and somebody's address book: nobody said it here."""
    (part,) = social.handle(one(second, **content))
    assert part.plain.startswith("<cannot_read>")


async def test_a_file_of_staff_is_a_file_whatever_it_is_called(social, second):
    """Leaflets on danger signs are named after them."""
    content = {"document": {"file_id": "d", "file_name": FILE}}
    (part,) = social.handle(one(second, chat=ADMIN, **content))
    assert WARNING not in part.plain


async def test_a_quote_of_the_bots_own_words_opens_nothing(social, second):
    """The warning itself names the signs; to reply to it is not to tell them."""
    own = {
        "message_id": 3,
        "from": {"id": 9, "is_bot": True, "first_name": "Back", "username": BOT_NAME},
        "chat": {"id": PERSON, "type": "private"},
        "text": f"Call 112 if: {ALARM}",
    }
    content = {"text": "thanks", "reply_to_message": own, "quote": {"text": ALARM}}
    assert WARNING not in said(social.handle(one(second, **content)))
    social.username = BOT_NAME
    second.group(GROUP)
    in_group = {**content, "text": f"@{BOT_NAME} thanks"}
    assert WARNING not in said(social.handle(one(second, chat=GROUP, **in_group)))


async def test_in_a_group_the_message_that_is_asked_about_is_read(social, second):
    """Whoever asks what to do replies to the one who told it."""
    social.username = BOT_NAME
    second.group(GROUP)
    other = second.message(GROUP, ALARM, user_id=8)
    asked = {"text": f"@{BOT_NAME} what should she do?", "reply_to_message": other}
    parts = list(social.handle(one(second, chat=GROUP, user_id=7, **asked)))
    assert parts[0].plain.startswith(WARNING)
    assert "pee" not in said(parts)


@pytest.mark.parametrize("sender", [1087968824, 136817688])
async def test_who_writes_as_the_group_or_as_a_channel_is_a_person(social, second, sender):
    """Telegram puts one of its own bots in the sender's place; another bot is still no person."""
    social.username = BOT_NAME
    chat = second.group(GROUP)
    body = {
        "text": f"@{BOT_NAME} {ALARM}",
        "from": {"id": sender, "is_bot": True, "first_name": "Group"},
    }
    as_group = list(social.handle(one(second, chat=GROUP, sender_chat=chat, **body)))
    assert as_group[0].plain.startswith(WARNING)
    assert list(social.handle(one(second, chat=GROUP, **body))) == []


@pytest.mark.parametrize("before", ["/help", "/nosuchcommand"])
async def test_an_emergency_edited_into_a_command_is_found(social, second, before):
    """What was written behind it is read; without it, it is the command."""
    body = second.message(PERSON, before)
    list(social.handle({"update_id": 1, "message": body}))
    edited = {"update_id": 2, "edited_message": {**body, "text": f"{before} {ALARM}"}}
    assert WARNING in said(social.handle(edited))
    again = {"update_id": 3, "edited_message": {**body, "text": "/help me"}}
    assert said(social.handle(again)).startswith("<help>")


async def test_staff_may_edit_a_dry_run(assistant, second):
    """What they try is not what they have; it is not run, and they are told."""
    desk = Handler(assistant, MemoryConversationStore(60), staff_ids=frozenset({PERSON}))
    body = {**second.message(PERSON, f"/try {ALARM}"), "edit_date": 2}
    told = said(desk.handle({"update_id": 1, "edited_message": body}))
    assert told == staff_wording.EDITED_COMMAND.format(command="try")


# ---------------------------------------------------------------------- albums


async def test_an_album_is_spoken_of_once(second, run):
    """Ten pictures are one thing that cannot be read; each caption is."""
    async with run():
        for number in range(10):
            caption = {"caption": ALARM} if number == 4 else {}
            body = second.message(PERSON, photo=[{"file_id": "x"}], media_group_id="13", **caption)
            second.put("message", body)
        second.put("message", second.message(PERSON, photo=[{"file_id": "x"}]))
        await until(lambda: len(second.sent(PERSON)) >= 3)
        await asyncio.sleep(0.2)
    kinds = [m.text[:13] for m in second.sent(PERSON)]
    assert [kind[:1] for kind in kinds] == ["<", WARNING, "<"]


async def test_an_albums_sentence_is_not_lost_where_its_first_picture_comes_twice(social, second):
    """An update that is looked at again gives what it gave."""
    first = one(second, photo=[{"file_id": "x"}], media_group_id="13")
    other = one(second, photo=[{"file_id": "x"}], media_group_id="13")
    assert len(list(social.handle(first))) == len(list(social.handle(first))) == 1
    assert list(social.handle(other)) == []


# ---------------------------------------------------------------------- a group becomes another


async def test_an_open_warning_goes_with_a_group_that_becomes_a_supergroup(second, run, store):
    """Both service messages come, in whatever order; the conversation stays one."""
    second.group(GROUP)
    async with run():
        second.say(GROUP, f"@{BOT_NAME} {ALARM}", user_id=7)
        await until(lambda: second.sent(GROUP))
        second.migrate(GROUP, SUPERGROUP)
        second.say(SUPERGROUP, f"@{BOT_NAME} hello", user_id=7)
        await until(lambda: second.sent(SUPERGROUP))
    assert store.load(f"{SUPERGROUP}:7", time.time()).triage.open_tier is Tier.EMERGENCY
    assert store.load(f"{GROUP}:7", time.time()).triage.open_tier is Tier.NONE


async def test_a_refused_send_alone_tells_that_the_group_has_moved(second, run, store):
    """The warning goes to the new group, and so does what is open."""
    second.group(GROUP)
    async with run():
        second.migrated[GROUP] = SUPERGROUP
        second.group(SUPERGROUP, "supergroup")
        second.say(GROUP, f"@{BOT_NAME} {ALARM}", user_id=7)
        await until(lambda: second.sent(SUPERGROUP))
        await until(lambda: store.load(f"{SUPERGROUP}:7", time.time()).triage.open_tier)
    assert second.sent(SUPERGROUP)[0].text.startswith(WARNING)


async def test_a_move_that_fails_is_made_up_for(social, second, store, monkeypatch):
    """With the group's next message, before that is looked at."""
    social.username = BOT_NAME
    second.group(GROUP)
    second.group(SUPERGROUP)
    list(social.handle(one(second, chat=GROUP, user_id=7, text=f"@{BOT_NAME} {ALARM}")))
    with monkeypatch.context() as patch:
        patch.setattr(store, "move", lambda *_: 1 / 0)
        moved = one(second, chat=SUPERGROUP, user_id=7, migrate_from_chat_id=GROUP)
        assert list(social.handle(moved)) == []
    list(social.handle(one(second, chat=SUPERGROUP, user_id=7, text=f"@{BOT_NAME} hello")))
    assert store.load(f"{SUPERGROUP}:7", time.time()).triage.open_tier is Tier.EMERGENCY


@pytest.mark.parametrize("forged", [{"migrate_to_chat_id": PERSON}, {"migrate_from_chat_id": "x"}])
async def test_nobodys_own_chat_moves(social, second, store, forged, monkeypatch):
    """Groups have negative ids; what says otherwise is no move."""
    second.group(GROUP)
    monkeypatch.setattr(store, "move", lambda *_: pytest.fail("moved"))
    assert list(social.handle(one(second, chat=GROUP, **forged))) == []


# ---------------------------------------------------------------------- the way in fails


@pytest.mark.parametrize("brings", ["nothing", "the same again"])
async def test_a_server_that_does_not_wait_is_not_hurried(second, run, brings):
    """A few requests a second, not hundreds; and what comes is still answered at once."""
    update = {"update_id": 5, "message": second.message(PERSON, "hello")}
    proper = second._get_updates

    async def at_once(data):
        if brings == "nothing":
            return await proper({**data, "timeout": 0})
        return [update]

    async with run():
        await until(lambda: second.count("getUpdates"))
        second._get_updates = at_once
        second.say(PERSON, "hello")
        await until(lambda: second.sent(PERSON))
        before = second.count("getUpdates")
        await asyncio.sleep(1.0)
        assert second.count("getUpdates") - before <= 8
        second._get_updates = proper


async def test_ids_that_begin_anew_after_a_quiet_week_stop_nothing(second, run):
    """Telegram then numbers from somewhere else, lower perhaps, and takes no notice of the offset.

    Whoever insists on the old offset confirms nothing, and sees the first hundred for ever.
    """
    second.next_update = 700_000_000
    async with run():
        second.say(PERSON, "hello")
        await until(lambda: second.sent(PERSON) and not second.updates)
        second.next_update = 117_000_000
        for chat in range(1, 131):
            second.say(chat, "hello")
        await until(lambda: all(second.sent(chat) for chat in range(1, 131)))
        await until(lambda: not second.updates)
        assert all(len(second.sent(chat)) == 1 for chat in range(1, 131))


@pytest.mark.parametrize("hook", [False, True], ids=["polling", "webhook"])
async def test_a_token_that_is_taken_back_ends_the_bot(second, run, hook, monkeypatch):
    """Not at the first refusal; then with a sentence, for the supervisor to leave it at that."""
    monkeypatch.setattr(presence, "REFUSED_S", 0.3)
    monkeypatch.setattr(reaching, "REFUSED_AGAIN_S", 0.1)
    changes, method = {}, "getUpdates"
    if hook:
        changes, method = webhook_of(second), "getWebhookInfo"
        changes["presence"] = presence.PresenceOptions(every_s=0.05)
    async with run(**changes) as bot:
        await until(lambda: second.count(method))
        second.fail(method, Fault("error", Refused(401, "Unauthorized")), 2)
        second.say(PERSON, "hello")
        await until(lambda: second.sent(PERSON))
        await asyncio.sleep(0.5)
        assert not bot.task.done()
        second.token = "1:another-token-of-twenty-letters"
        second.say(PERSON, "hello")
        with pytest.raises(SettingsError, match=r"refused BACKBOT_TELEGRAM_TOKEN"):
            await asyncio.wait_for(bot.task, 8)


async def test_a_404_in_the_servers_place_does_not_end_the_bot(second, run, monkeypatch):
    """It comes from a proxy or a server that starts; the bot waits for it."""
    monkeypatch.setattr(presence, "REFUSED_S", 0.2)
    async with run():
        await until(lambda: second.count("getUpdates"))
        second.fail("getUpdates", Fault("error", Refused(404, "Not Found")), 8)
        second.say(PERSON, "hello")
        second.say(PERSON + 1, "hello")
        await until(lambda: second.count("getUpdates") > 9)
        second.say(PERSON + 2, "hello")
        await until(lambda: second.sent(PERSON + 2))


async def test_admins_hear_of_another_process_once(second, run):
    """At the third refusal in a row; nobody is lost meanwhile."""
    async with run():
        await until(lambda: second.count("getUpdates"))
        second.fail("getUpdates", Fault("error", CONFLICT), 9)
        second.say(PERSON, ALARM)
        await until(lambda: second.sent(PERSON))
        await until(lambda: second.sent(ADMIN))
        await until(lambda: second.count("getUpdates") > 10)
    assert [m.text.split(" fetches")[0] for m in second.sent(ADMIN)] == ["Another process"]


async def test_two_refusals_are_none_of_the_admins_business(second, run):
    """After a crash Telegram may speak of our own last request."""
    async with run():
        await until(lambda: second.count("getUpdates"))
        second.fail("getUpdates", Fault("error", CONFLICT), 2)
        second.say(PERSON, "hello")
        await until(lambda: second.sent(PERSON))
        await until(lambda: second.count("getUpdates") > 3)
    assert second.sent(ADMIN) == []


@pytest.mark.parametrize("which", [0, 1], ids=["updates", "messages"])
async def test_connections_that_never_come_back_are_given_up(second, social, which, monkeypatch):
    """The known way for a bot to be alive and deaf: each place of its pool is taken for ever."""
    monkeypatch.setattr(api, "SEND_TIMEOUT_S", 0.3)  # what a request waits for a free connection
    monkeypatch.setattr(api, "CONNECTIONS", 2)
    client = api.connect(TOKEN, second.url)
    await client.initialize()
    second.fail("getMe", Fault("slow", 60), 2)
    pool = client._request[which]
    address = f"{second.url}/bot{TOKEN}/getMe"
    leaks = [asyncio.create_task(pool.post(address, read_timeout=60)) for _ in range(2)]
    await until(lambda: second.count("getMe") == 3)

    async def tried():
        if which == 0:
            return await client.raw_updates(None, timeout_s=0)
        data = {"chat_id": PERSON, "text": "hello"}
        return await client.call("sendMessage", data, read_timeout_s=2)

    second.say(PERSON, "hello")
    for _ in range(1 if which == 0 else api.CROWDED):
        with pytest.raises(TimedOut, match="Pool timeout"):
            await tried()
    assert await tried()
    for leak in leaks:
        leak.cancel()
    await asyncio.gather(*leaks, return_exceptions=True)
    await client.shutdown()


# ---------------------------------------------------------------------- the way out fails


async def test_an_answer_tried_again_does_not_bring_its_warning_again(second, run):
    """What was accepted is accepted, also where the rest had to be begun anew."""
    fault = Fault("html", 502)
    async with run(attempts=2, again_after_s=0.2):
        await until(lambda: second.count("getUpdates"))
        second.chaos = lambda method, data: (
            fault if method == "sendMessage" and "relaxes" in data["text"] else None
        )
        second.say(PERSON, "my leg is numb, does heat help?")
        await until(lambda: sum("relaxes" in d.get("text", "") for _, _, d in second.calls) > 3)
        second.chaos = None
        await until(lambda: len(second.sent(PERSON)) > 1)
    texts = [m.text for m in second.sent(PERSON)]
    assert len(texts) == 2
    assert texts[0].startswith("Please see a specialist")
    assert texts[1].startswith("Heat relaxes")


async def test_of_several_fixed_messages_a_restart_repeats_none(second, social):
    """Each one's arrival is written down, not only an answer's."""
    noted = []

    class Noting(MemoryInbox):
        async def accepted(self, update_id, *, warning):
            noted.append((update_id, warning, len(second.sent(PERSON))))

    stop = asyncio.Event()
    options = BotOptions(TOKEN, second.url, poll_timeout_s=3, limits=UNLIMITED)
    running = asyncio.create_task(run_bot(social, options, stop, inbox=Noting()))
    second.say(PERSON, "/start help")
    await until(lambda: len(second.sent(PERSON)) == 2)
    stop.set()
    await asyncio.wait_for(running, 5)
    assert [(warning, sent) for _, warning, sent in noted] == [(False, 1)]


async def test_a_warning_outlives_answers_that_make_no_sense(second, run):
    """200 with something that is no answer: a warning is sent again rather than lost."""
    answers = iter([None, [], {"ok": False}, "x"])

    async def odd(writer, status, answer, *, proper=second._json):
        if isinstance(answer.get("result"), dict) and "message_id" in answer["result"]:
            sense = next(answers, answer)
            with second.lock:
                if sense is not answer:
                    second.messages.popitem()
            return await proper(writer, status, sense)
        return await proper(writer, status, answer)

    async with run():
        await until(lambda: second.count("getUpdates"))
        second._json = odd
        second.say(PERSON, ALARM)
        await until(lambda: second.sent(PERSON) and next(answers, 0) == 0)
        await until(lambda: second.sent(PERSON))
    assert second.sent(PERSON)[0].text.startswith(WARNING)


async def test_a_warning_does_not_wait_for_a_flood_of_ones_own(second, run):
    """Telegram takes one answer a second; whoever wrote twenty messages before is warned at once."""
    async with run(limits=Limits(), drain_s=0.2):
        for number in range(20):
            second.say(PERSON, f"echo {number}")
        second.say(PERSON, "/help")
        second.say(PERSON + 1, "/forget")
        for number in range(20):
            second.say(PERSON + 1, f"echo {number}")
        began = time.monotonic()
        second.say(PERSON + 1, ALARM)
        second.say(PERSON + 2, "hello")
        await until(lambda: any(WARNING in m.text for m in second.sent(PERSON + 1)))
        assert time.monotonic() - began < 3
    said = [m.text for m in second.sent(PERSON + 1)]
    assert said[0].startswith("<forgotten>")  # a command that is to come first does
    assert len(said) < 12
    assert sum(WARNING in text for text in said) == 1
    echoes = [m.text.split("\n")[0] for m in second.sent(PERSON)]
    assert echoes == [f"You asked: echo {number}" for number in range(len(echoes))]


async def test_of_many_that_waited_at_telegram_the_warning_goes_first(second, run, assistant):
    """The last of sixty messages that come at once; answers wait until all were looked at."""
    begin = assistant.begin

    def slowly(text, conversation, now):
        time.sleep(0.01)
        return begin(text, conversation, now)

    assistant.begin = slowly
    for chat in range(PERSON, PERSON + 60):
        second.say(chat, "does heat help?")
    second.say(PERSON + 60, ALARM)
    async with run():
        await until(lambda: all(second.sent(chat) for chat in range(PERSON, PERSON + 61)))
    warned_at = second.sent(PERSON + 60)[0].at
    assert sum(m.at < warned_at for m in second.messages.values()) < 15


async def test_slow_answers_to_many_hold_up_nobody_else(second, run):
    """Forty chats wait for the server's word on their message; another one's comes in no time."""
    slow = range(PERSON + 1, PERSON + 41)
    second.chaos = lambda method, data: (
        Fault("slow", 6.0) if method == "sendMessage" and int(data["chat_id"]) in slow else None
    )
    async with run():
        for chat in slow:
            second.say(chat, "hello")
        await until(lambda: second.count("sendMessage") >= 18)
        began = time.monotonic()
        second.say(PERSON, "hello")
        await until(lambda: second.sent(PERSON))
        assert time.monotonic() - began < 4
        assert all(len(second.sent(chat)) <= 1 for chat in slow)


# ---------------------------------------------------------------------- all at once

FAULTS = [
    Fault("reset_before"),
    Fault("reset_after"),
    Fault("html", 502),
    Fault("truncated"),
    Fault("garbage"),
    Fault("empty"),
    Fault("error", Refused(500, "Internal Server Error: restart")),
    Fault("error", Refused(429, "Too Many Requests: retry after 0", {"retry_after": 0})),
    Fault("error", bad("can't parse entities: Unclosed start tag at byte offset 3")),
]
LOSSY = {"reset_after"}


def webhook_of(second):
    """Options for being called, on a port that is free."""
    from backbot.bot.http import Webhook

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    second.deliver_to = f"http://127.0.0.1:{port}/hook"
    hook = Webhook("https://bot.clinic.example/hook", "s" * 40)
    return {"webhook": hook, "http": ("127.0.0.1", port)}


@pytest.mark.parametrize("hook", [False, True], ids=["polling", "webhook"])
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_random_faults_lose_nothing_and_keep_each_chats_order(second, run, seed, hook):
    """Of nine kinds, one in five requests; a duplicate only where an answer was lost on its way."""
    chance = random.Random(seed)
    lost: dict[int, int] = {}
    asked: dict[int, list[str]] = {}

    def chaos(method, data):
        if chance.random() > 0.2 or method in {"setWebhook", "getMe"}:
            return None
        fault = chance.choice(FAULTS)
        if (
            isinstance(fault.value, Refused)
            and fault.value.code == 400
            and not data.get("parse_mode")
        ):
            return None
        if fault.kind in LOSSY and method == "sendMessage":
            chat = int(data["chat_id"])
            lost[chat] = lost.get(chat, 0) + 1
        return fault

    second.chaos = chaos
    async with run(attempts=1000, **(webhook_of(second) if hook else {})):
        for turn in range(5):
            for chat in chance.sample(range(PERSON, PERSON + 8), 8):
                text = f"echo {turn} {chance.choice(['heat', ALARM])}"
                asked.setdefault(chat, []).append(text)
                second.say(chat, text)
                if chance.random() < 0.2:
                    with second.lock:
                        second.updates.extend(list(second.updates)[-1:])
                second.next_update += chance.choice([0, 0, 0, 70])
            await asyncio.sleep(chance.random() / 5)
        await until(
            lambda: all(
                len(second.sent(chat)) >= len(asked[chat]) + lost.get(chat, 0) for chat in asked
            ),
            20,
        )
        second.chaos = None
    for chat, texts in asked.items():
        got = [m.text for m in second.sent(chat)]
        assert len(got) == len(texts) + lost.get(chat, 0)
        kinds = [WARNING if ALARM in text else f"You asked: {text}" for text in texts]
        assert _squashed(_kind(text) for text in got) == _squashed(kinds)


def _kind(text):
    return WARNING if text.startswith(WARNING) else text.split("\n")[0]


def _squashed(kinds):
    """Without what directly repeats: a warning after a warning, a duplicate."""
    found = []
    for kind in kinds:
        if found[-1:] != [kind]:
            found.append(kind)
    return found


# ---------------------------------------------------------------------- kill -9 under a webhook

SCRIPT = textwrap.dedent("""
    import os, sys
    from bot.fake_assistant import FakeAssistant
    from backbot.bot.app import BotOptions, main_loop
    from backbot.bot.handlers import Handler
    from backbot.bot.http import Webhook
    from backbot.bot.inbox import DurableInbox, MemoryInbox
    from backbot.bot.outbox import UNLIMITED, Limits
    from backbot.state.cipher import Cipher
    from backbot.state.database import Database
    from backbot.state.inbox import DatabaseInbox
    from backbot.state.memory import MemoryConversationStore

    url, state, port = sys.argv[1:4]
    hook = Webhook("https://bot.clinic.example/hook", "s" * 40)
    options = BotOptions(
        os.environ["T"], url, limits=UNLIMITED, webhook=hook, http=("127.0.0.1", int(port))
    )
    handler = Handler(FakeAssistant(slow={"echo": 0.05}), MemoryConversationStore(60))
    inbox = DurableInbox(DatabaseInbox(Database(state), Cipher.of("k" * 40)))
    main_loop(handler, options, inbox=inbox)
""")


async def test_kill_9_under_a_webhook_loses_nothing(second, tmp_path):
    """Each message answered in its chat's order, one duplicate for each send on its way at most."""
    port = webhook_of(second)["http"][1]
    arguments = [second.url, f"sqlite:///{tmp_path}/var/backbot.db", str(port)]
    path = os.pathsep.join(filter(None, sys.path))
    environment = {**os.environ, "PYTHONPATH": path, "T": TOKEN}
    chats = range(PERSON, PERSON + 8)
    chance, asked = random.Random(7), {chat: [] for chat in chats}

    async def start():
        with (tmp_path / "log").open("ab") as log:
            process = subprocess.Popen(  # noqa: ASYNC220 it is to be killed from here
                [sys.executable, "-c", SCRIPT, *arguments], stderr=log, env=environment
            )
        before = len(second.delivered)
        await until(lambda: len(second.delivered) > before, 20)
        return process

    kills = 0
    for _ in range(3):
        for turn in range(4):
            for chat in chats:
                text = f"echo {kills} {turn}"
                asked[chat].append(text)
                second.say(chat, text)
        process = await start()
        await asyncio.sleep(chance.uniform(0.0, 0.3))
        process.kill()
        process.wait()
        kills += 1
    process = await start()
    try:
        await until(lambda: not second.updates, 20)
        await until(lambda: all(len(second.sent(c)) >= len(asked[c]) for c in chats), 20)
    finally:
        process.terminate()
        process.wait(30)
    for chat in chats:
        got = [m.text.split("\n")[0].removeprefix("You asked: ") for m in second.sent(chat)]
        assert _squashed(got) == asked[chat]
        assert len(got) <= len(asked[chat]) + kills


# ---------------------------------------------------------------------- nothing it sends is refused


async def test_a_tour_of_everything_is_to_the_servers_taste(second, run, tmp_path):
    """Texts, lengths, entities, buttons, menus, profile, a file: as the documentation wants them."""
    database = Database(f"sqlite:///{tmp_path}/backbot.db")
    inbox = DurableInbox(DatabaseInbox(database, Cipher.of("k" * 40)))
    assert await inbox.waiting() == []
    wall = "echo 👩‍👩‍👧 <b>&amp; " + "ü𝕏 \n" * 1200
    asked = [
        *("/start", "/help", "/topics", "/sources", "/emergency", "/country", "/privacy"),
        *("/mydata", "/forget", "does heat help?", "weather", wall, "\u202e echo <a href=x>"),
    ]
    async with run():
        for text in asked:
            second.say(PERSON, text)
        await until(lambda: len(second.sent(PERSON)) >= len(asked) + 1, 15)
        pressed = [
            second.press(message, button["callback_data"])
            for message in second.sent(PERSON)
            for row in (message.markup or {}).get("inline_keyboard", [])
            for button in row
        ]
        forged = second.press(second.sent(PERSON)[0], "q:" + "9" * 60)
        await until(lambda: {*pressed, forged} <= set(second.answered), 15)
        await until(lambda: len(second.commands) >= 2)
    assert len(pressed) > 6
    # the bot leaves while its own last request still waits
    assert [each for each in second.refusals if each[0] != "getUpdates"] == []
    assert {scope for scope, _, _ in second.commands} >= {"default"}
    database.close()
