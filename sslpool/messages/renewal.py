# -*- test-case-name: tests.test_messages -*-
"""
Messages about REFRESH and the session cache.  Every process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES: tuple[Message, ...] = (
    Message(
        "SSLP160I",
        "{server} serves {label} until {date}, SHA-256 {fingerprint}",
        "After REFRESH: the certificate that new handshakes of the server see under the label, with its expiry (UTC) "
        "and fingerprint.",
        "None.",
    ),
    Message(
        "SSLP161E",
        "REFRESH was refused as a whole: {reasons}",
        "Before any server changes its certificates, every server and the stack read and check the key database.  "
        "Something is wrong with it, or a server did not answer, and so all servers go on with the certificates "
        "that they had.",
        "Put right what the reasons and the messages before this one say, then use SSLADMIN REFRESH again.",
    ),
    Message(
        "SSLP162W",
        "{server} has ended meanwhile; it reads the key database when it is started again",
        "The server's process ended during REFRESH.  The other servers were not held up.",
        "Look for the reason in the log.",
    ),
    Message(
        "SSLP163E",
        "The chain of label {label} is broken: {lower} was not issued by {upper}",
        "Clients could not verify the certificate: each one of the chain must have issued the one before it.",
        "Import the certificate again with gskkyman, together with the certificates above it.",
    ),
    Message(
        "SSLP164E",
        "{server} has not prepared these certificates",
        "The second step of REFRESH came for other certificates than those of the first.",
        "Use SSLADMIN REFRESH again.",
    ),
    Message(
        "SSLP165E",
        "Label {label} is in use by a port, and is missing in the key database",
        "A certificate that a secure port uses was taken out of the key database, or has no private key there any "
        "more.",
        "Put the label back with gskkyman, or take the port out of the configuration, then use SSLADMIN REFRESH.",
    ),
)
