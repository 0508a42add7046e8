"""`backbot triage`: the escalation engine alone."""

from __future__ import annotations

import json

import pytest


def test_tier_and_signs_are_printed(cli):
    """The tier on the first line, then what was found."""
    result = cli("triage", "my", "foot", "has", "gone", "numb")
    assert result.status == 0
    assert result.out.splitlines()[0] == "nerve"
    assert '- limb_numbness: "foot has gone numb" (present)' in result.out


def test_json_has_the_promised_keys(cli):
    """Tier, template, note, findings and language."""
    found = cli("triage", "--json", "my foot has gone numb").json
    assert list(found) == ["tier", "template", "note", "findings", "language"]
    assert found["language"] == "en"


def test_explain_names_the_rule_and_its_reason(cli):
    """Which rule, its version, where in the text, and why."""
    out = cli("triage", "--explain", "my foot has gone numb").out
    assert "N-NUM-01 v1" in out
    assert 'span[3:21]="foot has gone numb"' in out
    assert "why N-NUM-01" in out


def test_explanation_can_be_json(cli):
    """Both options together."""
    assert cli("triage", "--explain", "--json", "my foot is numb").json["explanation"]


def test_soft_note_is_named(cli):
    """A question about a sign brings a note, not a tier."""
    found = cli("triage", "--json", "what is cauda equina syndrome?").json
    assert found["tier"] == "none"
    assert found["note"]


def test_batch_gives_one_tier_per_turn_for_conversations(cli):
    """Single texts give findings, conversations a tier for each turn; ids come first."""
    rows = [
        {"id": "a", "text": "my foot has gone numb"},
        {"id": "b", "turns": [{"text": "hello"}, "my foot has gone numb", "thanks"]},
    ]
    stdin = "".join(json.dumps(row) + "\n" for row in rows).encode()
    single, conversation = cli("triage", "--batch", "-", stdin=stdin).lines
    assert list(single) == ["id", "tier", "template", "note", "findings", "language"]
    assert conversation == {"id": "b", "tiers": ["none", "nerve", "nerve"]}


@pytest.mark.parametrize("words", [(), ("",), ("--since", "HEAD"), ("--sheet", "docx")])
def test_wrong_use_is_status_2(cli, words):
    """No text, `--since` without a sheet, a sheet in a form that does not exist."""
    result = cli("triage", *words)
    assert result.status == 2
    assert len(result.err.splitlines()) == 1


def test_wrong_settings_do_not_stop_triage(cli, monkeypatch):
    """The engine needs no setting, so none can break it."""
    monkeypatch.setenv("BACKBOT_NONSENSE", "1")
    assert cli("triage", "my foot is numb").status == 0


def test_lone_surrogates_in_a_batch_do_no_harm(cli):
    """Half a character from a broken client is printed as a mark."""
    result = cli("triage", "--batch", "-", stdin=b'{"text": "\\ud800 my foot is numb"}\n')
    assert result.status == 0
    assert result.lines[0]["tier"] == "nerve"
