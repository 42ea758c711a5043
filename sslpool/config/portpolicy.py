# -*- test-case-name: tests.config.test_portrules -*-
"""
What a secure port asks of its clients beyond one certificate: several labels, ALPN,
certificates of clients and the names in them; and what its sessions keep to.  Frozen records and no rules; made in the
stack process, used in the servers.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import asdict, evolve, frozen

LEVELS = ("NONE", "PREFERRED", "REQUIRED")
"""
The levels of CLIENTCERTCHECK, the least strict first.
"""

DEPTH = 4
"""
How many authorities may stand between a client's certificate and one that is trusted.
"""

TRUNCATION = ("RESET", "LENIENT")
"""
What becomes of a stream that ends without close_notify (RFC 8446 section 6.1): the other side's connection is
reset, or the end is handed on.
"""


@frozen
class SessionTerms:
    """
    What the sessions of a port keep to, of whichever kind they are.  Each field is a PORT operand of its name.

    @ivar truncation: one of L{TRUNCATION}; empty is C{LENIENT}, and C{RESET} for FTP's data connections.
    """

    truncation: str = ""

    def words(self) -> Iterator[str]:
        """
        Yield the operands that have been given.
        """
        return (f"{name.upper()} {value}" for name, value in asdict(self).items() if value)

    def over(self, others: SessionTerms) -> SessionTerms:
        """
        Return these terms, with C{others} where nothing has been given.
        """
        return evolve(others, **{name: value for name, value in asdict(self).items() if value})


@frozen
class NamePattern:
    """
    A pattern for one of the names of a client's certificate.

    @ivar kind: C{CN}, C{OU}, C{DNS} or C{URI}.
    @ivar pattern: the name; C{*} stands for any characters, C{?} for one.
    """

    kind: str
    pattern: str


@frozen
class PortLabel:
    """
    A label of a port.

    @ivar name: the label.
    @ivar check: what is asked of clients that meet it, one of L{LEVELS}.
    """

    name: str
    check: str = "NONE"


@frozen
class PortPolicy:
    """
    The policy of a secure port.  The default is one that asks for nothing.

    @ivar labels: the labels, the port's own first; none where there is only the port's own, and
        no certificate is asked of its clients.
    @ivar strict: clients that ask for no name of any label are refused.
    @ivar alpn: the protocols of ALPN, in order of preference.
    @ivar depth: how many authorities may stand between a client's certificate and a trusted one.
    @ivar rules: which names a client's certificate may have: all patterns of any one rule; any
        names where there is no rule.
    """

    labels: tuple[PortLabel, ...] = ()
    strict: bool = False
    alpn: tuple[str, ...] = ()
    depth: int = DEPTH
    rules: tuple[tuple[NamePattern, ...], ...] = ()


PLAIN = PortPolicy()
"""
The policy of a port that asks for nothing.
"""


def stricter(one: str, other: str) -> str:
    """
    Return the stricter of two levels.
    """
    return max(one, other, key=LEVELS.index)


def settled(policy: PortPolicy) -> PortPolicy:
    """
    Return the policy without what changes nothing, so that ports that ask for nothing are seen to.
    """
    if not any(label.check != "NONE" for label in policy.labels):
        policy = evolve(policy, depth=DEPTH, rules=())
        if len(policy.labels) == 1 and not (policy.strict or policy.alpn):
            policy = evolve(policy, labels=())
    return policy
