# -*- test-case-name: tests.wire.test_serial -*-
"""
Turns records into plain JSON values and reads them back by their annotations.
Used in the stack, in the servers and in the commands; pure.

A message is its text in JSON, as people and older releases read it.  Where it is to be a message
again, its record goes beside the document: C{id}, C{fields}, and C{text} without the id.
"""

from __future__ import annotations

import json
import math
import re
import types
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache, partial
from typing import Any, TypeAlias, Union, get_args, get_origin, get_type_hints

from attrs import NOTHING, fields, has

from sslpool.messages import Said

_Read: TypeAlias = Callable[[Any, "Json", str], Any]

_PLAIN = (types.NoneType, bool, int, float, str)

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"


_ID = re.compile(r"[A-Z]{3,8}\d{3,4}[IWE]")
"""
A message id, of whatever release.
"""


def toPlain(value: object, beside: list[Json] | None = None) -> Json:
    """
    Return C{value} (a record, a list, a mapping with C{str} keys, a message, or a scalar) as JSON knows it.

    @param beside: gets the record of each message.
    @raise TypeError: it holds something that has no form in JSON; a fault of ours.
    """
    if isinstance(value, _PLAIN):
        return value
    kind = type(value)
    if isinstance(value, Said):
        if beside is not None:
            beside.append(recordOf(value))
        return str(value)
    if has(kind):
        return {each.name: toPlain(getattr(value, each.name), beside) for each in fields(kind)}
    if isinstance(value, list | tuple):
        return [toPlain(each, beside) for each in value]
    if isinstance(value, dict):
        return {_key(key): toPlain(each, beside) for key, each in value.items()}
    raise TypeError(f"{kind.__name__} has no form in JSON")


def toJson(value: object, indent: int | None = None) -> str:
    """
    Return C{value} as one JSON document of ASCII characters.

    @param indent: blanks for each level, or C{None} for one dense line.
    @raise TypeError: as for L{toPlain}.
    @raise ValueError: a number is not finite.
    """
    return _dumped(toPlain(value), indent)


def withMessages(value: object) -> tuple[str, str]:
    """
    Return C{value} as L{toJson} does, and the records of the messages in it, which are to go beside
    it; an empty text where there is none.

    @raise TypeError: as for L{toPlain}.
    @raise ValueError: as for L{toJson}.
    """
    beside: list[Json] = []
    document = _dumped(toPlain(value, beside))
    return document, _dumped(beside) if beside else ""


def fromJson(kind: Any, text: str | bytes, beside: str | bytes = "") -> Any:
    """
    Return the C{kind} that C{text} describes.

    @param beside: the records of the messages in it, of L{withMessages}.
    @raise ValueError: C{text} is not JSON, or not of this kind.
    """
    try:
        said = {str(each): each for each in fromPlain(list[Said], json.loads(beside))} if beside else {}
        return fromPlain(kind, json.loads(text), said=said)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def fromPlain(kind: Any, value: Json, place: str = "value", said: Mapping[str, Said] | None = None) -> Any:
    """
    Return C{value} as a C{kind}: a record class, C{str}, C{int}, C{float}, C{bool},
    C{None}, L{Said}, C{list[X]}, C{tuple[X, ...]}, C{dict[str, X]}, or a union of these.

    @param place: where in the whole the value stands, for the error's text.
    @param said: the messages that came beside it, by their texts.
    A record's field that C{kind} does not have is ignored, one that has a default
    need not be there: the other end may be of another release.

    @raise ValueError: the value is anything else.  The text names the place.
    @raise TypeError: C{kind} is none of these; a fault of ours.
    """
    if kind is Said:
        return _message(value, place, said)
    if kind == Said | str and isinstance(value, str):
        return value if said is None else said.get(value, value)
    origin = get_origin(kind) or kind
    if (scalar := _SCALARS.get(origin)) is not None:
        return scalar(kind, value, place)
    read = partial(fromPlain, said=said)
    if has(kind):
        return _record(kind, value, place, read)
    if (reader := _READERS.get(origin)) is None:
        raise TypeError(f"{kind!r} cannot be read from JSON")
    return reader(kind, value, place, read)


def recordOf(said: Said) -> Json:
    """
    Return the record of a message, as JSON knows it.
    """
    filled: dict[str, Json] = {
        name: each if isinstance(each, _PLAIN) else str(each) for name, each in said.fields.items()
    }
    return {"id": said.id, "text": said.text, "fields": filled}


