"""`backbot corpus`, `init`, `model`, `eval`: what they print and refuse."""

from __future__ import annotations

import json
import sys

import pytest

from backbot.settings import load_settings
from backbot.wiring import Program
from small_corpus import DESK

DRAFT = DESK.replace("slug: desk", "slug: new-chair").replace("Sitting at", "A new chair for")


# --------------------------------------------------------------------------- check, list


def test_check_lists_warnings_and_passes(cli, clinic):
    """Unreviewed articles are a warning, never an error."""
    result = cli("corpus", "check")
    assert result.status == 0
    assert "warning: desk.md, line 8: not yet reviewed by a clinician" in result.out
    assert result.out.splitlines()[-1].startswith("0 errors, ")


def test_check_as_json(cli, clinic):
    """One object; every issue names its article and line."""
    found = cli("corpus", "check", "--json").json
    assert (found["ok"], found["errors"]) == (True, 0)
    assert found["warnings"] == len(found["issues"]) > 0
    keys = {"severity", "kind", "article", "file", "line", "message", "also"}
    assert all(set(issue) == keys for issue in found["issues"])


def test_check_names_sample_questions_that_find_nothing(cli, clinic):
    """As tested when the index was built; a question that was taken out is not told."""
    desk = clinic / "corpus" / "desk.md"
    desk.write_text(DESK.replace("How should I sit at my desk?", "What does a car cost?"))
    cli("index", "build")
    assert (
        'desk.md, line 10: the sample question "What does a car cost?" does not find its article'
        in cli("corpus", "check").out
    )
    desk.write_text(DESK)
    assert "does not find its article" not in cli("corpus", "check").out


def test_list_counts_sections_and_passages(cli, clinic):
    """What there is of each article, who reviewed it and when it is due."""
    rows = {row["slug"]: row for row in cli("corpus", "list", "--json").json["articles"]}
    assert rows["heat-and-cold"] == {
        "slug": "heat-and-cold",
        "title": "Heat and cold",
        "sections": 2,
        "passages": 2,
        "reading_age": 7,
        "state": "reviewed",
        "reviewed": "2026-01-10",
        "reviewed_by": "Dr Ada Example",
        "review": "reviewed by Dr Ada Example on 2026-01-10",
        "due": "2999-01-01",
    }
    assert (rows["desk"]["reviewed"], rows["desk"]["state"]) == (None, "draft")


def test_list_tells_what_is_not_in_the_index_yet(cli, clinic):
    """An article without passages is not served."""
    (clinic / "corpus" / "new-chair.md").write_text(DRAFT)
    line = next(x for x in cli("corpus", "list").out.splitlines() if x.startswith("new-chair"))
    assert "not in the index" in line


# --------------------------------------------------------------------------- approve


@pytest.fixture
def draft(clinic):
    """A draft that waits."""
    path = clinic / "drafts" / "new-chair.md"
    path.parent.mkdir()
    path.write_text(DRAFT)
    return path


def test_approve_moves_the_draft_and_notes_who(cli, clinic, draft):
    """The article is there whole, and a line in the audit log."""
    result = cli("corpus", "approve", draft, "--by", "  A.  Nurse ")
    assert result.status == 0
    assert "not yet reviewed" in result.out
    assert (clinic / "corpus" / "new-chair.md").read_text() == DRAFT
    assert not draft.exists()
    program = Program(load_settings())
    (note,) = program.records.audit_log()
    program.close()
    assert (note.subject, note.who, note.action) == ("new-chair", "A. Nurse", "approve")


def test_approve_tells_errors_that_are_left(cli, clinic, draft):
    """It is the staff's decision, but not one made unknowingly."""
    draft.write_text(DRAFT + "\n![steps](steps.png)\n")
    result = cli("corpus", "approve", draft, "--by", "A. Nurse")
    assert result.status == 0
    assert "1 error is left in it" in result.err
    assert "steps.png" in result.err


def test_approve_never_overwrites_without_being_told(cli, clinic, draft):
    """The article that is there stays, and so does the draft."""
    article = clinic / "corpus" / "new-chair.md"
    article.write_text(DRAFT + "\nMore.\n")
    result = cli("corpus", "approve", draft, "--by", "A")
    assert result.status == 1
    assert "--replace" in result.err
    assert article.read_text().endswith("More.\n")
    assert cli("corpus", "approve", draft, "--by", "A", "--replace").status == 0
    assert article.read_text() == DRAFT
    (kept,) = (clinic / "corpus" / ".history").iterdir()
    assert kept.read_text().endswith("More.\n")


def test_approving_an_article_does_not_delete_it(cli, clinic):
    """The file named is the article itself."""
    result = cli("corpus", "approve", "corpus/desk.md", "--by", "A")
    assert result.status == 2
    assert (clinic / "corpus" / "desk.md").read_text() == DESK


def test_packaged_articles_are_never_changed(cli, apart):
    """Without a corpus of one's own there is nowhere to approve to."""
    (apart / "new-chair.md").write_text(DRAFT)
    result = cli("corpus", "approve", "new-chair.md", "--by", "A")
    assert result.status == 2
    assert "backbot init" in result.err
    assert (apart / "new-chair.md").exists()


