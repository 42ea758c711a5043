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
        "The agent has made the segment and the keys of session tickets, and can fork servers.",
        "None.",
    ),
    Message(
        "SSLP102E",
        "{server} has died: {reason}; it is started again in {seconds} s",
        "The agent's process ended.  Running servers and new connections are not affected; until there is a new "
        "agent no server can be started.  Servers of the new agent have other ticket keys.",
        "Find out who or what ended it.  To have all servers share one set of ticket keys again, use SSLADMIN RESTART.",
    ),
    Message(
        "SSLP103I",
        "{server} is Starting: {reason}",
        "A server process is being made.",
        "None.",
    ),
    Message(
        "SSLP104E",
        "{server} (process {pid}) has died: {reason}; sessions lost: {sessions}; it is started again in {seconds} s",
        "A server's process ended though nobody had asked for that.  Sessions that it had begun and not ended are "
        "lost; connections that it had not yet read from go to other servers and are not counted.  A client that has "
        "its answer and leaves without waiting for the server's end notices nothing, though its session is counted.",
        "Look for the cause that is named, and for lines of this server before this one.  If it happens again, "
        "report it.",
    ),
    Message(
        "SSLP105E",
        "{server} cannot use the key database: {reason}",
        "A server could not read the key database.  Where labels were in use before, they stay in use.",
        "Put right what the reason says, then use SSLADMIN REFRESH, or SSLADMIN START where the server is not "
        "running.  Where POSIXINFO in USER.DIRECT, or --user, names a user, that user must be able to read the files.",
    ),
    Message(
        "SSLP106I",
        "{server} (process {pid}) has ended",
        "A server ended as it had been asked to.",
        "None.",
    ),
    Message(
        "SSLP107I",
        "{server} is Eligible again: it had no session for {minutes} minutes",
        "The stack ends servers that are not needed, except the first one, and starts them again when all others "
        "are full.",
        "None.",
    ),
    Message(
        "SSLP108W",
        "The pool is full: {sessions} sessions, and no server is left to activate; new connections wait up to "
        "{seconds} s",
        "New connections wait until a session ends.  What has waited that long is closed.",
        "If this happens often, raise SSLLIMITS MAXSESSIONS and POOL HIGH, or MAXPERSSLSERVER.  Use SSLADMIN "
        "QUERY STATUS to see whether servers are Stopped.",
    ),
    Message(
        "SSLP109E",
        "Connections cannot be accepted: {reason}; trying again",
        "The system refused a descriptor or memory for another connection.  Connections wait meanwhile.",
        "Raise the limit of open files (ulimit -n, or LimitNOFILE of the service), or lower SSLLIMITS MAXSESSIONS.",
    ),
    Message(
        "SSLP110E",
        "{server} is Active already",
        "START is for servers that are Eligible or Stopped.",
        "Use SSLADMIN RESTART to have it started again.",
    ),
    Message(
        "SSLP111E",
        "{server} is Starting already",
        "The server is being started.",
        "Wait until it is Active; SSLADMIN QUERY STATUS shows it.",
    ),
    Message(
        "SSLP112E",
        "{server} is Stopped already",
        "STOP is for servers that are not Stopped.",
        "None.",
    ),
    Message(
        "SSLP113E",
        "{server} is not Active, so it cannot be restarted",
        "RESTART is for servers that are Active.",
        "Use SSLADMIN START.",
    ),
    Message(
        "SSLP114E",
        "No server is Active, so there is none to be restarted or asked",
        "RESTART and SYSTEM are for servers that are Active.",
        "Use SSLADMIN START.",
    ),
    Message(
        "SSLP115W",
        "Connections closed because no room was found within {seconds} s: {count} since the stack started",
        "The pool was full for so long that waiting connections were given up.",
        "Raise SSLLIMITS MAXSESSIONS and POOL HIGH, or MAXPERSSLSERVER.",
    ),
    Message(
        "SSLP116I",
        "{server} is restarted: another process takes its place",
        "New connections go to its present process until the new one is Active.  The present one then takes no new "
        "sessions, and ends when its running sessions have ended or the quiesce time is over.  Several servers are "
        "restarted one after another.",
        "None.",
    ),
    Message(
        "SSLP117I",
        "{server} is being started",
        "The server becomes Active when its process is ready.",
        "None.",
    ),
    Message(
        "SSLP118I",
        "{server} is Stopped; sessions that may finish within {seconds} s: {sessions}",
        "It takes no new sessions, and is not activated by the stack until it is started by an operator.  Sessions "
        "that have not ended in that time are closed with close_notify.",
        "Use SSLADMIN START to have it back.",
    ),
    Message(
        "SSLP185I",
        "{server} is Stopped; its sessions were closed: {sessions}",
        "STOP with NOW closes running sessions at once, with close_notify.  The server takes no new sessions, and is "
        "not activated by the stack until it is started by an operator.",
        "Use SSLADMIN START to have it back.",
    ),
    Message(
        "SSLP119I",
        "The key database has been read by {server}; labels: {labels}",
        "New handshakes use the certificates as they are now; running sessions keep theirs.",
        "None.",
    ),
    Message(
        "SSLP186I",
        "The key database has been read and can be opened; labels: {labels}; servers use it when they start",
        "REFRESH has found no server that could take the key database.  The stack could read it and open it with its "
        "stash, and keeps it for the servers that are started.",
        "See the message after this one, and SSLADMIN QUERY SERVING.",
    ),
    Message(
        "SSLP187W",
        "Another stack named {stack} is running: it holds {paths}; the ports in use may belong to it",
        "Both were started with the same name and different run directories, and this one finds ports in use.",
        "End one of the two, or give it another name (--stack) and other ports.",
    ),
    Message(
        "SSLP120W",
        "{server}: connection {number} from {client} to {local} not secured: {reason}; name asked for {name}, version "
        "{version}",
        "A client did not complete the handshake.  The reason is in the TLS library's words where it gave any; name "
        "and version are - where the client did not come to say them.",
        "If clients that should get in are concerned, compare what they offer with SSLADMIN QUERY STATUS DETAILS: "
        "protocols, cipher suites, and the certificate that they must trust.",
    ),
    Message(
        "SSLP121W",
        "{server}: {application} at {addresses} cannot be reached: {reason}",
        "Clients of this application get a secure connection that is closed at once.  Each new connection tries "
        "again; this is said once until it succeeds.",
        "Start the application, or correct its :address. in the DTCPARMS file (--connect on a command line).",
    ),
    Message(
        "SSLP122I",
        "{server}: {application} is reached again",
        "A connection to the application has succeeded after others had failed.",
        "None.",
    ),
    Message(
        "SSLP123E",
        "{server}: a connection to {local} was closed: the server does not have label {label}",
        "The label was removed from the key database, REFRESH found it without its private key, no server can use "
        "it (SSLP172E says why), or this server could not read it (SSLP105E).",
        "Use gskkyman to put the label back if it is missing, then SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP124E",
        "{server} has no {what} left; it gets no connections until it has some",
        "The process has reached its limit of open files (a session needs up to three), or of memory.  Its sessions "
        "go on.  Connections that it could not take go to other servers.  Where it could not connect to an "
        "application, it tries again while CONNECT lasts.",
        "Descriptors: raise the limit of open files (ulimit -n, or LimitNOFILE of the service), or lower SSLLIMITS "
        "MAXPERSSLSERVER.  Memory: raise the storage of the servers' entry in USER.DIRECT.",
    ),
    Message(
        "SSLP125W",
        "{server}: {count} more within {seconds} s: {reason}",
        "Failures of the same kind, beyond the first ones, are counted and not listed.",
        "See the lines before this one.",
    ),
    Message(
        "SSLP126E",
        "{server} cannot be started: {reason}; it is tried again in {seconds} s",
        "The system did not give the stack what a server process needs.  Other servers are not affected.",
        "Raise the limit that the reason names: open files (ulimit -n, or LimitNOFILE of the service), processes or "
        "memory.",
    ),
    Message(
        "SSLP127W",
        "{server} (process {pid}) has not ended in time and is killed; sessions lost: {sessions}",
        "The server was to end, and is still there five seconds after its quiesce time: it hangs, or a signal has "
        "stopped it.",
        "If this happens again, find out what the process waits for: see /proc/PID/stack (as root), and the messages "
        "before this one.",
    ),
    Message(
        "SSLP128E",
        "{server} could not be replaced: {reason}; process {pid} goes on",
        "RESTART starts another process first.  That failed, so the present one stays in service.",
        "Put right what the reason says, then use SSLADMIN RESTART again.",
    ),
    Message(
        "SSLP129E",
        "{server}: process {pid} has been killed and has not ended; it is left behind",
        "The system cannot end the process, for example because it waits for a device or a file system that does not "
        "answer.  Another process takes its place.",
        "As root, see /proc/PID/stack.  The process ends when what it waits for answers, or when the machine is "
        "restarted.",
    ),
    Message(
        "SSLP130E",
        "Label {label} cannot be used: {reason}",
        "The TLS library did not accept the certificate or the private key.",
        "Make or import the certificate again with gskkyman.",
    ),
    Message(
        "SSLP131E",
        "The VMSSL operands leave no cipher suite that could be used with any of the protocol versions",
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
        "Every server is Stopped already",
        "STOP is for servers that are not Stopped.",
        "None.",
    ),
    Message(
        "SSLP198E",
        "A fault of sslpool was met while {activity}",
        "A mistake in sslpool.  The traceback follows in the log; everything else goes on.",
        "Report it with the traceback.",
    ),
    Message(
        "SSLP134I",
        "{server} gets another process: {reason}; process {pid} goes on until the new one is Active",
        "The server is restarted.  New connections go to the present process until the new one is Active.",
        "None.",
    ),
    Message(
        "SSLP135W",
        "{server} does not have all that USER.DIRECT grants it: {reasons}",
        "The system refused a limit of memory, a weight, a group or a user, and the server goes on without that. Only "
        "root may become another user, have a weight above the usual one, or raise limits.",
        "Start the stack as root, or have USER.DIRECT ask for what the stack's user may have; or correct what the "
        "system does not know.",
    ),
    Message(
        "SSLP180W",
        "{server} and the servers keep privileges that they do not need, since the system does not let them give these "
        "up: {reasons}",
        "With :sandbox.YES agent and servers give up access to files and system calls that they do not need, only root "
        "can read their memory, and they leave no core files.  The kernel does not have one of the means, or does not "
        "permit it, as in some containers.  Everything else is given up, and the pool serves.",
        "Use a kernel that has it (Landlock since Linux 5.13, in the list of lsm=; seccomp filters), or have the "
        "container permit it; with :sandbox.NO nothing is tried and nothing said.",
    ),
    Message(
        "SSLP181W",
        "{server} keeps privileges that it does not need: {reasons}",
        "As SSLP180W, for what only this server could not give up.",
        "See SSLP180W.  As a rule a limit is reached; the server tries again when it is restarted.",
    ),
    Message(
        "SSLP182W",
        "{server} may not read {path}: that directory was not there when the server began; another process takes over",
        "A server may read the directories in which its key database was when it began, and no others (:sandbox.).  "
        "The directory was removed and made again, or moved, or a symbolic link leads to it now.  A process that may "
        "read it takes the server's place; sessions of the present one may go on for as long as with RESTART.",
        "None.  To renew certificates without a new process replace files, and not their directory.",
    ),
    Message(
        "SSLP183W",
        "{server} (process {pid}) is killed, since it says what cannot be: {reason}",
        "The agent has said of a server's process what no agent says. Somebody may have made it his own, or its "
        "memory is damaged. What it said is not believed. Servers that run go on, and another agent takes its place.",
        "Find out who can reach the agent's process; RESTART the servers that it has made.",
    ),
    Message(
        "SSLP184W",
        "A server has said on its control connection what cannot be understood, and is ended: {reason}",
        "No server says that. Somebody may have made the server's process his own, or its memory is damaged. Another "
        "process takes its place; the messages that follow name the server.",
        "Look at what the server logged before, and at who reaches its ports.",
    ),
    Message(
        "SSLP199E",
        "{server} met a fault of sslpool and closed a session: {traceback}",
        "A mistake in sslpool.  The session that met it was closed; everything else goes on.  At most three faults a "
        "minute are logged; further ones are counted (SSLP705W).",
        "Report it with the traceback.",
    ),
    Message(
        "SSLP136W",
        "{server} (process {pid}) hangs: {reason}; it gets no new sessions",
        "The process makes no progress, or does not take the connections that it was handed.  Those that it has not "
        "taken go to other servers.  If it still hangs after another SSLLIMITS LIVENESS seconds, it is killed and "
        "replaced.",
        "As root, see /proc/PID/stack for what it waits for.  If it was only slow, as on an overloaded machine, raise "
        "SSLLIMITS LIVENESS.",
    ),
    Message(
        "SSLP137W",
        "{server} (process {pid}) still hangs and is killed: {reason}",
        "The process did not recover.  Its sessions are lost, and another process takes its place.",
        "See SSLP136W.",
    ),
    Message(
        "SSLP146W",
        "{server} (process {pid}), which was to end, hangs and is killed: {reason}; sessions lost: {sessions}",
        "The process was told to end when its sessions have, and hung before that.",
        "See SSLP136W.",
    ),
    Message(
        "SSLP138I",
        "{server} (process {pid}) has recovered",
        "The process makes progress again, or has descriptors and memory again.  It gets new sessions.",
        "None.",
    ),
    Message(
        "SSLP139W",
        "{server} (process {pid}) hangs and is killed: {reason}",
        "The process is the agent, which forks servers.  It makes no progress, or has not made a server in time.  "
        "Sessions and running servers are not affected.  Another agent takes its place.",
        "As root, see /proc/PID/stack for what it waits for.",
    ),
)