def _dumped(plain: Json, indent: int | None = None) -> str:
    separators = (",", ":") if indent is None else None
    return json.dumps(plain, indent=indent, separators=separators, allow_nan=False)


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


def _message(value: Json, place: str, said: Mapping[str, Said] | None) -> Said:
    """
    Read a message: a record, or a text that a record stands beside.  A release before the records sends
    nothing but its text.
    """
    if isinstance(value, dict):
        return _recorded(value, place)
    if not isinstance(value, str):
        raise _unexpected("a message", value, place)
    if said and value in said:
        return said[value]
    messageId, _, text = value.partition(" ")
    if said or not _ID.fullmatch(messageId):
        raise _unexpected("a message", value, place)
    return Said(messageId, wording=text)


def _recorded(record: dict[str, Json], place: str) -> Said:
    """
    Read the record of a message: in the words of whoever has sent it, if it is of another release.  By hand,
    since a trace has very many.
    """
    messageId, text, filled = (record.get(name) for name in ("id", "text", "fields"))
    if not (isinstance(messageId, str) and isinstance(text, str) and isinstance(filled, dict)):
        raise _unexpected("the record of a message", record, place)
    if not (_ID.fullmatch(messageId) and all(isinstance(each, _PLAIN) for each in filled.values())):
        raise ValueError(f"{place}: {messageId[:20]!r} with these fields is no message")
    message = Said(messageId, filled)
    # Fields of another release may be missing, or of types that the text here has no form for.
    with suppress(KeyError, TypeError, ValueError, OverflowError):
        if message.text == text:
            return message
    return Said(messageId, filled, text)


def _record(kind: type, value: Json, place: str, read: _Read) -> Any:
    """
    Read a record: all of its fields that have no default, and no others.
    """
    if not isinstance(value, dict):
        raise _unexpected(kind.__name__, value, place)
    expected = _fields(kind)
    if missing := _required(kind) - value.keys():
        raise ValueError(f"{place}: {', '.join(sorted(missing))} missing in {kind.__name__}")
    known = {name: each for name, each in expected.items() if name in value}
    return kind(**{name: read(each, value[name], f"{place}.{name}") for name, each in known.items()})


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


def _sequence(kind: Any, value: Json, place: str, read: _Read) -> Any:
    """
    Read a list, or a tuple of any length.
    """
    if not isinstance(value, list):
        raise _unexpected("a list", value, place)
    item = get_args(kind)[0]
    return get_origin(kind)(read(item, each, f"{place}[{index}]") for index, each in enumerate(value))


def _mapping(kind: Any, value: Json, place: str, read: _Read) -> dict[str, Any]:
    """
    Read a mapping.
    """
    if not isinstance(value, dict):
        raise _unexpected("an object", value, place)
    item = get_args(kind)[1]
    return {key: read(item, each, f"{place}.{key}") for key, each in value.items()}


def _union(kind: Any, value: Json, place: str, read: _Read) -> Any:
    """
    Read the first alternative that fits; of several records, none that does not
    have all the fields, since these tell them apart.
    """
    reasons = []
    records = [each for each in get_args(kind) if has(each) and each is not Said]
    for alternative in get_args(kind):
        known = _fields(alternative).keys() if len(records) > 1 and alternative in records else None
        if known is not None and isinstance(value, dict) and value.keys() - known:
            reasons.append(f"{place}: not a {alternative.__name__}")
            continue
        try:
            return read(alternative, value, place)
        except ValueError as error:
            reasons.append(str(error))
    raise ValueError("; ".join(reasons))


def _unexpected(expected: str, value: Json, place: str) -> ValueError:
    """
    Return the error for a value of another type.
    """
    return ValueError(f"{place}: {expected} expected, not {type(value).__name__}")


_SCALARS: dict[Any, Callable[[Any, Json, str], Any]] = {
    str: _scalar,
    bool: _scalar,
    types.NoneType: _scalar,
    int: _integer,
    float: _number,
}

_READERS: dict[Any, Callable[[Any, Json, str, _Read], Any]] = {
    list: _sequence,
    tuple: _sequence,
    dict: _mapping,
    Union: _union,
    types.UnionType: _union,
}
