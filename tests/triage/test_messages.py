"""Messages, numbers, other languages and a clinic's own wording."""

import itertools
import re
import shutil
import subprocess
import sys
import unicodedata
from dataclasses import replace

import pytest

from backbot.errors import RuleError
from backbot.model import Tier
from backbot.triage import languages, messages
from backbot.triage.languages import (
    CORE_CONCEPTS,
    SHARED_WORDS,
    TEXT_KEYS,
    find_phrases,
    guess_language,
    load_languages,
)
from backbot.triage.lint import lint
from backbot.triage.messages import (
    FALLBACK,
    FULL_KEYS,
    KEYS,
    MOST_CHARS,
    MOST_WORDS,
    MessageValues,
    count_words,
    crisis_line,
    emergency_number,
    load_override,
    only_english,
    packaged,
    render_message,
)
from backbot.triage.tables import RULES_DIR
from backbot.triage.text import split_words

FULL = MessageValues(
    clinic_name="Riverside Back Clinic",
    clinic_phone="+44 20 7946 0123",
    clinic_url="https://clinic.example",
    urgent_line="+44 20 7946 0999",
    country="GB",
    clinic_open=False,
    opens="on Monday at 08:00",
)
UNKNOWN = "your local emergency number (112, 999, 911 or 000 in many countries)"
NAMES_A_NUMBER = sorted(
    key
    for key in KEYS
    # The one-line reminders follow a full message of the same day; they name /emergency.
    if (
        key.startswith(("emergency", "crisis", "urgent", "nerve"))
        and key not in {"urgent_short", "nerve_short"}
    )
    or key in {"safety_net", "gone_emergency", "gone_other", "seen", "window_end"}
    or key in {"cannot_read", "failsafe"}
)
LANGUAGES = list(load_languages().values())
PLAIN_PHRASES = [
    pytest.param(language.code, sign.concept, phrase, id=f"{language.code}-{phrase}")
    for language in LANGUAGES
    for sign in language.signs
    for phrase in sign.phrases
    if not re.search(r"[(~?|@]|\.\.", phrase)
]


def all_values():
    """Every combination of known and unknown values."""
    for known in itertools.product((True, False), repeat=5):
        names = ("clinic_name", "clinic_phone", "clinic_url", "urgent_line", "country")
        blank = {name: "" for name, is_known in zip(names, known, strict=True) if not is_known}
        for clinic_open, opens in ((None, ""), (True, ""), (False, ""), (False, FULL.opens)):
            yield replace(FULL, **blank, clinic_open=clinic_open, opens=opens)


# --------------------------------------------------------------------------- English texts


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_message_is_whole_whatever_is_missing(key):
    """No gap, no bracket, at most 90 words and 4096 characters, nothing that is never said."""
    for values in all_values():
        text = render_message(key, values)
        assert text
        assert not set("{}") & set(text)
        assert "  " not in text
        assert not re.search(r" [.,:;!?]|\bon now\b|: ?$", text), text
        assert text.count("**") % 2 == 0
        assert count_words(text) <= MOST_WORDS, (values, text)
        assert len(text) <= MOST_CHARS
        assert lint(text) == ()


@pytest.mark.parametrize("key", NAMES_A_NUMBER)
@pytest.mark.parametrize(("country", "number"), [("GB", "999"), ("US", "911"), ("", UNKNOWN)])
def test_warnings_always_name_the_emergency_number(key, country, number):
    """Whatever else is missing, the number to call is there."""
    for values in all_values():
        text = render_message(key, replace(values, country=country))
        assert number in text


@pytest.mark.parametrize("key", ["urgent_short", "nerve_short"])
def test_a_reminder_is_one_short_line_that_says_where_the_signs_are(key):
    """At most twenty words (the phone number's groups are words, too), whatever is known."""
    for values in all_values():
        text = render_message(key, values)
        assert text.endswith("/emergency shows the signs that need help at once.")
        assert count_words(text) <= 20, text


