# -*- test-case-name: tests.wire.test_records -*-
"""
What a report is made from: records about servers, sessions and listeners, as plain values that travel over the
control protocol and print as JSON.  Made in the stack and in the servers, read by the commands.
"""

from __future__ import annotations

from attrs import field, frozen

from sslpool.messages import Said
from sslpool.wire.admission import AdmissionStatus
from sslpool.wire.labels import UnservedLabel, UnusableLabel


@frozen
class FormerProcess:
    """
    A process whose place in the pool another has taken, while it still has sessions.

    @ivar pid: its process id.
    @ivar sessions: secure sessions that it owns now.
    """

    pid: int
    sessions: int


@frozen
class ServerStatus:
    """
    One member of the pool.

    @ivar userid: its name, such as C{SSL00001}.
    @ivar state: C{Active}, C{Eligible}, C{Starting} or C{Stopped}.
    @ivar sessions: secure sessions of all its processes now.
    @ivar maximum: the most that one process may own (MAXPERSSLSERVER).
    @ivar peak: the most that one process has owned at once since the stack started.
    @ivar total: sessions handed to it since the stack started.
    @ivar pid: its process id, or 0 while there is no process.
    @ivar quiescing: it takes no new sessions while running ones may finish.
    @ivar since: when it entered its state, in seconds since the epoch.
    @ivar reason: why it is in its state, as the operator would say it.
    @ivar health: C{ok}; C{hung} where its process makes no progress or takes nothing that it was handed;
        C{exhausted} where it has no descriptors or memory left.  Only one that is C{ok} gets new sessions.
    @ivar healthSince: since when that has been so, in seconds since the epoch.
    @ivar healthReason: what is wrong, as the operator would say it; empty where nothing is.
    @ivar former: processes that have been replaced and still have sessions.
    """

    userid: str
    state: str
    sessions: int
    maximum: int
    peak: int
    total: int
    pid: int
    quiescing: bool
    since: float
    reason: str
    health: str = "ok"
    healthSince: float = 0.0
    healthReason: str = ""
    former: tuple[FormerProcess, ...] = ()


@frozen
class PortServing:
    """
    Whether new clients of one secure port are served.

    @ivar local: its address, C{address:port} (IPv6 in brackets).
    @ivar userid: the application's user ID.
    @ivar serving: they are.
    @ivar reason: the id of the message that says so, or why not.
    @ivar text: its text.
    @ivar action: what to do about it.
    """

    local: str
    userid: str
    serving: bool
    reason: str
    text: str
    action: str


@frozen
class ServingStatus:
    """
    Whether a new client is served now.

    @ivar serving: it is, on one port at least.
    @ivar reason: the id of the message that says so, or why not.
    @ivar text: its text.
    @ivar action: what to do about it.
    @ivar ports: the same for each secure port.
    """

    serving: bool
    reason: str
    text: str
    action: str
    ports: tuple[PortServing, ...] = ()


@frozen
class PoolStatus:
    """
    The pool as a whole.

    @ivar stack: the stack's user ID.
    @ivar serverId: the operand of SSLSERVERID: a user ID, or C{*} for the pool.
    @ivar timeout: SSLSERVERID TIMEOUT in seconds.
    @ivar sessions: secure sessions now, over all servers.
    @ivar maximum: MAXSESSIONS.
    @ivar maxPerServer: MAXPERSSLSERVER.
    @ivar peak: the most sessions at once since the stack started.
    @ivar total: sessions handed to servers since the stack started.
    @ivar routing: C{FILL} or C{SPREAD}.
    @ivar full: new connections wait for a server.
    @ivar agent: the agent's user ID.
    @ivar agentPid: its process id, or 0 while there is none.
    @ivar started: when the stack started, in seconds since the epoch.
    @ivar servers: the members, in the order of their numbers.
    @ivar segment: the name of the shared segment.
    @ivar control: events at the control socket and the port of remote administration, a count for each message id:
        C{SSLP413W} cut off, C{SSLP439W} refused because the caller was not authorized, C{SSLP405E} faults of ours.
    @ivar programs: results of requests at the application socket: how many C{connections
        handed over} and C{requests refused}; nothing where nobody has asked.
    @ivar admission: who is let in, and how many were refused.
    @ivar closed: the secure ports on which the stack does not listen, with the reason.
    @ivar pending: the messages about changes in the files that only a new start can follow, as the files
        were when they were read last: at NETSTAT OBEY and SIGHUP, SSLADMIN START and RESTART.
    @ivar trust: messages about whom the applications trust, and as whom the servers run.
    @ivar serving: whether a new client is served; C{None} where it is not told.
    """

    stack: str
    serverId: str
    timeout: int
    sessions: int
    maximum: int
    maxPerServer: int
    peak: int
    total: int
    routing: str
    full: bool
    agent: str
    agentPid: int
    started: float
    servers: tuple[ServerStatus, ...]
    segment: str = ""
    control: dict[str, int] = field(factory=dict)
    programs: dict[str, int] = field(factory=dict)
    closed: tuple[ListenerRecord, ...] = ()
    admission: AdmissionStatus = AdmissionStatus()
    pending: tuple[Said, ...] = ()
    trust: tuple[str, ...] = ()
    serving: ServingStatus | None = None


