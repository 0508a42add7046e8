"""What a strict Bot API server looks at, one after the other."""

from __future__ import annotations

import asyncio
import random

import pytest

from backbot.bot import menu, staff_wording, wording
from backbot.bot.app import Around, run_bot
from backbot.bot.flood import Flood, FloodOptions
from backbot.bot.handlers import Handler
from backbot.bot.tongues import languages
from backbot.bot.topics import topic_link
from backbot.state.memory import MemoryConversationStore
from bot.bot_api_server import Fault
from bot.conftest import STAFF


def answers(server, chat=7):
    """The texts of a chat."""
    return server.texts(chat)


# ---------------------------------------------------------------------- buttons


async def test_every_press_is_confirmed_once_and_early(server, running, assistant):
    """Also while an earlier question of that chat is still being answered; and if it is stale."""
    async with running():
        await server.write("blocked question")
        await server.until(lambda: assistant.seen or len(server.actions) > 0)
        for data in ("m:gone", "nonsense", "", "s:d:approve:x"):
            await server.press(data)
        await server.until(lambda: len(server.callbacks) == 4)
        assert answers(server) == []
        assistant.gate.set()
        await server.messages(5)
    assert sorted(server.callbacks) == sorted(server.pressed)
    assert server.refusals == []


async def test_a_press_is_confirmed_again_where_the_server_fails(server, running):
    """Twice 502, then a dropped connection would be too much; two are not."""
    async with running():
        server.fault("answerCallbackQuery", times=2)
        await server.press("m:gone")
        await server.until(lambda: len(server.callbacks) == 1)


async def test_a_press_that_is_too_old_is_no_trouble(server, running):
    """Telegram no longer knows it; what it asks for is done."""
    async with running():
        await server.press("m:gone")
        server.pressed.clear()
        (stale,) = await server.messages(1)
    assert "older message" in stale.text
    assert server.calls.count("answerCallbackQuery") <= 1


async def test_the_same_verdict_twice_is_thanked_for_once(server, running):
    """A double tap says nothing new; the other verdict does."""
    async with running():
        await server.write("does heat help?")
        (answer,) = await server.messages(1)
        for label in ("Helpful", "Helpful", "Not helpful", "Not helpful"):
            await server.press(answer.data(label), message_id=answer.message_id)
        await server.until(lambda: len(server.callbacks) == 4)
        await server.write("hello")
        texts = [m.text for m in await server.messages(4)]
    assert len(texts) == 4


@pytest.mark.parametrize("data", ["w:E-SAD-02", "k:85b318a3717abc3b"])
async def test_a_double_tap_on_what_is_noted_for_staff_counts_once(server, running, caplog, data):
    """A warning that was called misread, a question that staff may see."""
    caplog.set_level("INFO", "backbot.bot.buttons")
    async with running():
        await server.write("hello")
        for _ in range(2):
            await server.press(data)
        await server.until(lambda: len(server.callbacks) == 2)
        await server.write("hello again")
        texts = [m.text for m in await server.messages(3)]
    assert texts[-1].startswith("Hello")
    assert len(server.texts()) == 3
    assert caplog.text.count("called misread") == data.startswith("w")


# ---------------------------------------------------------------------- the way in


async def test_updates_that_come_out_of_order_are_answered_in_order(server, running):
    """Inside a batch, and where one overtakes another on the way."""
    batch = [
        {"update_id": 50 + n, "message": {**server.message(7, 50 + n), "text": f"echo {n}"}}
        for n in range(8)
    ]
    server.chats.add(7)
    random.Random(3).shuffle(batch)
    async with running():
        await server.push_raw(*batch)
        texts = [m.text for m in await server.messages(8)]
    assert [text.split("\n")[0] for text in texts] == [f"You asked: echo {n}" for n in range(8)]


