"""
Tests for L{sslpool.application.conversation}; what goes well is in L{tests.live.test_dynamic}.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile

from twisted.trial.unittest import SynchronousTestCase

from sslpool import rundirectory
from sslpool.application import LabelNotRecognized, NotAvailable, Refused, Untrusted, queryTLS
from sslpool.application.conversation import StackConversation, begun, serverRequest, socketPath
from sslpool.wire.requests import Code, Reply, packReply, packRequest
from tests.test_layers import loadedWith


class ConversationTests(SynchronousTestCase):
    """
    Answers of a stack that does not do what is wanted.
    """

    def setUp(self) -> None:
        """
        Listen as a stack does.
        """
        directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, directory)
        self.path = os.path.join(directory, "application")
        self.listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listening.bind(self.path)
        self.listening.listen()
        self.addCleanup(self.listening.close)

    def conversation(self) -> tuple[StackConversation, socket.socket]:
        """
        Return both ends of a conversation in which something was asked.
        """
        conversation = StackConversation(self.path, 10)
        self.addCleanup(conversation.close)
        stack, _ = self.listening.accept()
        self.addCleanup(stack.close)
        request = serverRequest("WEBCERT", "REQUIRED")
        conversation.ask(request)
        self.assertEqual(stack.recv(4096), packRequest(request))
        return conversation, stack

    def test_refusals(self) -> None:
        """
        A refusal is an exception of its kind, with the message.
        """
        for code, kind in ((Code.LABEL, LabelNotRecognized), (Code.NO_SERVER, NotAvailable), (Code.HANDSHAKE, Refused)):
            conversation, stack = self.conversation()
            stack.send(packReply(Reply(code, "SSLP7", "why")))
            error = self.assertRaises(kind, begun, conversation)
            self.assertEqual((error.code, error.id, error.text, str(error)), (code, "SSLP7", "why", "SSLP7 why"))

    def test_gone(self) -> None:
        """
        The end of the conversation is a L{ConnectionError}.
        """
        conversation, stack = self.conversation()
        stack.close()
        self.assertRaises(ConnectionError, begun, conversation)

    def test_withoutSocket(self) -> None:
        """
        So is an answer without a socket.
        """
        conversation, stack = self.conversation()
        stack.send(packReply(Reply(Code.OK, more={"number": 1, "detail": {}})))
        self.assertRaises(ConnectionError, begun, conversation)

    def test_noStack(self) -> None:
        """
        Without a stack there is no conversation.
        """
        self.assertRaises(FileNotFoundError, StackConversation, self.path + "x", 10)

    def test_path(self) -> None:
        """
        The socket is found as the commands find theirs.
        """
        self.assertEqual(socketPath("/x/y"), "/x/y")
        self.patch(os, "environ", {"SSLPOOL_RUN": "/run/mine"})
        self.assertEqual(socketPath(stack="OTHER"), "/run/mine/OTHER.application")

    def rundirectory(self, *directories: str) -> None:
        """
        Have a stack looked for in these directories, the first being the user's own.
        """
        self.patch(rundirectory, "searchDirectories", lambda option: directories)

    def make(self, name: str, mode: int = 0o755) -> str:
        """
        Return a new directory with an application socket's file.
        """
        directory = os.path.join(os.path.dirname(self.path), name)
        os.mkdir(directory)
        with open(f"{directory}/TCPIP.application", "w"):
            pass
        os.chmod(directory, mode)
        return directory

    def test_systemFirst(self) -> None:
        """
        The system's directory comes before the user's own, whose turn it is where there is none.
        """
        system, own = self.make("system"), self.make("own")
        self.rundirectory(own, system)
        self.assertEqual(socketPath(), f"{system}/TCPIP.application")
        shutil.rmtree(system)
        self.assertEqual(socketPath(), f"{own}/TCPIP.application")
        shutil.rmtree(own)
        self.assertEqual(socketPath(), f"{system}/TCPIP.application")

    def test_refused(self) -> None:
        """
        What may be another's is passed over; where there is nothing else, that is said.
        """
        own, open_ = self.make("own"), self.make("open", 0o777)
        self.rundirectory(own, open_)
        self.assertEqual(socketPath(), f"{own}/TCPIP.application")
        shutil.rmtree(own)
        error = self.assertRaises(Untrusted, socketPath)
        self.assertEqual(error.id, "SSLP661E")
        self.assertIn(f"others may write to {open_}, its mode is 777", error.text)
        self.assertRaises(Untrusted, queryTLS)


class LoadingTests(SynchronousTestCase):
    """
    What a program loads.
    """

    def test_light(self) -> None:
        """
        Not Twisted, no TLS library, and nothing of the stack.
        """
        for module in ("sslpool.application", "sslpool.application.coroutines"):
            loaded = loadedWith(module)
            heavy = ("twisted", "OpenSSL", "cryptography", "zope", "ssl.", "sslpool.messages", "sslpool.control")
            self.assertEqual([name for name in sorted(loaded) if name.startswith(heavy)], [], module)
            ours = {name for name in loaded if name.startswith("sslpool.") and "application" not in name}
            wire = {"sslpool.wire", "sslpool.wire.descriptors", "sslpool.wire.requests"}
        self.assertEqual(ours, wire | {"sslpool.rundirectory", "sslpool.trust"})
