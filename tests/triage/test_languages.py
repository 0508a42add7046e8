"""Signs told in other languages than English: found in unlisted wordings, and nowhere else."""

import json
import random
import re
import time
from pathlib import Path

import pytest

from backbot.errors import RuleError
from backbot.model import Tier, TriageState
from backbot.triage import languages
from backbot.triage.engine import assess
from backbot.triage.languages import (
    ABSENT,
    CORE_CONCEPTS,
    SHARED_WORDS,
    find_phrases,
    load_languages,
)
from backbot.triage.tables import RULES_DIR
from backbot.triage.text import split_words

DATA = Path(__file__).with_name("data")
CODES = list(load_languages())
FEWEST_POSITIVE, FEWEST_NEUTRAL = 25, 40
MOST_CHARS = 4096
SLOWEST_S = 1.0  # of processor time, on a machine with other work; 0.03 on an idle one


def rows(code):
    """The messages of one language, all of our own writing.

    `part` says when a message was first tried: "tune" while the lexicon was written, "kept" once
    after it, "fresh" to "fresh3" each once after a round of additions, before the next one.
    """
    lines = (DATA / f"lang_{code}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


MESSAGES = [pytest.param(code, row, id=row["id"]) for code in CODES for row in rows(code)]


def highest(text):
    """The highest tier of what is found."""
    return max((hit.tier for hit in find_phrases(text)), default=Tier.NONE)


# --------------------------------------------------------------------------- messages


@pytest.mark.parametrize("code", CODES)
def test_every_language_has_enough_messages(code):
    """25 with a sign and 40 without one, half of each kept apart; no text stands twice."""
    found = rows(code)
    for part in ("tune", "kept"):
        of_part = [row for row in found if row["part"] == part]
        assert sum(row["tier"] != "none" for row in of_part) >= FEWEST_POSITIVE // 2
        assert sum(row["tier"] == "none" for row in of_part) >= FEWEST_NEUTRAL // 2
    assert len({row["text"] for row in found}) == len({row["id"] for row in found}) == len(found)


@pytest.mark.parametrize(("code", "row"), MESSAGES)
def test_a_message_gets_its_tier(code, row):
    """A sign at least its own, in its own language; an ordinary message none.

    A plain denial ("no tengo hormigueo") never gives an emergency.
    """
    tier = highest(row["text"])
    if row["tier"] != "none":
        assert tier >= Tier.parse(row["tier"])
        assert assess(row["text"], TriageState(), 0.0).language == code
    elif row["negated"]:
        assert tier < Tier.EMERGENCY
    else:
        assert find_phrases(row["text"]) == ()


@pytest.mark.parametrize(
    "text",
    [
        "mes deux jambes sont insensibles",
        "parehong binti ko ay namamanhid",
        "minhas duas pernas ficaram dormentes",
        "es kommt kein urin mehr",
        "llevo desde ayer sin poder hacer pis",
        "se me durmió la entrepierna",
    ],
)
def test_unlisted_wordings_are_emergencies(text):
    """Ordinary variants of the core phrases."""
    assert assess(text, TriageState(), 0.0).tier is Tier.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "no tengo fiebre ni hormigueo pero no puedo orinar",
        "sem dormência nas mãos, mas não sinto as pernas",
        "pas de fourmis, mais je n'arrive plus à uriner",
        "kein Fieber, aber ich kann nicht mehr pinkeln",
        "онемения в руках нет, но не могу помочиться",
        "ما عندي حرارة بس مش قادر أتبول",
        "bukhar nahi hai lekin peshab nahi ho raha",
        "बुखार नहीं है लेकिन पेशाब नहीं हो रहा",
        "wala akong lagnat pero hindi ako makaihi",
    ],
)
def test_a_denial_hides_no_other_sign(text):
    """Losing an emergency is worse than one too many."""
    assert highest(text) is Tier.EMERGENCY


