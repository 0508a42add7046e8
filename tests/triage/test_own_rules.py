"""A clinic's own rules: they add, they never lower in silence, and a fault refuses the file."""

from __future__ import annotations

import logging
import os
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from backbot.errors import RuleError
from backbot.model import Tier, TriageState
from backbot.triage import own as own_module
from backbot.triage.clinic import ClinicFile
from backbot.triage.engine import HOUR, assess, explain, packaged_rules
from backbot.triage.messages import MessageValues, render_message
from backbot.triage.own import load_own
from backbot.triage.rulebook import packaged_book
from backbot.triage.rules import load_rules
from backbot.triage.sheet import render_sheet

DOCS = Path(__file__).parents[2] / "docs"
NUMBER = (
    'number = [{ country = "GB", name = "United Kingdom", number = "112", confidence = "A", '
    'checked = "2026-01-31" }]\n'
)
CLASS = """
[class.clot]
phrases = ["swollen calf", "calf ..3 swollen"]
fuzzy = true
"""
RULE = """
[[rule]]
id = "CLINIC-01"
version = 1
concept = "leg_clot"
tier = "urgent"
source = ["U"]
confidence = "U"
rationale = "A swollen calf may be a clot."
patterns = ["@clot", "(hot|red) ..2 calf"]
unless = ["calf raises"]
examples_yes = ["my calf is swollen", "swollen calf since monday", "i have a red calf"]
examples_no = ["no swollen calf", "stretches for the calf"]
"""
LOWERED = """
[[lowered]]
rule = "N-TIN-01"
to = "none"
by = "Dr A. Example"
on = 2026-05-01
reason = "The nurse line asks about tingling."
"""
RAISED = """
[[raised]]
rule = "U-SEX-01"
to = "emergency"
by = "Dr A. Example"
on = 2026-05-01
reason = "Decision D1."
"""
WHOLE = NUMBER + CLASS + RULE + LOWERED + RAISED
YEARS = 3 * 365 * 86_400.0


def written(folder, text, name="clinic.toml"):
    """The path of a clinic's file with that text."""
    path = folder / name
    path.write_text(text, "utf-8")
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The rules of a file that uses everything."""
    return load_own(written(tmp_path_factory.mktemp("own"), WHOLE))


def said(text, rules, *before):
    """The assessment of a text, after what was said before."""
    state = TriageState()
    for turn in before:
        state = assess(turn, state, 0.0, rules=rules).state
    return assess(text, state, 60.0, rules=rules)


# --------------------------------------------------------------------------- they add


def test_an_own_rule_finds_its_sign(whole):
    """In its own words, misspelled ones of its fuzzy classes too, and only where present."""
    assert said("my calf is swollen", packaged_rules()).tier is Tier.NONE
    assert said("my calf is swollen", whole).tier is Tier.URGENT
    assert said("my swolen calf hurts", whole).tier is Tier.URGENT
    assert said("no swollen calf", whole).tier is Tier.NONE
    assert said("red calf after calf raises", whole).tier is Tier.NONE


def test_the_highest_tier_wins(whole):
    """Beside a packaged sign, before or after it, in one message or two."""
    assert said("my calf is swollen and i cant pee", whole).tier is Tier.EMERGENCY
    assert said("my calf is swollen", whole, "i cant pee").open_tier is Tier.EMERGENCY
    assert said("i cant pee", whole, "my calf is swollen").open_tier is Tier.EMERGENCY


def test_spans_of_own_rules_point_into_the_text_as_typed(whole):
    """Also where the two readings cut the words differently."""
    text = "Hi 👋 — my SWOLEN  calf, and n u m b toes"
    findings = said(text, whole).findings
    assert {f.rule_id for f in findings} >= {"CLINIC-01", "N-NUM-01"}
    for finding in findings:
        assert text[finding.start : finding.end] == finding.span


def test_own_rules_never_lower_what_the_packaged_rules_find(tmp_path):
    """Every example of every packaged rule gives at least what it gave, whatever is added.

    The added rules take the packaged signs, so that they meet every combination.
    """
    rules = [
        RULE.replace("CLINIC-01", f"CLINIC-{k}").replace("leg_clot", concept)
        for k, concept in enumerate(("tingling", "urinary_incontinence", "trauma_major"), 10)
    ]
    added = load_own(written(tmp_path, CLASS + "".join(rules)))
    packaged = load_rules()
    for rule in (*packaged.all_rules(), *packaged.combinations):
        for text in rule.examples_yes[:3]:
            for other in (text, f"{text}. my calf is swollen for years, unchanged"):
                alone = said(other, packaged_rules())
                with_own = said(other, added)
                assert with_own.tier >= alone.tier, other
                if not with_own.tier:
                    assert (with_own.note or "") >= (alone.note or ""), other


def test_no_sign_silences_a_combination():
    """What an added rule finds can only make more combinations fire: they exclude times alone."""
    for combination in load_rules().combinations:
        assert all(name.startswith("m_") for name in combination.none_of), combination.rule_id


def test_a_rule_without_a_tier_brings_its_note(tmp_path):
    """As the packaged ones do."""
    soft = RULE.replace('tier = "urgent"', 'tier = "none"\nnote = "routine_review"')
    rules = load_own(written(tmp_path, CLASS + soft))
    done = said("my calf is swollen", rules)
    assert (done.tier, done.note) == (Tier.NONE, "routine_review")


def test_an_own_crisis_rule_brings_the_crisis_text(tmp_path):
    """Through its concept."""
    text = RULE.replace("leg_clot", "suicidal_thoughts").replace("urgent", "emergency")
    rules = load_own(written(tmp_path, CLASS + text))
    assert said("my calf is swollen", rules).template == "crisis"


def test_a_fault_in_own_rules_takes_nothing_away(whole, caplog):
    """The packaged rules go on; the words are not logged."""

    class Broken:
        def read(self, *_):
            raise ValueError("boom")

    rules = replace(whole, own=Broken())
    assert said("i cant pee at all", rules).tier is Tier.EMERGENCY
    assert "own rules failed" in caplog.text
    assert "cant pee" not in caplog.text


def test_packaged_rules_stay_as_they_were_after_loading(whole):
    """A clinic's words and rules are compiled apart: the packaged reader knows nothing of them."""
    assert whole.own_rules
    assert "clot" not in load_rules().lexicon.classes
    assert said("my calf is swollen", None).tier is Tier.NONE
    assert said("tingling in my foot", None).tier is Tier.NERVE


