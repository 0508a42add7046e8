"""Other languages: phrases that escalate, and the texts that answer them.

Only phrases are matched here, no negation beyond the phrase itself, so doubt escalates.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from backbot.errors import RuleError
from backbot.model import Tier
from backbot.triage import stored
from backbot.triage.lexicon import Lexicon
from backbot.triage.tables import (
    PROVENANCE_KEYS,
    RULES_DIR,
    Provenance,
    Row,
    read_table,
)
from backbot.triage.text import Token, split_words

CORE_CONCEPTS = (
    "urinary_retention",
    "urinary_incontinence",
    "bowel_incontinence",
    "saddle_numbness",
    "bilateral_leg_symptoms",
    "bilateral_weakness",
    "paralysis",
    "chest_pain",
    "trauma_major",
    "suicidal_thoughts",
)
"""Signs that every language must have phrases for, in the specification's order."""

TEXT_KEYS = ("emergency", "crisis", "urgent", "nerve", "safety_net", "only_english")
"""Texts that every language must have."""

CONFIDENCES = frozenset({"high", "medium", "low"})
SCRIPTS = {"Cyrillic": "CYRILLIC", "Arabic": "ARABIC", "Devanagari": "DEVANAGARI"}
"""Scripts that tell a language by themselves, and how Unicode names their letters."""

_LANGUAGE_KEYS = (
    PROVENANCE_KEYS
    | frozenset(TEXT_KEYS)
    | {"code", "name", "own_name", "script", "unknown_number", "unknown_crisis_line"}
    | {"common_words", "prefixes", "neutral", "spellings", "sign"}
)
_SIGN_KEYS = frozenset({"concept", "tier", "confidence", "phrases"})
_ENGLISH = frozenset(
    {
        "the", "and", "my", "is", "it", "i", "a", "to", "of", "in", "for", "what", "how", "do",
        "does", "can", "with", "have", "on", "after", "when", "are", "should", "not", "this",
        "that", "back", "pain", "me", "but", "or", "was", "will", "if", "best",
    }
)  # fmt: skip
_FEWEST_WORDS, _LEAST_SHARE = 2, 0.25
_FILE, _KEPT = "languages.toml", "languages.bin"
SHARED_WORDS = frozenset(
    {
        "2", "a", "accident", "after", "anus", "arm", "as", "band", "bike", "chest", "com",
        "current", "die", "do", "feel", "force", "hand", "im", "in", "leak", "lumbar", "main",
        "me", "motion", "no", "o", "pad", "pain", "pair", "part", "parts", "pe", "plus",
        "private", "problem", "short", "to", "toilet", "um", "urine", "will",
    }
)  # fmt: skip
"""Words of the phrases that are English too. No phrase consists of these alone (tested), so a
text without any other word of a language need not be searched: English costs nothing."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Phrases of one language that tell of one sign.

    Attributes:
        concept: Key of the rules.
        tier: What it gives.
        confidence: "high", "medium" or "low".
        phrases: In the notation of `lexicon.py`.
    """

    concept: str
    tier: Tier
    confidence: str
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Language:
    """One language's table.

    Attributes:
        provenance: Version, sources and review.
        code: "es", "hi-Latn", ...
        name: In English.
        own_name: As its speakers write it.
        script: "Latin" or a key of `SCRIPTS`.
        texts: By the keys of `TEXT_KEYS`, with placeholders.
        unknown_number: What stands for an emergency number that is not known.
        unknown_crisis_line: What stands for a crisis line that is not known.
        common_words: Folded everyday words that tell the language.
        neutral: Harmless sentences that must match nothing.
        spellings: Folded word as typed → folded word as the phrases write it.
        prefixes: Folded letters that may be glued to the front of a word.
        signs: In file order.
    """

    provenance: Provenance
    code: str
    name: str
    own_name: str
    script: str
    texts: Mapping[str, str]
    unknown_number: str
    unknown_crisis_line: str
    common_words: frozenset[str]
    neutral: tuple[str, ...]
    spellings: Mapping[str, str]
    prefixes: tuple[str, ...]
    signs: tuple[Sign, ...]


@dataclass(frozen=True, slots=True)
class PhraseHit:
    """A phrase found in a text.

    Attributes:
        language: Code.
        concept: Key of the rules.
        tier: What it gives.
        confidence: "high", "medium" or "low".
        start: First character in the text as typed.
        end: One past the last.
    """

    language: str
    concept: str
    tier: Tier
    confidence: str
    start: int
    end: int


