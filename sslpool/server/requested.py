# -*- test-case-name: tests.server.test_dynamic,tests.server.test_outbound -*-
"""
Takes the connections that programs hand over, those to remote hosts too.  Lives in a server process.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from select import EPOLLOUT
from typing import TYPE_CHECKING

from sslpool.config.securing import Outbound
from sslpool.keepalive import keepAlive
from sslpool.pool.assignment import PortAssignment
from sslpool.pool.offer import Offer, splitOrder
from sslpool.pool.requests import Code
from sslpool.reports.serial import fromJson
from sslpool.server.dynamic import Conversation, DynamicSession, reply
from sslpool.server.outbound import Outgoing
from sslpool.server.outcome import Outcome

if TYPE_CHECKING:
    from sslpool.server.relay import Relay


class DynamicClient(Outgoing, DynamicSession):
    """
    A session that a program asked for: the TLS client's side.
    """

    kind = "Dynamic outbound"

    def _begin(self) -> None:
        """
        See L{Outgoing._begin}.  The connection stands already.
        """
        super()._begin()
        self._watchClient(EPOLLOUT)

    def _refusal(self, outcome: Outcome, detail: str) -> bytes:
        if outcome is Outcome.AUTHORITY_MISSING:
            return reply(Code.LABEL, "SSLP754E", reason=detail)
        return super()._refusal(outcome, detail)


def takeRequested(relay: Relay, offer: Offer, descriptors: Sequence[int]) -> Outcome | None:
    """
    Begin the session that a program asked for.

    @param descriptors: its connection and its conversation.
    @return: how it has ended already, or C{None}.
    """
    conversation = Conversation(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, descriptors[1]))
    client = socket.socket(fileno=descriptors[0])
    try:
        peer, order = splitOrder(offer.peer)
        port: PortAssignment = fromJson(PortAssignment, order)
        ours = not isinstance(port.securing, Outbound)
        if port.label not in relay.labels and (port.label or ours):
            conversation.say(reply(Code.LABEL, "SSLP740E"))
            raise KeyError(port.label)
        wasBlocking = os.get_blocking(descriptors[0])
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        keepAlive(client)
        kind = DynamicSession if ours else DynamicClient
        if relay.traced is not None:
            kind = relay.traced.kindBefore(kind, offer.number, peer, port)
        session = kind(relay, offer.number, offer.slot, port, client, peer, conversation, wasBlocking)
    except (KeyError, OSError, ValueError) as error:
        for each in (client, conversation):
            each.close()
        return Outcome.LABEL_MISSING if isinstance(error, KeyError) else Outcome.FAULT
    relay.sessions[offer.number] = session
    return None
