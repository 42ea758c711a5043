"""
A client of another release, which speaks the protocol as its own release has it: with boxes of its own,
and no code of this one.
"""

from __future__ import annotations

import json
import socket
import struct

from sslpool.control.paths import socketPath
from tests.live.applications import Application, echo
from tests.live.configurations import LABEL, FilesCase

BEFORE_RECORDS = 6
"""
The last protocol in which messages were nothing but texts.
"""


class Boxes:
    """
    One control connection.

    @param path: the stack's socket.
    """

    def __init__(self, path: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(path)
        self._stream = self.socket.makefile("rb")

    def ask(self, command: str, **arguments: str) -> dict[str, bytes]:
        """
        Ask for one thing; return the answer, or the error.
        """
        box = {"_ask": "1", "_command": command, **arguments}
        for text in (word for pair in box.items() for word in pair):
            octets = text.encode("utf-8")
            self.socket.sendall(struct.pack("!H", len(octets)) + octets)
        self.socket.sendall(b"\0\0")
        answer: dict[str, bytes] = {}
        while length := self._length():
            key = self._stream.read(length).decode("ascii")
            answer[key] = self._stream.read(self._length())
        return answer

    def _length(self) -> int:
        (length,) = struct.unpack("!H", self._stream.read(2))
        return int(length)


class ReleaseTests(FilesCase):
    """
    A running stack.
    """

    def setUp(self) -> None:
        """
        Start it.
        """
        super().setUp()
        self.adapt(Application(self, echo), self.credential(LABEL))
        self.stack = self.serve(*self.options)
        self.stack.log.wait("SSLP100I")

    def connect(self, protocol: int | None) -> Boxes:
        """
        Connect with a client of a protocol.
        """
        boxes = Boxes(socketPath(self.stack.run, self.stack.userid))
        self.addCleanup(boxes.socket.close)
        if protocol is not None:
            answer = boxes.ask("ExchangeVersion", protocol=str(protocol), release="1.0", oldest="3")
            self.assertLessEqual(int(answer["oldest"]), BEFORE_RECORDS)
        return boxes

    def test_older(self) -> None:
        """
        A client of a release before the records has texts, as it always had: the messages of a change, those of
        a server that does not answer, and the description of an error, also before it has said which it is.
        """
        older = self.connect(BEFORE_RECORDS)
        answer = older.ask("Obey", name="X.TCPIP", text=json.dumps("SSLLIMITS WAIT 31"), test="False")
        self.assertEqual(json.loads(answer["messages"]), ["SSLP043I SSLLIMITS WAIT changed from 30 to 31"])
        answer = older.ask("RefreshServer", server="SSL00002")
        text = "DTCSSL2421E SSL00002: Communication error: the server is Eligible"
        self.assertEqual(json.loads(answer["messages"]), [text])
        self.assertEqual(json.loads(older.ask("QueryDetails", server="SSL00002")["details"]), [text])
        for protocol in (BEFORE_RECORDS, None):
            error = self.connect(protocol).ask("StartServer", server="SSL00009")
            self.assertEqual(error["_error_code"], b"REFUSED")
            self.assertEqual(error["_error_description"], b"SSLP407E SSL00009 is not a server of stack TCPIP")

    def test_records(self) -> None:
        """
        A client that knows records has them beside the texts, and as the description of an error.
        """
        newer = self.connect(BEFORE_RECORDS + 1)
        answer = newer.ask("RefreshServer", server="SSL00002")
        fields = {"server": "SSL00002", "reason": "the server is Eligible"}
        text = "SSL00002: Communication error: the server is Eligible"
        self.assertEqual(json.loads(answer["messages"]), [f"DTCSSL2421E {text}"])
        self.assertEqual(json.loads(answer["messages.said"]), [{"id": "DTCSSL2421E", "text": text, "fields": fields}])
        error = json.loads(newer.ask("StartServer", server="SSL00009")["_error_description"])
        self.assertEqual((error["id"], error["fields"]), ("SSLP407E", {"server": "SSL00009", "stack": "TCPIP"}))
