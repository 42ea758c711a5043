# -*- test-case-name: tests.test_messages -*-
"""
Messages about the limits of clients, and about who may come at all.  Every process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES: tuple[Message, ...] = (
    Message(
        "SSLP148E",
        "{statement}: {found} is not a network: {reason}; expected {expected}",
        "A network is an address with the number of its leading bits, or with a mask. Bits after the mask must be "
        "zero, so that a mistyped network is noticed.",
        "Correct the network.",
    ),
    Message(
        "SSLP149E",
        "PORT {port}: ALLOW and DENY are for a single TCP port",
        "The entry is for UDP, or for a range of ports.",
        "Write an entry for each port, or remove ALLOW and DENY.",
    ),
    Message(
        "SSLP150W",
        "PORT {port}: ALLOW and DENY have no effect, because the stack does not listen on this port",
        "The port is in cleartext: its application listens there itself.",
        "Add SECURE, or restrict clients in the application or with the system's packet filter.",
    ),
    Message(
        "SSLP151W",
        "A connection from {client} was refused: {reason}",
        "The client is not in ALLOW of the port, is in DENY, or exceeds a limit of the profile. The stack reset the "
        "connection before it read anything. At most three refusals for the same reason are logged in a minute; the "
        "others are counted (SSLP152W, and SSLADMIN QUERY STATUS DETAILS).",
        "None, if you do not want this client. Otherwise raise the limit, or add the client to LIMITEXEMPT or ALLOW; "
        "OBEYFILE does this while the stack runs.",
    ),
    Message(
        "SSLP152W",
        "Further connections refused within {seconds} s: {count}, {reason}",
        "At most three refusals for the same reason are logged in a minute (SSLP151W). These are the others.",
        "See SSLP151W.",
    ),
    Message(
        "SSLP153W",
        "The table of addresses is full ({size}): connections of other addresses are not counted",
        "The table has a fixed size, and keeps an address while it has connections. Other addresses are admitted, and "
        "FOREIGNIPCONLIMIT and PEERRATE do not apply to them. The limits of the pool do.",
        "None, if you have that many clients. Otherwise the stack is being flooded from many addresses: "
        "PENDINGCONNECTIONLIMIT and HANDSHAKERATE limit all of them together.",
    ),
    Message(
        "SSLP154W",
        "HANDSHAKERATE {rate} is reached: further connections wait",
        "More connections arrive than SSLLIMITS HANDSHAKERATE admits. They wait in the kernel's backlog for at most "
        "WAIT seconds. It is logged at most once a minute.",
        "Raise HANDSHAKERATE if the processors have capacity left.",
    ),
)
