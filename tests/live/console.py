"""
Asks a running stack one question over its control socket, without a process of
its own: for tests that ask again and again until something has happened.
"""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet.testing import StringTransport
from twisted.protocols import amp
from twisted.python.failure import Failure
from zope.interface import implementer

from sslpool.wire.vocabulary import AdministrationCommand


@implementer(amp.IBoxReceiver)
class _Answers:
    """
    Keeps the boxes that have come.
    """

    def __init__(self) -> None:
        self.boxes: list[amp.AmpBox] = []

    def startReceivingBoxes(self, boxSender: amp.IBoxSender) -> None:
        """
        Nothing: questions go another way.
        """

    def ampBoxReceived(self, box: amp.AmpBox) -> None:
        """
        Keep a box.
        """
        self.boxes.append(box)

    def stopReceivingBoxes(self, reason: Failure) -> None:
        """
        Nothing: the end of the connection is noticed elsewhere.
        """


def ask(path: str, command: type[AdministrationCommand], **arguments: object) -> dict[str, Any]:
    """
    Ask the stack whose control socket is at C{path}, and return the answer.

    @raise OSError: nobody answers.
    """
    box = command.makeArguments(arguments, None)
    box[amp.ASK], box[amp.COMMAND] = b"1", command.commandName
    answers = _Answers()
    protocol = amp.BinaryBoxProtocol(answers)
    protocol.makeConnection(StringTransport())
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(30)
        line.connect(path)
        line.sendall(box.serialize())
        while not answers.boxes:
            octets = line.recv(65536)
            if not octets:
                raise ConnectionError("the stack has hung up")
            protocol.dataReceived(octets)
    if amp.ANSWER not in answers.boxes[0]:
        raise AssertionError(f"refused: {answers.boxes[0]}")
    answer: dict[str, Any] = command.parseResponse(answers.boxes[0], None)
    return answer
