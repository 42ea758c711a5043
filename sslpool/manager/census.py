# -*- test-case-name: tests.manager.test_census -*-
"""
Whose the sessions are that began while nobody counted them for their addresses: asked of the
servers when a limit of addresses is switched on.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from sslpool.interfaces import IServerLink
from sslpool.manager.member import Process
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
                asked = Deferred.fromCoroutine(_ask(process, place))
                asked.addErrback(lambda failure: announceFault(self.log, "sessions were counted", failure))


async def _ask(process: Process, place: Place) -> None:
    hosts: dict[int, str] = {}
    try:
        # One that names more than it has would have others refused, and might not come to an end.
        await _read(process.link, hosts, process.sessions)
    except (ConnectionError, OperatorError):
        pass  # it has ended, or does not answer: what it has said counts
    finally:
        process.seat.handoff.adopt((number, place(host)) for number, host in hosts.items() if host)


async def _read(link: IServerLink, hosts: dict[int, str], most: int) -> None:
    after, more = 0, True
    while more and len(hosts) < most:
        page, before = await link.sessions(after, PAGE), after
        # Pages that do not go on would not end either.
        for record in (each for each in page[:PAGE] if each.number > after):
            after = record.number
            if record.kind == "Static" and len(hosts) < most:
                hosts[record.number] = _hostOf(record.client)
        more = len(page) == PAGE and after > before


def _hostOf(client: str) -> str:
    """
    Return the address of a client, or an empty text where it is none.
    """
    host = client.rpartition(":")[0].strip("[]")
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    return host