@frozen
class LabelStatus:
    """
    A certificate as a server uses it.

    @ivar label: its label.
    @ivar subject: the subject's name, RFC 4514.
    @ivar notAfter: when it expires, in seconds since the epoch.
    @ivar fingerprint: SHA-256 over the certificate, as colon-separated upper-case octets.
    @ivar generation: how often the labels were read; sessions keep the one they began with.
    """

    label: str
    subject: str
    notAfter: float
    fingerprint: str
    generation: int


@frozen
class LabelsRead:
    """
    What a server has found in the key database: when it begins, and built aside for REFRESH.

    @ivar digest: over every certificate, its label and its chain, and the labels that cannot be used.
    @ivar labels: the certificates that it serves, in the order of their labels.
    @ivar unusable: the labels that it cannot use as they are, in their order.
    @ivar unserved: the labels that it serves to no purpose.
    @ivar instead: the message why it has not read the key database, but what was accepted last, if so.
    @ivar idle: the protocol versions that are on and with which none of the labels can be reached.
    """

    digest: str
    labels: tuple[LabelStatus, ...]
    unusable: tuple[UnusableLabel, ...] = ()
    unserved: tuple[UnservedLabel, ...] = ()
    instead: Said | None = None
    idle: tuple[str, ...] = ()


@frozen
class SuiteStatus:
    """
    A cipher suite of the table, and what has become of it.

    @ivar name: its name in EXEMPT and ENABLE.
    @ivar strength: C{HIGH}, C{MEDIUM}, C{LOW} or C{NONE}.
    @ivar library: the library's name; empty where there never was one.
    @ivar state: C{in use}, C{exempt}, C{off} (ENABLE adds it), C{not in MODE}, C{no protocol
        version} (none in use can use it), or C{not provided} (the library does not have it).
    """

    name: str
    strength: str
    library: str
    state: str


@frozen
class ServerDetails:
    """
    What a server says of itself.

    @ivar userid: its name.
    @ivar keyFile: the key database in use.
    @ivar library: name and version of the TLS library.
    @ivar cacheLife: life of a session ticket, in seconds.
    @ivar protocols: protocol versions that a client may use, oldest first.
    @ivar ciphers: cipher suites in use, in order of preference, by the library's names.
    @ivar labels: the certificates.
    @ivar outcomes: how sessions ended, a count for each outcome.
    @ivar received: octets received from clients, decrypted.
    @ivar sent: octets sent to clients, before encryption.
    @ivar resumed: handshakes that resumed an earlier session.
    @ivar memory: resident memory in octets; 0 where it is not known.
    @ivar mode: C{FIPS-140-2} or C{NIST-800-131A}, or empty.
    @ivar groups: groups of key exchange in use, in order of preference.
    @ivar suites: all suites of the table.
    @ivar denied: requests of dynamic SSL that were refused in dialogues that went on.
    @ivar descriptors: how many it has open; 0 where it is not known.
    @ivar lag: the greatest delay, in the last minute, of work that is due four times a second, in seconds.
    @ivar operands: the VMSSL operands in effect, each as an operator would write it.
    """

    userid: str
    keyFile: str
    library: str
    cacheLife: int
    protocols: tuple[str, ...]
    ciphers: tuple[str, ...]
    labels: tuple[LabelStatus, ...]
    outcomes: dict[str, int]
    received: int
    sent: int
    resumed: int
    memory: int
    mode: str = ""
    groups: tuple[str, ...] = ()
    suites: tuple[SuiteStatus, ...] = ()
    denied: int = 0
    descriptors: int = 0
    lag: float = 0.0
    operands: tuple[str, ...] = ()