@pytest.mark.parametrize("key", sorted(k for k in KEYS if k.startswith(("emergency", "crisis"))))
def test_emergencies_give_no_exercise_and_no_self_care_advice(key):
    """Exercise, stretching, massage, heat and cold are named only to be stopped."""
    for values in all_values():
        for sentence in re.split(r"(?<=[.!?])\s|\n", render_message(key, values)):
            if re.search(r"exercis|stretch|massage|\bheat|\bice\b|self-care|walk about", sentence):
                assert sentence.startswith(("Stop", "No ", "I will not")), sentence


@pytest.mark.parametrize("key", FULL_KEYS)
def test_third_person_says_what_to_do_from_afar(key):
    """A carer is told to phone the person, and "you" is not the patient."""
    mine, theirs = render_message(key, FULL), render_message(key, FULL, third_person=True)
    assert mine != theirs
    assert "If you are not with them, phone them or someone nearby" in theirs
    assert "easiest for you" not in theirs
    assert theirs == render_message(f"{key}_other", FULL)


def test_messages_without_a_variant_are_the_same_for_a_carer():
    """Asking for the third person never fails."""
    for key in sorted(KEYS):
        assert render_message(key, FULL, third_person=True)


def test_each_sign_of_the_safety_net_has_its_own_line():
    """Four signs, four lines, number first."""
    lines = render_message("safety_net", FULL).split("\n")
    assert lines[0] == "Call 999 at once for any of these:"
    assert [line[:2] for line in lines[1:]] == ["• "] * 4


def test_the_number_stands_on_its_own_line_in_plain_text():
    """Apps can make it tappable: not inside bold, nothing after it."""
    assert "\n☎️ Call 999\n" in render_message("emergency", FULL)
    assert "\n☎️ 116 123\n" in render_message("crisis", FULL)
    for key in sorted(KEYS):
        for bold in re.findall(r"\*\*(.*?)\*\*", render_message(key, FULL)):
            assert not re.search(r"\d", bold)


def test_out_of_hours_the_urgent_line_comes_before_the_clinic():
    """A closed clinic is named with its opening time, after the line that answers now."""
    text = render_message("urgent", FULL)
    assert text.index(FULL.urgent_line) < text.index(FULL.clinic_phone)
    assert "Riverside Back Clinic opens on Monday at 08:00: +44 20 7946 0123" in text
    assert "Call Riverside Back Clinic now" not in text


def test_a_closed_clinic_without_an_urgent_line_sends_to_the_local_service():
    """Nobody is told to call a clinic that is closed."""
    text = render_message("urgent", replace(FULL, urgent_line=""))
    assert "local urgent or out-of-hours service" in text
    assert "Call Riverside Back Clinic now" not in text


def test_without_hours_nothing_is_promised():
    """No opening time is said where none is known."""
    for key in ("urgent", "urgent_other", "urgent_short", "nerve"):
        text = render_message(key, MessageValues())
        assert "open" not in text
        assert "clinician" in text


def test_an_opening_time_is_left_out_while_the_clinic_is_open():
    """A stale opening time does no harm."""
    assert "opens" not in render_message("urgent", replace(FULL, clinic_open=True))


def test_an_open_clinic_is_called_first():
    """In opening hours the clinic's own number leads."""
    text = render_message("urgent", replace(FULL, clinic_open=True))
    assert text.index(FULL.clinic_phone) < text.index(FULL.urgent_line)


def test_values_cannot_break_the_text():
    """Brackets, stars and line breaks in a clinic's name stay harmless."""
    odd = replace(FULL, clinic_name="A {safety_net}\n**B**")
    text = render_message("emergency", odd)
    assert "A {safety_net} B" in text
    assert text.count("**") == 2


def test_an_unknown_key_is_named():
    """A typing mistake in the engine is an error, never an empty message."""
    with pytest.raises(RuleError, match="no message 'emergencey'"):
        render_message("emergencey", FULL)


def test_no_message_claims_a_review_that_did_not_happen():
    """A reviewer without a date, or the other way round, is a mistake in the file."""
    for message in packaged().messages.values():
        assert bool(message.provenance.reviewed_by) == bool(message.provenance.reviewed_on)


# --------------------------------------------------------------------------- numbers


def test_every_number_is_digits():
    """Nothing but digits and spaces can be dialled."""
    wording = packaged()
    assert len(wording.numbers) > 90
    for row in (*wording.numbers.values(), *wording.crisis_lines.values()):
        assert row.number.replace(" ", "").isdecimal()
        assert row.number.isascii()
    assert all(row.name for row in wording.numbers.values())


