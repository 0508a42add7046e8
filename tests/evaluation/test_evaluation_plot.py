"""The reliability plot is a picture, or a sentence that says what is missing."""

from __future__ import annotations

import importlib
import importlib.util

import pytest

from backbot.errors import UsageError
from backbot.evaluation import plot
from backbot.evaluation.metrics import calibration
from backbot.evaluation.plot import require_plotting, write_reliability

FIT = calibration([(0.05, False), (0.35, True), (0.95, True), (1.0, True)])
PNG = b"\x89PNG"


def test_without_matplotlib_it_says_so(monkeypatch, tmp_path):
    """And what to do; the table needs nothing."""

    def missing(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(plot, "import_module", missing)
    with pytest.raises(UsageError, match=r"pip install 'backbot\[plot\]'"):
        write_reliability(FIT, tmp_path / "plot.png")
    assert not (tmp_path / "plot.png").exists()


@pytest.mark.skipif(
    importlib.util.find_spec("matplotlib") is None, reason="needs the extra `plot`"
)
class TestDrawn:
    """With matplotlib."""

    @pytest.mark.parametrize("fit", [FIT, calibration([])])
    def test_the_picture_is_a_png(self, fit, tmp_path):
        """Of anything, or of nothing."""
        write_reliability(fit, tmp_path / "plot.png")
        assert (tmp_path / "plot.png").read_bytes().startswith(PNG)

    def test_each_bin_that_holds_anything_is_a_point(self, monkeypatch, tmp_path):
        """At its mean forecast, with its share and interval."""
        drawn = []
        axes = importlib.import_module("matplotlib.axes").Axes
        errorbar = axes.errorbar

        def noting(self, x, y, **options):
            drawn.append((x, y))
            return errorbar(self, x, y, **options)

        monkeypatch.setattr(axes, "errorbar", noting)
        write_reliability(FIT, tmp_path / "plot.png")
        assert drawn == [(0.05, 0.0), (0.35, 1.0), (0.975, 1.0)]

    def test_a_place_that_cannot_be_written_is_named(self, tmp_path):
        """In a sentence."""
        with pytest.raises(UsageError, match="cannot be written"):
            write_reliability(FIT, tmp_path / "nowhere" / "plot.png")

    def test_it_is_found(self):
        """Before an evaluation starts."""
        assert require_plotting().Figure
