# -*- test-case-name: tests.test_messages -*-
"""
Messages about servers, the agent and sessions.  Every process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES: tuple[Message, ...] = (
    Message(
        "SSLP100I",
        "{server} is Active: process {pid}, ready in {milliseconds} ms",
        "The server takes connections.",
        "None.",
    ),
    Message(
        "SSLP101I",
        "{server} is ready: process {pid}",
        "The agent created the segment and the session ticket keys, and can fork servers.",
        "None.",
    ),
    Message(
        "SSLP102E",
        "{server} died: {reason}; starting it again in {seconds} s",
        "The agent's process ended. Running servers and new connections are not affected. Until there is a new agent, "
        "no server can start. Servers of the new agent have other ticket keys.",
        "Find out what ended it. To give all servers one set of ticket keys again, use SSLADMIN RESTART.",
    ),
    Message("SSLP103I", "{server} is Starting: {reason}", "A server process is being created.", "None."),
    Message(
        "SSLP104E",
        "{server} (process {pid}) died: {reason}; sessions lost: {sessions}; starting it again in {seconds} s",
        "A server's process ended without being told to. Its open sessions are lost. Connections that it had not yet "
        "read from go to other servers and are not counted. A client that already has its whole answer may notice "
        "nothing, but its session is counted.",
        "See the reason, and earlier messages of this server. If it happens again, report it.",
    ),
    Message(
        "SSLP105E",
        "{server} cannot use the key database: {reason}",
        "A server could not read the key database. It keeps the labels that it has.",
        "Correct what the reason says. Then use SSLADMIN REFRESH, or SSLADMIN START if the server is not running. If "
        "POSIXINFO in USER.DIRECT, or --user, names a user, that user must be able to read the files.",
    ),
    Message("SSLP106I", "{server} (process {pid}) has ended", "The server ended because it was told to.", "None."),
    Message(
        "SSLP107I",
        "{server} is Eligible again: it had no session for {minutes} min",
        "The stack ends servers that it does not need, except the first one, and starts them again when all others are "
        "full.",
        "None.",
    ),
    Message(
        "SSLP108W",
        "The pool is full (sessions: {sessions}), and no server is left to activate; new connections wait up to "
        "{seconds} s",
        "New connections wait until a session ends. After that time they are closed.",
        "If this happens often, raise POOL HIGH or SSLLIMITS MAXPERSSLSERVER, and MAXSESSIONS if it is reached as "
        "well. Use SSLADMIN QUERY STATUS to see whether servers are Stopped.",
    ),
    Message(
        "SSLP109E",
        "Cannot accept connections: {reason}; trying again",
        "The system refused a descriptor or memory for another connection. Connections wait.",
        "Raise the limit of open files (ulimit -n, or LimitNOFILE of the service), or lower SSLLIMITS MAXSESSIONS.",
    ),
    Message(
        "SSLP110E",
        "{server} is already Active",
        "START is for servers that are Eligible or Stopped.",
        "Use SSLADMIN RESTART to restart it.",
    ),
    Message(
        "SSLP111E",
        "{server} is already Starting",
        "The server is being started.",
        "Wait until it is Active; SSLADMIN QUERY STATUS shows it.",
    ),
    Message(
        "SSLP112E",
        "{server} is already Stopped",
        "STOP is for servers that are not Stopped.",
        "To start it, use SSLADMIN START.",
    ),
    Message(
        "SSLP113E",
        "{server} is not Active, so it cannot be restarted",
        "RESTART is for servers that are Active.",
        "Use SSLADMIN START.",
    ),
    Message(
        "SSLP114E",
        "No server is Active, so none can be restarted or queried",
        "RESTART and SYSTEM are for servers that are Active.",
        "Use SSLADMIN START.",
    ),
    Message(
        "SSLP115W",
        "Connections closed because no room was found within {seconds} s: {count} since the stack started",
        "For the whole time, no server had room for another session, or MAXSESSIONS was reached.",
        "Use SSLADMIN QUERY SERVING, or see the last SSLP108W, SSLP469W or SSLP457W in the log: each says what was "
        "missing, and its action what to raise or start.",
    ),
    Message(
        "SSLP116I",
        "{server} is restarted: another process takes its place",
        "New connections go to the current process until the new one is Active. The current one then takes no new "
        "sessions, and ends when its sessions have ended or the quiesce time is over. Several servers are restarted "
        "one after another.",
        "None.",
    ),
    Message("SSLP117I", "{server} is starting", "The server becomes Active when its process is ready.", "None."),
    Message(
        "SSLP118I",
        "{server} is Stopped; sessions that may finish within {seconds} s: {sessions}",
        "It takes no new sessions, and starts again only when you start it. Sessions that have not ended in that time "
        "are closed with close_notify.",
        "To start it again, use SSLADMIN START.",
    ),
    Message(
        "SSLP185I",
        "{server} is Stopped; its sessions were closed: {sessions}",
        "STOP with NOW closes running sessions at once, with close_notify. The server takes no new sessions, and "
        "starts again only when you start it.",
        "To start it again, use SSLADMIN START.",
    ),
    Message(
        "SSLP119I",
        "The key database has been read by {server}; labels: {labels}",
        "New handshakes use the current certificates; open sessions keep theirs.",
        "None.",
    ),
    Message(
        "SSLP186I",
        "The stack read and opened the key database; labels: {labels}; servers use it when they start",
        "No server is running to read it. The stack opened it with its stash, and servers that start use it as it is "
        "now.",
        "See the next message, and SSLADMIN QUERY SERVING.",
    ),
    Message(
        "SSLP187W",
        "Another stack named {stack} is running: it holds {paths}; the ports in use may belong to it",
        "Both stacks have the same name, but different run directories, and this one found ports in use.",
        "Stop one, or give it another name (--stack) and other ports.",
    ),
    Message(
        "SSLP120W",
        "{server}: connection {number} from {client} to {local} not secured: {reason}; server name {name}, version "
        "{version}",
        "A client did not complete the handshake. The reason is in the TLS library's words if it gave any. Server name "
        "and version are - if the client did not get as far as sending them. Few clients can verify a key on a rare "
        "curve, Ed25519 or Ed448; with TLS 1.2 the library does not tell this from a lack of cipher suites.",
        "If the client should get in, compare what it offers with SSLADMIN QUERY STATUS DETAILS: protocols, cipher "
        "suites, and the certificate that it must trust. If it cannot verify the key, add a label with RSA or P-256 "
        "to the PORT statement.",
    ),
    Message(
        "SSLP121W",
        "{server}: {application} at {addresses} cannot be reached: {reason}",
        "Clients of this application get a secure connection that is closed immediately. Each new connection tries "
        "again; this is logged once until one succeeds.",
        "Start the application, or correct its :address. in the DTCPARMS file (--connect on a command line).",
    ),
    Message(
        "SSLP122I",
        "{server}: {application} can be reached again",
        "A connection to the application succeeded after others had failed.",
        "None.",
    ),
    Message(
        "SSLP123E",
        "{server}: a connection to {local} was closed: the server does not have label {label}",
        "The label was removed from the key database, REFRESH found it without its private key, no server can use it "
        "(SSLP172E), or this server could not read it (SSLP105E).",
        "Use gskkyman to put the label back if it is missing, then SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP124E",
        "{server} has no {what} left; it gets no connections until it has some",
        "The process reached its limit of open files (a session needs up to three), or of memory. Its sessions "
        "continue. Connections that it could not take go to other servers. If it could not connect to an application, "
        "it tries again for SSLLIMITS CONNECT seconds.",
        "Descriptors: raise the limit of open files (ulimit -n, or LimitNOFILE of the service), or lower SSLLIMITS "
        "MAXPERSSLSERVER. Memory: raise the storage of the servers' entry in USER.DIRECT.",
    ),
    Message(
        "SSLP125W",
        "{server}: {count} more within {seconds} s: {reason}",
        "Further failures of the same kind are counted, not listed.",
        "See the lines before this one.",
    ),
    Message(
        "SSLP126E",
        "{server} cannot be started: {reason}; trying again in {seconds} s",
        "The system did not give the stack what a server process needs. Other servers are not affected.",
        "Raise the limit that the reason names: open files (ulimit -n, or LimitNOFILE of the service), processes or "
        "memory.",
    ),
    Message(
        "SSLP127W",
        "{server} (process {pid}) did not end in time and is killed; sessions lost: {sessions}",
        "The server was told to end, and still exists five seconds after its quiesce time: it hangs, or a signal "
        "stopped it.",
        "If this happens again, find out what the process waits for: see /proc/PID/stack (as root), and earlier "
        "messages.",
    ),
    Message(
        "SSLP128E",
        "{server} could not be replaced: {reason}; process {pid} continues",
        "RESTART first starts another process. That failed, so the current one stays in service.",
        "Correct what the reason says, then use SSLADMIN RESTART again.",
    ),
    Message(
        "SSLP129E",
        "{server}: process {pid} was killed but has not ended; it is left behind",
        "The system cannot end the process, for example because it waits for a device or a file system that does not "
        "answer. Another process takes its place.",
        "As root, see /proc/PID/stack. The process ends when what it waits for answers, or when the machine is "
        "restarted.",
    ),
    Message(
        "SSLP130E",
        "Label {label} cannot be used: {reason}",
        "The TLS library did not accept the certificate or the private key.",
        "Create or import the certificate again with gskkyman.",
    ),
    Message(
        "SSLP131E",
        "The VMSSL operands leave no cipher suite for any of the protocol versions",
        "EXEMPT and PROTOCOL exclude everything.",
        "Correct EXEMPT, ENABLE or PROTOCOL in :parms.",
    ),
    Message(
        "SSLP132E",
        "No server is Eligible or Stopped, so none can be started",
        "START is for servers that are Eligible or Stopped.",
        "Use SSLADMIN QUERY STATUS to see the servers.",
    ),
    Message(
        "SSLP133E",
        "Every server is already Stopped",
        "STOP is for servers that are not Stopped.",
        "To start servers, use SSLADMIN START.",
    ),
    Message(
        "SSLP198E",
        "Internal error while {activity}",
        "This is a fault in sslpool. The traceback follows in the log; everything else continues.",
        "Report it with the traceback.",
    ),
    Message(
        "SSLP134I",
        "{server} gets another process: {reason}; process {pid} continues until the new one is Active",
        "The server is restarted. New connections go to the current process until the new one is Active.",
        "None.",
    ),
    Message(
        "SSLP135W",
        "{server} does not have all that USER.DIRECT grants it: {reasons}",
        "The system refused a memory limit, a weight, a group or a user, and the server continues without it. Only "
        "root may become another user, have a weight above the default, or raise limits.",
        "Start the stack as root, or lower what USER.DIRECT grants, or correct the user or group that does not exist "
        "here.",
    ),
    Message(
        "SSLP180W",
        "{server} and the servers keep privileges that they do not need, because the system does not let them drop "
        "these: {reasons}",
        "With :sandbox.YES, agent and servers drop access to files and system calls that they do not need, only root "
        "can read their memory, and they leave no core files. The kernel lacks one of these features, or does not "
        "permit it, as in some containers. Everything else is dropped, and the pool serves clients.",
        "Use a kernel that has the feature (Landlock since Linux 5.13, in the list of lsm=; seccomp filters), or have "
        "the container permit it. :sandbox.NO tries nothing and logs nothing.",
    ),
    Message(
        "SSLP181W",
        "{server} keeps privileges that it does not need: {reasons}",
        "This is SSLP180W, but for this server alone.",
        "See SSLP180W. Usually a limit was reached; the server tries again when it is restarted.",
    ),
    Message(
        "SSLP182W",
        "{server} may not read {path}: that directory did not exist when the server started; another process takes "
        "over",
        "A server may read only the directories in which its key database was when it started (:sandbox.). The "
        "directory was removed and created again, or moved, or a symbolic link now leads to it. A process that may "
        "read it takes the server's place; open sessions may continue for as long as with RESTART.",
        "None. To renew certificates without a new process, replace files, not their directory.",
    ),
    Message(
        "SSLP183W",
        "{server} (process {pid}) is killed, because it sent an invalid report: {reason}",
        "The agent reported something that no agent reports about a server's process. Somebody may have taken over "
        "the agent, or its memory is damaged. The report is ignored. Running servers continue, and another agent "
        "takes its place.",
        "Find out who can reach the agent's process. Then use SSLADMIN RESTART.",
    ),
    Message(
        "SSLP195E",
        "{server} (process {pid}) is of release {release}, and this stack of release {own}; it is ended",
        "The package was replaced while the stack ran. An agent that is started now is of the new release, which has "
        "other records and another shared segment. Running servers and their sessions continue; no server can be "
        "started.",
        "Restart the stack.",
    ),
    Message(
        "SSLP184W",
        "A server sent something invalid on its control connection, and is ended: {reason}",
        "No server sends this. Somebody may have taken over the server's process, or its memory is damaged. Another "
        "process takes its place; the next messages name the server.",
        "See what the server logged before, and who connects to its ports.",
    ),
    Message(
        "SSLP199E",
        "{server} closed a session because of an internal error: {traceback}",
        "This is a fault in sslpool. Everything else continues. At most three faults a minute are logged; the others "
        "are counted (SSLP705W).",
        "Report it with the traceback.",
    ),
    Message(
        "SSLP136W",
        "{server} (process {pid}) hangs: {reason}; it gets no new sessions",
        "The process makes no progress, or does not take connections that were handed to it. Connections that it has "
        "not taken go to other servers. If it still hangs after another SSLLIMITS LIVENESS seconds, it is killed and "
        "replaced.",
        "As root, see /proc/PID/stack for what it waits for. If it was only slow, for example on an overloaded "
        "machine, raise SSLLIMITS LIVENESS.",
    ),
    Message(
        "SSLP137W",
        "{server} (process {pid}) still hangs and is killed: {reason}",
        "The process did not recover. Its sessions are lost, and another process takes its place.",
        "See SSLP136W.",
    ),
    Message(
        "SSLP146W",
        "{server} (process {pid}) hangs while it ends, and is killed: {reason}; sessions lost: {sessions}",
        "The process was to end after its last session, but hung first.",
        "See SSLP136W.",
    ),
    Message(
        "SSLP138I",
        "{server} (process {pid}) has recovered",
        "The process makes progress again, or has descriptors and memory again. It gets new sessions.",
        "None.",
    ),
    Message(
        "SSLP139W",
        "{server} (process {pid}) hangs and is killed: {reason}",
        "The process is the agent, which forks servers. It makes no progress, or did not fork a server in time. "
        "Sessions and running servers are not affected. Another agent takes its place.",
        "As root, see /proc/PID/stack for what it waits for.",
    ),
)