async def test_an_overtaken_update_goes_before_those_that_still_wait(server, running, assistant):
    """While the chat's first question is being answered."""
    server.chats.add(7)

    def update(number, text):
        return {"update_id": number, "message": {**server.message(7, number), "text": text}}

    async with running():
        await server.push_raw(update(60, "blocked echo 0"))
        await server.until(lambda: server.confirmed > 60)
        await server.push_raw(update(63, "echo 3"))
        await server.until(lambda: server.confirmed > 63)
        # below the offset: only a server that repeats itself sends this
        await server.push_raw(update(64, "echo 4"))
        await server.until(lambda: server.confirmed > 64)
        assistant.gate.set()
        texts = [m.text for m in await server.messages(3)]
    assert [text.split("\n")[0][-1] for text in texts] == ["0", "3", "4"]


@pytest.mark.parametrize(
    "kind",
    ["message_reaction", "poll_answer", "channel_post", "business_message", "chat_member", "poll"],
)
async def test_updates_that_want_no_answer_get_none(server, running, kind):
    """They are taken, and the next message is answered."""
    async with running():
        await server.push(7, **{kind: {"chat": {"id": 7, "type": "private"}, "text": "hm"}})
        await server.write("hello")
        await server.messages(1)
    assert len(answers(server)) == 1


async def test_unknown_fields_and_kinds_stop_nothing(server, running):
    """What Telegram invents next year; a person who is there gets the safety sentence."""
    async with running():
        body = {**server.message(7, 1), "hologram": {"x": [1, {"y": None}]}}
        await server.push(7, hologram_message=body)
        await server.write("does heat help?", reply_markup={"x": 1}, quote=7, entities="none")
        first, second = await server.messages(2)
    assert "failsafe" in first.text
    assert second.text.startswith("Heat relaxes")


async def test_another_process_is_waited_out_and_nothing_is_lost(server, running):
    """409 for a second getUpdates, then all goes on."""
    async with running():
        await server.write("hello")
        await server.messages(1)
        other = asyncio.create_task(
            server._answer(
                f"/bot{server.token}/getUpdates",
                {
                    "timeout": "0",
                    "allowed_updates": '["message","edited_message","callback_query",'
                    '"my_chat_member"]',
                },
            )
        )
        await other
        await server.write("hello")
        await server.messages(2)


async def test_a_left_over_webhook_is_taken_away_without_dropping_what_waits(server, running):
    """Polling and a webhook exclude each other."""
    server.webhook = {"url": "https://elsewhere.example/hook"}
    await server.write("hello")
    async with running():
        await server.messages(1)
    assert server.webhook == {}


# ---------------------------------------------------------------------- the way out


@pytest.mark.parametrize("kind", ["garbage", "drop", "drop_after"])
async def test_an_answer_broken_off_costs_one_duplicate_at_most(server, running, kind):
    """The connection ends before the server's own answer, or brings nonsense."""
    async with running():
        server.fault("sendMessage", kind)
        await server.write("does heat help?")
        await server.until(lambda: server.calls.count("sendMessage") == 2)
        await server.write("hello")
        await server.until(lambda: any("Hello" in text for text in answers(server)))
    assert 2 <= len(answers(server)) <= 3


async def test_a_compressed_answer_is_read(server, running):
    """gzip, as Telegram's servers do."""
    server.compress = True
    async with running():
        await server.write("does heat help?")
        await server.messages(1)


async def test_a_group_that_became_a_supergroup_gets_its_reply_there(server, running):
    """Telegram tells the new id in the refusal."""
    server.migrated[-5] = -100500
    server.chats.add(-100500)
    async with running():
        await server.write("/start@back_test_bot", chat=-5)
        (sent,) = await server.messages(1, chat=-100500)
    assert "private chat" in sent.text


@pytest.mark.parametrize(
    "said",
    [
        "Forbidden: bot was blocked by the user",
        "Bad Request: chat not found",
        "Bad Request: not enough rights to send text messages to the chat",
    ],
)
async def test_a_chat_that_takes_nothing_ends_at_the_first_refusal(server, running, said):
    """One call, no other form of it, and nobody else waits."""
    server.gone[7] = said
    async with running():
        await server.write("my leg is numb")
        await server.write("hello", chat=8)
        await server.messages(1, chat=8)
        await server.until(lambda: server.calls.count("sendMessage") >= 2)
        await asyncio.sleep(0.1)
    assert server.calls.count("sendMessage") == 2


