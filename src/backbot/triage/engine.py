"""The escalation engine: `assess(text, state, now)` → what to say first, and the state after it.

Pure: no I/O, no clock, no model. Rules are data (`rules/*.toml`); conversation rules follow the
escalation specification, section 2. The engine never lowers an open tier but at a window's end.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import lru_cache

from backbot.frozen import dataclass
from backbot.model import (
    Assessment,
    Finding,
    FindingStatus,
    OpenConcept,
    Tier,
    TriageState,
)
from backbot.triage.apart import told_apart
from backbot.triage.clarify import ASKED_ABOUT, says_changed
from backbot.triage.languages import (
    PhraseHit,
    find_phrases,
    foreign_words,
    is_foreign_script,
    may_be_in,
)
from backbot.triage.match import RED_CONCEPTS, Mention, Reader, Reading
from backbot.triage.pieces import (
    JOIN_WITHIN_S,
    joined,
    only_answers,
    only_nods,
    recent_after,
    second_side,
    takes_back,
)
from backbot.triage.replies import claims, is_confused, may_claim, says_yes
from backbot.triage.rules import (
    Combination,
    Compose,
    Rule,
    RuleSet,
    TierChange,
    load_rules,
)
from backbot.triage.senses import united

logger = logging.getLogger(__name__)

HOUR = 3600.0
REPEAT_FULL_S = 24 * HOUR
_AGE_RULE = "C19"  # a child: one tier higher than the signs alone
_CRISIS = frozenset({"suicidal_thoughts"})
# What the nets under all rules find: told only where no rule has read the same words.
_NETS = frozenset({"limb_change_told", "private_change_told"})
# Signs of the other languages that ask for an ambulance, as their rules in English do.
_CALLED_FOR = frozenset({"chest_pain", "stroke_signs", "aortic_tearing_pain", "overdose"})
_OTHER_TOO, _NEXT_SIDE = "m_other_too", "m_next_side"
_ON_A_SIDE = frozenset({"leg_on_left", "leg_on_right"})
_OF_LEGS = frozenset({"leg", "leg_both"})
_POISONED = "overdose"  # may be self-harm: the crisis text goes with it
AFFIRMED = "YES"  # stands among the combinations where a yes to the bot's question decided
JOINED = "JOINED"
"""Stands for a sentence sent in several messages, read as one."""
_YES_IN = {
    "si": "es", "sim": "pt", "oui": "fr", "ja": "de", "да": "ru", "da": "ru", "نعم": "ar",
    "haan": "hi-Latn", "ह": "hi", "oo": "tl", "opo": "tl",
}  # fmt: skip
ASK, ASK_CHANGE, ASK_CRISIS = "ask", "ask_change", "ask_crisis"
EMERGENCY_INFO, NERVE_INFO = "emergency_info", "nerve_info"  # notes that list signs
NOT_REVIEWED = "not yet reviewed by a clinician"
_TEMPLATE_ORDER = ("emergency_call", "emergency_trauma", "emergency")
# Topics an answer leaves out while a tier is open (specification, sections 0 and 2).
SUPPRESS_URGENT = frozenset({"exercise", "stretching", "massage", "manual therapy"})
SUPPRESS_EMERGENCY = SUPPRESS_URGENT | {"heat", "cold", "stay active"}


@dataclass(frozen=True, slots=True)
class Windows:
    """How long a tier stays open after its last trigger, in seconds (decision D7)."""

    emergency_s: float = 72 * HOUR
    urgent_s: float = 72 * HOUR
    nerve_s: float = 168 * HOUR

    def of(self, tier: Tier) -> float:
        """The window of a tier; 0 for none."""
        return {
            Tier.EMERGENCY: self.emergency_s,
            Tier.URGENT: self.urgent_s,
            Tier.NERVE: self.nerve_s,
        }.get(tier, 0.0)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Tier, template and reasons of a set of signs."""

    tier: Tier
    template: str
    combinations: tuple[str, ...]


@lru_cache(maxsize=1)
def default_reader() -> Reader:
    """The reader of the packaged rules, made once."""
    return Reader(load_rules())


