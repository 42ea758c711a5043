# -*- test-case-name: tests.starttls.test_mail,tests.starttls.test_properties -*-
"""
Dialogues in which a reply can be a text of many lines, one of them the list of capabilities: POP3
and NNTP.  Pure; used in the servers.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from sslpool.starttls.contract import Security
from sslpool.starttls.dialogue import Commands

MOST_CAPABILITIES = 1000
"""
The most capabilities.
"""


class Texts(Commands):
    """
    Such a dialogue.

    @cvar HEAD: the reply that the list of capabilities follows.
    @cvar LOGINS: the capabilities that are not there while TLS is demanded.
    """

    HEAD: ClassVar[bytes]
    LOGINS: ClassVar[frozenset[bytes]]

    def __init__(self, security: Security) -> None:
        super().__init__(security)
        self._body = False
        self._capabilities: list[bytes] | None = None

    @abstractmethod
    def _reply(self, line: bytes) -> None:
        """
        The application has begun a reply.
        """

    def _takeReply(self) -> bool:
        if self._body:
            return self._takeBody()
        line = self._replyLine()
        if line is None:
            return False
        if self._capabilities is not None:
            self._capability(line)
        else:
            self._reply(line)
        return True

    def _textFollows(self) -> None:
        self._body = True
        self._application.begin()

    def _takeBody(self) -> bool:
        octets, ended = self._application.takeText()
        self.toClient(octets)
        if ended:
            self._body = False
            self.replied()
        return bool(octets)

    def _capability(self, line: bytes) -> None:
        assert self._capabilities is not None
        if line.rstrip(b"\r\n") == b".":
            capabilities, self._capabilities = self._capabilities, None
            self.replied()
            self.toClient(b"".join([self.HEAD, *self._announced(capabilities), b".\r\n"]))
        else:
            self._capabilities.append(line)
            if len(self._capabilities) > MOST_CAPABILITIES:
                self._outOfTurn(line)

    def _announced(self, capabilities: list[bytes]) -> list[bytes]:
        """
        Return the lines of the list with what there is here.
        """
        hidden = {self.REQUEST, *self.LOGINS} if self.demanded else {self.REQUEST}
        kept = [each for each in capabilities if (each.split() or [b""])[0].upper() not in hidden]
        return [*kept, self.REQUEST + b"\r\n"] if self.offered else kept

    def _outOfTurn(self, octets: bytes) -> None:
        self._capabilities = None
        super()._outOfTurn(octets)