@pytest.mark.parametrize(
    ("text", "code", "concept"),
    [
        ("desde ayer no ciento mis piernaaas", "es", "bilateral_leg_symptoms"),
        ("tengo las piernas entumesidas", "es", "bilateral_leg_symptoms"),
        ("meine fuesse sind taub", "de", "bilateral_leg_symptoms"),
        ("mein bein ist gelaehmt", "de", "paralysis"),
        ("dono taaango mein jhunjhunee", "hi-Latn", "bilateral_leg_symptoms"),
        ("وبالليل التنميل بالرجلين", "ar", "bilateral_leg_symptoms"),
        ("j'ai l'anus engourdi", "fr", "saddle_numbness"),
        ("jai lanus engourdi", "fr", "saddle_numbness"),
    ],
)
def test_spellings_sounds_and_glued_letters_are_read(text, code, concept):
    """As people type: by ear, drawn out, without umlauts, with the article glued on."""
    assert (code, concept) in {(hit.language, hit.concept) for hit in find_phrases(text)}


def test_devanagari_words_are_read_whole():
    """The word for on is no leg, though without its vowel sign a leg is written so."""
    assert highest("दोनों पैर सुन्न हैं") is Tier.EMERGENCY
    assert highest("दोनों पर सुन्न") is Tier.NONE
    assert highest("सोफे पर सो गया") is Tier.NONE


def test_the_language_of_more_words_answers():
    """Words that two languages share do not make a Portuguese message a Spanish one."""
    hits = find_phrases("tá difícil de respirar e as costas doem em cima")
    assert {hit.language for hit in hits} == {"pt"}


def test_a_sign_is_told_once_per_place():
    """Of overlapping finds of one sign the widest is left."""
    for text in ("mes deux jambes sont insensibles", "не могу помочиться"):
        hits = find_phrases(text)
        assert len({hit.concept for hit in hits}) == len(hits)


# --------------------------------------------------------------------------- English


def english_texts():
    """Every message of the English sets that is written in Latin letters without accents."""
    lines = (DATA / "messages.jsonl").read_text(encoding="utf-8").splitlines()
    return [text for line in lines if (text := json.loads(line)["text"]).isascii()]


def test_english_messages_hold_no_foreign_sign():
    """Every find in the English set stands in a message that is in another language."""
    other = re.compile(
        r"\b(nahi|dono|peshab|jhunjhuni|binti|puedo|piernas|ich|pas|sunn|dard)\b", re.IGNORECASE
    )
    wrong = [text for text in english_texts() if find_phrases(text) and not other.search(text)]
    assert wrong == []


def test_english_words_alone_make_no_sign():
    """However they are mixed: words that are English too need another word of the language."""
    common = (RULES_DIR / "common_words.txt").read_text(encoding="utf-8").split()
    shared = sorted(SHARED_WORDS)
    choose = random.Random(7)
    for _ in range(3000):
        text = " ".join(choose.choice(choose.choice((shared, common))) for _ in range(12))
        assert find_phrases(text) == (), text


@pytest.mark.parametrize(
    "text",
    [
        "my potty trained son fell off the van and my legs die in the sun, pair of tang shoes",
        "the main problem is that my chest and arm feel like lead, no numbness",
        "I die for a massage, plus my private trainer said no pain no gain",
        "can't feel my legs in the van, both feet numb on the couch",
        "the dos and don'ts of a pinched nerve, les mills class and a sinus pain",
    ],
)
def test_foreign_looking_words_find_nothing(text):
    """In capitals, too."""
    assert find_phrases(text) == find_phrases(text.upper()) == ()


# --------------------------------------------------------------------------- the tables


def written(language):
    """The folded words of a language's patterns, and its stems."""
    return languages._written(language.patterns())


@pytest.mark.parametrize("language", load_languages().values(), ids=CODES)
def test_every_pattern_can_be_read(language):
    """Each language compiles, and no sign is without a place for its core concept."""
    finder = languages._finders().of(language.code)
    assert {sign[1] for sign in finder._signs} >= set(CORE_CONCEPTS)


@pytest.mark.parametrize("language", load_languages().values(), ids=CODES)
def test_word_classes_are_used_and_known(language):
    """A class that nothing refers to is a slip; so is one that does not exist."""
    used = {name for text in language.patterns() for name in re.findall(r"@(\w+)", text)}
    assert used | {ABSENT} == set(language.words)


@pytest.mark.parametrize("language", load_languages().values(), ids=CODES)
def test_no_stem_begins_with_another(language):
    """Else the shorter one would read the longer one's words."""
    stems = sorted(written(language)[1])
    assert [(a, b) for a in stems for b in stems if a != b and b.startswith(a)] == []


