"""A person and the bot: questions, warnings, commands, buttons, edits, over real HTTP."""

from __future__ import annotations

import asyncio
import itertools
import time

import pytest

from backbot.bot import staff_wording, wording
from backbot.bot.admin import Built, Operations
from backbot.bot.handlers import Handler
from backbot.bot.operations import Served
from backbot.bot.updates import parse_update
from backbot.errors import NoGenerationError, StateError
from backbot.model import ArticleMeta
from backbot.state.memory import MemoryConversationStore
from bot.conftest import ADMIN, STAFF
from bot.fake_assistant import RELATED


async def test_a_question_is_answered_with_its_source_in_an_expandable_quote(server, running):
    """The words, then who says so, folded; typing was shown; no quote of the person's message."""
    async with running():
        await server.write("does heat help?")
        (answer,) = await server.messages(1)
    assert answer.text == (
        "Heat relaxes muscles [1].\n\n[1] Source: Heat & cold, When it helps "
        "(not yet reviewed by a clinician)\nBased on: Spasms, Some Hospital"
    )
    assert "<blockquote expandable>[1] Source: Heat &amp; cold" in answer.raw
    assert answer.reply_to is None
    assert server.actions
    assert server.refusals == []


async def test_a_soft_note_is_never_folded_away(server, running, assistant):
    """The note with its phone number stands outside the quote."""
    assistant.note = "If it gets worse call **112**."
    async with running():
        await server.write("does heat help?")
        (answer,) = await server.messages(1)
    before, _, quote = answer.raw.partition("<blockquote")
    assert "call <b>112</b>" in before
    assert "112" not in quote


async def test_an_emergency_is_one_message_and_no_advice(server, running):
    """Where the tier emptied the answer, nothing follows the warning."""
    async with running():
        await server.write("I cannot pee")
        await server.messages(1)
        await server.write("hello")
        first, second = await server.messages(2)
    assert first.text == (
        "🚨 Call 112 now.\n• Do not wait\n• Do not drive & do not stretch <here>"
    )
    assert second.text == "Hello & welcome <friend>."


async def test_a_warning_goes_out_while_the_answer_is_still_blocked(server, running, assistant):
    """The escalation is its own first message; it does not wait for retrieval."""
    async with running():
        await server.write("my foot is numb, blocked")
        (warning,) = await server.messages(1)
        assert warning.text == "Please see a specialist in the next few days."
        assistant.gate.set()
        _, answer = await server.messages(2)
    assert answer.text.startswith("Heat relaxes")


async def test_blocked_answers_of_other_chats_do_not_hold_up_a_warning(server, running, assistant):
    """With every answering thread stuck, triage still runs."""
    async with running(workers=2):
        for chat in range(1, 6):
            await server.write("blocked", chat=chat)
        await server.until(lambda: len(assistant.seen) == 2)
        await server.write("I cannot pee", chat=99)
        assert "112" in (await server.messages(1, chat=99))[0].text
        assistant.gate.set()
        for chat in range(1, 6):
            await server.messages(1, chat=chat)


async def test_a_warning_survives_an_answer_that_fails(server, running):
    """The person gets the warning, then the safety sentence."""
    async with running():
        await server.write("my foot is numb, explode later")
        warning, failsafe = await server.messages(2)
    assert warning.text.startswith("Please see a specialist")
    assert failsafe.text == "<failsafe> & 112"


@pytest.mark.parametrize("text", ["explode at once", "explode later", "empty"])
async def test_a_failing_assistant_leaves_nobody_without_a_word(server, running, text):
    """Whatever raises, or comes back empty, the safety sentence is sent and the bot goes on."""
    async with running():
        await server.write(text)
        await server.write("hello")
        failsafe, answer = await server.messages(2)
    assert failsafe.text == "<failsafe> & 112"
    assert answer.text.startswith("Hello")


