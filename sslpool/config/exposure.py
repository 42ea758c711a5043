# -*- test-case-name: tests.config.test_exposure -*-
"""
Whom applications take the clients of the pool for, and what they let such clients do.  Pure; used in
the stack process and by C{sslpool check}.

What applications trust was found by trying them, with the settings that Debian 12 installs;
docs/applications.md has versions and the lines to set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import evolve, field, frozen

from sslpool.config.configuration import Application, Configuration, Position, SecurePort
from sslpool.config.securing import Dynamic, Implicit
from sslpool.config.values import hostAndPort, loopback
from sslpool.messages import Finding, finding


@frozen
class Kind:
    """
    A kind of application.

    @ivar ports: the well-known ports of its cleartext and its TLS.
    @ivar protocols: its values of C{:dynamic.}.
    @ivar trusts: what such applications let a client of their own machine do.
    @ivar instead: what another address would change; empty where that is what is wanted.
    """

    ports: frozenset[int]
    protocols: frozenset[str]
    trusts: str
    instead: str = ""


def _kind(ports: str, protocols: str, trusts: str, instead: str = "") -> Kind:
    return Kind(frozenset(map(int, ports.split())), frozenset(protocols.split()), trusts, instead)


KINDS: tuple[Kind, ...] = (
    _kind(
        "25 465 587 2525",
        "SMTP",
        "Postfix (mynetworks) and Exim (relay_from_hosts) relay its mail to anywhere by default",
    ),
    _kind("24", "LMTP", "LMTP servers ask this address for no password"),
    _kind("6379 6380", "", "the protected mode of Redis does not apply to it; without requirepass, everything is open"),
    _kind("11211", "", "memcached does not authenticate it; everything is open"),
    _kind("1883 8883", "", "mosquitto without a listener line admits it without a password"),
    _kind("5672 5671 15672 15671", "", "RabbitMQ lets guest log in from it with the password guest"),
    _kind(
        "80 81 443 3000 5000 8000 8008 8080 8081 8088 8443 8888 9000",
        "",
        "Require local of Apache and allow 127.0.0.1 of nginx admit everybody; gunicorn and uvicorn trust the "
        "client's own X-Forwarded headers",
    ),
    _kind("631", "", "CUPS lets it print, and administer the printers"),
    _kind("389 636", "LDAP", "access rules by peername, such as slapd's, match everybody"),
    _kind("5432 5433", "POSTGRESQL", "lines of pg_hba.conf for it match everybody, even those with trust"),
    _kind("3306 3307", "MYSQL", "accounts at localhost or 127.0.0.1 are open to everybody"),
    _kind("27017", "", "MongoDB lets it create the first user"),
    _kind("2375", "", "anyone who can reach Docker is root"),
    _kind("5984 9200", "", "a database without passwords is open to everybody"),
    _kind(
        "110 143 993 995 4190",
        "IMAP POP3",
        "Dovecot considers a connection between equal addresses secure, and login_trusted_networks with it "
        "match everybody",
        "With another address, it would refuse passwords",
    ),
)
"""
What is known, the first that fits counts.
"""


STANDING = frozenset({"SSLP226W", "SSLP227I", "SSLP228W", "SSLP229W", "SSLP275W"})
"""
The ids of what is said here: once, when it becomes so, and not whenever files are read.
"""


@frozen
class LocalSystem:
    """
    What the machine says about a configuration.

    @ivar root: the process runs as root.
    @ivar others: an address of this machine that is not its loopback address, for each of the versions
        of IP that has one.
    @ivar lacking: those C{:source.} from which nobody can connect now.
    @ivar names: loopback addresses by the names that this machine gives them itself, in lower case.
    """

    root: bool = False
    others: Mapping[int, str] = field(factory=dict)
    lacking: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(factory=dict)


def exposures(configuration: Configuration, local: LocalSystem) -> list[Finding]:
    """
    Return what is to be said of the applications that ports lead to, once of each, and of the servers' user.
    """
    asRoot = local.root and configuration.machine.uid is None and not _isDemonstration(configuration)
    found = [*_servers(configuration)] if asRoot else []
    known = {each.userid: each for each in configuration.applications}
    ports: dict[str, list[SecurePort]] = {}
    for port in configuration.ports:
        if port.remote is None and not port.manhole:
            ports.setdefault(port.userid, []).append(port)
    for userid, itsPorts in ports.items():
        found += _application(known.get(userid) or _unnamed(itsPorts[0]), itsPorts, local, asRoot)
    return found


def _unnamed(port: SecurePort) -> Application:
    """
    Return the application of a port that comes from a command line.
    """
    application = Application(port.userid, port.address, None, port.position, source=port.source)
    return evolve(application, place=Position("--connect", 0), sourcePlace=Position("--source", 0))


def _servers(configuration: Configuration) -> Iterator[Finding]:
    files = not _onCommandLine(configuration)
    remedy = f"POSIXINFO UID in the entry of {configuration.poolPrefix} or its profile" if files else "--user NAME"
    yield finding("SSLP275W", "USER.DIRECT" if files else "--user", 0, remedy=remedy)


def _isDemonstration(configuration: Configuration) -> bool:
    """
    Whether it is that of C{--demo}, whose files are for the user who starts it alone.
    """
    return any(port.position.file == "--demo" for port in configuration.ports)


def _onCommandLine(configuration: Configuration) -> bool:
    return any(port.position.file.startswith("--") for port in configuration.ports)


def _application(
    application: Application, ports: list[SecurePort], local: LocalSystem, asRoot: bool
) -> Iterator[Finding]:
    place, address = application.place, application.address or ""
    about = {"userid": application.userid, "address": address}
    if address.startswith("/"):
        if asRoot:
            yield finding("SSLP228W", place.file, place.line, **about)
        return
    if application.source:
        if application.source in local.lacking:
            place = application.sourcePlace
            yield finding("SSLP229W", place.file, place.line, userid=application.userid, source=application.source)
        return
    target = hostAndPort(address)
    host = "" if target is None else _ownHost(target[0], local)
    if target is None or not host:
        return
    tag = "--source " if place.file.startswith("--") else ":source."
    other = local.others.get(6 if host == "::1" else 4)
    kind = kindOf(target[1], ports)
    another = f"{tag}{other} shows it another address" if other else f"{tag.rstrip()} can show it another address"
    words = {**about, "host": host, "another": (kind and kind.instead) or another, "same": f"{tag}{host}"}
    if kind is None:
        yield finding("SSLP227I", place.file, place.line, **words)
    else:
        yield finding("SSLP226W", place.file, place.line, **words, trusts=kind.trusts)


def _ownHost(host: str, local: LocalSystem) -> str:
    """
    Return from which loopback address this machine connects to C{host}; empty where it is no loopback
    address, or where only the name service could tell.
    """
    own = loopback(local.names.get(host.lower(), host))
    if not own:
        return ""
    # It does so from 127.0.0.1, whichever address of 127.0.0.0/8 it is.
    return "::1" if ":" in own[0] else "127.0.0.1"


def kindOf(number: int, ports: list[SecurePort]) -> Kind | None:
    """
    Return of which kind an application is: by its protocol, its own port, and the ports that lead to it.
    """
    protocols = {port.securing.protocol for port in ports if isinstance(port.securing, Dynamic | Implicit)}
    if protocols:
        return next((kind for kind in KINDS if kind.protocols & protocols), None)
    numbers = (number, *(port.number for port in ports))
    return next((kind for each in numbers for kind in KINDS if each in kind.ports), None)
