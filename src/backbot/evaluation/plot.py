"""The reliability plot: what a probability says, and what was the case."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from backbot.errors import UsageError
from backbot.evaluation.metrics import Calibration

_INCHES = (5.0, 5.5)
_DOTS = 120


def require_plotting() -> Any:  # noqa: ANN401 - matplotlib is no dependency
    """The figure module of matplotlib.

    Raises:
        UsageError: It is not installed.
    """
    try:
        return import_module("matplotlib.figure")
    except ImportError as error:
        raise UsageError(
            "The plot needs matplotlib, which is not installed: pip install 'backbot[plot]'. "
            "The table of probabilities is printed without it."
        ) from error


def write_reliability(fit: Calibration, path: Path) -> None:
    """Draw one point a bin with its 95 % interval, and how many questions each bin holds.

    Args:
        fit: What to draw.
        path: The PNG file to write.

    Raises:
        UsageError: matplotlib is not installed, or the file cannot be written.
    """
    figure = require_plotting().Figure(figsize=_INCHES, dpi=_DOTS, layout="constrained")
    points, counts = figure.subplots(2, height_ratios=(4, 1), sharex=True)
    points.plot((0, 1), (0, 1), color="0.7", linestyle="--", label="what it should be")
    for part in fit.bins:
        interval, observed = part.observed.interval, part.observed.value
        if part.forecast is None or interval is None or observed is None:
            continue
        spread = [[observed - interval[0]], [interval[1] - observed]]
        points.errorbar(part.forecast, observed, yerr=spread, fmt="o", color="tab:blue", capsize=3)
    points.set_ylabel("share of questions that are in scope")
    points.set_ylim(-0.03, 1.03)
    points.legend(loc="upper left")
    if fit.n:
        points.set_title(
            f"{fit.n} questions, Brier score {fit.brier:.3f}, calibration error {fit.ece:.3f}",
            fontsize="medium",
        )
    middles = [(part.low + part.high) / 2 for part in fit.bins]
    widths = [0.9 * (part.high - part.low) for part in fit.bins]
    counts.bar(middles, [part.observed.n for part in fit.bins], width=widths, color="0.6")
    counts.set_ylabel("questions")
    counts.set_xlabel("probability of an answer")
    counts.set_xlim(0, 1)
    try:
        figure.savefig(path, format="png")
    except OSError as error:
        raise UsageError(f"The plot cannot be written to {path}: {error.strerror}.") from error
