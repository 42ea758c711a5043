# -*- test-case-name: tests.test_composition -*-
"""
What stands in front of the pool: the secure ports, and who lets clients in.  Lives in the stack process.
"""

from __future__ import annotations

from attrs import frozen

from sslpool.composition.pool import PoolParts
from sslpool.composition.ways import Way
from sslpool.interfaces import IStackReactor
from sslpool.manager.census import Census
from sslpool.stack.acceptor import Acceptor
from sslpool.stack.admission import Admission
from sslpool.stack.listening import ListeningPorts
from sslpool.stack.lookups import Lookups
from sslpool.stack.names import resolved
from sslpool.stack.ports import Ports


@frozen(eq=False)
class FrontParts:
    """
    The ports, and who lets clients in.
    """

    ports: Ports
    admission: Admission
    acceptor: Acceptor
    listening: ListeningPorts
    lookups: Lookups


def makeFront(reactor: IStackReactor, way: Way, parts: PoolParts) -> FrontParts:
    """
    Make the front of a pool, which is open when the first server is Active.
    """
    configuration, pool = way.configuration, parts.pool
    ports = Ports(configuration.ports)
    admission = Admission(reactor, pool.router, ports.doors, Census(pool).begin)
    admission.follow(configuration.limits, configuration.exempt)
    acceptor = Acceptor(reactor, parts.segment, pool.router, admission, ports.farewell)
    listening = ListeningPorts(ports, configuration.keyFile, parts.accepted, acceptor, pool.setPort)
    pool.firstActive.addCallback(lambda _: listening.serve()).addCallback(lambda _: way.serving())
    lookups = Lookups(reactor, ports, pool.setPort, listening.give, resolved)
    return FrontParts(ports, admission, acceptor, listening, lookups)
