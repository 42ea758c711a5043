# -*- test-case-name: tests.commands.pool.test_operands -*-
"""
The operands of SSLPOOL: positional, each with its default, and options behind a left parenthesis.
Used by C{sslpool}; pure.

Source: the source document's SSLPOOL syntax and its notes 1 (the default of user_id) and 2 (count).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import evolve, frozen

from sslpool.commands.options import abbreviates
from sslpool.commands.syntax import WORD, splitOptions
from sslpool.config.directoryrules import MOST_SERVERS
from sslpool.config.poolrules import isPoolPrefix
from sslpool.config.values import USERID, isUserid, number, upperCase
from sslpool.config.vmlink import filePool, isFilePool
from sslpool.messages import OperatorError, operatorError
from sslpool.planning.subject import DEFAULT_OWNER, DEFAULT_SERVER, DEFAULT_STACK, Subject

OPERATIONS = ("PLAN", "ENROLL", "UNENroll", "SETAUTH", "DELAUTH")
"""
What SSLPOOL does; capitals are the least that must be typed.
"""

#: Operations that are about a user's access instead of a stack's servers.
AUTHORITY = ("SETAUTH", "DELAUTH")


@frozen
class PoolRequest:
    """
    What the operator wants of SSLPOOL.

    @ivar operation: one of L{OPERATIONS}, in upper case.
    @ivar subject: what it is about.
    @ivar counted: the count was given, not taken by default.
    @ivar test: nothing is to be done.
    """

    operation: str
    subject: Subject
    counted: bool = False
    test: bool = False


def operation(word: str) -> str | None:
    """
    Return the operation that C{word} means, in upper case; C{None} where it means none.
    """
    return next((each.upper() for each in OPERATIONS if abbreviates(word, each)), None)


def parseOperands(name: str, words: Sequence[str], noPool: bool = False, test: bool = False) -> PoolRequest:
    """
    Understand the operands and options of an operation.

    @param name: the operation, in upper case.
    @param words: what follows it.
    @param noPool: NOPOOL was given in the shell's manner.
    @param test: TEST was given in the shell's manner.
    @raise OperatorError: they are not understood.
    """
    operands, options = splitOptions(WORD.findall(" ".join(words)))
    for word in options:
        if word.upper() not in ("NOPOOL", "TEST"):
            raise operatorError("SSLP503E", word=word)
    given = {word.upper() for word in options}
    noPool, test = noPool or "NOPOOL" in given, test or "TEST" in given
    if noPool and name != "PLAN":
        raise operatorError("SSLP502E", option="NOPOOL", operation=name)
    request = PoolRequest(name, _defaults(name, noPool), test=test)
    readers = _READERS[:4] if name in AUTHORITY else _READERS
    if len(operands) > len(readers):
        raise operatorError("SSLP501E", word=operands[len(readers)], operation=name)
    for reader, word in zip(readers, operands, strict=False):
        request = reader(request, word)
    if name not in AUTHORITY:
        _checkNames(request.subject)
    return request


def _checkNames(subject: Subject) -> None:
    """
    Stack, agent and servers are different machines.
    """
    stack, names = subject.userid, (subject.prefix, *subject.members) if subject.pooled else (subject.prefix,)
    for what, other in (("the agent", (subject.agent,)), ("an SSL server", names)):
        if stack in other:
            raise operatorError("SSLP504E", userid=stack, first="the stack", second=what)
    if subject.agent in names:
        raise operatorError("SSLP504E", userid=subject.agent, first="the agent", second="an SSL server")


def _defaults(name: str, noPool: bool) -> Subject:
    if noPool:
        return Subject(prefix=DEFAULT_SERVER, count=1, pooled=False)
    return Subject(userid=DEFAULT_OWNER if name in AUTHORITY else DEFAULT_STACK)


def _wrong(request: PoolRequest, operand: str, expected: str, word: str) -> OperatorError:
    return operatorError("SSLP500E", operand=operand, operation=request.operation, expected=expected, word=word)


def _filePool(request: PoolRequest, word: str) -> PoolRequest:
    if not isFilePool(word):
        expected = "a name of at most 8 characters, or an absolute path without blanks and colons"
        raise _wrong(request, "filepool_name", expected, word)
    return evolve(request, subject=evolve(request.subject, filePool=filePool(word)))


def _owner(request: PoolRequest, word: str) -> PoolRequest:
    if ":" in word:  # it ends the file pool's name in :vmlink.
        raise _wrong(request, "owner_id", "a user ID without a colon", word)
    return evolve(request, subject=evolve(request.subject, owner=_userid(request, "owner_id", word)))


def _prefix(request: PoolRequest, word: str) -> PoolRequest:
    if not request.subject.pooled:
        userid = _userid(request, "poolprefix (with NOPOOL the server's user ID)", word)
        return evolve(request, subject=evolve(request.subject, prefix=userid))
    if not isPoolPrefix(upperCase(word)):
        raise _wrong(request, "poolprefix", "one to three characters that begin with a letter", word)
    return evolve(request, subject=evolve(request.subject, prefix=upperCase(word)))


def _stack(request: PoolRequest, word: str) -> PoolRequest:
    return evolve(request, subject=evolve(request.subject, userid=_userid(request, "user_id", word)))


def _count(request: PoolRequest, word: str) -> PoolRequest:
    most = MOST_SERVERS if request.subject.pooled else 1
    count = number(word, 1, most)
    if count is None:
        raise _wrong(request, "count", f"a number from 1 to {most}" if most > 1 else "1 with NOPOOL", word)
    return evolve(request, subject=evolve(request.subject, count=count), counted=True)


def _userid(request: PoolRequest, operand: str, word: str) -> str:
    if not isUserid(word):
        raise _wrong(request, operand, USERID, word)
    return upperCase(word)


_READERS: tuple[Callable[[PoolRequest, str], PoolRequest], ...] = (_filePool, _owner, _prefix, _stack, _count)