async def test_an_answer_that_does_not_come_is_replaced_by_the_safety_sentence(
    server, running, assistant, handler
):
    """The chat goes on, and the late answer does not overwrite what was opened meanwhile."""
    async with running(answer_timeout_s=0.1):
        await server.write("blocked")
        assert (await server.messages(1))[0].text == "<failsafe> & 112"
        await server.write("I cannot pee")
        await server.messages(2)
        await server.until(lambda: "I cannot pee" in assistant.seen)
        assistant.gate.set()
        await asyncio.sleep(0.1)
    kept = handler._talk.conversations.store.load("7", time.time())
    assert kept.turns == ("I cannot pee",)


async def test_order_is_kept_inside_a_chat(server, running, assistant):
    """A slow first answer comes before a quick second one."""
    assistant.slow = {"echo 1": 0.15}
    async with running():
        for number in range(1, 6):
            await server.write(f"echo {number}")
        answers = await server.messages(5)
    assert [a.text.split("\n")[0] for a in answers] == [
        f"You asked: echo {n}" for n in range(1, 6)
    ]


async def test_a_slow_answer_delays_no_other_chat(server, running):
    """Chats run side by side."""
    async with running():
        await server.write("blocked", chat=1)
        await server.write("hello", chat=2)
        assert (await server.messages(1, chat=2))[0].text.startswith("Hello")
        assert server.texts(1) == []


async def test_the_same_update_delivered_twice_is_answered_once(server, running):
    """Duplicates are known by their update_id."""
    async with running():
        body = server.message(7, 1)
        update = {"update_id": 55, "message": {**body, "text": "hello"}}
        server.chats.add(7)
        await server.push_raw(update, update)
        await server.write("does heat help?")
        messages = await server.messages(2)
    assert [m.text[:5] for m in messages] == ["Hello", "Heat "]


# ---------------------------------------------------------------------- what cannot be read


@pytest.mark.parametrize(
    "content",
    [
        {"voice": {"file_id": "x", "duration": 3}},
        {"photo": [{"file_id": "x"}]},
        {"sticker": {"file_id": "x"}},
        {"location": {"latitude": 1.0, "longitude": 2.0}},
        {"contact": {"phone_number": "1", "first_name": "A"}},
        {"poll": {"id": "1", "question": "Tea or coffee?"}},
        {"dice": {"emoji": "🎲", "value": 3}},
        {"video": {"file_id": "x"}},
        {"document": {"file_id": "x", "file_name": "<b>.pdf"}},
        {"something_of_next_year": {"x": 1}},
        {},
    ],
    ids=lambda content: next(iter(content), "nothing"),
)
async def test_what_cannot_be_read_gets_a_kind_sentence(handler, server, content):
    """Voice, pictures and whatever Telegram invents next."""
    (part,) = handler.handle({"update_id": 1, "message": {**server.message(7, 1), **content}})
    said, _, tip = part.plain.partition("\n\n")
    assert said == "<cannot_read> & 112"
    assert bool(tip) == (not {"voice", "audio", "video_note"}.isdisjoint(content))


async def test_a_caption_is_read_and_its_picture_is_not(server, running):
    """Red flags in captions count; the person is told that the picture was not seen."""
    async with running():
        await server.write(None, photo=[{"file_id": "x"}], caption="I cannot pee")
        await server.write(None, chat=8, photo=[{"file_id": "x"}], caption="does heat help?")
        await server.messages(1)
        answer, remark = await server.messages(2, chat=8)
    assert "112" in server.texts()[0]
    assert len(server.texts()) == 1
    assert answer.text.startswith("Heat")
    assert remark.text == "<cannot_read> & 112"


async def test_service_messages_are_not_answered(handler, server):
    """Nobody asked anything by pinning a message."""
    pinned = {**server.message(7, 2), "pinned_message": server.message(7, 1)}
    assert list(handler.handle({"update_id": 1, "message": pinned})) == []


ODD = [
    {},
    {"update_id": 900},
    {"update_id": 901, "message": None},
    {"update_id": 902, "message": {"text": "hello"}},
    {"update_id": 903, "message": {"chat": {"id": "seven"}, "text": "hello"}},
    {"update_id": 904, "message": {"chat": [], "from": 5, "text": "hello"}},
    {"update_id": 905, "edited_message": {"chat": {"id": 7}, "text": 3}},
    {"update_id": 906, "callback_query": {"id": 5, "data": None}},
    {"update_id": 907, "my_chat_member": {"chat": {"id": 7}, "new_chat_member": "x"}},
    {"update_id": 908, "poll": {"id": "1"}},
    {"update_id": 909, "message": 17},
    {"update_id": True, "message": {}},
    {"update_id": 2**70},
    "an update",
    None,
    [1],
]


