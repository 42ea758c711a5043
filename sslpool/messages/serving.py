# -*- test-case-name: tests.test_messages -*-
"""
Messages that say whether new clients are served.  Stack and commands.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES: tuple[Message, ...] = (
    Message(
        "SSLP455I",
        "New clients are served; Active servers: {active} of {servers}",
        "A server has room for the next connection, every secure port is open, and every application can be reached "
        "as far as is known.",
        "None.",
    ),
    Message(
        "SSLP456I",
        "New clients are served as soon as {server} is Active; no Active server has room",
        "The next connection waits until the server has started, usually for less than a second. An Eligible server "
        "is activated by that connection.",
        "None.",
    ),
    Message(
        "SSLP457W",
        "No server is Active, since all are Stopped: {servers}; {clients}",
        "The stack does not activate servers that are Stopped. Connections that have waited that long are closed.",
        "Use SSLADMIN START.",
    ),
    Message(
        "SSLP458E",
        "No server takes connections: {server} has died: {reason}; {clients}",
        "The server is started again, after a delay that grows with each death. Connections that have waited that "
        "long are closed.",
        "Put right what the reason says. The server then becomes Active by itself; SSLADMIN START does not "
        "wait for the delay.",
    ),
    Message(
        "SSLP459W",
        "No server is Active yet: {server} is Starting; {clients}",
        "Clients are served as soon as the server is Active. The ports are opened when the first server is Active for "
        "the first time.",
        "Wait. If it lasts longer than a minute, look for messages of this server in the log.",
    ),
    Message(
        "SSLP460E",
        "No server takes connections: {reasons}; {clients}",
        "A server that hangs, or that has no descriptors or memory left, gets no new connections. It is replaced if "
        "it hangs too long.",
        "See the messages of these servers in the log (SSLP136W, SSLP124E). Use SSLADMIN START for servers that are "
        "Stopped.",
    ),
    Message(
        "SSLP461E",
        "No secure port serves new clients: {reasons}",
        "Each port has a reason of its own.",
        "See the message of each reason; QUERY SERVING says what to do about all of them.",
    ),
    Message(
        "SSLP462W",
        "No secure port is configured",
        "PORT has no entry with SECURE, so that no client comes.",
        "Add a PORT entry with SECURE, by NETSTAT OBEY or in the PROFILE file.",
    ),
    Message(
        "SSLP463W",
        "The stack does not listen on {local} yet",
        "Secure ports are opened when the first server is Active.",
        "Wait, and ask again.",
    ),
    Message(
        "SSLP464E",
        "Port {port} closes its connections: no server has label {label}",
        "The port was opened when the label could be used. A REFRESH has found the key database without it, or no "
        "server can use it any more.",
        "Put the label back with gskkyman, then use SSLADMIN REFRESH; or name another label in the PORT statement.",
    ),
    Message(
        "SSLP465E",
        "{application} at {addresses} cannot be reached: {reason}",
        "The application behind a secure port takes no connections. Clients get a secure connection that is closed at "
        "once.",
        "Start the application, or correct its :address. in the DTCPARMS file (--connect on a command line).",
    ),
    Message(
        "SSLP466W",
        "New clients are served on {open} of {ports} secure ports; not on the others: {reasons}",
        "Some ports cannot serve their clients.",
        "See the message of each reason; QUERY SERVING says what to do about all of them, and with the number of a "
        "port answers for that one.",
    ),
    Message(
        "SSLP468I",
        "No server takes connections now; the next connection activates {server}",
        "The stack activates an Eligible server when a connection comes, which waits until it has started.",
        "Use SSLADMIN START to have a server Active before that.",
    ),
    Message(
        "SSLP467E",
        "Stack {stack} has no secure port {port}",
        "QUERY SERVING was asked about a port that no PORT statement secures.",
        "Use NETSTAT CONN to see the secure ports.",
    ),
)
