# -*- test-case-name: tests.wire.test_vocabulary -*-
"""
How a word is written down: as the signature of a method, from which its AMP command is made and which asks for it.
Used by both vocabularies; pure.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Protocol, TypeVar, get_type_hints

from twisted.protocols import amp

from sslpool.wire.arguments import Document

Method = TypeVar("Method", bound=Callable[..., Coroutine[Any, Any, Any]])

_PLAIN: dict[Any, Callable[[], amp.Argument]] = {
    str: amp.Unicode,
    int: amp.Integer,
    bool: amp.Boolean,
    str | None: lambda: amp.Unicode(optional=True),
    int | None: lambda: amp.Integer(optional=True),
}


class Word(Protocol):
    """
    What declares a method to be a word.  Its type stays; its body is that of L{asking}.
    """

    def __call__(self, method: Method, /) -> Method:
        """
        Return the method.
        """


class Asker(Protocol):
    """
    Who has words.
    """

    async def ask(self, command: type[amp.Command], arguments: dict[str, Any]) -> dict[str, Any]:
        """
        Have the other end carry out a command; return its answer.
        """


def argumentsOf(method: Callable[..., Any]) -> list[tuple[bytes, amp.Argument]]:
    """
    Return the arguments of a word's command: what AMP has no type for, or is annotated so, is a document.
    """
    hints = get_type_hints(method, include_extras=True)
    return [(name.encode("ascii"), _argument(kind)) for name, kind in hints.items() if name != "return"]


def _argument(kind: Any) -> amp.Argument:
    for document in getattr(kind, "__metadata__", ()):
        assert isinstance(document, amp.Argument)
        return document
    return _PLAIN[kind]() if kind in _PLAIN else Document(kind)


def answerOf(method: Callable[..., Any], name: str) -> list[tuple[bytes, amp.Argument]]:
    """
    Return the response of a word's command: what the method returns, as a document called C{name}.
    """
    kind = get_type_hints(method)["return"]
    return [] if kind is type(None) else [(name.encode("ascii"), Document(kind))]


def givenTo(method: Callable[..., Any], *values: object, **named: object) -> dict[str, Any]:
    """
    Return the arguments of a word by their names, those that were left out as well.
    """
    bound = inspect.signature(method).bind(None, *values, **named)
    bound.apply_defaults()
    (_, _), *arguments = bound.arguments.items()
    return dict(arguments)


def asking(method: Callable[..., Any], command: type[amp.Command]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """
    Return the method that asks for a word.

    @param command: its command, which answers at most one value.
    """

    @wraps(method)
    async def ask(self: Asker, *values: object, **named: object) -> Any:
        answer = await self.ask(command, givenTo(method, *values, **named))
        return next(iter(answer.values()), None)

    return ask