@pytest.mark.parametrize("update", ODD, ids=repr)
def test_odd_updates_without_a_chat_are_silent(handler, update):
    """No exception, nothing to send."""
    assert list(handler.handle(update)) == []


@pytest.mark.parametrize(
    "message",
    [
        {"chat": {"id": 7}, "text": None},
        {"chat": {"id": 7}, "text": 12},
        {"chat": {"id": 7, "type": "private"}, "text": ""},
        {"chat": {"id": 7, "type": 3}, "text": {"a": 1}, "from": None, "message_id": "x"},
        {"chat": {"id": 7, "type": "private"}, "caption": ["numb"]},
    ],
    ids=repr,
)
def test_a_malformed_message_gets_the_safety_sentence(handler, message):
    """The person is there, even if the update is odd."""
    (part,) = handler.handle({"update_id": 1, "message": message})
    assert (part.chat_id, part.plain) == (7, "<failsafe> & 112")


async def test_odd_updates_do_not_stall_polling(server, running):
    """The good one behind them is answered, and all are confirmed."""
    async with running():
        await server.push_raw(*ODD)
        await server.write("hello")
        assert (await server.messages(1))[0].text.startswith("Hello")
        await server.until(lambda: server.confirmed > 1001)


async def test_half_a_surrogate_pair_and_markup_in_a_text_are_harmless(server, running):
    """JSON may carry what no encoder takes; names and texts may carry tags."""
    async with running():
        await server.write("echo \ud83d <b>&amp; **not bold** \x00 \u202e")
        (answer,) = await server.messages(1)
    assert "<b>&amp;" in answer.text
    assert server.refusals == []


# ---------------------------------------------------------------------- commands


@pytest.mark.parametrize(
    ("command", "begins"),
    [
        ("/start", "<start> & 112"),
        ("/start deep-link_1", "<start> & 112"),
        ("/START@back_test_bot", "<start> & 112"),
        ("/help", "<help> & 112"),
        ("/privacy", "<privacy> & 112"),
        ("/emergency", "<emergency_info> & 112"),
        ("/topics", "<topics_intro> & 112"),
        ("/sources", "Some Hospital\n• Heat <and> cold"),
        ("/country", "Which country is the person in pain in?"),
        ("/mydata", "What I keep about this chat"),
        ("/forget", "<forgotten> & 112"),
        ("/rebuild", "<not_allowed> & 112"),
        ("/corpus", "<not_allowed> & 112"),
        ("/start I cannot pee", "🚨 Call 112 now."),
        ("/rebuild I cannot pee", "🚨 Call 112 now."),
        ("/nonsense I cannot pee", "🚨 Call 112 now."),
    ],
)
async def test_commands(server, running, command, begins):
    """Each has its text; a warning sign behind a command is heard all the same."""
    async with running():
        await server.write(command)
        (answer,) = await server.messages(1)
    assert answer.text.startswith(begins)
    assert server.refusals == []


async def test_commands_are_registered(server, running):
    """The menu that Telegram shows."""
    async with running():
        await server.until(lambda: "setMyCommands" in server.calls)
        await asyncio.sleep(0.05)
    assert [c["command"] for c in server.commands] == [name for name, _ in wording.COMMANDS]


async def test_forget_drops_the_conversation(server, running, handler):
    """What was opened is closed, and buttons of before point nowhere."""
    async with running():
        await server.write("my leg is numb")
        _, answer = await server.messages(2)
        assert handler._talk.conversations.store.load("7", time.time()).turns
        await server.write("/forget")
        await server.messages(3)
        assert handler._talk.conversations.store.load("7", time.time()).turns == ()
        await server.press(answer.data("More"))
        assert (await server.messages(4))[-1].text == wording.STALE_BUTTON


