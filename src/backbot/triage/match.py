"""Text → mentions: every sign that the rules find, how it is spoken of, and what stands beside it.

Two ways of finding: patterns (`emergency.toml`, …) and composition (`compose.toml`): a quality
such as "numb" is linked to the body part it belongs to. Then the context (after ConText, Harkema
et al. 2009) decides whether a sign is present. Without a cue it is.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from backbot.model import FindingStatus, Tier
from backbot.triage.lexicon import Marks, Spans, find
from backbot.triage.rules import PARTS, Pattern, Rule, RuleSet
from backbot.triage.text import HARD, SOFT, Token, tokenise

_NEAR = 8  # tokens between a symptom and its body part (specification, section 1)
_BESIDE = 10  # tokens between a sign and its modifier
_SCOPE = 6  # tokens a negation reaches (specification, section 3)
_CHAIN = frozenset(
    "and n or the my his her their both all to down into in of through plus inner left right also "
    "around upto till from with lower upper outer side on a towards as well".split()
)
_NOUN_LOSS = frozenset(
    "loss lack lost losing loosing less difficulty difficulties trouble problem problems issue "
    "issues control incontinence retention feeling sensation bladder bowel urinary numb numbness "
    "bother accident accidents pads".split()
)
_NUMBER_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "couple": 2, "few": 3, "several": 4, "many": 10, "some": 3,
    "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30,
}  # fmt: skip
_UNIT_DAYS = {
    "hour": 0, "hours": 0, "hrs": 0, "hr": 0, "minute": 0, "minutes": 0, "mins": 0, "min": 0,
    "day": 1, "days": 1, "night": 1, "nights": 1, "week": 7, "weeks": 7, "wk": 7, "wks": 7,
    "fortnight": 14, "month": 30, "months": 30, "mths": 30, "year": 365, "years": 365, "yr": 365,
    "yrs": 365, "decade": 3650, "decades": 3650,
}  # fmt: skip
_OLD_DAYS, _RECENT_DAYS = 90, 14
_MODIFIERS = ("sudden", "worse", "severe", "stable", "new", "positional", "brief_fine")
_MODIFIER_NAMES = {"worse": "worsening", "stable": "stable"}
_PERSON_WORDS = frozenset("i im ive id me my mine myself".split())


@dataclass(frozen=True, slots=True)
class Mention:
    """One sign at one place.

    Attributes:
        rule_id: What found it.
        concept: The sign.
        tier: Alone and present.
        template: Its own message, "" for the tier's.
        note: Its own note, "".
        start: First token.
        stop: One past the last token.
        anchor: The token whose negation negates the sign.
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


@dataclass(slots=True)
class Reading:
    """One text, read: tokens, classes and everything found in it."""

    tokens: Sequence[Token]
    marks: Marks
    mentions: list[Mention] = field(default_factory=list)
    modifiers: frozenset[str] = frozenset()
    parts: tuple[str, ...] = ()
    third_person: bool = False
    pet: bool = False
    gone: bool = False
    seen: bool = False
    yes: bool = False


