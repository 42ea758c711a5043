# -*- test-case-name: tests.test_messages -*-
"""
Messages about programs that hand over their connections, and about the secure client.  Stack and servers.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES: tuple[Message, ...] = (
    Message(
        "SSLP740E",
        "Label is not recognized",
        "A program named a label for which the key database has no usable certificate with a private key, or had none "
        "at the last REFRESH.",
        "Correct the label in the program's configuration, or add the certificate to the key database and use SSLADMIN "
        "REFRESH.",
    ),
    Message(
        "SSLP741E",
        "SSL Server is not available on local system.",
        "A program asked about TLS, or for a connection to be secured, while no server had room and none could be "
        "activated: servers are Stopped, or MAXSESSIONS is reached.",
        "Use sslnetstat config ssl to see states and sessions. Then use SSLADMIN START, or raise the limits.",
    ),
    Message(
        "SSLP742E",
        "{userid} may not have connections secured",
        "Programs that have connections secured use the certificates of the stack. This is for the user who runs the "
        "stack, for those in :admin_id_list. and OBEY, and for those whose name, in upper case, is the user ID of an "
        "application in DTCPARMS.",
        "Give the application an entry in SYSTEM.DTCPARMS under the name of the user who runs it.",
    ),
    Message(
        "SSLP743E",
        "The request cannot be understood: {reason}",
        "A program sent the application socket something that is not a valid request.",
        "Correct the program; see docs/application-socket.md.",
    ),
    Message(
        "SSLP744E",
        "The connection cannot be secured: {reason}",
        "With its request a program must pass one descriptor: a connected TCP socket.",
        "Correct the program. If the other side had already closed the connection, there is nothing to do.",
    ),
    Message(
        "SSLP745E",
        "Too many requests at once",
        "The application socket has as many conversations as it may, of this user or of all users, or as many "
        "connections wait for room.",
        "Have the program try again later, or close conversations that it does not need.",
    ),
    Message(
        "SSLP746E",
        "The handshake failed: {reason}",
        "A connection that a program handed over could not be secured, and was closed.",
        "None, unless it happens often. Then use TRACE, and check the certificates.",
    ),
    Message(
        "SSLP747E",
        "The certificate of the remote host is not accepted: {reason}",
        "It has another name, has expired, was revoked, or comes from an authority that is not trusted. The connection "
        "was closed.",
        "See the reason. Correct the name, or add the authority's certificate to the key database.",
    ),
    Message(
        "SSLP748E",
        "The connection cannot return to cleartext: {reason}",
        "A program asked to end TLS on a connection that continues in cleartext, and the other side did not cooperate. "
        "The connection was closed.",
        "None; few protocols and programs support this.",
    ),
    Message(
        "SSLP749E",
        "The application socket {path} cannot be used: {reason}",
        "Programs cannot have connections secured; secure ports are not affected.",
        "Correct what the reason says, such as a path that is too long, and restart the stack.",
    ),
    Message(
        "SSLP751E",
        "The key database has no authority to verify remote hosts",
        "The secure client trusts the authorities of the key database unless you name others, and there are none.",
        "Add the authority's certificate to the key database and use SSLADMIN REFRESH, or have the secure client trust "
        "those of the operating system: CA *SYSTEM.",
    ),
    Message(
        "SSLP752E",
        "The authority {label} is not in the key database",
        "The secure client was told to trust an authority that the key database does not have as a trusted "
        "certificate, or did not have at the last REFRESH.",
        "Correct the label, or add the certificate to the key database and use SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP753E",
        "The key database has no certificate {label} to show to a remote host",
        "The secure client was told to show this certificate, but the key database does not have it with its private "
        "key, or did not at the last REFRESH.",
        "Correct the label, or add the certificate to the key database and use SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP754E",
        "A label for the remote host cannot be used: {reason}",
        "A program asked for a connection to a remote host with an authority or a certificate that cannot be used.",
        "See the message in the reason.",
    ),
    Message(
        "SSLP755W",
        "{server}: connection {number} of {userid} to {remote} was not secured: {reason}",
        "The secure client could not reach the remote host, could not agree on TLS with it, or did not accept its "
        "certificate. Nothing was relayed. Only the first of these messages in ten seconds are logged.",
        "See the reason. Correct the host's address or name, or add the authority's certificate to the key database.",
    ),
    Message(
        "SSLP756E",
        "{name} is not a host name or an IP address",
        "A remote host's certificate must have a DNS name in ASCII or an IP address; this is neither, so no "
        "certificate could be accepted.",
        "Correct the name.",
    ),
    Message(
        "SSLP757E",
        "PORT {port} has both SECURE and SECURECLIENT",
        "With SECURE, TLS comes in and cleartext goes to an application; with SECURECLIENT, cleartext comes in and TLS "
        "goes to a remote host. A port is one or the other.",
        "Remove one of them, or give them different ports.",
    ),
    Message(
        "SSLP758I",
        "Listening on {local} for {application}: TLS goes to {address}, which must be {name}",
        "Cleartext that arrives on this port is secured and sent to a remote host.",
        "None.",
    ),
    Message(
        "SSLP759W",
        "The address {address} for {application} is not known: {reason}",
        "The name of the remote host cannot be looked up. Connections go to the addresses that were known before; "
        "where there are none, they are closed. The stack looks the name up again every minute, and every few seconds "
        "while no address is known.",
        "Correct the name in PROFILE.TCPIP, or check the name service.",
    ),
    Message(
        "SSLP750W",
        "Application socket: request of {userid} refused: {reason} (refused since the last message: {count})",
        "A program asked for something that it may not have. At most one message is logged in ten seconds; every "
        "refusal is counted.",
        "See the message that begins with the reason.",
    ),
)
