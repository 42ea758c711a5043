# -*- test-case-name: tests.test_messages -*-
"""
The part of the section "configuration" of the catalogue that is about DTCPARMS files.  Every process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES: tuple[Message, ...] = (
    Message(
        "DTCRUN1028E",
        ':Stack.{stack} specified in {where} does not match "TcpipUserid {userid}" in the TCPIP DATA file',
        "The SSL server belongs to a stack other than the one that would use it.",
        "Correct the :stack. tag, or TCPIPUSERID in TCPIP.DATA.",
    ),
    Message(
        "DTCRUN1099E",
        "Server not started - correct problem and retry",
        "The message before this one says why.",
        "Correct that, and start the stack again.",
    ),
    Message(
        "SSLP230E",
        "{found} comes before the first :nick.",
        "Every entry begins with :nick.; what comes before it belongs to none.",
        "Add :nick. and the server's name, or make the line a comment with .* in front.",
    ),
    Message(
        "SSLP231E",
        "{nick} has no :type.",
        "An entry describes a server or a class of servers.",
        "Add :type.server or :type.class.",
    ),
    Message(
        "SSLP232E",
        "{tag} is not a tag",
        "No tag has this name, so its value was not used.",
        "Correct the spelling, or make the line a comment with .* in front.",
    ),
    Message(
        "SSLP233W",
        "{nick} already has an entry at line {other}; this one is not used",
        "The first entry in a file counts.",
        "Remove one of the entries.",
    ),
    Message(
        "SSLP234W",
        "The entry {nick} is not used: this file is only for the server {owner}",
        "A DTCPARMS file with a server's name is read for that server only.",
        "Move the entry to SYSTEM.DTCPARMS.",
    ),
    Message(
        "SSLP235W",
        "No file has a class {name}, which {nick} names",
        "The server gets no defaults from its class.",
        "Correct :class., or add an entry with :type.class.",
    ),
    Message(
        "SSLP236E",
        "No entry with :class.ssl for SSL server {server} of stack {stack}",
        "SSLSERVERID * needs a pool entry, whose name ends with *; SSLSERVERID with a user ID needs an entry of that "
        "name.",
        "Add an entry such as :nick.SSL* :type.server :class.ssl :stack.TCPIP, or correct SSLSERVERID.",
    ),
    Message(
        "SSLP237E",
        "{pool} is a second pool for stack {stack}, which has {first}",
        "A stack has one pool.",
        "Correct :stack. of one of the entries.",
    ),
    Message(
        "SSLP238E",
        "{nick} has no :stack., so stack {stack} cannot find it",
        "SSL servers and their agent name the stack that they belong to.",
        "Add :stack. with the stack's user ID.",
    ),
    Message(
        "SSLP239E",
        ":stack.{stack} in {where} is not the stack that is starting, {userid}",
        "The SSL server belongs to another stack. The stack's user ID comes from --stack, or is the default.",
        "Correct the :stack. tag, or the operand of --stack.",
    ),
    Message(
        "SSLP240E",
        "No agent acts for {pool} of stack {stack}",
        "The pool's session cache needs an agent: an entry with :class.ssl_dcss_agent whose :for. names the pool.",
        "Add an entry such as :nick.SSLDCSSM :type.server :class.ssl_dcss_agent :stack.TCPIP :for.SSL*.",
    ),
    Message(
        "SSLP241E",
        "Agent {nick} has no :for.",
        "The tag names the pool or server that the agent acts for, such as SSL*.",
        "Add :for. with the name of the pool.",
    ),
    Message(
        "SSLP242E",
        "Stack {stack} is not configured for SSL: {found}",
        "In the stack's server entry, :dcss_parms. says whether it has a session cache, and so SSL.",
        "Add :dcss_parms.<DEFAULT> to the entry of the stack.",
    ),
    Message(
        "SSLP243E",
        ":dcss_parms. of {nick}: found {found}, expected {expected}",
        "The tag does not describe a session cache.",
        "Write :dcss_parms.<DEFAULT>.",
    ),
    Message(
        "SSLP244W",
        "{nick} is a stack, but its :class. is not stack",
        "An entry with the stack's name could describe something else.",
        "Write :class.stack, or choose another name for the server.",
    ),
    Message(
        "SSLP245E",
        "{nick} cannot be the name of a pool",
        "Members have this name and five digits, in at most eight characters, so the name has one to three.",
        "Choose a shorter name, such as SSL*.",
    ),
    Message(
        "SSLP246W",
        "{tag} of {nick} was read and has no effect in this release",
        "The connection to the application is made as if the tag were not there.",
        "Remove it, or secure the port with SECURE.",
    ),
    Message(
        "SSLP247W",
        "The entry {nick} is not used: members of {pool} share its entry",
        "All servers of a pool have the same configuration.",
        "Move what is needed to the entry of the pool.",
    ),
    Message(
        "SSLP248I",
        "{nick} has no :admin_id_list.",
        "Only the user who runs the stack may use privileged SSLADMIN commands.",
        "Add :admin_id_list. with user IDs if others should use them.",
    ),
    Message(
        "SSLP249E",
        "{nick} cannot be a pool: its :class. is not ssl",
        "Only SSL servers form pools, and only their names end with *.",
        "Remove the *, or write :class.ssl.",
    ),
    Message(
        "SSLP291W",
        "There is no directory {source}, so :mount. changes nothing below {target}",
        "A KEYFILE below the target is read from below the source, if that is a directory of this system.",
        "Create the directory, or correct :mount.",
    ),
    Message(
        "SSLP292W",
        ":dcss_parms. of {nick} names segment {found}, but that of {stack} names {expected}",
        "The stack and its agent share one segment, and the stack's entry names it.",
        "Write the same value in both entries.",
    ),
)