@pytest.mark.parametrize(
    ("country", "number"),
    [
        *(("GB", "999"), ("us", "911"), (" IE ", "112"), ("AU", "000"), ("NZ", "111")),
        *(("IN", "112"), ("CH", "144"), ("BR", "192"), ("ZA", "112"), ("PK", "1122")),
        *(("DZ", "14"), ("SA", "997")),
    ],
)
def test_countries_have_their_ambulance_number(country, number):
    """Spot checks against the specification; case and spaces do not matter."""
    assert emergency_number(country) == number


@pytest.mark.parametrize("country", ["", "ZZ", "England", "en"])
def test_an_unknown_country_gets_words(country):
    """A language code is no country, and nothing is guessed."""
    assert emergency_number(country) == UNKNOWN
    assert crisis_line(country) == "a local crisis line"


def test_crisis_lines_of_the_specification():
    """The listed lines, and words elsewhere."""
    assert crisis_line("IN") == "14416"
    assert crisis_line("DE") == "0800 111 0 111"
    assert crisis_line("JP") == "a local crisis line"


# --------------------------------------------------------------------------- when files fail


@pytest.fixture
def broken_files(tmp_path, monkeypatch):
    """A package whose data files are gone."""
    monkeypatch.setattr(messages, "RULES_DIR", tmp_path)
    monkeypatch.setattr(languages, "RULES_DIR", tmp_path)
    packaged.cache_clear()
    load_languages.cache_clear()
    yield
    packaged.cache_clear()
    load_languages.cache_clear()


@pytest.mark.usefixtures("broken_files")
def test_unreadable_files_still_give_a_warning():
    """Every message has a stand-in that names a number; an emergency stays an emergency."""
    for key in sorted(KEYS):
        assert UNKNOWN in render_message(key, FULL, language="es", third_person=True)
    assert render_message("emergency_trauma", FULL) == FALLBACK["emergency"]
    assert render_message("crisis", FULL) == FALLBACK["crisis"]
    assert render_message("nerve", FULL) == FALLBACK["failsafe"]
    assert emergency_number("GB") == UNKNOWN
    assert crisis_line("GB") == "a local crisis line"
    assert only_english("es") == ""


def test_unreadable_languages_leave_the_english_text(monkeypatch, tmp_path):
    """One broken file does not take the others with it."""
    monkeypatch.setattr(languages, "RULES_DIR", tmp_path)
    load_languages.cache_clear()
    text = render_message("emergency", FULL, language="es")
    monkeypatch.undo()
    load_languages.cache_clear()
    assert text == render_message("emergency", FULL)


def test_the_built_in_copy_keeps_the_rules():
    """It is as short and as careful as the file."""
    for text in FALLBACK.values():
        assert count_words(text) <= MOST_WORDS
        assert lint(text) == ()


