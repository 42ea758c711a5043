# -*- test-case-name: tests.server.test_outbound -*-
"""
Sessions on connections to remote hosts that programs hand over.  Lives in a
server process.
"""

from __future__ import annotations

from select import EPOLLOUT

from sslpool.pool.requests import Code
from sslpool.server.dynamic import DynamicSession, reply
from sslpool.server.outbound import Outgoing
from sslpool.server.outcome import Outcome


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
