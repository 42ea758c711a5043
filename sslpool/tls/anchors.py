# -*- test-case-name: tests.tls.test_anchors -*-
"""
Anchor contexts: the keys of session tickets, shared by fork.

Made in the agent, inherited by every server.  A connection begins with an anchor and is switched to its label's context
with C{set_context}; OpenSSL goes on using the ticket keys of the first context, so a session that one server began
resumes on another.  The keys never leave memory.  An anchor carries the protocol range, options and lifetime, and no
certificate.  What each server does not share is the anchor's session cache, for clients that take no tickets.

A ticket is opened with the key of the connection's first context, and the tickets that this connection gives are made
with it, too: the library has no way to open with one key and make with another that pyOpenSSL could reach.  No ticket
is to be made with a key that has been replaced.  With TLS 1.2 none is made where one was accepted, so that a client
keeps it until it expires: connections that offer one of a key that was replaced less than CACHELIFE ago begin with that
key's anchor.  With TLS 1.3 one is always made: clients make a full handshake once, and have a ticket of the present
key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from attrs import frozen
from OpenSSL import SSL

from sslpool.tls.clienthello import Hello, readHello
from sslpool.tls.policy import Policy
from sslpool.tls.tickets import keyName
from sslpool.wire.cachebook import KEPT

SHORTEST_PERIOD = 43200.0
"""
The least time between two keys, in seconds, so that a short CACHELIFE does not
exhaust the ring; tickets still end after CACHELIFE.
"""

RING = 4
"""
How many anchors the agent makes.  Who reads the memory of a server has them all, so they are few; each time that they
are used up agent and servers are replaced, so they are not fewer: with the default CACHELIFE that is every third day.
"""


class KeyRotation(Protocol):
    """
    Who may ask for other keys before it is time: the stack, in the shared segment.

    @ivar rotations: how often it has asked.
    @ivar forgotten: how often that was to be without keeping those before.
    """

    @property
    def rotations(self) -> int: ...

    @property
    def forgotten(self) -> int: ...


@frozen
class NoRotation:
    """
    Nobody asks.
    """

    rotations: int = 0
    forgotten: int = 0


@frozen
class ReplacedKey:
    """
    A key that has been replaced, while its tickets are still accepted.

    @ivar name: by which its tickets name it.
    @ivar anchor: its anchor.
    @ivar until: how long, by the ring's clock.
    """

    name: bytes
    anchor: SSL.Context
    until: float


class AnchorRing:
    """
    A supply of anchors, one for each period of CACHELIFE; those of the past are
    dropped as soon as none of their tickets is valid any more.

    Two processes that inherited the ring take the same anchor at the same time.  A process that outlives the ring makes
    anchors of its own; its sessions then resume only with itself until it is restarted.

    @ivar former: the keys that are accepted though they have been replaced.
    @ivar period: how long a key is in use, in seconds.
    @ivar base: how often other keys had been asked for when the ring was made.
    @param policy: what the anchors carry.
    @param now: the present, of the clock that L{current} is asked with
        (monotonic, the same in every process), in seconds.
    @param size: how many anchors to make ahead.
    @param source: who may ask for other keys before it is time.
    """

    def __init__(self, policy: Policy, now: float, size: int = RING, source: KeyRotation | None = None) -> None:
        self.former: list[ReplacedKey] = []
        self._told: Callable[[int, int], None] = lambda key, forgotten: None
        self.period = max(float(policy.cacheLife), SHORTEST_PERIOD)
        self._policy = policy
        self._source: KeyRotation = source or NoRotation()
        self.base = self._rotated = self._source.rotations
        self._forgotten = self._source.forgotten
        self._began = now
        self._scheduled = 0
        self._anchors = [makeAnchor(policy) for _ in range(size if policy.cacheLife else 1)]
        self._until = now + self.period if policy.cacheLife else float("inf")

    def current(self, now: float) -> SSL.Context:
        """
        Return the anchor for connections that begin at C{now}.
        """
        if now >= self._until or self._source.rotations != self._rotated:
            self._turn(now)
        return self._anchors[0]

    def anchorFor(self, octets: bytes, hello: Hello) -> SSL.Context | None:
        """
        Return the anchor for a connection that begins with C{octets} and offers a ticket of a
        key that has been replaced, and no more than TLS 1.2; otherwise C{None}.

        @param hello: what they say, as far as that has been read.
        """
        for former in self.former:
            # Looking for the name costs less than reading the message, and nearly nobody says it.
            if hello.understood or former.name in octets:
                hello = hello if hello.understood else readHello(octets)
                if hello.ticket.startswith(former.name):
                    return None if self._modern(hello) else former.anchor
        return None

    def _modern(self, said: Hello) -> bool:
        """
        Tell whether TLS 1.3 may be agreed with who says this.
        """
        return said.modern and "TLSV1_3" in self._policy.protocols

    def part(self, now: float) -> None:
        """
        Have a key of its own from C{now} on, and none of those to come, in a process whose place others take.
        They may have other keys because somebody has read these, and TLS begins here all the same:
        in dialogues, and on FTP's data connections.
        """
        if self._policy.cacheLife:
            del self._anchors[1:]
            self._replace(now, now)
            self._turn(now)

    def rehearse(self, now: float) -> None:
        """
        Do the library's first-time work once, for every process that inherits the ring.
        """
        keyName(self.current(now), self._policy)

    def _turn(self, now: float) -> None:
        """
        Take the key of the present, and drop those whose tickets have all expired.
        """
        asked = self._source.rotations - self._rotated
        self._rotated += asked
        if not self._policy.cacheLife:
            return
        while now >= self._scheduledAt():
            self._scheduled += 1
            self._replace(self._began + self._scheduled * self.period, now)
        for _ in range(asked):
            self._replace(now, now)
        if self._forgotten != self._source.forgotten:
            self._forgotten = self._source.forgotten
            self.former = []
        # The library wipes the keys of a context that nobody refers to.
        self.former = [former for former in self.former if former.until > now][-KEPT:]
        self._until = min([self._scheduledAt(), *(former.until for former in self.former)])
        self._told(self.key, self.forgotten)

    def tell(self, told: Callable[[int, int], None]) -> None:
        """
        Have C{told} called when another key is the present one, with L{key} and L{forgotten}.
        """
        self._told = told

    @property
    def key(self) -> int:
        """
        How many keys of this ring were before the present one.
        """
        return self._scheduled + self._rotated - self.base

    @property
    def forgotten(self) -> int:
        """
        How often earlier keys were to be forgotten.
        """
        return self._forgotten

    def _scheduledAt(self) -> float:
        """
        Return when the next key is taken, unless somebody asks for it sooner.
        """
        return self._began + (self._scheduled + 1) * self.period

    def _replace(self, then: float, now: float) -> None:
        """
        Replace the key of the present, which was to be replaced at C{then}.
        """
        replaced = self._anchors.pop(0)
        if not self._anchors:
            self._anchors.append(makeAnchor(self._policy))
        until = then + self._policy.cacheLife
        name = keyName(replaced, self._policy) if until > now else None
        if name is not None:
            self.former.append(ReplacedKey(name, replaced, until))


def cacheMode(policy: Policy) -> int:
    """
    Return whether sessions of clients that take no tickets (TLS 1.2 and earlier) are kept in the
    memory of the server.  The library asks the connection's present context whether to give such
    a session an ID, and keeps it in the cache of its first one, the anchor: for the anchor's
    lifetime, and at most 20,480 (SSL_CTX_sess_set_cache_size(3), which pyOpenSSL does not have).
    """
    return SSL.SESS_CACHE_SERVER if policy.cacheLife else SSL.SESS_CACHE_OFF


def makeAnchor(policy: Policy) -> SSL.Context:
    """
    Return a new context with ticket keys of its own.
    """
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    policy.restrict(context)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    context.set_session_cache_mode(cacheMode(policy))
    if policy.cacheLife:
        context.set_timeout(policy.cacheLife)
    else:
        context.set_options(SSL.OP_NO_TICKET)
    return context
