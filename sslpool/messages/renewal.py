# -*- test-case-name: tests.test_messages -*-
"""
Messages about REFRESH and the session cache.  Every process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES: tuple[Message, ...] = (
    Message(
        "SSLP160I",
        "{label} is served by {server} until {date}, SHA-256 {fingerprint}",
        "After REFRESH: the certificate that new handshakes of the servers see under the label, with its expiry (UTC) "
        "and fingerprint.",
        "None.",
    ),
    Message(
        "SSLP161E",
        "REFRESH was refused as a whole: {reasons}",
        "Before any server changes its certificates, the stack and every server read the key database.  They could "
        "not read it, or it changed while they did, so all servers keep the certificates that they had.  A single "
        "label that cannot be used does not stop a REFRESH: SSLP172E and SSLP173E name it.",
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
        "more.  All other labels are renewed.",
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
        "The agent makes a few keys before it forks servers, and the last of them is in use.  Within a minute the "
        "stack begins to replace agent and servers, so that all have other keys (SSLP193I).",
        "None; or use SSLADMIN REFRESH KEYS (NOW, which does not wait for that.",
    ),
    Message(
        "SSLP168E",
        "CACHELIFE is 0: no session is resumed, and there is no ticket key to be replaced",
        "The VMSSL operands switch resumption off.",
        "None; or change CACHELIFE in :parms. and start the stack again.",
    ),
    Message(
        "SSLP169I",
        "All servers take another ticket key; tickets of TLS 1.2 made before are accepted for {seconds} s more",
        "Tickets are made with the new key from now on.  Those of TLS 1.2 with earlier keys are accepted as long as "
        "they are valid.  TLS 1.3 clients, and those of TLS 1.2 that take no tickets, make a full handshake once.",
        "None.",
    ),
    Message(
        "SSLP170I",
        "All servers have ticket keys that no process had before; sessions that have begun before are not resumed",
        "Another agent has taken the place of the earlier one, and each server has been replaced by one that the new "
        "agent has forked.  Running sessions were not touched: they go on in the processes that had them, as QUERY "
        "STATUS shows.  Clients make a full handshake once.",
        "None; to end the sessions of earlier processes as well, use SSLADMIN STOP (NOW and START.",
    ),
    Message(
        "SSLP171I",
        "The key database has changed: REFRESH",
        ":mount. says that a change of the key database is to be followed.  What comes of it is in the messages "
        "after this one.",
        "None.",
    ),
    Message(
        "SSLP172E",
        "Label {label} is left out: {reason}",
        "The servers cannot use this label, and serve all others.  A port that has other labels serves those; a port "
        "that has no other is not opened.",
        "Import the label again with gskkyman, or remove it if nobody uses it, then use SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP173E",
        "Label {label} stays as it was: {reason}",
        "The servers cannot use this label as it is now in the key database.  They keep the certificate that they had "
        "for it, and servers that are started later get the same.  All other labels are renewed.",
        "Import the label again with gskkyman, then use SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP174W",
        "{server} serves the certificates that were accepted last: {reason}",
        "The server was started while the key database could not be read.  It serves what the other servers serve: "
        "the certificates as of the start of the stack or of the last REFRESH.",
        "Put right what the reason says, then use SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP175E",
        "Port {port} is not opened: label {label} cannot be used",
        "No server can use the label; an earlier message says why.  Other ports are not affected.",
        "Import the label again with gskkyman, then use SSLADMIN REFRESH; or name another label in the PORT statement.",
    ),
    Message(
        "SSLP176W",
        "The accepted certificates cannot be kept for servers that are started later: {reason}",
        "The stack keeps a copy of the key database in memory, encrypted as it is in the file, for servers that are "
        "started while the file cannot be read.  The copy could not be made, so such a server does not start until "
        "the file can be read again.",
        "Let the stack's user read the key database and its stash, then use SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP177E",
        "{server} has not answered the REFRESH in time and is replaced",
        "A server that does not answer does not hold up the others.  It is killed, its sessions are lost, and it is "
        "started again with the key database as it is now.",
        "Look for the reason in the log; use SSLADMIN QUERY STATUS to see whether the server is Active again.",
    ),
    Message(
        "SSLP179E",
        "No server could use {source}: {reason}",
        "gskkyman tried to build the TLS context that a server would build.  Nothing was stored.",
        "Have another certificate made, or put right what the reason says.  To store it all the same, use "
        "--unchecked; servers then leave the label out.",
    ),
    Message(
        "SSLP178W",
        "Port {port} is opened without label {label}, which is not in the key database",
        "The port serves its other labels.",
        "Use gskkyman to make or import the label, then SSLADMIN REFRESH; or correct the label in the PORT statement.",
    ),
    Message(
        "SSLP147W",
        "Servers may have {found} MiB of storage; {labels} labels and {sessions} sessions may need {needed} MiB",
        "A server has every label of the key database in memory, about 64 KiB for each, and twice that while it is "
        "refreshed.  The maximum storage in USER.DIRECT is the limit of its process.",
        "Raise the maximum storage in the USER statement, or delete labels that no port needs.",
    ),
    Message(
        "SSLP145E",
        "There is no memory for the labels of {path}",
        "A server has every label of the key database in memory, about 64 KiB for each, and twice that while it is "
        "refreshed.  Its storage is what USER.DIRECT grants it, or what the machine has.  Labels that were in use "
        "before stay in use.",
        "Raise the maximum storage in the USER statement and start the stack again, or delete labels that no port "
        "needs; then use SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP190E",
        "Another agent {agent} could not be started: {reason}",
        "Ticket keys that no process has had are made by another agent, which is started beside the present one.  It "
        "has not become ready.  Agent and servers go on with the keys that they have; after REFRESH KEYS NOW sessions "
        "that have begun before are not resumed all the same.",
        "Put right what the reason and the messages before this one say, then use SSLADMIN REFRESH KEYS (NOW.",
    ),
    Message(
        "SSLP191I",
        "{server} (process {pid}) takes the place of process {former}, which ends",
        "Servers are forked by the new agent from now on, with its ticket keys.  Servers of the former one go on until "
        "they are replaced.",
        "None.",
    ),
    Message(
        "SSLP192E",
        "{server} still has earlier ticket keys",
        "It could not be replaced by a process of the present agent; the stack's log says why.  Servers that are not "
        "named have keys that no process had before.  After REFRESH KEYS NOW sessions that have begun before are not "
        "resumed by any of them.",
        "Put right what the log says, then use SSLADMIN RESTART (SSLSERVER for it.",
    ),
    Message(
        "SSLP193I",
        "The last ticket key of {agent} is in use: agent and servers are replaced, one after another",
        "An agent makes a few keys.  When the last one is in use, another agent takes its place, and each server is "
        "replaced by one that it has forked.  Running sessions go on where they are; new connections make a full "
        "handshake once.",
        "None.",
    ),
    Message(
        "SSLP194W",
        "{server} has died: {reason}; process {pid}, which was to take its place, does so",
        "The agent died while another one was being started for other ticket keys.  The other one takes its place.",
        "None; if it happens often, look for the cause that is named.",
    ),
)
