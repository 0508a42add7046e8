"""Frozen classes behave as those that `dataclasses` makes."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, field, fields, replace
from typing import Any

import pytest

from backbot import frozen


@frozen.dataclass(frozen=True, slots=True)
class Ours:
    """Fields of every kind there is in this project."""

    a: int
    b: str = "x"
    c: list[int] = field(default_factory=list, hash=False)
    d: int = field(default=4, compare=False, repr=False)
    e: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Set what is worked out."""
        object.__setattr__(self, "e", self.a + 1)


@dataclasses.dataclass(frozen=True, slots=True)
class Theirs:
    """The same by the standard library."""

    a: int
    b: str = "x"
    c: list[int] = field(default_factory=list, hash=False)
    d: int = field(default=4, compare=False, repr=False)
    e: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Set what is worked out."""
        object.__setattr__(self, "e", self.a + 1)


@frozen.dataclass(frozen=True)
class Open:
    """With a `__dict__`, and an own text and comparison."""

    a: int

    def __repr__(self) -> str:
        """Its own."""
        return "own"

    def __eq__(self, other: object) -> bool:
        """Equal to all of its kind."""
        return isinstance(other, Open)

    def __hash__(self) -> int:
        """Its own."""
        return 7


ARGUMENTS: tuple[tuple[tuple[Any, ...], dict[str, Any]], ...] = (
    ((1,), {}),
    ((1, "y", [2], 5), {}),
    ((), {"a": 3, "c": [1]}),
    ((2,), {"d": 9}),
)


@pytest.mark.parametrize(("given", "named"), ARGUMENTS)
def test_objects_look_and_compare_as_the_standard_librarys(
    given: tuple[Any, ...], named: dict[str, Any]
) -> None:
    """Values, text, hash, equality and `asdict` are the same."""
    ours, theirs = Ours(*given, **named), Theirs(*given, **named)
    assert asdict(ours) == asdict(theirs)
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    assert hash(ours) == hash(theirs)
    assert ours == Ours(*given, **named)
    assert (ours == Ours(7)) is (theirs == Theirs(7))
    assert ours != theirs
    assert Ours.__match_args__ == Theirs.__match_args__
    assert [f.name for f in fields(Ours)] == [f.name for f in fields(Theirs)]


def test_default_lists_are_not_shared() -> None:
    """Each object has its own."""
    assert Ours(1).c is not Ours(1).c


@pytest.mark.parametrize("given", [(), (1, "x", [], 4, 5)])
def test_wrong_arguments_are_refused(given: tuple[Any, ...]) -> None:
    """Missing and surplus ones."""
    with pytest.raises(TypeError):
        Ours(*given)


@pytest.mark.parametrize("made", [Ours(1), Open(1)])
def test_nothing_can_be_changed(made: Any) -> None:
    """Neither set nor deleted."""
    with pytest.raises(FrozenInstanceError, match="'a'"):
        made.a = 2
    with pytest.raises(FrozenInstanceError, match="'a'"):
        del made.a
    assert made.a == 1


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_copies_are_equal(again: Callable[[Ours], Ours]) -> None:
    """Although nothing can be set on them."""
    made = Ours(1, c=[2])
    assert again(made) == made
    assert again(made).e == made.e


def test_replace_makes_another() -> None:
    """With what is worked out worked out again."""
    assert replace(Ours(1, "y"), a=5) == Ours(5, "y")
    assert replace(Ours(1), a=5).e == 6


def test_own_methods_stay() -> None:
    """Those of the class are not replaced."""
    assert repr(Open(1)) == "own"
    assert Open(1) == Open(2)
    assert hash(Open(1)) == 7


def test_classes_that_are_compared_by_identity_can_be() -> None:
    """With `eq=False`."""

    @frozen.dataclass(frozen=True, slots=True, eq=False)
    class Thing:
        """One."""

        a: int

    one = Thing(1)
    assert one != Thing(1)
    assert len({one, one, Thing(1)}) == 2


def test_what_is_not_frozen_is_the_standard_librarys() -> None:
    """Such objects can be changed."""

    @frozen.dataclass(slots=True)
    class Loose:
        """One."""

        a: int = 0

    loose = Loose()
    loose.a = 3
    assert loose == Loose(3)


def test_the_first_objects_and_later_ones_are_made_alike() -> None:
    """Those that are set field by field, and those by an `__init__` that was compiled."""

    @frozen.dataclass(frozen=True, slots=True)
    class Made:
        a: int
        b: str = "x"
        c: list[int] = field(default_factory=list)

    before = Made.__init__
    made = [Made(k, c=[k]) for k in range(3)]
    assert Made.__init__ is before
    made += [Made(k, c=[k]) for k in range(3, 40)]
    assert Made.__init__ is not before
    assert [(each.a, each.b, each.c) for each in made] == [(k, "x", [k]) for k in range(40)]
    assert Made(1).c is not Made(1).c


@pytest.mark.parametrize(
    ("given", "named", "told"),
    [
        ((), {}, "missing 1 required"),
        ((1, 2), {}, "takes 2 positional arguments but 3 were given"),
        ((1,), {"a": 2}, "multiple values for argument 'a'"),
        ((1,), {"b": 2}, "unexpected keyword argument 'b'"),
    ],
)
def test_wrong_arguments_are_told_as_python_does(
    given: tuple[Any, ...], named: dict[str, Any], told: str
) -> None:
    """Also of the first object."""

    @frozen.dataclass(frozen=True)
    class Made:
        a: int

    with pytest.raises(TypeError, match=told):
        Made(*given, **named)
    assert Made(5).a == 5