def test_a_file_without_rules_costs_nothing(tmp_path, monkeypatch):
    """Then no rule is even looked at."""
    monkeypatch.setattr(own_module, "load_rules", lambda: 1 / 0)
    monkeypatch.setattr(own_module, "packaged_book", lambda: 1 / 0)
    assert load_own(written(tmp_path, NUMBER)) is None
    assert ClinicFile(None, tmp_path / "kept.toml").rules() is None


# --------------------------------------------------------------------------- tiers that change


def test_a_lowered_rule_gives_its_new_tier_and_says_so(whole):
    """One lowered to none still brings the soft note."""
    done = said("tingling in my foot", whole)
    assert (done.tier, done.note) == (Tier.NONE, "nerve_info")
    told = "\n".join(explain(done, whole))
    assert (
        "changed by the clinic: N-TIN-01 is lowered from nerve to none by Dr A. Example on "
        "2026-05-01: The nurse line asks about tingling." in told
    )


def test_what_signs_mean_together_stays(whole):
    """Lowering one rule does not touch the combinations it takes part in, nor other rules."""
    assert said("tingling in both feet", whole).tier is Tier.EMERGENCY
    assert said("now the other leg too", whole, "my left leg tingles").tier is Tier.EMERGENCY
    assert said("my foot is numb", whole).tier is Tier.NERVE


def test_a_raised_rule_gives_its_new_tier(whole):
    """Decision D1, taken by a clinic in its own file."""
    text = "erections have stopped since my back went"
    assert said(text, None).tier is Tier.URGENT
    done = said(text, whole)
    assert (done.tier, done.template) == (Tier.EMERGENCY, "emergency")
    assert any(
        "U-SEX-01 is raised from urgent to emergency" in line for line in explain(done, whole)
    )


def test_a_lowered_emergency_gives_the_text_of_its_new_tier(tmp_path):
    """Not the one it had."""
    text = LOWERED.replace("N-TIN-01", "E-TRA-01").replace('"none"', '"urgent"')
    rules = load_own(written(tmp_path, text))
    done = said("fell off a ladder and my back hurts", rules)
    assert "E-TRA-01" in {finding.rule_id for finding in done.findings}
    assert done.template in {"urgent", "emergency_trauma"}  # a combination may still raise it
    (rule,) = (r for r in rules.rules.rules if r.rule_id == "E-TRA-01")
    assert (rule.tier, rule.template) == (Tier.URGENT, "")


def test_a_combination_can_be_lowered_too(tmp_path):
    """By its id."""
    text = LOWERED.replace("N-TIN-01", "C15").replace('"none"', '"nerve"')
    rules = load_own(written(tmp_path, text))
    example = next(c for c in load_rules().combinations if c.rule_id == "C15").examples_yes[0]
    assert "C15" in said(example, rules).combinations
    assert said(example, rules).tier < said(example, None).tier