def test_importing_brings_nothing_heavy():
    """The triage room starts without numpy, pydantic and the rest."""
    code = (
        "import sys; import backbot.triage.messages, backbot.triage.lint, backbot.triage.hours\n"
        "heavy = {'numpy', 'pydantic', 'telegram', 'faiss', 'onnxruntime', 'click', 'tqdm'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --------------------------------------------------------------------------- a clinic's own file

MESSAGE = """
[[message]]
id = "CLINIC-1"
key = "{key}"
version = 1
source = ["U"]
confidence = "U"
reviewed_by = "AB"
reviewed_on = "2025-01-31"
review_due = "2026-01-31"
sentences = [{sentences}]
"""


def own_file(tmp_path, text):
    """A clinic's file with that text."""
    path = tmp_path / "clinic.toml"
    path.write_text(text, encoding="utf-8")
    return path


def own_message(key, *sentences):
    """A message in the file's form."""
    return MESSAGE.format(key=key, sentences=", ".join(sentences))


def test_a_clinic_can_change_messages_numbers_and_windows(tmp_path):
    """What the file says is in force, all else as packaged."""
    text = (
        'number = [{ country = "GB", name = "United Kingdom", number = "112", other = "999", '
        'confidence = "A", checked = "2025-01-31" }]\n'
        'crisis = [{ country = "JP", number = "0120 783 556", confidence = "B", checked = "" }]\n'
        "[windows]\nnerve_hours = 96\n"
    ) + own_message("routine_review", '"Come by on Tuesdays."')
    own = load_override(own_file(tmp_path, text))
    assert own.emergency_number("GB") == "112"
    assert own.crisis_line("JP") == "0120 783 556"
    assert own.emergency_number("US") == "911"
    assert own.windows == replace(packaged().windows, nerve_hours=96)
    assert render_message("routine_review", FULL, wording=own) == "Come by on Tuesdays."
    assert "Call 112" in render_message("emergency", FULL, wording=own)
    assert own.overridden == ("CLINIC-1", "number GB", "crisis JP", "windows")
    assert emergency_number("GB") == "999"
    assert "Tuesdays" not in render_message("routine_review", FULL)


def test_added_rules_in_the_same_file_are_left_to_their_reader(tmp_path):
    """Keys that another reader takes are no error when it says so."""
    path = own_file(tmp_path, '[[rule]]\nid = "X"\n')
    assert load_override(path, also=frozenset({"rule"})).overridden == ()
    with pytest.raises(RuleError, match=r"clinic.toml: unknown key 'rule'"):
        load_override(path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (own_message("emergency"), "CLINIC-1: 'sentences' must be a list of 1 or more"),
        (own_message("emergency", '" "'), "CLINIC-1: a sentence is empty"),
        (own_message("emergency", '"Get help."'), "must say {emergency_number}"),
        (
            own_message(
                "emergency",
                '"Help."',
                '{ text = "Call {emergency_number}, {clinic_name}", needs = ["clinic_name"] }',
            ),
            "must say {emergency_number} in a sentence without 'needs'",
        ),
        (own_message("nerve", '"Book soon."'), "must say {safety_net}"),
        (own_message("crisis", '"Call {emergency_number}."'), "must say {crisis_line}"),
        (own_message("seen", '"Well done {name}. {safety_net}"'), "unknown placeholder {name}"),
        (own_message("vet", '"Call {clinic_phone}"'), "does not list it in 'needs'"),
        (own_message("vet", '{ text = "Hi", needs = ["moon"] }'), "unknown need 'moon'"),
        (own_message("vet", '{ text = "Hi", needs = ["opens"] }'), "must always be said"),
        (own_message("vet", '{ otherwise = "Hi" }'), "follows no sentence"),
        (own_message("vet", '{ text = "Hi" }'), "written as a plain string"),
        (own_message("vet", '{ text = "Hi", unless = ["opens"] }'), "unknown key 'unless'"),
        (own_message("vet", '"Curly } bracket"'), "curly bracket"),
        (own_message("vet", '"One ** star"'), "no partner"),
        (own_message("vet", '"word ' + "word " * 90 + '"'), "words long"),
        (own_message("vet", '"A nurse will call you back."'), "never said"),
        (own_message("safety_net", '"{emergency_number} {safety_net}"'), "cannot hold itself"),
        (own_message("vets", '"Hi"'), "'key' is 'vets'"),
        (own_message("vet", '"Hi"') + own_message("vet", '"Ho"'), "stands twice"),
        (own_message("vet", '"Hi"').replace('source = ["U"]\n', ""), "missing field 'source'"),
        (own_message("vet", '"Hi"').replace('["U"]', '["S99"]'), "unknown source 'S99'"),
        (own_message("vet", '"Hi"').replace("2025-01-31", "January"), "'reviewed_on' must be"),
        (own_message("vet", '"Hi"').replace("version = 1", "version = 0"), "'version' must be"),
        (own_message("vet", '"Hi"') + 'author = "me"\n', "unknown key 'author'"),
        (own_message("vet", "7"), "must hold strings and tables"),
        (own_message("vet", '{ text = "", needs = ["opens"] }'), "'text' must not be empty"),
        (own_message("vet", '{ text = "Hi", otherwise = "Ho" }'), "follows no sentence"),
        (
            own_message("vet", '{ text = "A", needs = ["opens"] }', '{ needs = ["opens"] }'),
            "either",
        ),
        (own_message("vet", '{ text = 7, needs = ["opens"] }'), "'text' must be a string"),
        (
            'number = [{ country = "GB", number = "99", checked = "" }]',
            "missing field 'confidence'",
        ),
        (
            """crisis = [
            { country = "GB", number = "99", confidence = "A", checked = "" },
            { country = "GB", number = "98", confidence = "A", checked = "" }]""",
            "GB stands twice in 'crisis'",
        ),
        ("[windows]\nnerve_hours = 0\n", "'nerve_hours' must be a whole number"),
        ("[windows]\nnerve_days = 3\n", "unknown key 'nerve_days'"),
        ("windows = 3\n", "'windows' must be a table"),
        ('number = [{ country = "GB", number = "nine" }]', "GB: 'number' must be digits"),
        ('number = [{ country = "gb", number = "9" }]', "two capital letters"),
        ('number = [{ country = "GB", number = "99" }]', "missing field 'checked'"),
        ('number = ["999"]', "'number' must be a list of tables"),
        ('message = "hi"', "'message' must be a list"),
        ("[[message]\n", "not valid TOML"),
    ],
)
def test_a_malformed_file_is_refused_by_name(tmp_path, text, says):
    """The file, the row and the key are named; nothing of it comes into force."""
    with pytest.raises(RuleError, match=r"clinic\.toml") as caught:
        load_override(own_file(tmp_path, text))
    assert says in str(caught.value)


