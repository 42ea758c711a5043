# -*- test-case-name: tests.test_tap -*-
"""
C{twistd sslpool}: the options, and the place where the roles of the stack
process meet (those of the agent and the servers meet in L{sslpool.ssldcssm}).
"""

from __future__ import annotations

import sys
from functools import partial
from typing import cast

from twisted.application.service import IService
from twisted.python.usage import Options as UsageOptions

from sslpool.agent.segment import SegmentFiles
from sslpool.clocks import Epoch, countMonotonic
from sslpool.composition.parts import askers, callers, linkMaker, makers, starterFor, trust
from sslpool.composition.unreadable import Unreadable
from sslpool.composition.ways import Way, chosenWay
from sslpool.config.current import Current
from sslpool.control.authority import Authority
from sslpool.control.remoteservice import RemoteService
from sslpool.control.service import ControlService
from sslpool.interfaces import IStackReactor
from sslpool.librarywarnings import hideLibraryWarnings
from sslpool.logins import Logins
from sslpool.manager.administration import PoolAdministration
from sslpool.manager.census import Census
from sslpool.manager.growth import PoolGrowth
from sslpool.manager.identity import poolIdentity, segmentIdentity
from sslpool.manager.keylogs import KeyLogs
from sslpool.manager.liveness import Liveness
from sslpool.manager.pool import Pool
from sslpool.manager.rekeying import Rekeying
from sslpool.manager.renewal import Renewal
from sslpool.manager.retirement import Retirement
from sslpool.manager.sessioncache import SessionCache
from sslpool.manager.traces import Traces
from sslpool.messages import OperatorError
from sslpool.observe.bounded import Bounds
from sslpool.observe.choices import chooseLogs, consolesIn, habitsFor
from sslpool.observe.keylog import KeyFile
from sslpool.observe.logs import Logs
from sslpool.observe.manhole import manhole
from sslpool.places import applicationPath
from sslpool.pool.states import Event
from sslpool.repeating import Repeating
from sslpool.signals import hold
from sslpool.stack.accepted import AcceptedCopy
from sslpool.stack.acceptor import Acceptor
from sslpool.stack.admission import Admission
from sslpool.stack.announcement import Announcement, Operands
from sslpool.stack.applicationsocket import ApplicationSocket
from sslpool.stack.autolog import Autolog, autologged
from sslpool.stack.descriptors import DescriptorLimit
from sslpool.stack.expiry import ExpiryWatch
from sslpool.stack.listening import RETRY, ListeningPorts
from sslpool.stack.lookups import Lookups
from sslpool.stack.names import resolved
from sslpool.stack.neighbours import TAKEN
from sslpool.stack.oneline import MOST_PER_SERVER
from sslpool.stack.order import OrderedServices
from sslpool.stack.orphans import reapOrphans
from sslpool.stack.ports import FINAL, Ports
from sslpool.stack.reconfiguration import Reconfiguration
from sslpool.stack.reload import reload
from sslpool.stack.renewing import fileWatches
from sslpool.stack.scratch import Scratch
from sslpool.stack.signals import Signals
from sslpool.stack.upkeep import Upkeep, guarded
from sslpool.stack.zone import LogZone
from sslpool.turns import Turns


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
        ["listen", None, None, "Address or name, and port, to listen on; :8443 and [::]:8443 are all, IPv4 and IPv6."],
        ["connect", None, None, "Address or name, and port, or path, of the cleartext application."],
        ["certificate", None, None, "Certificate, chain and private key: PEM, PKCS #12 or a key database."],
        ["source", None, "", "With --listen: the address of this machine from which the application is connected to."],
        ["user", None, "", "With --listen: as whom the servers run, a name or a number; only root can choose."],
        ["port", None, "", "With --listen: operands of a PORT statement, such as STRICT ALPN h2,http/1.1."],
        ["servers", None, 5, "How many servers the pool has.", int],
        ["max-per-server", None, 600, "Sessions that one server owns at most.", int],
        ["peer-limit", None, 0, "With --listen: connections that one address has at most at once; 0 is no limit.", int],
        ["routing", None, "fill", "fill: the first server with room; spread: the one with the fewest sessions."],
        ["sandbox", None, None, "With --listen and --demo: yes or no, whether servers give up unneeded privileges."],
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
    hideLibraryWarnings()
    stackReactor = cast(IStackReactor, reactor)
    countMonotonic(stackReactor)
    scratch: list[Scratch] = []
    try:
        return _stack(stackReactor, chosenWay(stackReactor, options, scratch), options)
    except OperatorError as error:
        for each in scratch:
            each.remove()
        print(error.text, file=sys.stderr)
        raise SystemExit(1) from error


