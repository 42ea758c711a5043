# -*- test-case-name: tests.test_messages -*-
"""
Messages about the limits of clients, and about who may come at all.  Every process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES: tuple[Message, ...] = (
    Message(
        "SSLP148E",
        "{statement}: {found} is no network: {reason}; expected {expected}",
        "Networks are written as an address with the number of its leading bits, or with a mask.  Bits behind the mask "
        "must be zero, so that a network is not written for another by mistake.",
        "Correct the network.",
    ),
    Message(
        "SSLP149E",
        "PORT {port}: ALLOW and DENY are for a single TCP port",
        "The entry is about UDP, or about a range of ports.",
        "Write an entry for each port, or take ALLOW and DENY out.",
    ),
    Message(
        "SSLP150W",
        "PORT {port}: ALLOW and DENY have no effect, since the stack does not listen on this port",
        "The port is in cleartext: its application listens there itself.",
        "Add SECURE, or have the application or the system's packet filter see to it.",
    ),
    Message(
        "SSLP151W",
        "A connection from {client} was refused: {reason}",
        "The client is not in ALLOW of the port or is in DENY, or it is above a limit of the profile.  The connection "
        "was reset before anything was read.  At most three refusals for the same reason are logged in a minute; "
        "further ones are counted (SSLP152W), and SSLADMIN QUERY STATUS DETAILS has all of them.",
        "None, if the client is not to come, or makes too many connections.  Otherwise raise the limit, or add the "
        "client to LIMITEXEMPT or to ALLOW; OBEYFILE does that while the stack runs.",
    ),
    Message(
        "SSLP152W",
        "Further connections refused within {seconds} s: {count}, {reason}",
        "Of the refusals for one reason, three in a minute are logged (SSLP151W).  These are the others.",
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
        "HANDSHAKERATE {rate} is reached: connections wait until others have been let in",
        "More connections come than SSLLIMITS HANDSHAKERATE lets in.  They wait in the kernel's backlog, for WAIT "
        "seconds at most.  This message comes once a minute at most.",
        "Raise HANDSHAKERATE if the processors have time left.",
    ),
)
