# -*- test-case-name: tests.sessions.test_hello -*-
"""
The receptions of a server's ports, as of the labels in use.  Lives in a server process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sslpool.pool.assignment import PortAssignment
from sslpool.tls.peers import Trust
from sslpool.tls.reception import Reception

if TYPE_CHECKING:
    from sslpool.server.relay import Relay


class Receptions:
    """
    What sessions need that ask more of a client than others.

    @ivar trust: whose word counts about clients; replaced together with the relay's labels.
    """

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._made: dict[int, Reception] = {}
        self.trust = Trust()

    def of(self, port: PortAssignment) -> Reception:
        """
        Return the reception of a port.

        @raise KeyError: the key database does not have the port's label.
        """
        made = self._made.get(port.key)
        if made is None or made.labels is not self._relay.labels or made.port is not port:
            made = self._made[port.key] = Reception(port, self._relay.labels, self.trust)
        return made