class Reader:
    """Reads texts with one rule set. Stateless: one instance serves every thread."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self._id = rules.lexicon.id_of
        self._ctx = {
            name.removeprefix("ctx_"): rules.lexicon.id_of(name)
            for name in rules.lexicon.classes
            if name.startswith("ctx_")
        }
        self._guard = self._id("guard")

    # ------------------------------------------------------------------ the whole

    def read(self, text: str, previous_parts: Sequence[str] = ()) -> Reading:
        """Everything found in one text.

        Args:
            text: As typed.
            previous_parts: Body parts of the person's last message, for "it's gone numb".

        Returns:
            Mentions in text order, present or not, and the modifiers of the message.
        """
        tokens = tokenise(text, self._rules.speller)
        raw = self._rules.lexicon.mark(tokens)
        marks = self._masked(tokens, raw)
        reading = Reading(tokens, marks)
        negation = _Negation(self, raw)
        clauses = self._clauses(tokens, raw)
        mentions = [*self._patterns(marks), *self._links(marks, clauses, previous_parts)]
        mentions = _distinct(mentions)
        reading.parts = tuple(
            part for part in PARTS if part != "trunk" and marks.spans.get(self._part_id(part))
        )
        reading.third_person = self._has(raw, "third_person")
        reading.gone = self._has(raw, "gone")
        reading.seen = self._has(raw, "seen")
        reading.yes = self._is_yes(tokens, raw)
        times = list(_times(tokens))
        reading.modifiers = self._message_modifiers(reading, negation, times)
        context = _Context(self, text, raw, times, negation)
        for mention in mentions:
            judged = context.judge(mention)
            if judged.status is FindingStatus.NOT_A_PERSON:
                reading.pet = reading.pet or bool(raw.spans.get(self._id("pet")))
            reading.mentions.append(self._with_keys(judged, marks, times))
        reading.mentions.sort(key=lambda m: (m.start, m.stop, m.rule_id))
        return reading

    def spans(self, marks: Marks, name: str) -> Spans:
        """Where a class or a context cue stands."""
        number = self._ctx.get(name)
        return marks.spans.get(self._id(name) if number is None else number, [])

    def _has(self, marks: Marks, name: str) -> bool:
        return bool(self.spans(marks, name))

    def _masked(self, tokens: Sequence[Token], marks: Marks) -> Marks:
        """The marks again, with the words of guarded phrases blanked."""
        guarded = marks.spans.get(self._guard)
        if not guarded:
            return marks
        hidden = {k for start, stop in guarded for k in range(start, stop)}
        blank = [
            replace(t, word="\x00") if k in hidden else t for k, t in enumerate(tokens)
        ]
        return self._rules.lexicon.mark(blank)

    # ------------------------------------------------------------------ finding

    def _patterns(self, marks: Marks) -> Iterator[Mention]:
        for rule in self._rules.rules:
            seen: set[int] = set()
            for pattern in rule.patterns:
                for start, stop in _places(pattern, marks):
                    sentence = marks.sentence[start]
                    if self._dropped(rule, marks, sentence):
                        continue
                    if (start * 4096 + stop) in seen:
                        continue
                    seen.add(start * 4096 + stop)
                    yield Mention(
                        rule.rule_id, rule.concept, rule.tier, rule.template, rule.note,
                        start, stop, start, pattern.negative, rule.named,
                    )  # fmt: skip

    def _dropped(self, rule: Rule, marks: Marks, sentence: int) -> bool:
        return any(
            marks.sentence[start] == sentence
            for pattern in rule.unless
            for start, _ in _places(pattern, marks)
        )

    def _links(
        self, marks: Marks, clauses: Sequence[int], previous: Sequence[str]
    ) -> Iterator[Mention]:
        parts = self._part_spans(marks)
        for quality in ("numb", "tingle", "weak", "electric", "burn", "weak_noun"):
            for start, stop in _longest(self.spans(marks, quality)):
                if quality == "numb" and self._mood(marks, start, stop):
                    continue
                if quality in {"weak", "weak_noun"} and self._weak_is_fine(marks, start, stop):
                    continue
                linked = list(_link(parts, clauses, marks, start, stop))
                if not linked and previous and quality != "burn":
                    linked = [(part, start, stop) for part in previous]
                if not linked:
                    linked = [("none", start, stop)]
                yield from self._composed(quality, start, stop, linked, marks)

    def _composed(
        self,
        quality: str,
        start: int,
        stop: int,
        linked: Sequence[tuple[str, int, int]],
        marks: Marks,
    ) -> Iterator[Mention]:
        names = {part for part, _, _ in linked}
        for part, first, last in linked:
            compose = self._rules.composes.get((quality, part))
            if compose is None:
                continue
            if part == "face" and self._has(marks, "dental"):
                continue
            if part == "buttock" and quality == "numb" and self._one_sided(marks, first, names):
                compose = self._rules.composes["tingle", "buttock"]
            yield Mention(
                compose.rule_id, compose.concept, compose.tier, compose.template, "",
                min(start, first), max(stop, last), start,
                negative=marks.tokens[start].word not in _PLAIN_QUALITY,
            )  # fmt: skip

    def _one_sided(self, marks: Marks, part: int, names: set[str]) -> bool:
        """Whether a buttock is one side's, with a leg beside it (decision D2)."""
        before = {t.word for t in marks.tokens[max(0, part - 2) : part]}
        return bool(before & {"left", "right", "one"}) and "leg" in names

    def _mood(self, marks: Marks, start: int, stop: int) -> bool:
        """Whether "don't feel" goes on with something that is no loss of feeling."""
        words = [t.word for t in marks.tokens[start:stop]]
        if not {"feel", "sense"} & set(words):
            return False
        fine = self.spans(marks, "notfeel_ok")
        return any(stop - 1 <= first <= stop for first, _ in fine)

    def _weak_is_fine(self, marks: Marks, start: int, stop: int) -> bool:
        """Whether the weak thing is the core, the glutes or the wifi, and no limb is near."""
        words = {t.word for t in marks.tokens[start:stop]}
        sentence = marks.sentence[start]
        if words & {"heavy", "jelly", "wobbly", "limp", "week", "collapse", "collapsed", "shaky"}:
            near = any(
                abs(first - stop) <= _NEAR and marks.sentence[first] == sentence
                for part in ("leg", "arm", "leg_both")
                for first, _ in self.spans(marks, part)
            )
            return not near
        for first, last in self.spans(marks, "weak_ok"):
            if marks.sentence[first] == sentence and (-3 <= first - stop <= 1 or 0 <= start - last <= 3):
                limb = any(
                    marks.sentence[a] == sentence and abs(a - start) <= 4
                    for part in ("leg", "arm")
                    for a, _ in self.spans(marks, part)
                )
                return not limb
        return False

    def _part_id(self, part: str) -> int:
        return self._id(part)

    def _part_spans(self, marks: Marks) -> list[tuple[int, int, str]]:
        """Body parts in text order; the more specific one where they overlap."""
        taken: dict[int, str] = {}
        found: list[tuple[int, int, str]] = []
        single = {k for a, b in self.spans(marks, "not_both") for k in range(a, b)}
        for part in ("half_body", "saddle", "leg_both", "buttock", "face", "leg", "arm", "trunk"):
            for start, stop in _longest(self.spans(marks, part)):
                if any(k in taken for k in range(start, stop)):
                    continue
                name = part
                if part == "leg_both" and any(k in single for k in range(start, stop)):
                    name = "leg"
                for k in range(start, stop):
                    taken[k] = name
                found.append((start, stop, name))
        return sorted(found)

    def _clauses(self, tokens: Sequence[Token], marks: Marks) -> list[int]:
        starts = {start for start, _ in self.spans(marks, "terminators")}
        subjects = {start for start, _ in self.spans(marks, "subjects")}
        numbers: list[int] = []
        number = 0
        for k, token in enumerate(tokens):
            new = k and (
                token.brk == HARD
                or k in starts
                or (token.brk == SOFT and k in subjects)
                or (token.word in {"and", "n"} and k + 1 in subjects)
            )
            number += bool(new)
            numbers.append(number)
        return numbers

    # ------------------------------------------------------------------ beside it

    def _with_keys(
        self, mention: Mention, marks: Marks, times: Sequence[tuple[int, float, bool]]
    ) -> Mention:
        sentence = marks.sentence[mention.start]
        keys = {mention.concept}
        beside: set[str] = set()
        for name in _MODIFIERS:
            for start, stop in self.spans(marks, f"m_{name}"):
                if marks.sentence[start] != sentence:
                    continue
                if max(start - mention.stop, mention.start - stop) <= _BESIDE:
                    beside.add(_MODIFIER_NAMES.get(name, name))
        for place, days, ago in times:
            if marks.sentence[place] == sentence and not ago and days >= 365:
                beside.add("stable")
            if marks.sentence[place] == sentence and days <= _RECENT_DAYS:
                beside.add("new")
        if self.spans(marks, "m_stable") and mention.tier is Tier.EMERGENCY:
            beside.add("stable")
        inside = range(mention.start, mention.stop)
        reach = range(mention.start - 2, mention.stop + 3)
        for part in ("leg", "arm", "leg_both"):
            for start, stop in self.spans(marks, part):
                if start in inside or stop - 1 in inside:
                    side = "leg" if part == "leg_both" else part
                    keys.add(f"{side}_{_FAMILY.get(mention.concept, mention.concept)}")
                if part == "leg_both" and start in reach:
                    beside.add("both")
        for start, _ in self.spans(marks, "both"):
            if start in reach and marks.tokens[start].word not in {"2", "two", "either", "each"}:
                beside.add("both_sides")
        keys.update(f"{mention.concept}+{name}" for name in beside)
        return replace(mention, keys=frozenset(keys))

    def _message_modifiers(
        self,
        reading: Reading,
        negation: _Negation,
        times: Sequence[tuple[int, float, bool]],
    ) -> frozenset[str]:
        marks = reading.marks
        found: set[str] = set()
        for name, classes in _MESSAGE_MODIFIERS.items():
            for cls in classes:
                if any(not negation.cue_over(start) for start, _ in self.spans(marks, cls)):
                    found.add(name)
        if any(ago and days > _RECENT_DAYS for _, days, ago in times):
            found.add("m_old")
        if any(t.word == "since" for t in reading.tokens):
            found.add("m_since")
        for start, stop in self.spans(marks, "pain"):
            for first, last in self.spans(marks, "leg"):
                if marks.sentence[start] == marks.sentence[first] and (
                    0 <= first - stop <= 3 or 0 <= start - last <= 2
                ):
                    found.add("m_leg_pain")
        if len(self.spans(marks, "leg_both")) and len(self.spans(marks, "arm")):
            found.add("m_both_hint")
        return frozenset(found)

    def _is_yes(self, tokens: Sequence[Token], marks: Marks) -> bool:
        """Whether the message is no more than a yes."""
        return bool(tokens) and any(
            start == 0 and stop >= len(tokens) - 1 for start, stop in self.spans(marks, "yes")
        )

    # ------------------------------------------------------------------ for others

    def negated(self, sentence: str, start: int, end: int) -> bool:
        """Whether any words of a sentence are negated, signs or not.

        Args:
            sentence: As written.
            start: First character of the words asked about.
            end: One past the last.
        """
        tokens = tokenise(sentence, self._rules.speller)
        marks = self._rules.lexicon.mark(tokens)
        places = [k for k, t in enumerate(tokens) if t.start < end and t.end > start]
        if not places:
            return False
        negation = _Negation(self, marks)
        cues = negation.cues_over(places[0], outside=(places[0], places[-1] + 1))
        return len(cues) % 2 == 1 or (
            not cues and bool(negation.cue_after(places[-1] + 1))
        )


