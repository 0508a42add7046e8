"""Groups: silent by default; where they are on, only what is meant for the bot is answered."""

from __future__ import annotations

import json

import pytest

from backbot.bot import wording
from backbot.bot.handlers import Handler
from backbot.bot.presence import PresenceOptions
from backbot.state.memory import MemoryConversationStore

GROUP = -77


@pytest.fixture
def social(assistant):
    """The real handler with groups on."""
    return Handler(assistant, MemoryConversationStore(3600), groups=True)


def ann(user=5):
    """Somebody in the group."""
    return {"id": user, "is_bot": False, "first_name": "Ann"}


def mine(server):
    """A message of the bot's, as replies quote it."""
    return {
        "message_id": 3,
        "from": {"id": 424242, "is_bot": True, "username": "back_test_bot"},
        "chat": {"id": GROUP, "type": "supergroup"},
    }


async def test_only_what_is_meant_for_the_bot_is_answered(server, running, social):
    """A mention, a reply to it, a command with its name; the rest is between others."""
    async with running(social):
        await server.write("does heat help?", chat=GROUP)
        await server.write("@back_test_bots does heat help?", chat=GROUP)
        await server.write("/topics", chat=GROUP)
        await server.write("/topics@another_bot", chat=GROUP)
        first = await server.write("@Back_Test_Bot echo heat?", chat=GROUP)
        await server.messages(1, chat=GROUP)
        second = await server.write(
            "echo again", chat=GROUP, reply_to_message=mine(server), **{"from": ann()}
        )
        await server.write("/help@back_test_bot", chat=GROUP)
        await server.write("/mydata@back_test_bot", chat=GROUP)
        texts = await server.messages(4, chat=GROUP)
    answer, again, intro, private = texts
    assert answer.text.startswith("You asked: echo heat?")  # without the name
    assert (answer.reply_to, again.reply_to) == (first, second)
    assert answer.buttons == []
    assert "t.me/back_test_bot" in intro.text
    assert private.text == wording.IN_PRIVATE.format(bot="back_test_bot")
    assert private.file_name == ""
    assert server.refusals == []


async def test_a_warning_in_a_group_says_nothing_of_what_was_told(server, running, social):
    """The warning alone, no answer, no words of theirs, no button; and how to write privately."""
    async with running(social):
        await server.write("@back_test_bot I cannot pee and heat?", chat=GROUP)
        await server.write("@back_test_bot echo hello", chat=GROUP, **{"from": ann()})
        warning, other = await server.messages(2, chat=GROUP)
    assert "Call 112 now" in warning.text
    assert "pee" not in warning.text
    assert warning.text.endswith(wording.GROUP_WARNING.format(bot="back_test_bot"))
    assert warning.buttons == []
    assert "Hello" in other.text


async def test_a_mention_edited_into_a_question_with_a_warning(server, running, social):
    """The answer to the first words is marked as such, the warning stays."""
    async with running(social):
        message_id = await server.write("@back_test_bot does heat help?", chat=GROUP)
        (answer,) = await server.messages(1, chat=GROUP)
        body = {**server.message(GROUP, message_id), "text": "@back_test_bot I cannot pee"}
        await server.push(GROUP, edited_message={**body, "edit_date": 2})
        await server.until(lambda: bool(answer.edits))
    assert answer.text == wording.ANSWER_REPLACED
    assert "Call 112 now" in server.texts(GROUP)[1]


async def test_a_failure_in_a_group_is_told_to_whoever_asked(server, running, social):
    """And to nobody else."""
    async with running(social):
        await server.write("explode at once", chat=GROUP)
        await server.write("@back_test_bot explode at once", chat=GROUP)
        (sent,) = await server.messages(1, chat=GROUP)
    assert "failsafe" in sent.text
    assert len(server.texts(GROUP)) == 1


async def test_a_voice_message_to_the_bot_is_not_left_unanswered(server, running, social):
    """As a reply to it; all others are between people."""
    async with running(social):
        await server.write(None, chat=GROUP, voice={"file_id": "x"})
        await server.write(None, chat=GROUP, voice={"file_id": "x"}, reply_to_message=mine(server))
        (sent,) = await server.messages(1, chat=GROUP)
    assert sent.text.startswith("<cannot_read>")


