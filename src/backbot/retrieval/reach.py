"""Whether an encoder reads other languages than English, found by trying.

A multilingual encoder puts a sentence beside its translations; an English one does not. The
bundled model's cosines with these translations lie between 0.0 and 0.2, those of two sentences in
one language above 0.4.
"""

from __future__ import annotations

from backbot.ports import Embedder

# One thing said in four languages, and another.
_SAID = (
    (
        "My back hurts when I sit for a long time.",
        "Me duele la espalda cuando paso mucho tiempo sentado.",
        "Mein Rücken tut weh, wenn ich lange sitze.",
        "जब मैं देर तक बैठता हूँ तो मेरी पीठ में दर्द होता है।",
    ),
    (
        "The train leaves at nine in the morning.",
        "El tren sale a las nueve de la mañana.",
        "Der Zug fährt um neun Uhr morgens ab.",
        "ट्रेन सुबह नौ बजे निकलती है।",
    ),
)
_LEAST_ALIKE = 0.5


def reads_other_languages(embedder: Embedder) -> bool:
    """Whether every translation lies near its English sentence, and nearer than the other one."""
    vectors = embedder.encode([sentence for said in _SAID for sentence in said])
    half = len(_SAID[0])
    cosines = vectors @ vectors[[0, half]].T
    return all(
        cosines[row, mine] >= max(_LEAST_ALIKE, cosines[row, 1 - mine])
        for mine in (0, 1)
        for row in range(mine * half + 1, (mine + 1) * half)
    )
