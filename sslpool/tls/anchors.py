# -*- test-case-name: tests.tls.test_anchors -*-
"""
Anchor contexts: the keys of session tickets, shared by fork.

Made in the agent, inherited by every server.  A connection begins with an
anchor and is switched to its label's context with C{set_context}; OpenSSL goes
on using the ticket keys of the first context, so a session that one server
began resumes on another.  The keys never leave memory.  An anchor carries the
protocol range, options and lifetime, and no certificate.
"""

from __future__ import annotations

from OpenSSL import SSL

from sslpool.tls.policy import Policy

SHORTEST_PERIOD = 43200.0
"""
The least time between two keys, in seconds, so that a short CACHELIFE does not
exhaust the ring; tickets still end after CACHELIFE.
"""

RING = 400
"""
How many anchors the agent makes ahead: at least 200 days, and more than a year
with the default CACHELIFE.
"""


class AnchorRing:
    """
    A supply of anchors, one for each period of CACHELIFE; those of the past are dropped.

    Two processes that inherited the ring take the same anchor at the same time.
    A process that outlives the ring makes anchors of its own; its sessions then
    resume only with itself until it is restarted.

    @param policy: what the anchors carry.
    @param now: the present, of the clock that L{current} is asked with
        (monotonic, the same in every process), in seconds.
    @param size: how many anchors to make ahead.
    """

    def __init__(self, policy: Policy, now: float, size: int = RING) -> None:
        self._policy = policy
        self._began = now
        self._period = max(float(policy.cacheLife), SHORTEST_PERIOD)
        self._dropped = 0
        self._anchors = [makeAnchor(policy) for _ in range(size if policy.cacheLife else 1)]

    def current(self, now: float) -> SSL.Context:
        """
        Return the anchor for connections that begin at C{now}.
        """
        if not self._policy.cacheLife:
            return self._anchors[0]
        period = int((now - self._began) / self._period)
        while period > self._dropped:
            # The library wipes the keys of a context that nobody refers to.
            self._dropped += 1
            if len(self._anchors) > 1:
                del self._anchors[0]
            else:
                self._anchors[0] = makeAnchor(self._policy)
        return self._anchors[0]

    def rehearse(self, now: float) -> None:
        """
        Do the library's first-time work once, for every process that inherits the ring.
        """
        SSL.Connection(self.current(now))


def makeAnchor(policy: Policy) -> SSL.Context:
    """
    Return a new context with ticket keys of its own.
    """
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    policy.restrict(context)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    # Sessions live in tickets only: nothing is kept in the server's memory.
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    if policy.cacheLife:
        context.set_timeout(policy.cacheLife)
    else:
        context.set_options(SSL.OP_NO_TICKET)
    return context
