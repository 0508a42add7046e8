"""The tests of context, put together: the first that holds says how a sign is spoken of.

In doubt a sign is present (docs/safety.md, H2), so a sign that no test reads otherwise stays.
"""

from __future__ import annotations

from collections.abc import Callable

from backbot.triage.context.denial import answered_no, denied
from backbot.triage.context.experiencer import (
    cancer_of_kin,
    in_training,
    of_an_animal,
    of_kin_long_ago,
    of_people,
    of_the_dead,
)
from backbot.triage.context.history import as_a_child, historical
from backbot.triage.context.hypothetical import supposed
from backbot.triage.context.mention import HISTORY_COUNTS, Judgement, Mention
from backbot.triage.context.questions import asked_about, feared_without_signs
from backbot.triage.context.reported import asked_what, in_a_story, quoted
from backbot.triage.context.utterance import Utterance

_Test = Callable[[Utterance, Mention], Judgement | None]

_TESTS: tuple[_Test, ...] = (
    quoted, answered_no, in_training, of_an_animal, of_people, of_kin_long_ago, cancer_of_kin,
    of_the_dead, asked_what, feared_without_signs,
)  # fmt: skip
# "read about cauda equina and every bit of it is me": asked about, and had
_UNLESS_CLAIMED: tuple[_Test, ...] = (in_a_story, supposed, asked_about)
_OF_THE_PAST: tuple[_Test, ...] = (as_a_child, historical)
# What could be done before: it has ended, and "not any more" says so.
_ENDED = frozenset({"could_before", "limb_could_before"})
_COUNTS_ALWAYS = HISTORY_COUNTS | _ENDED


def judge(said: Utterance, mention: Mention, own: set[int]) -> Mention:
    """The mention with its status.

    Args:
        said: The text.
        mention: As found in it.
        own: Tokens of the sign's own words within it; a negation there is part of the sign.
    """
    found = _judgement(said, mention, own)
    if found is None:
        return mention
    status, cue, effective = found
    return mention._replace(status=status, cue=cue, effective=effective)


def _judgement(said: Utterance, mention: Mention, own: set[int]) -> Judgement | None:
    if mention.concept not in _ENDED and (found := denied(said, mention, own)):
        return found
    tests = _TESTS
    if not (said.claimed or said.has_lasted(mention)):
        tests += _UNLESS_CLAIMED
        if mention.concept not in _COUNTS_ALWAYS:
            tests += _OF_THE_PAST
    for test in tests:
        if found := test(said, mention):
            return found
    return None