@dataclass(frozen=True, slots=True)
class InForce:
    """The rules that are in force.

    Attributes:
        rules: The packaged ones, with the tiers that a clinic has changed.
        reader: Finds their signs.
        own: Finds the signs of the clinic's own rules; None where it has none.
        own_rules: The clinic's own rules.
        changes: The tiers that it has changed.
    """

    rules: RuleSet
    reader: Reader
    own: Reader | None = None
    own_rules: tuple[Rule, ...] = ()
    changes: tuple[TierChange, ...] = ()

    def named(self) -> dict[str, Rule | Compose]:
        """Every rule by id, the clinic's own too."""
        return {rule.rule_id: rule for rule in (*self.rules.all_rules(), *self.own_rules)}

    @property
    def lowered(self) -> tuple[TierChange, ...]:
        """The packaged rules that give less than their packaged tier."""
        return tuple(change for change in self.changes if change.after < change.before)

    def own_signs(self, text: str) -> frozenset[str]:
        """Signs of a tier that the clinic's own rules find, however they are spoken of."""
        reading = _own_reading(self, text, ())
        return frozenset(m.concept for m in reading.mentions if m.tier) if reading else frozenset()


@lru_cache(maxsize=1)
def packaged_rules() -> InForce:
    """The packaged rules as they are."""
    return InForce(load_rules(), default_reader())


@dataclass(frozen=True, slots=True)
class _Turn:
    """One text within its conversation, judged but not yet answered.

    Attributes:
        reading: What stands in the text.
        mentions: Every sign in it, those of the clinic's own rules last.
        state: Before the text, what ran out closed.
        now: POSIX time.
        ended: Whether an open tier just ran out.
        signs: Concepts of this text that count.
        keys: All that combinations may look at in this text.
        tier: Of this text, with what was open before.
        verdict: Where the tier comes from.
        crisis: Whether it speaks of suicide.
        again: The text's other readings that found more.
    """

    reading: Reading
    mentions: tuple[Mention, ...]
    state: TriageState
    now: float
    ended: bool
    signs: frozenset[str]
    keys: frozenset[str]
    tier: Tier
    verdict: Verdict
    crisis: bool
    again: tuple[Reading, ...] = ()

    @property
    def open_tier(self) -> Tier:
        """Open after the text: it only goes up within the window."""
        return max(self.state.open_tier, self.tier)

    @property
    def open_signs(self) -> frozenset[str]:
        """What was told before."""
        return frozenset(c.concept for c in self.state.concepts)


def assess(
    text: str,
    state: TriageState,
    now: float,
    windows: Windows | None = None,
    rules: InForce | None = None,
) -> Assessment:
    """Assess one text within its conversation.

    Args:
        text: As typed; any length, any script.
        state: What the last assessment returned, or `TriageState()`.
        now: POSIX time.
        windows: How long tiers stay open.
        rules: With what a clinic added and changed; the packaged ones without.

    Returns:
        The assessment; its `state` goes in with the next text.
    """
    rules = rules or packaged_rules()
    state, ended = _expire(state, now, windows or Windows())
    previous = tuple(state.previous.split(",")) if state.previous else ()
    languages = may_be_in(text)
    reading = rules.reader.read(text, previous, foreign_words(text, languages))
    of_leg = not _OF_LEGS.isdisjoint(previous)
    if second_side(text, reading.tokens, of_leg=of_leg) or _is_next_leg(reading, state):
        reading.modifiers |= {_OTHER_TOO}
    if _is_on_the_same_side(reading, state):
        reading.modifiers -= {_OTHER_TOO}
    own = _own_reading(rules, text, previous)
    foreign = find_phrases(text, languages)
    turn = _judged(reading, own, foreign, state=state, now=now, in_force=rules, ended=ended)
    whole = joined(state.recent, state.recent_at, text, reading.tokens, now)
    yes = reading.yes and not takes_back(text)
    answers = reading.gone or reading.seen or reading.cleared or yes
    told = any(_counts(m) and m.tier for m in turn.mentions)  # "saddle area" alone tells no sign
    complete = answers or (told and state.recent_signs)
    if whole and turn.tier < Tier.EMERGENCY and not complete:
        # two signs are no pieces of one (combinations see to them), nor is "thats gone now"
        turn = _read_as_one(turn, whole, rules)
    most = turn.tier is Tier.EMERGENCY and turn.crisis
    if not most and (part := rules.reader.doubtful_part(text, reading)):
        spared = foreign_words(text, languages)
        known = reading.tokens if part == text else None
        again = rules.reader.read(part, previous, spared, doubting=True, tokens=known)
        turn = _read_again(turn, again, own, foreign, rules)
    if turn.tier < Tier.EMERGENCY:
        turn = _read_apart(text, reading, previous, turn, own=own, foreign=foreign, rules=rules)
    template = _template(turn)
    recent = recent_after(state.recent, whole, text, reading.tokens)
    new_state = _after(turn, foreign, template, recent)
    note = None if template else _note_of(turn, new_state, text, foreign)
    if _asks_for_change(turn):
        note = ASK_CHANGE
        new_state = replace(new_state, asked=True, asked_change=True)
    elif not template and not turn.open_tier and (question := _asks_again(turn)):
        note = question
        new_state = replace(new_state, asked=True, asked_crisis=question == ASK_CRISIS)
    if note in {EMERGENCY_INFO, NERVE_INFO}:
        new_state = replace(new_state, listed=note)
    return Assessment(
        tier=turn.tier,
        open_tier=turn.open_tier,
        template=template,
        note=note,
        findings=_findings(text, (reading, *turn.again, own), foreign),
        combinations=turn.verdict.combinations,
        suppress=frozenset() if new_state.cleared else _suppress(turn.open_tier),
        replaces_answer=turn.open_tier is Tier.EMERGENCY and not new_state.seen,
        language=new_state.language,
        third_person=reading.third_person and not _first_person(reading),
        state=new_state,
    )