def _fold(word: str) -> str:
    return " ".join(token.word for token in split_words(word))


def _sign(row: Row) -> Sign:
    row.expect_only(_SIGN_KEYS)
    label = row.text("tier")
    try:
        tier = Tier.parse(label)
    except ValueError as error:
        raise row.error(f"{error}") from error
    return Sign(
        concept=row.text("concept"),
        tier=tier,
        confidence=row.one_of("confidence", CONFIDENCES),
        phrases=row.texts("phrases"),
    )


def _spellings(row: Row) -> dict[str, str]:
    table = row.data.get("spellings", {})
    if not isinstance(table, dict):
        raise row.error("'spellings' must be a table")
    inner = Row(row.file, row.name, table)
    spellings: dict[str, str] = {}
    for word in table:
        for variant in inner.texts(word):
            folded = _fold(variant)
            if folded in spellings or folded == _fold(word):
                raise row.error(f"spelling {variant!r} stands twice")
            spellings[folded] = _fold(word)
    return spellings


def _language(row: Row) -> Language:
    row.expect_only(_LANGUAGE_KEYS)
    signs = tuple(_sign(sign) for sign in row.rows("sign", "concept", at_least=1))
    missing = [c for c in CORE_CONCEPTS if all(sign.concept != c for sign in signs)]
    if missing:
        raise row.error(f"has no phrase for {missing[0]!r}")
    return Language(
        provenance=row.provenance(),
        code=row.text("code"),
        name=row.text("name"),
        own_name=row.text("own_name"),
        script=row.one_of("script", frozenset(SCRIPTS) | {"Latin"}),
        texts={key: row.text(key) for key in TEXT_KEYS},
        unknown_number=row.text("unknown_number"),
        unknown_crisis_line=row.text("unknown_crisis_line"),
        common_words=frozenset(_fold(word) for word in row.texts("common_words")),
        neutral=row.texts("neutral"),
        spellings=_spellings(row),
        prefixes=tuple(_fold(p) for p in row.texts("prefixes", at_least=0)),
        signs=signs,
    )


@cache
def load_languages() -> Mapping[str, Language]:
    """The packaged tables by code, in file order; read once.

    Raises:
        RuleError: The file cannot be read, or a row is malformed.
    """
    table = read_table(RULES_DIR / _FILE)
    table.expect_only(frozenset({"language"}))
    languages: dict[str, Language] = {}
    for row in table.rows("language", at_least=1):
        language = _language(row)
        if language.code in languages:
            raise row.error(f"the code {language.code!r} stands twice")
        languages[language.code] = language
    return languages


@dataclass(frozen=True, slots=True)
class _Finder:
    """Languages that read words alike, compiled together; spellings, prefixes: of `Language`."""

    spellings: Mapping[str, str]
    prefixes: tuple[str, ...]
    lexicon: Lexicon
    signs: tuple[tuple[int, str, Sign], ...]
    telling_words: frozenset[str]

    def concerns(self, word: str) -> bool:
        """Whether a text with this word may hold a phrase of these languages."""
        return word in self.telling_words or (
            bool(self.prefixes) and word.startswith(self.prefixes)
        )


@cache
def _finders() -> tuple[_Finder, ...]:
    try:
        key = stored.key_of((RULES_DIR / _FILE).read_bytes())
    except OSError:
        key = b""  # reading it in earnest says what is wrong
    if (kept := stored.read(_KEPT, key)) is not None:
        return tuple(_of_kept(each) for each in kept)
    finders = _compiled()
    stored.write(_KEPT, key, [_kept(finder) for finder in finders])
    return finders


def _kept(finder: _Finder) -> dict[str, Any]:
    """A finder as plain data."""
    signs = [
        (number, code, sign.concept, int(sign.tier), sign.confidence, sign.phrases)
        for number, code, sign in finder.signs
    ]
    return {
        "spellings": finder.spellings,
        "prefixes": finder.prefixes,
        "lexicon": finder.lexicon.kept(),
        "signs": signs,
        "telling_words": finder.telling_words,
    }


def _of_kept(data: Mapping[str, Any]) -> _Finder:
    """What `_kept` gave, without compiling anything."""
    signs = tuple(
        (number, code, Sign(concept, Tier(tier), confidence, phrases))
        for number, code, concept, tier, confidence, phrases in data["signs"]
    )
    return _Finder(**{**data, "lexicon": Lexicon.of_kept(data["lexicon"]), "signs": signs})


