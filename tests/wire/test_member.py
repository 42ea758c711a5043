"""
Tests for L{sslpool.wire.member}.
"""

from __future__ import annotations

from typing import Any, cast

from twisted.protocols import amp
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.interface import Method

from sslpool.control.serverlink import ServerLink, ServerResponder
from sslpool.interfaces import IServer
from sslpool.wire import member
from sslpool.wire.assignment import Address, Assignment, PortAssignment, TimeLimits
from sslpool.wire.errors import ERRORS
from sslpool.wire.records import LabelsRead
from tests.doubles.administration import serverDetails, sessionRecord

LIMITS = TimeLimits(10, 10, 0)
EXAMPLES: dict[str, Any] = {
    "assignment": Assignment("SSL00001", "/etc/gskadm/Database.kdb", LIMITS),
    "limits": LIMITS,
    "port": PortAssignment(1, "[::]:8443", "HTTPD", "WEBCERT", (Address(10, "::1", 80), Address(1, "/run/app", 0))),
    "digest": "0" * 64,
    "seconds": 30,
    "after": 5,
    "limit": 100,
    "words": ["CONNECTIONS", "DATA"],
    "server": "SSL00001",
    "times": [1.5, 2.5],
    "selector": "192.0.2.1",
    "line": "CLIENT_RANDOM 00 00",
    "lines": ["one", "é" * 70_000],
    "messageId": "SSLP120W",
    "fields": {"server": "SSL00001", "reason": "é" * 50_000},
}

READ = LabelsRead("0" * 64, serverDetails("SSL00001", labels=500).labels)
ANSWERS: dict[bytes, dict[str, Any]] = {
    b"Assign": {"answer": READ},
    b"PrepareLabels": {"answer": READ},
    b"Details": {"answer": serverDetails("SSL00001", labels=2)},
    b"Sessions": {"answer": [sessionRecord(number) for number in range(600)]},
}


def commands() -> list[type[amp.Command]]:
    """
    Return every command of the vocabulary.
    """
    return [*member.COMMANDS, member.Report, member.WriteKeys, member.WriteConsole]


def overTheWire(box: amp.AmpBox) -> amp.AmpBox:
    """
    Return C{box} as it is after its way through the wire format.
    """
    if not box:
        return box
    (parsed,) = amp.parseString(box.serialize())
    assert isinstance(parsed, amp.AmpBox)
    return parsed


class VocabularyTests(SynchronousTestCase):
    """
    All commands between stack and server.
    """

    def examples(self, declared: list[tuple[bytes, amp.Argument]]) -> dict[str, Any]:
        """
        Return an example of each declared value.
        """
        return {name.decode(): EXAMPLES[name.decode()] for name, _ in declared}

    def test_methods(self) -> None:
        """
        A word's arguments are those of the server's method that answers it.
        """
        for command in member.COMMANDS:
            taken = cast(Method, IServer[command.method]).positional
            self.assertEqual([name.decode() for name, _ in command.arguments], list(taken), command.method)

    def test_arguments(self) -> None:
        """
        Each command's arguments come back equal from the wire format, however long they are.
        """
        for command in commands():
            sent = self.examples(command.arguments)
            box = command.makeArguments(dict(sent), None)
            self.assertEqual(command.parseArguments(overTheWire(box), None), sent, command.commandName)

    def test_responses(self) -> None:
        """
        So do their responses.
        """
        for command in commands():
            sent = ANSWERS.get(command.commandName, {})
            box = command.makeResponse(dict(sent), None)
            self.assertEqual(command.parseResponse(overTheWire(box), None), sent, command.commandName)
            self.assertEqual([name.decode() for name, _ in command.response], list(sent), command.commandName)

    def test_responders(self) -> None:
        """
        Each command is answered at exactly one end.
        """
        class_ = {"server": ServerResponder, "stack": ServerLink}
        for command in commands():
            answering = [
                end for end, kind in class_.items() if command.commandName in getattr(kind, "_commandDispatch", {})
            ]
            self.assertEqual(len(answering), 1, command.commandName)

    def test_errors(self) -> None:
        """
        Every command that is answered knows the errors of the one table: it may meet a fault of ours.
        """
        for command in commands():
            self.assertEqual(command.errors, ERRORS if command.requiresAnswer else {}, command.commandName)
