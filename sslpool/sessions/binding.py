# -*- test-case-name: tests.sessions.test_ftp -*-
"""
Sessions whose data connections have to resume their TLS session, so that nobody else can make
them.  Lives in a server process.

The library does not tell which session has been resumed, and with TLS 1.3 and tickets it does not
know.  But it resumes a session only in the scope in which it began: a control session that has a
scope of its own can be told from all others.
"""

from __future__ import annotations

import os
from hashlib import sha256

from attrs import frozen
from OpenSSL import SSL

from sslpool.sessions.hello import demandFor
from sslpool.sessions.session import Session
from sslpool.tls.contexts import makeContext, servedBy
from sslpool.tls.labels import sessionScope


@frozen
class Bound:
    """
    What a control session and its data connections have in common.

    @ivar anchor: the context whose ticket keys they use.
    @ivar context: the context with the certificate and the scope.
    """

    anchor: SSL.Context
    context: SSL.Context


def bind(session: Session) -> Bound:
    """
    Give a control session, whose handshake is about to begin, a scope of its own.  It resumes no earlier session.

    @raise KeyError: the label has gone from the key database.
    """
    host, port = session.host, session.port
    served = servedBy(session.connection)
    names = (port.label,) if served is None else served.labels
    labels = [host.labels[name] for name in names]
    scope = sha256(b"".join(sessionScope(label.credential) for label in labels) + os.urandom(16))
    check = None if served is None else served.check
    context = makeContext(
        [label.credential for label in labels], labels[0].policy, scope.digest(), port.policy.alpn, check
    )
    session.secureWith(host.anchor, context)
    session.asked = demandFor(session.connection)
    return Bound(host.anchor, context)