async def test_a_reply_goes_to_the_topic_it_was_asked_in(server, running):
    """In chats with topics; one that is closed meanwhile does not cost the answer."""
    server.threads[7] = {11}
    async with running():
        await server.write("does heat help?", message_thread_id=11, is_topic_message=True)
        await server.messages(1)
        await server.write("does heat help?", message_thread_id=12, is_topic_message=True)
        await server.messages(2)
        # a thread of replies is no topic
        await server.write("does heat help?", message_thread_id=13)
        await server.messages(3)
    assert server.refusals.count("Bad Request: message thread not found") >= 1


async def test_a_slow_server_is_given_more_time_each_time(server, running, monkeypatch):
    """It has the message, so asking again at once would send it for ever."""
    waited = []
    from backbot.bot.api import Api

    call = Api.call

    async def slow(self, method, data, *, read_timeout_s=15.0):
        if method == "sendMessage":
            waited.append(read_timeout_s)
            read_timeout_s /= 150
        return await call(self, method, data, read_timeout_s=read_timeout_s)

    monkeypatch.setattr(Api, "call", slow)
    server.fault("sendMessage", "slow", times=1)
    async with running():
        await server.write("does heat help?")
        await server.until(lambda: len(waited) == 2)
        await server.messages(1)
    assert waited == [25.0, 50.0]


async def test_an_edit_that_changes_nothing_is_no_failure(server, running, assistant):
    """Telegram refuses it; the answer stands, and nothing is sent anew."""
    async with running():
        message_id = await server.write("does heat help?")
        await server.messages(1)
        await server.push(
            7,
            edited_message={
                **server.message(7, message_id),
                "text": "does warmth help?",
                "edit_date": 1,
            },
        )
        await server.until(lambda: "Bad Request: message is not modified" in server.refusals)
        await server.write("hello")
        await server.messages(2)
    assert len(answers(server)) == 2


async def test_random_faults_everywhere_lose_nothing(server, running):
    """429, 502, lost connections and nonsense at every method, thirty people at once."""
    chance = random.Random(11)
    kinds = ["drop", "drop_after", "cut_short", "garbage", "status", "slow"]
    for _ in range(40):
        method = chance.choice(["sendMessage", "sendMessage", "getUpdates", "sendChatAction"])
        fault = Fault(method, chance.choice(kinds))
        if fault.kind == "status" and chance.random() < 0.5:
            fault.status, fault.retry_after = 429, 0
        server._faults.append(fault)
    async with running(attempts=40):
        for n in range(90):
            await server.write(f"echo {n}", chat=100 + n % 30)
        chats = range(100, 130)

        def all_there():
            return all(
                f"echo {n}\n" in "\n".join(answers(server, 100 + n % 30)) for n in range(90)
            )

        await server.until(all_there, 30)
    for chat in chats:
        asked = [int(text.split("\n")[0].split()[-1]) for text in answers(server, chat)]
        assert asked == sorted(asked)  # in order, whatever came twice
        assert len(asked) <= 3 + 3


# ---------------------------------------------------------------------- menus and links


async def test_menus_are_registered_per_scope_and_language(server, running):
    """Everybody's, each language's; a member of staff gets theirs with their first message."""
    async with running():
        await server.until(lambda: "chat" not in {kind for kind, _ in server.scoped})
        await server.until(lambda: ("default", "") in server.scoped)
        await server.write("/start", chat=7002)
        await server.until(lambda: 7002 in server.menus)
        await server.messages(1, chat=7002)
    assert "corpus" in server.menus[7002]
    assert "corpus" not in server.scoped["default", ""]


