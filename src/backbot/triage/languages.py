"""Other languages: signs that escalate, and the texts that answer them.

Each language has word classes and patterns of them, in the notation of `lexicon.py`. A sign is
dropped only where its language's `absent` patterns plainly deny it; all other doubt escalates.
A language is compiled when the first text with a word of it comes.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, field
from functools import cache, cached_property, lru_cache

from backbot.errors import RuleError
from backbot.frozen import dataclass
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
from backbot.triage.text import Token, split_words, words_of

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
    | {"common_words", "prefixes", "articles", "neutral", "spellings", "sounds", "words", "sign"}
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
_FILE, _KEPT, _KEPT_WORDS = "languages.toml", "languages.bin", "words-of-languages.bin"
SHARED_WORDS = words_of(
    """
    2 a aah ab abs absence accident accidental accidentally accidents after ai aide air al alam
    ali alla am amelioration an anal anesthesia ang angina anus ardor area ari arm arrive as at
    attack attend attends auto automatic autos baba back baja bal balcony ban band barre bathroom
    baum be beach beau bed beech bees bein bermuda bien bike bilateral bin bite blister blitz boca
    boi bois both bout bras brief bring building bus by capable car cara carton casa catheter cede
    cervical charge chat chest chute clitoris coccyx coco cola collision com comment commission
    como control corps costa cote couch coup court cr current cycle d da dab dam dan der derriere
    descend descendant descendent dia diaper dias die difference dil din do doctor doi dolores
    dorsal dos dum dune e eclairs elephant em era escape escapes fallen fatigue fecal feel feeling
    feet fever fin finger fingers floor fool foot force forces ful full fur fuss gai gene genital
    genitalia genitals gland go groin gross ha halt hand hands har hath hay he heart heaviness hi
    ho hold hoo hose hue hunger ibuprofen if im impossible improvement in incapable incontinence
    incontinent ins interior intima ire is it jab jai jalan jam jan jana jane jeep jet jingle jus
    kaka kam keen khali kia kiki klein kong kraft lac lag lago lair lana lance lang las last lat
    latrine leak lee left leg legs lena les lever ling links lit lo lorry lulu lumbar lund lust ma
    mag mai main mains mal man mann mao mar mara marches mare mari may me mea media medicine
    medicines meds mee mei meme men menace mer mere met meter metres metro mets mia micro minutes
    mio mojo mole moles mon monde monte moped mort motion motor motorcycle mou mover mud muscle
    muscles my na nada nag nai napkin nas ned nerve net niche nit nix no nobles note null numb
    numbness o oblige oder of ok okay on oppression or overdose pa pad pain painkiller painkillers
    pair pajama pang pant par para paracetamol paralyse paralysed paralyses paralysis paralyze
    paralyzed part parties parts paso pass pe pee pena penis pepe perineal pes peso pet pie pierre
    pies pills pins pinto pipe pith plus pointe pont pool potty pour power premiere pressure
    pricking private problem pubis pudding puke pyjama rad rails raja rectum reed region reins
    respiration retention right ring rio rode roller rooftop route rubber rue rum saddle sai sale
    sana sang sans sao sar sari sas scaffolding sciatica scooter scrotum second see sensation
    sensations sent shock short shorts siege sin sine sinn slip so sofa solo son sort sous
    sphincter sphincters spine spur spurt stein stock stool strength sui suicidal suicide suicides
    sun swimming tablet tablets tae tailbone talon tang tango tao tap tape taxi tees temperature
    tempo temps tension terrace tha thi thorax tight tightness tingling tire tissue to toilet tome
    tonne toro tot tractor train tramadol transit transporter tres tricycle truck u uber um
    underwear undies up urine us vagina vale van verge vide vulva wade war ware was wc we weak
    weakness weewee will wipe y ya yeh zero zone
    """
)
"""Words of the phrases that are English too. They make no sign by themselves: a sign must hold
another word of its language, and a text without any is not searched, so English costs nothing."""

ABSENT = "absent"
"""Name of the word class whose places are read as if nothing stood there: "sin fiebre"."""

_SHORTEST_TELLING = 3  # "de", "me", "ko" tell no language
_SHORTEST_STEM = 3
_SHORTEST_BY_SOUND = 4
_SURE = 2  # so many words tell that the others are of that language too
_RUN = re.compile(r"(.)\1{2,}")
_DOUBLED = re.compile(r"(.)\1+")
# Apostrophes, marks and what shows nothing.
_DROPPED = re.compile("['’‘`´ʼ＇\u200b\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670]+")
_DEVANAGARI = re.compile("[\u0900-\u097f]")
_LETTERS = {
    "CYRILLIC": "[\u0400-\u04ff]",
    "ARABIC": "[\u0600-\u06ff]",
    "DEVANAGARI": "[\u0900-\u097f\u1400-\u147f]",  # also as `_WHOLE` has them
}
# A word of a pattern, with the star of a stem; not the name of a class, no number of a gap.
_PATTERN_WORD = re.compile(r"(?<![\w@.~])[^\W\d]\w*\*?")
_TYPED_WORD = re.compile(r"\w+")
# Folding drops most vowels of Devanagari and cuts words at the others. One letter of another
# script for each keeps words whole; vowels that are often confused get the same one.
_WHOLE = {
    code: chr(0x1400 + code - 0x900) for code in (*range(0x901, 0x964), *range(0x970, 0x980))
}
_WHOLE |= dict.fromkeys((0x901, 0x902, 0x93C), "\u200b")  # signs that are left out at will
_WHOLE |= {0x940: _WHOLE[0x93F], 0x942: _WHOLE[0x941]}
_BARE = {
    ord(_WHOLE[code]): None for code in _WHOLE if unicodedata.category(chr(code)) == "Mn"
}  # phrases are found without these marks too
_WHOLE |= {
    ord(char): _WHOLE[ord(base)]
    for char, base in zip(
        "\u0958\u0959\u095a\u095b\u095c\u095d\u095e\u095f", "कखगजडढफय", strict=True
    )
}


@dataclass(frozen=True, slots=True)
class Sign:
    """Phrases of one language that tell of one sign.

    Attributes:
        concept: Key of the rules.
        tier: What it gives.
        confidence: "high", "medium" or "low".
        phrases: In the notation of `lexicon.py`, with the word classes of the language.
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
        sounds: Letters that are often taken for each other, and what stands for them ("2": any
            doubled letter); applied in order to words that are not known.
        prefixes: Folded letters that may be glued to the front of a word ("and").
        articles: Folded letters that may be glued to it behind these ("the", "in the").
        words: Word classes by name: phrases and patterns; "stem*" is any word that begins so.
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
    sounds: tuple[tuple[str, str], ...]
    prefixes: tuple[str, ...]
    articles: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]]
    signs: tuple[Sign, ...]

    def patterns(self) -> Iterator[str]:
        """Everything that the lexicon is made of, as it stands in the file."""
        for phrases in self.words.values():
            yield from phrases
        for sign in self.signs:
            yield from sign.phrases


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


