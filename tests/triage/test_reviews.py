"""Reviews of the rules: who, when, until when; overdue is told and switches nothing off."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from backbot.doctor import examine
from backbot.errors import RuleError
from backbot.model import Tier, TriageState
from backbot.settings import load_settings
from backbot.triage.engine import assess
from backbot.triage.rulebook import make_book, packaged_book, read_files
from backbot.triage.sheet import render_sheet
from backbot.triage.signoff import (
    read_signatures,
    review_faults,
    review_states,
    reviews,
    signature_form,
    unsigned_rules,
)
from backbot.triage.tables import RULES_DIR
from backbot.wiring import Program

SIGNED = date(2026, 1, 31)
THREE_YEARS = timedelta(days=3 * 365)


def signatures(book, *signed, rules='"all"'):
    """A signature file in which those people sign: (name, day) or (name, day, review due)."""
    text = signature_form(book)
    for name, on, *due in signed:
        text += (
            f'[[signature]]\nname = "{name}"\nrole = "GP"\ndate = {on}\n'
            f'sheet = "{book.digest[:12]}"\nrules = {rules}\n'
        )
        text += f"review_due = {due[0]}\n" if due else ""
    return text


@pytest.fixture
def signed(tmp_path):
    """Writes a signature file for the packaged rules; gives its path."""

    def write(*people, folder=tmp_path, **options):
        path = folder / "signatures.toml"
        path.write_text(signatures(packaged_book(), *people, **options), "utf-8")
        return path

    return write


def test_a_review_tells_who_when_and_until_when(signed):
    """By initials; a year is the default, the earliest of the dates that are given counts."""
    path = signed(("Ann Lee", SIGNED), ("Bob van Berg", date(2026, 2, 10), date(2026, 8, 1)))
    states = review_states(path, packaged_book(), date(2026, 3, 1))
    assert states["E-RET-01"] == "reviewed 2026-02-10 by BVB, AL; due 2026-08-01"
    # one clinician is enough for a nerve rule: the later of the two decides
    assert states["N-NUM-01"] == "reviewed 2026-02-10 by BVB, AL; due 2026-08-01"


def test_one_of_two_is_no_review_yet(signed):
    """A second clinician is asked for."""
    states = review_states(signed(("Ann Lee", SIGNED)), packaged_book(), SIGNED)
    assert states["E-RET-01"] == "signed 2026-01-31 by AL; a second clinician is needed"
    assert states["N-NUM-01"] == "reviewed 2026-01-31 by AL; due 2027-01-31"


def test_signing_again_renews_a_review(signed):
    """The latest signature of each person counts."""
    later = date(2027, 1, 15)
    path = signed(
        ("Ann Lee", SIGNED), ("Bob Berg", SIGNED), ("ann lee", later), ("Bob Berg", later)
    )
    review = reviews(packaged_book(), read_signatures(path))["E-RET-01"]
    assert (review.on, review.due, review.complete) == (later, date(2028, 1, 15), True)
    assert len(review.by) == 2


def test_a_changed_rule_needs_a_new_review(signed):
    """Its old one is told as such."""
    path = signed(("Ann Lee", SIGNED))
    files = read_files(RULES_DIR)
    files["nerve.toml"] = files["nerve.toml"].replace(
        b'id = "N-RAD-01"\nversion = 1', b'id = "N-RAD-01"\nversion = 9'
    )
    changed = make_book(files)
    assert changed.entries["N-RAD-01"].digest != packaged_book().entries["N-RAD-01"].digest
    states = review_states(path, changed, SIGNED)
    assert states["N-RAD-01"] == "changed since its review, and not reviewed again"


def test_overdue_reviews_are_told_by_rule(signed):
    """With the day since when; what is signed stays signed and in force."""
    path = signed(("Ann Lee", SIGNED), ("Bob Berg", SIGNED))
    book = packaged_book()
    assert review_faults(path, book, date(2027, 1, 31)) == ()
    (told,) = review_faults(path, book, date(2027, 2, 1))
    assert f"The review of {len(book.entries)} rules and texts is overdue since 2027-01-31" in told
    assert "All stay in force." in told
    assert "overdue" in review_states(path, book, date(2027, 2, 1))["E-RET-01"]
    assert unsigned_rules(book, read_signatures(path)) == ()


def test_a_few_overdue_rules_are_named(signed):
    """By id."""
    path = signed(("Ann Lee", SIGNED), rules='["N-NUM-01", "N-RAD-01"]')
    (told,) = review_faults(path, packaged_book(), SIGNED + THREE_YEARS)
    assert "2 rules and texts" in told
    assert "N-RAD-01" in told
    assert "N-NUM-01" in told


def test_a_machine_whose_date_is_before_a_signature_is_told(signed):
    """Its date, or the signature's, is wrong."""
    (told,) = review_faults(signed(("Ann Lee", SIGNED)), packaged_book(), date(2020, 1, 1))
    assert "is dated 2026-01-31, and this machine has 2020-01-01" in told