_PLAIN_QUALITY = frozenset("numb numbness dead tingling weak weakness".split())
_FAMILY = {
    "limb_numbness": "numbness", "numbness": "numbness", "tingling": "tingling",
    "limb_weakness": "weakness", "muscle_weakness": "weakness",
    "electric_burning_pain": "electric", "radiating_leg_pain": "radiating",
    "radiating_arm_pain": "radiating",
}  # fmt: skip
_MESSAGE_MODIFIERS: Mapping[str, tuple[str, ...]] = {
    "m_other_too": ("other_too",), "m_inject": ("inject",), "m_immune": ("immune",),
    "m_procedure": ("procedure",), "m_unwell": ("very_unwell",), "m_thinner": ("thinner",),
    "m_fall": ("minor_fall", "trauma"), "m_spine": ("back",), "m_older": ("m_older",),
    "m_age70": ("m_age70",), "m_child": ("m_child",), "m_severe": ("m_severe",),
    "m_sudden": ("m_sudden",), "m_worse": ("m_worse",), "m_new": ("m_new",),
    "m_direct_blow": ("direct_blow",), "m_stable": ("m_stable",), "m_faint": ("faint",),
}  # fmt: skip


def _places(pattern: Pattern, marks: Marks) -> Iterator[tuple[int, int]]:
    for sequence in pattern.sequences:
        yield from find(sequence, marks)


