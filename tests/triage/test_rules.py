"""Rule files: strict loading, and every example of every rule."""

from __future__ import annotations

from importlib import resources

import pytest

from backbot.errors import RuleError
from backbot.model import FindingStatus, Tier, TriageState
from backbot.triage import rules as rules_module
from backbot.triage.beside import FAMILY
from backbot.triage.engine import assess, default_reader
from backbot.triage.lexicon import Lexicon
from backbot.triage.modifiers import MESSAGE_MODIFIERS
from backbot.triage.rules import Combination, Compose, Rule, load_rules

RULES = load_rules()
SIGNS = RULES.all_rules()
EVERY_YES = [(rule, text) for rule in SIGNS for text in rule.examples_yes]
EVERY_NO = [(rule, text) for rule in SIGNS for text in rule.examples_no]
EVERY_COMBINED = [(rule, text) for rule in RULES.combinations for text in rule.examples_yes]


def _name(value: object) -> str:
    return value.rule_id if isinstance(value, Rule | Compose | Combination) else str(value)[:40]


def _state() -> TriageState:
    return TriageState()


@pytest.mark.parametrize(("rule", "text"), EVERY_YES, ids=_name)
def test_each_sign_is_found_in_its_examples(rule, text):
    """A message that a rule gives as its example shows the rule's concept, present."""
    reading = default_reader().read(text)
    wanted = {FindingStatus.PRESENT}
    if rule.tier is Tier.NONE:  # such a rule only brings a note, to a question too
        wanted |= {FindingStatus.INFORMATIONAL, FindingStatus.CONDITIONAL}
    assert rule.concept in {m.concept for m in reading.mentions if m.status in wanted}
    assert assess(text, _state(), 0.0).tier >= rule.tier


@pytest.mark.parametrize(("rule", "text"), EVERY_NO, ids=_name)
def test_each_sign_leaves_its_counterexamples_alone(rule, text):
    """A message that a rule gives as none of its own does not show its concept."""
    reading = default_reader().read(text)
    assert rule.concept not in {
        m.concept for m in reading.mentions if m.status is FindingStatus.PRESENT
    }


@pytest.mark.parametrize(("rule", "text"), EVERY_COMBINED, ids=_name)
def test_each_combination_fires_on_its_examples(rule, text):
    """The example of a combination fires it and reaches its tier."""
    assessment = assess(text, _state(), 0.0)
    assert rule.rule_id in assessment.combinations
    assert assessment.tier >= rule.then


def test_every_rule_can_be_reviewed():
    """Each sign has eight examples, three counterexamples, a reason and a source."""
    for rule in SIGNS:
        assert len(rule.examples_yes) >= 8, rule.rule_id
        assert len(rule.examples_no) >= 3, rule.rule_id
        assert rule.rationale, rule.rule_id
        assert rule.source, rule.rule_id
        assert rule.confidence in {"V", "M", "U"}, rule.rule_id
    for combination in RULES.combinations:
        assert len(combination.examples_yes) >= 2, combination.rule_id
        assert combination.why, combination.rule_id


def test_no_id_is_used_twice():
    """An id names one rule, since traces and signatures point at it."""
    ids = [r.rule_id for r in SIGNS] + [c.rule_id for c in RULES.combinations]
    assert len(ids) == len(set(ids))


def test_combinations_ask_only_for_what_can_be_found():
    """A combination that names a sign nobody finds would never fire."""
    concepts = {rule.concept for rule in SIGNS}
    known = concepts | {"m_old", "m_long_ago", "m_since", "m_leg_pain", "m_both_hint"}
    known |= {"numbness_spreading", "leg_on_left", "leg_on_right", "m_limb", "listed_signs"}
    known |= set(MESSAGE_MODIFIERS)
    families = {FAMILY.get(concept, concept) for concept in concepts}
    known |= {f"{limb}_{family}" for limb in ("leg", "arm") for family in families}
    for combination in RULES.combinations:
        asked = combination.any_of | combination.none_of
        for group in combination.all_of:
            asked |= group
        unknown = {name for name in asked if name.split("+")[0] not in known}
        assert not unknown, (combination.rule_id, unknown)


@pytest.fixture
def changed_file(monkeypatch):
    """Load the rules with one file changed; the real ones are back afterwards."""

    def load(name: str, old: str, new: str):
        path = resources.files("backbot.triage").joinpath("rules").joinpath(name)
        text = path.read_text("utf-8")
        assert old in text
        real = rules_module._bytes
        changed = text.replace(old, new, 1).encode()
        monkeypatch.setattr(
            rules_module, "_bytes", lambda wanted: changed if wanted == name else real(wanted)
        )
        return load_rules.__wrapped__()

    return load


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("urgent.toml", 'confidence = "V"', 'confidence = "V"\nhue = 1', "hue"),
        ("urgent.toml", 'source = ["S1"', 'source = ["S99"', "S99"),
        ("urgent.toml", 'id = "U-FDR-01"', 'id = "U-SEX-01"', "twice"),
        ("urgent.toml", "@footdrop", "@footdorp", "footdorp"),
        ("urgent.toml", "version = 1\n", "", "version"),
        ("compose.toml", '"leg_both"', '"legs_both"', "legs_both"),
        ("combinations.toml", 'why = "', 'why_not = "', "why"),
        ("lexicon.toml", "fuzzy = true\nphrases", "fuzzi = true\nphrases", "fuzzi"),
    ],
)
def test_a_faulty_rule_file_is_refused_with_its_name(changed_file, name, old, new, says):
    """An unknown key, source or class, a missing field or a second id stops the loading."""
    with pytest.raises(RuleError, match=says):
        changed_file(name, old, new)


def test_a_class_that_refers_to_itself_is_refused():
    """Circles among word classes are an error, not an endless loop."""
    with pytest.raises(RuleError, match="itself"):
        Lexicon({"a": ["@b x"], "b": ["@a y"]})


@pytest.mark.parametrize("pattern", ["(numb", "@nobody x", "a ~4", "~3 b"])
def test_a_pattern_that_cannot_be_read_is_refused(pattern):
    """A pattern with an open bracket, an unknown class or an empty side is an error."""
    with pytest.raises(RuleError):
        Lexicon({"a": ["numb"]}).compile(pattern)


def test_the_digest_changes_with_the_rules(changed_file):
    """A signature over one digest never covers other rules."""
    changed = changed_file("urgent.toml", "Spinal infection", "Infection of the spine")
    assert changed.digest != RULES.digest


def test_tiers_are_ordered():
    """The highest tier wins by comparison."""
    assert Tier.NONE < Tier.NERVE < Tier.URGENT < Tier.EMERGENCY
