"""Whether the corpus holds an answer at all: several signals, one probability.

Logistic regression over the retrieval's signals and the known off-corpus words of `scope.toml`,
fitted on the development and tuning questions (docs/evaluation.md). Not one cosine cut: a question
about vitamin D is near every passage on back pain, and still has no answer here.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, Literal

from backbot import kept
from backbot.frozen import dataclass
from backbot.kept import compiled
from backbot.model import Signals

_LISTS = Path(__file__).with_name("scope.toml")
MADE_BY = (_LISTS, Path(__file__), Path(kept.__file__))
_WORD = compiled(r"[a-z0-9]+(?:-[a-z0-9]+)?")
# Rolling a sore muscle on a tennis ball asks about no tennis.
_BALL = compiled(r"\b(?:tennis|golf|squash|cricket|lacrosse|hockey) ?(?=balls?\b)")
_BALL_TOOL = compiled(
    r"\b(?:roll|massag|knot|knead|press|lean|lie|lying|wall|floor|muscle|trigger|releas|rub)"
)
# "Bertolotti syndrome", "Paget's disease": an illness by its name, whoever it is named after.
_ILLNESS = frozenset(("syndrome", "syndromes", "disease", "diseases"))
_NO_NAME = compiled(
    "an?|the|this|these|that|those|my|y?our|his|her|their|what|which|any|some|(?:an)?other|such"
    "|same|no|and|or|of|is|are|ha[sv]e?|with|from|like|called|certain|common|different|rare|bad"
    "|serious|real|new|chronic|underlying|inflammatory|(?:auto)?immune|musc(?:le|ular)|back"
    "|spin(?:e|al)|dis[ck]|pain|nerve|joint|bone|long|term|known|degenerative|hip|knee|shoulder"
)
# "what helps without surgery" does not ask about surgery; "stronger than ibuprofen" does ask
# about ibuprofen, so "than" alone is no aside.
_ASIDE = compiled(
    r"\b(?:without|avoid|avoiding|besides|no|not|instead of|rather than|apart from|other than)"
    r"(?: (?:a|an|the|any|more|having|needing|taking|getting|doing|using|going|to|for))*$"
)
# "My back aches after gardening" asks about the back, and "should I stretch before football" about
# stretching; "what may I do after surgery" does not.
_AFTERWARDS = compiled(
    r"\b(?:after|since|before)"
    r"(?: (?:an?|the|my|some|long|round|game|day|bit|lot|of|doing|playing|going))*$"
)
# "Bus driver back pain", "I love running but my back hurts": the back is what ails, and nothing is
# asked about buses. "Does running hurt the back", "which shoes for back pain" do ask.
_AILS = compiled(
    r"\b(?:hurt\w*|ach(?:e|es|ed|ing|y|ey)|sore\w*|pain\w*|stiff\w*|tight\w*|tense|seiz\w+|spasm\w*"
    r"|cramp\w*|lock(?:s|ed)|bad|killing|kills|agony|throb\w*|twinges?|gone|went|goes|out"
    r"|pull(?:ed|ing)|strain(?:ed|ing)|tweak(?:ed|ing)|twist(?:ed|ing)"
    r"|(?:did|done|put|threw) my (?:lower )?back)\b"
)
_BACKACHE = compiled(r"\b(?:backache|back ?pain)\b")
_BACK = compiled(r"\b(?:backs?|backaches?|spine|lumbar)\b")
_DRESSING = compiled(
    r"\b(?:cant|cannot|can not|couldnt|unable|struggl\w+|hard|difficult\w*|hurts?|pain\w*|agony)\b"
    r".*\b(?:put(?:ting)?|pull(?:ing)?|get(?:ting)?|tak(?:e|ing)|t(?:ie|ying)|lac(?:e|ing)|do(?:ing)?)"
    r"\b(?: \w+){0,4}?$"
)
# What is asked about the back itself, whatever was going on.
_OF_THE_BACK = compiled(
    r"\bwh(?:y|at) (?:does|do|is|are|has|makes?|causes?) (?:my|the)\b"
    # "When can I play football again after pulling my back" asks how it heals
    r"|\bwhen (?:can|could|will|may) i\b.*\bagain\b(?=.*\b(?:pull|strain|tweak|twist|tear|tore))"
    r"|^did my (?:lower )?back\b"
    r"|\bwhat (?:can|do|should|shall|could) i (?:do|try)\b|\bwhat (?:helps|to do)\b"
    r"|\bhow (?:can|do|should|could) i (?:get rid|ease|relieve|stop|help|fix|treat|sort)\b"
)
_ASKS = compiled(
    r"\b(?:wh(?:at|ats|ich|ere|ether)|when (?:do|does|can|should|is|are|will)|how|should|shall|may"
    r"|best|better|recommend\w*|buy\w*|okay|ok|safe|good|can i|could i|do i|am i"
    r"|is it|is that|need|allowed|want|cause[sd]?|play)\b"
    r"|(?:^|[.,;?!] ?|\b(?:and|but|so) )(?:is|are|do|does|can|could|will|would|did|has)\b"
)
_ADVISED_ON = frozenset(("activity", "pregnancy", "procedure", "product", "sleep", "supplement"))
# Among the words that the articles are about: a whole one is on medicines.
MEDICINES = "medicines"
_OF_MEDICINES = compiled(
    r"\b(?:medicines?|medications?|painkillers?|pain killers?|pain relie(?:f|vers?)|drugs?|tablets"
    r"|nsaids?|anti ?inflammator(?:y|ies)|opioids?)\b"
)
_ANOTHER_ILLNESS = "another illness"
_LONGEST_PHRASE = 3
_LONGEST_ASIDE = 6  # words


FEATURES = (
    "unit",
    "score",
    "unknown",
    "held",
    "names_topic",
    "off_topic_share",
    "outside",
    "far",
    "sampled",
)
_MOST_HELD = 4
_FAR = 0.35  # from this cosine down, the nearest sentence is about something else
# Nothing is answered under it, however far the outside questions are too, but for what all but is
# a sample question: staff wrote that one for this article.
_NOTHING_NEAR, _SAMPLE = 0.25, 0.9
_NO_SCORE = 0.15  # under it no passage is; the bundled encoder's, as the outside questions are
ASKED = 0.98  # from this cosine on it is that sample question, but for a slip of the finger
_WHOLLY = 0.99
_TURNS_SHARE = 0.25  # of a question's words that stand on the lists: it is about them
_LEAST_SHARE = 0.15  # of a question's words: in a long story a part of the body is mentioned


@dataclass(frozen=True, slots=True)
class Model:
    """The fitted weights of `FEATURES`: log-odds that the corpus answers the question.

    Fitted by `scripts/fit_scope.py`, which says how; `medicine` is not fitted but set so that
    only an aside gets past it, nor is `elsewhere`, for a question that names another part of the
    body and none of the articles', nor `turns`, for one that turns on words of the lists ("torn
    hamstring surgery"): too few of the fitted ones do. The thresholds were read off
    its table of questions whose source was left out of the fitting: under `threshold` lie 97 in
    100 out-of-scope questions of every source but one, whose rows lie near the articles (92); of
    those between `closest` and it, one in four is in scope after all, so that offering what is
    near is worth a line.
    """

    bias: float
    weights: tuple[float, ...]
    medicine: float = -30.0
    elsewhere: float = -7.0
    turns: float = -4.5
    threshold: float = 0.6
    closest: float = 0.2


FITTED = Model(10.94, (3.46, 30.08, -1.13, 3.19, 1.42, -12.08, -32.41, -27.32, -3.74))
# For an encoder that has no list of outside questions.
FITTED_WITHOUT_OUTSIDE = Model(
    -5.55, (-3.31, 23.72, -0.24, 4.1, 1.15, -15.27, 0.0, 9.94, -2.34), threshold=0.5
)

# A question in another language than the articles', read by an encoder that knows it: no word of
# it is in the articles, so the nearest sentence's cosine alone decides, at 0.55 and 0.45. Not
# fitted: there is no such encoder among those measured.
FOREIGN = Model(-11.0, (20.0, *(0.0,) * (len(FEATURES) - 1)), threshold=0.5, closest=0.12)

Outcome = Literal["answer", "closest", "decline"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to answer.

    Attributes:
        probability: That the corpus holds the answer.
        outcome: Answer; say that what is closest may not be it; or decline.
        topic: Id of the off-corpus topic the question turns on, or "".
        word: The word that says so.
        why: In words, for staff.
    """

    probability: float
    outcome: Outcome
    topic: str
    word: str
    why: str

    @property
    def answers(self) -> bool:
        """Whether the question is answered."""
        return self.outcome == "answer"


