"""The sheet that clinicians sign: what stands on it, that it is true, and what changed."""

import html.parser
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from backbot.errors import RuleError, UsageError
from backbot.triage import sheet as sheet_module
from backbot.triage import since as since_module
from backbot.triage.messages import KEYS, MessageValues, render_message
from backbot.triage.pages import (
    Blanks,
    FixedReply,
    Items,
    Paragraph,
    Section,
    Ticks,
    to_html,
    to_markdown,
)
from backbot.triage.rulebook import make_book, packaged_book, read_files
from backbot.triage.rules import SOURCES, load_rules
from backbot.triage.sheet import render_sheet
from backbot.triage.signoff import signature_form
from backbot.triage.since import compare, read_since
from backbot.triage.tables import RULES_DIR

GIT = shutil.which("git")
DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def markdown():
    """The sheet of the packaged rules; faults are told in a test of their own."""
    return render_sheet("md", strict=False)


@pytest.fixture(scope="module")
def page():
    """The same as HTML."""
    return render_sheet("html", strict=False)


def visible(text):
    """Markdown without its escapes."""
    return re.sub(r"\\(.)", r"\1", text)


# ------------------------------------------------------------------ what stands on it


def test_every_message_on_the_packaged_sheet_behaves_as_written():
    """Otherwise there is no sheet to sign."""
    render_sheet("md")


def test_every_rule_text_and_decision_has_its_id_and_digest(markdown):
    """Nothing that is signed is missing from the sheet."""
    for entry in packaged_book().entries.values():
        assert entry.id in markdown, entry.id
        assert entry.digest in markdown, entry.id


def test_every_fixed_text_stands_there_as_it_is_sent(markdown):
    """Word for word, with the fall-back sentences."""
    text = visible(markdown)
    for key in KEYS:
        for line in render_message(key, MessageValues()).split("\n"):
            assert line in text, key


def test_the_clinics_own_values_are_filled_in():
    """As its patients will read it, in and out of hours."""
    values = MessageValues("The Clinic", "01234 567890", urgent_line="111", country="GB")
    text = visible(render_sheet("md", strict=False, values=values))
    assert "Call 999" in text
    assert "Call The Clinic now: 01234 567890" in text
    assert "Call now: 111" in text


def test_each_rule_shows_five_messages_and_three_that_are_left_alone(markdown):
    """As many as its examples that behave."""
    rules = load_rules().all_rules()
    parts = markdown.split("These messages trigger it:")[1:]
    assert len(parts) == len(rules) + len(load_rules().combinations)
    full = [p for p in parts if p.split("These do not:")[0].count("\n- ") == 5]
    assert len(full) >= 0.9 * len(rules)


def test_no_pattern_stands_on_the_sheet(markdown):
    """Classes, gaps and alternatives are the program's notation, not a clinician's."""
    text = visible(markdown)
    assert not re.search(r"@(?:cant|leg|numb|pee|not)\b", text)
    assert not re.search(r"\.\.\d", text)
    assert "2a." not in text


def test_without_a_clinics_file_there_is_no_section_of_its_own(markdown):
    """And nobody has signed."""
    assert "The clinic's own file" not in markdown
    assert "Nobody has signed any of it yet." in markdown


def test_decisions_are_twelve_and_their_messages_were_run(markdown):
    """With what the default does and how to change it."""
    for number in range(1, 13):
        part = markdown.split(f"### D{number}: ")[1].split("\n###")[0]
        assert "As shipped: " in part
        assert "To change it: " in part
        assert "☐ agree" in part


def test_unknown_forms_are_refused():
    """With the ones that exist."""
    with pytest.raises(UsageError, match="md, html"):
        render_sheet("pdf")


def test_the_toml_form_is_the_signature_file():
    """For the digest that stands on the sheet."""
    assert render_sheet("toml") == signature_form(packaged_book())


# ------------------------------------------------------------------ it is true


def with_rule(rule_id, **changes):
    """The packaged rules with one rule altered."""
    rules = load_rules()
    altered = tuple(replace(r, **changes) if r.rule_id == rule_id else r for r in rules.rules)
    return replace(rules, rules=altered)


@pytest.mark.parametrize(
    "changes",
    [
        {"examples_yes": ("stiff neck after gardening",)},
        {"examples_no": ("i cannot pass urine whatever i try",)},
    ],
)
def test_an_untrue_message_is_left_out_and_stops_the_sheet(monkeypatch, changes):
    """It names the rule and the message; without strictness the first page says so."""
    rules = with_rule("E-RET-01", **changes)
    monkeypatch.setattr(sheet_module, "load_rules", lambda: rules)
    (wrong,) = next(iter(changes.values()))
    with pytest.raises(RuleError, match=f"E-RET-01: “{wrong}”"):
        render_sheet("md")
    loose = visible(render_sheet("md", strict=False))
    assert "NOT FIT TO SIGN" in loose
    assert f"- {wrong}" not in loose


