"""What is remembered of messages is bounded and can be forgotten."""

from __future__ import annotations

from backbot.bot.inbox import MemoryInbox
from backbot.bot.recall import ChatMemory, Exchange, Exchanges, Offer


def test_a_chat_keeps_its_newest_values():
    """The oldest go first, in each chat and over all."""
    memory: ChatMemory[str, int] = ChatMemory(max_chats=2, per_chat=2)
    for key in "abc":
        memory.put(1, key, 1)
    assert (memory.get(1, "a"), memory.get(1, "c")) == (None, 1)
    memory.put(2, "a", 2)
    memory.put(1, "d", 1)
    memory.put(3, "a", 3)
    assert memory.get(2, "a") is None
    assert memory.get(1, "d") == 1
    assert len(memory) == 3
    memory.forget(1)
    memory.forget(1)
    assert memory.get(1, "d") is None


def test_a_question_knows_its_replies():
    """Warnings and answers apart; messages of unknown questions are not kept."""
    exchanges = Exchanges()
    exchanges.asked(1, 10, "why?")
    exchanges.sent(1, 10, 11, warning=True)
    exchanges.sent(1, 10, 12, warning=False)
    exchanges.sent(1, 10, 12, warning=False)
    exchanges.sent(1, 99, 13, warning=False)
    assert exchanges.get(1, 10) == Exchange(hash("why?"), (12,), (11,))
    assert exchanges.get(1, 99) is None
    assert exchanges.unchanged(1, 10, "why?")
    exchanges.asked(1, 10, "how?")
    assert not exchanges.unchanged(1, 10, "why?")
    assert exchanges.get(1, 10).answers == (12,)


def test_tokens_are_short_and_differ():
    """They must fit in 64 bytes with a question's number."""
    tokens = {Offer().token for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(f"q:{token}:99") <= 20 for token in tokens)


async def test_the_inbox_takes_an_update_once():
    """And remembers only so many ids."""
    inbox = MemoryInbox(remembered=2)
    assert [await inbox.put(n, {}) for n in (1, 1, 2, 3, 1)] == [True, False, True, True, True]
    await inbox.done(3)
