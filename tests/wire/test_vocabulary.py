"""
Tests for L{sslpool.wire.vocabulary}.
"""

from __future__ import annotations

import json
from inspect import isfunction, signature
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st
from twisted.protocols import amp
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.interface import Method

from sslpool.control.responders import AdministrationResponders
from sslpool.interfaces import IPoolAdministration
from sslpool.messages import Severity, said
from sslpool.wire.arguments import PART, Document
from sslpool.wire.errors import ERRORS, Faulted, Refused, Unauthorized
from sslpool.wire.records import ConnectionRecord, ListenerRecord, PoolStatus, PortServing, ServingStatus, TraceStatus
from sslpool.wire.vocabulary import COMMANDS, OLDEST, PROTOCOL, Words
from tests.doubles.administration import HISTORY, cacheStatus, poolStatus, serverDetails, serverStatus, sessionRecord

EXAMPLES: dict[str, Any] = {
    "protocol": 1,
    "oldest": 1,
    "release": "1.2",
    "stack": "TCPIP",
    "server": "SSL00001",
    "now": True,
    "query": "QUERY TIME",
    "lines": ["TIME IS"],
    "after": 5,
    "limit": 100,
    "status": poolStatus([serverStatus(1)]),
    "cache": cacheStatus(),
    "details": [serverDetails("SSL00001"), said("DTCSSL2421E", server="SSL00002", reason="no")],
    "sessions": [sessionRecord(1)],
    "connections": [ConnectionRecord(1, "HTTPD", "192.0.2.1:443", "203.0.113.5:5000", "Closing")],
    "listeners": [ListenerRecord("HTTPD", "0.0.0.0:443", "WEB", "127.0.0.1:80")],
    "messages": [said("SSLP117I", server="SSL00001"), said("SSLP002I", stack="TCPIP")],
    "name": "EXTRA.TCPIP",
    "text": "SSLLIMITS WAIT 5\n" * 8000,
    "test": False,
    "words": ["CONN", "DATA"],
    "traces": [TraceStatus("SSL00001", "Active", "NORMAL ALL")],
    "offset": 7,
    "number": 3,
    "history": list(HISTORY),
    "port": 443,
    "serving": ServingStatus(
        False,
        "SSLP457W",
        "No server",
        "Start one.",
        (PortServing("0.0.0.0:443", "WEB", False, "SSLP457W", "No server", "Start one."),),
    ),
}


def examples(declared: list[tuple[bytes, amp.Argument]]) -> dict[str, Any]:
    """
    Return an example of each declared value.
    """
    return {name.decode(): EXAMPLES[name.decode()] for name, _ in declared}


def overTheWire(box: amp.AmpBox) -> amp.AmpBox:
    """
    Return C{box} as it is after its way through the wire format.
    """
    (parsed,) = amp.parseString(box.serialize())
    assert isinstance(parsed, amp.AmpBox)
    return parsed


