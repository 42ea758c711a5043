# -*- test-case-name: tests.tracing.test_operands -*-
"""
The operands of TRACE, from C{:parms.} or from SSLADMIN, and what they mean.  Used
in the stack, in the servers and for configuration files; pure.

Source: the source document, "Tracing"; abbreviations and defaults from z/VM 7.4
"VMSSL command syntax".  KEYLOG is ours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

from attrs import frozen

from sslpool.tracing.selectors import ALL, Selector, parseSelector

DEFAULT_LENGTH = 20
"""
How many octets of each send and receive are shown unless the operator says otherwise.
"""

LONGEST_LENGTH = 65536
"""
The most that may be asked for, other than by ALL: more is never moved at once.
"""

LONGEST_KEY_LOG = 3600
"""
The most seconds for which keys are logged.
"""

SYNTAX = (
    "TRACE [[NORMal | CONNections [NODATA|DATA] | FLOW] [ALL | address | :port | address:port | number] "
    "[length|ALL] | DEBUG] [KEYLOG file seconds]"
)


class Kind(Enum):
    """
    What is traced.

    @cvar NORMAL: successful connections.
    @cvar CONNECTIONS: state changes, and results of handshakes.
    @cvar FLOW: the flow of control as well.
    @cvar DEBUG: everything, with all data, of all connections.
    """

    NORMAL = "NORMAL"
    CONNECTIONS = "CONNECTIONS"
    FLOW = "FLOW"
    DEBUG = "DEBUG"


_LEAST = {Kind.NORMAL: 4, Kind.CONNECTIONS: 4, Kind.FLOW: 4, Kind.DEBUG: 5}


class Unexpected(Exception):
    """
    A word that cannot be there.

    @ivar word: the word, or C{nothing}.
    @ivar expected: what could be there, as the operator would say it.
    """

    def __init__(self, word: str, expected: str) -> None:
        super().__init__(f"{word}, expected {expected}")
        self.word = word
        self.expected = expected


@frozen
class Trace:
    """
    One trace.

    @ivar kind: what is traced.
    @ivar data: the first octets of each send and receive as well.
    @ivar selector: of which connections.
    @ivar length: how many octets; C{None} is all of them.
    """

    kind: Kind = Kind.NORMAL
    data: bool = False
    selector: Selector = ALL
    length: int | None = DEFAULT_LENGTH

    def words(self) -> tuple[str, ...]:
        """
        Return the operands that mean this trace.
        """
        if self.kind is Kind.DEBUG:
            return (self.kind.value,)
        length = "ALL" if self.length is None else str(self.length)
        data = ("DATA",) if self.data else ()
        return (self.kind.value, *data, str(self.selector), *((length,) if self.data else ()))


@frozen
class KeyLog:
    """
    The keys of connections are to be written to a file.

    @ivar path: the file, as the operator names it.
    @ivar seconds: for how long.
    """

    path: str
    seconds: int


@frozen
class Order:
    """
    What an operator asks for with TRACE.

    @ivar trace: the trace; with C{keyLog} only its selector counts, unless a kind was named.
    @ivar keyLog: a key log, or C{None}.
    @ivar named: a kind was named.
    """

    trace: Trace
    keyLog: KeyLog | None = None
    named: bool = True


def parseTrace(words: Sequence[str], running: bool = True) -> Trace | None:
    """
    Return the trace that the words mean; none is NOTRACE.

    @param running: connections have numbers by which they can be selected.
    @raise Unexpected: a word cannot be there.
    """
    return _trace(list(words), running) if words else None


def parseOrder(words: Sequence[str]) -> Order:
    """
    Return what the words behind TRACE ask for; none of them is NORMAL ALL.

    @raise Unexpected: a word cannot be there.
    """
    rest = list(words)
    keyLog = next((index for index, word in enumerate(rest) if word.upper() == "KEYLOG"), None)
    if keyLog is None:
        return Order(_trace(rest, True))
    before, after = rest[:keyLog], rest[keyLog + 1 :]
    named = bool(before) and kindOf(before[0]) is not None
    return Order(_trace(before, True), _keyLog(after), named)


def kindOf(word: str) -> Kind | None:
    """
    Return the kind of trace that C{word} abbreviates.
    """
    upper = word.upper()
    fitting = (kind for kind, least in _LEAST.items() if len(upper) >= least and kind.value.startswith(upper))
    return next(fitting, None)


def _trace(rest: list[str], running: bool) -> Trace:
    named = kindOf(rest[0]) if rest else None
    if named is not None:
        del rest[0]
    kind = named or Kind.NORMAL
    if kind is Kind.DEBUG:
        _nothing(rest, "nothing behind DEBUG")
        return Trace(kind, data=True, length=None)
    data = kind is Kind.CONNECTIONS and bool(rest) and rest[0].upper() in ("DATA", "NODATA")
    if data:
        data = rest.pop(0).upper() == "DATA"
    selector = _selector(rest, running, "" if named else f"{', '.join(each.value for each in Kind)}, ")
    length = _length(rest) if data else DEFAULT_LENGTH
    _nothing(rest, "nothing more" if data else "nothing more; a length goes with CONNECTIONS DATA")
    return Trace(kind, data, selector, length)


def _selector(rest: list[str], running: bool, others: str) -> Selector:
    """
    Take the selector.

    @param others: what else could be there.
    """
    if not rest:
        return ALL
    selector = parseSelector(rest[0])
    if selector is None or (selector.number is not None and not running):
        expected = f"{others}ALL, an IP address, :port or address:port"
        raise Unexpected(rest[0], f"{expected} or a connection number" if running else expected)
    del rest[0]
    return selector


def _length(rest: list[str]) -> int | None:
    if not rest:
        return DEFAULT_LENGTH
    word = rest.pop(0)
    if word.upper() == "ALL":
        return None
    return _number(word, LONGEST_LENGTH, "a length")


def _keyLog(rest: list[str]) -> KeyLog:
    if not rest:
        raise Unexpected("nothing", "a file and a number of seconds behind KEYLOG")
    path = rest.pop(0)
    seconds = _number(rest.pop(0) if rest else "nothing", LONGEST_KEY_LOG, "seconds")
    _nothing(rest, "nothing more")
    return KeyLog(path, seconds)


def _number(word: str, most: int, what: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", word, re.ASCII) or not 1 <= int(word) <= most:
        raise Unexpected(word, f"{what} from 1 to {most}")
    return int(word)


def _nothing(rest: list[str], expected: str) -> None:
    if rest:
        raise Unexpected(rest[0], expected)
