"""Signatures: what counts, what is missing, and that one change unsigns one rule."""

from datetime import date

import pytest

from backbot.errors import RuleError
from backbot.triage.rulebook import make_book, packaged_book, read_files
from backbot.triage.signoff import (
    default_path,
    missing_signatures,
    read_signatures,
    sheet_books,
    signature_form,
    unsigned_rules,
)
from backbot.triage.tables import RULES_DIR

LEXICON = """
[class.wet]
phrases = ["wet", "soaked"]
[class.bed]
phrases = ["bed", "@wood"]
[class.wood]
phrases = ["plank"]
[class.alone]
phrases = ["seventy"]
[typos]
wet = "wett"
"""
RULES = """
[[rule]]
id = "E-1"
version = 1
tier = "emergency"
concept = "leak"
patterns = ["@wet ..2 @bed"]
unless = []
[[rule]]
id = "N-1"
version = 1
tier = "nerve"
concept = "numb"
patterns = ["numb"]
unless = []
"""
MESSAGES = """
[windows]
emergency_hours = 72
[[message]]
id = "M-1"
key = "urgent"
version = 1
reviewed_by = ""
sentences = ["Call."]
"""


def a_book(lexicon=LEXICON, rules=RULES, messages=MESSAGES, context='no = ["no"]'):
    """A small book."""
    texts = {
        "lexicon.toml": lexicon,
        "rules.toml": rules,
        "messages.toml": messages,
        "context.toml": context,
    }
    return make_book({name: text.encode() for name, text in texts.items()})


def signed(tmp_path, book, *names, rules='"all"', extra=""):
    """The path of a signature file in which those people sign this book."""
    form = signature_form(book)
    for name in names:
        form += (
            f'[[signature]]\nname = "{name}"\nrole = "GP"\ndate = 2026-01-31\n'
            f'sheet = "{book.digest[:12]}"\nrules = {rules}\n'
        )
    path = tmp_path / "signatures.toml"
    path.write_text(form + extra, encoding="utf-8")
    return path


def changed(old, new):
    """Ids whose digest differs."""
    return {name for name, e in new.entries.items() if e.digest != old.entries[name].digest}


@pytest.mark.parametrize(
    ("change", "unsigned"),
    [
        ({"rules": RULES.replace('"numb"]', '"numb", "dead"]')}, {"N-1"}),
        ({"rules": RULES.replace('tier = "nerve"', 'tier = "urgent"')}, {"N-1"}),
        ({"lexicon": LEXICON.replace("soaked", "damp")}, {"E-1"}),
        ({"lexicon": LEXICON.replace("plank", "board")}, {"E-1"}),
        ({"lexicon": LEXICON.replace("seventy", "eighty")}, {"R-WORDS"}),
        ({"lexicon": LEXICON.replace("wett", "wwet")}, {"R-SPELLING"}),
        ({"context": 'no = ["no", "never"]'}, {"R-CONTEXT"}),
        ({"messages": MESSAGES.replace("Call.", "Ring.")}, {"M-1"}),
        ({"messages": MESSAGES.replace("72", "24")}, {"R-WINDOWS"}),
    ],
)
def test_a_change_unsigns_what_it_touches_and_nothing_else(change, unsigned):
    """Fields, and the word lists that are referred to, directly or through others."""
    assert changed(a_book(), a_book(**change)) == unsigned


def test_order_of_phrases_comments_and_review_fields_do_not_unsign():
    """What does not change a reply does not change a digest."""
    lexicon = LEXICON.replace('"wet", "soaked"', '"soaked", "wet"') + "# a remark\n"
    messages = MESSAGES.replace('reviewed_by = ""', 'reviewed_by = "AB"')
    assert a_book(lexicon=lexicon, messages=messages).digest == a_book().digest


def test_every_packaged_file_that_decides_a_reply_is_signed():
    """Without a file the digest is another one, but for those that clinicians do not sign."""
    files = read_files(RULES_DIR)
    before = make_book(files).digest
    for name in set(files) - {"lint.toml", "numbers.toml", "sheet.toml"}:
        rest = {other: raw for other, raw in files.items() if other != name}
        assert make_book(rest).digest != before, name


def test_two_clinicians_sign_what_sends_to_hospital_or_to_a_clinician_today(tmp_path):
    """One signature is enough for the others; the same name twice is one."""
    book = a_book()
    none = unsigned_rules(book, ())
    assert set(none) == set(book.entries)
    once = unsigned_rules(book, read_signatures(signed(tmp_path, book, "Ann", "ANN  ")))
    assert once == ("E-1", "M-1")
    assert unsigned_rules(book, read_signatures(signed(tmp_path, book, "Ann", "Bob"))) == ()


def test_a_signature_for_another_wording_does_not_count(tmp_path):
    """Only the changed rule is unsigned, and the sentence says so."""
    path = signed(tmp_path, a_book(), "Ann", "Bob")
    new = a_book(rules=RULES.replace('"numb"]', '"numb", "dead"]'))
    assert unsigned_rules(new, read_signatures(path)) == ("N-1",)
    said = " ".join(missing_signatures(path, book=new))
    assert "1 rules and texts need a clinician: N-1." in said
    assert "changed since they were signed: N-1" in said


