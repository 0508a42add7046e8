"""ONNX Runtime by its C interface, whose library every wheel of it carries (1.20 to 1.31 seen).

Its Python module needs numpy first and then 20 ms in which no other thread of Python runs; here
the library, its environment and the session are loaded beside whatever else a start has to do
(docs/decisions/0012). It is the same code, and gives the same bits.

The interface is one table of functions. New ones go to its end, so a function's place in it is the
same in all later versions (`onnxruntime_c_api.h`, struct OrtApi).
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
from collections.abc import Callable, Sequence
from ctypes import POINTER, byref, c_char_p, c_int, c_int64, c_size_t, c_uint32, c_void_p
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backbot.ports import Embeddings

_LIBRARIES = ("libonnxruntime.so*", "libonnxruntime*.dylib", "onnxruntime.dll")
_VERSION = 21  # of the interface: that of ONNX Runtime 1.21, the oldest one we install with
_FATAL = 4  # what is logged: failures are raised, its log would be a second voice
_INT64, _FLOAT = 7, 1  # ONNXTensorElementDataType
_DEVICE_ALLOCATOR, _DEFAULT_MEMORY = 0, 0  # OrtAllocatorType, OrtMemType
# Microseconds that a core waits awake for its share of a run's next product (docs/decisions/0002).
_SPINS_US = b"20"

# name → place in the table, arguments; all give a status but for `_result_of`
_LONG = {
    "CreateEnv": (3, (c_int, c_char_p, c_void_p)),
    "CreateSessionFromArray": (8, (c_void_p, c_char_p, c_size_t, c_void_p, c_void_p)),
    "Run": (9, (c_void_p,) * 4 + (c_size_t, c_void_p, c_size_t, c_void_p)),
    "ReleaseSession": (95, (c_void_p,)),
}
_SHORT = {
    "GetErrorMessage": (2, (c_void_p,)),
    "CreateSessionOptions": (10, (c_void_p,)),
    "SetSessionLogSeverityLevel": (22, (c_void_p, c_int)),
    "SetIntraOpNumThreads": (24, (c_void_p, c_int)),
    "SetInterOpNumThreads": (25, (c_void_p, c_int)),
    "CreateTensorWithDataAsOrtValue": (
        49,
        (c_void_p, c_void_p, c_size_t, c_void_p, c_size_t, c_int, c_void_p),
    ),
    "CreateCpuMemoryInfo": (69, (c_int, c_int, c_void_p)),
    "ReleaseStatus": (93, (c_void_p,)),
    "ReleaseValue": (96, (c_void_p,)),
    "ReleaseSessionOptions": (100, (c_void_p,)),
    "AddSessionConfigEntry": (130, (c_void_p, c_char_p, c_char_p)),
}


class Session:
    """A compiled graph, ready to run: `input_ids` (n, t) to `vectors` (n, d). Safe for threads.

    Args:
        graph: The ONNX file's bytes.
        weights_folder: Holds the file that the graph points into.
        cores: How many processor cores share a run.

    Raises:
        RuntimeError: The library or the graph cannot be loaded; in the library's words.
    """

    def __init__(self, graph: bytes, weights_folder: Path, *, cores: int) -> None:
        self._session = c_void_p()
        self._runtime = _runtime()
        api = self._runtime
        options = c_void_p()
        api.check(api.CreateSessionOptions(byref(options)))
        try:
            api.check(api.SetIntraOpNumThreads(options, cores))
            api.check(api.SetInterOpNumThreads(options, 1))
            api.check(api.SetSessionLogSeverityLevel(options, _FATAL))
            for key, value in (
                # A helper that sleeps between two products of a run wakes too late for the second;
                # one that spins for as long as the library lets it takes a core from who else is
                # there.
                (b"session.intra_op.spin_duration_us", _SPINS_US),
                (
                    b"session.model_external_initializers_file_folder_path",
                    os.fsencode(weights_folder),
                ),
            ):
                api.check(api.AddSessionConfigEntry(options, key, value))
            session = byref(self._session)
            api.check(
                api.CreateSessionFromArray(api.environment, graph, len(graph), options, session)
            )
        finally:
            api.ReleaseSessionOptions(options)

    def __del__(self) -> None:
        if self._session.value is not None:
            self._runtime.ReleaseSession(self._session)

    def run(self, ids: Sequence[Sequence[int]], dimensions: int) -> Embeddings:
        """Vectors of token ids.

        Args:
            ids: Of n texts with equally many tokens.
            dimensions: d.

        Returns:
            Shape (n, d).

        Raises:
            RuntimeError: The library refused them; in its words.
        """
        import numpy as np

        api = self._runtime
        given = np.array(ids, dtype=np.int64)
        found: Embeddings = np.empty((len(ids), dimensions), dtype=np.float32)
        taken, made = c_void_p(), c_void_p()
        try:
            for value, array, kind in ((taken, given, _INT64), (made, found, _FLOAT)):
                shape = (c_int64 * array.ndim)(*array.shape)
                data, size = array.ctypes.data, array.nbytes
                api.check(
                    api.CreateTensorWithDataAsOrtValue(
                        api.memory, data, size, shape, array.ndim, kind, byref(value)
                    )
                )
            api.check(
                api.Run(
                    self._session,
                    None,
                    (c_char_p * 1)(b"input_ids"),
                    byref(taken),
                    1,
                    (c_char_p * 1)(b"vectors"),
                    1,
                    byref(made),
                )
            )
        finally:
            api.ReleaseValue(taken)
            api.ReleaseValue(made)
        return found


class _Runtime:
    """The library's functions by their names, and what all sessions share.

    Args:
        library: Its file.

    Raises:
        RuntimeError: It is too old, or cannot be loaded.
    """

    def __init__(self, library: Path) -> None:
        # From 1.29 on its official builds report to their maker over the network (which model,
        # which machine, when): nothing leaves a clinic's server that its operator has not set up.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        try:
            entry = ctypes.CDLL(str(library)).OrtGetApiBase
        except (OSError, AttributeError) as error:
            raise RuntimeError(str(error)) from error
        entry.restype = POINTER(c_void_p)
        table_of = ctypes.CFUNCTYPE(c_void_p, c_uint32)(entry()[0])
        address = table_of(_VERSION)
        if not address:
            raise RuntimeError(f"{library.name} is older than 1.{_VERSION}")
        table = ctypes.cast(address, POINTER(c_void_p))
        # What takes a while lets other threads of Python run, what does not need not ask them.
        for kind, functions in ((ctypes.CFUNCTYPE, _LONG), (ctypes.PYFUNCTYPE, _SHORT)):
            for name, (place, arguments) in functions.items():
                setattr(self, name, kind(_result_of(name), *arguments)(table[place]))
        self.environment, self.memory = c_void_p(), c_void_p()
        self.check(self.CreateEnv(_FATAL, b"backbot", byref(self.environment)))
        self.check(
            self.CreateCpuMemoryInfo(_DEVICE_ALLOCATOR, _DEFAULT_MEMORY, byref(self.memory))
        )

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Callable[..., Any]: ...

    def check(self, status: int | None) -> None:
        """Raise what a function has to complain about.

        Args:
            status: What it gave; None where all is well.

        Raises:
            RuntimeError: In the library's words.
        """
        if status is None:
            return
        said = self.GetErrorMessage(status).decode(errors="replace")
        self.ReleaseStatus(status)
        raise RuntimeError(said)


def _result_of(name: str) -> Any:  # noqa: ANN401 - ctypes' kinds have no common one
    if name.startswith("Release"):
        return None
    return c_char_p if name == "GetErrorMessage" else c_void_p


@cache
def _runtime() -> _Runtime:
    """The library of the installed wheel. It stays until the process ends."""
    spec = importlib.util.find_spec("onnxruntime")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for pattern in _LIBRARIES:
            for library in sorted((Path(folder) / "capi").glob(pattern)):
                return _Runtime(library)
    raise RuntimeError("onnxruntime, or the C library in it, is not installed")