@dataclass(frozen=True, slots=True)
class OffTopic:
    """A word that names something the articles are known not to be about.

    Attributes:
        word: The word or phrase, folded.
        topic: Id of its topic.
        why: What it is, in words.
        named: Whether a question with it is hardly ever about anything else.
        part: Whether it is another part of the body than the articles'.
        around: Whether it may be the mere circumstance of a complaint.
    """

    word: str
    topic: str
    why: str
    named: bool
    part: bool = False
    around: bool = False


@lru_cache(maxsize=1)
def _lists() -> Mapping[str, Any]:
    """The lists as plain data: the phrases, folded and in words, with their topics' numbers."""
    lists: Mapping[str, Any] = kept.get(
        "scope.bin", kept.key_of(MADE_BY), lambda: _compiled(_LISTS.read_text("utf-8"))
    )
    return lists


def _compiled(lists: str) -> dict[str, Any]:
    table = tomllib.loads(lists)
    phrases = {
        _phrase(word): number
        for number, topic in enumerate(table["topic"])
        for word in topic["words"]
    }
    joined: dict[str, list[tuple[str, ...]]] = {}
    for words in phrases:
        joined.setdefault(_singular("".join(words), phrases), []).append(words)
    alike = {words: set(forms) for forms in joined.values() for words in forms}
    for group in table["kin"]:
        kin = {_phrase(word) for word in group["words"]}
        for words in kin.intersection(phrases):
            alike[words] |= kin.union(map(_phrase, group.get("told_by", ())))
    told: dict[str, set[str]] = {}
    for words, others in alike.items():
        for other in others:
            told.setdefault("".join(other), set()).add(" ".join(words))
    same = [tuple(map(_phrase, group["words"])) for group in table["same_medicine"]]
    return {
        # Phrases any of which is as good as one, where there are others.
        "alike": {
            " ".join(words): tuple(sorted(" ".join(other) for other in others))
            for words, others in alike.items()
            if len(others) > 1
        },
        "same_medicine": {
            " ".join(words): tuple(" ".join(other) for other in group)
            for group in same
            for words in group
        },
        # What a phrase without its spaces tells of.
        "told": {phrase: tuple(sorted(words)) for phrase, words in told.items()},
        "readings": [(kept.plain_pattern(r["said"]), r["meant"]) for r in table["reading"]],
        "own_words": tuple(table["own_words"]),
        "own_parts": tuple(table["own_parts"]),
        "topics": [
            (
                topic["id"],
                topic["why"],
                *(topic.get(k, False) for k in ("named", "part", "around")),
            )
            for topic in table["topic"]
        ],
        "phrases": phrases,
        # Few words of a question are the first of a phrase.
        "openers": {words[0] for words in phrases},
    }