def test_a_leap_day_is_a_day_to_sign_on(signed):
    """A year later is the 28th."""
    review = reviews(packaged_book(), read_signatures(signed(("Ann Lee", date(2028, 2, 29)))))
    assert review["N-NUM-01"].due == date(2029, 2, 28)


def test_a_review_is_due_after_it_was_signed(signed):
    """Anything else is a mistake in the file."""
    with pytest.raises(RuleError, match="'review_due' must be after 'date'"):
        read_signatures(signed(("Ann Lee", SIGNED, SIGNED)))


def test_unreadable_signatures_have_no_dates(tmp_path):
    """Nothing is raised: what is wrong with them is told elsewhere."""
    path = tmp_path / "signatures.toml"
    assert review_faults(path, packaged_book(), SIGNED) == ()
    assert review_states(path, packaged_book(), SIGNED) == {}
    path.write_text("nonsense")
    assert review_faults(path, packaged_book(), SIGNED) == ()
    assert review_states(path, packaged_book(), SIGNED) == {}


def test_the_sheet_shows_the_review_of_each_rule(signed):
    """Beside its digest, and the count on the first page."""
    path = signed(("Ann Lee", SIGNED), ("Bob Berg", SIGNED))
    book = packaged_book()
    states = review_states(path, book, SIGNED + THREE_YEARS)
    sheet = render_sheet("md", reviewed=states, book=book, strict=False)
    assert f"Signed until now: {len(book.entries)} of {len(book.entries)}." in sheet
    line = next(row for row in sheet.splitlines() if row.startswith("E-RET-01 v"))
    assert "Reviewed 2026-01-31 by AL, BB; due 2027-01-31, overdue." in line


# --------------------------------------------------------------------------- in the programs


@pytest.mark.usefixtures("one_encoder")
def test_overdue_reviews_make_doctor_fail_and_stop_nothing(cli, clinic, signed):
    """The machine's clock is three years ahead of the signatures."""
    before = cli("triage", "--json", "i cant pee at all").json
    today = date.today()  # noqa: DTZ011 - as the program reads it
    signed(("Ann Lee", today - THREE_YEARS), ("Bob Berg", today - THREE_YEARS), folder=clinic)
    result = cli("doctor")
    assert result.status == 1
    (line,) = (row for row in result.out.splitlines() if row.startswith("MEND"))
    assert line.startswith("MEND rule reviews: The review of ")
    assert "overdue" in "\n".join(Program(load_settings()).notices())
    live = cli("doctor", "--go-live")
    assert "is overdue since" in live.out
    assert "need two clinicians" not in live.out
    assert cli("triage", "--json", "i cant pee at all").json == before
    assert before["tier"] == "emergency"


@pytest.mark.usefixtures("one_encoder")
def test_signed_rules_are_no_fault(clinic, signed):
    """Doctor says how many."""
    today = date.today()  # noqa: DTZ011 - as the program reads it
    signed(("Ann Lee", today), folder=clinic)
    found = {finding.name: finding for finding in examine(Program(load_settings()))}
    assert found["rule reviews"].ok
    assert "none overdue" in found["rule reviews"].message


def test_explain_tells_the_review_of_each_rule(cli, apart, signed):
    """As the specification prints it."""
    text = "i cant pee at all"
    assert "not yet reviewed by a clinician." in cli("triage", "--explain", text).out
    (apart / "corpus").mkdir()
    today = date.today()  # noqa: DTZ011 - as the program reads it
    signed(("Ann Lee", today), ("Bob Berg", today), folder=apart)
    out = cli("triage", "--explain", text).out
    assert f"; reviewed {today} by AL, BB; due " in out
    assert "not yet reviewed" not in out