def test_single_rules_can_be_signed(tmp_path):
    """A list of ids instead of "all"."""
    book = a_book()
    path = signed(tmp_path, book, "Ann", rules='["N-1", "E-1"]')
    said = missing_signatures(path, book=book)
    assert "N-1" not in unsigned_rules(book, read_signatures(path))
    assert any("need a second clinician: E-1." in sentence for sentence in said)


def test_an_old_sheet_and_a_new_one_stand_in_one_file(tmp_path):
    """After a change only the new rule is signed again."""
    old, new = a_book(), a_book(rules=RULES.replace('"numb"]', '"numb", "dead"]'))
    first = signed(tmp_path, old, "Ann", "Bob").read_text()
    path = signed(tmp_path, new, "Ann", rules='["N-1"]', extra=first)
    assert missing_signatures(path, book=new) == ()
    assert len(sheet_books(path)) == 2


def test_everything_signed_leaves_nothing_to_say(tmp_path):
    """The packaged rules, signed by two."""
    book = packaged_book()
    path = signed(tmp_path, book, "Ann", "Bob")
    assert missing_signatures(path) == ()
    assert missing_signatures(signed(tmp_path, book, "Ann"))


def test_a_missing_or_malformed_file_is_told_and_nothing_counts(tmp_path):
    """No exception: doctor lists the sentence."""
    path = tmp_path / "signatures.toml"
    assert "None of" in missing_signatures(path)[0]
    path.write_text("rules = 1", encoding="utf-8")
    assert "none counts" in missing_signatures(path)[0]
    path.unlink()
    path.mkdir()
    assert "none counts" in missing_signatures(path)[0]


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('role = "GP"', 'role = "GP"\nrank = 1', "rank"),
        ('role = "GP"\n', "", "role"),
        ("date = 2026-01-31", 'date = "2026-01-31"', "date"),
        ("date = 2026-01-31", "date = 2026-01-31T10:00:00", "date"),
        ('rules = "all"', 'rules = ["X-9"]', "X-9"),
        ('rules = "all"', "rules = 3", "rules"),
        ('rules = "all"', "rules = []", "rules"),
        ('sheet = "', 'sheet = "zz', "sheet"),
        ('"E-1" = "v1 ', '"E-1" = "1 ', "E-1"),
        ('digest = "', 'digest = "z', "digest"),
        ("[[signature]]", "[[signatures]]", "signatures"),
    ],
)
def test_a_malformed_signature_file_is_refused_by_name(tmp_path, old, new, named):
    """The message names what is wrong."""
    path = signed(tmp_path, a_book(), "Ann")
    text = path.read_text(encoding="utf-8")
    head, mark, tail = (
        text.rpartition(old)
        if old.startswith(("role", "rules", "date", "sheet", "[["))
        else text.partition(old)
    )
    assert mark
    path.write_text(head + new + tail, encoding="utf-8")
    with pytest.raises(RuleError, match=named):
        read_signatures(path)


def test_a_signature_names_a_sheet_of_the_file(tmp_path):
    """Without its sheet nobody can tell what was signed."""
    path = signed(tmp_path, a_book(), "Ann")
    other = a_book(context="").digest[:12]
    text = path.read_text().replace(f'sheet = "{a_book().digest[:12]}"', f'sheet = "{other}"')
    path.write_text(text)
    with pytest.raises(RuleError, match="names 0 sheets"):
        read_signatures(path)


def test_the_form_is_a_signature_file_without_signatures(tmp_path):
    """It can be read at once, and nobody has signed."""
    path = tmp_path / "signatures.toml"
    path.write_text(signature_form(packaged_book()), encoding="utf-8")
    assert read_signatures(path) == ()
    assert sheet_books(path)[0].digest == packaged_book().digest


def test_missing_signatures_change_no_reply(tmp_path):
    """The engine never looks at signatures."""
    from backbot.model import Tier, TriageState
    from backbot.triage.engine import assess

    assert missing_signatures(tmp_path / "none.toml")
    assert assess("i cannot pee and my bum is numb", TriageState(), 0.0).tier is Tier.EMERGENCY


def test_the_file_stands_beside_the_corpus_folder(tmp_path):
    """Where doctor looks for it."""
    assert default_path(tmp_path / "corpus") == tmp_path.resolve() / "signatures.toml"


def test_a_clinics_own_text_needs_its_own_signature(tmp_path):
    """An override replaces the packaged text in the book."""
    own = tmp_path / "clinic.toml"
    own.write_text(
        '[[message]]\nid = "CLINIC-SEEN"\nkey = "seen"\nversion = 1\nsource = ["U"]\n'
        'sentences = ["Thank you."]\n',
        encoding="utf-8",
    )
    book = packaged_book(own)
    assert "CLINIC-SEEN" in book.entries
    assert "M-SEEN" not in book.entries
    path = signed(tmp_path, packaged_book(), "Ann", "Bob")
    assert unsigned_rules(book, read_signatures(path)) == ("CLINIC-SEEN",)


def test_a_date_is_a_day(tmp_path):
    """As TOML writes it."""
    (signature,) = read_signatures(signed(tmp_path, a_book(), "Ann  Lee"))
    assert signature.on == date(2026, 1, 31)
    assert signature.name == "Ann Lee"
