"""
A mail server that knows no TLS, of aiosmtpd, in a thread of the test's process: SMTP or LMTP.
"""

from __future__ import annotations

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.live.configurations import freePort
from tests.live.running import LiveCase


class MailServer:
    """
    One mail server.

    @ivar address: where it listens.
    @ivar messages: what it has taken.
    """

    def __init__(self, case: LiveCase, lmtp: bool = False) -> None:
        self.messages: list[bytes] = []
        port = freePort(case)
        self.address = f"127.0.0.1:{port}"
        kind: type[SMTP] = LMTP if lmtp else SMTP

        class Mailboxes(Controller):
            def factory(self) -> SMTP:
                return kind(self.handler)

        self._controller = Mailboxes(self, hostname="127.0.0.1", port=port)
        self._controller.start()
        case.addCleanup(self._controller.stop)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """
        Take a message.
        """
        content = envelope.content
        self.messages.append(content if isinstance(content, bytes) else str(content).encode())
        return "250 taken"