def test_an_unreadable_file_is_refused_by_name(tmp_path):
    """A missing file and one that is no text are errors, not surprises."""
    with pytest.raises(RuleError, match=r"none.toml: cannot be read"):
        load_override(tmp_path / "none.toml")
    path = tmp_path / "clinic.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RuleError, match="UTF-8"):
        load_override(path)


def test_a_longer_safety_net_counts_in_every_message(tmp_path):
    """A net that makes another message too long is refused."""
    net = own_message("safety_net", '"Call {emergency_number}. ' + "word " * 60 + '"')
    with pytest.raises(RuleError, match="words long"):
        load_override(own_file(tmp_path, net))


@pytest.fixture
def altered(tmp_path, monkeypatch):
    """The packaged files with one of them changed."""

    def clear():
        for cached in (packaged, load_languages, languages._finders):
            cached.cache_clear()

    def change(name, old, new):
        shutil.copytree(RULES_DIR, tmp_path, dirs_exist_ok=True)
        text = (RULES_DIR / name).read_text(encoding="utf-8")
        assert old in text
        (tmp_path / name).write_text(text.replace(old, new), encoding="utf-8")
        for module in (messages, languages):
            monkeypatch.setattr(module, "RULES_DIR", tmp_path)
        clear()

    yield change
    clear()


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("messages.toml", 'key = "vet"', 'key = "seen"', "'seen' stands twice"),
        ("messages.toml", 'source = ["S29", "U"]', 'source = ["S29", ""]', "not empty"),
        ("messages.toml", "[windows]", "[window]", "unknown key 'window'"),
        ("numbers.toml", "unknown_number =", "unknown =", "unknown key 'unknown'"),
        ("numbers.toml", 'country = "AE"', 'country = "AL"', "AL stands twice"),
    ],
)
def test_a_malformed_packaged_file_is_an_error(altered, name, old, new, says):
    """What the fallback covers at run time is found here before it is shipped."""
    altered(name, old, new)
    with pytest.raises(RuleError, match=name) as caught:
        packaged()
    assert says in str(caught.value)
    assert UNKNOWN in render_message("emergency", FULL)


