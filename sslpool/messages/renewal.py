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
    Message(
        "SSLP166W",
        "{server} has the ticket keys of an earlier agent",
        "The agent that forked the server has died, and its keys with it.  Sessions resume only among servers that "
        "have the same keys; elsewhere clients make a full handshake.",
        "Use SSLADMIN RESTART: each server then has the keys of the present agent.",
    ),
    Message(
        "SSLP167E",
        "No ticket key of {agent} is left",
        "The agent makes a certain number of keys before it forks servers, and all have been used.  Servers go on with "
        "keys of their own when the present one is replaced; their sessions do not resume on other servers.",
        "Start the stack again when that is convenient.",
    ),
    Message(
        "SSLP168E",
        "CACHELIFE is 0: no session is resumed, and there is no ticket key to be replaced",
        "The VMSSL operands switch resumption off.",
        "None; or change CACHELIFE in :parms. and start the stack again.",
    ),
    Message(
        "SSLP169I",
        "All servers take another ticket key; sessions that have begun before are resumed for {seconds} s more",
        "Tickets are made with the new key from now on.  Those of earlier keys are accepted as long as they are valid.",
        "None.",
    ),
    Message(
        "SSLP170I",
        "All servers take another ticket key; sessions that have begun before are not resumed any more",
        "The keys before are wiped from memory.  Clients make a full handshake once.",
        "None.",
    ),
    Message(
        "SSLP171I",
        "The key database has changed: REFRESH",
        ":mount. says that a change of the key database is to be followed.  What comes of it is in the messages "
        "after this one.",
        "None.",
    ),
)