async def test_what_waited_over_a_restart_is_seen_as_pressing(social, server):
    """Only what was meant for the bot."""
    social.username = "back_test_bot"
    body = {**server.message(GROUP, 1), "text": "@back_test_bot I cannot pee"}
    assert social.tier({"update_id": 1, "message": body}) == 3
    body["text"] = "I cannot pee"
    assert social.tier({"update_id": 1, "message": body}) == 0


async def test_groups_get_a_menu_of_their_own(server, running, social):
    """Without what is for private chats."""
    async with running(social, presence=PresenceOptions()):
        await server.until(lambda: ("all_group_chats", "") in server.scoped)
    assert server.scoped["all_group_chats", ""] == [
        name for name, _ in wording.COMMANDS if name in wording.GROUP_COMMANDS
    ]


def test_people_in_a_group_have_conversations_of_their_own(social, server, assistant):
    """One person's warning is not another's, and /forget is one's own."""
    social.username = "back_test_bot"

    def write(user, text):
        body = {**server.message(GROUP, 1), "text": text, "from": ann(user)}
        return [p.plain for p in social.handle({"update_id": 1, "message": body})]

    write(5, "@back_test_bot my leg is numb")
    kept = social._talk.conversations.store.load(f"{GROUP}:5", 0)
    assert kept.triage.open_tier == 1
    assert social._talk.conversations.store.load(f"{GROUP}:6", 0).triage.open_tier == 0
    write(5, "/forget@back_test_bot")
    assert social._talk.conversations.store.load(f"{GROUP}:5", 0).triage.open_tier == 0
    assert json.dumps(assistant.seen).count("numb") == 0  # the warning stood alone


async def test_a_mention_by_what_the_bot_is_called_is_heard(server, running, social):
    """Phones offer it where names are listed: the text has no @, the mark has the user."""
    bot = {"id": 424242, "is_bot": True, "first_name": "Back 🦴", "username": "back_test_bot"}
    other = {"id": 9, "is_bot": True, "first_name": "Back 🦴", "username": "another_bot"}
    mark = {"type": "text_mention", "offset": 3, "length": 7}
    async with running(social):
        for user in (other, bot):
            marks = [{**mark, "user": user}]
            await server.write("👍 Back 🦴 echo heat?", chat=GROUP, entities=marks)
        alone = [{**mark, "offset": 0, "user": bot}]
        await server.write("Back 🦴", chat=GROUP, entities=alone)
        await server.write("Back 🦴", chat=GROUP, entities=[3, {**alone[0], "offset": "x"}])
        answer, intro = await server.messages(2, chat=GROUP)
        await server.write("/help", chat=GROUP)
        await server.messages(3, chat=GROUP)
    assert answer.text.startswith("You asked: 👍  echo heat?")
    assert intro.text.startswith("I answer questions about back pain")


async def test_a_command_that_there_is_not_is_a_question_where_the_bot_is_named(
    server, running, social
):
    """It works in private no more than here; alone it gets who the bot is."""
    async with running(social):
        await server.write("/echo@back_test_bot does heat help?", chat=GROUP)
        await server.write("/echo does heat help?", chat=GROUP)
        await server.write("/hepl@back_test_bot", chat=GROUP)
        answer, intro = await server.messages(2, chat=GROUP)
    assert answer.text.startswith("You asked: echo does heat help?")
    assert intro.text == wording.GROUP_INTRO.format(bot="back_test_bot")


async def test_a_message_edited_into_a_command_in_a_group(server, running, social):
    """As a new one with those words."""
    async with running(social):
        message = await server.write("/hepl@back_test_bot", chat=GROUP)
        await server.messages(1, chat=GROUP)
        body = {**server.message(GROUP, message), "text": "/emergency@back_test_bot"}
        await server.push(GROUP, edited_message={**body, "edit_date": 2})
        _, told = await server.messages(2, chat=GROUP)
    assert told.text == "<emergency_info> & 112"