def _own_reading(rules: InForce, text: str, previous: Sequence[str]) -> Reading | None:
    """What the clinic's own rules find. A fault there takes nothing of the others away."""
    if rules.own is None:
        return None
    try:
        return rules.own.read(text, previous)
    except Exception:
        logger.exception("the clinic's own rules failed")
        return None


def _judged(
    reading: Reading,
    own: Reading | None,
    foreign: Sequence[PhraseHit],
    *,
    state: TriageState,
    now: float,
    in_force: InForce,
    ended: bool,
) -> _Turn:
    """The text's signs together with what is open.

    The clinic's own signs can only add: the packaged ones are judged without them too, and the
    higher of the two counts.
    """
    rules = in_force.rules
    mentions = _noted(reading.mentions, in_force)
    packaged = [m for m in mentions if _counts(m)]
    added = [m for m in own.mentions if _counts(m)] if own else []
    present = [*packaged, *added]
    signs = frozenset(m.concept for m in present) | {sign.concept for sign in foreign}
    keys = _keys(packaged, reading) | {sign.concept for sign in foreign}
    readings = [(packaged, keys)]
    if added:
        keys = keys.union(*(m.keys for m in added))
        readings.append((present, keys))
    verdict = _highest([judge(found, known, rules) for found, known in readings])
    for sign in foreign:
        if sign.tier > verdict.tier or (sign.tier == verdict.tier and not verdict.template):
            template = _foreign_template(sign.concept)
            verdict = Verdict(sign.tier, template, verdict.combinations)
    affirmed = _affirms(reading, state)
    if state.listed == NERVE_INFO and claims(reading.tokens):
        nerve = Verdict(Tier.NERVE, "nerve", (AFFIRMED,))
        verdict = _highest([nerve, verdict])
    if affirmed:
        verdict = Verdict(Tier.EMERGENCY, "emergency", (AFFIRMED,))
        if state.asked_crisis:
            keys |= _CRISIS
        elif not state.asked_change:
            keys |= {"listed_signs"}
    before = {c.concept for c in state.concepts}
    course = _course_of(state, reading.course, now)
    keys |= course
    if before and keys - before:
        known_before = before | course
        union = _highest([judge(found, known | known_before, rules) for found, known in readings])
        if union.tier > verdict.tier:
            verdict = union
    return _Turn(
        reading=reading,
        mentions=(*mentions, *(own.mentions if own else ())),
        state=state,
        now=now,
        ended=ended,
        signs=signs,
        keys=keys,
        tier=verdict.tier,
        verdict=verdict,
        crisis=(
            bool(_CRISIS & signs)
            or (_POISONED in signs and "m_child" not in keys)
            or (affirmed and state.asked_crisis)
        ),
    )