@pytest.mark.parametrize("language", load_languages().values(), ids=CODES)
def test_words_of_patterns_are_folded_as_texts_are(language):
    """The quick folding of tables agrees with the careful one of messages."""
    for word in written(language)[0]:
        assert [token.word for token in split_words(word)] == [word]


def test_a_language_is_compiled_when_it_is_first_met():
    """English compiles none."""
    languages._finders.cache_clear()
    find_phrases("my back hurts when I sit for long, any stretches?")
    assert languages._finders()._made == {}
    find_phrases("no puedo orinar")
    assert "es" in languages._finders()._made
    assert "ru" not in languages._finders()._made


@pytest.fixture
def altered(tmp_path, monkeypatch):
    """The table of languages, with one place changed."""

    def clear():
        for cached in (load_languages, languages._finders, languages._correct_english):
            cached.cache_clear()

    def change(old, new):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        text = (RULES_DIR / "languages.toml").read_text(encoding="utf-8")
        assert old in text
        (tmp_path / "languages.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
        common = (RULES_DIR / "common_words.txt").read_bytes()
        (tmp_path / "common_words.txt").write_bytes(common)
        monkeypatch.setattr(languages, "RULES_DIR", tmp_path)
        clear()

    yield change
    clear()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('phrases = ["no puedo orinar"', 'phrases = ["(no puedo orinar"', "L-ES"),
        ("[language.words]", "[language.word]", "unknown key 'word'"),
        ("  [language.words]\n", "  words = 3\n  [language.other]\n", "unknown key 'other'"),
        ('sounds = "ch=x', 'sounds = "chx', "'sounds' must be pairs like 'ae=a'"),
        ("'@cant ..3 @urinate'", "'@kant ..3 @urinate'", "unknown word class @kant"),
        ("'@cant ..3 @urinate'", "'~3 @urinate'", "empty side"),
    ],
)
def test_a_malformed_lexicon_is_an_error(altered, old, new, says):
    """The file and what is wrong are named."""
    altered(old, new)
    with pytest.raises(RuleError, match=r"languages\.toml") as caught:
        find_phrases("no puedo orinar")
    assert says in str(caught.value)


# --------------------------------------------------------------------------- what is sent


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("se me puso la cara torcida de repente", "es"),
        ("a boca dele ficou torta", "pt"),
        ("le visage de mon mari est paralysé", "fr"),
        ("mein mundwinkel hängt", "de"),
        ("лицо перекосило", "ru"),
        ("وجهي مائل", "ar"),
        ("muh tedha ho gaya", "hi-Latn"),
        ("चेहरा लटक गया", "hi"),
        ("nakangiwi ang mukha niya", "tl"),
    ],
)
def test_signs_of_a_stroke_ask_for_an_ambulance(text, language):
    """The message to call, as in English, whatever the language."""
    found = assess(text, TriageState(), 0.0)
    assert (found.tier, found.template) == (Tier.EMERGENCY, "emergency_call")
    assert found.language == language


# --------------------------------------------------------------------------- speed


@pytest.mark.parametrize(
    "unit",
    [
        "no siento las dos piernas dormidas hormigueo ",
        "je ne sens plus mes deux jambes engourdies pas ",
        "не могу обе ноги онемели не чувствую ",
        "لا أستطيع رجلي خدر ",
        "दोनों पैर सुन्न झुनझुनी ",
        "hindi ko maramdaman ang dalawang binti manhid ",
    ],
)
def test_the_longest_message_is_read_in_time(unit):
    """4096 characters of nothing but signs; no pattern backtracks."""
    text = (unit * MOST_CHARS)[:MOST_CHARS]
    find_phrases(unit)
    began = time.process_time()
    assert find_phrases(text)
    assert time.process_time() - began < SLOWEST_S


def test_a_message_in_all_languages_is_read_in_time():
    """Words of every table, shuffled."""
    words = sorted({w for language in load_languages().values() for w in written(language)[0]})
    random.Random(3).shuffle(words)
    text = " ".join(words)[:MOST_CHARS]
    find_phrases(text)
    began = time.process_time()
    find_phrases(text)
    assert time.process_time() - began < SLOWEST_S