async def test_conversations_of_two_people_are_apart(server, running, handler):
    """One person's open warning is not another's."""
    async with running():
        await server.write("my leg is numb", chat=7)
        await server.write("hello", chat=8)
        await server.messages(2, chat=7)
        await server.messages(1, chat=8)
    now = time.time()
    assert handler._talk.conversations.store.load("7", now).triage.open_tier > 0
    assert handler._talk.conversations.store.load("8", now).triage.open_tier == 0


async def test_groups_are_left_in_silence(server, running):
    """Off by default: only /start is answered, by one sentence."""
    async with running():
        await server.write("I cannot pee", chat=-5)
        await server.write("/start@another_bot", chat=-5)
        await server.push(-5, my_chat_member={"chat": {"id": -5, "type": "group"}})
        await server.write("/start@back_test_bot", chat=-5)
        (answer,) = await server.messages(1, chat=-5)
    assert answer.text == wording.GROUP
    assert len(server.texts(-5)) == 1


# ---------------------------------------------------------------------- staff and admins


def admin_handler(assistant, operations, **more):
    """The real handler with operations."""
    return Handler(
        assistant,
        MemoryConversationStore(3600),
        admin_ids=frozenset({ADMIN}),
        staff_ids=frozenset({STAFF}),
        operations=operations,
        **more,
    )


async def test_rebuild_runs_beside_the_chat_and_reports(server, running, assistant, released):
    """One message from start to result; questions are answered meanwhile; one rebuild at a time."""

    def build(who, publish, progress):
        assert (who, publish) == (str(ADMIN), True)
        assert released.wait(5)
        return Built("2 articles, **1** changed & <done>")

    async with running(admin_handler(assistant, Operations(build=build))):
        await server.write("/rebuild", chat=ADMIN)
        await server.messages(1, chat=ADMIN)
        await server.write("hello", chat=ADMIN)
        await server.write("/rebuild", chat=ADMIN)
        first, *_ = await server.messages(3, chat=ADMIN)
        assert first.text.startswith("Rebuilding the index: starting")
        released.set()
        await server.until(lambda: first.edits)
        await server.write("/rebuild", chat=ADMIN)
        fourth = (await server.messages(4, chat=ADMIN))[3]
        await server.until(lambda: fourth.edits)
    assert server.texts(ADMIN) == [
        "2 articles, **1** changed & <done>",
        "Hello & welcome <friend>.",
        staff_wording.REBUILD_RUNNING,
        "2 articles, **1** changed & <done>",
    ]


async def test_a_rebuild_says_where_it_is_and_never_hurries(server, running, assistant):
    """The message is edited as it goes, with a pause between two edits, and holds the result."""

    def build(who, publish, progress):
        for n in range(60):
            progress("embedding", n, 60)
            time.sleep(0.02)
        return Built("done")

    handler = admin_handler(assistant, Operations(build=build), edit_every_s=0.3)
    async with running(handler):
        await server.write("/rebuild", chat=ADMIN)
        (message,) = await server.messages(1, chat=ADMIN)
        await server.until(lambda: message.text == "done")
    told = [text for text in message.edits if "embedding" in text]
    assert len(told) >= 2
    assert " of 60" in told[0]
    pauses = [b - a for a, b in itertools.pairwise(message.edited_at)]
    assert min(pauses) >= 0.28


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NoGenerationError("Nothing is published. Run make index."), "Nothing is published."),
        (RuntimeError("a secret of the machine"), "unexpected error"),
    ],
)
async def test_a_failed_rebuild_is_reported_and_can_be_tried_again(
    server, running, assistant, error, words
):
    """Known errors are told as their sentence, others without their words."""

    def build(who, publish, progress):
        raise error

    async with running(admin_handler(assistant, Operations(build=build))):
        for times in (1, 2):
            await server.write("/rebuild", chat=ADMIN)
            messages = await server.messages(times, chat=ADMIN)
            await server.until(lambda message=messages[-1]: message.edits)
    assert [words in text for text in server.texts(ADMIN)] == [True, True]
    assert not any("secret" in text for text in server.texts(ADMIN))


