"""An encoder that is known at once and loaded beside what its caller does next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from backbot.errors import EmbedderError
from backbot.model import EncoderIdentity

if TYPE_CHECKING:
    from backbot.ports import Embedder, Embeddings


class LateEmbedder:
    """The embedder that a thread is loading: half of that needs no GIL. Safe for several threads.

    Whoever needs it waits for it, and is told where it could not be loaded.

    Args:
        identity: What it will have.
        load: Loads it; may raise `EmbedderError`.
    """

    def __init__(self, identity: EncoderIdentity, load: Callable[[], Embedder]) -> None:
        self._identity = identity
        self._load = load
        self._embedder: Embedder | None = None
        self._fault: EmbedderError | None = None
        self._loading = threading.Thread(target=self._run, name="encoder", daemon=True)
        self._loading.start()

    @property
    def identity(self) -> EncoderIdentity:
        """Known before it is loaded."""
        return self._identity

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """As the embedder does.

        Raises:
            EmbedderError: It could not be loaded, or failed to run.
        """
        return self._loaded().encode(texts)

    def count_tokens(self, text: str) -> int:
        """As the embedder counts.

        Raises:
            EmbedderError: It could not be loaded.
        """
        return self._loaded().count_tokens(text)

    def _run(self) -> None:
        try:
            self._embedder = self._load()
        except EmbedderError as error:
            self._fault = error
        except Exception as error:  # noqa: BLE001 - told to whoever needs the encoder
            self._fault = EmbedderError(f"The encoder cannot be loaded ({type(error).__name__}).")

    def _loaded(self) -> Embedder:
        self._loading.join()
        if self._embedder is None:
            # A new exception for each caller: one that is raised again and again grows.
            raise EmbedderError(str(self._fault)) from self._fault
        return self._embedder
