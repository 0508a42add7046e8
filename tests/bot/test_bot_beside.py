"""What is noted beside an answer can break without anybody waiting or missing a word."""

from __future__ import annotations

import pytest

from backbot.answer import wording
from backbot.bot.admin import Operations
from backbot.bot.beside import reason_of
from backbot.bot.handlers import Handler
from backbot.model import Answer, Reply, Tier
from backbot.state.memory import MemoryConversationStore
from bot.conftest import ADMIN, STAFF


class BrokenRecords:
    """Every call fails."""

    def __getattr__(self, name):
        def call(*_args, **_more):
            raise RuntimeError("the patient's own words")

        return call


@pytest.fixture
def broken(assistant):
    """The real handler over records that fail."""
    return Handler(
        assistant,
        MemoryConversationStore(3600),
        admin_ids=frozenset({ADMIN}),
        staff_ids=frozenset({STAFF}),
        operations=Operations(records=BrokenRecords()),
    )


async def test_records_that_fail_cost_nobody_an_answer(server, running, broken, caplog):
    """Answers, declines, warnings and every button go on; the log has no words."""
    async with running(broken):
        await server.write("does heat help?")
        (answer,) = await server.messages(1)
        for label in ("Helpful", "Not helpful", "More"):
            await server.press(answer.data(label), message_id=answer.message_id)
        await server.messages(4)
        await server.press("k:0123456789abcdef")
        await server.press("w:N-NUM-01")
        await server.write("weather")
        await server.messages(7)
        await server.write("my foot is numb")
        texts = [m.text for m in await server.messages(9)]
        await server.write("/stats", chat=STAFF)
        await server.messages(1, chat=STAFF)
    assert "Please see a specialist in the next few days." in texts
    assert "I have nothing on that." in texts
    assert "own words" not in caplog.text


def reply(text: str, reason: str = "") -> Reply:
    """A declined one."""
    answer = Answer("declined", text, reason=reason)
    return Reply("q", "declined", Tier.NONE, None, "", answer, "g", 1.0)


@pytest.mark.parametrize(
    ("text", "reason", "word"),
    [
        (wording.DECLINED + "\n\nmore", 'p=0.10; "secret" is a place', "nothing_found"),
        (wording.DECLINED_BY_TOPIC["medicine"], "", "medicine"),
        (wording.NO_INDEX, "/home/x", "no_index"),
        (wording.SUPPRESSED, "", "left_out"),
        ("Nur Englisch", "language de", "language"),
        ("anything else", "someone's words", "other"),
    ],
)
def test_a_reason_is_one_of_a_few_fixed_words(text, reason, word):
    """Counters' names never hold words of a person's."""
    assert reason_of(reply(text, reason)) == word
