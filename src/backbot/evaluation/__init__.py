"""How good: labelled sets, how they are counted, and the tables that come out.

The assistant is handed in as callables, so this room hears of no model and no index.
"""

from backbot.evaluation.metrics import Fact, Rate, normalise
from backbot.evaluation.negation import NegationScore, score_negation
from backbot.evaluation.report import (
    compare,
    negation_json,
    render_negation,
    render_text,
    to_json,
)
from backbot.evaluation.runner import Evaluation, evaluate

__all__ = [
    "Evaluation",
    "Fact",
    "NegationScore",
    "Rate",
    "compare",
    "evaluate",
    "negation_json",
    "normalise",
    "render_negation",
    "render_text",
    "score_negation",
    "to_json",
]
