# -*- test-case-name: tests.config.test_configuration -*-
"""
What the rest of the product knows of the configuration: frozen records and no
rules.  Made in the stack process, and by the commands that read configuration files.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from sslpool.config.limits import Limits
from sslpool.config.portpolicy import PLAIN, NamePattern, PortPolicy, SessionTerms
from sslpool.config.securing import Dynamic, Outbound, Plain, Remote, Securing
from sslpool.messages import Finding

DEFAULT_PAGES = "10000-100FF"
"""
The pages of the shared segment as z/VM has them where nothing else is said.
"""


@frozen
class Position:
    """
    A place in a configuration file.

    @ivar file: the file's name, without its directory.
    @ivar line: the line, 1 being the first; 0 is the file as a whole.
    """

    file: str
    line: int


@frozen
class ServerParameters:
    """
    The VMSSL operands, from C{:parms.} or a command line.  Names are in upper case.

    @ivar keyFile: the key database as it was written, absolute or relative.
    @ivar cacheLife: life of a cached session in seconds, 0 to 86400; 0 is no resumption.
    @ivar cacheCleanup: how many connections of a server pass between two removals of
        expired cache entries, 10 to 1000; without meaning here, as tickets need none.
    @ivar gskTrace: the System SSL trace mask; of it, bits 1, 2, 4 and 8 have a meaning here.
    @ivar exempt: cipher suites that are not to be used, in the order given.
    @ivar exemptStrength: C{HIGH}, C{MEDIUM}, C{LOW} or C{NONE}: that strength and all lower ones are not to be used;
        C{None} where nothing is exempt by strength.  Never together with C{exempt}.
    @ivar enable: cipher suites to be used beyond the default ones, in the order given.
    @ivar protocols: protocol versions that clients may use, oldest first, of
        C{TLSV1_0}, C{TLSV1_1}, C{TLSV1_2} and C{TLSV1_3}; never empty.
    @ivar mode: C{FIPS-140-2}, C{NIST-800-131A}, or C{None} for no particular mode.
    @ivar fallbackScsv: TLS_FALLBACK_SCSV (RFC 7507) is honored; the library always does.
    @ivar trace: the operands of TRACE as words; empty where NOTRACE is in effect.
    @ivar vmDump: C{ERROR} or C{ERRORSOCKET}, which has no effect, or C{None} where it is not given.
    @ivar place: where the operands stand.
    """

    keyFile: str = "/etc/gskadm/Database.kdb"
    cacheLife: int = 86400
    cacheCleanup: int = 100
    gskTrace: int = 0
    exempt: tuple[str, ...] = ()
    exemptStrength: str | None = None
    enable: tuple[str, ...] = ()
    protocols: tuple[str, ...] = ("TLSV1_2", "TLSV1_3")
    mode: str | None = None
    fallbackScsv: bool = True
    trace: tuple[str, ...] = ("NORMAL", "ALL")
    vmDump: str | None = None
    place: Position = field(default=Position(":parms.", 0), eq=False)


@frozen
class SecurePort:
    """
    A PORT entry on which the stack listens, and for whom: one with SECURE, one of an application
    whose connections become secure on the way, or one with SECURECLIENT.

    @ivar number: the port.
    @ivar userid: the application's userid.
    @ivar label: the label of the certificate.
    @ivar bind: the address to listen on, or C{None} for all, IPv4 and IPv6.
    @ivar address: where the cleartext goes: C{host:port}, C{[v6]:port} or an absolute path.
    @ivar position: where the entry stands.
    @ivar securing: how connections become secure; where that is L{Outbound}, C{address} is that of the
        remote host, and C{label} is our own certificate, or empty.
    @ivar policy: what it asks of its clients beyond the label's certificate.
    @ivar manhole: the stack itself is the application: the manhole.
    @ivar source: the numeric address from which servers connect to C{address}; empty is whichever the system takes.
    @ivar allow: the networks whose clients may come; none is every network.
    @ivar deny: the networks whose clients may not, not even where C{allow} has them.
    @ivar terms: what its sessions keep to.
    """

    number: int
    userid: str
    label: str
    bind: str | None
    address: str
    position: Position
    securing: Securing = Plain()
    policy: PortPolicy = PLAIN
    manhole: bool = False
    source: str = ""
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    terms: SessionTerms = SessionTerms()

    @property
    def remote(self) -> Remote | None:
        """
        The remote host to which TLS goes, or C{None}.
        """
        return self.securing.remote if isinstance(self.securing, Outbound) else None


@frozen
class Application:
    """
    A protected application server, from its DTCPARMS entry.

    @ivar userid: its userid.
    @ivar address: where its cleartext port is, in the form of L{SecurePort.address}, or C{None}.
    @ivar command: what AUTOLOG starts, C{:command.} followed by C{:parms.}, or C{None}.
    @ivar position: where the entry stands.
    @ivar dynamic: how connections to its cleartext ports become secure, or C{None}.
    @ivar label: the label of the certificate there, C{:tlslabel.}; may be empty where their security is C{NEVER}.
    @ivar check: what is asked of clients there: C{NONE}, C{PREFERRED} or C{REQUIRED}.
    @ivar proxy: the PROXY header it expects, in upper case, or C{None}.
    @ivar clients: which names the certificates of its clients may have, C{:clientcert.}: all patterns of any one rule.
    @ivar source: the numeric address from which servers connect to it, C{:source.}; empty is whichever
        the system takes.
    @ivar user: the user as whom AUTOLOG starts it, a name or a number, C{:user.}; empty is the stack's.
    @ivar terms: C{:truncation.}: what its sessions keep to where the port says nothing.
    @ivar place: where C{:address.} stands, or the entry where it has none.
    @ivar sourcePlace: where C{:source.} stands, likewise.
    """

    userid: str
    address: str | None
    command: str | None
    position: Position
    dynamic: Dynamic | None = None
    label: str = ""
    check: str = "NONE"
    proxy: str | None = None
    clients: tuple[tuple[NamePattern, ...], ...] = ()
    source: str = ""
    user: str = ""
    terms: SessionTerms = SessionTerms()
    place: Position = field(default=Position("", 0), eq=False)
    sourcePlace: Position = field(default=Position("", 0), eq=False)


@frozen
class Mount:
    """
    A pair of C{:mount.}: what is below C{target} is looked for below C{source}.

    @ivar source: a directory, absolute or relative to the configuration directory.
    @ivar target: the absolute path that stands for it.
    @ivar position: where C{:mount.} stands.
    @ivar watch: a change of the key database in it is a REFRESH.
    """

    source: str
    target: str
    position: Position
    watch: bool = False


@frozen
class Machine:
    """
    What the CP directory grants a server.  C{None} is "as the stack itself".

    @ivar storage: storage in octets at logon.
    @ivar maximum: the most storage in octets; C{storage} counts where it is not given.
    @ivar uid: the POSIX user id.
    @ivar gid: the POSIX group id.
    @ivar group: the POSIX group's name.
    @ivar share: the relative share of the processor, 1 to 10000 (CP's default is 100).
    """

    storage: int | None = None
    maximum: int | None = None
    uid: int | None = None
    gid: int | None = None
    group: str | None = None
    share: int | None = None

    @property
    def most(self) -> int | None:
        """
        The most storage in octets that can be had: without a maximum, what there is at logon.
        """
        return self.storage if self.maximum is None else self.maximum


@frozen
class WorkSpaces:
    """
    Where the work spaces of a pool's members are, from C{:vmlink.}.

    @ivar filePool: the file pool: a name in upper case, or the absolute path of a directory.
    @ivar owner: the userid that owns the spaces.
    @ivar prefix: what the members' userids begin with.
    @ivar position: where C{:vmlink.} stands.
    """

    filePool: str
    owner: str
    prefix: str
    position: Position

    @property
    def common(self) -> str:
        """
        The name of the space that all members share.
        """
        return f"{self.owner}.SSLPOOL_{self.prefix}"

    def member(self, userid: str) -> str:
        """
        Return the name of a member's own space.
        """
        return f"{self.owner}.{userid}"


@frozen
class AdminPort:
    """
    Where the stack may be administered from other machines, from C{:admin_port.}.

    @ivar host: the numeric address to listen on.
    @ivar number: the port.
    @ivar label: the label of the stack's certificate there.
    @ivar authority: the label of the authority whose clients are trusted; empty for
        all authorities of the key database.
    """

    host: str
    number: int
    label: str
    authority: str = ""

    @property
    def local(self) -> str:
        """
        The address as messages have it.
        """
        return f"[{self.host}]:{self.number}" if ":" in self.host else f"{self.host}:{self.number}"


@frozen
class Configuration:
    """
    A configuration in which no error was found.

    @ivar stack: the stack's userid.
    @ivar serverId: the operand of SSLSERVERID: C{*} for the pool, or the one server's userid.
    @ivar timeout: seconds for which AUTOLOG waits for the servers.
    @ivar limits: the limits in effect.
    @ivar poolPrefix: what the members' userids begin with; the userid of the one server where C{serverId} is not C{*}.
    @ivar poolHigh: how many servers there can be, 1 to 256.
    @ivar agent: the userid of the session-cache agent.
    @ivar administrators: who may use privileged SSLADMIN commands, in upper case.
    @ivar obey: who may change the running stack, in upper case.
    @ivar ports: the secure ports, in the order of the profile.
    @ivar applications: the applications of this stack.
    @ivar autolog: the userids that AUTOLOG starts, in order and without SSL servers.
    @ivar parameters: the VMSSL operands of the servers.
    @ivar keyFile: absolute path of the key database.
    @ivar machine: what the CP directory grants each server.
    @ivar workSpaces: the members' work spaces, or C{None} where they have none.
    @ivar segment: the name of the shared segment; empty is the stack's userid.
    @ivar segmentPages: its first and last page, C{hexpage1-hexpage2}: the first one is shown, and nothing else.
    @ivar watchKeys: a change of C{keyFile} is a REFRESH.
    @ivar mounts: where directories of C{keyFile} are really, as far as that is not z/VM's.
    @ivar adminPort: where remote administration is, or C{None} where there is none.
    @ivar timeZone: the time zone of the log, as POSIX has it in TZ; C{None} is the system's.
    @ivar timeStamp: C{ON}: lines of consoles begin with the time of day; C{MS}: with milliseconds; or C{OFF}.
    @ivar owner: the userid to which consoles are delivered.
    @ivar exempt: the networks to whose clients the limits of single addresses do not apply.
    @ivar sandbox: the processes give up what they do not need.
    @ivar checks: what labels ask of clients wherever they serve: pairs of a label and a level.
    """

    stack: str
    serverId: str
    timeout: int
    limits: Limits
    poolPrefix: str
    poolHigh: int
    agent: str
    administrators: frozenset[str]
    obey: frozenset[str]
    ports: tuple[SecurePort, ...]
    applications: tuple[Application, ...]
    autolog: tuple[str, ...]
    parameters: ServerParameters
    keyFile: str
    machine: Machine = Machine()
    workSpaces: WorkSpaces | None = None
    segment: str = ""
    segmentPages: str = DEFAULT_PAGES
    mounts: tuple[Mount, ...] = ()
    watchKeys: bool = False
    timeZone: str | None = None
    adminPort: AdminPort | None = None
    checks: tuple[tuple[str, str], ...] = ()
    timeStamp: str = "ON"
    owner: str = "TCPMAINT"
    exempt: tuple[str, ...] = ()
    sandbox: bool = True

    @property
    def members(self) -> tuple[str, ...]:
        """
        The servers' userids in the order of their numbers: C{SSL00001} and so on.
        """
        if self.serverId != "*":
            return (self.serverId,)
        return tuple(f"{self.poolPrefix}{number:05}" for number in range(1, self.poolHigh + 1))


@frozen
class Assembly:
    """
    What came of reading a set of configuration files.

    @ivar configuration: the configuration, or C{None} where errors in the files leave none.
    @ivar findings: everything there is to say about the files.
    @ivar lists: the entries of the profile's lists, and whether the stack does something for each.
    """

    configuration: Configuration | None
    findings: tuple[Finding, ...]
    lists: Mapping[str, Mapping[str, bool]] = field(factory=dict)
