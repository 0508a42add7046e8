"""A table whose values are read when they are first asked for: few words stand in a message."""

from __future__ import annotations

import marshal
import threading
from collections.abc import Mapping
from typing import Any


class Branches(dict[str, Any]):
    """The branches of a trie by the word each begins with; most of them still as bytes.

    Ten thousand of them, each a dictionary or several, took a twentieth of the time to the first
    answer. Safe for several threads.

    Args:
        packed: What `packed` gave.
    """

    _reading = threading.Lock()

    def __init__(self, packed: Mapping[str, bytes]) -> None:
        super().__init__(packed)

    def __getitem__(self, word: str) -> Any:  # noqa: ANN401 - a node, which holds nodes
        branch = super().__getitem__(word)
        if isinstance(branch, bytes):
            with self._reading:  # a branch is one object for all: what it holds is known by its id
                branch = super().__getitem__(word)
                if isinstance(branch, bytes):
                    branch = self[word] = marshal.loads(branch)  # noqa: S302 - `kept` vouches
        return branch

    def get(self, word: str, default: Any = None) -> Any:  # noqa: ANN401
        """As a dictionary does."""
        return self[word] if word in self else default  # noqa: SIM401 - it is that itself

    def setdefault(self, word: str, default: Any = None) -> Any:  # noqa: ANN401
        """As a dictionary does."""
        if word not in self:
            self[word] = default
        return self[word]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, dict):
            return NotImplemented
        return self.keys() == other.keys() and all(self[word] == other[word] for word in self)

    __hash__ = None


def packed(trie: Mapping[str, Any]) -> dict[str, bytes]:
    """The branches of a trie as bytes, for `kept`."""
    return {word: marshal.dumps(branch) for word, branch in trie.items()}
