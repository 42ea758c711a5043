# -*- test-case-name: tests.test_messages -*-
"""
Messages about TLS policy: what MODE permits, names, client certificates.  Every process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES: tuple[Message, ...] = (
    Message(
        "SSLP140E",
        "Label {label} cannot be used in MODE {mode}: {reason}",
        "MODE permits RSA keys from 2048 bits and EC keys on P-256, P-384 and P-521, in certificates that are signed "
        "with SHA-2 or SHA-3, in the whole chain.  One label that it does not permit keeps all from being used, so "
        "that nobody believes more than is true.",
        "Make or import the certificate again with gskkyman, with such a key; delete the label where nobody uses it; "
        "or remove MODE.",
    ),
    Message(
        "SSLP600W",
        "MODE {mode} cannot restrict groups and signature algorithms with this release of pyOpenSSL",
        "The names by which sslpool reaches the TLS library's groups and signature algorithms are not there. "
        "Protocol versions, cipher suites and the keys of labels are restricted all the same.",
        "Install the release of pyOpenSSL that sslpool asks for.",
    ),
)