def _course_of(state: TriageState, course: Collection[str], now: float) -> set[str]:
    """The course that this text tells of signs of the messages just before it."""
    return {
        f"{c.concept}+{name}"
        for c in state.concepts
        for name in course
        if "+" not in c.concept and now - c.at <= JOIN_WITHIN_S
    }


def _read_as_one(turn: _Turn, whole: str, rules: InForce) -> _Turn:
    """The turn with what its text means together with the pieces sent before, if that is more."""
    languages = may_be_in(whole)
    reading = rules.reader.read(whole, (), foreign_words(whole, languages))
    known = turn.reading.modifiers | turn.open_signs
    if _OTHER_TOO not in known and not any(sign.startswith("leg_") for sign in known):
        # "since monday" / "my foot is numb too": besides a back, and no second foot
        reading.modifiers -= {_OTHER_TOO}
    together = _judged(
        reading,
        _own_reading(rules, whole, ()),
        find_phrases(whole, languages),
        state=turn.state,
        now=turn.now,
        in_force=rules,
        ended=turn.ended,
    )
    if together.tier <= turn.tier or (_is_told_already(together) and not turn.tier):
        return turn
    verdict = replace(together.verdict, combinations=(*together.verdict.combinations, JOINED))
    # offsets are those of the text as typed, so the findings stay those of the text alone
    return replace(together, verdict=verdict, reading=turn.reading, mentions=turn.mentions)


def _is_told_already(together: _Turn) -> bool:
    """Whether two pieces as one say no more than the emergency message that went out before.

    "Cant wee" / "i dont want to go": the reminder's turn, not that of one more sign.
    """
    template = together.verdict.template or "emergency"
    told = together.state.open_tier is Tier.EMERGENCY and not together.crisis
    return told and template in {"emergency", together.state.template}


def _read_as(turn: _Turn, status: FindingStatus) -> list[tuple[int, int]]:
    """The places of signs that were read so."""
    return [(m.start, m.stop) for m in turn.reading.mentions if m.status is status]


def _read_apart(
    text: str,
    reading: Reading,
    previous: Sequence[str],
    turn: _Turn,
    *,
    own: Reading | None,
    foreign: Sequence[PhraseHit],
    rules: InForce,
) -> _Turn:
    """The turn with what the message says when it begins anew where it may, if that is graver.

    A fault there takes nothing away of what has been found.
    """
    asked = _read_as(turn, FindingStatus.INFORMATIONAL)
    denied = _read_as(turn, FindingStatus.NEGATED)
    try:
        apart = told_apart(text, reading.tokens, asked, denied)
        if not apart:
            return turn
        again = rules.reader.read(text, previous, tokens=apart)
        return _read_again(turn, again, own, foreign, rules)
    except Exception:
        logger.exception("the second reading failed")
        return turn


def _read_again(
    turn: _Turn, again: Reading, own: Reading | None, foreign: Sequence[PhraseHit], rules: InForce
) -> _Turn:
    """The turn with what another reading of its text finds, if that is more.

    Misspelt words are read as all that they may mean: "lst" is the nearest to "last", and as near
    to "lost". Lines are read as sentences (`apart`). In doubt, it is what harms. Whatever the
    first reading found stays found: of a long text only a part is read again.
    """
    doubted = _judged(
        again,
        own,
        foreign,
        state=turn.state,
        now=turn.now,
        in_force=rules,
        ended=turn.ended,
    )
    if doubted.tier <= turn.tier and (turn.crisis or not doubted.crisis):
        return turn
    return replace(
        doubted if doubted.tier > turn.tier else turn,
        reading=turn.reading,
        again=(*turn.again, again),
        mentions=(*turn.mentions, *doubted.mentions),
        signs=turn.signs | doubted.signs,
        keys=turn.keys | doubted.keys,
        crisis=turn.crisis or doubted.crisis,
    )


def _highest(verdicts: Sequence[Verdict]) -> Verdict:
    """The highest; of equal ones the last, which knows the most signs."""
    return max(reversed(verdicts), key=lambda verdict: verdict.tier)


