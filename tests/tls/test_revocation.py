"""
The table of revocation (L{tests.tls.revocationtable}), with handshakes: clients and remote hosts, first and
resumed sessions.  The same beside nginx and HAProxy is L{tests.live.test_revocation}.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from copy import copy
from functools import partial
from itertools import islice

from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.securing import Remote
from sslpool.keydb.certificate import Certificate
from sslpool.tls.anchors import makeAnchor
from sslpool.tls.binding import wasResumed
from sslpool.tls.clienthello import NAMELESS
from sslpool.tls.outbound import OutboundContexts, Target
from sslpool.tls.peercertificates import useCredential
from sslpool.tls.peers import OUR_WORDS, REJECTED, Trust, reasonFor
from sslpool.tls.reception import Reception
from sslpool.tls.verification import GOOD
from tests.tls.meeting import elliptic
from tests.tls.reception import POLICY, portPolicy, reception
from tests.tls.revocationtable import EMPTY, NONE, REVOKING, TRUSTED, Cell, cells, chainOf, peersLetIn

MANY = 1 << 16
STRIDE = 11
LISTED = Cell((TRUSTED, TRUSTED), (EMPTY, EMPTY))
"""
A key database with lists that are due in 30 days.
"""


def shake(near: SSL.Connection, far: SSL.Connection) -> bool:
    """
    Complete a handshake of two ends in memory, and let each have what the other says then; return whether both
    have succeeded.
    """
    done = {near: False, far: False}
    for _ in range(8):
        for end, other in ((near, far), (far, near)):
            try:
                end.do_handshake() if not done[end] else end.recv(1)
                done[end] = True
            except SSL.WantReadError:
                pass
            except SSL.Error:
                return False
            with contextlib.suppress(SSL.WantReadError):
                while True:
                    other.bio_write(end.bio_read(MANY))
    return all(done.values())


class Clients:
    """
    A port that asks clients for certificates, and the client of a chain.

    @ivar chain: the chain.
    """

    def __init__(self, levels: int) -> None:
        self.chain = chainOf(levels)
        self._anchor = makeAnchor(POLICY)
        self._context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        useCredential(self._context, self.chain.client)

    def reception(self, trust: Trust) -> Reception:
        """
        Return the reception of a port that wants a certificate.
        """
        return reception(portPolicy("TEST", check="REQUIRED"), elliptic(), trust=trust)

    def port(self, at: Reception) -> SSL.Context:
        """
        Return the context that clients meet there now.
        """
        context = at.contextFor(NAMELESS, time.time())
        assert context is not None
        return context

    def meet(self, context: SSL.Context, session: SSL.Session | None = None) -> tuple[bool, SSL.Connection]:
        """
        Return whether the client gets in, and its end.
        """
        server, client = SSL.Connection(self._anchor, None), SSL.Connection(self._context, None)
        server.set_context(context)
        server.set_accept_state()
        client.set_connect_state()
        if session is not None:
            client.set_session(session)
        served = context.get_app_data()
        served.check.demand(server)
        return shake(client, server), client


class Hosts:
    """
    The remote host of a chain.

    @ivar chain: the chain.
    """

    def __init__(self, levels: int) -> None:
        self.chain = chainOf(levels)
        self._context = SSL.Context(SSL.TLS_SERVER_METHOD)
        self._context.set_session_id(b"host")
        useCredential(self._context, self.chain.server)
        self.target = Target(Remote("localhost"), "", 443)

    def meet(self, contexts: OutboundContexts) -> tuple[bool, SSL.Connection]:
        """
        Return whether the remote host is accepted, and our end.
        """
        # Without a socket it is in memory.
        client = contexts.connect(None, self.target, 0.0)  # type: ignore[arg-type]
        server = SSL.Connection(self._context, None)
        server.set_accept_state()
        return shake(client, server), client


def trustIn(cell: Cell) -> Trust:
    """
    Return whom servers trust.
    """
    material = cell.material()
    return Trust.of(material, (each.certificate for each in material.authorities))


class Handshakes:
    """
    Looks at cells with so many authorities.

    @param test: the test that does.
    """

    def __init__(self, test: SynchronousTestCase, levels: int) -> None:
        self._test = test
        self._clients, self._hosts = Clients(levels), Hosts(levels)
        self._before = trustIn(Cell(levels * (TRUSTED,), levels * (EMPTY,)))

    def look(self, every: Iterable[Cell]) -> None:
        """
        See that each cell comes to what it should.
        """
        clients = self._clients
        began, end = clients.meet(clients.port(clients.reception(self._before)))
        self._test.assertTrue(began)
        for cell in every:
            self._client(cell, end.get_session())
            self._host(cell)

    def _client(self, cell: Cell, former: SSL.Session | None) -> None:
        clients = self._clients
        port = clients.port(clients.reception(trustIn(cell)))
        first, end = clients.meet(port)
        self._test.assertEqual(first, cell.good, f"client: {cell}")
        self._test.assertEqual(clients.meet(port, former)[0], cell.good, f"client after a REFRESH: {cell}")
        if first:
            again, resumed = clients.meet(port, end.get_session())
            self._test.assertEqual((again, wasResumed(resumed)), (True, True), f"client that resumes: {cell}")

    def _host(self, cell: Cell) -> None:
        contexts = OutboundContexts(cell.material(), POLICY)
        first, end = self._hosts.meet(contexts)
        self._test.assertEqual(first, cell.good, f"remote host: {cell}")
        if first:
            contexts.keep(self._hosts.target, end, 0.0)
            again, resumed = self._hosts.meet(contexts)
            self._test.assertEqual((again, wasResumed(resumed)), (True, True), f"remote host that resumes: {cell}")


class TableTests(SynchronousTestCase):
    """
    The cells of the table.
    """

    def test_two(self) -> None:
        """
        A root and an authority below it.
        """
        Handshakes(self, 2).look(cells(2))

    def test_three(self) -> None:
        """
        A root and two authorities below it: some cells.  All of them take seconds, see C{make integration}.
        """
        Handshakes(self, 3).look(islice(cells(3), 0, None, STRIDE))

    def test_verdicts(self) -> None:
        """
        What is made of each cell, without handshakes; nobody gets in whom the peers would refuse.
        """
        for cell in (*cells(2), *cells(3)):
            trust, chain = trustIn(cell), cell.chain
            end = max(level for level, how in enumerate(cell.standing) if how == TRUSTED)
            authorities = [each.certificate for each in chain.authorities[end:]]
            for leaf in (chain.client, chain.server):
                found = [trust.objectionTo(partial(copy, each)) for each in (*authorities, leaf.certificate)]
                self.assertEqual(any(found), not cell.good, str(cell))
            self.assertTrue(not cell.good or peersLetIn(cell.lists) or cell.isGap, f"beside the peers: {cell}")


class TimeTests(SynchronousTestCase):
    """
    Lists that become overdue while sessions may be resumed.
    """

    def later(self, days: float) -> None:
        """
        Let the time of day go on.
        """
        now = time.time() + days * 86400
        self.patch(time, "time", lambda: now)

    def test_client(self) -> None:
        """
        A client's session does not outlast the list that let it in.
        """
        clients = Clients(2)
        trust = trustIn(LISTED)
        at = clients.reception(trust)
        _, end = clients.meet(clients.port(at))
        self.later(29)
        again, resumed = clients.meet(clients.port(at), end.get_session())
        self.assertEqual((again, wasResumed(resumed)), (True, True))
        self.later(2)
        self.assertFalse(clients.meet(clients.port(at), resumed.get_session())[0])
        self.assertFalse(clients.meet(clients.port(clients.reception(trust)), resumed.get_session())[0])

    def test_host(self) -> None:
        """
        Nor does that with a remote host, whenever it was kept.
        """
        hosts = Hosts(2)
        contexts = OutboundContexts(LISTED.material(), POLICY)
        _, first = hosts.meet(contexts)
        _, second = hosts.meet(contexts)
        contexts.keep(hosts.target, first, 0.0)
        self.later(31)
        self.assertFalse(hosts.meet(contexts)[0])
        contexts.keep(hosts.target, second, 0.0)
        self.assertFalse(hosts.meet(contexts)[0])

    def test_refreshed(self) -> None:
        """
        A session with a remote host that ends after a REFRESH is not resumed by what was read in it.
        """
        hosts = Hosts(2)
        before = OutboundContexts(LISTED.material(), POLICY)
        _, end = hosts.meet(before)
        after = OutboundContexts(Cell((TRUSTED, TRUSTED), (NONE, REVOKING)).material(), POLICY)
        after.keep(hosts.target, end, 0.0)
        self.assertFalse(hosts.meet(after)[0])


class UnreadableTests(SynchronousTestCase):
    """
    A certificate that the library takes, and that cannot be looked at.
    """

    def test_refused(self) -> None:
        """
        Where there are lists it is refused: nobody knows whether it is in one.
        """

        def unreadable() -> Certificate:
            return Certificate.unread(b"a time without seconds")

        self.assertEqual(reasonFor(trustIn(LISTED).objectionTo(unreadable)), OUR_WORDS[REJECTED])
        self.assertEqual(Trust().objectionTo(unreadable), GOOD)
