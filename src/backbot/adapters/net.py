"""The second pair of eyes: a linear classifier on the encoder's vectors. Needs only numpy.

Where the rules found nothing at all, it may ask whether a warning sign is present. It never
raises a tier, never lowers one and is never needed: without it the rules stand alone.
`scripts/train_net.py` makes its weights.
"""

from __future__ import annotations

import json
import logging
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backbot.model import Assessment, EncoderIdentity, Tier

logger = logging.getLogger(__name__)

DEFAULT_FILE = Path(__file__).parent / "nets" / "all-MiniLM-L6-v2.json"


def is_silent(assessment: Assessment) -> bool:
    """Whether the rules found nothing, so that the net may be heard.

    A sign that was found and read as denied, asked about or long past is not silence: the rules
    have understood more of it than a classifier on the whole message can.
    """
    return (
        assessment.open_tier is Tier.NONE
        and assessment.template is None
        and assessment.note is None
        and not assessment.findings
    )


@dataclass(frozen=True, slots=True, eq=False)
class Net:
    """Logistic regression on one message's vector.

    Attributes:
        weights: Shape (d,).
        bias: Added to the weighted sum.
        threshold: From which concern on it asks, in (0, 1).
    """

    weights: NDArray[np.float64]
    bias: float
    threshold: float

    @classmethod
    def load(cls, encoder: EncoderIdentity | None = None, path: Path = DEFAULT_FILE) -> Net | None:
        """Read the weights.

        Args:
            encoder: What the vectors will come from; None to trust the caller.
            path: The file that `scripts/train_net.py` wrote.

        Returns:
            The net; None where the file is missing or damaged, which is logged, or where it was
            trained on another encoder's vectors.
        """
        try:
            record = json.loads(path.read_text("utf-8"))
            trained_on = record["encoder"]
            net = cls(
                np.array(record["weights"], dtype=np.float64),
                float(record["bias"]),
                float(record["threshold"]),
            )
            if net.weights.shape != (int(trained_on["dimensions"]),) or not net._is_sound():
                raise ValueError("its numbers make no sense")  # noqa: TRY301 - one way out
            fits = encoder is None or _fits(trained_on, encoder)
        except (OSError, ValueError, KeyError, TypeError) as error:
            logger.warning("the net is off: %s cannot be used (%s)", path.name, error)
            return None
        return net if fits else None

    def concern(self, vector: NDArray[np.float32]) -> float:
        """How much a message reads like a warning sign, in [0, 1].

        Args:
            vector: The message's, unit length, shape (d,).
        """
        return 1 / (1 + math.exp(-float(self.weights @ vector) - self.bias))

    def asks(self, vector: NDArray[np.float32]) -> bool:
        """Whether to ask "Is any of this happening to you now?"."""
        return self.concern(vector) >= self.threshold

    def _is_sound(self) -> bool:
        return (
            bool(np.isfinite(self.weights).all())
            and math.isfinite(self.bias)
            and 0 < self.threshold < 1
        )


def _fits(trained_on: dict[str, Any], encoder: EncoderIdentity) -> bool:
    return (
        trained_on["sha256"] == encoder.sha256
        and trained_on["pooling"] == encoder.pooling
        and trained_on["dimensions"] == encoder.dimensions
    )