@frozen
class SessionRecord:
    """
    One secure session.

    @ivar number: the connection number.
    @ivar server: the member that owns it.
    @ivar client: the client's address, C{address:port} (IPv6 in brackets).
    @ivar local: the secure address that the client connected to, in the same form.
    @ivar userid: the application's user ID, from the PORT statement.
    @ivar label: the certificate's label.
    @ivar state: C{Handshake}, C{Connecting}, C{Established} or C{Closing}; C{Unknown} where a fault of
        sslpool keeps it from being described (SSLP199E).
    @ivar protocol: C{TLSv1.2}, C{TLSv1.3}, or empty before the handshake is complete.
    @ivar cipher: the suite by the library's name, or empty.
    @ivar resumed: the handshake resumed an earlier session.
    @ivar started: when it was accepted, in seconds since the epoch.
    @ivar received: octets received from the client, decrypted.
    @ivar sent: octets sent to the client, before encryption.
    @ivar kind: C{Static}, C{Dynamic} where a program handed the connection over,
        C{Outbound} where the other side is the TLS server, C{Dynamic outbound}, or C{Data} for a data
        connection of FTP, whose number is that of its control session and a multiple of 2**32.
    @ivar peer: the subject of the client's certificate, RFC 4514; empty where it has shown none.
    @ivar objection: why that certificate is not trusted; empty where it is.
    @ivar alpn: the protocol that ALPN has agreed upon; empty where there is none.
    @ivar name: the server name that the client asked for, or we did as a client; empty where there is none.
    @ivar group: the group of key exchange by the library's name, or empty.
    """

    number: int
    server: str
    client: str
    local: str
    userid: str
    label: str
    state: str
    protocol: str
    cipher: str
    resumed: bool
    started: float
    received: int
    sent: int
    kind: str = "Static"
    peer: str = ""
    objection: str = ""
    alpn: str = ""
    name: str = ""
    group: str = ""


@frozen
class TraceStatus:
    """
    What a server traces.

    @ivar userid: the member's user ID.
    @ivar state: its state.
    @ivar trace: the operands of TRACE, or C{NOTRACE}; and a key log that is on.
    """

    userid: str
    state: str
    trace: str


@frozen
class ConnectionRecord:
    """
    What NETSTAT tells everybody about a secure session.

    @ivar number: the connection number.
    @ivar userid: the application's user ID, from the PORT statement.
    @ivar local: the secure address that the client connected to, C{address:port} (IPv6 in brackets).
    @ivar client: the client's address, in the same form.
    @ivar state: as in L{SessionRecord}.
    @ivar server: the member that owns it.
    @ivar label: the certificate's label.
    @ivar protocol: as in L{SessionRecord}.
    @ivar cipher: as in L{SessionRecord}.
    """

    number: int
    userid: str
    local: str
    client: str
    state: str
    server: str = ""
    label: str = ""
    protocol: str = ""
    cipher: str = ""


@frozen
class ListenerRecord:
    """
    A secure port of the stack.

    @ivar userid: the application's user ID, from the PORT statement.
    @ivar local: the address, C{address:port} (IPv6 in brackets).
    @ivar label: the label that secures it.
    @ivar application: where its cleartext goes, C{address:port} or a path.
    @ivar state: C{Listen}, or C{Closed} where it could not be opened.
    @ivar reason: the message why it is closed; NETSTAT does not show it.
    """

    userid: str
    local: str
    label: str
    application: str
    state: str = "Listen"
    reason: Said | str = ""