CLINIC = """
number = [{ country = "GB", name = "United Kingdom", number = "112", confidence = "A", checked = "2026-01-31" }]
[windows]
urgent_hours = 1
[[rule]]
id = "CLINIC-01"
version = 1
concept = "leg_clot"
tier = "urgent"
source = ["U"]
confidence = "U"
rationale = "A swollen calf may be a clot."
patterns = ["(swollen|hot) calf"]
examples_yes = ["i have a swollen calf", "swollen calf since monday", "hot calf and back pain"]
examples_no = ["no swollen calf", "stretches for the calf"]
[[lowered]]
rule = "N-TIN-01"
to = "none"
by = "Dr A. Example"
on = 2026-05-01
reason = "The nurse line asks about tingling."
"""


@pytest.fixture
def own_file(clinic, monkeypatch):
    """A clinic's file in force, and its path."""
    path = clinic / "own.toml"
    path.write_text(CLINIC, "utf-8")
    monkeypatch.setenv("BACKBOT_RULES_FILE", "own.toml")
    return path


@pytest.mark.usefixtures("one_encoder")
def test_triage_ask_and_doctor_use_the_clinics_rules(cli, own_file):
    """One file, every command."""
    assert own_file.exists()
    assert cli("triage", "--json", "i have a swollen calf").json["tier"] == "urgent"
    out = cli("triage", "--explain", "tingling in my foot").out
    assert "changed by the clinic: N-TIN-01 is lowered from nerve to none" in out
    rows = [{"id": 1, "turns": ["i have a swollen calf", "thanks"]}, {"id": 2, "text": "hot calf"}]
    stdin = "".join(json.dumps(row) + "\n" for row in rows).encode()
    talk, single = cli("triage", "--batch", "-", stdin=stdin).lines
    assert talk["tiers"] == ["urgent", "urgent"]
    assert single["tier"] == "urgent"
    reply = cli("ask", "--json", "i have a swollen calf").json
    assert reply["tier"] == "urgent"
    assert "CLINIC-01" in cli("ask", "--explain", "i have a swollen calf").out
    told = cli("doctor").out
    assert "CLINIC-01" in told
    assert "N-TIN-01 is lowered from nerve to none by Dr A. Example on 2026-05-01" in told
    assert "LOWERED-N-TIN-01" in cli("triage", "--sheet", "toml").out
    assert "N-TIN-01 is lowered" in cli("doctor", "--go-live").out


@pytest.mark.usefixtures("one_encoder")
def test_a_fault_in_the_clinics_rules_is_told_and_disarms_nothing(cli, own_file):
    """The last good copy serves; doctor names table and remedy and fails."""
    assert cli("triage", "--json", "hot calf").json["tier"] == "urgent"
    own_file.write_text(CLINIC.replace("(swollen|hot) calf", "@nowhere calf"), "utf-8")
    assert cli("triage", "--json", "hot calf").json["tier"] == "urgent"
    assert cli("triage", "--json", "i cant pee at all").json["tier"] == "emergency"
    result = cli("doctor")
    assert result.status == 1
    assert "own.toml: [[rule]] CLINIC-01" in result.out
    assert "[class.nowhere]" in result.out
    (notice,) = Program(load_settings()).notices()
    assert "the last ones that could be read" in notice


def test_wrong_settings_leave_triage_its_packaged_rules(cli, apart, monkeypatch):
    """Told on standard error, and the text is assessed all the same."""
    assert apart.exists()
    monkeypatch.setenv("BACKBOT_RULES_FILE", "own.toml")
    monkeypatch.setenv("BACKBOT_NONSENSE", "1")
    result = cli("triage", "i cant pee at all")
    assert result.status == 0
    assert result.out.startswith("emergency")
    assert "The packaged rules are used." in result.err


def test_a_date_in_the_far_future_changes_no_assessment():
    """The engine has no calendar: a wrong clock is only a number to it."""
    for text in ("i cant pee at all", "my leg is numb", "which pillow is best"):
        now = assess(text, TriageState(), 0.0)
        later = assess(text, TriageState(), THREE_YEARS.total_seconds())
        assert (later.tier, later.template, later.note) == (now.tier, now.template, now.note)
    assert assess("i cant pee at all", TriageState(), 0.0).tier is Tier.EMERGENCY