def _noted(mentions: Sequence[Mention], in_force: InForce) -> list[Mention]:
    """The mentions; those of a rule that a clinic lowered to none still bring the soft note."""
    silent = {c.rule_id for c in in_force.changes if c.after is Tier.NONE}
    return [m._replace(note=NERVE_INFO) if m.rule_id in silent else m for m in mentions]


def _affirms(reading: Reading, state: TriageState) -> bool:
    """Whether it says yes to what was asked in the message before."""
    if not state.asked:
        return state.listed == EMERGENCY_INFO and claims(reading.tokens)
    if state.asked_change and not state.asked_crisis:
        return says_changed(reading.tokens, reading.modifiers, yes=reading.yes)
    return reading.yes or says_yes(reading.tokens, crisis=state.asked_crisis)


def _asks_again(turn: _Turn) -> str:
    """The question about signs, where what was asked or listed before waits for an answer; or "".

    "What do you mean" does not end a question, and a bare "yes" to a list is no answer yet.
    """
    state, tokens = turn.state, turn.reading.tokens
    if state.asked and not state.asked_change and is_confused(tokens):
        return ASK_CRISIS if state.asked_crisis else ASK
    return ASK if state.listed and may_claim(tokens, yes=turn.reading.yes) else ""


def _asks_for_change(turn: _Turn) -> bool:
    """Whether to ask if an old sign is new or worse: once while a tier is open (C21)."""
    return (
        turn.open_tier is Tier.URGENT
        and not turn.state.asked_change
        and any(
            _counts(m) and m.concept in ASKED_ABOUT and f"{m.concept}+stable" in turn.keys
            for m in turn.mentions
        )
    )


def _after(
    turn: _Turn, foreign: Sequence[PhraseHit], template: str | None, recent: str
) -> TriageState:
    """The state that goes in with the next text."""
    state, reading = turn.state, turn.reading
    full = template if template in _FULL else None
    seen = state.seen or (reading.seen and bool(state.open_tier))
    language = state.language if state.open_tier else "en"
    if AFFIRMED in turn.verdict.combinations and language == "en" and len(reading.tokens) == 1:
        # "sí", to a list of signs that the bot gave in Spanish: all that is known of the language
        language = _YES_IN.get(reading.tokens[0].word, language)
    return replace(
        state,
        open_tier=turn.open_tier,
        opened_at=turn.now if turn.tier else state.opened_at,
        concepts=_merge(state.concepts, turn.keys, turn.now),
        template=full or state.template,
        full_sent_at=turn.now if full else state.full_sent_at,
        seen=seen and not turn.tier,
        cleared=(state.cleared or reading.cleared) and seen and not turn.tier,
        asked=False,
        asked_crisis=False,
        listed=state.listed if only_nods(reading.tokens) else "",
        previous=_parts_told(turn, goes_on=recent != state.recent or only_answers(reading.tokens)),
        language=foreign[0].language if foreign else language,
        recent=recent,
        recent_at=turn.now,
        recent_signs=bool(turn.signs),
    )


def _parts_told(turn: _Turn, *, goes_on: bool) -> str:
    """Body parts that the next text may speak of: "his legs" / "both of them" / "theyre numb".

    Args:
        turn: This text.
        goes_on: Whether it is a piece of a sentence, or an answer, so that what was told holds.
    """
    parts = turn.reading.parts
    if not parts and goes_on and turn.now - turn.state.recent_at <= JOIN_WITHIN_S:
        parts = tuple(turn.state.previous.split(","))
        if _OTHER_TOO in turn.reading.modifiers and "leg" in parts:
            parts = (*(part for part in parts if part != "leg"), "leg_both")
    return ",".join(dict.fromkeys(filter(None, parts)))