def _stack(reactor: IStackReactor, way: Way, options: Options) -> IService:
    """
    Put the stack together.
    """
    # What is taken from it here is decided when the stack starts; the rest is asked of what is in effect.
    configuration = way.configuration
    current = Current(configuration)

    limit = DescriptorLimit(configuration)
    slots = max(configuration.limits.maxPerServer, MOST_PER_SERVER)
    files = SegmentFiles(configuration.segment or configuration.stack, slots)
    segment = files.segment
    accepted = AcceptedCopy(configuration.keyFile)
    starter = starterFor(reactor, configuration, files, slots, lambda: accepted.descriptor)

    seats, makeMember = makers(reactor, segment)
    members = [makeMember(index, userid) for index, userid in enumerate(configuration.members)]
    logs = Logs(KeyFile(consolesIn(way.run, configuration)))
    pool = Pool(
        reactor,
        members,
        starter,
        linkMaker(reactor, logs),
        configuration.limits,
        configuration.keyFile,
        seats,
        Traces(configuration.parameters.trace),
        KeyLogs(reactor, logs.keys),
    )
    starter.wire(pool.processes)
    logs.wire(pool)
    limit.wire(pool)
    sessionCache = SessionCache(
        segment=segment,
        keys=lambda: starter.words.keys,
        described=segmentIdentity(configuration, files.descriptor, slots),
        stack=configuration.stack,
        agent=configuration.agent,
        parameters=configuration.parameters,
        members=lambda: pool.members,
        seats=seats,
        agentPid=lambda: starter.pid,
    )
    rekeying = Rekeying(reactor, pool, starter, sessionCache, configuration.agent)

    ports = Ports(configuration.ports)
    admission = Admission(reactor, pool.router, ports.doors, Census(pool).begin)
    admission.follow(configuration.limits, configuration.exempt)
    acceptor = Acceptor(reactor, segment, pool.router, admission, ports.farewell)
    listening = ListeningPorts(ports, configuration.keyFile, accepted, acceptor, pool.setPort)
    pool.wire(acceptor, listening)
    pool.firstActive.addCallback(lambda _: listening.serve()).addCallback(lambda _: way.serving())
    lookups = Lookups(reactor, ports, pool.setPort, listening.give, resolved)

    authority = Authority(current)
    callerWith, turns = callers(Logins(reactor)), Turns(reactor)
    programs = ApplicationSocket(
        reactor,
        applicationPath(way.run, configuration.stack),
        acceptor,
        pool.router,
        lambda: listening.labels,
        askers(authority, callerWith),
        turns,
        current,
        pool.pids,
    )
    renewal = Renewal(
        reactor,
        listening.look,
        listening.reopen,
        pool.processes.replace,
        lambda member, reason: pool.happen(member, Event.RESTART, reason),
    )
    administration = PoolAdministration(
        pool=pool,
        identity=poolIdentity(configuration, reactor.seconds()),
        epoch=Epoch(reactor.seconds),
        agentPid=lambda: starter.pid,
        full=lambda: acceptor.full,
        listeners=ports.records,
        renewal=renewal,
        sessionCache=sessionCache,
        rekeying=rekeying,
        consoles=logs,
        trust=partial(trust, current),
        programs=programs.counts,
        admission=admission.status,
    )
    autolog = Autolog(reactor, autologged(configuration), pool.firstActive, configuration.timeout)
    inside = manhole(
        reactor=reactor,
        current=current,
        run=way.run,
        directory=options["config"] or way.run,
        administration=administration,
        stack={"pool": pool, "acceptor": acceptor, "autolog": autolog, "administration": administration},
    )
    subjects = [limit, listening, PoolGrowth(pool, makeMember), autolog, inside, acceptor.admission]
    reconfiguration = Reconfiguration(current, way.load, subjects, way.turn)
    administration.wire(reconfiguration)
    reconfiguration.lookUp = lookups.known
    control = ControlService(
        reactor=reactor,
        directory=way.run,
        stack=configuration.stack,
        administration=administration,
        authority=authority,
        identify=callerWith,
        turns=turns,
        poolProcesses=pool.pids,
    )
    remote = RemoteService(
        reactor=reactor,
        place=configuration.adminPort,
        keyFile=configuration.keyFile,
        administration=administration,
        authority=authority,
        complaints=control.complaints,
        turns=turns,
    )
    renewal.wire(lookups, remote)
    control.claim()
    # From the command line there is one port, and somebody who sees at once that it is taken.
    notes = [*listening.begin(FINAL if way.load else (*FINAL, TAKEN)), *limit.notes]
    chooseLogs(logs, options.logs, habitsFor(configuration, way.run, options["log-size"], options["log-keep"]))

    zone = [] if configuration.timeZone is None else [LogZone(configuration.timeZone)]
    hello = (Announcement(configuration, notes), control, remote, inside, starter, Operands(configuration))
    before = (*([Unreadable()] if configuration.sandbox else []), *zone, *way.before, logs, *hello)
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
    care = (Liveness(reactor, pool, starter), Retirement(reactor, pool), rekeying)
    return OrderedServices([*before, pool, *care, acceptor, programs, lookups, autolog, *watches])
