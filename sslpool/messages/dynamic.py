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
        "On a port with dynamic TLS, the client or the application broke the protocol before TLS began. The server "
        "told the client so in that protocol and closed the connection. Nothing else happened.",
        "None, if the client is at fault and is not one of yours. A client of yours may need another port, or a "
        "setting for how TLS begins there. If the reason is the application's, see its log, and whether :dynamic. "
        "names the protocol that it speaks.",
    ),
    Message(
        "SSLP701E",
        "{nick} has :dynamic. and no :tlslabel.",
        "Connections to its ports can be secured, but nothing says which certificate they get.",
        "Add :tlslabel. with a label of the key database, or :secureconnection.NEVER.",
    ),
    Message(
        "SSLP702W",
        "{tag} of {nick} has no effect without :dynamic.",
        "The tag is for connections that dynamic TLS secures, and nothing says in which protocol.",
        "Add :dynamic. with the protocol, or remove the tag.",
    ),
    Message(
        "SSLP703W",
        "The stack does not listen on ports {first} to {last} of {userid}",
        "The application's entry has :dynamic., which is for single TCP ports.",
        "Write an entry for each port.",
    ),
    Message(
        "SSLP704E",
        "INTERNALCLIENTPARMS has SECURECONNECTION {security} and no TLSLABEL",
        "Connections to the Telnet ports of INTCLIEN can be secured, but nothing says which certificate they get.",
        "Add TLSLABEL with a label of the key database, or SECURECONNECTION NEVER.",
    ),
)