def _phrase(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(_folded(text)))


def _singular(joined: str, phrases: Mapping[tuple[str, ...], int]) -> str:
    """A listed phrase without its spaces, and without the "s" that the list has it without too."""
    return joined[:-1] if joined.endswith("s") and (joined[:-1],) in phrases else joined


@lru_cache(maxsize=1)
def _readings() -> tuple[tuple[re.Pattern[str], str], ...]:
    """What sounds like a word of the lists, and what it means."""
    return tuple((kept.pattern_of(said), meant) for said, meant in _lists()["readings"])


def _listed(words: tuple[str, ...]) -> OffTopic | None:
    """What the lists say of a phrase, or of it without its last word's plural ending."""
    phrases: Mapping[tuple[str, ...], int] = _lists()["phrases"]
    for phrase in (words, (*words[:-1], words[-1].removesuffix("s"))):
        if phrase in phrases:
            return OffTopic(" ".join(phrase), *_lists()["topics"][phrases[phrase]])
    return None


def listed_words() -> frozenset[str]:
    """Every word of the off-corpus lists, folded."""
    return frozenset(chain.from_iterable(_lists()["phrases"]))


def spoken_of(titles: Collection[str], headings: Collection[str]) -> frozenset[str]:
    """Known off-corpus words that name what articles are about after all.

    Args:
        titles: Of the articles in service.
        headings: Of their sections. A part of the body that is only named there ("Knee to chest")
            is not what an article is about, nor is a medicine.
    """
    told: Mapping[str, tuple[str, ...]] = _lists()["told"]

    def of_titles_only(words: tuple[str, ...]) -> bool:
        listed = _listed(words)
        return listed is not None and (listed.part or listed.named)

    found: set[str] = set()
    for texts, of_titles in ((titles, True), (headings, False)):
        for text in set(texts):
            words = _phrase(text)
            for length in range(1, _LONGEST_PHRASE + 1):
                for k in range(len(words) - length + 1):
                    if not of_titles and of_titles_only(words[k : k + length]):
                        continue
                    joined = "".join(words[k : k + length])
                    by_it = told.get(joined, told.get(joined.removesuffix("s"), ()))
                    found.update(
                        w for w in by_it if of_titles or not of_titles_only(tuple(w.split()))
                    )
            found.update(
                word
                for word, kind in pairwise(words)
                if kind in _ILLNESS and not _NO_NAME.fullmatch(word)
            )
        if of_titles and any(map(_OF_MEDICINES.search, map(_folded, texts))):
            found.add(MEDICINES)
    return frozenset(found)


