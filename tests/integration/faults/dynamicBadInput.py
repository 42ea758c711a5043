"""
What programs should not send to the application socket: a clear refusal, counted,
and nothing leaks, in the stack or in its servers.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

from sslpool import application
from sslpool.application.conversation import StackConversation
from sslpool.wire.requests import Asked, Code, Request
from tests.live.configurations import LABEL
from tests.live.programs import LIMIT
from tests.live.programsocket import ProgramCase

ATTEMPTS = 1000


class BadInputTests(ProgramCase):
    """
    A thousand attempts.
    """

    def setUp(self) -> None:
        """
        Start the pool.
        """
        super().setUp()
        self.setUpPool()

    def ask(self, *descriptors: int) -> Code:
        """
        Ask for a connection to be secured, and return the answer's code.
        """
        conversation = StackConversation(self.socket, LIMIT)
        try:
            conversation.ask(Request(Asked.SECURE_SERVER, LABEL), *descriptors)
            conversation.answer()
        except application.Refused as refusal:
            return refusal.code
        finally:
            conversation.close()
        return Code.OK

    def raw(self, message: bytes) -> Code:
        """
        Send something that is no request, with a descriptor.
        """
        conversation = StackConversation(self.socket, LIMIT)
        try:
            with socket.socket(fileno=os.dup(conversation.fileno())) as end:
                end.settimeout(LIMIT)
                socket.send_fds(end, [message], [0])
            conversation.answer()
        except application.Refused as refusal:
            return refusal.code
        finally:
            conversation.close()
        return Code.OK

    def closedByPeer(self) -> Code:
        """
        Pass a connection that the other side has closed.
        """
        connecting, accepted = self.tcpPair()
        connecting.close()
        with accepted:
            return self.ask(accepted.fileno())

    def leaving(self) -> Code:
        """
        Hand a connection over and leave at once, so that the answer has nobody to go to.
        """
        connecting, accepted = self.tcpPair()
        conversation = StackConversation(self.socket, LIMIT)
        conversation.ask(Request(Asked.SECURE_SERVER, LABEL), accepted.fileno())
        conversation.close()
        accepted.close()
        connecting.close()
        return Code.OK

    def notTLS(self) -> Code:
        """
        Hand a connection over whose other side speaks no TLS.
        """
        connecting, accepted = self.tcpPair()
        connecting.sendall(b"x" * 100)
        with connecting, accepted:
            return self.ask(accepted.fileno())

    def test_thousand(self) -> None:
        """
        After a thousand attempts of all kinds there are as many descriptors as before,
        and a program with a sound request gets what it wants.
        """
        unconnected, datagrams = socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        listening = socket.create_server(("127.0.0.1", 0))
        local, other = socket.socketpair()
        for each in (unconnected, datagrams, listening, local, other):
            self.addCleanup(each.close)
        kinds: list[tuple[Callable[[], Code], Code]] = [
            (lambda: self.ask(), Code.BAD_SOCKET),
            (lambda: self.ask(0, 0, 0), Code.BAD_SOCKET),
            (lambda: self.ask(0), Code.BAD_SOCKET),
            (lambda: self.ask(unconnected.fileno()), Code.BAD_SOCKET),
            (lambda: self.ask(datagrams.fileno()), Code.BAD_SOCKET),
            (lambda: self.ask(listening.fileno()), Code.BAD_SOCKET),
            (lambda: self.ask(local.fileno()), Code.BAD_SOCKET),
            (self.closedByPeer, Code.BAD_SOCKET),
            (lambda: self.raw(b'{"version":1,"request":"Secu'), Code.BAD_REQUEST),
            (lambda: self.raw(b"x" * 10000), Code.BAD_REQUEST),
            (self.notTLS, Code.HANDSHAKE),
            (self.leaving, Code.OK),
        ]
        kinds[-1][0]()
        self.stack.log.wait("SSLP100I")
        before = self.atRest()
        for number in range(ATTEMPTS):
            attempt, code = kinds[number % len(kinds)]
            self.assertIs(attempt(), code, f"attempt {number}")
        self.assertNothingLeaks(before)
        self.stack.log.wait("SSLP750W Application socket: request of .* refused: ")
        self.assertLess(len(self.stack.log.found("SSLP750W")), 20)
        self.assertRegex(
            self.stack.ssladmin("query", "status").output,
            r"Programs +\d+ connections handed over, \d{3} requests refused",
        )
        application.queryTLS(LABEL, path=self.socket)