def _longest(spans: Spans) -> Iterator[tuple[int, int]]:
    """Spans that are not inside another one."""
    best: dict[int, int] = {}
    for start, stop in spans:
        best[start] = max(stop, best.get(start, 0))
    reach = 0
    for start in sorted(best):
        if best[start] > reach:
            reach = best[start]
            yield start, reach


def _distinct(mentions: Sequence[Mention]) -> list[Mention]:
    """One mention per concept and place: the widest of those that overlap."""
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (m.concept, m.start, m.start - m.stop)):
        last = kept[-1] if kept else None
        if last and last.concept == mention.concept and mention.stop <= last.stop:
            continue
        kept.append(mention)
    return kept


def _link(
    parts: Sequence[tuple[int, int, str]],
    clauses: Sequence[int],
    marks: Marks,
    start: int,
    stop: int,
) -> Iterator[tuple[str, int, int]]:
    """The body parts a quality belongs to.

    Inside its clause the nearest one, and what is joined to that by "and", "to", "down"; without
    any there, the nearest in the sentence; else in the sentence before, then the one after.
    """
    sentence = marks.sentence[start]

    def gap(part: tuple[int, int, str]) -> int:
        return max(part[0] - stop, start - part[1], 0)

    def prefer(part: tuple[int, int, str]) -> tuple[int, int]:
        # "tingling in my toes": a part that follows wins over an equally near one before
        return (gap(part) - (1 if part[0] >= stop else 0), part[0])

    here = [p for p in parts if marks.sentence[p[0]] == sentence]
    near = [
        p for p in here if clauses[p[0]] == clauses[start] and gap(p) <= _NEAR and p[2] != "trunk"
    ]
    near = near or [p for p in here if gap(p) <= _NEAR and p[2] != "trunk"]
    near = near or [p for p in here if gap(p) <= _NEAR]
    if not here:
        for other in (sentence - 1, sentence + 1):
            near = [p for p in parts if marks.sentence[p[0]] == other and p[2] != "trunk"]
            if near:
                break
    if not near:
        return
    nearest = min(near, key=prefer)
    chosen = [nearest]
    ordered = [p for p in parts if marks.sentence[p[0]] == marks.sentence[nearest[0]]]
    index = ordered.index(nearest)
    for step in (1, -1):
        at = index
        while 0 <= at + step < len(ordered):
            left, right = sorted((ordered[at], ordered[at + step]))
            between = {t.word for t in marks.tokens[left[1] : right[0]]}
            if not between <= _CHAIN or right[0] - left[1] > 5:
                break
            at += step
            chosen.append(ordered[at])
    strong = [p for p in chosen if p[2] != "trunk"] or chosen
    for part_start, part_stop, name in strong:
        yield name, part_start, part_stop


