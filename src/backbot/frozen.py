"""Frozen dataclasses that take a tenth of the time to make.

`dataclasses` writes six methods of every class as source and compiles them while it is imported.
For the ninety classes that one answer needs, that was an eighth of all it took. Here they are made
without the compiler, but for `__init__`, which is compiled once a class has many objects.
`fields`, `replace` and `asdict` work as ever, and to type checkers it is `dataclasses.dataclass`
itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, FrozenInstanceError
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: bool = False, slots: bool = False, eq: bool = True) -> Any:  # noqa: ANN401
        """As `dataclasses.dataclass` with these options; what is not frozen is made by it."""
        if not frozen:
            return dataclasses.dataclass(slots=slots, eq=eq)
        return lambda cls: _frozen(cls, slots=slots, eq=eq)


__all__ = ["dataclass"]

_FEW = 16  # objects, of which so many are made before an `__init__` is compiled


def _frozen(cls: type[Any], *, slots: bool, eq: bool) -> type[Any]:
    """The class with its fields as `dataclasses` reads them, and the methods it would have."""
    own = set(vars(cls))
    # Where a class has its own `__eq__`, Python notes that it has no hash
    own -= {"__hash__"} if vars(cls).get("__hash__") is None else set()
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(cls)
    fields: tuple[Field[Any], ...] = dataclasses.fields(made)
    methods: dict[str, Callable[..., Any]] = {
        "__init__": _init_when_needed(made),
        "__repr__": _repr(tuple(f.name for f in fields if f.repr)),
        "__setattr__": _refusing(made, "cannot assign to field", "__setattr__"),
        "__delattr__": _refusing(made, "cannot delete field", "__delattr__"),
    }
    if eq:
        compared = [f.name for f in fields if f.compare]
        hashed = [f.name for f in fields if (f.compare if f.hash is None else f.hash)]
        methods |= {"__eq__": _eq(_values(compared)), "__hash__": _hash(_values(hashed))}
    if slots:
        methods |= _for_copies(tuple(f.name for f in fields))
    for name, method in methods.items():
        if name not in own:
            method.__qualname__ = f"{made.__qualname__}.{name}"
            setattr(made, name, method)
    return made  # type: ignore[no-any-return]


def _init_when_needed(cls: Any) -> Callable[..., None]:  # noqa: ANN401 - any class
    """Sets the first few objects' fields itself: most classes never have more in one answer."""
    names = [field.name for field in dataclasses.fields(cls) if field.init]
    left = _FEW if len(names) == len(dataclasses.fields(cls)) else 0

    def __init__(self: Any, *args: Any, **named: Any) -> None:  # noqa: ANN401, N807
        nonlocal left
        left -= 1
        given = dict(zip(names, args)) | named  # noqa: B905 - counted in the next line
        if left < 0 or len(given) < len(args) + len(named) or not _set_all(cls, self, given):
            cls.__init__ = _init_of(cls)  # which also tells what is wrong with the arguments
            cls.__init__(self, *args, **named)
        elif hasattr(cls, "__post_init__"):
            self.__post_init__()

    return __init__


def _set_all(cls: Any, made: Any, given: dict[str, Any]) -> bool:  # noqa: ANN401 - any class
    """Set each field to what is given or to its default; False where they do not fit together."""
    known = 0
    for field in dataclasses.fields(cls):
        if field.name in given:
            known += 1
            value = given[field.name]
        elif field.default_factory is not MISSING:
            value = field.default_factory()
        elif field.default is not MISSING:
            value = field.default
        else:
            return False
        object.__setattr__(made, field.name, value)
    return known == len(given)


def _init_of(cls: Any) -> Callable[..., None]:  # noqa: ANN401 - any class
    """What `dataclasses` would write for a frozen class."""
    known: dict[str, Any] = {"_set": object.__setattr__, "_MISSING": MISSING}
    parameters, lines = ["self"], []
    for field in dataclasses.fields(cls):
        name, value, default = field.name, field.name, ""
        if field.default_factory is not MISSING:
            known[f"_make_{name}"] = field.default_factory
            default = "=_MISSING"
            value = f"_make_{name}()"
            if field.init:
                value += f" if {name} is _MISSING else {name}"
        elif field.default is not MISSING:
            known[f"_default_{name}"] = field.default
            default = f"=_default_{name}"
            value = name if field.init else f"_default_{name}"
        elif not field.init:
            continue  # set by `__post_init__`
        if field.init:
            parameters.append(name + default)
        lines.append(f"_set(self, {name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    source = f"def __init__({', '.join(parameters)}):\n " + "\n ".join(lines or ["pass"])
    exec(source, known)  # noqa: S102 - of field names only, as `dataclasses` does
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def _values(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """What gives the values of an object's fields."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda made: tuple(getattr(made, name) for name in names)


def _eq(values: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any, object], Any]:
    def __eq__(self: Any, other: object) -> Any:  # noqa: ANN401, N807
        return values(self) == values(other) if type(self) is type(other) else NotImplemented

    return __eq__


def _hash(values: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any], int]:
    def __hash__(self: Any) -> int:  # noqa: ANN401, N807
        return hash(values(self))

    return __hash__


def _repr(names: Sequence[str]) -> Callable[[Any], str]:
    def __repr__(self: Any) -> str:  # noqa: ANN401, N807
        inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({inside})"

    return __repr__


def _refusing(cls: Any, what: str, method: str) -> Callable[..., None]:  # noqa: ANN401 - any class
    """A frozen object's `__setattr__` or `__delattr__`; a subclass may have further attributes."""
    names = frozenset(field.name for field in dataclasses.fields(cls))

    def refuse(self: Any, name: str, *value: Any) -> None:  # noqa: ANN401
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"{what} {name!r}")
        getattr(super(cls, self), method)(name, *value)

    return refuse


def _for_copies(names: Sequence[str]) -> dict[str, Callable[..., Any]]:
    """How an object without a `__dict__` is copied and pickled although it is frozen."""

    def __getstate__(self: Any) -> list[Any]:  # noqa: ANN401, N807
        return [getattr(self, name) for name in names]

    def __setstate__(self: Any, state: Sequence[Any]) -> None:  # noqa: ANN401, N807
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    return {"__getstate__": __getstate__, "__setstate__": __setstate__}
