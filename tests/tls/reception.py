"""
Handshakes with a port's reception, made as sessions make them: first the name, then the
context, then the client's certificate.  Tests only.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time

from attrs import evolve
from OpenSSL import SSL

from sslpool.config.portpolicy import PLAIN, NamePattern, PortLabel, PortPolicy
from sslpool.keydb.records import Credential
from sslpool.tls.anchors import makeAnchor
from sslpool.tls.clienthello import readHello
from sslpool.tls.contexts import servedBy
from sslpool.tls.labels import buildLabels
from sslpool.tls.peers import Trust
from sslpool.tls.policy import Policy
from sslpool.tls.reception import Reception
from sslpool.wire.assignment import Address, PortAssignment
from tests.doubles.certificates import credentialPem
from tests.tls.meeting import Meeting, trusting

POLICY = Policy()
PORT = PortAssignment(443, "127.0.0.1:443", "APPL", "A", (Address(socket.AF_INET, "127.0.0.1", 80),))


def portPolicy(
    *labels: str, check: str = "NONE", rules: tuple[tuple[str, str], ...] = (), depth: int = 4
) -> PortPolicy:
    """
    Return the policy of a port with these labels.

    @param labels: each as C{LABEL}, or C{LABEL=CHECK} where it has a check of its own.
    @param rules: patterns that all have to fit.
    """
    pairs = [label.partition("=") for label in labels]
    found = tuple(PortLabel(name, own or check) for name, _, own in pairs)
    patterns = tuple(NamePattern(kind, pattern) for kind, pattern in rules)
    return evolve(PLAIN, labels=found, depth=depth, rules=(patterns,) if patterns else ())


def reception(policy: PortPolicy, *credentials: Credential, trust: Trust = Trust()) -> Reception:  # noqa: B008 - frozen
    """
    Return the reception of a port, newly built as another server would.
    """
    port = evolve(PORT, label=policy.labels[0].name if policy.labels else credentials[0].label, policy=policy)
    return Reception(port, buildLabels(credentials, POLICY, 1), trust)


class Received(Meeting):
    """
    A server that chooses by name, and Python's own TLS.

    @ivar name: the name that the client asks for.
    """

    def __init__(
        self,
        at: Reception,
        context: ssl.SSLContext | None = None,
        name: str = "localhost",
        session: ssl.SSLSession | None = None,
        anchor: SSL.Context | None = None,
    ) -> None:
        own = at.labels[at.port.label].context
        super().__init__(anchor or makeAnchor(POLICY), own, context or trusting(), session, name)
        with contextlib.suppress(ssl.SSLWantReadError):
            self.client.do_handshake()
        self.give()
        hello = readHello(self.near.recv(1 << 14, socket.MSG_PEEK))
        chosen = at.contextFor(hello, time.time())
        assert chosen is not None
        self.server.set_context(chosen)
        served = servedBy(self.server)
        assert served is not None
        if served.check is not None:
            served.check.demand(self.server)


def showing(credential: Credential | None, directory: str, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    """
    Return the context of a client that shows a certificate.

    @param directory: where it may be written, since Python reads it from files only.
    """
    context = trusting(version)
    context.check_hostname = False
    if credential is not None:
        path = f"{directory}.{credential.certificate.serial:x}.pem"
        with open(path, "wb") as file:
            file.write(credentialPem(credential))
        context.load_cert_chain(path)
    return context
