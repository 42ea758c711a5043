# -*- test-case-name: tests.tls.test_reception -*-
"""
The reception of a port with several labels, or with demands of its own: which context serves
a client, by what it says.  Servers.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from OpenSSL import SSL

from sslpool.config.portpolicy import PortLabel, stricter
from sslpool.tls.clienthello import Hello
from sslpool.tls.contexts import makeContext
from sslpool.tls.labels import Label, sessionScope
from sslpool.tls.naming import NamedLabel, Naming
from sslpool.tls.peers import ClientCheck, Trust
from sslpool.wire.assignment import PortAssignment


class Reception:
    """
    The contexts of a port, by what clients ask for.

    @ivar port: the port.
    @ivar labels: all labels by name; those of the port that are missing are left out.
    @param trust: whose word counts about clients.
    @raise KeyError: the port's own label is missing.
    """

    def __init__(self, port: PortAssignment, labels: Mapping[str, Label], trust: Trust) -> None:
        self.port = port
        self.labels = labels
        self.policy = port.policy
        self._trust = trust
        asked = port.policy.labels or (PortLabel(port.label),)
        self._checks = {label.name: label.check for label in asked}
        others = [name for name in self._checks if name in labels and name != port.label]
        present = [labels[name] for name in (port.label, *others)]
        modern = "TLSV1_3" in present[0].policy.versions()
        self._naming = Naming([NamedLabel.of(label.credential) for label in present], modern)
        self._contexts: dict[tuple[bool, tuple[str, ...]], SSL.Context] = {}
        self._stage = 0

    def contextFor(self, hello: Hello, now: float) -> SSL.Context | None:
        """
        Return the context for a client; C{None} where it is to be refused for the name that it asks for.

        @param hello: what it has said.  Of what is not understood the library is the judge.
        @param now: the present, in seconds since the epoch.
        """
        named = self._naming.named(hello.name)
        if named is None and self.policy.strict and hello.understood:
            return None
        serving = tuple(each.label for each in self._naming.serving(named, hello, now))
        revoked = self._trust.revoked
        if revoked and (stage := revoked.stage(now)) != self._stage:
            # A list has become valid or overdue: what has begun before is not resumed.
            self._stage = stage
            self._contexts.clear()
        isNamed = named is not None
        context = self._contexts.get((isNamed, serving))
        if context is None:
            context = self._contexts[isNamed, serving] = self._make(isNamed, serving)
        return context

    def _make(self, isNamed: bool, serving: tuple[str, ...]) -> SSL.Context:
        """
        Return the context of the labels C{serving}.

        @param isNamed: the client has asked for a name that they bear.
        """
        check = self._checkFor(serving)
        first = self.labels[serving[0]]
        credentials = [self.labels[name].credential for name in serving]
        scope = sessionScope(first.credential)
        if len(serving) > 1 or check is not None or self.policy.alpn:
            digest = sha256(b"".join(map(sessionScope, credentials)))
            digest.update(b"" if check is None else b"%d/%b" % (self._stage, check.digest()))
            digest.update(",".join(self.policy.alpn).encode("ascii"))
            scope = digest.digest()
        elif not isNamed:
            return first.context
        staples = {name: staple for name in serving if (staple := self.labels[name].staple) is not None}
        return makeContext(credentials, first.policy, scope, self.policy.alpn, check, staples, isNamed)

    def _checkFor(self, serving: tuple[str, ...]) -> ClientCheck | None:
        level = "NONE"
        for name in serving:
            level = stricter(level, self._checks[name])
        if level == "NONE":
            return None
        return ClientCheck(level == "REQUIRED", self._trust, self.policy.depth, self.policy.rules)
