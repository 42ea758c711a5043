# -*- test-case-name: tests.server.test_dynamic -*-
"""
Takes the connections that programs hand over.  Lives in a server process.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sslpool.keepalive import keepAlive
from sslpool.pool.assignment import PortAssignment
from sslpool.pool.offer import Offer, splitOrder
from sslpool.pool.requests import Code
from sslpool.reports.serial import fromJson
from sslpool.server.dynamic import Conversation, DynamicSession, reply
from sslpool.server.dynamicclient import DynamicClient
from sslpool.server.outcome import Outcome

if TYPE_CHECKING:
    from sslpool.server.relay import Relay


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
        if port.label not in relay.labels and (port.label or port.remote is None):
            conversation.say(reply(Code.LABEL, "SSLP740E"))
            raise KeyError(port.label)
        wasBlocking = os.get_blocking(descriptors[0])
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        keepAlive(client)
        kind = DynamicSession if port.remote is None else DynamicClient
        if relay.traced is not None:
            kind = relay.traced.kindBefore(kind, offer.number, peer, port)
        session = kind(relay, offer.number, offer.slot, port, client, peer, conversation, wasBlocking)
    except (KeyError, OSError, ValueError) as error:
        for each in (client, conversation):
            each.close()
        return Outcome.LABEL_MISSING if isinstance(error, KeyError) else Outcome.FAULT
    relay.sessions[offer.number] = session
    return None