def topics_of(words: Iterable[str]) -> frozenset[str]:
    """Ids of the topics of known off-corpus words."""
    found = (_listed(tuple(word.split())) for word in words)
    return frozenset(off.topic for off in found if off is not None)


def off_topic_words(text: str, told: str = "") -> Iterator[OffTopic]:
    """Known off-corpus words of a question, in its order; asides are left out.

    Args:
        text: The question, what it follows up before it.
        told: What it follows up: how a complaint came about is not what is asked.
    """
    before = _folded(told)
    circumstances = frozenset(_WORD.findall(before)) if _complains(before) else frozenset()
    plain = _folded(text)
    if _BALL_TOOL.search(plain):
        plain = _BALL.sub("", plain)
    for said, meant in _readings():
        plain = said.sub(meant, plain)
    words = _WORD.findall(plain)
    openers = _lists()["openers"]
    complains = _complains(plain)
    k = 0
    while k < len(words):
        if words[k + 1 : k + 2] and words[k + 1] in _ILLNESS and not _NO_NAME.fullmatch(words[k]):
            yield OffTopic(words[k], "condition", _ANOTHER_ILLNESS, named=False)
            k += 2
            continue
        if words[k] not in openers and words[k].removesuffix("s") not in openers:
            k += 1
            continue
        for length in range(_LONGEST_PHRASE, 0, -1):
            key = tuple(words[k : k + length])
            found = _listed(key) if len(key) == length else None
            before = " ".join(words[max(0, k - _LONGEST_ASIDE) : k])
            if found and not (
                _is_aside(found, before)
                or (
                    found.around
                    and (
                        complains
                        or circumstances.issuperset(key)
                        or _DRESSING.search(" ".join(words[:k]))
                    )
                )
            ):
                yield found
                k += length - 1
                break
        k += 1


