# -*- test-case-name: tests.reports.test_serial -*-
"""
Turns records into plain JSON values and reads them back by their annotations.
Used in the stack, in the servers and in the commands; pure.
"""

from __future__ import annotations

import json
import math
import types
from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias, Union, get_args, get_origin, get_type_hints

from attrs import NOTHING, fields, has

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"


def toPlain(value: object) -> Json:
    """
    Return C{value} (a record, a list, a mapping with C{str} keys, or a scalar) as
    JSON knows it.

    @raise TypeError: it holds something that has no form in JSON; a fault of ours.
    """
    kind = type(value)
    if has(kind):
        return {each.name: toPlain(getattr(value, each.name)) for each in fields(kind)}
    if isinstance(value, list | tuple):
        return [toPlain(each) for each in value]
    if isinstance(value, dict):
        return {_key(key): toPlain(each) for key, each in value.items()}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{kind.__name__} has no form in JSON")


def toJson(value: object, indent: int | None = None) -> str:
    """
    Return C{value} as one JSON document of ASCII characters.

    @param indent: blanks for each level, or C{None} for one dense line.
    @raise TypeError: as for L{toPlain}.
    @raise ValueError: a number is not finite.
    """
    separators = (",", ":") if indent is None else None
    return json.dumps(toPlain(value), indent=indent, separators=separators, allow_nan=False)


def fromJson(kind: Any, text: str | bytes) -> Any:
    """
    Return the C{kind} that C{text} describes.

    @raise ValueError: C{text} is not JSON, or not of this kind.
    """
    try:
        return fromPlain(kind, json.loads(text))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def fromPlain(kind: Any, value: Json, place: str = "value") -> Any:
    """
    Return C{value} as a C{kind}: a record class, C{str}, C{int}, C{float}, C{bool},
    C{None}, C{list[X]}, C{tuple[X, ...]}, C{dict[str, X]}, or a union of these.

    @param place: where in the whole the value stands, for the error's text.
    A record's field that C{kind} does not have is ignored, one that has a default
    need not be there: the other end may be of another release.

    @raise ValueError: the value is anything else.  The text names the place.
    @raise TypeError: C{kind} is none of these; a fault of ours.
    """
    if has(kind):
        return _record(kind, value, place)
    origin = get_origin(kind) or kind
    reader = _READERS.get(origin)
    if reader is None:
        raise TypeError(f"{kind!r} cannot be read from JSON")
    return reader(kind, value, place)


def _key(key: object) -> str:
    """
    Return a mapping's key, which JSON wants to be a string.
    """
    if not isinstance(key, str):
        raise TypeError(f"a key of type {type(key).__name__} has no form in JSON")
    return key


@cache
def _fields(kind: type) -> dict[str, Any]:
    """
    Return the types of a record's fields, by name.
    """
    hints = get_type_hints(kind)
    return {each.name: hints[each.name] for each in fields(kind)}


@cache
def _required(kind: type) -> frozenset[str]:
    """
    Return the names of a record's fields that have no default.
    """
    return frozenset(each.name for each in fields(kind) if each.default is NOTHING)


def _record(kind: type, value: Json, place: str) -> Any:
    """
    Read a record: all of its fields that have no default, and no others.
    """
    if not isinstance(value, dict):
        raise _unexpected(kind.__name__, value, place)
    expected = _fields(kind)
    if missing := _required(kind) - value.keys():
        raise ValueError(f"{place}: {', '.join(sorted(missing))} missing in {kind.__name__}")
    known = {name: each for name, each in expected.items() if name in value}
    return kind(**{name: fromPlain(each, value[name], f"{place}.{name}") for name, each in known.items()})


def _scalar(kind: Any, value: Json, place: str) -> Any:
    """
    Read a string, a truth value or nothing.
    """
    if not isinstance(value, kind):
        raise _unexpected(kind.__name__, value, place)
    return value


def _integer(kind: Any, value: Json, place: str) -> int:
    """
    Read an integer; a truth value is none.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise _unexpected("int", value, place)
    return value


def _number(kind: Any, value: Json, place: str) -> float:
    """
    Read a finite number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _unexpected("float", value, place)
    try:
        number = float(value)
    except OverflowError as error:
        raise ValueError(f"{place}: the number is too large") from error
    if not math.isfinite(number):
        raise _unexpected("a finite number", value, place)
    return number


def _sequence(kind: Any, value: Json, place: str) -> Any:
    """
    Read a list, or a tuple of any length.
    """
    if not isinstance(value, list):
        raise _unexpected("a list", value, place)
    item = get_args(kind)[0]
    return get_origin(kind)(fromPlain(item, each, f"{place}[{index}]") for index, each in enumerate(value))


def _mapping(kind: Any, value: Json, place: str) -> dict[str, Any]:
    """
    Read a mapping.
    """
    if not isinstance(value, dict):
        raise _unexpected("an object", value, place)
    item = get_args(kind)[1]
    return {key: fromPlain(item, each, f"{place}.{key}") for key, each in value.items()}


def _union(kind: Any, value: Json, place: str) -> Any:
    """
    Read the first alternative that fits; of several records, none that does not
    have all the fields, since these tell them apart.
    """
    reasons = []
    severally = sum(map(has, get_args(kind))) > 1
    for alternative in get_args(kind):
        if severally and has(alternative) and isinstance(value, dict) and value.keys() - _fields(alternative).keys():
            reasons.append(f"{place}: not a {alternative.__name__}")
            continue
        try:
            return fromPlain(alternative, value, place)
        except ValueError as error:
            reasons.append(str(error))
    raise ValueError("; ".join(reasons))


def _unexpected(expected: str, value: Json, place: str) -> ValueError:
    """
    Return the error for a value of another type.
    """
    return ValueError(f"{place}: {expected} expected, not {type(value).__name__}")


_READERS: dict[Any, Callable[[Any, Json, str], Any]] = {
    str: _scalar,
    bool: _scalar,
    types.NoneType: _scalar,
    int: _integer,
    float: _number,
    list: _sequence,
    tuple: _sequence,
    dict: _mapping,
    Union: _union,
    types.UnionType: _union,
}