def explain(
    assessment: Assessment,
    rules: InForce | None = None,
    reviewed: Mapping[str, str] | None = None,
) -> list[str]:
    """The assessment in lines that a clinician can follow, with offsets into the text as typed.

    Args:
        assessment: What `assess` gave.
        rules: Those it was given; the packaged ones without.
        reviewed: Rule id → "reviewed 2026-05-01 by AB CD; due 2027-05-01".
    """
    rules = rules or packaged_rules()
    named = rules.named()
    combos = {c.rule_id: c for c in rules.rules.combinations}
    present = [f for f in assessment.findings if f.status is FindingStatus.PRESENT]
    fired = list(dict.fromkeys(f.rule_id for f in present))
    joined = [c for c in assessment.combinations if c in combos]
    tags = [f"{i} v{named[i].version}" if i in named else i for i in fired]
    tags += [f"{c} v{combos[c].version}" for c in joined]
    head = (
        f"tier={assessment.tier.label} open={assessment.open_tier.label} "
        f"template={assessment.template or '-'} note={assessment.note or '-'} "
        f"rules=[{', '.join(tags)}]"
    )
    lines = [head]
    for finding in assessment.findings:
        place = f'span[{finding.start}:{finding.end}]="{finding.span}" concept={finding.concept}'
        if finding.status is FindingStatus.PRESENT:
            lines.append(f"{place} status=present tier={finding.tier.label}")
        else:
            lines.append(f'{place} status={finding.status} by "{finding.cue}"')
    own = {rule.rule_id for rule in rules.own_rules}
    told = [(i, named[i].rationale, named[i].source) for i in fired if i in named]
    told += [(c, combos[c].why, combos[c].source) for c in joined]
    for rule_id, reason, source in told:
        state = (reviewed or {}).get(rule_id, NOT_REVIEWED)
        whose = "The clinic's own rule. " if rule_id in own else ""
        lines.append(f"why {rule_id}: {reason} {whose}Source {' '.join(source)}; {state}.")
    if JOINED in assessment.combinations:
        lines.append(f"why {JOINED}: read as one with the short messages before it.")
    if AFFIRMED in assessment.combinations:
        lines.append(f"why {AFFIRMED}: the message before asked, and this one does not say no.")
    met = {f.rule_id for f in assessment.findings} | set(assessment.combinations)
    lines.extend(f"changed by the clinic: {c}" for c in rules.changes if c.rule_id in met)
    return lines


def negated(sentence: str, start: int, end: int) -> bool:
    """Whether the words `sentence[start:end]` are negated, whatever they are."""
    return default_reader().negated(sentence, start, end)


# ------------------------------------------------------------------ from signs to a tier


def judge(present: Sequence[Mention], keys: AbstractSet[str], rules: RuleSet) -> Verdict:
    """The highest tier of signs and combinations.

    Args:
        present: Signs of this text that count.
        keys: Everything combinations may look at, this text's and what is open.
        rules: The rule set.
    """
    tier, template = Tier.NONE, ""
    lowered = _lowered(present, keys)
    for mention in present:
        effective = min(mention.effective, lowered.get(mention.concept, Tier.EMERGENCY))
        own = mention.template if effective is mention.tier else ""
        tier, template = _higher(tier, template, effective, own)
    fired: list[str] = []
    of_signs = tier
    for combination in rules.combinations:
        if combination.all_of and combination.all_of[0].isdisjoint(keys):
            continue  # nearly all, so it is seen without a call
        if _fires(combination, keys):
            fired.append(combination.rule_id)
            tier, template = _higher(tier, template, combination.then, combination.template)
            if not combination.rule_id.startswith(_AGE_RULE):
                of_signs = max(of_signs, combination.then)
    if "m_child" in keys and Tier.NONE < of_signs < Tier.EMERGENCY:
        if _AGE_RULE not in fired:
            fired.append(_AGE_RULE)
        if of_signs + 1 > tier:
            tier, template = Tier(of_signs + 1), ""
    return Verdict(tier, template, tuple(fired))


def _higher(tier: Tier, template: str, other: Tier, own: str) -> tuple[Tier, str]:
    """The higher of two tiers with its message; of equal ones the more pressing message."""
    if other > tier:
        return other, own
    return (tier, _prefer(template, own)) if other == tier and own else (tier, template)


def _fires(combination: Combination, keys: AbstractSet[str]) -> bool:
    for group in combination.all_of:
        if group.isdisjoint(keys):
            return False
    if combination.any_of and combination.any_of.isdisjoint(keys):
        return False
    return combination.none_of.isdisjoint(keys)


