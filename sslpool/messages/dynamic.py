# -*- test-case-name: tests.test_messages -*-
"""
Messages about dynamic SSL: ports whose connections become secure on the way.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES = (
    Message(
        "SSLP700W",
        "{server}: the dialogue of connection {number} from {client} to {local} was refused: {reason}",
        "On a port of dynamic SSL, client or application did not keep to the protocol before TLS began. The client "
        "was told so in its own protocol, and the connection was closed. Nothing of it had any other effect.",
        "Where the reason is the client's, none, if it is a stranger; a client of yours may need another port, or to "
        "be told how TLS begins there. Where it is the application's, see its log, and whether :dynamic. names the "
        "protocol that it speaks.",
    ),
    Message(
        "SSLP701E",
        "{nick} has :dynamic. and no :tlslabel.",
        "Connections to its ports can become secure, and nothing says which certificate they would get.",
        "Add :tlslabel. with a label of the key database, or :secureconnection.NEVER.",
    ),
    Message(
        "SSLP702W",
        "{tag} of {nick} has no effect without :dynamic.",
        "It is about connections that become secure on the way, and nothing says in which protocol.",
        "Add :dynamic. with the protocol, or remove the tag.",
    ),
    Message(
        "SSLP703W",
        "Nobody listens on ports {first} to {last} of {userid}",
        "The application's entry has :dynamic., which is for single TCP ports.",
        "Write an entry for each port.",
    ),
    Message(
        "SSLP704E",
        "INTERNALCLIENTPARMS has SECURECONNECTION {security} and no TLSLABEL",
        "Connections to the Telnet ports of INTCLIEN can become secure, and nothing says which certificate they "
        "would get.",
        "Add TLSLABEL with a label of the key database, or SECURECONNECTION NEVER.",
    ),
)