async def test_rollback_and_status_are_for_admins(server, running, assistant):
    """They run what was injected; without it they say so."""
    operations = Operations(status=lambda: "all is well", rollback=None)
    async with running(admin_handler(assistant, operations)):
        await server.write("/status", chat=ADMIN)
        await server.messages(1, chat=ADMIN)
        await server.write("/rollback", chat=ADMIN)
        await server.messages(2, chat=ADMIN)
        await server.write("/status", chat=STAFF)
        await server.write("/corpus", chat=STAFF)
        await server.messages(2, chat=STAFF)
    assert server.texts(ADMIN) == ["all is well", staff_wording.not_available("rollback")]
    refused = staff_wording.ADMINS_ONLY.format(command="status")
    assert server.texts(STAFF) == [refused, staff_wording.not_available("corpus")]


@pytest.mark.parametrize(
    ("chat", "text", "meant"),
    [
        (ADMIN, "/rebiuld", "rebuild"),
        (ADMIN, "/withdrawn heat-and-cold", "withdraw"),
        (STAFF, "/corpse", "corpus"),
        (STAFF, "/rebiuld", ""),
        (STAFF, "/corpse numb", ""),
        (9, "/corpse", ""),
    ],
)
async def test_a_mistyped_command_of_staff_is_no_question(server, assistant, chat, text, meant):
    """They are told that nothing was done; a warning sign, or anybody else, is heard as before."""
    message = {**server.message(chat, 1), "text": text}
    parts = tuple(
        admin_handler(assistant, Operations()).handle({"update_id": 1, "message": message})
    )
    name = text[1:].partition(" ")[0]
    told = staff_wording.NO_COMMAND.format(command=name, meant=meant)
    assert (told in [part.plain for part in parts]) == bool(meant)
    assert bool(assistant.seen) != bool(meant)


@pytest.mark.parametrize(
    ("text", "still"),
    [
        ("/withdraw heat for backs", staff_wording.STILL_IN.format(slug="heat")),
        ("/withdraw heat", staff_wording.STILL_IN.format(slug="heat")),
        ("/restore gone", staff_wording.STILL_OUT.format(slug="gone")),
    ],
)
async def test_a_withdrawal_that_the_database_refuses_is_said_not_to_be_one(
    server, assistant, text, still
):
    """What patients are shown meanwhile, and how else it can be taken out."""

    class Dead:
        def withdrawals(self):
            raise StateError("The disk is gone.")

        withdraw = restore = lambda self, slug, who: self.withdrawals()

        def withdrawn(self):
            return frozenset({"gone"})

    articles = (ArticleMeta("heat", "Heat for backs"),)
    bot = admin_handler(assistant, Operations(records=Dead(), articles=lambda: articles))
    message = {**server.message(ADMIN, 1), "text": text}
    (part,) = bot.handle({"update_id": 1, "message": message})
    assert part.plain == f"{text.split()[0]} failed: The disk is gone.\n{still}"


@pytest.mark.parametrize("generation", ["G1", "G2"])
async def test_a_comparison_that_is_gone_is_made_again_only_where_it_can_be(
    server, running, assistant, generation
):
    """What is in service already has nothing to be compared with."""
    operations = Operations(served=lambda: Served("G1", ""))
    async with running(admin_handler(assistant, operations)):
        await server.press(f"s:b:a:{generation}:0", chat=STAFF)
        (told,) = await server.messages(1, chat=STAFF)
    gone = staff_wording.ANSWERS_SERVED if generation == "G1" else staff_wording.ANSWERS_GONE
    assert told.text == gone


async def test_the_sender_counts_not_the_chat(handler, server):
    """An admin's id as chat id does not make anybody an admin."""
    message = {**server.message(ADMIN, 1), "text": "/rebuild"}
    message["from"] = {"id": 12, "is_bot": False}
    (part,) = handler.handle({"update_id": 1, "message": message})
    assert part.plain == "<not_allowed> & 112"


# ---------------------------------------------------------------------- buttons