def _times(tokens: Sequence[Token]) -> Iterator[tuple[int, float, bool]]:
    """Time expressions: token, age in days, and whether it is "ago" rather than "for"."""
    for k, token in enumerate(tokens):
        word = token.word
        follow = tokens[k + 1].word if k + 1 < len(tokens) else ""
        before = tokens[k - 1].word if k else ""
        if word in _UNIT_DAYS and k:
            count = _count(before) or (_count(tokens[k - 2].word) if k > 1 else 0)
            if before == "last" and word in {"year", "month", "week"}:
                yield k, float(_UNIT_DAYS[word]), True
            elif count or follow == "ago" or follow == "back":
                ago = follow in {"ago", "back", "earlier"} or _in_next(tokens, k, "ago")
                yield k, float(_UNIT_DAYS[word] * max(count, 1.0)), ago
        elif len(word) == 4 and word.isdigit() and word[:2] in {"19", "20"}:
            if before in {"in", "since", "from", "back", "my", "of", "around", "during", "until"}:
                # The year alone is enough: whoever writes it does not mean the last weeks.
                yield k, 400.0, before != "since"
        elif word in {"childhood", "teenager", "uni", "university"} and before in {"a", "at", "in", "my"}:
            yield k, 3650.0, True


def _in_next(tokens: Sequence[Token], k: int, word: str) -> bool:
    return any(t.word == word and t.brk == 0 for t in tokens[k + 1 : k + 3])


def _count(word: str) -> float:
    if word.isdigit():
        return float(word)
    return float(_NUMBER_WORDS.get(word, 0))


