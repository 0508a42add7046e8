"""The gate names what lies under it, and lets pass what does not."""

from __future__ import annotations

from types import SimpleNamespace

from backbot.evaluation.gate import failures
from backbot.evaluation.metrics import Rate


def evaluation(correct: Rate, declined: Rate, emergency: Rate, false_emergency: Rate):
    """An evaluation of which only the gated figures are filled in."""
    whole = Rate(100, 100)
    none = Rate(0, 100)
    return SimpleNamespace(
        answers=[
            SimpleNamespace(
                name="questions",
                figures=SimpleNamespace(hits={3: whole}, correct=correct, false_declines=none),
            ),
            SimpleNamespace(
                name="own_questions_tune",
                figures=SimpleNamespace(hits={3: none}, correct=none, false_declines=whole),
            ),
        ],
        declines=[
            SimpleNamespace(name="out_of_scope", figures=SimpleNamespace(declined=declined))
        ],
        escalations=[
            SimpleNamespace(
                name="dev",
                figures=SimpleNamespace(
                    emergency_accept=emergency,
                    emergency_none=none,
                    false_emergency=false_emergency,
                ),
            )
        ],
    )


def test_figures_at_the_limit_pass():
    """85 % of facts, 90 % declined, 90 % of emergencies, 2 % false ones; own sets are not gated."""
    at = evaluation(Rate(85, 100), Rate(90, 100), Rate(90, 100), Rate(2, 100))
    assert failures(at) == ()


def test_each_figure_under_its_limit_is_named():
    """With its count and the limit."""
    under = evaluation(Rate(84, 100), Rate(89, 100), Rate(89, 100), Rate(3, 100))
    lines = failures(under)
    assert len(lines) == 4
    assert lines[0] == "fact in the answer 84.0% (84/100), at least 85%"
    assert lines[3] == "dev: false emergencies 3.0% (3/100), at most 2%"


def test_an_empty_set_is_no_failure():
    """A folder may hold only a part of the sets."""
    assert failures(evaluation(Rate(0, 0), Rate(0, 0), Rate(0, 0), Rate(0, 0))) == ()