async def test_no_menu_vanishes_whatever_language_somebody_speaks(server, options, assistant):
    """Telegram shows the narrowest scope, and in it the person's language before none.

    Staff keep their commands in a language that we have, in one that we do not have, and where
    Telegram does not tell; the public ones beside them are in the language we have.
    """
    staff = {STAFF: "pl", 7003: "hi", 7004: "pt-br", 7005: ""}
    who = frozenset(staff)
    grouped = Handler(assistant, MemoryConversationStore(60), staff_ids=who, groups=True)
    texts = tuple(menu.about("112"))
    around = Around(texts=lambda: texts)
    bot = asyncio.create_task(run_bot(grouped, options, stop := asyncio.Event(), around=around))
    await server.until(lambda: ("default", "tl") in server.scoped)
    for chat, language in staff.items():
        person = {"id": chat, "is_bot": False, "first_name": "A"}
        person |= {"language_code": language} if language else {}
        await server.write("/start", chat=chat, **{"from": person})
    await server.until(lambda: {("chat", 7003, "hi"), ("chat", 7004, "pt")} <= {*server.in_force})
    await server.until(lambda: set(staff) <= set(server.menus))
    stop.set()
    await bot

    def shown(chat, language):
        return {c["command"]: c["description"] for c in server.menu_of(chat, language)}

    public, added = dict(wording.COMMANDS), dict(staff_wording.STAFF_COMMANDS)
    for chat in staff:
        for language in ("", "en", "pl", "hi", "pt", "ar", "ja"):
            assert shown(chat, language).keys() == public.keys() | added.keys()
            assert shown(chat, language).items() >= added.items()
    assert shown(STAFF, "pl") == public | added
    for chat, language in ((7003, "hi"), (7004, "pt")):
        assert shown(chat, language) == dict(menu.commands(language)) | added
    patient, group = 555, -100555
    assert shown(patient, "pl") == shown(patient, "en") == public
    assert shown(patient, "hi") == dict(menu.commands("hi"))
    for language in ("", "pl", "hi"):
        assert shown(group, language).keys() == set(wording.GROUP_COMMANDS)
    assert server.refusals == []


async def test_a_menu_that_was_refused_is_tried_again(server, running, monkeypatch):
    """Telegram limits these calls, too."""
    monkeypatch.setattr("backbot.bot.presence.ABOUT_AGAIN_S", 0.05)
    server.fault("setMyCommands", times=2)
    async with running():
        await server.until(lambda: ("default", "") in server.scoped)


async def test_a_link_opens_a_topic_after_saying_who_this_is(server, running):
    """t.me/bot?start=heat-cold, as on a leaflet; what no topic has is a plain start."""
    assert topic_link("Heat & cold") == "heat-cold"
    async with running():
        await server.write("/start heat-cold")
        hello, answer = await server.messages(2)
        await server.write("/start emergency", chat=8)
        _, emergency = await server.messages(2, chat=8)
        await server.write("/start something-else", chat=9)
        await server.messages(1, chat=9)
    assert hello.text == "<start> & 112"
    assert answer.text.startswith("Does heat help?")
    assert emergency.text == "<emergency_info> & 112"
    assert len(answers(server, 9)) == 1


def test_links_fit_and_differ():
    """Telegram takes 64 letters, digits, _ and -."""
    link = topic_link("Dehydration, electrolytes & muscle cramps – “a very long title” " * 3)
    assert len(link) <= 64
    assert link.replace("-", "").isalnum()
    assert len(languages()) == 8


async def test_what_was_computed_before_a_failure_is_sent(server, running, handler, monkeypatch):
    """An answer that is there goes out, though what should follow it cannot be made."""

    def fail(*_):
        raise ValueError("words of a patient")

    monkeypatch.setattr(handler._talk.texts, "fixed", fail)
    async with running():
        await server.write(None, caption="does heat help?", photo=[{"file_id": "x"}])
        answer, sorry = await server.messages(2)
    assert answer.text.startswith("Heat relaxes")
    assert "failsafe" in sorry.text


def test_in_a_group_only_who_floods_is_slowed_down():
    """The limit counts people, not chats."""
    flood = Flood(FloodOptions(messages=3))
    assert [flood.wrote("-5:1") for _ in range(4)] == [False, False, False, True]
    assert not flood.wrote("-5:2")
