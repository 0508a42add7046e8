"""Two memories of one person → one: what was learned while the database could not be read. Pure.

Nothing that either knows is lowered: the higher tier wins, and signs are put together.
"""

from __future__ import annotations

from dataclasses import replace

from backbot.model import Conversation, OpenConcept, Tier, TriageState

_MOST_TURNS = 4
_NEVER = -1.0


def presumed(now: float) -> Conversation:
    """What is assumed of somebody whose state cannot be read: a nerve warning is open.

    The full message counts as sent, so that each reply gets the one line with the safety net and
    not a text about signs that nobody told.
    """
    triage = TriageState(open_tier=Tier.NERVE, opened_at=now, full_sent_at=now)
    return Conversation(triage=triage, updated_at=now)


def only_presumed(mine: TriageState, presumed_at: float) -> bool:
    """Whether nothing but the assumption is open: no sign was told, no full message sent."""
    untold = mine.opened_at == presumed_at and not mine.template
    return mine.open_tier is Tier.NERVE and untold


def merged(mine: Conversation, stored: Conversation | None, presumed_at: float) -> Conversation:
    """What is known, now that the database can be read again.

    Args:
        mine: What was kept in memory since `presumed(presumed_at)`.
        stored: What the database had, None for nothing.
        presumed_at: When the database could not be read.
    """
    before = stored or Conversation()
    if only_presumed(mine.triage, presumed_at):
        triage = replace(
            before.triage,
            concepts=_union(before.triage.concepts, mine.triage.concepts),
            full_sent_at=before.triage.full_sent_at,
            asked=mine.triage.asked,
            previous=mine.triage.previous,
        )
    else:
        triage = _higher(mine.triage, before.triage)
    return Conversation(
        triage=triage,
        turns=_joined(before.turns, mine.turns),
        cited=mine.cited or before.cited,
        updated_at=max(mine.updated_at, before.updated_at),
        country=mine.country or before.country,
    )


def joined(newer: Conversation, older: Conversation) -> Conversation:
    """Two conversations of one person that were led under two names."""
    return merged(newer, older, _NEVER) if newer.updated_at else older


def _higher(mine: TriageState, stored: TriageState) -> TriageState:
    """Both together; `mine` has signs of its own, so "seen" and "cleared" of before are over."""
    top = stored if stored.open_tier > mine.open_tier else mine
    return replace(
        mine,
        open_tier=top.open_tier,
        opened_at=max(mine.opened_at, stored.opened_at) if stored.open_tier else mine.opened_at,
        concepts=_union(stored.concepts, mine.concepts),
        template=top.template,
        full_sent_at=top.full_sent_at,
    )


def _joined(before: tuple[str, ...], after: tuple[str, ...]) -> tuple[str, ...]:
    """Older messages, then newer ones; those that were written already are not told twice."""
    if before[-len(after) :] == after:
        return before
    return (*before, *after)[-_MOST_TURNS:]


def _union(
    before: tuple[OpenConcept, ...], after: tuple[OpenConcept, ...]
) -> tuple[OpenConcept, ...]:
    times: dict[str, float] = {}
    for each in (*before, *after):
        times[each.concept] = max(each.at, times.get(each.concept, each.at))
    return tuple(OpenConcept(concept, at) for concept, at in sorted(times.items()))