def _folded(text: str) -> str:
    return text.casefold().replace("-", " ").replace("'", "").replace("’", "")


def _complains(plain: str) -> bool:
    """Whether it is told that the back ails, or asked what to do about it, and nothing else."""
    if not (_AILS.search(plain) and (_names(plain, "own_parts") or _BACKACHE.search(plain))):
        return False
    return not _ASKS.search(_OF_THE_BACK.sub(" ", plain))


def _is_aside(off: OffTopic, before: str) -> bool:
    """Whether a question only mentions the word.

    Args:
        off: The word.
        before: What stands before it.
    """
    afterwards = off.topic == "activity" and _AFTERWARDS.search(before)
    return bool(afterwards or _ASIDE.search(before))


def features(
    text: str, signals: Signals, found: Sequence[OffTopic], *, spoken: bool = False
) -> tuple[float, ...]:
    """What the decision weighs, in the order of `FEATURES`; each about 0 to 1.

    Args:
        text: The question.
        signals: Of its retrieval.
        found: Its off-corpus words that the best passages do not hold.
        spoken: Whether it has one that the articles are about after all.
    """
    return (
        signals.unit,
        signals.score,
        signals.unknown,
        min(signals.held, _MOST_HELD) / _MOST_HELD,
        float(spoken or _names(text, "own_words")),
        min(1.0, len(found) / max(1, signals.words)),
        0.0 if signals.outside is None else signals.outside,
        max(0.0, _FAR - signals.unit),
        # Sample questions raise the scores of whatever is near them, in scope or not.
        signals.sampled,
    )


def _names(text: str, which: Literal["own_words", "own_parts"]) -> bool:
    """Whether a question names a topic, or a part of the body, that the articles are about."""
    own: tuple[str, ...] = _lists()[which]
    return any(word.startswith(own) for word in _WORD.findall(text.casefold()))


def names_back(text: str) -> bool:
    """Whether a text names the back.

    Args:
        text: The question.
    """
    return bool(_BACK.search(text.casefold()))


def missing_words(
    text: str,
    held: Callable[[str], bool],
    told: str = "",
    *,
    spoken: Collection[str] = (),
    beside: Callable[[str], bool] | None = None,
) -> list[OffTopic]:
    """The question's off-corpus words that the best passages do not hold in any of their forms.

    Args:
        text: The question.
        held: Whether a word stands in the best passages, or two words one after the other:
            articles that hold "muscles" and "relax" hold no "muscle relaxer".
        told: The turns that it follows up, at its beginning.
        spoken: Off-corpus words that the articles are about after all, as `spoken_of` has them.
        beside: Whether a word stands in another passage of the best ones' articles: what is done,
            used or eaten is seldom named there without advice on it, other illnesses often are.
    """
    alike: Mapping[str, tuple[str, ...]] = _lists()["alike"]

    same: Mapping[str, tuple[str, ...]] = _lists()["same_medicine"] if MEDICINES in spoken else {}

    def misses(off: OffTopic) -> bool:
        names = (*alike.get(off.word, (off.word,)), *same.get(off.word, ()))
        forms = [name.split() for name in names]
        advised_on = MEDICINES in spoken if off.named else off.topic in _ADVISED_ON
        also = beside if advised_on else None
        return not (
            off.word in spoken
            or any(_held(form, held) for form in forms)
            or (also and any(also(" ".join(form)) for form in forms))
        )

    return list(filter(misses, off_topic_words(text, told)))


def _held(words: Sequence[str], held: Callable[[str], bool]) -> bool:
    pairs = (" ".join(pair) for pair in pairwise(words))
    return all(map(held, words)) and all(map(held, pairs))