@pytest.mark.parametrize(
    ("decision", "table", "text"),
    [
        ("D1", "raised U-SEX-01 emergency", "erections have stopped since my back went"),
        ("D2", "lowered E-SAD-03 urgent", "my bum has gone numb"),
        ("D2", "raised E-SAD-04 emergency", "tingling in my left buttock"),
        ("D4", "raised U-FDR-01 emergency", "cant lift my foot"),
        ("D4", "lowered C7 urgent", "suddenly i cant lift my foot"),
        ("D5", "lowered U-NIG-01 nerve", "constant pain day and night, nothing eases it"),
        ("D6", "lowered C5 urgent", "im diabetic with fever and back pain"),
        ("D9", "lowered C13 nerve", "im 70 and slipped, my back is sore"),
        ("D11", "raised I-DIS-01 nerve", "i have a slipped disc"),
    ],
)
def test_the_decisions_can_be_taken_in_the_clinics_file(tmp_path, decision, table, text):
    """As the sheet and docs/safety.md say under "To change it"."""
    kind, rule, to = table.split()
    change = packaged_book().entries[decision].fields["change"]
    assert f"[[{kind}]]" in change
    assert rule in change
    text_of_it = LOWERED.replace("lowered", kind).replace("N-TIN-01", rule)
    rules = load_own(written(tmp_path, text_of_it.replace('"none"', f'"{to}"')))
    assert said(text, None).tier.label != to
    assert said(text, rules).tier.label == to


# --------------------------------------------------------------------------- strict


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (RULE.replace("CLINIC-01", "E-RET-01"), r"\[\[rule\]\] E-RET-01: that id is a packaged"),
        (RULE.replace("CLINIC-01", "C7"), "that id is a packaged rule's"),
        (RULE.replace("CLINIC-01", "M-EMERGENCY"), "that id is a packaged rule's"),
        (RULE + RULE, "CLINIC-01: the id stands twice"),
        (RULE.replace("CLINIC-01", "clinic 1"), "an id is capital letters"),
        (RULE + "hue = 1", "CLINIC-01: unknown key 'hue'; known are"),
        (RULE.replace("version = 1\n", ""), "CLINIC-01: missing field 'version'"),
        (RULE.replace("@clot", "@clott"), r"names the word class @clott, .*add \[class.clott\]"),
        (RULE.replace("@clot", "@clot ..40 leg"), "reaches too far; at most 12"),
        (RULE.replace("@clot", "(hot"), "CLINIC-01: pattern '\\(hot': a bracket is not closed"),
        (RULE.replace('["U"]', '["S99"]'), "unknown source 'S99'; write a key of"),
        (RULE.replace('"urgent"', '"red"'), "'tier' is 'red'; known are"),
        (RULE.replace('"leg_clot"', '"m_child"'), "not beginning 'm_'"),
        (RULE + 'template = "emergency_call"', "only an emergency rule can have a 'template'"),
        (RULE + 'note = "nerve_info"', "a rule of tier none needs a 'note'"),
        (RULE + 'named = "yes"', "'named' must be true or false"),
        (RULE.replace('"my calf is swollen", ', ""), "'examples_yes' must be a list of 3"),
        (
            RULE.replace("i have a red calf", "my knee is stiff"),
            "example 'my knee is stiff' is not found; change the patterns",
        ),
        (
            RULE.replace("i have a red calf", "what is a swollen calf?"),
            "gives none, not urgent; write it so that it tells of something present",
        ),
        (
            RULE.replace("no swollen calf", "hot calf after a run"),
            "counterexample 'hot calf after a run' is found by 'hot calf'",
        ),
        ("[class.leg]\nphrases = ['pin']\n", r"\[class.leg\]: a packaged word class has that"),
        ("[class.gone]\nphrases = ['pin']\n", "a packaged word class has that name"),
        ("[class.Pin]\nphrases = ['pin']\n", "small letters, digits and underscores"),
        ("[class.pin]\nphrases = ['pin']\nhue = 1\n", "unknown key 'hue'"),
        ("[class.pin]\nphrases = ['@pin x']\n", "refers to itself"),
        ("[class.pin]\nphrases = []\n", "must be a list of 1 or more"),
        ("class = 1\n", "'class' must be tables"),
        (LOWERED.replace("N-TIN-01", "N-TIN-99"), "there is no packaged rule of that id"),
        (LOWERED.replace('"none"', '"nerve"'), "it gives nerve already"),
        (LOWERED.replace('"none"', '"urgent"'), r"is not lowered; write \[\[raised\]\]"),
        (RAISED.replace('"emergency"', '"nerve"'), r"is not raised; write \[\[lowered\]\]"),
        (LOWERED.replace("N-TIN-01", "E-RET-01"), "one tier at the most; write to = 'urgent'"),
        (
            LOWERED.replace("N-TIN-01", "E-SUI-01").replace('"none"', '"urgent"'),
            "suicide or poisoning cannot be lowered",
        ),
        (
            LOWERED.replace("N-TIN-01", "E-OVD-01").replace('"none"', '"urgent"'),
            "suicide or poisoning cannot be lowered",
        ),
        (LOWERED.replace('by = "Dr A. Example"\n', ""), "missing field 'by'"),
        (LOWERED.replace("2026-05-01", '"2026-05-01"'), "without quotation marks"),
        (LOWERED.replace('"The nurse line asks about tingling."', '""'), "'reason' must not be"),
        (LOWERED + LOWERED, "tier is changed twice"),
    ],
)
def test_a_faulty_table_is_refused_by_name_and_with_a_remedy(tmp_path, text, says):
    """Each fault names the table and what to do."""
    needs_class = "CLINIC" in text or "E-RET-01" in text
    path = written(tmp_path, (CLASS if needs_class and "[class" not in text else "") + text)
    with pytest.raises(RuleError, match=says) as error:
        load_own(path)
    assert str(error.value).startswith("clinic.toml: ")
    assert "lexicon.toml" not in str(error.value)


