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
        "After REFRESH, the servers use this certificate for new handshakes with the label. The message shows its "
        "expiry and fingerprint.",
        "None.",
    ),
    Message(
        "SSLP161E",
        "REFRESH failed; {kept}: {reasons}",
        "The stack and every server read the key database before any of them changes its certificates. They could "
        "not read it, or it changed in between. A single label that cannot be used does not stop a REFRESH: "
        "SSLP172E and SSLP173E name it.",
        "Correct what the reasons and the messages after this one name, then use SSLADMIN REFRESH again.",
    ),
    Message(
        "SSLP162W",
        "{server} ended during REFRESH; it reads the key database when it starts again",
        "REFRESH did not wait for this server.",
        "See the log for the reason.",
    ),
    Message(
        "SSLP163E",
        "The chain of label {label} is broken: {upper} did not issue {lower}",
        "Clients could not verify the certificate: each certificate of the chain must have issued the one before it.",
        "Import the certificate again with gskkyman, together with its chain.",
    ),
    Message(
        "SSLP164E",
        "{server} did not prepare these certificates",
        "The two steps of REFRESH did not have the same certificates.",
        "Use SSLADMIN REFRESH again.",
    ),
    Message(
        "SSLP165E",
        "A port uses label {label}, but it is missing in the key database",
        "The certificate, or its private key, was removed from the key database. REFRESH updated all others.",
        "Add the label with gskkyman, or remove the port from the configuration; then use SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP166W",
        "{server} has the ticket keys of an earlier agent",
        "The agent that forked this server died, and its keys with it. Sessions resume only on servers with the "
        "same keys; on the others, clients make a full handshake.",
        "Use SSLADMIN RESTART to give each server the keys of the current agent.",
    ),
    Message(
        "SSLP167E",
        "{agent} has no more ticket keys",
        "The agent creates a few keys before it forks servers, and the last one is in use. Within a minute, the "
        "stack starts to replace the agent and the servers, with new keys (SSLP193I).",
        "None. If you do not want to wait, use SSLADMIN REFRESH KEYS (NOW.",
    ),
    Message(
        "SSLP168E",
        "CACHELIFE is 0: no session is resumed, and there is no ticket key to replace",
        "The VMSSL operands turn resumption off.",
        "None. To turn resumption on, change CACHELIFE in :parms. and start the stack again.",
    ),
    Message(
        "SSLP169I",
        "All servers use another ticket key; earlier tickets of TLS 1.2 are accepted for {seconds} s more",
        "New tickets use the new key. Earlier tickets of TLS 1.2 are accepted as long as they are valid. TLS 1.3 "
        "clients, and TLS 1.2 clients without tickets, make one full handshake.",
        "None.",
    ),
    Message(
        "SSLP170I",
        "All servers have new ticket keys; earlier sessions are not resumed",
        "Another agent replaced the earlier one, and each server was replaced by one that the new agent forked. "
        "Running sessions continue in their processes, as QUERY STATUS shows. Clients make one full handshake.",
        "None. To end the sessions of the earlier processes as well, use SSLADMIN STOP (NOW, then SSLADMIN START.",
    ),
    Message(
        "SSLP171I",
        "The key database has changed: REFRESH",
        ":mount. tells the stack to follow changes of the key database. The messages after this one show the result.",
        "None.",
    ),
    Message(
        "SSLP172E",
        "Label {label} is left out: {reason}",
        "The servers cannot use this label, and serve all others. A port serves its remaining labels; a port "
        "without any is not opened.",
        "Import the label again with gskkyman, or remove it if you do not need it; then use SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP173E",
        "Label {label} is unchanged: {reason}",
        "The servers cannot use this label as it is now in the key database. They keep its previous certificate, "
        "also for servers that start later. REFRESH updated all others.",
        "Import the label again with gskkyman, then use SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP174W",
        "{server} serves the certificates that were accepted last: {reason}",
        "The server started while the key database could not be read. Like the other servers, it uses the "
        "certificates of the last REFRESH, or of the start of the stack.",
        "Correct the reason, then use SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP175E",
        "Port {port} is not opened: label {label} cannot be used",
        "No server can use the label; an earlier message says why. Other ports are not affected.",
        "Import the label again with gskkyman, then use SSLADMIN REFRESH; or change the label in the PORT statement.",
    ),
    Message(
        "SSLP176W",
        "No copy of the accepted certificates is kept: {reason}",
        "For servers that start while the key database cannot be read, the stack keeps a copy in memory, encrypted "
        "as in the file. Without the copy, such a server does not start until the file can be read again.",
        "Allow the stack's user to read the key database and its stash file, then use SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP177E",
        "{server} did not answer REFRESH in time; it is replaced",
        "The other servers do not wait for it. The stack kills the server, which ends its sessions, and starts it "
        "again with the current key database.",
        "See the log for the reason. Use SSLADMIN QUERY STATUS to see whether the server is Active again.",
    ),
    Message(
        "SSLP179E",
        "No server could use {source}: {reason}",
        "gskkyman tried to build the TLS context that a server would build. Nothing was stored.",
        "Get another certificate, or correct the reason. To store this one anyway, use --unchecked; servers then "
        "leave the label out.",
    ),
    Message(
        "SSLP178W",
        "Port {port} is opened without label {label}, which is not in the key database",
        "The port serves its other labels.",
        "Create or import the label with gskkyman, then use SSLADMIN REFRESH; or change the label in the PORT "
        "statement.",
    ),
    Message(
        "SSLP147W",
        "Servers have {found} MiB of storage, but may need {needed} MiB (labels: {labels}, sessions: {sessions})",
        "A server keeps every label of the key database in memory, at about 64 KiB each, and twice that during "
        "REFRESH. The maximum storage in USER.DIRECT limits its process.",
        "Increase the maximum storage in the USER statement, or delete labels that no port needs.",
    ),
    Message(
        "SSLP145E",
        "There is not enough memory for the labels of {path}",
        "A server keeps every label of the key database in memory, at about 64 KiB each, and twice that during "
        "REFRESH. USER.DIRECT, or the machine, limits its storage. Labels that were in use stay in use.",
        "Increase the maximum storage in the USER statement and restart the stack, or delete labels that no port "
        "needs; then use SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP190E",
        "The stack could not start another agent {agent}: {reason}",
        "For new ticket keys, the stack starts another agent beside the current one. The new agent did not become "
        "ready, and the current agent and servers continue with their keys. After REFRESH KEYS (NOW, earlier "
        "sessions are not resumed even so.",
        "Correct what the reason and the messages before this one name, then use SSLADMIN REFRESH KEYS (NOW.",
    ),
    Message(
        "SSLP191I",
        "{server} (process {pid}) replaces process {former}, which ends",
        "The new agent, with its ticket keys, forks servers from now on. Servers of the former agent continue "
        "until they are replaced.",
        "None.",
    ),
    Message(
        "SSLP192E",
        "{server} still has earlier ticket keys",
        "A process of the current agent could not replace it; the log of the stack says why. All servers that are "
        "not named have new keys. After REFRESH KEYS (NOW, none of them resumes earlier sessions.",
        "Correct what the log says, then use SSLADMIN RESTART (SSLSERVER for this server.",
    ),
    Message(
        "SSLP193I",
        "The last ticket key of {agent} is in use: agent and servers are replaced, one after another",
        "An agent creates a few keys. When the last one is in use, another agent replaces it and forks new "
        "servers. Running sessions continue where they are; new connections make one full handshake.",
        "None.",
    ),
    Message(
        "SSLP194W",
        "{server} died: {reason}; process {pid}, already started to replace it, takes over",
        "The agent died while the stack was starting another one for new ticket keys.",
        "None. If this happens often, see the reason in the message.",
    ),
)