def _lowered(present: Sequence[Mention], keys: AbstractSet[str]) -> dict[str, Tier]:
    """C20, C21, C22: long-standing and unchanged, or gone within minutes."""
    out: dict[str, Tier] = {}
    worse = {"m_worse", "m_sudden"} & set(keys)
    for mention in present:
        concept = mention.concept
        if concept in RED_CONCEPTS and f"{concept}+stable" in keys and not worse:
            out[concept] = Tier.URGENT
        if f"{concept}+positional" in keys and f"{concept}+brief_fine" in keys:
            if concept == "saddle_numbness":
                out[concept] = Tier.URGENT
            elif concept in {"limb_numbness", "tingling", "numbness"}:
                out[concept] = Tier.NONE
    return out


def _prefer(first: str, second: str) -> str:
    for name in _TEMPLATE_ORDER:
        if name in {first, second}:
            return name
    return first or second


def _counts(mention: Mention) -> bool:
    return mention.status is FindingStatus.PRESENT or (
        mention.status is FindingStatus.HISTORICAL and mention.effective > Tier.NONE
    )


def _keys(present: Iterable[Mention], reading: Reading) -> frozenset[str]:
    keys: set[str] = set(reading.modifiers)
    for mention in present:
        keys |= mention.keys
    return frozenset(keys)


# ------------------------------------------------------------------ conversation


def _expire(state: TriageState, now: float, windows: Windows) -> tuple[TriageState, bool]:
    """The state with what has run out closed, and whether the open tier ended."""
    longest = max(windows.emergency_s, windows.urgent_s, windows.nerve_s)
    if any(now - c.at > longest for c in state.concepts):
        concepts = tuple(c for c in state.concepts if now - c.at <= longest)
        state = replace(state, concepts=concepts)
    if state.open_tier and now - state.opened_at > windows.of(state.open_tier):
        closed = TriageState(previous=state.previous, language=state.language)
        return closed, True
    return state, False


def _merge(
    concepts: Sequence[OpenConcept], keys: Iterable[str], now: float
) -> tuple[OpenConcept, ...]:
    times = {c.concept: c.at for c in concepts}
    # "m_" modifiers of one message say nothing about the next, but for what stays true.
    lasting = {
        "m_inject", "m_immune", "m_procedure", "m_thinner", "m_child",
        "m_fall", "m_height", "m_spine", "m_surgery", "m_upper_back", "m_sweat_explained",
    }  # fmt: skip
    times.update({key: now for key in keys if not key.startswith("m_") or key in lasting})
    return tuple(OpenConcept(key, at) for key, at in sorted(times.items()))


_PHYSICAL = ("emergency", "emergency_call", "emergency_trauma", "urgent", "nerve")
_FULL = frozenset({*_PHYSICAL, "crisis", *(f"crisis+{name}" for name in _PHYSICAL)})


def _template(turn: _Turn) -> str | None:
    """Which message goes first."""
    if turn.tier:
        return _crisis_template(turn) if turn.crisis else _sign_template(turn)
    if turn.ended:
        return "window_end"
    return _open_template(turn) if turn.state.open_tier else None


def _crisis_template(turn: _Turn) -> str:
    """The crisis text, and after it that of the highest physical sign (C25)."""
    if AFFIRMED in turn.verdict.combinations:
        return "crisis+emergency"  # the question had the signs of the body under it
    physical = [m for m in turn.mentions if _counts(m) and m.concept not in _CRISIS and m.tier]
    if not physical:
        return "crisis+emergency_call" if _POISONED in turn.signs else "crisis"
    top = max(physical, key=lambda m: (m.effective, bool(m.template)))
    return f"crisis+{top.template or top.effective.label}"


def _sign_template(turn: _Turn) -> str:
    """The full message for what is new, higher or a day old; else one line."""
    label = turn.open_tier.label
    stale = turn.now - turn.state.full_sent_at >= REPEAT_FULL_S
    if turn.tier > turn.state.open_tier or stale or turn.signs - turn.open_signs:
        return turn.verdict.template or label
    return _short(turn.state)


