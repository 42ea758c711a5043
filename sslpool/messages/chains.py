# -*- test-case-name: tests.test_messages -*-
"""
Messages about the certificates that stand above another.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

_FITNESS = (
    Message(
        "SSLP840E",
        "The chain is incomplete: {lower} names {issuer} as its issuer, and no certificate of this name that is here "
        "has the key with which it was signed.",
        "Signatures say who has issued a certificate, not names. The authority has changed its key, another one has "
        "the same name, or a certificate was changed. Nothing was stored.",
        "Ask the authority for the certificates above {lower}, and put them into the file. To store it all the same "
        "say --unchecked.",
    ),
    Message(
        "SSLP841E",
        "{other} does not stand above the certificate: nothing leads to it from {lower}, which {issuer} has issued.",
        "The certificate of {issuer} is missing in the file, or what else is there belongs to another certificate. "
        "Nothing was stored.",
        "Put the missing certificate into the file, or take out of it what does not belong there. To store it all the "
        "same say --unchecked.",
    ),
)

_VALIDITY = (
    Message(
        "SSLP847W",
        "{server} goes on with the former chain of label {label}: {reason}",
        "An issuer's certificate has expired, or another one has become valid, and the new chain cannot be used.",
        "Import the certificate again with gskkyman, together with those above it, and use SSLADMIN REFRESH.",
    ),
)

MESSAGES: tuple[Message, ...] = (*_FITNESS, *_VALIDITY)
