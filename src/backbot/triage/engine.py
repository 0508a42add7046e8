"""The escalation engine: `assess(text, state, now)` → what to say first, and the state after it.

Pure: no I/O, no clock, no model. Rules are data (`rules/*.toml`); conversation rules follow the
escalation specification, section 2. The engine never lowers an open tier but at a window's end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import lru_cache

from backbot.model import (
    Assessment,
    Finding,
    FindingStatus,
    OpenConcept,
    Tier,
    TriageState,
)
from backbot.triage.languages import PhraseHit, find_phrases
from backbot.triage.match import RED_CONCEPTS, Mention, Reader, Reading
from backbot.triage.rules import Combination, RuleSet, load_rules

HOUR = 3600.0
REPEAT_FULL_S = 24 * HOUR
_AGE_RULE = "C19"  # a child: one tier higher than the signs alone
_CRISIS = frozenset({"suicidal_thoughts"})
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


def assess(
    text: str, state: TriageState, now: float, windows: Windows | None = None
) -> Assessment:
    """Assess one text within its conversation.

    Args:
        text: As typed; any length, any script.
        state: What the last assessment returned, or `TriageState()`.
        now: POSIX time.
        windows: How long tiers stay open.

    Returns:
        The assessment; its `state` goes in with the next text.
    """
    windows = windows or Windows()
    state, ended = _expire(state, now, windows)
    reading = default_reader().read(text, tuple(state.previous.split(",")) if state.previous else ())
    present = [m for m in reading.mentions if _counts(m)]
    foreign = find_phrases(text)
    own_keys = _keys(present, reading) | {sign.concept for sign in foreign}
    verdict = judge(present, own_keys, load_rules())
    for sign in foreign:
        if sign.tier > verdict.tier or (sign.tier == verdict.tier and not verdict.template):
            template = _foreign_template(sign.concept)
            verdict = Verdict(sign.tier, template, verdict.combinations)
    if reading.yes and state.asked:
        verdict = Verdict(Tier.EMERGENCY, "emergency", ("YES",))
        own_keys |= {"listed_signs"}
    open_keys = {c.concept for c in state.concepts}
    union = verdict
    if open_keys and own_keys - open_keys:
        union = judge(present, own_keys | open_keys, load_rules())
    tier_now = max(verdict.tier, union.tier) if _has_new(present, foreign, verdict, union) else verdict.tier
    trigger = union if union.tier > verdict.tier else verdict
    open_tier = max(state.open_tier, tier_now)
    crisis = any(m.concept in _CRISIS for m in present) or any(
        s.concept in _CRISIS for s in foreign
    )
    template = _template(reading, state, tier_now, trigger, own_keys, open_keys, now, ended, crisis)
    note = None if open_tier or template else _note(reading)
    full = template is not None and template in _FULL
    combos = trigger.combinations
    new_state = replace(
        state,
        open_tier=open_tier,
        opened_at=now if tier_now else state.opened_at,
        concepts=_merge(state.concepts, own_keys if tier_now or own_keys else frozenset(), now),
        template=template if full and template else state.template,
        full_sent_at=now if full else state.full_sent_at,
        seen=(state.seen or (reading.seen and bool(state.open_tier))) and not tier_now,
        asked=False,
        previous=",".join(reading.parts),
        language=foreign[0].language if foreign else state.language if state.open_tier else "en",
    )
    return Assessment(
        tier=tier_now,
        open_tier=open_tier,
        template=template,
        note=note,
        findings=_findings(text, reading, foreign),
        combinations=combos,
        suppress=_suppress(open_tier),
        replaces_answer=open_tier is Tier.EMERGENCY and not (new_state.seen),
        language=new_state.language,
        third_person=reading.third_person and not _first_person(reading),
        state=new_state,
    )


def explain(assessment: Assessment) -> list[str]:
    """The assessment in lines that a clinician can follow, with offsets into the text as typed."""
    rules = {r.rule_id: r for r in load_rules().all_rules()}
    combos = {c.rule_id: c for c in load_rules().combinations}
    fired = [
        f"{f.rule_id} v{rules[f.rule_id].version}" if f.rule_id in rules else f.rule_id
        for f in assessment.findings
        if f.status is FindingStatus.PRESENT
    ] + [f"{c} v{combos[c].version}" for c in assessment.combinations if c in combos]
    lines = [
        f"tier={assessment.tier.label} open={assessment.open_tier.label} "
        f"template={assessment.template or '-'} note={assessment.note or '-'} "
        f"rules=[{', '.join(dict.fromkeys(fired))}]"
    ]
    for finding in assessment.findings:
        place = f'span[{finding.start}:{finding.end}]="{finding.span}" concept={finding.concept}'
        if finding.status is FindingStatus.PRESENT:
            lines.append(f"{place} status=present tier={finding.tier.label}")
        else:
            lines.append(f'{place} status={finding.status} by "{finding.cue}"')
    for rule_id in dict.fromkeys(
        f.rule_id for f in assessment.findings if f.status is FindingStatus.PRESENT
    ):
        if rule_id in rules:
            rule = rules[rule_id]
            lines.append(
                f"why {rule_id}: {rule.rationale} Source {' '.join(rule.source)}; "
                "not yet reviewed by a clinician."
            )
    lines.extend(
        f"why {c}: {combos[c].why} Source {' '.join(combos[c].source)}; "
        "not yet reviewed by a clinician."
        for c in assessment.combinations
        if c in combos
    )
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
    return (
        all(group & keys for group in combination.all_of)
        and (not combination.any_of or bool(combination.any_of & keys))
        and not (combination.none_of & keys)
    )


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


def _has_new(
    present: Sequence[Mention], foreign: Sequence[PhraseHit], verdict: Verdict, union: Verdict
) -> bool:
    """Whether this text holds a trigger of its own, not only what was open before."""
    return bool(present or foreign or verdict.tier) or union.tier > verdict.tier


# ------------------------------------------------------------------ conversation


def _expire(state: TriageState, now: float, windows: Windows) -> tuple[TriageState, bool]:
    """The state with what has run out closed, and whether the open tier ended."""
    longest = max(windows.emergency_s, windows.urgent_s, windows.nerve_s)
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
    lasting = {"m_inject", "m_immune", "m_procedure", "m_thinner", "m_child", "m_fall", "m_spine"}
    times.update({key: now for key in keys if not key.startswith("m_") or key in lasting})
    return tuple(OpenConcept(key, at) for key, at in sorted(times.items()))


_FULL = frozenset(
    {
        "emergency", "emergency_call", "emergency_trauma", "urgent", "nerve", "crisis",
        "crisis+emergency", "crisis+emergency_call", "crisis+emergency_trauma", "crisis+urgent",
        "crisis+nerve",
    }
)  # fmt: skip


def _template(
    reading: Reading,
    state: TriageState,
    tier_now: Tier,
    verdict: Verdict,
    own_keys: AbstractSet[str],
    open_keys: set[str],
    now: float,
    ended: bool,  # noqa: FBT001
    crisis: bool,  # noqa: FBT001
) -> str | None:
    """Which message goes first."""
    if tier_now:
        if crisis:
            physical = [
                m for m in reading.mentions if _counts(m) and m.concept not in _CRISIS and m.tier
            ]
            if physical:
                top = max(physical, key=lambda m: (m.effective, bool(m.template)))
                return f"crisis+{top.template or top.effective.label}"
            return "crisis"
        new_sign = bool({k for k in own_keys if not k.startswith("m_")} - open_keys)
        stale = now - state.full_sent_at >= REPEAT_FULL_S
        if tier_now > state.open_tier or new_sign or stale:
            return verdict.template or max(tier_now, state.open_tier).label
        return f"{max(tier_now, state.open_tier).label}_short"
    if ended:
        return "window_end"
    if not state.open_tier:
        return None
    if reading.seen and not state.seen:
        return "seen"
    if reading.gone:
        return "gone_emergency" if state.open_tier is Tier.EMERGENCY else "gone_other"
    if state.seen:
        return None
    if now - state.full_sent_at >= REPEAT_FULL_S:
        return state.template or state.open_tier.label
    return f"{state.open_tier.label}_short"


def _note(reading: Reading) -> str | None:
    """The soft note for signs that were only asked about, feared or long gone."""
    best: str | None = None
    for mention in reading.mentions:
        if mention.status in {FindingStatus.NEGATED, FindingStatus.NOT_A_PERSON}:
            continue
        if mention.note:
            best = best or mention.note
        elif mention.tier is Tier.EMERGENCY:
            return "emergency_info"
        elif mention.tier:
            best = "nerve_info"
    if best is None and reading.pet:
        return "vet"
    return best


def _suppress(tier: Tier) -> frozenset[str]:
    if tier is Tier.EMERGENCY:
        return SUPPRESS_EMERGENCY
    return SUPPRESS_URGENT if tier is Tier.URGENT else frozenset()


def _first_person(reading: Reading) -> bool:
    return any(t.word in {"i", "im", "ive"} for t in reading.tokens)


def _foreign_template(concept: str) -> str:
    if concept in _CRISIS:
        return "crisis"
    if concept == "chest_pain":
        return "emergency_call"
    return "emergency_trauma" if concept == "trauma_major" else ""


def _findings(text: str, reading: Reading, foreign: Sequence[PhraseHit]) -> tuple[Finding, ...]:
    found = []
    for m in reading.mentions:
        start, end = reading.tokens[m.start].start, reading.tokens[m.stop - 1].end
        found.append(
            Finding(m.rule_id, m.concept, text[start:end], start, end, m.status, m.cue, m.tier)
        )
    for sign in foreign:
        found.append(
            Finding(
                f"L-{sign.language}", sign.concept, text[sign.start : sign.end],
                sign.start, sign.end, FindingStatus.PRESENT, "", sign.tier,
            )  # fmt: skip
        )
    return tuple(sorted(found, key=lambda f: (f.start, f.end, f.rule_id)))