class CommandTests(SynchronousTestCase):
    """
    All commands, one by one.
    """

    def test_arguments(self) -> None:
        """
        Each command's arguments come back equal from the wire format.
        """
        for command in COMMANDS.values():
            sent = examples(command.arguments)
            box = command.makeArguments(dict(sent), None)
            self.assertEqual(command.parseArguments(overTheWire(box) if sent else box, None), sent, command.commandName)

    def test_withoutServer(self) -> None:
        """
        A command for all servers names none.
        """
        box = COMMANDS["StopServer"].makeArguments({"server": None, "now": False}, None)
        self.assertEqual(COMMANDS["StopServer"].parseArguments(overTheWire(box), None), {"server": None, "now": False})

    def test_responses(self) -> None:
        """
        Each command's response comes back equal from the wire format.
        """
        for command in COMMANDS.values():
            sent = examples(command.response)
            box = command.makeResponse(dict(sent), None)
            self.assertEqual(command.parseResponse(overTheWire(box) if sent else box, None), sent, command.commandName)

    def test_beside(self) -> None:
        """
        Messages are texts in the response, as older releases know them, with the records beside it.
        """
        message = said("SSLP118I", server="SSL00001", sessions=3, seconds=30)
        box = COMMANDS["StopServer"].makeResponse({"messages": [message]}, None)
        self.assertEqual(json.loads(box[b"messages"]), [str(message)])
        record = {"id": "SSLP118I", "text": message.text, "fields": dict(message.fields)}
        self.assertEqual(json.loads(box[b"messages.said"]), [record])

    def test_older(self) -> None:
        """
        The messages of a release without records are their texts.
        """
        texts = ["SSLP117I SSL00001 is starting", "SSLP999E of another release"]
        box = amp.AmpBox({b"messages": json.dumps(texts).encode("ascii")})
        (first, second) = COMMANDS["StopServer"].parseResponse(box, None)["messages"]
        self.assertEqual([str(first), str(second)], texts)
        self.assertEqual((first.id, second.id, second.severity), ("SSLP117I", "SSLP999E", Severity.ERROR))

    def test_many(self) -> None:
        """
        Records are spread over as many keys as they need.
        """
        sent = [said("SSLP117I", server=f"SSL{number:05}") for number in range(5000)]
        box = overTheWire(COMMANDS["StopServer"].makeResponse({"messages": sent}, None))
        self.assertIn(b"messages.said.1", box)
        self.assertEqual(COMMANDS["StopServer"].parseResponse(box, None)["messages"], sent)

    def test_complete(self) -> None:
        """
        Each method of L{Words} has one command, under its name, and there is no other but those of the protocol.
        """
        words = [name for name, each in vars(Words).items() if isfunction(each)]
        self.assertEqual([each.method for each in COMMANDS.values() if each.method], words)
        self.assertEqual([each.commandName.decode() for each in COMMANDS.values()], list(COMMANDS))

    def test_methods(self) -> None:
        """
        A word's arguments are those of the method that answers it, which the interface or the responders have.
        """
        for command in COMMANDS.values():
            if command.method:
                own = getattr(AdministrationResponders, command.method, None)
                taken = (
                    list(signature(own).parameters)[1:]
                    if own is not None
                    else list(cast(Method, IPoolAdministration[command.method]).positional)
                )
                self.assertEqual([name.decode() for name, _ in command.arguments], taken, command.method)

    def test_audited(self) -> None:
        """
        The log has of a change what was typed, and of a mere test nothing.
        """
        for name, arguments, logged in (
            ("StopServer", {"now": True}, "STOP NOW"),
            ("StopServer", {"now": False}, "STOP"),
            ("EndTrace", {"server": None}, "NOTRACE"),
            ("SetTrace", {"words": ["NODATA", "ALL"]}, "TRACE NODATA ALL"),
            ("Obey", {"name": "A.TCPIP", "test": False}, "OBEY A.TCPIP"),
            ("Obey", {"name": "A.TCPIP", "test": True}, ""),
            ("RollBack", {"number": None, "test": False}, "ROLLBACK"),
            ("RollBack", {"number": 4, "test": False}, "ROLLBACK 4"),
            ("RollBack", {"number": 4, "test": True}, ""),
        ):
            audited = COMMANDS[name].audited
            assert audited is not None
            self.assertEqual(audited(arguments), logged)
        changes = {name for name, each in COMMANDS.items() if [key for key, _ in each.response] == [b"messages"]}
        self.assertEqual(changes, {name for name, each in COMMANDS.items() if each.audited is not None})

    def test_responders(self) -> None:
        """
        The stack's locator has a responder for each command and for nothing else.
        """
        answered = AdministrationResponders._commandDispatch  # type: ignore[attr-defined]
        self.assertEqual({command for command, _ in answered.values()}, set(COMMANDS.values()))

    def test_privileged(self) -> None:
        """
        Everybody may use what NETSTAT shows; all else is for administrators.
        """
        self.assertEqual(
            {name for name, command in COMMANDS.items() if not command.privileged},
            {"ExchangeVersion", "NoOp", "QueryConfiguration", "QueryConnections", "QueryListeners"},
        )

    def test_errors(self) -> None:
        """
        Each command declares the errors of the one table, without which they would
        close the connection, and has a title for messages.
        """
        for command in COMMANDS.values():
            self.assertEqual(command.errors, ERRORS)
            self.assertEqual(command.fatalErrors, {})
            self.assertTrue(command.title)

    def test_errorTable(self) -> None:
        """
        Each error has a code of its own, and a special one is found before the general one.
        """
        self.assertEqual(len(set(ERRORS.values())), len(ERRORS))
        self.assertEqual(list(ERRORS)[-1], Refused)
        self.assertTrue(issubclass(Unauthorized, Refused) and issubclass(Faulted, Refused))

    def test_version(self) -> None:
        """
        No release understands what is newer than itself.
        """
        self.assertLessEqual(OLDEST, PROTOCOL)


class DocumentTests(SynchronousTestCase):
    """
    L{Document} carries values of any size.
    """

    def test_largePool(self) -> None:
        """
        A pool of 256 servers with long reasons fits.
        """
        servers = [serverStatus(number) for number in range(1, 257)]
        status = poolStatus(servers, stack="X" * 300_000)
        box = COMMANDS["QueryStatus"].makeResponse({"status": status}, None)
        self.assertTrue(all(len(part) <= PART for part in box.values()))
        self.assertEqual(COMMANDS["QueryStatus"].parseResponse(overTheWire(box), None), {"status": status})

    @given(st.integers(PART - 10, PART + 10) | st.integers(2 * PART - 10, 2 * PART + 10))
    def test_boundaries(self, length: int) -> None:
        """
        Values around the size of a part are joined without loss.
        """
        document = Document(str)
        strings: dict[bytes, bytes] = {}
        document.toBox(b"text", strings, {"text": "x" * length}, None)
        objects: dict[str, Any] = {}
        document.fromBox(b"text", strings, objects, None)
        self.assertEqual(objects, {"text": "x" * length})
        self.assertEqual(strings, {})

    def test_missing(self) -> None:
        """
        A value that is not there, or lacks its second part, is refused.
        """
        document = Document(PoolStatus)
        self.assertRaises(ValueError, document.fromBox, b"status", {}, {}, None)
        strings: dict[bytes, bytes] = {}
        document.toBox(b"status", strings, {"status": poolStatus([], stack="X" * PART)}, None)
        del strings[b"status.1"]
        self.assertRaises(ValueError, document.fromBox, b"status", strings, {}, None)