def test_an_untrue_decision_stops_the_sheet():
    """Decisions are run too."""
    files = read_files(RULES_DIR)
    files["decisions.toml"] = files["decisions.toml"].replace(
        b'{ text = "my back aches at night", expect = "none" }',
        b'{ text = "my back aches at night", expect = "urgent" }',
    )
    with pytest.raises(RuleError, match="D5: “my back aches at night” gives none, not urgent"):
        render_sheet("md", book=make_book(files))


# ------------------------------------------------------------------ pages

SAMPLE = Section(
    "A <page> & *more*",
    (
        Paragraph("a_b [c] 1 < 2"),
        Section(
            "Inner",
            (FixedReply("🚨 **Now.**\nCall <999>", "es"), Items(("x*y",)), Ticks()),
            new_page=True,
            keep=True,
        ),
        Blanks(("Name", "Date"), 2),
    ),
)


class Reader(html.parser.HTMLParser):
    """Tags opened and closed, and the text."""

    VOID = frozenset({"meta", "br", "input"})

    def __init__(self):
        super().__init__()
        self.open, self.text, self.classes = [], "", []

    def handle_starttag(self, tag, attrs):
        """Remember it."""
        self.classes.append(dict(attrs).get("class", ""))
        self.text += "\n"
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        """It closes the last one opened."""
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Text, not style."""
        if "style" not in self.open:
            self.text += data


def read_html(text):
    """The page, whose tags must match."""
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def test_text_is_escaped_in_both_forms():
    """Marks of the text are no marks of the page."""
    assert to_markdown(SAMPLE).startswith("# A \\<page\\> & \\*more\\*\n")
    assert "> 🚨 **Now.**  \n> Call \\<999\\>  " in to_markdown(SAMPLE)
    reader = read_html(to_html(SAMPLE))
    assert "A <page> & *more*" in reader.text
    assert "Call <999>" in reader.text
    assert "page item" in reader.classes


def test_both_forms_say_the_same(markdown, page):
    """One structure: every paragraph and item of the HTML stands in the Markdown."""
    reader = read_html(page)
    text = visible(markdown).replace("**", "")
    for line in filter(None, (part.strip() for part in reader.text.split("\n"))):
        assert line in text, line


def test_the_page_needs_nothing_else_and_fits_a_phone(page):
    """No script, no link to elsewhere; the viewport is told; groups begin pages in print."""
    assert 'name="viewport"' in page
    assert "<script" not in page
    assert "http" not in page
    assert "break-before: page" in page
    assert page.count('class="page"') > 15


# ------------------------------------------------------------------ what changed


def altered(**files):
    """The packaged files, some of them altered: name → (old, new)."""
    found = read_files(RULES_DIR)
    for name, (old, new) in files.items():
        key = f"{name}.toml"
        text = found[key].decode()
        assert old in text
        found[key] = text.replace(old, new, 1).encode()
    return make_book(found)


def test_the_same_rules_have_no_changes():
    """A book compared with itself."""
    assert compare(packaged_book(), packaged_book()) == ()


def test_a_changed_text_is_shown_old_and_new_and_its_version_is_missed():
    """A rule that changed without a raised version is pointed out."""
    old = altered(messages=("Only move if you are in danger.", "Stay where you are."))
    (change,) = compare(old, packaged_book())
    assert (change.what, change.entry.id) == ("changed", "M-EMERGENCY-TRAUMA")
    assert "Sentences, no longer: “Stay where you are.”." in change.details
    assert "Sentences, new: “Only move if you are in danger.”." in change.details
    assert change.unraised


def test_a_raised_version_is_not_pointed_out():
    """Before and after stand there."""
    old = altered(
        messages=(
            'key = "vet"\nversion = 1\nsource = ["U"]',
            'key = "vet"\nversion = 9\nsource = ["A"]',
        )
    )
    (change,) = compare(old, packaged_book())
    assert change.before == 9
    assert not change.unraised


def test_added_and_removed_rules_are_told():
    """By id."""
    new = altered(decisions=('id = "D5"', 'id = "D5b"'))
    whats = {change.entry.id: change.what for change in compare(packaged_book(), new)}
    assert whats == {"D5": "removed", "D5b": "added"}


def test_a_changed_word_list_is_told_for_the_rules_that_use_it():
    """The words, not the version: their own fields are the same."""
    new = altered(lexicon=("[class.wipe]\nphrases = [", '[class.wipe]\nphrases = ["dab dry", '))
    changes = compare(packaged_book(), new)
    assert "E-SAD-01" in {change.entry.id for change in changes}
    for change in changes:
        assert "Word list “wipe”: new “dab dry”." in change.details
        assert not change.unraised


def test_patterns_are_counted_and_not_shown():
    """A clinician reads messages."""
    new = altered(emergency=('patterns = ["', 'patterns = ["foo ..2 bar", "'))
    (change,) = compare(packaged_book(), new)
    assert change.details == ("Ways of telling it: 1 new, 0 dropped.",)


def test_a_saved_folder_of_rules_can_be_compared(tmp_path):
    """The files as they were."""
    shutil.copytree(RULES_DIR, tmp_path / "old")
    path = tmp_path / "old" / "messages.toml"
    path.write_text(path.read_text().replace("Only move if", "Move only if"))
    text = visible(render_sheet("md", since=str(tmp_path / "old")))
    assert "1 changed." in text
    assert "raised version" in text
    assert "M-EMERGENCY-TRAUMA" in text
    assert "Signatures" in text
    shutil.copytree(RULES_DIR, tmp_path / "same")
    same = render_sheet("html", since=str(tmp_path / "same"))
    assert "Nothing changed." in read_html(same).text


def test_what_was_signed_can_be_compared(tmp_path):
    """A signature file holds digests and versions: which rules, not how."""
    path = tmp_path / "signatures.toml"
    old = altered(messages=("Only move if you are in danger.", "Stay where you are."))
    path.write_text(signature_form(old), encoding="utf-8")
    (change,) = compare(read_since(str(path)), packaged_book())
    assert (change.entry.id, change.unraised) == ("M-EMERGENCY-TRAUMA", True)
    assert "no more than a digest" in render_sheet("md", since=str(path))
    path.write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="names no signed rules"):
        read_since(str(path))


@pytest.mark.skipif(GIT is None, reason="git is not installed")
def test_a_revision_can_be_compared(tmp_path):
    """The rule files of that commit, whatever stands in the folder now."""
    rules = tmp_path / "deep" / "rules"
    shutil.copytree(RULES_DIR, rules)

    def git(*arguments):
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(
            [GIT, "-C", tmp_path, *identity, *arguments], check=True, capture_output=True
        )

    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    git("tag", "v1")
    path = rules / "messages.toml"
    path.write_text(path.read_text().replace("Only move if", "Move only if"))
    (rules / "nerve.toml").unlink()
    git("commit", "-q", "-a", "-m", "second")
    assert compare(read_since("v1", checkout=rules), packaged_book()) == ()
    whats = {
        c.entry.id: c.what for c in compare(read_since("HEAD", checkout=rules), packaged_book())
    }
    assert whats.pop("M-EMERGENCY-TRAUMA") == "changed"
    assert whats["N-RAD-01"] == "added"
    with pytest.raises(UsageError, match="knows no such revision"):
        read_since("no-such-tag", checkout=rules)
    with pytest.raises(UsageError, match="is no revision"):
        read_since("--output=x", checkout=rules)
    with pytest.raises(UsageError, match="no rule files"):
        read_since("v1", checkout=tmp_path)


def test_outside_a_checkout_a_revision_is_refused(tmp_path, monkeypatch):
    """The message says what was looked for."""
    (tmp_path / "rules").mkdir()
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    with pytest.raises(UsageError, match="git"):
        read_since("HEAD", checkout=tmp_path / "rules")
    monkeypatch.setattr(since_module.shutil, "which", lambda _: None)
    with pytest.raises(UsageError, match="not installed"):
        read_since("HEAD", checkout=tmp_path / "rules")


def test_an_empty_folder_and_a_signature_form_with_since_are_refused(tmp_path):
    """Neither tells a state of the rules."""
    with pytest.raises(UsageError, match="no rule file"):
        read_since(str(tmp_path))
    with pytest.raises(UsageError, match="md or html"):
        render_sheet("toml", since=str(tmp_path))


# ------------------------------------------------------------------ the documents beside it


def test_every_source_key_is_explained():
    """On the sheet and in docs/clinical-sources.md."""
    explained = (DOCS / "clinical-sources.md").read_text("utf-8")
    for key in SOURCES:
        assert key in sheet_module._words()["sources"], key
        assert f"**{key}**" in explained, key


def test_every_test_that_the_hazard_log_names_exists():
    """A control without its test is written as "none yet"."""
    log = (DOCS / "safety.md").read_text("utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)`(?: `(test_\w+)`)?", log)
    assert len(named) > 10
    for file, function in named:
        path = DOCS.parent / file
        assert path.exists(), file
        if function:
            assert f"def {function}(" in path.read_text("utf-8"), function


def test_the_decisions_in_the_documents_are_those_on_the_sheet():
    """Title, default and way to change it, word by word."""
    log = (DOCS / "safety.md").read_text("utf-8")
    for entry in packaged_book().entries.values():
        if entry.kind == "decision":
            assert f"### {entry.id}: {entry.fields['title']}\n" in log
            assert f"- Default: {entry.fields['default']}\n" in log
            assert f"- To change it: {entry.fields['change']}\n" in log
