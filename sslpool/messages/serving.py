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
        "The next connection waits until the server has started, usually less than a second. That connection "
        "activates an Eligible server.",
        "None.",
    ),
    Message(
        "SSLP457W",
        "No server is Active, because all are Stopped: {servers}; {clients}",
        "The stack does not activate Stopped servers. After WAIT seconds, it closes connections.",
        "Use SSLADMIN START.",
    ),
    Message(
        "SSLP458E",
        "No server takes connections: {server} died: {reason}; {clients}",
        "The stack starts the server again, with a delay that grows with each death. After WAIT seconds, it closes "
        "connections.",
        "Correct what the reason names. The server then becomes Active by itself; SSLADMIN START does not wait for "
        "the delay.",
    ),
    Message(
        "SSLP459W",
        "No server is Active yet: {server} is Starting; {clients}",
        "Clients are served as soon as the server is Active. The stack opens the ports when the first server is "
        "Active for the first time.",
        "Wait. If this takes longer than a minute, look for messages of this server in the log.",
    ),
    Message(
        "SSLP460E",
        "No server takes connections: {reasons}; {clients}",
        "A server that hangs, or has no descriptors or memory left, gets no new connections. The stack replaces a "
        "server that hangs too long.",
        "See the messages of these servers in the log (SSLP136W, SSLP124E). For Stopped servers, use SSLADMIN START.",
    ),
    Message(
        "SSLP461E",
        "No secure port serves new clients: {reasons}",
        "Each port has its own reason.",
        "See the message of each reason. For what to do about each, use SSLADMIN QUERY SERVING.",
    ),
    Message(
        "SSLP462W",
        "No secure port is configured",
        "No PORT entry has SECURE, so no client can connect.",
        "Add a PORT entry with SECURE, with sslnetstat obey or in the profile.",
    ),
    Message(
        "SSLP463W",
        "The stack does not listen on {local} yet",
        "The stack opens secure ports when the first server is Active.",
        "Wait, and ask again.",
    ),
    Message(
        "SSLP464E",
        "Port {port} closes its connections: no server has label {label}",
        "The label could be used when the port was opened. Since then, a REFRESH found the key database without it, "
        "or servers can no longer use it.",
        "Put the label back with gskkyman, then use SSLADMIN REFRESH; or name another label in the PORT statement.",
    ),
    Message(
        "SSLP465E",
        "{application} at {addresses} cannot be reached: {reason}",
        "The application behind a secure port accepts no connections. Clients get a secure connection that is closed "
        "at once.",
        "Start the application, or correct :address. in its DTCPARMS entry (--connect on a command line).",
    ),
    Message(
        "SSLP466W",
        "New clients are served on {open} of {ports} secure ports; not on the others: {reasons}",
        "Some ports cannot serve clients.",
        "See the message of each reason. QUERY SERVING says what to do about each; with a port number, it answers "
        "for that port.",
    ),
    Message(
        "SSLP469W",
        "MAXSESSIONS {limit} is reached (sessions: {sessions}); new connections wait up to {seconds} s",
        "The limit is for all servers together: they may have room, and the stack activates no other. New connections "
        "wait until a session ends. After that time they are closed.",
        "If this happens often, raise SSLLIMITS MAXSESSIONS.",
    ),
    Message(
        "SSLP468I",
        "No server takes connections now; the next connection activates {server}",
        "The next connection waits until the server has started.",
        "To have a server Active before that, use SSLADMIN START.",
    ),
    Message(
        "SSLP474W",
        "New clients are served on every secure port, but not on each of its addresses: {reasons}",
        "A port without BIND is for IPv4 and IPv6. One of the two cannot serve clients.",
        "See the message of each reason. QUERY SERVING says what to do about each.",
    ),
    Message(
        "SSLP475W",
        "PENDINGCONNECTIONLIMIT {limit} is reached (pending: {pending}); the stack refuses clients that are not exempt",
        "So many clients have connected and not completed their handshake. The stack resets new connections, except "
        "those from this machine and from the addresses of LIMITEXEMPT (SSLP151W).",
        "Wait until handshakes end, at the latest after HANDSHAKE seconds. If your clients reach the limit, raise "
        "PENDINGCONNECTIONLIMIT. If few addresses cause this, set FOREIGNIPCONLIMIT, or add them to DENY.",
    ),
    Message(
        "SSLP476W",
        "Port {port} lets no client in because of {list} in its PORT entry",
        "DENY has every address that could connect; or ALLOW has none of the IP version for which the port is open. "
        "The stack resets each connection (SSLP151W).",
        "None, if you want this. Otherwise correct ALLOW and DENY of the PORT entry, with sslnetstat obey or in the "
        "profile.",
    ),
    Message(
        "SSLP467E",
        "Stack {stack} has no secure port {port}",
        "No PORT statement secures the port that you asked about.",
        "To see the secure ports, use sslnetstat conn.",
    ),
)