def _fold(text: str) -> str:
    """Words folded as `split_words` does it, many at once; whole words in Devanagari."""
    if text.isascii():
        return text.lower().replace("'", "")
    if _DEVANAGARI.search(text):
        text = text.translate(_WHOLE)
    folded = unicodedata.normalize("NFKC", _DROPPED.sub("", text)).casefold()
    bare = _DROPPED.sub("", unicodedata.normalize("NFD", folded))
    return bare.replace("ى", "ي").replace("ة", "ه").replace("ٱ", "ا")


def _fold_word(word: str) -> str:
    return " ".join(token.word for token in split_words(word))


def _sign(row: Row) -> Sign:
    row.expect_only(_SIGN_KEYS)
    label = row.text("tier")
    for phrase in (phrases := row.texts("phrases")):
        if phrase.count("(") != phrase.count(")"):
            raise row.error(f"pattern {phrase!r}: a bracket is not closed")
    try:
        tier = Tier.parse(label)
    except ValueError as error:
        raise row.error(f"{error}") from error
    return Sign(
        concept=row.text("concept"),
        tier=tier,
        confidence=row.one_of("confidence", CONFIDENCES),
        phrases=phrases,
    )


def _words(row: Row) -> dict[str, tuple[str, ...]]:
    """The word classes: a string each, phrases between commas."""
    table = row.data.get("words", {})
    if not isinstance(table, dict):
        raise row.error("'words' must be a table")
    inner = Row(row.file, f"{row.name}: words", table)
    return {
        name: tuple(filter(None, (" ".join(p.split()) for p in inner.text(name).split(","))))
        for name in table
    }


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


