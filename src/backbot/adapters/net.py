"""The second pair of eyes: a small classifier on a message's vector and words. Needs only numpy.

Where the rules found nothing at all, it may ask whether a warning sign is present. It never
raises a tier, never lowers one and is never needed: without it the rules stand alone.

It is logistic regression on three things. The encoder's vector; the products of its coordinates
along a few principal directions: "numb" and "between my legs" weigh more together than each alone;
and the words as they stand, singly and in pairs, hashed: a vector of a whole message blurs the one
word that matters in it. A second, smaller one on the vector alone tells which question fits: that
about the body's warning signs, or that about despair and poison. `scripts/train_net.py` makes
both.
"""

from __future__ import annotations

import itertools
import json
import logging
import math
import re
import zipfile
import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backbot.frozen import dataclass
from backbot.model import Assessment, EncoderIdentity, FindingStatus, Tier
from backbot.triage.engine import ASK, ASK_CRISIS
from backbot.triage.text import words_of

logger = logging.getLogger(__name__)

DEFAULT_FILE = Path(__file__).parent / "nets" / "all-MiniLM-L6-v2.npz"
# Less is no sentence: what a vector says about "???" or "you there" is chance.
FEWEST_WORDS = 3
# A long word also counts by its beginning: "shuffling" tells something of "shuffles".
PREFIX = 4
# More are not looked at: no text it learnt from has as many, and counting takes time.
MOST_WORDS = 120
_WORD = re.compile(r"[^\W_]+")
# Strings: `re` compiles them for the first text that needs them, and a start for none.
_KILLING = r"(?i)(?:\b(?:is |are |keeps |has been )|['\u2019]s )?\bkilling me\b"
# Walking as a remedy, asked about in a few words; "trouble walking" and "can't walk" stay.
_WALK = (
    r"(?i)\b(?:is it (?:ok|okay|safe|good|fine|alright|bad|better|best) (?:if i|to)"
    r"|(?:should|may) i) (?:(?:go|still|keep|for|on|a|long|short) )*walk(?:s|ing)?\b"
    r"|\b(?:is|does|will|would) (?:a )?walk(?:s|ing)? (?:ok|okay|good|bad|help|safe|better|best)\b"
)
_LONGEST_WALK = 10  # words
_WALK_MEANS = "is it better to move or to rest"
# Asks to go on, and tells nothing of anybody.
_GOES_ON = (
    r"(?:(?:please|pls|ok|okay|can you|could you|yes) )*"
    r"(?:tell|show|give|send) me (?:more|another)(?: please| pls| about (?:it|that|this))?"
    r"|(?:what|anything|something) (?:else|more)|go on|more"
)
# A dose as anybody takes it: one that is meant, or an accident, is told with how much it was.
_DOSE = (
    r"\b(?:take|takes|took|taken|taking|had|have|having|on|use|using|tried|trying|popped)\b"
    r"(?: (?:my|some|a|an|the|one|two|three|1|2|3|4|just|only|already|couple|of|few|usual|daily"
    r"|more))*"
    r" (?:ibuprofen|paracetamol|acetaminophen|tylenol|nurofen|advil|aleve|naproxen|aspirin"
    r"|co ?codamol|codeine|diclofenac|voltarol|pain ?killers?|antibiotics?|statins?|steroids?"
    r"|(?:blood pressure|water|thyroid|heart|iron|vitamin) (?:pills?|tablets?|meds)"
    r"|blood thinners?|warfarin|antidepressants?|hrt|insulin|metformin|gabapentin|pregabalin"
    r"|amitriptyline|muscle relaxants?|anti ?inflammator(?:y|ies))\b"
)
_HOW_MUCH = words_of(
    "all whole packet packets pack box bottle strip too many lots handful loads overdose "
    "overdosed everything double triple extra dozen dozens rest lot over twice end die dead "
    "sleep forever enough cant cannot sorry goodbye bye alone anymore never"
)
_MOST_OF_A_DOSE, _LONGEST_DOSE = 4, 10  # tablets, words
_APOSTROPHES = str.maketrans("", "", "'\u2019\u02bc`")


def may_ask(text: str, assessment: Assessment) -> bool:
    """Whether the rules found nothing in a text that has enough words to be judged.

    A sign that was found and read as denied, asked about or long past is not silence: the rules
    have understood more of it than a classifier on the whole message can. One that is present
    and means nothing alone ("dizzy") is.

    Args:
        text: As typed.
        assessment: What the rules made of it.
    """
    return (
        assessment.open_tier is Tier.NONE
        and assessment.template is None
        and assessment.note is None
        and all(f.status is FindingStatus.PRESENT and not f.tier for f in assessment.findings)
        and sum(any(c.isalpha() for c in word) for word in text.split()) >= FEWEST_WORDS
    )


def without_idioms(text: str) -> str:
    """A text with what sounds like a sign put as it is meant.

    Whose back "is killing me" is not dying, and who asks if it is ok to walk can.

    Args:
        text: As typed, or as looked up.
    """
    said = text.lower()
    if "killing" in said:
        text = " ".join(re.sub(_KILLING, " hurts badly", text).split())
    if "walk" in said and len(said.split()) <= _LONGEST_WALK and not re.search(r"[.,;!]", said):
        text = re.sub(_WALK, _WALK_MEANS, text)
    return text


