"""What a question wants to know of its topic, and which headings promise that.

"What causes knots", "what helps against knots" and "how do I stop getting knots" have one topic,
and vectors hardly tell them apart; sections' headings do. A passage whose heading promises what is
asked for goes a little further up, and one that promises something else a little down. Only what
is asked openly ("what", "how", "which") is read: "does heat help" asks about heat. Where a
question or a heading is of no known kind, nothing changes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from backbot import kept
from backbot.kept import compiled
from backbot.model import Hit, Retrieval

# What a passage gains or loses on a fused score in [0, 1].
GAIN, LOSS = 0.05, 0.03
# And what it gains once more where it is to be quoted first.
_LEAD = 0.03

_FEW = r"(?:[\w'-]+ ){0,5}?"  # a few words in between
_WHAT = r"\b(?:wh?at|whats|what's|wat)"
_ASKS_WHICH = r"\b(?:wh?at|which|when|are there) (?:[\w'-]+ ){0,3}?"
_DRILL = r"(?:stretch|exersise|excercise|exercise)\w*"
_WHOM = (  # and not "what does a doctor do", nor "does a doctor help"
    r"(?:see|go|visit|call|ring|phone|get|need|seek|ask|consult|book|tell|bother)"
    r"(?: \w+){0,3}? (?:some(?:one|body)|any(?:one|body)"
    r"|doctor|docs?|dr|gp|physician|professional|specialist|physio\w*|hospital|a ?(?:&|and) ?e|er)"
)
_OVER = (
    r"(?:last|heal|recover|better|mend|right|go away|eases?|settles?|calm|improves?|clear up)\b"
)
_FIRST = r"(?:before|start\w*|exerci[sc]\w*|stretch\w*|massage\w*|first)\b"

# Kind, how people ask for it, which headings promise it.
_LISTED = (
    (
        "means",
        (
            rf"{_WHAT}(?: is| are| r|'s|s) (?:an? |the )?(?:\w+ ){{0,2}}"
            r"(?!missing|wrong|tight|best|better|happening|going|causes?|treatments?|symptoms?"
            r"|signs?|differences?|risks?|benefits?)\w+ ?$|\bdefin(?:e|ition)\b"
            r"|\bwhat does \w+(?: \w+)? mean\b|\bmeaning of\b|\b(?:is|are) called\b|\bexplained\b"
            r"|, explain\b|\bterm for\b|\bwhat (?:it )?means\b"
        ),
        r"^what (?:is|are) (?!.*\b(?:signs?|causes|benefits|linked|for|used)\b)",
    ),
    (
        "cause",
        (
            rf"{_WHAT} (?:can |could |might )?(?:really |actually )?(?:causes?|brings? on"
            r"|sets? off|triggers|leads? to|makes?) (?!(?:it |them )?(?:better|worse))"
            r"|\bhow (?:do|does) (?:the |these |my )?(?:\w+ ){1,2}?"
            r"(?:form|start|arise|come about)\b"
            r"|\b(?:reasons?|causes?) (?:for|of|behind)\b|\b(?:usual suspects|culprits?)\b"
            r"|\bcauses(?: list)?$|\bwho gets\b|\bfrom what\b"
            r"|\bwhere (?:do|does) .{1,80} come from\b"
            r"|^why (?:do|are) (?:\w+ ){1,2}(?:get|go|so)\b"
            r"|\bwhy (?:do|does|is|are) (?:i|my|our) (?:\w+ ){0,3}?(?:so|keeps?|always|get|gets"
            r"|getting|constantly)\b"
            r"|^(?:(?:and|but|so) )?why"
            r"(?: (?:is|does|would) (?:that|it|this)(?: happen)?| though)?$"
        ),
        (
            r"\bcauses (?!.*\b(?:treated|found)\b)|\bcause (?:back muscle|muscle) |\bcauses$"
            r"|\bwhich activities\b|^causes? of\b|^what can cause\b"
            r"|^why (?:do|does|are|is|it|they|(?:\w+ ){1,3}(?:hurts?|happens?)) ?(?!.*\bmatter\b)"
            r"|^what makes\b|^who gets\b|\brisk factors\b|\bwho is at risk\b"
        ),
    ),
    (
        "effect",
        (
            r"\bwhat (?:do|does|can|will) (?!i\b|you\b|we\b)(?:[\w'-]+ ){1,9}?(?:do|cause)\b"
            r"|\bhow (?:do|does|can) (?!i\b|you\b|we\b)(?:[\w'-]+ ){1,5}?(?:affect|hurt|cause)\b"
            r"|\bwhat happens (?:if|when|to)\b|\bconsequences\b|\bwhat could go wrong\b"
        ),
        (
            r"\bwhat (?:do|does) .*\bdo\b|\bhow (?:do|does) .*\b(?:affect|cause|hurt|disrupt)\b"
            r"|\bwhat happens\b|\bhave to do with\b|^why (?:do|does|are) (?!.*\bmatter\b)|\bharm\b"
        ),
    ),
    (
        "treat",
        (
            rf"(?:{_WHAT}|\bhow|\bwhich|\bany\w*|\b(?:way|tip|thing|stuff|something)s?) {_FEW}"
            r"(?:treat(?:ed|ment|ments)?|helps?|eases?|reliev\w+|relief|cured?|fix|sort|soothe|loosen"
            r"|calm|get rid|correct|counter\w*|manage|reduce|improve|open)\b"
            rf"|{_WHAT} (?:can|should|do|could) i do\b(?! wrong)"
            rf"|{_WHAT} to do (?:about|for|with)\b"
            r"|\bhow do i get (?:my \w+ down|less)\b"
            r"|\bwh?(?:ich|at) (?:\w+ )?(?:stretch|exercise|treatment)\w*\b"
        ),
        (
            r"\btreat(?:s|ed|ments?)?\b|\bcounters\b"
            r"|\bwhat (?:else )?(?:helps?|eases|counters)\b(?!.*\blong run\b)"
            r"|\bhow can i (?:ease|correct|reduce|manage|treat)\b|\bhow do i stretch\b|\brelief\b"
            r"|\bwhat (?:can i|(?:i|you|we) can|to) do\b|\bself[- ]?(?:help|care)\b"
            r"|\bremed(?:y|ies)\b|\bhelp yourself\b"
        ),
    ),
    (
        "prevent",
        (
            r"\bprevent\w*\b|\bhow (?:do|can|should|to) (?:i |you )?(?:avoid|not)\b"
            r"|\b(?:stop|keep) (?:\w+ ){1,3}(?:from )?(?:com(?:e|ing) back|returning|recurring)\b"
            r"|\b(?:will|would|does|can|could) (?:it|this|that|the pain|they)(?: ever| just)? "
            r"(?:come back|return|happen again)\b"
            r"|\bstop (?:\w+ ){0,3}(?:getting|happening|pulling|going)\b|\bagain and again\b"
            r"|\bstop (?:\w+ ){1,4}again\b"
            r"|\b(?:came|keeps? (?:on )?coming|(?:always|it|they|that) comes) back\b|\brecurr\w+\b"
            r"|\b(?:2nd|3rd|4th|second|third|fourth|umpteenth) time\b"
            r"|\bso (?:that )?i don'?t (?:get|have)\b"
        ),
        r"\bprevent\w*\b|\bcoming back\b|\bavoid\b|\bin the long run\b",
    ),
    (
        "sign",
        (
            r"\b(?:signs of|symptoms?)\b|\bwarning signs?\b|\bwhat (?:does|do) .{1,60} feel like\b"
            r"|\bhow (?:can|do|would|could|will) (?:i|you|we) (?:tell|know|notice|spot)\b"
        ),
        (
            r"\bsigns?\b|\bhow can i tell\b|\bsymptoms?\b|\bcomplaints?\b"
            r"|\b(?:how|what) (?:it|they|.{1,40}) feels?\b"
        ),
    ),
    (
        "not",
        (
            rf"{_ASKS_WHICH}(?:shouldn'?t|mustn'?t|(?:should|must|do) (?:i|you|we) "
            r"(?:not|never|avoid|leave out|stay away from|steer clear of))\b"
            r"|\bwhat not to do\b|\b(?:exercises?|stretch(?:es)?|movements?) to avoid\b"
        ),
        r"\bshould (?:i|you) not\b|\bnot to\b|\bmakes? .{0,30}\bworse\b|\bto avoid\b",
    ),
    (
        "exercise",
        (
            rf"\bwh?(?:ich|at|ats) (?:\w+ ){{0,2}}?{_DRILL}|\bgive me (?:\w+ )?{_DRILL}"
            rf"|^(?:the )?(?:best |good )?{_DRILL} (?:for|to|that|against)\b"
            r"|\bhow (?:do|can|should|to) (?:i |you )?(?:stretch|strengthen|activate)\b"
        ),
        r"\bexercises\b|\bhow do i stretch\b|\bwhich stretches\b|\bstretches\b",
    ),
    (
        "lack",
        (
            r"\bwhat (?:happens )?if i (?:\w+ ){0,3}?(?:never|don'?t|not|skip)\b"
            r"|\bif i (?:never|can'?t be bothered to)\b|\bnever stretched\b|\buntreated\b"
        ),
        r"\bwithout\b|\bnot treated\b|\buntreated\b|\black of\b",
    ),
    (
        "leads",
        (
            r"^(?:so |and |but )?(?:can|could|does|do|will|might) (?!i\b|you\b|we\b|my back\b)"
            r"(?:[\w'-]+ ){1,4}?(?:cause|make|do (?:this|that)|give|lead to|affect|hurt)\b"
            r"|\b(?:can|could|does|do|will|would|might) (?!i\b|you\b|we\b|it\b|my back\b)"
            r"(?:[\w'-]+ ){1,3}?(?:do|be doing|have done|be causing) (?:all )?(?:this|that)\b"
        ),
        (
            r"^how (?:do|does) .*\b(?:affect|cause|hurt|make)\b|\bhave to do with\b"
            r"|^(?:can|could) .*\b(?:make|cause|pinch|damage|lead|harm)\b|^which .*\bcan cause\b"
        ),
    ),
    (
        "become",
        r"\b(?:turn|develop|grow|change)s? into\b|\bbecome\b",
        r"\b(?:turn|develop) into\b",
    ),
    (
        "differ",
        r"\bdifferen(?:ce|t)\b|\bdiffers?\b|\bvs\b|\bversus\b|\bcompared\b",
        r"\bdiffer\b|\bvs\b|\bversus\b|\bdifference\b",
    ),
    (
        "rate",
        r"\bho?w (?:often|frequent\w*|many times)\b",
        r"\bhow often\b",
    ),
    (
        "heal",
        (
            r"\b(?:ho?w (?:long|soon|quick\w*|fast)"
            r"|when(?:'?s|'?ll| (?:will|would|is|am|are|does)| i can expect))\b"
            rf".{{0,80}}\b{_OVER}"
            # "When can I lift again", "how long until I can play"
            r"|\bwhen (?:can|could|will|may|am) i\b.{0,60}\b(?:again|back)\b"
            r"|\bhow (?:long|soon|many \w+) (?:un)?til+ i can\b|\bhow (?:long|soon) before i can\b"
            # "Will it ever go away"
            r"|\b(?:will|does|do|is|are|can) (?:it|this|that|they|(?:the |my )?(?:backs?|pains?))"
            r"(?: (?:ever|just|all|usually|really|going to|gonna))* "
            r"(?:get better|heal|go away|mend|clear up|recover)\b"
        ),
        (
            r"\bheal(?:s|ing)?\b|\brecover(?:y|s|ing)?\b|\bhow long .*\blast\b|\boutlook\b"
            r"|\bprognosis\b|\bget (?:better|worse)\b"
        ),
    ),
    (
        "time",
        (
            rf"\bho?w (?:long|soon)\b(?!.{{0,80}}\b{_OVER})"
            rf"(?! (?:before|until|till|do i wait|should i wait).{{0,40}}\b{_WHOM}\b)"
            r"|\bho?w many (?:hour|day|week|month)s?\b"
        ),
        r"\bhow long\b(?!.*\bheal\b)",
    ),
    (
        "who",
        r"^(?:(?:and|so|but|ok|okay) )*who (?!gets|is at risk|(?:in|dis)\w+ed\b)",
        r"^who\b|^which professionals?\b|\bprofessional do\b|^what does an? .* do(?! to)\b",
    ),
    (
        "somebody",
        (
            r"(?:\bwh?en\b"
            r"|\bho?w (?:long|soon|many \w+) (?:(?:before|until|till?|do|should) )*(?:i )?"
            r"|\b(?:should|shud|must|do|would|need|time) (?:i |to ))"
            rf"(?!.*\b{_FIRST}){_FEW}{_WHOM}\b"
        ),
        rf"\bwhen (?:should i|do i|to|you should) {_FEW}{_WHOM}\b",
    ),
)
_KEPT, _MADE_BY = "intent.bin", (Path(__file__), Path(kept.__file__))
_NOT = frozenset({"not"})
# What a section may well hold without its heading promising it.
_NO_LOSS = frozenset({"who", "rate", "time", "exercise", "differ", "leads", "somebody"})
# Whose headings say less than their sentences, or are of too many things.
_NO_LEAD = frozenset({"leads", "exercise", "time", "heal", "means"})
# Any other "why" asks what brings something about: "why do discs dry out", "how come it is worse".
_WHY = compiled(r"\b(?:why|how come)\b(?! (?:not|bother|should))")
_REASONS = frozenset({"cause", "effect"})
_PART = compiled(r"[?!;]+|\.\s|\n")


# Of articles' texts only, never of people's.
@lru_cache(maxsize=4096)
def kinds_of_heading(heading: str) -> frozenset[str]:
    """What a section's heading promises.

    Args:
        heading: As it stands in the article; "" for an introduction.
    """
    plain = _plain(heading)
    return frozenset(kind for kind, _, says in _kinds() if says.search(plain))


def kinds_of_question(text: str) -> frozenset[str]:
    """What a person wants to know: of what was said last, where several things are.

    Not of anything before that: a follow-up that is of no kind ("and at work?") does not ask for
    what was asked before it.

    Args:
        text: With its spelling put right; a follow-up behind what it follows up.
    """
    said = [plain for part in _PART.split(text) if (plain := _plain(part))]
    if not said:
        return frozenset()
    kinds = frozenset(kind for kind, asks, _ in _kinds() if asks.search(said[-1]))
    # "Which exercises should I avoid" asks for no exercises.
    kinds = kinds & _NOT or kinds
    return _REASONS if not kinds and _WHY.search(said[-1]) else kinds


@cache
def _kinds() -> tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]:
    """Each kind, what asks for it and what promises it."""
    plain: list[tuple[str, tuple[Any, ...], tuple[Any, ...]]] = kept.get(
        _KEPT,
        kept.key_of(_MADE_BY),
        lambda: [(kind, *map(kept.plain_pattern, both)) for kind, *both in _LISTED],
    )
    return tuple(
        (kind, kept.pattern_of(asks), kept.pattern_of(says)) for kind, asks, says in plain
    )


def bonus(asked: frozenset[str], heading: str) -> float:
    """What a passage gains under this heading: `GAIN`, 0 or `-LOSS`.

    Args:
        asked: As `kinds_of_question` gives it.
        heading: What the passage stands under.
    """
    promised = kinds_of_heading(heading)
    if not asked or not promised:
        return 0.0
    if asked & promised:
        return GAIN
    return 0.0 if asked <= _NO_LOSS else -LOSS


def reordered(found: Retrieval, asked_last: str) -> Retrieval:
    """What was found, in the order that the headings give it as well.

    Args:
        found: For a question.
        asked_last: What was asked: of a follow-up the last turn, which may ask for another kind of
            thing than what it follows up ("what causes knots", "how do I get rid of them").

    Returns:
        The same hits; those with a heading of the kind that is asked for have gained. The
        signals stay, since the decision to answer was fitted without this.
    """
    asked = kinds_of_question(asked_last)
    if not asked:
        return found
    gained = [replace(h, score=h.score + bonus(asked, h.passage.section)) for h in found.hits]
    gained.sort(key=lambda hit: (-hit.score, hit.rank))
    hits = tuple(replace(hit, rank=rank) for rank, hit in enumerate(gained, start=1))
    return replace(found, hits=hits)


def led_by_what_is_asked(hits: Sequence[Hit], asked_last: str) -> list[Hit]:
    """The hits, those higher in score whose headings promise what is asked for.

    A passage that has the question's words in one sentence is else quoted before the one that is
    about what is asked: "are knots a warning sign" before "what causes knots".

    Args:
        hits: Best first.
        asked_last: As for `reordered`.

    Returns:
        In the order given.
    """
    asked = kinds_of_question(asked_last) - _NO_LEAD
    return [
        replace(hit, score=hit.score + _LEAD) if bonus(asked, hit.passage.section) > 0 else hit
        for hit in hits
    ]


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("\u2019", "'").split())