async def test_related_questions_are_asked_by_a_button(server, running):
    """The question stands above its answer, since it is nowhere else in the chat."""
    async with running():
        await server.write("does heat help?")
        (answer,) = await server.messages(1)
        assert [[b["text"] for b in row] for row in answer.buttons] == [
            ["More", "Helpful", "Not helpful"],
            [RELATED[0]],
            [RELATED[1]],
        ]
        await server.press(answer.data("<stiff>"))
        _, related = await server.messages(2)
        await server.until(lambda: server.callbacks)
    assert related.raw.startswith("<b>Why is my neck &lt;stiff&gt; &amp; sore?</b>\n\nHeat")


async def test_more_shows_one_passage_after_the_other(server, running):
    """Whole passages of the cited article, then no more; signs of nerves get the safety text."""
    async with running():
        await server.write("does heat help?")
        (answer,) = await server.messages(1)
        await server.press(answer.data("More"))
        _, first = await server.messages(2)
        await server.press(first.data("More"))
        second = (await server.messages(3))[-1]
        await server.press(answer.data("More"))
        third = (await server.messages(4))[-1]
    assert "Heat relaxes muscles. Keep it under 20 minutes." in first.text
    assert "A numb leg is no case for heat.\n\n<emergency_info> & 112" in second.text
    assert second.buttons == []
    assert third.text == wording.NO_MORE


async def test_more_adds_nothing_once_a_warning_is_open(server, running):
    """Advice of before the emergency does not go on after it."""
    async with running():
        await server.write("does heat help?")
        (answer,) = await server.messages(1)
        await server.write("I cannot pee")
        await server.messages(2)
        await server.press(answer.data("More"))
        assert (await server.messages(3))[-1].text == wording.MORE_WITHHELD


async def test_not_helpful_is_thanked_for(server, running):
    """And leaves the way to a clinician open."""
    async with running():
        await server.write("does heat help?")
        (answer,) = await server.messages(1)
        await server.press(answer.data("Not helpful"))
        assert (await server.messages(2))[-1].text == wording.THANKS_FOR_TELLING


async def test_topics_are_buttons_that_outlive_a_restart(server, running, assistant):
    """The data names the topic, so another process finds it."""
    async with running():
        await server.write("/topics")
        (topics,) = await server.messages(1)
    again = Handler(assistant, MemoryConversationStore(3600))
    async with running(again):
        await server.press(topics.data("Numb legs"))
        messages = await server.messages(3)
    assert messages[1].text.startswith("Please see a specialist")
    assert messages[2].text.startswith("Why is my leg numb?")


@pytest.mark.parametrize(
    "data",
    ["", "q:nothing:0", "m:", "q:{}:99", "q:{}:-1", "q:{}:²", "x" * 64, "t:numb", ":::", None],
)
async def test_stale_or_forged_buttons_get_a_kind_sentence(server, running, data):
    """No crash, and no way into another chat's memory."""
    async with running():
        await server.write("does heat help?")
        (answer,) = await server.messages(1)
        token = answer.data("More").partition(":")[2]
        await server.press(None if data is None else data.format(token))
        assert (await server.messages(2))[-1].text == wording.STALE_BUTTON


async def test_a_button_works_in_its_own_chat_only(server, running):
    """Tokens of one chat mean nothing in another."""
    async with running():
        await server.write("does heat help?", chat=1)
        (answer,) = await server.messages(1, chat=1)
        await server.press(answer.data("More"), chat=2)
        assert (await server.messages(1, chat=2))[0].text == wording.STALE_BUTTON


# ---------------------------------------------------------------------- edited questions


async def edit(server, message_id, text, chat=7):
    """A person changes a message."""
    await server.push(chat, edited_message={**server.message(chat, message_id), "text": text})


async def test_an_edited_question_gets_its_answer_edited(server, running):
    """One message stays one message."""
    async with running():
        question = await server.write("echo heat")
        await server.messages(1)
        await edit(server, question, "echo cold")
        await server.until(lambda: server.sent[0].edits)
    assert len(server.sent) == 1
    assert server.sent[0].text.startswith("You asked: echo cold")
    assert server.sent[0].edits[0].startswith("You asked: echo heat")