# --------------------------------------------------------------------------- never disarmed


@pytest.fixture
def clinic(tmp_path):
    """A clinic's file that does not exist yet, and its follower."""
    path = tmp_path / "clinic.toml"
    return path, lambda: ClinicFile(path, tmp_path / "var" / "kept.toml")


def test_every_start_warns_of_each_lowered_rule(clinic, caplog):
    """The log names rule, tiers, person, day and reason."""
    path, follow = clinic
    path.write_text(WHOLE, "utf-8")
    for _ in range(2):
        caplog.clear()
        follow().rules()
        (warning,) = (r for r in caplog.records if r.levelno == logging.WARNING)
        assert "N-TIN-01 is lowered from nerve to none by Dr A. Example" in warning.getMessage()


def test_one_fault_refuses_the_file_as_a_whole(clinic):
    """Its number is not in force either, and the sentence says what to mend."""
    path, follow = clinic
    path.write_text(WHOLE.replace("no swollen calf", "my calf is swollen"), "utf-8")
    file = follow()
    assert file.wording() is None
    assert file.rules() is None
    assert file.windows() is None
    assert file.source() is None
    assert "[[rule]] CLINIC-01" in file.error


@pytest.mark.parametrize(
    "fault",
    ["[[rule]]\nid = 1", "nonsense", "x = " + "[" * 5000, "[[rule]]\n[[rule.id]]\n", "rule = 3"],
)
def test_a_file_that_breaks_leaves_its_last_good_rules_in_force(clinic, fault):
    """While running, and after a restart with the clock three years ahead, through the copy."""
    path, follow = clinic
    path.write_text(WHOLE, "utf-8")
    file = follow()
    assert said("my calf is swollen", file.rules()).tier is Tier.URGENT
    path.write_text(fault, "utf-8")
    os.utime(path, ns=(1, 1))
    restarted = follow()
    for running in (file, restarted):
        rules = running.rules()
        assert running.error
        later = assess("my calf is swollen", TriageState(), YEARS, rules=rules)
        assert later.tier is Tier.URGENT
        assert assess("i cant pee", TriageState(), YEARS, rules=rules).tier is Tier.EMERGENCY
        assert running.wording().emergency_number("GB") == "112"
    assert restarted.source() == path.parent / "var" / "kept.toml"


def test_a_copy_outlives_changed_packaged_rules(clinic):
    """A new version may not know a rule, or read an example otherwise: what is left serves."""
    path, follow = clinic
    path.write_text(WHOLE, "utf-8")
    follow().rules()
    kept = path.parent / "var" / "kept.toml"
    path.unlink()
    for old, new in (("N-TIN-01", "N-OLD-01"), ("i have a red calf", "my knee is stiff")):
        kept.write_text(WHOLE.replace(old, new), "utf-8")
        assert said("my calf is swollen", follow().rules()).tier is Tier.URGENT
    kept.write_text(WHOLE.replace("@clot", "@gone_class"), "utf-8")
    file = follow()
    assert file.rules() is None
    assert file.wording().emergency_number("GB") == "112"