def _sounds(row: Row) -> tuple[tuple[str, str], ...]:
    """Pairs written "ae=a", or "2=1" for doubled letters: as typed, and what is compared."""
    if "sounds" not in row.data:
        return ()
    pairs = [_fold(pair).partition("=") for pair in row.text("sounds").split()]
    if any(not typed or not equals for typed, equals, _ in pairs):
        raise row.error("'sounds' must be pairs like 'ae=a'")
    return tuple((typed, meant) for typed, _, meant in pairs)


def _articles(row: Row) -> tuple[str, ...]:
    return tuple(_fold(a) for a in row.texts("articles")) if "articles" in row.data else ()


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
        common_words=frozenset(_fold_word(word) for word in row.texts("common_words")),
        neutral=row.texts("neutral"),
        spellings=_spellings(row),
        sounds=_sounds(row),
        prefixes=tuple(_fold(p) for p in row.texts("prefixes", at_least=0)),
        articles=_articles(row),
        words=_words(row),
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


class _Stems:
    """Beginnings that stand for every word that begins so."""

    def __init__(self, stems: Iterable[str]) -> None:
        self._by_start: dict[str, tuple[str, ...]] = {}
        for stem in sorted(stems):
            start = stem[:_SHORTEST_STEM]
            self._by_start[start] = (*self._by_start.get(start, ()), stem)

    def any_of(self, words: Iterable[str]) -> bool:
        """Whether any of the words begins with a stem."""
        near = [word for word in words if word[:_SHORTEST_STEM] in self._by_start]
        return any(map(self.of, near))

    def of(self, word: str) -> str:
        """The shortest stem that the word begins with, or ""."""
        for stem in self._by_start.get(word[:_SHORTEST_STEM], ()):
            if word.startswith(stem):
                return stem
        return ""


@cache
def _correct_english() -> frozenset[str]:
    """English words that are no misspelling of another language's."""
    common = (RULES_DIR / "common_words.txt").read_text(encoding="utf-8")
    return SHARED_WORDS | _ENGLISH | frozenset(common.split())