class _Negation:
    """Negation cues of one text and what they reach."""

    def __init__(self, reader: Reader, marks: Marks) -> None:
        self._marks = marks
        tokens = marks.tokens
        pseudo = {k for a, b in _longest(reader.spans(marks, "pseudo_negation")) for k in range(a, b)}
        subjects = {a for a, _ in reader.spans(marks, "subjects")}
        stops = {a for a, _ in reader.spans(marks, "terminators")}
        self._after = list(_longest(reader.spans(marks, "negation_after")))
        self._scopes: list[tuple[int, int, int]] = []  # cue start, cue stop, scope stop
        for start, stop in _longest(reader.spans(marks, "negation_before")):
            if start in pseudo:
                continue
            if tokens[start].word == "no" and stop - start == 1 and _answers(tokens, stop, subjects):
                continue
            self._scopes.append((start, stop, self._reach(stop, subjects, stops)))

    def _reach(self, stop: int, subjects: set[int], stops: set[int]) -> int:
        """Where the scope of a cue that ends at `stop` ends."""
        tokens = self._marks.tokens
        left = _SCOPE
        k = stop
        while k < len(tokens) and left:
            token = tokens[k]
            if k > stop or token.brk:
                if token.brk == HARD and k > stop - 1:
                    break
                if k in stops and k > stop:
                    break
                joined = token.word in {"and", "n"}
                if (joined and k + 1 in subjects) or (token.brk == SOFT and k in subjects):
                    break
                if joined or token.brk == SOFT or token.word in {"or", "nor"}:
                    left = _SCOPE + 1
            left -= 1
            k += 1
        return k

    def cues_over(self, token: int, outside: tuple[int, int]) -> list[tuple[int, int]]:
        """Cues whose scope holds the token and that are not part of `outside`."""
        return [
            (start, stop)
            for start, stop, reach in self._scopes
            if stop <= token < reach and not outside[0] <= start < outside[1]
        ]

    def cue_over(self, token: int) -> bool:
        """Whether an odd number of cues reaches the token."""
        return len(self.cues_over(token, (token, token + 1))) % 2 == 1

    def inside(self, start: int, stop: int) -> tuple[int, int] | None:
        """A cue that begins between two tokens."""
        for first, last, _ in self._scopes:
            if start < first < stop:
                return first, last
        return None

    def cue_after(self, token: int) -> tuple[int, int] | None:
        """A negation that follows directly: "numbness? no.", "weakness: none"."""
        tokens = self._marks.tokens
        for first, last in self._after:
            if not token <= first <= token + 1:
                continue
            ends = last >= len(tokens) or tokens[last].brk or tokens[last].word in {"and", "but", "just", "on", "by", "for"}
            if ends and not (tokens[first].word in {"no", "never"} and tokens[first].brk == 0 and last < len(tokens) and not tokens[last].brk):
                return first, last
        return None


def _answers(tokens: Sequence[Token], stop: int, subjects: set[int]) -> bool:
    """Whether a "no" answers something: "no, my leg is numb", "no i cant pee"."""
    if stop >= len(tokens):
        return True
    if tokens[stop].brk == HARD or (tokens[stop].brk == SOFT and stop in subjects):
        return True
    return tokens[stop].word in {"i", "im", "ive", "my", "its", "he", "she", "they", "can", "we"}