def _compiled() -> tuple[_Finder, ...]:
    """The finders of the packaged tables."""
    languages = tuple(load_languages().values())
    alike = tuple(lang for lang in languages if not lang.spellings and not lang.prefixes)
    groups = [alike, *((lang,) for lang in languages if lang not in alike)]
    return tuple(_finder(group) for group in groups if group)


def _finder(languages: tuple[Language, ...]) -> _Finder:
    classes: dict[str, Sequence[str]] = {}
    signs: list[tuple[str, str, Sign]] = []
    for language in languages:
        for number, sign in enumerate(language.signs):
            name = f"{language.code}/{sign.concept}/{number}"
            classes[name] = sign.phrases
            signs.append((name, language.code, sign))
    try:
        lexicon = Lexicon(classes)
    except RuleError as error:
        codes = ", ".join(language.code for language in languages)
        raise RuleError(f"languages.toml: {codes}: {error}") from error
    return _Finder(
        languages[0].spellings,
        languages[0].prefixes,
        lexicon,
        tuple((lexicon.id_of(name), code, sign) for name, code, sign in signs),
        frozenset(lexicon.vocabulary | set(languages[0].spellings)) - SHARED_WORDS,
    )


def _respell(tokens: Sequence[Token], finder: _Finder) -> list[Token]:
    if not finder.spellings and not finder.prefixes:
        return list(tokens)
    out = []
    for token in tokens:
        word = finder.spellings.get(token.word, token.word)
        if word not in finder.telling_words:
            for prefix in finder.prefixes:
                bare = word.removeprefix(prefix)
                if bare != word and bare in finder.telling_words:
                    word = bare
                    break
        out.append(token if word == token.word else replace(token, word=word))
    return out


def find_phrases(text: str) -> tuple[PhraseHit, ...]:
    """Every phrase of every language in the text, in text order, the highest tier first.

    Args:
        text: As typed.

    Returns:
        One hit per place and concept; the same words may hit in two languages that share them.
    """
    tokens = split_words(text)
    hits: set[PhraseHit] = set()
    for finder in _finders():
        if not any(finder.concerns(token.word) for token in tokens):
            continue
        words = _respell(tokens, finder)
        spans = finder.lexicon.mark(words).spans
        for number, code, sign in finder.signs:
            for start, stop in spans.get(number, ()):
                first, last = tokens[start], tokens[stop - 1]
                hits.add(
                    PhraseHit(
                        code, sign.concept, sign.tier, sign.confidence, first.start, last.end
                    )
                )
    return tuple(sorted(hits, key=lambda hit: (hit.start, -hit.tier, hit.end, hit.language)))


def guess_language(text: str) -> str:
    """The code of the language that the text seems to be in; "en" in doubt.

    Args:
        text: As typed.

    Returns:
        A key of `load_languages()`, or "en".
    """
    languages = load_languages()
    letters = [unicodedata.name(c, "").split(" ")[0] for c in text if c.isalpha()]
    for language in languages.values():
        script = SCRIPTS.get(language.script)
        if script and 2 * letters.count(script) > len(letters):
            return language.code
    words = [token.word for token in split_words(text)]
    if not words:
        return "en"
    counts = {
        code: sum(word in language.common_words for word in words)
        for code, language in languages.items()
    }
    best = max(counts, key=lambda code: counts[code])
    english = sum(word in _ENGLISH for word in words)
    enough = counts[best] >= max(_FEWEST_WORDS, _LEAST_SHARE * len(words))
    return best if enough and counts[best] > english else "en"


_FEWEST_LETTERS = 2


def is_foreign_script(text: str) -> bool:
    """Whether most letters are of another script than Latin: nobody here can read it for signs.

    Args:
        text: As typed.
    """
    letters = [char for char in text if char.isalpha()]
    others = sum(char > "\u024f" and not _is_latin(char) for char in letters)
    return len(letters) >= _FEWEST_LETTERS and 2 * others > len(letters)


@lru_cache(maxsize=4096)
def _is_latin(char: str) -> bool:
    """Whether a letter is Latin in a fancy form ("𝐧", "ｎ")."""
    return unicodedata.normalize("NFKD", char)[0] < "\u0250"