def _written(patterns: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The folded words of patterns, and their stems."""
    found: list[str] = _PATTERN_WORD.findall(_fold("\n".join(patterns)))
    stems = frozenset(word[:-1] for word in found if word.endswith("*"))
    return frozenset(word for word in found if not word.endswith("*")), stems


@dataclass(frozen=True, slots=True)
class _Table:
    """What finding the signs of one language takes: plain data, so that it can be kept.

    Attributes:
        code: As in `Language`; so are spellings, sounds, prefixes, articles and words.
        script: As Unicode names its letters, "" for Latin.
        signs: Concept, tier, confidence and patterns of each.
        told_by: Folded words that are of the language and no English ones; empty where the
            letters alone tell it.
        stems: Beginnings of such words.
    """

    code: str
    script: str
    spellings: Mapping[str, str]
    sounds: tuple[tuple[str, str], ...]
    prefixes: tuple[str, ...]
    articles: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]]
    signs: tuple[tuple[str, int, str, tuple[str, ...]], ...]
    told_by: frozenset[str]
    stems: frozenset[str]


def _table(language: Language) -> _Table:
    script = SCRIPTS.get(language.script, "")
    told_by: frozenset[str] = frozenset()
    stems: frozenset[str] = frozenset()
    if not script:
        written, stems = _written(language.patterns())
        known = written.union(language.spellings, language.common_words)
        told_by = known - SHARED_WORDS - _ENGLISH
    return _Table(
        code=language.code,
        script=script,
        spellings=language.spellings,
        sounds=language.sounds,
        prefixes=language.prefixes,
        articles=language.articles,
        words=language.words,
        signs=tuple((s.concept, int(s.tier), s.confidence, s.phrases) for s in language.signs),
        told_by=told_by,
        stems=stems,
    )


class _Gate:
    """Tells whether words as typed are of a language, without compiling its patterns."""

    def __init__(self, table: _Table) -> None:
        self._letter = re.compile(_LETTERS[table.script]) if table.script else None
        self._words = table.told_by
        self._begins = _Stems(table.stems)

    def knows(self, word: str) -> bool:
        """Whether the folded word is one of the language and no English one."""
        if self._letter:
            return bool(self._letter.match(word))
        return word in self._words or bool(word not in SHARED_WORDS and self._begins.of(word))

    def tells(self, word: str) -> bool:
        """Whether the word alone tells the language: "de" and "ko" do not."""
        return (self._letter is not None or len(word) >= _SHORTEST_TELLING) and self.knows(word)

    def count(self, words: Iterable[str]) -> int:
        """How many different ones of the folded words are of the language."""
        return sum(map(self.knows, set(words)))

    def opens(self, words: Iterable[str]) -> bool:
        """Whether a text of these folded words may be in the language."""
        return any(map(self.tells, words)) or self.count(words) >= _SURE


class _Finder:
    """One language, compiled."""

    def __init__(self, table: _Table, gate: _Gate) -> None:
        self._code = table.code
        self._gate = gate
        self._whole = table.script == "DEVANAGARI"
        self._spellings = table.spellings
        self._glued = sorted(
            {p + a for p in ("", *table.prefixes) for a in ("", *table.articles)} - {""},
            key=lambda letters: (-len(letters), letters),
        )
        self._conjunctions = frozenset(table.prefixes)
        groups = [*table.words.values(), *(phrases for *_, phrases in table.signs)]
        self._written, stems = _written(phrase for phrases in groups for phrase in phrases)
        self._stems = _Stems(stems)
        classes = {name: self._ready(phrases) for name, phrases in table.words.items()}
        for number, (*_, phrases) in enumerate(table.signs):
            ready = self._ready(phrases)
            bare = [p.translate(_BARE) for p in ready if p.replace(" ", "").isalpha()]
            classes[f"sign {number}"] = list(dict.fromkeys([*ready, *bare]))
        self._lexicon = Lexicon(classes)
        self._signs = [
            (self._lexicon.id_of(f"sign {number}"), concept, Tier(tier), confidence)
            for number, (concept, tier, confidence, _) in enumerate(table.signs)
        ]
        vocabulary = self._lexicon.vocabulary
        self._sounds = table.sounds
        self._by_sound: dict[str, str] = {
            self._sound(word): word for word in sorted(vocabulary, reverse=True)
        }
        self._stems_by_sound = {self._sound(stem): stem for stem in stems}
        self._sound_stems = _Stems(self._stems_by_sound)
        self._absent = self._lexicon.id_of(ABSENT) if ABSENT in table.words else -1
        self._respell: Callable[[str], str] = lru_cache(maxsize=4096)(self._respelled)

    def _ready(self, phrases: Iterable[str]) -> list[str]:
        """The patterns with words as texts are read: stems, and without what is glued on."""
        return [_PATTERN_WORD.sub(lambda m: self._plain(m[0]), _fold(p)) for p in phrases]

    def _plain(self, word: str) -> str:
        if found := self._stems.of(word.rstrip("*")):
            return found
        return next((bare for bare in self._bare(word) if bare in self._written), word)

    def _bare(self, word: str) -> Iterator[str]:
        """The word without what may be glued to its front."""
        for letters in self._glued:
            if word.startswith(letters):
                bare = word.removeprefix(letters)
                if len(bare) >= (2 if letters in self._conjunctions else _SHORTEST_STEM):
                    yield bare

    def _respelled(self, word: str) -> str:
        """The word as the patterns have it, or as it is."""
        word = self._spellings.get(word, word)
        for known in (self._known, self._known_by_sound):
            for form in (word, *self._bare(word)):
                if found := known(form):
                    return found
        return word

    def _known(self, word: str) -> str:
        return word if word in self._lexicon.vocabulary else self._stems.of(word)

    def _sound(self, word: str) -> str:
        word = _RUN.sub(r"\1", word)
        for typed, meant in self._sounds:
            word = _DOUBLED.sub(r"\1", word) if typed == "2" else word.replace(typed, meant)
        return word

    def _known_by_sound(self, word: str) -> str:
        if len(word) < _SHORTEST_BY_SOUND or word.isdigit() or word in _correct_english():
            return ""
        sound = self._sound(word)
        stem = self._stems_by_sound.get(self._sound_stems.of(sound), "")
        return self._by_sound.get(sound, stem)

    def find(self, tokens: Sequence[Token], text: str) -> Iterator[PhraseHit]:
        """The signs in a text that hold a word that tells the language, or stand beside two."""
        if self._whole:
            tokens = split_words(text.translate(_WHOLE))
        telling = [k for k, token in enumerate(tokens) if self._gate.tells(token.word)]
        read = [(token, self._respell(token.word)) for token in tokens]
        marks = self._lexicon.mark([t if w == t.word else t._replace(word=w) for t, w in read])
        sure = self._gate.count(token.word for token in tokens) >= _SURE
        if places := marks.places.of(self._absent):
            hidden = {k for start, stop in places for k in range(start, stop)}
            marks = self._lexicon.without(marks, hidden)
        for number, concept, tier, confidence in self._signs:
            for start, stop in marks.places.of(number):
                place = bisect_left(telling, start)
                if sure or (place < len(telling) and telling[place] < stop):
                    yield PhraseHit(
                        self._code,
                        concept,
                        tier,
                        confidence,
                        tokens[start].start,
                        tokens[stop - 1].end,
                    )


@dataclass(frozen=True)
class _Finders:
    """Which languages a text may be in, and the finder of each, made when first asked for."""

    tables: tuple[_Table, ...]
    _gates: dict[str, _Gate] = field(default_factory=dict, compare=False)
    _made: dict[str, _Finder] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        """Ready the gates."""
        self._gates.update((table.code, _Gate(table)) for table in self.tables)

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(word for table in self.tables for word in table.told_by)

    @cached_property
    def _begins(self) -> _Stems:
        return _Stems({stem for table in self.tables for stem in table.stems})

    def may_be_in(self, text: str) -> list[str]:
        """Codes of the languages that the text has words of; most often none."""
        words = set(_TYPED_WORD.findall(_fold(text)))
        latin = not words.isdisjoint(self._words) or self._begins.any_of(words)
        if not latin and all(map(str.isascii, words)):
            return []
        return [code for code, gate in self._gates.items() if gate.opens(words)]

    def count(self, code: str, words: Iterable[str]) -> int:
        """How many different ones of the folded words are of the language."""
        return self._gates[code].count(words)

    def all(self) -> list[_Finder]:
        """Every language's finder."""
        return [self.of(table.code) for table in self.tables]

    def of(self, code: str) -> _Finder:
        """The finder of a language; RuleError where one of its patterns cannot be read."""
        if code not in self._made:
            table = next(table for table in self.tables if table.code == code)
            try:
                self._made[code] = _Finder(table, self._gates[code])
            except RuleError as error:
                raise RuleError(f"{_FILE}: {code}: {error}") from error
        return self._made[code]


@cache
def _finders() -> _Finders:
    """The finders, of the tables that a former start has kept where these are the same."""
    try:
        key = stored.key_of((RULES_DIR / _FILE).read_bytes())
    except OSError:
        key = b""  # reading it in earnest says what is wrong
    if (kept := stored.read(_KEPT, key)) is not None:
        return _Finders(tuple(_Table(**each) for each in kept))
    tables = _compiled()
    stored.write(_KEPT, key, [asdict(table) for table in tables])
    return _Finders(tables)


def warm() -> None:
    """Make every finder now: the first text with words of a language would wait 40 ms for it.

    Raises:
        RuleError: One of the patterns cannot be read.
    """
    _finders().all()


def _compiled() -> tuple[_Table, ...]:
    """The tables as they are packaged."""
    return tuple(_table(language) for language in load_languages().values())


def may_be_in(text: str) -> list[str]:
    """Codes of the languages that the text has words of; most often none.

    Args:
        text: As typed.
    """
    return _finders().may_be_in(text)


def find_phrases(text: str, codes: Sequence[str] | None = None) -> tuple[PhraseHit, ...]:
    """Every sign of every language in the text, in text order, the highest tier first.

    Args:
        text: As typed.
        codes: What `may_be_in` says of it, where that has been asked already.

    Returns:
        One hit per place and sign. Where the same words hit in two languages, that of which the
        text has more words; both where it has as many of each.
    """
    finders = _finders()
    codes = finders.may_be_in(text) if codes is None else codes
    if not codes:
        return ()
    tokens = split_words(text)
    words = [token.word for token in tokens]
    by_count: dict[int, list[str]] = {}
    for code in codes:
        by_count.setdefault(finders.count(code, words), []).append(code)
    kept: list[PhraseHit] = []
    said = [Tier.NONE] * len(text)  # per character, in the languages that the text has more of
    for _, alike in sorted(by_count.items(), reverse=True):
        found = [
            hit
            for code in alike
            for hit in _widest(finders.of(code).find(tokens, text))
            if max(said[hit.start : hit.end]) < hit.tier
        ]
        for hit in found:
            said[hit.start : hit.end] = [max(t, hit.tier) for t in said[hit.start : hit.end]]
        kept += found
    return tuple(sorted(kept, key=lambda hit: (hit.start, -hit.tier, hit.end, hit.language)))


def _widest(hits: Iterable[PhraseHit]) -> Iterator[PhraseHit]:
    """The hits that no other of the same sign encloses."""
    reached: dict[str, int] = {}
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end, hit.confidence)):
        if hit.end > reached.get(hit.concept, 0):
            reached[hit.concept] = hit.end
            yield hit