def test_a_missing_message_is_an_error(altered):
    """The packaged file must have them all."""
    text = (RULES_DIR / "messages.toml").read_text(encoding="utf-8")
    altered("messages.toml", text[text.index('[[message]]\nid = "M-VET"') :], "")
    with pytest.raises(RuleError, match="'vet' is missing"):
        packaged()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('code = "pt"', 'code = "es"', "'es' stands twice"),
        ('own_name = "Tagalog"\n', "", "L-TL: missing field 'own_name'"),
        ('script = "Arabic"', 'script = "Greek"', "'script' is 'Greek'"),
        ('potty = ["poty"', 'potty = ["peshaab"', "spelling 'peshaab' stands twice"),
        ('prefixes = ["و", "ف"]', "prefixes = []\nspellings = 3", "'spellings' must be a table"),
        (
            'concept = "paralysis"\n  tier = "emergency"',
            'concept = "palsy"\n  tier = "emergency"',
            "has no phrase for 'paralysis'",
        ),
        ('tier = "nerve"', 'tier = "nervous"', "'nervous' is no tier"),
        ('  confidence = "high"', '  confidence = "higher"', "'confidence' is 'higher'"),
        ('"no puedo orinar", ', '"(no puedo", ', "L-ES"),
    ],
)
def test_a_malformed_language_is_an_error(altered, old, new, says):
    """Language, row and key are named."""
    altered("languages.toml", old, new)
    with pytest.raises(RuleError, match=r"languages\.toml") as caught:
        find_phrases("hola")
    assert says in str(caught.value)


# --------------------------------------------------------------------------- other languages


def test_the_languages_of_the_specification_are_there():
    """Eight languages; Hindi in both of its scripts."""
    assert set(load_languages()) == {"es", "pt", "fr", "de", "ru", "ar", "hi-Latn", "hi", "tl"}


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_a_language_has_every_sign_and_every_text(language):
    """Ten core signs as emergencies, a word for nerve trouble, six texts, eight neutral ones."""
    tiers = {sign.concept: sign.tier for sign in language.signs}
    assert all(tiers[concept] is Tier.EMERGENCY for concept in CORE_CONCEPTS)
    nerve = {concept for concept, tier in tiers.items() if tier is Tier.NERVE}
    assert {"limb_numbness", "tingling", "radiating_leg_pain", "pinched_nerve_named"} <= nerve
    assert set(language.texts) == set(TEXT_KEYS)
    assert "{emergency_number}" in language.texts["emergency"]
    assert {"{emergency_number}", "{crisis_line}"} <= set(
        re.findall(r"\{\w+\}", language.texts["crisis"])
    )
    assert "{safety_net}" in language.texts["urgent"]
    assert "{safety_net}" in language.texts["nerve"]
    assert len(language.neutral) >= 8


@pytest.mark.parametrize(("code", "concept", "phrase"), PLAIN_PHRASES)
def test_every_listed_phrase_is_found(code, concept, phrase):
    """Alone, in capitals, without accents and inside a longer message."""
    bare = "".join(
        c for c in unicodedata.normalize("NFD", phrase) if unicodedata.category(c) != "Mn"
    )
    for text in (phrase, phrase.upper(), bare, f"Hi doctor 🙏 {phrase}, help please"):
        found = {(hit.language, hit.concept) for hit in find_phrases(text)}
        assert (code, concept) in found, text


@pytest.mark.parametrize(
    "text", [text for language in LANGUAGES for text in language.neutral], ids=str
)
def test_neutral_sentences_match_no_language(text):
    """Stiff backs, mattresses and massage are no warning signs."""
    assert find_phrases(text) == ()


@pytest.mark.parametrize(
    ("text", "code", "concept"),
    [
        ("Desde ayer ya no puedo orinar y me duele la espalda", "es", "urinary_retention"),
        ("mi madre no siente las piernas, se orina encima", "es", "urinary_incontinence"),
        ("tengo las nalgas dormidas desde anoche", "es", "saddle_numbness"),
        ("estou com dormência na virilha", "pt", "saddle_numbness"),
        ("j'ai des fourmis dans les deux jambes depuis hier", "fr", "bilateral_leg_symptoms"),
        ("mon mari n'arrive plus à marcher", "fr", "paralysis"),
        ("seit gestern kein Gefühl, taub im Intimbereich", "de", "saddle_numbness"),
        ("kann seit heute nicht mehr pinkeln", "de", "urinary_retention"),
        ("я упала с лестницы вчера", "ru", "trauma_major"),
        ("Ноги совсем отказали", "ru", "paralysis"),
        ("وما أقدر أمشي من أمس", "ar", "paralysis"),
        ("عايزة أموت", "ar", "suicidal_thoughts"),
        ("kal se pishab nhi ho rha hai", "hi-Latn", "urinary_retention"),
        ("papa ke dono pero me jhanjhani ho rhi hai", "hi-Latn", "bilateral_leg_symptoms"),
        ("pair sun ho gaya hai", "hi-Latn", "limb_numbness"),
        ("कल से पेशाब नहीं हो रहा है", "hi", "urinary_retention"),
        ("namamanhid po ang mga paa ko", "tl", "bilateral_leg_symptoms"),
        ("tengo hormigueo en la pierna izquierda", "es", "tingling"),
        ("fiebre de 39 y mucho dolor de espalda", "es", "infection_signs"),
        ("mein linkes bein ist taub", "de", "limb_numbness"),
    ],
)
def test_phrases_are_found_as_people_write_them(text, code, concept):
    """Inflected, dialect and misspelled forms, with words in between."""
    hits = find_phrases(text)
    assert (code, concept) in {(hit.language, hit.concept) for hit in hits}
    assert all(0 <= hit.start < hit.end <= len(text) for hit in hits)