def _open_template(turn: _Turn) -> str | None:
    """What a text without signs gets while a tier is open."""
    state, reading = turn.state, turn.reading
    if reading.seen and not state.seen:
        return "seen"
    if reading.gone:
        return "gone_emergency" if state.open_tier is Tier.EMERGENCY else "gone_other"
    if state.seen:
        return None
    if turn.now - state.full_sent_at >= REPEAT_FULL_S:
        return state.template or state.open_tier.label
    short = _short(state)
    if reading.hesitation and short == "emergency_short":
        return f"emergency_{reading.hesitation}"
    return short


def _short(state: TriageState) -> str:
    """One line for what is open. Who is in despair is not told of an emergency "to be checked"."""
    signs = {c.concept for c in state.concepts if not c.concept.startswith("m_")}
    if state.open_tier is Tier.EMERGENCY and signs and signs <= _CRISIS:
        return "crisis_short"
    return f"{state.open_tier.label}_short"


def _note(turn: _Turn) -> str | None:
    """The soft note for signs that were only asked about, feared or long gone."""
    best: str | None = None
    for mention in turn.mentions:
        if mention.status in {FindingStatus.NEGATED, FindingStatus.NOT_A_PERSON}:
            continue
        if mention.note:
            best = best or mention.note
        elif mention.tier is Tier.EMERGENCY:
            return EMERGENCY_INFO
        elif mention.tier:
            best = NERVE_INFO
    if best is None and turn.reading.pet:
        return "vet"
    return best


def _note_of(
    turn: _Turn, state: TriageState, text: str, foreign: Sequence[PhraseHit]
) -> str | None:
    """The soft note: while one was seen, or nobody can read the text, the safety net."""
    if turn.open_tier:
        return "safety_net" if state.seen else None
    if note := _note(turn):
        return note
    return "safety_net" if not foreign and is_foreign_script(text) else None


def _suppress(tier: Tier) -> frozenset[str]:
    if tier is Tier.EMERGENCY:
        return SUPPRESS_EMERGENCY
    return SUPPRESS_URGENT if tier is Tier.URGENT else frozenset()


def _is_next_leg(reading: Reading, state: TriageState) -> bool:
    """Whether "now in my left foot" comes after a sign in a leg that was told before."""
    return _NEXT_SIDE in reading.modifiers and any(
        open_sign.concept.startswith("leg_") for open_sign in state.concepts
    )


def _is_on_the_same_side(reading: Reading, state: TriageState) -> bool:
    """Whether what is told now and what was told before are of the left only, or of the right."""
    told = {key for mention in reading.mentions for key in mention.keys} & _ON_A_SIDE
    return len(told) == 1 and told == {c.concept for c in state.concepts} & _ON_A_SIDE


def _first_person(reading: Reading) -> bool:
    return any(t.word in {"i", "im", "ive"} for t in reading.tokens)


def _foreign_template(concept: str) -> str:
    if concept in _CRISIS:
        return "crisis"
    if concept in _CALLED_FOR:
        return "emergency_call"
    return "emergency_trauma" if concept == "trauma_major" else ""


def _findings(
    text: str, readings: Iterable[Reading | None], foreign: Sequence[PhraseHit]
) -> tuple[Finding, ...]:
    found = []
    for read in filter(None, readings):
        for m in read.mentions:
            start, end = read.tokens[m.start].start, read.tokens[m.stop - 1].end
            span = text[start:end]
            found.append(Finding(m.rule_id, m.concept, span, start, end, m.status, m.cue, m.tier))
    for sign in foreign:
        rule_id, span = f"L-{sign.language}", text[sign.start : sign.end]
        found.append(Finding(rule_id, sign.concept, span, sign.start, sign.end, tier=sign.tier))
    read_by_rules = united(
        sorted((f.start, f.end) for f in found if f.tier and f.status is FindingStatus.PRESENT)
    )
    told = [f for f in found if f.concept not in _NETS or not _lies_in(f, read_by_rules)]
    return tuple(sorted(dict.fromkeys(told), key=lambda f: (f.start, f.end, f.rule_id)))


def _lies_in(finding: Finding, places: Sequence[tuple[int, int]]) -> bool:
    """Whether it shares words with one of these places, which are sorted and lie apart."""
    before = bisect_left(places, (finding.end, 0))
    return before > 0 and finding.start < places[before - 1][1]