def foreign_words(text: str, codes: Sequence[str] | None = None) -> frozenset[str]:
    """Words that an English speller must leave alone: none where the text seems to be English.

    "no puedo dormir" is no misspelled "no peed".

    Args:
        text: As typed.
        codes: What `may_be_in` says of it, where that has been asked already.
    """
    finders = _finders()
    codes = finders.may_be_in(text) if codes is None else codes
    if not codes or (code := guess_language(text)) not in codes:
        return frozenset()
    return frozenset(t.word for t in split_words(text) if finders.count(code, (t.word,)))


def guess_language(text: str) -> str:
    """The code of the language that the text seems to be in; "en" in doubt.

    Args:
        text: As typed.

    Returns:
        A key of `load_languages()`, or "en".
    """
    languages = _common_words()
    letters = [unicodedata.name(c, "").split(" ")[0] for c in text if c.isalpha() and c > "\x7f"]
    count = sum(map(str.isalpha, text))
    for code, (spelled, _) in languages.items():
        script = SCRIPTS.get(spelled)
        if script and 2 * letters.count(script) > count:
            return code
    words = [token.word for token in split_words(text)]
    if not words:
        return "en"
    counts = {
        code: sum(word in common for word in words) for code, (_, common) in languages.items()
    }
    best = max(counts, key=lambda code: counts[code])
    english = sum(word in _ENGLISH for word in words)
    enough = counts[best] >= max(_FEWEST_WORDS, _LEAST_SHARE * len(words))
    return best if enough and counts[best] > english else "en"


@cache
def _common_words() -> Mapping[str, tuple[str, frozenset[str]]]:
    """Script and most common words of each language by code: all that guessing one needs."""
    try:
        key = stored.key_of((RULES_DIR / _FILE).read_bytes())
    except OSError:
        key = b""  # reading it in earnest says what is wrong
    found: Mapping[str, tuple[str, frozenset[str]]] = stored.get(
        _KEPT_WORDS,
        key,
        lambda: {
            code: (language.script, frozenset(language.common_words))
            for code, language in load_languages().items()
        },
    )
    return found


_FEWEST_LETTERS = 2


def is_foreign_script(text: str) -> bool:
    """Whether most letters are of another script than Latin: nobody here can read it for signs.

    Args:
        text: As typed.
    """
    if text.isascii():
        return False
    letters = [char for char in text if char.isalpha()]
    others = sum(char > "\u024f" and not _is_latin(char) for char in letters)
    return len(letters) >= _FEWEST_LETTERS and 2 * others > len(letters)


@lru_cache(maxsize=4096)
def _is_latin(char: str) -> bool:
    """Whether a letter is Latin in a fancy form ("𝐧", "ｎ")."""
    return unicodedata.normalize("NFKD", char)[0] < "\u0250"
