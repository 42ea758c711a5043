# -*- test-case-name: tests.test_messages -*-
"""
Messages about programs that hand over their connections, and about the secure
client.  Stack and servers.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES: tuple[Message, ...] = (
    Message(
        "SSLP740E",
        "Label is not recognized",
        "A program named a label for which the key database has no certificate with a private key "
        "that may be used, or had none at the last REFRESH.",
        "Correct the label in the program's configuration, or put the certificate into the key database "
        "and give SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP741E",
        "SSL Server is not available on local system.",
        "A program wanted to know about TLS, or to have a connection secured, while no server had room and none could "
        "be activated: servers are Stopped, or MAXSESSIONS is reached.",
        "See NETSTAT CONFIG SSL for states, current and maximum sessions; start servers, or raise the limits.",
    ),
    Message(
        "SSLP742E",
        "{userid} may not have connections secured",
        "Whoever has a connection secured speaks with the certificates of the stack. That may be done by the user who "
        "runs the stack, by those in :admin_id_list. and OBEY, and by those whose name, in upper case, is the user ID "
        "of an application in DTCPARMS.",
        "Give the application an entry in SYSTEM DTCPARMS under the name of the user who runs it.",
    ),
    Message(
        "SSLP743E",
        "The request cannot be understood: {reason}",
        "A program has sent the application socket something that is not a request, or one that does not fit.",
        "Correct the program; see docs/application-socket.md.",
    ),
    Message(
        "SSLP744E",
        "The connection cannot be secured: {reason}",
        "With its request a program must pass one descriptor: that of a connected TCP socket.",
        "Correct the program. Where the other side had gone already, nothing needs to be done.",
    ),
    Message(
        "SSLP745E",
        "Too many requests at once",
        "There are as many conversations on the application socket as there may be, of this user or of all, or as many "
        "connections wait for room.",
        "Have the program try again later, or close conversations that it does not need.",
    ),
    Message(
        "SSLP746E",
        "The handshake failed: {reason}",
        "A connection that a program handed over could not be secured, and has been closed.",
        "Nothing, unless it happens often: then see TRACE and the certificates.",
    ),
    Message(
        "SSLP747E",
        "The remote host is not who it should be: {reason}",
        "The certificate of the remote host is not accepted: another name, expired, revoked, or of an authority that "
        "is not trusted. The connection has been closed.",
        "See the reason. Correct the name, or put the authority's certificate into the key database.",
    ),
    Message(
        "SSLP748E",
        "The connection cannot be made clear again: {reason}",
        "A program asked for the end of TLS on a connection that goes on in cleartext, and the other side did not "
        "take part in that. The connection has been closed.",
        "None; only some protocols and programs know how to do that.",
    ),
    Message(
        "SSLP749E",
        "The application socket {path} cannot be used: {reason}",
        "Programs cannot have connections secured; secure ports are not affected.",
        "Correct what the reason says, such as a path that is too long, and start the stack again.",
    ),
    Message(
        "SSLP751E",
        "The key database has no authority that could vouch for a remote host",
        "The secure client trusts the authorities of the key database unless it is told whom to trust; there is none.",
        "Put the authority's certificate into the key database and give SSLADMIN REFRESH, or have the secure client "
        "trust those of the operating system: CA *SYSTEM.",
    ),
    Message(
        "SSLP752E",
        "The authority {label} is not in the key database",
        "The secure client was told to trust an authority whose certificate the key database does not have, or had not "
        "at the last REFRESH, or which is not trusted there.",
        "Correct the label, or put the certificate into the key database and give SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP753E",
        "The key database has no certificate {label} that could be shown to a remote host",
        "The secure client was told to show a certificate of its own, which the key database does not have with its "
        "private key, or had not at the last REFRESH.",
        "Correct the label, or put the certificate into the key database and give SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP754E",
        "A label for the remote host cannot be used: {reason}",
        "A program asked for a connection to a remote host with an authority or a certificate that cannot be used.",
        "See the message that is the reason.",
    ),
    Message(
        "SSLP755W",
        "{server}: connection {number} of {userid} to {remote} was not secured: {reason}",
        "The secure client could not reach a remote host, did not agree upon TLS with it, or did not accept its "
        "certificate. Nothing was relayed. Only the first such messages in ten seconds are logged.",
        "See the reason. Correct the host's address or name, or put the authority's certificate into the key database.",
    ),
    Message(
        "SSLP756E",
        "{name} is no name or address of a host",
        "The name that a remote host's certificate must have is a DNS name in ASCII or an IP address; this is neither, "
        "so that no certificate could be accepted.",
        "Correct the name.",
    ),
    Message(
        "SSLP757E",
        "PORT {port} has both SECURE and SECURECLIENT",
        "With SECURE, TLS comes in and cleartext goes to an application; with SECURECLIENT, cleartext comes in and TLS "
        "goes to a remote host. A port is one or the other.",
        "Leave one of them out, or give them different ports.",
    ),
    Message(
        "SSLP758I",
        "Listening on {local} for {application}: TLS goes to {address}, which must be {name}",
        "Cleartext that comes in at this port is secured and goes to a remote host.",
        "None.",
    ),
    Message(
        "SSLP759W",
        "The address {address} for {application} is not known: {reason}",
        "The name of the remote host cannot be looked up. Connections go to the addresses that were known before; "
        "where there are none, they are closed. The stack looks the name up again every minute, and every few seconds "
        "while no address is known.",
        "Correct the name in PROFILE TCPIP, or see to the name service.",
    ),
    Message(
        "SSLP750W",
        "Application socket: request of {userid} refused: {reason} (refused since the last message: {count})",
        "A program asked for something that it does not get. At most one message is logged in ten seconds; "
        "every refusal is counted.",
        "See the message that begins with the reason.",
    ),
)
