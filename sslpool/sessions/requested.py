# -*- test-case-name: tests.sessions.test_programs,tests.sessions.test_remote -*-
"""
Takes the connections that programs hand over, those to remote hosts too.  Lives in a server process.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from select import EPOLLOUT

from sslpool.config.securing import Outbound
from sslpool.keepalive import keepAlive
from sslpool.sessions.outcome import Outcome
from sslpool.sessions.programs import Program, ServerConversation, reply
from sslpool.sessions.remote import Outgoing
from sslpool.sessions.session import Host, Session
from sslpool.wire.assignment import PortAssignment
from sslpool.wire.offer import Offer, splitOrder
from sslpool.wire.requests import Code
from sslpool.wire.serial import fromJson


class ProgramClient(Outgoing, Program):
    """
    Sessions that a program asked for: the TLS client's side.
    """

    shown = "Dynamic outbound"

    def begin(self, session: Session) -> None:
        """
        See L{Kind.begin}.  The connection stands already.
        """
        self.reach(session, int.from_bytes(session.peer[:2], "big"))
        self.listen(session)
        session.watchClient(EPOLLOUT)

    def secured(self, session: Session) -> None:
        Outgoing.secured(self, session)
        Program.secured(self, session)

    def sweep(self, session: Session, now: float) -> None:
        Outgoing.sweep(self, session, now)
        Program.sweep(self, session, now)

    def ending(self, session: Session, outcome: Outcome, detail: str) -> Outcome:
        Outgoing.ending(self, session, outcome, detail)
        return Program.ending(self, session, outcome, detail)

    def refusal(self, outcome: Outcome, detail: str) -> bytes:
        if outcome is Outcome.AUTHORITY_MISSING:
            return reply(Code.LABEL, "SSLP754E", reason=detail)
        return super().refusal(outcome, detail)


def takeRequested(host: Host, offer: Offer, descriptors: Sequence[int]) -> Outcome | None:
    """
    Begin the session that a program asked for.

    @param descriptors: its connection and its conversation.
    @return: how it has ended already, or C{None}.
    """
    conversation = ServerConversation(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, descriptors[1]))
    client = socket.socket(fileno=descriptors[0])
    try:
        peer, order = splitOrder(offer.peer)
        port: PortAssignment = fromJson(PortAssignment, order)
        ours = not isinstance(port.securing, Outbound)
        if port.label not in host.labels and (port.label or ours):
            conversation.say(reply(Code.LABEL, "SSLP740E"))
            raise KeyError(port.label)
        wasBlocking = os.get_blocking(descriptors[0])
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        keepAlive(client)
        kind = (Program if ours else ProgramClient)(conversation, wasBlocking)
        session = Session(host, kind, offer.number, offer.slot, port, client, peer)
    except (KeyError, OSError, ValueError) as error:
        for each in (client, conversation):
            each.close()
        return Outcome.LABEL_MISSING if isinstance(error, KeyError) else Outcome.FAULT
    host.sessions[offer.number] = session
    return None