async def test_an_edit_into_an_emergency_takes_the_advice_back(server, running):
    """The warning is a new message; the old answer no longer stands as advice."""
    async with running():
        question = await server.write("does heat help?")
        await server.messages(1)
        await edit(server, question, "I cannot pee")
        await server.until(lambda: server.sent[0].edits)
    answer, warning = server.sent
    assert warning.text.startswith("🚨")
    assert warning.reply_to == question
    assert answer.text == wording.ANSWER_REPLACED


async def test_a_second_edit_changes_the_newest_answer_only(server, running):
    """What was taken back once is not touched again."""
    async with running():
        question = await server.write("echo heat")
        await server.messages(1)
        await edit(server, question, "I cannot pee")
        await server.until(lambda: server.sent[0].edits)
        await edit(server, question, "hello")
        await server.messages(3)
        await edit(server, question, "echo cold")
        await server.until(lambda: server.sent[2].edits)
    answer, warning, newest = server.sent
    assert answer.text == wording.ANSWER_REPLACED
    assert warning.edits == []
    assert newest.text.startswith("You asked: echo cold")


async def test_a_warning_is_never_edited_away(server, running):
    """Rewording an emergency into a harmless question leaves the warning as it was."""
    async with running():
        question = await server.write("I cannot pee")
        await server.messages(1)
        await edit(server, question, "does heat help?")
        warning, answer = await server.messages(2)
    assert warning.edits == []
    assert answer.reply_to == question


async def test_edits_without_new_words_are_ignored(server, running):
    """The same text or command again, a moving location."""
    async with running():
        question = await server.write("does heat help?")
        command = await server.write("/help")
        await server.messages(2)
        await edit(server, question, "does heat help?")
        await edit(server, command, "/help")
        await server.push(7, edited_message={**server.message(7, 1), "location": {}})
        await server.write("hello")
        await server.messages(3)
    assert len(server.sent) == 3
    assert server.sent[0].edits == []


async def test_a_message_edited_into_a_command_is_one(server, running):
    """Everybody's is done, once; what changes the articles is not begun by an edit."""
    async with running():
        message = await server.write("/hepl", chat=ADMIN)
        await server.messages(1, chat=ADMIN)
        for text in ("/emergency", "/emergency", "/rebuild", "/help I cannot pee"):
            await edit(server, message, text, chat=ADMIN)
        told = await server.messages(4, chat=ADMIN)
    assert [sent.text for sent in told[1:3]] == [
        "<emergency_info> & 112",
        staff_wording.EDITED_COMMAND.format(command="rebuild"),
    ]
    assert "Call 112 now" in told[3].text


async def test_an_edited_question_of_before_a_restart_gets_a_new_answer(server, running):
    """Nothing is remembered of it, so it is a reply."""
    async with running():
        await edit(server, 321, "does heat help?")
        (answer,) = await server.messages(1)
    assert answer.reply_to == 321


async def test_an_answer_that_cannot_be_edited_is_sent_anew(server, running):
    """The old message may be gone."""
    async with running():
        question = await server.write("echo heat")
        await server.messages(1)
        server.fault(
            "editMessageText", status=400, description="Bad Request: message can't be edited"
        )
        await edit(server, question, "echo cold")
        _, again = await server.messages(2)
    assert again.text.startswith("You asked: echo cold")
    assert again.reply_to == question


# ---------------------------------------------------------------------- long answers


async def test_a_long_answer_is_several_messages_with_buttons_under_the_last(
    server, running, assistant
):
    """Emoji count double, entities count once, and no tag is cut."""
    paragraph = "**Bold & <brave>** 🦵🏽🚑 & so on. " * 40
    assistant.answer = "\n\n".join([paragraph] * 8)
    async with running():
        await server.write("does heat help?")
        messages = await server.messages(3)
    assert server.refusals == []
    assert [bool(message.buttons) for message in messages] == [False] * (len(messages) - 1) + [
        True
    ]
    text = "".join(m.text for m in messages)
    assert text.count("Bold & <brave> 🦵🏽🚑 & so on.") == 320
    assert "**" not in text


