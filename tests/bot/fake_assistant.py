"""An assistant of a few lines: enough words and warnings to drive the bot, no clinical sense."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace

from backbot.model import (
    Answer,
    Citation,
    Conversation,
    Escalation,
    Hit,
    Passage,
    Reply,
    Tier,
    TriageState,
    Unit,
)

EMERGENCY = "🚨 **Call 112 now.**\n- Do not wait\n- Do not drive & do not stretch <here>"
NERVE = "**Please see a specialist** in the next few days."
RELATED = ("Does heat help a stiff back?", "Why is my neck <stiff> & sore?", "A third one?")


@dataclass(frozen=True)
class FakeTurn:
    """A text after triage."""

    text: str
    conversation: Conversation
    now: float
    escalation: Escalation | None
    tier: Tier


def passage(number: int, *texts: str) -> Passage:
    """A passage of those sentences."""
    body = " ".join(texts)
    units = tuple(
        Unit(text, body.index(text), body.index(text) + len(text), "sentence", 0) for text in texts
    )
    return Passage(f"heat#{number}", "heat", "When it helps", body, 0, len(body), units)


@dataclass
class FakeAssistant:
    """Satisfies `bot.assistant.Assistant`. "numb" opens nerve, "cannot pee" an emergency.

    Attributes:
        slow: Seconds that `finish` takes for a text that has that word.
        gate: While it is not set, `finish` waits for texts with "blocked".
    """

    answer: str = "Heat relaxes muscles [1]."
    note: str = ""
    slow: dict[str, float] = field(default_factory=dict)
    gate: threading.Event = field(default_factory=threading.Event)
    seen: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, text: str, conversation: Conversation, now: float) -> FakeTurn:
        """Two words decide."""
        if "explode at once" in text:
            raise ValueError(text)
        tier, words = Tier.NONE, ""
        if "cannot pee" in text:
            tier, words = Tier.EMERGENCY, EMERGENCY
        elif "numb" in text:
            tier, words = Tier.NERVE, NERVE
        opened = TriageState(open_tier=max(tier, conversation.triage.open_tier))
        conversation = replace(conversation, triage=opened, updated_at=now)
        return FakeTurn(text, conversation, now, Escalation(words, ()) if words else None, tier)

    def finish(self, turn: FakeTurn) -> tuple[Reply, Conversation]:
        """As the text itself asks for."""
        with self.lock:
            self.seen.append(turn.text)
        if "blocked" in turn.text:
            assert self.gate.wait(10)
        for word, seconds in self.slow.items():
            if word in turn.text:
                time.sleep(seconds)
        if "explode later" in turn.text:
            raise ValueError(turn.text)
        tier = max(turn.tier, turn.conversation.triage.open_tier)
        after = replace(
            turn.conversation,
            triage=TriageState(open_tier=tier),
            turns=(*turn.conversation.turns, turn.text),
            updated_at=turn.now,
        )
        return self._reply(turn, tier), after

    def _reply(self, turn: FakeTurn, tier: Tier) -> Reply:
        kind, answer = "answer", Answer("answer", "")
        if turn.tier is Tier.EMERGENCY:
            kind = "escalation"
        elif "hello" in turn.text:
            kind, answer = "chitchat", Answer("chitchat", "Hello & welcome <friend>.")
        elif "weather" in turn.text:
            kind = "declined"
            answer = Answer("declined", "I have nothing on that.", suggestions=RELATED[:1])
        elif "empty" not in turn.text:
            text = (
                f"You asked: {turn.text}\n\n{self.answer}" if "echo" in turn.text else self.answer
            )
            quote = Citation(
                1,
                "heat",
                "Heat & cold",
                "When it helps",
                "Heat relaxes muscles.",
                ("Spasms, Some Hospital",),
                "not yet reviewed by a clinician",
            )
            hits = tuple(
                Hit(p, n, 0.9)
                for n, p in enumerate(
                    (
                        passage(0, "Heat relaxes muscles.", "Keep it under 20 minutes."),
                        passage(1, "A numb leg is no case for heat."),
                    ),
                    start=1,
                )
            )
            answer = Answer("answer", text, (quote,), hits, RELATED)
        return Reply(turn.text, kind, tier, turn.escalation, self.note, answer, "g1", 1.0)

    def country(self, text: str) -> tuple[str, str, str] | None:
        """One country."""
        return ("GB", "United Kingdom", "999") if text == "gb" else None

    def message(self, key: str, country: str = "") -> str:
        """The key, with what has to be escaped."""
        return f"<{key}> & **112**"

    def topics(self) -> tuple[tuple[str, str], ...]:
        """Two."""
        return (("Heat & cold", "Does heat help?"), ("Numb legs", "Why is my leg numb?"))

    def sources(self) -> str:
        """One."""
        return "**Some Hospital**\n- Heat <and> cold"