def decide(
    text: str,
    signals: Signals,
    held: Callable[[str], bool],
    model: Model | None = None,
    told: str = "",
    *,
    spoken: Collection[str] = (),
    beside: Callable[[str], bool] | None = None,
) -> Verdict:
    """Whether the best passages answer the question.

    Args:
        text: The question.
        signals: Of its retrieval.
        held: Whether a word stands in the best passages, or two words one after the other.
        model: The fitted weights; by default those for the signals there are.
        told: The turns that it follows up, at its beginning.
        spoken: Off-corpus words that the articles are about after all, as `spoken_of` has them.
        beside: Whether a word stands in another passage of the best ones' articles.
    """
    if model is None:
        model = FITTED_WITHOUT_OUTSIDE if signals.outside is None else FITTED
    found = missing_words(text, held, told, spoken=spoken, beside=beside)
    # Whoever names a medicine is told who can advise on it, whatever else is in the question.
    off = min(found, key=lambda off: not off.named, default=None)
    about = any(off.word in spoken for off in off_topic_words(text, told)) if spoken else False
    values = features(text, signals, found, spoken=about)
    log_odds = model.bias + sum(w * x for w, x in zip(model.weights, values, strict=True))
    if off is not None and off.named:
        log_odds += model.medicine
    share = sum(word.part for word in found) / max(1, signals.words)
    if share >= _LEAST_SHARE and not _names(text, "own_parts"):
        log_odds += model.elsewhere
    if found and _count_listed(text, found) >= _TURNS_SHARE * max(1, signals.words):
        log_odds += model.turns
    probability = 1.0 / (1.0 + math.exp(-log_odds))
    why = (
        f"p={probability:.2f} (best passage {signals.score:.2f}, sentence {signals.unit:.2f}, "
        f"sample question {signals.question:.2f}, words covered {signals.coverage:.0%}"
    )
    why += ")" if signals.outside is None else f", outside question {signals.outside:.2f})"
    if off:
        why += f'; "{off.word}" is {off.why}'
    # "Does cold weather cause back pain" is about back pain: nobody is told that it is not.
    misread = off is not None and off.around and off.topic == "service"
    return Verdict(
        probability,
        _outcome(probability, signals, model, _turns_on(off, text), covered=not found),
        off.topic if off and not (misread and _names(text, "own_parts")) else "",
        off.word if off else "",
        why,
    )


def _count_listed(text: str, found: Sequence[OffTopic]) -> int:
    """How many of a question's words stand on the lists.

    Each counts once, however often it is said, and another part of the body not at all beside one
    of the articles': "my laptop lives on my knees" asks about no knees. A service counts as one
    word: "book me a massage".
    """
    own = _names(text, "own_parts")
    return sum(
        1 if off.topic == "service" else len(off.word.split())
        for off in {off.word: off for off in found}.values()
        if not (off.part and own)
    )


def _turns_on(off: OffTopic | None, text: str) -> OffTopic | None:
    """The word, but for one of another illness or animal in a question about the back.

    "My back hurts since I bent down to the cat" may be near an article after all; who asks about
    a medicine or an operation for the back is told that there is nothing.
    """
    if off is not None and off.topic == "condition" and _names(text, "own_parts"):
        return None
    return off


def _outcome(
    probability: float, signals: Signals, model: Model, off: OffTopic | None, *, covered: bool
) -> Outcome:
    """What to do with that probability.

    Args:
        probability: That the corpus holds the answer.
        signals: Of the retrieval.
        model: Has the thresholds.
        off: The off-corpus word that the question turns on.
        covered: Whether the best passages hold every known off-corpus word there is.
    """
    if signals.words == 0 and model is not FOREIGN:
        return "decline"
    scored = signals.outside is None or signals.score >= _NO_SCORE
    near = (scored and signals.unit >= _NOTHING_NEAR) or signals.question >= _SAMPLE
    asked = signals.question >= ASKED and not (off is not None and off.named)
    if asked or (probability >= model.threshold and near):
        return "answer"
    if off is not None or probability < model.closest or signals.unit < _FAR:
        return "decline"
    # "is shiatsu ok?": the best passage holds every telling word there is. Nothing speaks against.
    wholly = covered and signals.held > 0 and signals.top_coverage >= _WHOLLY
    return "answer" if wholly else "closest"
