"""An encoder in a process of its own, loaded while the caller's imports and reads.

Of what one answer takes from start to end, nearly all is Python's work, and so is half of loading
the encoder: in one process they wait for each other. On two cores a second process brings the
answer forward, at the price of numpy imported twice: the fork comes before, so not in here.
"""

from __future__ import annotations

import marshal
import os
import sys
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from backbot.errors import EmbedderError

if TYPE_CHECKING:
    from backbot.model import EncoderIdentity
    from backbot.ports import Embedder, Embeddings

_TWO = 2


def may_be_apart() -> bool:
    """Whether a process of its own is safe and pays: no thread runs yet, and there are two cores.

    Elsewhere than on Linux, libraries may not be used after a fork.
    """
    return (
        sys.platform == "linux"
        and len(os.sched_getaffinity(0)) >= _TWO
        and threading.active_count() == 1
    )


class Apart:
    """The process. It ends with its caller, or when nobody has this object any more.

    Args:
        load: Loads the encoder, there; may raise `EmbedderError`.

    Raises:
        OSError: There can be no further process.
    """

    def __init__(self, load: Callable[[], Embedder]) -> None:
        asked, ask = os.pipe()
        answered, answer = os.pipe()
        try:
            child = os.fork()
        except OSError:
            for end in (asked, ask, answered, answer):
                os.close(end)
            raise
        if child == 0:
            try:
                os.close(ask)
                os.close(answered)
                _serve(load, asked, answer)
            finally:
                os._exit(0)  # nothing of the caller's may go on in here
        os.close(asked)
        os.close(answer)
        self._requests: BinaryIO = os.fdopen(ask, "wb")
        self._replies: BinaryIO = os.fdopen(answered, "rb")
        self._asking = threading.Lock()

    def ask(self, what: str, given: Any) -> Any:  # noqa: ANN401 - plain data
        """Have something done there.

        Args:
            what: "encode" or "count".
            given: Texts, or a text.

        Raises:
            EmbedderError: The encoder could not be loaded, failed, or its process has ended.
        """
        try:
            with self._asking:
                marshal.dump((what, given), self._requests)
                self._requests.flush()
                fault, value = marshal.load(self._replies)  # noqa: S302 - from our own child
        except (OSError, EOFError, ValueError, TypeError) as error:
            raise EmbedderError("The encoder's process has ended. Ask again.") from error
        if fault:
            raise EmbedderError(fault)
        return value


def _serve(load: Callable[[], Embedder], asked: int, answer: int) -> NoReturn:
    """Load the encoder, and do what is asked until nobody can ask any more."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):  # whoever reads the caller's output must not wait for this process
        os.dup2(null, stream)
    embedder: Embedder | None = None
    fault = ""
    try:
        embedder = load()
    except EmbedderError as error:
        fault = str(error)
    with os.fdopen(asked, "rb") as requests, os.fdopen(answer, "wb") as replies:
        while True:
            what, given = marshal.load(requests)  # noqa: S302 - from our own parent
            try:
                reply = (fault, None if embedder is None else _done(embedder, what, given))
            except EmbedderError as error:
                reply = (str(error), None)
            marshal.dump(reply, replies)
            replies.flush()


def _done(embedder: Embedder, what: str, given: Any) -> Any:  # noqa: ANN401 - plain data
    return embedder.count_tokens(given) if what == "count" else embedder.encode(given).tobytes()


class ApartEmbedder:
    """The embedder in that process. Safe for several threads.

    Args:
        identity: What it is.
        process: Where it is.
    """

    def __init__(self, identity: EncoderIdentity, process: Apart) -> None:
        self._identity = identity
        self._process = process

    @property
    def identity(self) -> EncoderIdentity:
        """Known before it is loaded."""
        return self._identity

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """As the embedder does.

        Raises:
            EmbedderError: It could not be loaded, or failed to run.
        """
        import numpy as np

        rows = self._process.ask("encode", [_sent(text) for text in texts])
        return np.frombuffer(rows, dtype=np.float32).reshape(len(texts), -1).copy()

    def count_tokens(self, text: str) -> int:
        """As the embedder counts.

        Raises:
            EmbedderError: It could not be loaded.
        """
        count: int = self._process.ask("count", _sent(text))
        return count


def _sent(text: str) -> str:
    # A subclass of str, as an enum's, is none to `marshal`.
    return str(text)
