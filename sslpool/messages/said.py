# -*- test-case-name: tests.test_messages -*-
"""
Messages as values, from where they are made to where somebody reads them: by themselves, as a
finding in a configuration file, and as an error that the operator can put right.  Every process.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from string import Formatter
from types import NoneType

from attrs import field, frozen

from sslpool.messages.catalogue import CATALOGUE
from sslpool.messages.entry import Message, Severity

FOREIGN = "SSLP432E"
"""
Stands for a message of another release that this catalogue does not have.
"""


@frozen
class Said:
    """
    A message that has been said: an entry of the catalogue and what fills it in.  C{str()} is the
    line that people read, the id first.

    @ivar id: the message id.
    @ivar fields: what is filled in, by name.
    @ivar wording: the text as another release has filled it in, where the catalogue here cannot.
    """

    id: str
    fields: Mapping[str, object] = field(factory=dict, hash=False)
    wording: str | None = None

    @property
    def message(self) -> Message:
        """
        The entry of the catalogue.
        """
        return CATALOGUE.get(self.id, CATALOGUE[FOREIGN])

    @property
    def severity(self) -> Severity:
        """
        How bad it is.
        """
        return Severity(self.id[-1])

    @property
    def text(self) -> str:
        """
        The text, filled in, without the id.
        """
        return CATALOGUE[self.id].text.format_map(self.fields) if self.wording is None else self.wording

    def __str__(self) -> str:
        """
        The id, a blank and the text.
        """
        return f"{self.id} {self.text}"


@frozen
class Finding:
    """
    Something to be said about a configuration file.

    @ivar said: what.
    @ivar file: the file's name.
    @ivar line: the line, 1 being the first; 0 is the file as a whole.
    """

    said: Said
    file: str
    line: int

    @property
    def severity(self) -> Severity:
        """
        How bad it is: nothing starts while there is a finding of L{Severity.ERROR}.
        """
        return self.said.severity

    def __str__(self) -> str:
        """
        The finding as one line, position first, as compilers write it.
        """
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.said}"


class OperatorError(Exception):
    """
    An error that is the operator's to put right (not ours, not the peer's).  It is shown as its
    message, never as a traceback.

    @ivar said: the message.
    """

    def __init__(self, said: Said) -> None:
        super().__init__(said)
        self.said = said


_VALUES = (NoneType, bool, int, float, str, Said)


def said(messageId: str, **fields: object) -> Said:
    """
    Return a message.  It is a value: of what is filled in and is none itself, such as an error of the
    system, it keeps the text.

    @raise KeyError: the id is not in the catalogue, or a field is missing; both are faults of ours.
    """
    if missing := fieldsOf(messageId) - fields.keys():
        raise KeyError(f"{messageId} without {', '.join(sorted(missing))}")
    return Said(messageId, {name: each if isinstance(each, _VALUES) else str(each) for name, each in fields.items()})


def finding(messageId: str, file: str, line: int, **fields: object) -> Finding:
    """
    Return what was found at C{line} of C{file} (1 is the first line; 0 means the file as a whole).

    @raise KeyError: as for L{said}.
    """
    return Finding(said(messageId, **fields), file, line)


def operatorError(messageId: str, **fields: object) -> OperatorError:
    """
    Return an exception for something that the operator can put right.

    @raise KeyError: as for L{said}.
    """
    return OperatorError(said(messageId, **fields))


@cache
def fieldsOf(messageId: str) -> frozenset[str]:
    """
    Return the names of a message's fields.

    @raise KeyError: the id is not in the catalogue.
    """
    return frozenset(name for _, name, _, _ in Formatter().parse(CATALOGUE[messageId].text) if name is not None)