class _Context:
    """Decides how each mention of one text is spoken of."""

    def __init__(
        self,
        reader: Reader,
        text: str,
        marks: Marks,
        times: Sequence[tuple[int, float, bool]],
        negation: _Negation,
    ) -> None:
        self._reader = reader
        self._text = text
        self._marks = marks
        self._times = times
        self._negation = negation
        self._informational: dict[int, str] = {}

    def judge(self, mention: Mention) -> Mention:
        """The mention with its status."""
        for test in (
            self._negated,
            self._quoted,
            self._not_a_person,
            self._conditional,
            self._info,
            self._historical,
        ):
            if found := test(mention):
                status, cue, effective = found
                return replace(mention, status=status, cue=cue, effective=effective)
        return replace(mention, effective=mention.tier)

    def _words(self, start: int, stop: int) -> str:
        tokens = self._marks.tokens
        return self._text[tokens[start].start : tokens[stop - 1].end]

    def _sentence_spans(self, name: str, sentence: int) -> list[tuple[int, int]]:
        return [
            (a, b)
            for a, b in self._reader.spans(self._marks, name)
            if self._marks.sentence[a] == sentence
        ]

    def _negated(self, m: Mention) -> tuple[FindingStatus, str, Tier] | None:
        inner = (m.start, m.stop)
        tokens = self._marks.tokens
        first = tokens[m.anchor].word
        cues = self._negation.cues_over(m.anchor, outside=inner)
        verb = m.negative and first not in _NOUN_LOSS
        if verb:
            cues = []
        if not m.negative:
            cues = self._negation.cues_over(m.anchor, outside=(m.anchor, m.anchor + 1))
        if cues and any(tokens[a].word == "longer" or self._words(a, b).lower().endswith("no longer") for a, b in cues):
            lowered = max(Tier.NONE, Tier(m.tier - 1))
            return FindingStatus.HISTORICAL, self._words(*cues[0]), self._lowered(m, lowered)
        if len(cues) % 2:
            return FindingStatus.NEGATED, self._words(*cues[0]), Tier.NONE
        if cues:
            return None
        if not m.negative and (cue := self._negation.inside(m.start, m.stop)):
            return FindingStatus.NEGATED, self._words(*cue), Tier.NONE
        if cue := self._negation.cue_after(m.stop):
            return FindingStatus.NEGATED, self._words(*cue), Tier.NONE
        return None

    def _lowered(self, m: Mention, tier: Tier) -> Tier:
        """One tier lower, never below urgent for bladder, bowel, saddle, both legs (2a.17)."""
        if m.concept in RED_CONCEPTS:
            return max(tier, Tier.URGENT)
        return tier

    def _quoted(self, m: Mention) -> tuple[FindingStatus, str, Tier] | None:
        for start, stop in self._sentence_spans("quoted", self._marks.sentence[m.start]):
            if stop > m.start:
                continue
            between = self._text[
                self._marks.tokens[stop - 1].end : self._marks.tokens[m.start].start
            ]
            if any(q in between for q in "'\"‘’“”«"):
                return FindingStatus.NEGATED, self._words(start, stop), Tier.NONE
        return None

    def _not_a_person(self, m: Mention) -> tuple[FindingStatus, str, Tier] | None:
        sentence = self._marks.sentence[m.start]
        tokens = self._marks.tokens
        for start, stop in self._sentence_spans("pet", sentence):
            if start >= m.stop:
                continue
            after = [t.word for t in tokens[stop : m.stop]]
            if _PERSON_WORDS & set(after):
                continue
            return FindingStatus.NOT_A_PERSON, self._words(start, stop), Tier.NONE
        for start, stop in self._sentence_spans("fiction", sentence):
            near = {t.word for t in tokens[max(0, m.start - 3) : m.stop]}
            if not (near & {"my", "ive", "im", "i"}):
                return FindingStatus.INFORMATIONAL, self._words(start, stop), Tier.NONE
        return None

    def _conditional(self, m: Mention) -> tuple[FindingStatus, str, Tier] | None:
        sentence = self._marks.sentence[m.start]
        tokens = self._marks.tokens
        blockers = {a for a, _ in self._sentence_spans("conditional_not", sentence)}
        for start, stop in self._sentence_spans("conditional", sentence):
            if start > m.start or start in blockers:
                continue
            between = [t.word for t in tokens[stop : m.start]]
            cue = {t.word for t in tokens[start:stop]}
            limit = 3 if cue & {"avoid", "avoiding", "prevent", "preventing"} else _BESIDE
            if len(between) > limit or {"rid", "relief", "over", "help", "now", "since", "with", "and", "because", "but"} & set(between):
                continue
            return FindingStatus.CONDITIONAL, self._words(start, stop), Tier.NONE
        return None

    def _info(self, m: Mention) -> tuple[FindingStatus, str, Tier] | None:
        sentence = self._marks.sentence[m.start]
        if sentence not in self._informational:
            self._informational[sentence] = self._info_cue(sentence)
        cue = self._informational[sentence]
        if not cue:
            return None
        return FindingStatus.INFORMATIONAL, cue, Tier.NONE

    def _info_cue(self, sentence: int) -> str:
        """The words that make a sentence a question about the sign in general, or ""."""
        cues = self._sentence_spans("informational", sentence)
        if not cues:
            return ""
        tokens = self._marks.tokens
        first = bisect_left(self._marks.sentence, sentence)
        causal = tokens[first].word in _CAUSAL and bool(
            self._sentence_spans("causal_verb", sentence)
        )
        hidden = {
            k for a, b in self._sentence_spans("impersonal", sentence) for k in range(a, b)
        }
        if causal:
            hidden |= {
                k
                for k, t in enumerate(tokens)
                if t.word in {"me", "i", "you", "us"} and self._marks.sentence[k] == sentence
            }
        name = "personal_strong" if causal else "personal"
        for start, stop in self._sentence_spans(name, sentence):
            if not any(k in hidden for k in range(start, stop)):
                return ""
        return self._words(*cues[0])

    def _historical(self, m: Mention) -> tuple[FindingStatus, str, Tier] | None:
        if m.concept in _HISTORY_COUNTS:
            return None
        sentence = self._marks.sentence[m.start]
        ages = [(k, d) for k, d, ago in self._times if ago and self._marks.sentence[k] == sentence]
        days = max((d for _, d in ages), default=None)
        past = self._sentence_spans("past_only", sentence)
        still = self._sentence_spans("still_there", sentence)
        resolved = self._resolved(m, sentence)
        if m.concept == "trauma_major" and days is not None and days >= _OLD_DAYS:
            return FindingStatus.HISTORICAL, self._words(ages[0][0], ages[0][0] + 1), Tier.NONE
        if still and not resolved:
            return None
        if resolved:
            if days is None and past:
                days = 400.0
            if days is not None and days <= _RECENT_DAYS:
                return None
            if days is not None and days >= _OLD_DAYS:
                return FindingStatus.HISTORICAL, self._words(*resolved), Tier.NONE
            lowered = self._lowered(m, Tier(max(0, m.tier - 1)))
            return FindingStatus.HISTORICAL, self._words(*resolved), lowered
        if (past or (days or 0) >= _OLD_DAYS) and self._past_tense(m, sentence):
            if m.concept in RED_CONCEPTS:
                return None
            cue = past[0] if past else (ages[0][0], ages[0][0] + 1)
            return FindingStatus.HISTORICAL, self._words(*cue), Tier.NONE
        return None

    def _past_tense(self, m: Mention, sentence: int) -> bool:
        tokens = self._marks.tokens
        before = [
            t.word
            for k, t in enumerate(tokens)
            if self._marks.sentence[k] == sentence and m.start - 7 <= k < m.stop
        ]
        words = set(before)
        return bool(words & {"had", "used", "was", "were", "got", "suffered"}) and not (
            words & {"have", "ive", "has", "is", "still", "now"}
        )

    def _resolved(self, m: Mention, sentence: int) -> tuple[int, int] | None:
        tokens = self._marks.tokens
        for start, stop in _longest(self._sentence_spans("resolved", sentence)):
            if start < m.start - 8 or start > m.stop + 10 or (m.start <= start < m.stop):
                continue
            follow = tokens[stop].word if stop < len(tokens) and not tokens[stop].brk else ""
            if tokens[start].word in {"gone", "went", "has"} and stop - start <= 2:
                # "gone numb", "went dead" is loss; "it has gone" is recovery
                if follow in _LOSS_AFTER_GONE or start < m.start:
                    continue
                if any(t.word in {"feeling", "sensation", "balance", "control", "strength", "power"} for t in tokens[max(0, start - 3) : start]):
                    continue
            if self._negation.cue_over(start):
                continue
            return start, stop
        later = sentence + 1
        for start, stop in _longest(self._sentence_spans("resolved", later)):
            if stop - start >= 2 and not self._negation.cue_over(start) and start - m.stop <= 8:
                return start, stop
        return None


RED_CONCEPTS = frozenset(
    {
        "saddle_numbness", "urinary_retention", "urinary_incontinence", "bladder_sensation_loss",
        "bowel_incontinence", "bilateral_leg_symptoms", "progressive_weakness", "paralysis",
    }
)  # fmt: skip
_HISTORY_COUNTS = frozenset({"cancer_history", "fragility_risk", "weight_loss", "overdose"})
_CAUSAL = frozenset("can could does do will would may might is are if how what why".split())
_LOSS_AFTER_GONE = frozenset(
    "numb dead weak tingly floppy clumsy funny weird from wrong down on limp asleep to under off "
    "into all completely totally".split()
)
