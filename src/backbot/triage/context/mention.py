"""A sign at one place of a text, and the groups of signs that are read in their own ways.

The groups follow decisions D3, D7 and D12 of docs/safety.md: bladder, bowel, saddle and both legs
are never lowered as far as other signs, and nobody writes of suicide out of idle interest.
"""

from __future__ import annotations

from typing import NamedTuple

from backbot.model import FindingStatus, Tier

RED_CONCEPTS = frozenset(
    {
        "saddle_numbness", "urinary_retention", "urinary_incontinence", "bladder_sensation_loss",
        "bowel_incontinence", "bilateral_leg_symptoms", "progressive_weakness", "paralysis",
    }
)  # fmt: skip
CORE = RED_CONCEPTS - {"bilateral_leg_symptoms", "progressive_weakness", "paralysis"}
"""What nobody asks about from idle interest: bladder, bowel and saddle."""
CRISES = frozenset({"suicidal_thoughts", "overdose"})
"""Never a general question: whoever writes it is asked, not informed. And somebody's death is
past; the wish to die of whoever writes of it is not."""
CONTINENCE = frozenset(
    {
        "urinary_incontinence", "bowel_incontinence", "mild_bladder_change", "urinary_retention",
    }
)  # fmt: skip
"""What small children have to learn."""
HISTORY_COUNTS = frozenset(
    {"cancer_history", "fragility_risk", "weight_loss", "overdose", "aneurysm_named"}
)
"""What counts long ago as much as now."""


class Mention(NamedTuple):
    """One sign at one place.

    Attributes:
        rule_id: What found it.
        concept: The sign.
        tier: Alone and present.
        template: Its own message, "" for the tier's.
        note: Its own note, "".
        start: First token.
        stop: One past the last token.
        anchor: The token whose negation negates the sign, and whose sentence is the sign's.
        negative: It holds its own negation ("cannot feel"), which does not undo it.
        named: A diagnosis rather than a symptom.
        status: How it is spoken of.
        cue: The words that say so.
        effective: What it gives as it is spoken of.
        keys: What combinations may ask for: the concept and what stands beside it.
    """

    rule_id: str
    concept: str
    tier: Tier
    template: str
    note: str
    start: int
    stop: int
    anchor: int
    negative: bool = False
    named: bool = False
    status: FindingStatus = FindingStatus.PRESENT
    cue: str = ""
    effective: Tier = Tier.NONE
    keys: frozenset[str] = frozenset()

    @property
    def names_a_condition(self) -> bool:
        """Whether its words are a condition's name ("sciatica"), which are no symptom."""
        return self.named or self.concept == "ces_named_self"


class Judgement(NamedTuple):
    """How a sign is spoken of, if it is not simply present.

    Attributes:
        status: How.
        cue: The words that say so.
        effective: What the sign still gives.
    """

    status: FindingStatus
    cue: str
    effective: Tier = Tier.NONE


def lowered(m: Mention) -> Tier:
    """One tier lower; never below urgent for bladder, bowel, saddle, both legs (decision D3)."""
    lower = Tier(max(0, m.tier - 1))
    return max(lower, Tier.URGENT) if m.concept in RED_CONCEPTS else lower
