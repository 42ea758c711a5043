# -*- test-case-name: tests.manager.test_census -*-
"""
Whose the sessions are that began while nobody counted them for their addresses: asked of the
servers when a limit of addresses is switched on.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from sslpool.interfaces import IHandoff, IServerLink
from sslpool.manager.pool import Pool
from sslpool.messages import OperatorError
from sslpool.messages.announce import announceFault
from sslpool.pool.peers import Peer

PAGE = 100
"""
How many sessions a server is asked for at once.
"""

Place = Callable[[str], Peer | None]
"""
Returns the place of an address in the table; C{None} where it is not counted.
"""


class Census:
    """
    Asks servers for their sessions.

    @param pool: the pool.
    """

    log = Logger()

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def begin(self, place: Place) -> None:
        """
        Have what every process has counted, as soon as it has answered.
        """
        for member in self._pool.members:
            for process in member.processes:
                # From now on: what ends before the answer has come is not counted any more.
                process.seat.handoff.watch()
                asked = Deferred.fromCoroutine(_ask(process.link, process.seat.handoff, place))
                asked.addErrback(lambda failure: announceFault(self.log, "sessions were counted", failure))


async def _ask(link: IServerLink, handoff: IHandoff, place: Place) -> None:
    hosts: dict[int, str] = {}
    try:
        await _read(link, hosts)
    except (ConnectionError, OperatorError):
        pass  # it has ended, or does not answer: what it has said counts
    finally:
        handoff.adopt((number, place(host)) for number, host in hosts.items())


async def _read(link: IServerLink, hosts: dict[int, str]) -> None:
    after, more = 0, True
    while more:
        page = await link.sessions(after, PAGE)
        for record in page:
            after = record.number
            if record.kind == "Static":
                hosts[record.number] = record.client.rpartition(":")[0].strip("[]")
        more = len(page) == PAGE
