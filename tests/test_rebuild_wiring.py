"""Rebuilding as the program does it: what staff and admins are told and can have done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backbot.errors import IndexStoreError
from backbot.model import ContentTest, Tier
from backbot.rebuild import AnswerChange, RebuildReport
from backbot.settings import load_settings
from backbot.triage import rules as rules_module
from backbot.triage.rules import RuleSet, load_rules
from backbot.wiring import Program, describe_rebuild, escalation_faults
from small_corpus import HEAT
from test_wiring import FAILING, REPORT

pytestmark = pytest.mark.usefixtures("one_encoder")


@pytest.fixture
def program(clinic) -> Program:
    """Over a clinic's folder that is the current one."""
    return Program(load_settings())


def shorten_heat(clinic) -> None:
    """Another figure in one article."""
    path = clinic / "corpus" / "heat-and-cold.md"
    path.write_text(HEAT.replace("15 to 20 minutes", "10 to 12 minutes"))


def test_what_an_approval_changes_is_looked_at_before_it_is_served(program, clinic):
    """Staged, old and new answers in the report, then published by a button."""
    before = program.live.current().id
    shorten_heat(clinic)
    report = program.rebuild(publish=False, by="Telegram user 42")
    assert report.staged
    (change,) = report.answers
    assert "15 to 20 minutes" in change.old
    assert "10 to 12 minutes" in change.new
    assert program.store.current_id() == before
    assert program.publish_staged(report.generation, by="Telegram user 1") == report.generation
    assert program.store.current_id() == report.generation
    assert len(program.store.list()) == 2


def test_a_draft_shows_what_its_questions_find(program, clinic):
    """Asked by the real encoder among the real articles, without anything being published."""
    before = program.store.current_id()
    path = clinic / "pillows.txt"
    path.write_text(
        "Pillows and your back\n\nA firm pillow under the knees takes the load off the lower back. "
        "Side sleepers put the pillow between the knees instead, and change it when it is flat.\n"
    )
    preview = program.editor.take_in(path, "pillows.txt", "7")
    assert [(test.article, test.found) for test in preview.tests] == [
        ("pillows-and-your-back", True)
    ]
    draft = clinic / "drafts" / "pillows-and-your-back.md"
    asked = draft.read_text().replace("questions:\n", "questions:\n- What does a new roof cost?\n")
    draft.write_text(asked)
    ((draft_id, _),) = program.editor.waiting()
    again = program.editor.preview(draft_id, ask=True)
    assert [test.question for test in again.failing] == ["What does a new roof cost?"]
    assert program.editor.preview(draft_id).tests is None
    assert program.store.current_id() == before


def test_an_index_that_cannot_be_read_hides_no_draft(program, clinic):
    """The preview comes all the same and says why the questions were not asked."""
    (clinic / "corpus" / "broken.md").write_text("no front matter at all")
    path = clinic / "pillows.txt"
    path.write_text("Pillows\n\n" + "A firm pillow helps the lower back at night. " * 6)
    preview = program.editor.take_in(path, "pillows.txt", "7")
    assert preview.tests is None
    assert "broken.md" in preview.untested


def test_an_old_button_is_refused(program, clinic):
    """The articles have changed since; a sentence says so and what to do."""
    shorten_heat(clinic)
    report = program.rebuild(publish=False)
    (clinic / "corpus" / "heat-and-cold.md").write_text(HEAT)
    with pytest.raises(IndexStoreError, match=r"the articles have changed since .* Build again"):
        program.publish_staged(report.generation)


def test_a_strict_rebuild_on_an_empty_index_publishes(program, clinic):
    """Whatever fails: nothing better is in service."""
    program.store.current_file.unlink()
    assert program.rebuild(strict=True).published


# --------------------------------------------------------------------------- escalation rules


def test_the_packaged_rules_pass_their_own_examples():
    """Else every strict rebuild would be refused."""
    assert escalation_faults() == ()


@pytest.mark.parametrize("kind", ["rules", "composes", "combinations"])
def test_an_example_that_fails_is_named_with_its_rule(monkeypatch, kind):
    """Signs, signs put together of quality and place, and combinations."""
    real = load_rules()
    quiet = "the weather is nice"

    def spoilt() -> RuleSet:
        if kind == "composes":
            key, one = next(iter(real.composes.items()))
            spoilt_one = replace(one, examples_yes=(quiet,))
            return replace(real, composes={key: spoilt_one}, rules=(), combinations=())
        one = getattr(real, kind)[0]
        others = {"rules": (), "composes": {}, "combinations": ()}
        return replace(real, **{**others, kind: (replace(one, examples_yes=(quiet,)),)})

    monkeypatch.setattr(rules_module, "load_rules", spoilt)
    (fault,) = escalation_faults()
    assert f"misses its example “{quiet}”." in fault


def test_a_counterexample_that_is_found_is_named(monkeypatch):
    """A rule that has become too wide."""
    real = load_rules()
    rule = next(rule for rule in real.rules if rule.tier is Tier.EMERGENCY)
    wide = replace(rule, examples_no=rule.examples_yes[:1], examples_yes=())
    monkeypatch.setattr(
        rules_module,
        "load_rules",
        lambda: replace(real, rules=(wide,), composes={}, combinations=()),
    )
    (fault,) = escalation_faults()
    assert rule.rule_id in fault
    assert "fires on" in fault


# --------------------------------------------------------------------------- in words


CHANGED = AnswerChange("desk", "What is a car?", "Old.", "New.")


def kept(**changes: object) -> RebuildReport:
    """A report of a build that was kept aside."""
    return replace(REPORT, published=False, staged=True, **changes)  # type: ignore[arg-type]


def test_what_was_not_published_says_so_first_and_why_last():
    """And how to publish it all the same, in words that fit where it is read."""
    report = kept(objections=("“A?” found its article (desk) and no longer does.",))
    lines = describe_rebuild(report, anyway="the button below").splitlines()
    assert lines[0].startswith("Built, but not published: generation G: 2 articles")
    assert "- “A?” found its article (desk) and no longer does." in lines
    assert "the button below" in lines[-1]
    assert "`backbot index build --no-strict`" in describe_rebuild(report)


def test_what_was_kept_on_purpose_has_no_reasons():
    """Nobody objected."""
    text = describe_rebuild(kept(answers=(CHANGED,)))
    assert text.startswith("Built, but not published")
    assert "because" not in text
    assert "Sample questions that get another answer: 1." in text


def test_what_was_mended_is_told():
    """Questions that pass now, and examples of the rules that fail."""
    mended = ContentTest("desk", "How do I sit?", found=True, rank=1)
    report = replace(REPORT, newly_passing=(mended,), escalation_faults=("Rule E misses it.",))
    text = describe_rebuild(report)
    assert (
        f"Newly failing:\n- desk: {FAILING.question}\nNewly passing:\n- desk: How do I sit?"
        in text
    )
    assert "Examples of the escalation rules that fail: 1." in text