@pytest.mark.parametrize(
    ("words", "status"),
    [(["missing.md", "--by", "A"], 2), (["drafts/new-chair.md", "--by", " "], 2)],
)
def test_approve_needs_a_draft_and_a_name(cli, clinic, draft, words, status):
    """Nothing is written."""
    assert cli("corpus", "approve", *words).status == status
    assert draft.exists()


def test_broken_draft_is_not_approved(cli, clinic, draft):
    """The corpus stays readable."""
    draft.write_text("---\ntitel: x\n---\n")
    result = cli("corpus", "approve", draft, "--by", "A")
    assert result.status == 1
    assert "titel" in result.err


def test_full_disk_keeps_the_draft(cli, clinic, draft, monkeypatch):
    """Nothing half written, nothing lost."""

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    result = cli("corpus", "approve", draft, "--by", "A")
    assert result.status == 1
    assert "No space left on device" in result.err
    assert draft.exists()
    assert sorted(path.name for path in (clinic / "corpus").glob("new-chair*")) == []


# --------------------------------------------------------------------------- import, init, model


def test_import_makes_a_draft_and_says_what_was_left_out(cli, clinic):
    """A page becomes a draft; a file that cannot is refused, and the status tells."""
    page = "<html><body><h1>Sore necks</h1><p>A stiff neck can hurt for some days after a long "
    page += "drive, and gentle movement helps it to loosen again.</p></body></html>"
    (clinic / "page.html").write_text(page)
    result = cli("corpus", "import", "page.html", "--json")
    assert result.status == 0, result.err
    assert json.loads(result.out)
    assert len(list((clinic / "drafts").glob("*.md"))) == 1
    assert cli("corpus", "import", "missing.html").status == 1


def test_init_makes_a_folder_that_works_and_refuses_a_full_one(cli, apart, monkeypatch):
    """The second time there is something in it."""
    assert cli("init", "mine").status == 0
    assert (apart / "mine" / ".env").exists()
    monkeypatch.chdir(apart / "mine")
    assert cli("corpus", "list").status == 0
    again = cli("init", apart / "mine")
    assert again.status == 2
    assert "not empty" in again.err


def test_compiling_without_the_extra_names_it(cli, apart, monkeypatch):
    """A user's installation has no PyTorch."""
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    result = cli("model", "compile", apart)
    assert result.status == 1
    assert "backbot[models]" in result.err


# --------------------------------------------------------------------------- eval


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--set", "missing"], "missing"),
        (["--negation", "missing.jsonl"], "missing.jsonl"),
        (["--set", "corpus", "--compare", "missing.json"], "missing.json"),
        ([], "evaluation"),
    ],
)
def test_eval_names_what_is_missing(cli, clinic, words, told, monkeypatch):
    """Folder, file, earlier result, and the project's own sets where there is no clone."""
    monkeypatch.setattr("backbot.cli.checks.__file__", str(clinic / "a" / "b" / "c" / "d.py"))
    result = cli("eval", *words)
    assert result.status == 2
    assert told in result.err


@pytest.fixture
def labelled(clinic):
    """Two messages: one the engine gets right, one whose label is wrong."""
    folder = clinic / "labelled" / "escalation"
    folder.mkdir(parents=True)
    rows = [
        {"id": "1", "text": "my foot has gone numb", "tier": "nerve"},
        {"id": "2", "text": "hello there", "tier": "emergency"},
    ]
    (folder / "dev.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder.parent


def test_eval_under_its_gate_fails(cli, labelled):
    """The figures are printed all the same; with --json stdout is one object."""
    result = cli("eval", "--set", labelled, "--json")
    assert result.status == 1
    assert "under the gate" in result.err
    assert isinstance(result.json, dict)


def test_eval_compares_with_an_earlier_result(cli, labelled, clinic):
    """Beside JSON the comparison goes to stderr."""
    (clinic / "before.json").write_text(cli("eval", "--set", labelled, "--json").out)
    result = cli("eval", "--set", labelled, "--json", "--compare", clinic / "before.json")
    assert isinstance(result.json, dict)


def test_eval_draws_a_plot_or_says_what_it_needs(cli, labelled, clinic, monkeypatch):
    """Told before anything is asked; with matplotlib there is a file."""
    from backbot.evaluation import plot

    def missing(name):
        raise ModuleNotFoundError(name)

    with monkeypatch.context() as without:
        without.setattr(plot, "import_module", missing)
        result = cli("eval", "--set", labelled, "--plot", clinic / "plot.png")
    assert result.status == 2
    assert "backbot[plot]" in result.err
    assert result.out == ""
    pytest.importorskip("matplotlib")
    result = cli("eval", "--set", labelled, "--plot", clinic / "plot.png")
    assert "The plot is in" in result.err
    assert (clinic / "plot.png").exists()


def test_negation_is_scored(cli, apart):
    """Precision, recall and F1 over the lines of a file."""
    row = {"id": 1, "sentence": "My foot is not numb.", "concept": "numb", "negated": True}
    (apart / "lines.jsonl").write_text(json.dumps(row) + "\n")
    result = cli("eval", "--negation", "lines.jsonl", "--json")
    assert result.status == 0
    assert result.json
