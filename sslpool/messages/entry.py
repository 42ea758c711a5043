# -*- test-case-name: tests.test_messages -*-
"""
What an entry of the catalogue is made of.  Every process.
"""

from __future__ import annotations

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