def test_a_mended_file_comes_into_force_without_a_restart(clinic):
    """And the error is gone."""
    path, follow = clinic
    path.write_text(CLASS + RULE.replace("@clot", "@clott"), "utf-8")
    file = follow()
    assert file.rules() is None
    path.write_text(CLASS + RULE, "utf-8")
    os.utime(path, ns=(2, 2))
    assert file.rules() is not None
    assert file.error == ""


def test_windows_of_the_file_are_counted_in_seconds(clinic):
    """As the engine wants them."""
    path, follow = clinic
    path.write_text("[windows]\nnerve_hours = 2\n", "utf-8")
    assert follow().windows().nerve_s == 2 * HOUR
    assert follow().rules() is None


# --------------------------------------------------------------------------- signed and shown


def test_own_rules_and_lowered_ones_are_signed_like_packaged_ones(tmp_path, whole):
    """Each has a digest of its own; the packaged rule keeps its."""
    assert whole.lowered
    path = written(tmp_path, WHOLE)
    book, before = packaged_book(path), packaged_book()
    assert book.entries["CLINIC-01"].signatures_needed == 2
    assert book.entries["LOWERED-N-TIN-01"].kind == "lowered"
    assert book.entries["RAISED-U-SEX-01"].signatures_needed == 2
    assert book.entries["N-TIN-01"].digest == before.entries["N-TIN-01"].digest
    other = packaged_book(written(tmp_path, WHOLE.replace('swollen calf"', 'fat calf"')))
    changed = {n for n, e in other.entries.items() if e.digest != book.entries[n].digest}
    assert changed == {"CLINIC-01"}
    other = packaged_book(written(tmp_path, WHOLE.replace("asks about", "hears of")))
    changed = {n for n, e in other.entries.items() if e.digest != book.entries[n].digest}
    assert changed == {"LOWERED-N-TIN-01"}


@pytest.mark.parametrize("name", ["lexicon.toml", "messages.toml", "own.rules"])
def test_a_clinics_file_may_be_called_anything(tmp_path, name):
    """It never takes the place of a packaged file of that name."""
    book = packaged_book(written(tmp_path, WHOLE, name))
    assert set(book.entries) - set(packaged_book().entries) == {
        "CLINIC-01", "LOWERED-N-TIN-01", "RAISED-U-SEX-01",
    }  # fmt: skip
    assert set(packaged_book().entries) <= set(book.entries)


def test_the_sheet_begins_with_the_clinics_own(tmp_path, whole):
    """Own rules with their messages; changed tiers with who, when, why and the effect.

    What the clinic's file changes is no fault of the sheet: it can be made and signed.
    """
    book = packaged_book(written(tmp_path, WHOLE))
    sheet = render_sheet("md", in_force=whole, book=book, strict=False).replace("\\", "")
    for changed in ("N-TIN-01: “", "U-SEX-01: “", "CLINIC-01: “", "D1: “"):
        assert changed not in sheet.split("## The clinic's own file")[0]
    own = sheet.split("## The clinic's own file")[1].split("\n## ")[0]
    assert "my calf is swollen → urgent (packaged: none)" in own
    assert "N-TIN-01 is lowered from nerve to none by Dr A. Example on 2026-05-01" in own
    assert "→ nerve info (packaged: nerve)" in own
    for name in ("CLINIC-01 v1", "LOWERED-N-TIN-01", "RAISED-U-SEX-01"):
        assert name in own
    place = sheet.split("N-TIN-01 v")[0].rpartition("####")[2]
    assert "Changed by the clinic. N-TIN-01 is lowered" in place


def test_the_example_in_the_documents_loads(tmp_path):
    """What docs/operations.md shows can be copied as it stands."""
    text = (DOCS / "operations.md").read_text("utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (example,) = (block for block in blocks if "[[rule]]" in block)
    file = ClinicFile(written(tmp_path, example), tmp_path / "kept.toml")
    rules = file.rules()
    assert file.error == ""
    assert rules is not None
    assert rules.own_rules
    assert rules.lowered
    text = render_message("emergency", MessageValues(country="GB"), wording=file.wording())
    assert text


def test_reading_with_own_rules_stays_quick(whole):
    """Twice the packaged time at the most, and some slack for a busy machine."""

    def seconds(rules):
        best = 9.0
        for _ in range(5):
            began = time.process_time()
            for _ in range(20):
                said("my calf is swollen and my leg has gone numb since monday", rules)
            best = min(best, time.process_time() - began)
        return best

    seconds(whole)
    assert seconds(whole) < 3 * seconds(None) + 0.02