def test_who_comes_next_is_had_at_hand(assistant):
    """Of a batch each person once, groups only where they are answered; a fault stops nothing."""

    class Noting(MemoryConversationStore):
        expected: list[list[str]] = []  # noqa: RUF012 one test's

        def expect(self, keys, now):
            self.expected.append(list(keys))
            raise StateError("The disk is gone.")

    def said(number, chat, kind):
        body = {"chat": {"id": chat, "type": kind}, "from": {"id": 9}, "text": "hello"}
        return parse_update({"update_id": number, "message": body})

    several = [said(1, 9, "private"), said(2, -5, "supergroup"), parse_update({"update_id": 3})]
    Handler(assistant, Noting(3600)).expect(several)
    Handler(assistant, Noting(3600), groups=True).expect(several)
    assert Noting.expected == [["9"], ["9", "-5:9"]]


async def test_a_batch_is_answered_person_by_person(server, running):
    """Many that come at once are looked up together, and each gets their own answer."""
    await server.push_raw(
        *(
            {"update_id": 2000 + n, "message": {**server.message(50 + n, 1), "text": "hello"}}
            for n in range(20)
        )
    )
    server.chats.update(range(50, 70))
    async with running():
        await server.until(lambda: {m.chat_id for m in server.sent} >= set(range(50, 70)))
    assert len(server.sent) == 20


# ---------------------------------------------------------------------- odd habits


async def test_a_double_tap_brings_one_answer(server, running, monkeypatch):
    """Of a topic and of a related question; a tap some time later brings it again."""
    async with running():
        await server.write("/topics")
        (topics,) = await server.messages(1)
        for _ in range(3):
            await server.press(topics.buttons[0][0]["callback_data"])
        await server.until(lambda: len(server.callbacks) == 3)
        answer = (await server.messages(2))[1]
        for _ in range(2):
            await server.press(answer.data("neck"))
        await server.messages(3)
        monkeypatch.setattr("backbot.bot.buttons.DOUBLE_TAP_S", 0.0)
        await server.press(answer.data("neck"))
        await server.messages(4)
        await server.write("/help")
        sent = await server.messages(5)
    assert len(sent) == 5
    assert sorted(server.callbacks) == sorted(server.pressed)


async def test_more_shows_the_next_passage_at_every_tap(server, running):
    """A second tap on it is no double: it brings something else."""
    async with running():
        await server.write("does heat help?")
        (answer,) = await server.messages(1)
        for _ in range(2):
            await server.press(answer.data("More"))
        sent = await server.messages(3)
    assert "Keep it under 20 minutes" in sent[1].text
    assert "A numb leg" in sent[2].text


@pytest.mark.parametrize("command", ["/stop", "/settings", "/Menu", "/cancel@back_test_bot"])
async def test_what_people_send_to_other_bots_brings_the_help(server, running, command):
    """To look for an article on it would be silly."""
    async with running():
        await server.write(command)
        (help_,) = await server.messages(1)
    assert help_.text.startswith("<help>")


async def test_a_command_that_there_is_not_is_read_as_words(server, running):
    """Somebody who begins with a slash may be in as much trouble as anybody."""
    async with running():
        await server.write("/i_cannot pee")
        assert "Call 112 now" in (await server.messages(1))[0].text
        await server.write("/echo heat", chat=8)
        assert "You asked: echo heat" in (await server.messages(1, chat=8))[0].text


async def test_an_edited_caption_is_answered_and_the_picture_not_told_again(server, running):
    """That it was not looked at was said under the first answer."""
    photo = {"photo": [{"file_id": "x", "file_unique_id": "y", "width": 1, "height": 1}]}
    async with running():
        number = await server.write(None, caption="echo one", **photo)
        await server.messages(2)
        edited = {**server.message(7, number), **photo, "caption": "echo two", "edit_date": 1}
        await server.push(7, edited_message=edited)
        await server.until(lambda: "echo two" in server.sent[0].text)
        await server.write("/help")
        sent = await server.messages(3)
    assert [message.text[:7] for message in sent[1:]] == ["<cannot", "<help> "]
