"""An encoder that is loaded beside what its caller does."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from backbot.adapters.late_embedder import LateEmbedder
from backbot.errors import EmbedderError
from backbot.ports import Embedder
from fakes import HashEmbedder

WAIT_S = 20


def test_it_is_known_before_it_is_loaded_and_then_is_the_one_that_was_loaded() -> None:
    """Whoever needs vectors waits for them; they are the same."""
    real, go_on = HashEmbedder(), threading.Event()

    def load() -> Embedder:
        assert go_on.wait(WAIT_S)
        return real

    late = LateEmbedder(real.identity, load)
    assert late.identity == real.identity
    assert not real.encoded
    threading.Timer(0.05, go_on.set).start()
    assert np.array_equal(late.encode(["a stiff back"]), real.encode(["a stiff back"]))
    assert late.count_tokens("a stiff back") == real.count_tokens("a stiff back")


@pytest.mark.parametrize(
    ("error", "told"), [(EmbedderError("no weights"), "no weights"), (KeyError("x"), "KeyError")]
)
def test_whoever_needs_one_that_could_not_be_loaded_is_told_each_time(
    error: Exception, told: str
) -> None:
    """In a sentence, also where the fault is one that nobody foresaw."""

    def load() -> Embedder:
        raise error

    late = LateEmbedder(HashEmbedder().identity, load)
    for _ in range(2):
        with pytest.raises(EmbedderError, match=told):
            late.encode(["a stiff back"])
    with pytest.raises(EmbedderError, match=told):
        late.count_tokens("back")
