"""Whose turn it is to send: limits, priorities, chats that have to wait."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from backbot.bot.outbox import UNLIMITED, Limits, Outbox
from backbot.bot.parts import Priority

ANSWER, ESCALATION, OTHER = Priority.ANSWER, Priority.ESCALATION, Priority.OTHER


async def sent(outbox, wishes, busy_s=0.0):
    """Send all of them at once; (chat, priority, seconds after the start) in the order sent."""
    began, log = time.monotonic(), []

    async def one(chat, priority):
        async with outbox.turn(chat, priority):
            log.append((chat, priority, time.monotonic() - began))
            await asyncio.sleep(busy_s)

    await asyncio.gather(*(one(*wish) for wish in wishes))
    return log


async def test_no_second_holds_more_than_the_limit():
    """Whatever second one looks at, also with slow answers of the server."""
    outbox = Outbox(Limits(overall=10, overall_reserved=2))
    log = await sent(outbox, [(chat, ANSWER) for chat in range(25)], busy_s=0.1)
    times = [at for _, _, at in log]
    for at in times:
        assert sum(at <= other < at + 1.0 for other in times) <= 8


async def test_a_warning_goes_before_all_that_waits():
    """Two places are kept for it, and where they are taken it is the next."""
    outbox = Outbox(Limits(overall=6, overall_reserved=2))
    wishes = [(chat, ANSWER) for chat in range(10)]
    wishes += [(100, OTHER), *((chat, ESCALATION) for chat in (101, 102, 103))]
    order = [priority for _, priority, _ in await sent(outbox, wishes)]
    assert order.index(OTHER) == len(order) - 1
    assert max(at for at, priority in enumerate(order) if priority is ESCALATION) <= 7
    log = await sent(Outbox(Limits(overall=6)), wishes)
    assert max(at for _, p, at in log if p is ESCALATION) < 1.5


async def test_a_chat_gets_a_short_burst_and_others_do_not_wait_for_it():
    """Two at once, then as the seconds pass."""
    outbox = Outbox(Limits(burst=2, burst_reserved=0))
    log = await sent(outbox, [*[(1, ANSWER)] * 3, (2, ANSWER)])
    assert [at < 0.2 for chat, _, at in log if chat == 1] == [True, True, False]
    assert next(at for chat, _, at in log if chat == 2) < 0.2
    assert log[-1][2] >= 2.0


async def test_a_warning_may_go_beyond_a_chats_burst():
    """A person who wrote three messages gets the fourth's warning at once."""
    outbox = Outbox(Limits(burst=2, burst_reserved=1))
    log = await sent(outbox, [(1, ANSWER), (1, ANSWER), (1, ESCALATION)])
    assert all(at < 0.2 for _, _, at in log)


async def test_a_group_has_a_limit_of_its_own():
    """Twenty a minute in Telegram, three here; a person's chat is not counted so."""
    outbox = Outbox(Limits(burst=100, group=3))
    waiting = asyncio.create_task(sent(outbox, [(-1, ANSWER)] * 4))
    await asyncio.sleep(0.2)
    assert outbox.waiting == 1
    assert len(await sent(outbox, [(1, ANSWER)] * 4)) == 4
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_chat_that_is_held_waits_alone():
    """What retry_after asks for."""
    outbox = Outbox()
    outbox.hold(1, 0.3)
    log = await sent(outbox, [(1, ESCALATION), (2, ANSWER)])
    assert [chat for chat, _, _ in log] == [2, 1]
    assert log[1][2] >= 0.3


async def test_who_gives_up_waiting_takes_no_place():
    """A cancelled sender blocks nobody."""
    outbox = Outbox(Limits(overall=1, overall_reserved=0))
    async with outbox.turn(1, ANSWER):
        lost = asyncio.create_task(sent(outbox, [(2, ANSWER)]))
        await asyncio.sleep(0.01)
        lost.cancel()
        next_one = asyncio.create_task(sent(outbox, [(3, ANSWER)]))
        await asyncio.sleep(0.01)
    await asyncio.gather(lost, return_exceptions=True)
    (row,) = await next_one
    assert row[2] < 1.5


async def test_without_limits_nobody_waits():
    """For measuring."""
    log = await sent(Outbox(UNLIMITED), [(1, ANSWER)] * 500)
    assert log[-1][2] < 0.5
    assert Outbox(UNLIMITED).waiting == 0


async def test_only_so_many_are_on_the_way_and_a_warning_finds_room():
    """A server that hangs is not handed everything that waits; a warning goes all the same."""
    outbox = Outbox(replace(UNLIMITED, on_the_way=4, on_the_way_reserved=1))
    hung, begun = asyncio.Event(), []

    async def one(chat, priority):
        async with outbox.turn(chat, priority):
            begun.append((chat, priority))
            await hung.wait()

    waiting = [asyncio.create_task(one(chat, ANSWER)) for chat in range(6)]
    await asyncio.sleep(0.02)
    assert len(begun) == 3
    waiting.append(asyncio.create_task(one(9, ESCALATION)))
    await asyncio.sleep(0.02)
    assert begun[3:] == [(9, ESCALATION)]
    waiting.append(asyncio.create_task(one(10, ESCALATION)))
    await asyncio.sleep(0.02)
    assert len(begun) == 4
    hung.set()
    await asyncio.gather(*waiting)
    assert begun[4] == (10, ESCALATION)
    assert len(begun) == 8


async def test_who_gives_up_on_the_way_makes_room():
    """A cancelled send counts no longer."""
    outbox = Outbox(replace(UNLIMITED, on_the_way=1, on_the_way_reserved=0))
    lost = asyncio.create_task(sent(outbox, [(1, ANSWER)], busy_s=10))
    await asyncio.sleep(0.02)
    lost.cancel()
    assert len(await asyncio.wait_for(sent(outbox, [(2, ANSWER)]), 1)) == 1
