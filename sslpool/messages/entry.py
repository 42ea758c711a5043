# -*- test-case-name: tests.test_messages -*-
"""
What a message is made of, and the forms in which it travels: filled in, as a finding in a
configuration file, and as an error that the operator can put right.  Every process.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from attrs import frozen


class Severity(Enum):
    """
    The last character of a message id.
    """

    INFORMATION = "I"
    WARNING = "W"
    ERROR = "E"


@frozen
class Message:
    """
    One entry of the catalogue.

    @ivar id: the message id; its last character is the severity.
    @ivar text: the text, with C{{field}} for what is filled in.
    @ivar explanation: what it means, in full sentences.
    @ivar action: what the operator does next, in full sentences.
    """

    id: str
    text: str
    explanation: str
    action: str

    @property
    def severity(self) -> Severity:
        """
        The severity that the id says.
        """
        return Severity(self.id[-1])


class Said(str):
    """
    A message as the operator reads it, id first, which still knows what it was made of: wherever
    it goes as a text, a log for programs finds its fields.

    @ivar messageId: the message id.
    @ivar fields: what is filled in, by name.
    """

    __slots__ = ("fields", "messageId")

    messageId: str
    fields: Mapping[str, object]

    def __new__(cls, text: str, messageId: str, fields: Mapping[str, object]) -> Said:
        """
        Make one of what L{sslpool.messages.render} has filled in.
        """
        said = super().__new__(cls, text)
        said.messageId = messageId
        said.fields = fields
        return said


@frozen
class Finding:
    """
    Something to be said about a configuration file.

    @ivar message: the entry of the catalogue.
    @ivar file: the file's name.
    @ivar line: the line, 1 being the first; 0 is the file as a whole.
    @ivar text: id and text, filled in.
    """

    message: Message
    file: str
    line: int
    text: str

    @property
    def severity(self) -> Severity:
        """
        How bad it is: nothing starts while there is a finding of L{Severity.ERROR}.
        """
        return self.message.severity

    def __str__(self) -> str:
        """
        The finding as one line, position first, as compilers write it.
        """
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.text}"


class OperatorError(Exception):
    """
    An error that is the operator's to put right (not ours, not the peer's).

    @ivar message: the entry of the catalogue.
    @ivar text: id and text, filled in.
    """

    def __init__(self, message: Message, text: str) -> None:
        super().__init__(text)
        self.message = message
        self.text = text
