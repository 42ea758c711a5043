# -*- test-case-name: tests.test_tap -*-
"""
C{twistd sslpool}: the options, and the place where the roles of the stack
process meet (those of the agent and the servers meet in L{sslpool.ssldcssm}).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import cast

from attrs import evolve, frozen
from twisted.application.service import IService
from twisted.python.usage import Options as UsageOptions

from sslpool.agent.segment import createSegmentFile, mapSegment
from sslpool.clocks import Epoch, countMonotonic
from sslpool.composition.parts import askers, linkMaker, makers, observe
from sslpool.composition.unread import Unread
from sslpool.config.configuration import Assembly, Configuration, ServerParameters
from sslpool.config.limits import Routing
from sslpool.control.authority import Authority
from sslpool.control.paths import runDirectory
from sslpool.control.remoteservice import RemoteService
from sslpool.control.service import ControlService, callerOf
from sslpool.interfaces import IStackReactor
from sslpool.manager.administration import PoolAdministration
from sslpool.manager.growth import PoolGrowth
from sslpool.manager.identity import poolIdentity, segmentIdentity
from sslpool.manager.liveness import Liveness
from sslpool.manager.pool import Pool
from sslpool.manager.renewal import Renewal
from sslpool.manager.retirement import Retirement
from sslpool.manager.sessioncache import SessionCache
from sslpool.manager.starter import AgentStarter
from sslpool.messages import Finding, OperatorError, Severity, operatorError
from sslpool.observe.bounded import Bounds
from sslpool.observe.choices import chooseLogs, consolesIn, habitsFor
from sslpool.observe.keylog import KeyFile
from sslpool.observe.logs import Logs
from sslpool.observe.manhole import manhole, placing
from sslpool.places import applicationPath
from sslpool.pool.launching import Beginning, Sandbox
from sslpool.pool.states import Event
from sslpool.repeating import Repeating
from sslpool.signals import hold
from sslpool.stack.acceptor import Acceptor
from sslpool.stack.announcement import Announcement, Operands
from sslpool.stack.applicationsocket import ApplicationSocket
from sslpool.stack.autolog import Autolog, autologged
from sslpool.stack.demo import ExampleApplication, demoConfiguration, instructions
from sslpool.stack.descriptors import DescriptorLimit
from sslpool.stack.expiry import ExpiryWatch
from sslpool.stack.files import ConfigurationDirectory
from sslpool.stack.listening import RETRY, ListeningPorts
from sslpool.stack.lookups import Lookups
from sslpool.stack.names import resolved
from sslpool.stack.neighbours import TAKEN
from sslpool.stack.oneline import MOST_PER_SERVER, oneLineConfiguration
from sslpool.stack.order import OrderedServices
from sslpool.stack.orphans import reapOrphans
from sslpool.stack.ports import FINAL, Ports
from sslpool.stack.reconfiguration import Load, Reconfiguration, Turn
from sslpool.stack.reload import reload
from sslpool.stack.renewing import fileWatches
from sslpool.stack.scratch import Scratch
from sslpool.stack.signals import Signals
from sslpool.stack.standalone import standing, withOperands
from sslpool.stack.upkeep import Tend, Upkeep, guarded
from sslpool.stack.zone import LogZone
from sslpool.tls.policy import Policy


class Options(UsageOptions):
    """
    The options of C{twistd sslpool}.
    """

    synopsis = "[options]"
    longdesc = (
        "Runs a pool of TLS servers in front of applications that speak cleartext: from configuration files "
        "(--config), for one application from the command line (--listen, --connect, --certificate), "
        "or as a demonstration (--demo)."
    )
    optParameters = [
        ["config", None, None, "Directory of the configuration files."],
        ["stack", None, None, "Userid of the stack; otherwise TCPIP DATA says it."],
        ["run", None, None, "Directory for the control socket."],
        ["listen", None, None, "Address and port to listen on, such as 127.0.0.1:8443; :8443 is all addresses."],
        ["connect", None, None, "Address and port, or path, of the cleartext application."],
        ["certificate", None, None, "Certificate, chain and private key: PEM, PKCS #12 or a key database."],
        ["port", None, "", "With --listen: operands of a PORT statement, such as STRICT ALPN h2,http/1.1."],
        ["servers", None, 5, "How many servers the pool has.", int],
        ["max-per-server", None, 600, "Sessions that one server owns at most.", int],
        ["routing", None, "fill", "fill: the first server with room; spread: the one with the fewest sessions."],
        ["sandbox", None, None, "With --listen and --demo: yes or no, whether servers give up what they do not need."],
        ["log-size", None, Bounds().size, "Octets after which a console or a log as JSON begins another file.", int],
        ["log-keep", None, Bounds().keep, "How many of the files before that are kept.", int],
        ["vmssl", None, None, "One server that stands alone, with these VMSSL operands."],
    ]
    optFlags = [["demo", None, "Run an example application with a certificate of its own behind a pool."]]
    compData = None

    def __init__(self) -> None:
        super().__init__()
        self.logs: list[str] = []

    def opt_log(self, where: str) -> None:
        """
        Log beside twistd's own: console[:DIR], json:FILE, journal or none; may be repeated [default: console].
        """
        self.logs.append(where)


def makeService(options: Options) -> IService:
    """
    Return the stack that the options ask for.

    What the operator can put right is found here as far as possible, before
    twistd goes into the background: it is printed, and the exit status is 1.
    """
    from twisted.internet import reactor

    hold()
    stackReactor = cast(IStackReactor, reactor)
    countMonotonic(stackReactor)
    scratch: list[Scratch] = []
    try:
        return _stack(stackReactor, _sandboxed(_chosen(stackReactor, options, scratch), options["sandbox"]), options)
    except OperatorError as error:
        for each in scratch:
            each.remove()
        print(error.text, file=sys.stderr)
        raise SystemExit(1) from error


@frozen
class Way:
    """
    One of the ways to run sslpool, with what it needs.

    @ivar configuration: what the stack is to be.
    @ivar run: the run directory.
    @ivar load: reads the configuration files again, where there are some.
    @ivar turn: has the next reading take the profile as it is.
    @ivar userDirect: the path of the CP directory, where there are files.
    @ivar before: services that must be there before the pool.
    @ivar tends: what makes again what somebody removes.
    @ivar serving: called when the pool serves.
    """

    configuration: Configuration
    run: str
    load: Load | None = None
    turn: Turn = lambda: lambda: None
    userDirect: str | None = None
    before: tuple[IService, ...] = ()
    tends: tuple[Tend, ...] = ()
    serving: Callable[[], None] = lambda: None


def _chosen(reactor: IStackReactor, options: Options, scratch: list[Scratch]) -> Way:
    """
    Return the way that the options choose.

    @param scratch: gets the scratch directory, where one is made.
    """
    ways = [option for option in ("config", "listen", "demo") if options[option]]
    if not ways:
        raise operatorError("SSLP003E")
    if len(ways) > 1:
        raise operatorError("SSLP005E", first=f"--{ways[0]}", second=f"--{ways[1]}")
    if options["config"]:
        return _fromFiles(options)
    scratch.append(Scratch("demo" if options["demo"] else "run"))
    directory = scratch[0].path
    run = runDirectory(options["run"]) if options["run"] else directory
    if not options["demo"]:
        return Way(_fromOptions(options), run, before=tuple(scratch))
    application = ExampleApplication(reactor)
    configuration = demoConfiguration(directory, application.address, options["stack"])
    scratch[0].keep()
    text = instructions(directory, run, configuration)
    # Not through the log: the lines are there to be copied.
    serving = partial(print, text, file=sys.__stdout__, flush=True)
    return Way(configuration, run, before=(*scratch, application), tends=(scratch[0].tend,), serving=serving)


def _sandboxed(way: Way, wanted: str | None) -> Way:
    """
    Return the way as C{--sandbox} has it; where there are files it is for them to say.
    """
    if wanted is None:
        return way
    if way.load is not None:
        raise operatorError("SSLP004E", option="--sandbox", reason="is :sandbox. of the pool where there are files")
    if wanted.lower() not in ("yes", "no"):
        raise operatorError("SSLP004E", option="--sandbox", reason="is yes or no")
    return evolve(way, configuration=evolve(way.configuration, sandbox=wanted.lower() == "yes"))


def _fromFiles(options: Options) -> Way:
    stack = options["stack"]
    files = ConfigurationDirectory(options["config"], stack.upper() if stack else None)
    load: Load = files.load if options["vmssl"] is None else standing(files.load, options["vmssl"])
    run = runDirectory(options["run"])
    load = placing(load, run)
    return Way(_sound(load(())), run, load, files.turn, files.userDirect)


def _sound(assembly: Assembly) -> Configuration:
    """
    Print what was found, and return the configuration.

    @raise OperatorError: there was an error.
    """
    configuration = assembly.configuration
    findings = [*assembly.findings, *(_unusable(configuration.parameters) if configuration else ())]
    for finding in findings:
        print(finding, file=sys.stderr)
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if configuration is None or errors:
        raise operatorError("SSLP006E", errors=errors)
    return configuration


def _unusable(parameters: ServerParameters) -> Iterator[Finding]:
    # Which operands leave nothing only the TLS library can say.
    try:
        Policy.of(parameters)
    except OperatorError as error:
        yield Finding(error.message, parameters.place.file, parameters.place.line, error.text)


def _fromOptions(options: Options) -> Configuration:
    operands, certificate = options["vmssl"], options["certificate"]
    if operands is None:
        return _oneLine(options, options["servers"], certificate)
    if certificate:
        raise operatorError("SSLP004E", option="--certificate", reason="is KEYFILE where there are VMSSL operands")
    return _sound(withOperands(operands, partial(_oneLine, options, 1)))


def _oneLine(options: Options, servers: int, certificate: str) -> Configuration:
    for option, value in (("--connect", options["connect"]), ("--certificate", certificate)):
        if not value:
            raise operatorError("SSLP004E", option=option, reason="is needed together with --listen")
    try:
        routing = Routing(options["routing"].upper())
    except ValueError as error:
        raise operatorError("SSLP004E", option="--routing", reason="is fill or spread") from error
    return oneLineConfiguration(
        options["listen"],
        options["connect"],
        certificate,
        servers,
        options["max-per-server"],
        routing,
        options["stack"],
        options["port"],
    )


def _stack(reactor: IStackReactor, way: Way, options: Options) -> IService:
    """
    Put the stack together.
    """
    configuration = way.configuration
    def own() -> list[int]:
        return [starter.pid, *pool.processes.pids()]

    limit = DescriptorLimit(configuration, own)
    ports = Ports(configuration.ports)
    listening = ListeningPorts(ports, configuration.keyFile)

    slots = max(configuration.limits.maxPerServer, MOST_PER_SERVER)
    descriptor = createSegmentFile(configuration.segment or configuration.stack, slots)
    segment = mapSegment(descriptor, slots)
    sandbox = Sandbox(configuration.keyFile) if configuration.sandbox else None
    beginning = Beginning(configuration.parameters, slots, configuration.machine, sandbox)
    starter = AgentStarter(reactor, configuration.agent, descriptor, beginning, lambda: listening.accepted.descriptor)

    seats, makeMember = makers(reactor, segment, lambda returned: acceptor.woken(returned))
    members = [makeMember(index, userid) for index, userid in enumerate(configuration.members)]
    logs = Logs(KeyFile(consolesIn(way.run, configuration)))
    makeLink = linkMaker(reactor, logs)
    pool = Pool(
        reactor, members, starter, makeLink, configuration.limits, configuration.keyFile, ports.assignments, seats
    )
    acceptor = Acceptor(reactor, segment, pool.router)
    pool.room = listening.acceptor = acceptor
    acceptor.farewell = ports.farewell
    starter.client = pool.processes
    pool.firstActive.addCallback(lambda _: listening.serve())
    pool.firstActive.addCallback(lambda _: way.serving())
    sessionCache = SessionCache(
        segment=segment,
        described=segmentIdentity(configuration, descriptor),
        stack=configuration.stack,
        agent=configuration.agent,
        parameters=configuration.parameters,
        members=lambda: pool.members,
        seats=seats,
        agentPid=lambda: starter.pid,
    )
    administration = PoolAdministration(
        pool=pool,
        identity=poolIdentity(configuration, reactor.seconds()),
        epoch=Epoch(reactor.seconds),
        agentPid=lambda: starter.pid,
        full=lambda: acceptor.full,
        listeners=ports.records,
        renewal=Renewal(
            reactor,
            listening.look,
            lambda reads: [*listening.reopen(reads), *remote.reload()],
            pool.processes.replace,
            lambda member, reason: pool.happen(member, Event.RESTART, reason),
        ),
        sessionCache=sessionCache,
    )
    observe(reactor, configuration, pool, administration, logs)
    autolog = Autolog(reactor, autologged(configuration), pool.firstActive, configuration.timeout)
    listening.tellServers, pool.processes.learned = pool.setPort, listening.learn
    inside = manhole(
        reactor=reactor,
        configuration=configuration,
        run=way.run,
        directory=options["config"] or way.run,
        obey=lambda: reconfiguration.configuration.obey,
        administration=administration,
        stack={"pool": pool, "acceptor": acceptor, "autolog": autolog, "administration": administration},
    )
    subjects = [limit, listening, PoolGrowth(pool, makeMember), autolog, inside]
    reconfiguration = administration.reconfiguration = Reconfiguration(configuration, way.load, subjects, way.turn)
    lookups = Lookups(reactor, ports, pool.setPort, resolved)
    lookups.found, listening.lookAgain, reconfiguration.lookUp = listening.give, lookups.lookAgain, lookups.known

    def authority() -> Authority:
        current = reconfiguration.configuration
        return Authority(os.geteuid(), current.administrators, current.obey)

    control = ControlService(
        reactor=reactor,
        directory=way.run,
        stack=configuration.stack,
        administration=administration,
        authority=authority,
        identifyCaller=partial(callerOf, own=own),
    )
    remote = RemoteService(
        reactor=reactor,
        place=configuration.adminPort,
        keyFile=configuration.keyFile,
        administration=administration,
        authority=authority,
        complaints=control.complaints,
    )
    control.claim()
    # From the command line there is one port, and somebody who sees at once that it is taken.
    notes = [*listening.begin(FINAL if way.load else (*FINAL, TAKEN)), *limit.notes]
    chooseLogs(logs, options.logs, habitsFor(configuration, way.run, options["log-size"], options["log-keep"]))

    programs = ApplicationSocket(
        reactor,
        applicationPath(way.run, configuration.stack),
        acceptor,
        pool.router,
        lambda: listening.labels,
        askers(reconfiguration, authority, own),
        lambda: reconfiguration.configuration.checks,
    )
    administration.programs = programs.counts  # type: ignore[method-assign]
    zone = [] if configuration.timeZone is None else [LogZone(configuration.timeZone)]
    hello = (Announcement(configuration, notes), control, remote, inside, starter, Operands(configuration))
    unread = [Unread()] if configuration.sandbox else []
    before = (*unread, *zone, *way.before, logs, *hello)
    keys = configuration.keyFile if configuration.watchKeys else None
    # Where another stack has the lock, the sockets are its own.
    others = [guarded(control.holds, tend) for tend in (programs.tend, inside.tend)]
    watches = [
        ExpiryWatch(reactor, listening.expiries),
        Repeating(reactor, RETRY, listening.retry, "ports were opened"),
        *fileWatches(reactor, way.userDirect, reconfiguration.reread, keys, administration.refresh),
        Upkeep(reactor, [reapOrphans, control.tend, *others, *way.tends, logs.tend]),
        # The last one: it stops first.
        Signals(reactor, partial(reload, reconfiguration, administration.refresh), logs.reopen, pool.firstActive),
    ]
    care = (Liveness(reactor, pool, starter, segment), Retirement(reactor, pool))
    return OrderedServices([*before, pool, *care, acceptor, programs, lookups, autolog, *watches])