@pytest.mark.parametrize(
    "text",
    [
        "I sat in the sun with a pair of glasses",
        "my hand and arm are in the current position",
        "Plus I feel no pain in my chest muscles after yoga",
        "do I need a main course of massage?",
        "I will die my hair after the workout",
        "as a matter of fact my back is stiff, so no big problem",
        "what private motion can I do to feel better",
    ],
)
def test_english_does_not_match_other_languages(text):
    """Words that two languages share do not make a phrase."""
    assert find_phrases(text) == ()


def test_no_phrase_consists_of_english_words_alone():
    """What lets an English text be skipped: every phrase has a word that is not English."""
    for language in LANGUAGES:
        for sign in language.signs:
            for phrase in sign.phrases:
                assert any(_tells(piece) for piece in _required(phrase)), (language.code, phrase)


def _required(phrase):
    pieces = re.findall(r"\([^)]*\)\??|[^\s()]+", phrase)
    return [p for p in pieces if not p.endswith("?") and not re.match(r"\.\.\d|~\d", p)]


def _tells(piece):
    options = piece.strip("()").split("|")
    return all(any(t.word not in SHARED_WORDS for t in split_words(o)) for o in options)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
@pytest.mark.parametrize("country", ["GB", "PH", ""])
def test_a_foreign_text_comes_first_and_english_follows(language, country):
    """Right-language text, filled in, then the English one; both fit one message."""
    values = replace(FULL, country=country)
    for key in sorted(KEYS):
        text = render_message(key, values, language=language.code)
        english = render_message(key, values)
        assert text.endswith(english)
        assert not set("{}") & set(text)
        assert len(text) <= MOST_CHARS
        if key in {"emergency", "emergency_other", "urgent", "nerve", "crisis", "seen"}:
            foreign = text.removesuffix(english)
            assert foreign.strip()
            assert (emergency_number(country) if country else "112") in foreign


def test_an_unknown_language_gets_english():
    """No text is lost because a language is not known."""
    assert render_message("nerve", FULL, language="xx") == render_message("nerve", FULL)
    assert only_english("xx") == ""
    assert only_english("de").startswith("Ich kann nur auf Englisch")


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_a_language_is_recognised_by_its_everyday_words(language):
    """The neutral sentences, and English in doubt."""
    guesses = [guess_language(text) for text in language.neutral]
    assert guesses.count(language.code) >= 7, guesses


@pytest.mark.parametrize(
    "text",
    ["", "🍑", "12345", "my back is stiff in the morning", "ok", "thanks a lot", "sciatica?"],
)
def test_english_is_assumed_in_doubt(text):
    """Nothing, pictures and short words are no other language."""
    assert guess_language(text) == "en"


@pytest.mark.parametrize("key", ["emergency", "emergency_trauma", "crisis"])
@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_whom_to_call_stands_on_a_line_of_its_own_in_every_language(key, language):
    """Marked by a telephone, behind a first line in bold that says what it is about."""
    english = render_message(key, MessageValues(country="GB"))
    text = render_message(key, MessageValues(country="GB"), language=language.code)
    first, *lines = text.removesuffix(english).strip().splitlines()
    assert re.fullmatch(r"\S+ \*\*[^*]+\*\*", first)
    calling = [line for line in lines if "999" in line]
    assert calling
    assert all(line.startswith("☎️ ") for line in calling)