def products(
    vectors: NDArray[Any], mean: NDArray[Any], directions: NDArray[Any]
) -> NDArray[np.float64]:
    """What the classifier weighs.

    Args:
        vectors: Unit length, shape (n, d).
        mean: Of the training texts' vectors, shape (d,).
        directions: Orthonormal rows, shape (p, d).

    Returns:
        Shape (n, d + p (p + 1) / 2): the vectors, and the products of every two coordinates.
    """
    rows = np.asarray(vectors, dtype=np.float64)
    coordinates = (rows - mean) @ directions.T
    first, second = _pairs(len(directions))
    return np.concatenate([rows, coordinates[:, first] * coordinates[:, second]], axis=1)


def words_in(text: str, buckets: int) -> tuple[list[int], list[float]]:
    """Where a text's words, their beginnings and pairs of neighbours count, and how much.

    Args:
        text: As typed.
        buckets: How many places there are; words may share one.

    Returns:
        Places in [0, buckets), repeated where they are met again, and for each a positive or
        negative share; the squares of the shares add up to 1. Both empty for a text without words.
    """
    found = _WORD.finditer(text.lower().translate(_APOSTROPHES))
    words = [match[0] for match in itertools.islice(found, MOST_WORDS)]
    grams = [
        *words,
        *(f"{one} {other}" for one, other in itertools.pairwise(words)),
        *(f"{word[:PREFIX]}*" for word in words if len(word) > PREFIX),
    ]
    hashes = [zlib.crc32(gram.encode()) for gram in grams]
    share = len(grams) ** -0.5 if grams else 0.0
    # The highest bit gives the sign, so that words which share a place do not add up.
    return [h % buckets for h in hashes], [share if h >> 31 else -share for h in hashes]


@lru_cache(maxsize=4)
def _pairs(count: int) -> tuple[NDArray[Any], ...]:
    """Rows and columns of the upper triangle of a square."""
    return np.triu_indices(count)


def _is_a_dose(plain: str) -> bool:
    """Whether a short text tells of a medicine as anybody takes it: "took some painkillers"."""
    words = plain.split()
    many = any(word.isdigit() and int(word) > _MOST_OF_A_DOSE for word in words)
    return (
        len(words) <= _LONGEST_DOSE
        and not many
        and _HOW_MUCH.isdisjoint(words)
        and bool(re.search(_DOSE, plain))
    )


@dataclass(frozen=True, slots=True, eq=False)
class Net:
    """Logistic regression on one message's vector and words.

    Attributes:
        mean: Shape (d,).
        directions: Shape (p, d).
        weights: Shape (d + p (p + 1) / 2,).
        words: What each place of `words_in` weighs, shape (buckets,).
        crisis: What the vector weighs where the kind of sign is in question, shape (d,).
        bias: Added to the weighted sum.
        crisis_bias: Added to that of `crisis`; above 0 it is despair or poison.
        threshold: From which concern on it asks, in (0, 1).
    """

    mean: NDArray[np.float64]
    directions: NDArray[np.float64]
    weights: NDArray[np.float64]
    words: NDArray[np.float64]
    crisis: NDArray[np.float64]
    bias: float
    crisis_bias: float
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
            with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                about = json.loads(str(file["about"]))
                net = cls(
                    file["mean"].astype(np.float64),
                    file["directions"].astype(np.float64),
                    file["weights"].astype(np.float64),
                    file["words"].astype(np.float64),
                    file["crisis"].astype(np.float64),
                    float(about["bias"]),
                    float(about["crisis_bias"]),
                    float(about["threshold"]),
                )
            net._check()
            fits = encoder is None or _fits(about["encoder"], encoder)
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            logger.warning("the net is off: %s cannot be used (%s)", path.name, error)
            return None
        return net if fits else None

    def concern(self, text: str, vector: NDArray[np.float32]) -> float:
        """How much a message reads like a warning sign, in [0, 1].

        Args:
            text: The message, as typed.
            vector: The message's, unit length, shape (d,).
        """
        features = products(vector[np.newaxis], self.mean, self.directions)[0]
        places, shares = words_in(text, len(self.words))
        logit = float(features @ self.weights) + float(self.words[places] @ shares) + self.bias
        return 1 / (1 + math.exp(-logit))

    def question(self, text: str, vector: NDArray[np.float32]) -> str:
        """Which question to ask, the key of its message; "" for none.

        Args:
            text: The message, as typed.
            vector: The message's, unit length, shape (d,).
        """
        plain = " ".join(_WORD.findall(text.lower().translate(_APOSTROPHES)))
        if self.concern(text, vector) < self.threshold or re.fullmatch(_GOES_ON, plain):
            return ""
        if float(self.crisis @ vector) + self.crisis_bias <= 0:
            return ASK
        return "" if _is_a_dose(plain) else ASK_CRISIS

    def _check(self) -> None:
        p, d = self.directions.shape
        if self.mean.shape != (d,) or self.weights.shape != (d + p * (p + 1) // 2,):
            raise ValueError("its parts do not fit together")
        if self.crisis.shape != (d,):
            raise ValueError("its parts do not fit together")
        if self.words.ndim != 1 or not len(self.words):
            raise ValueError("it knows no words")
        parts = (self.mean, self.directions, self.weights, self.words, self.crisis)
        finite = all(np.isfinite(part).all() for part in parts)
        biases = math.isfinite(self.bias) and math.isfinite(self.crisis_bias)
        if not finite or not biases or not 0 < self.threshold < 1:
            raise ValueError("its numbers make no sense")


def _fits(trained_on: Mapping[str, Any], encoder: EncoderIdentity) -> bool:
    return bool(
        trained_on["sha256"] == encoder.sha256
        and trained_on["pooling"] == encoder.pooling
        and trained_on["dimensions"] == encoder.dimensions
        and trained_on["precision"] == encoder.precision
    )
