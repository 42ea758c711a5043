# -*- test-case-name: tests.commands.pool.test_check -*-
"""
C{sslpool check}: looks at everything that start-up looks at, with the same functions, and opens
nothing.  A process of its own.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from attrs import define, field, frozen

from sslpool.config.assembly import assemble
from sslpool.config.configuration import Assembly, Configuration, SecurePort
from sslpool.config.directoryrules import neededStorage
from sslpool.keydb.keyfiles import readKeyFiles
from sslpool.keydb.labelfaults import notAuthorities, remarks
from sslpool.keydb.records import KeyMaterial
from sslpool.keydb.revocationnotices import limitsOf, notesOf
from sslpool.keydb.revocations import readRevocations
from sslpool.keydb.sources import HeldCertificate, exposures, readHeld, readMaterial
from sslpool.messages import Finding, OperatorError, Said, Severity, operatorError, said
from sslpool.planning.planinfo import PLAN_FILE, Plan, parsePlan, untouched
from sslpool.planning.sizing import PoolSize, recommended
from sslpool.reasons import reasonOf
from sslpool.stack.configuration.filepool import enrolmentFindings
from sslpool.stack.configuration.files import loadConfiguration, readDirectory
from sslpool.stack.descriptors import raiseDescriptorLimit
from sslpool.stack.front.destinations import namedAddresses, plainAddresses, resolved
from sslpool.stack.front.listeningports import usable
from sslpool.stack.front.lookups import MOST_AT_ONCE
from sslpool.stack.front.portlabels import checkServed, labelsOf, labelsShown
from sslpool.stack.front.validity import Validity
from sslpool.tls.administration import AdministrationServer
from sslpool.tls.policy import Policy
from sslpool.tls.usable import tried

#: What a plan leaves to be done: no secure port, no key database, nobody enrolled.
STEPS = frozenset({"SSLP217W", "SSLP311E", "SSLP540W", "SSLP541W"})

THIS_MACHINE = "this machine"
"""
Where findings belong that are about no file.
"""


@frozen
class Sizing:
    """
    What is to be said about the size of the pool.

    @ivar sessions: the sessions that were asked for.
    @ivar recommended: the size that is recommended.
    @ivar configured: the size that the configuration has; C{None} where it has none.
    @ivar messages: the messages about it.
    """

    sessions: int
    recommended: PoolSize
    configured: PoolSize | None
    messages: tuple[Said, ...]


@frozen
class Verdict:
    """
    The result of a check.

    @ivar path: the directory or plan that was looked at.
    @ivar stack: the stack's userid; empty where that could not be found out.
    @ivar findings: what was found, by file.
    @ivar steps: what a plan leaves to be done.
    @ivar plan: it is a plan that nobody has changed yet.
    @ivar starts: the stack would start; of a plan, when its steps are done.
    @ivar without: what it would start without, since an error costs that alone: ports, labels, remote administration.
    @ivar sizing: about the size of the pool, where that was asked for.
    """

    path: str
    stack: str
    findings: tuple[Finding, ...]
    steps: tuple[Finding, ...]
    plan: bool
    starts: bool
    sizing: Sizing | None = None
    without: tuple[str, ...] = ()


@define
class Check:
    """
    A check under way.

    @ivar found: the findings so far.
    @ivar fatal: there is one with which the stack would not start.
    @ivar without: what the others cost.
    """

    found: list[Finding] = field(factory=list)
    fatal: bool = False
    without: list[str] = field(factory=list)

    def note(self, message: Said, file: str, line: int = 0) -> None:
        """
        Note a message of start-up.
        """
        self.found.append(Finding(message, file, line))

    def attempt(self, act: Callable[[], object], file: str, line: int = 0) -> bool:
        """
        Do what start-up does; note what comes of it.

        @return: it worked.
        """
        try:
            act()
        except OperatorError as error:
            self.note(error.said, file, line)
            return False
        return True

    def startUp(self, configuration: Configuration) -> None:
        """
        Look at what start-up finds beyond the configuration files.
        """
        parameters = configuration.parameters
        sound = [
            self.attempt(partial(Policy.of, parameters), parameters.place.file, parameters.place.line),
            self._certificates(configuration),
            self.attempt(partial(self._descriptors, configuration), THIS_MACHINE),
        ]
        self.fatal = self.fatal or not all(sound)
        self._names(configuration.ports)

    def _descriptors(self, configuration: Configuration) -> None:
        if shortage := raiseDescriptorLimit(configuration):
            self.note(shortage, THIS_MACHINE)

    def _names(self, ports: Iterable[SecurePort]) -> None:
        """
        Look up the names of applications and remote hosts; their ports wait for them.
        """
        named = [port for port in ports if plainAddresses(port.address) is None]
        with ThreadPoolExecutor(MOST_AT_ONCE) as threads:
            for port, reason in zip(named, threads.map(_unknown, named), strict=True):
                if reason:
                    messageId = "SSLP759W" if port.remote else "SSLP050W"
                    message = said(messageId, address=port.address, application=port.userid, reason=reason)
                    self.note(message, port.position.file, port.position.line)

    def _aboutKeys(self, configuration: Configuration, material: KeyMaterial) -> set[str]:
        """
        Build the labels as the servers do; return those that they cannot use.
        """
        try:
            policy = Policy.of(configuration.parameters)
        except OperatorError:  # it has been noted
            return set()
        usable = tried(material, configuration.keyFile, policy)
        credentials = [label.credential for label in usable.labels.values()]
        for fields in policy.unserved(credentials):
            self.note(said("SSLP144W", **fields), configuration.keyFile)
        place = configuration.parameters.place
        for version in policy.idle(credentials):
            self.note(said("SSLP563W", version=version), place.file, place.line)
        for label, reason in sorted(usable.reasons.items()):
            self.note(said("SSLP172E", label=label, reason=reason), configuration.keyFile)
            self.without.append(f"label {label}")
        self._storage(configuration, len(usable.labels))
        return set(usable.reasons)

    def _storage(self, configuration: Configuration, labels: int) -> None:
        most, sessions = configuration.machine.most, configuration.limits.maxPerServer
        # That there is too little for the sessions alone is found in the directory.
        if most is not None and neededStorage(sessions) <= most < (needed := neededStorage(sessions, labels)):
            fields = {"found": most >> 20, "labels": labels, "sessions": sessions, "needed": -(-needed >> 20)}
            self.note(said("SSLP147W", **fields), configuration.keyFile)

    def _aboutLabels(self, port: SecurePort, labels: Collection[str], unusable: Collection[str]) -> bool:
        place = port.position
        if not self.attempt(partial(checkServed, port, labels, unusable), place.file, place.line):
            self.without.append(f"port {port.number}" + (f" BIND {port.bind}" if port.bind else ""))
            return False
        for name in labelsOf(port):
            if name not in labels:
                self.note(said("SSLP178W", port=port.number, label=name), place.file, place.line)
        return True

    def _refusals(self, configuration: Configuration, held: list[HeldCertificate]) -> None:
        """
        Say what clients refuse of the labels that they are shown.
        """
        shown = labelsShown(configuration.ports)
        for message in (*remarks(configuration.keyFile, held, shown, time.time()), *notAuthorities(held)):
            self.note(message, configuration.keyFile)

    def _certificates(self, configuration: Configuration) -> bool:
        """
        Look at the key database; return whether a secure port could be opened with it.
        """
        path, ports = configuration.keyFile, configuration.ports
        try:
            held = readHeld(path)
            # The servers need the private keys too.
            material = readMaterial(path)
        except OperatorError as error:
            self.note(error.said, path)
            return False
        for exposed in exposures(readKeyFiles(path)):
            self.note(exposed, path)
        unusable = self._aboutKeys(configuration, material)
        self._refusals(configuration, held)
        for port in ports if not material.authorities else ():
            if any(label.check != "NONE" for label in port.policy.labels):
                self.note(said("SSLP604W", port=port.number), port.position.file, port.position.line)
        if (place := configuration.adminPort) is not None:
            use = partial(AdministrationServer().use, material, place.label, place.authority)
            if not self.attempt(use, path):
                self.without.append("remote administration")
        labels = {record.label for record in usable(each.record for each in held)} | unusable
        there = [self._aboutLabels(port, labels, unusable) for port in ports]
        validity = Validity()
        validity.take(held)
        lists, now = readRevocations(path), time.time()
        inUse = {label for port in ports for label in labelsOf(port)} & labels
        for message in (*limitsOf(lists), *notesOf(lists, now), *validity.notes(inUse, time.time())):
            self.note(message, path)
        return any(there) or not ports


def _unknown(port: SecurePort) -> str:
    """
    Return why the name of a port's address is not known; empty where it is.
    """
    try:
        namedAddresses(port.address, resolved)
    except (OSError, UnicodeError) as error:
        return reasonOf(error)
    return ""


def check(path: str, stack: str | None, sessions: int | None) -> Verdict:
    """
    Look at a configuration directory, or at a plan.

    @param stack: the stack's userid; C{None} for the one that TCPIP DATA names.
    @param sessions: for how many sessions at once a size is to be recommended.
    @raise OperatorError: SSLP518E not a plan, SSLP553E no pool can be that large.
    """
    size = None if sessions is None else recommended(sessions)
    checking = Check()
    path = _onlyPlan(path) or path
    plan = None if os.path.isdir(path) or not os.path.lexists(path) else _readPlan(path)
    assembly = loadConfiguration(path, stack) if plan is None else _assembled(plan, path, stack)
    checking.found += assembly.findings
    configuration = assembly.configuration
    checking.fatal = any(each.severity is Severity.ERROR for each in assembly.findings)
    if configuration is not None:
        checking.startUp(configuration)
    return _verdict(path, plan, configuration, checking, sessions, size)


def _verdict(
    path: str,
    plan: Plan | None,
    configuration: Configuration | None,
    checking: Check,
    sessions: int | None,
    size: PoolSize | None,
) -> Verdict:
    planned = plan is not None or _isUntouched(path)
    steps = [each for each in checking.found if planned and each.said.id in STEPS]
    findings = _byFile(each for each in checking.found if each not in steps)
    if plan is not None:
        findings, steps = (plan.placed(each, path) for each in (findings, steps))
    errors = any(each.severity is Severity.ERROR for each in findings)
    sizing = None if size is None or sessions is None else compared(sessions, size, configuration)
    stack = "" if configuration is None else configuration.stack
    starts = configuration is not None and (not errors if planned else not checking.fatal)
    without = tuple(dict.fromkeys(checking.without)) if starts else ()
    return Verdict(path, stack, tuple(findings), tuple(steps), planned, starts, sizing, without)


def compared(sessions: int, size: PoolSize, configuration: Configuration | None) -> Sizing:
    """
    Return what is to be said about a size that is recommended, and the one that there is.
    """
    message = said("SSLP550I", sessions=sessions, servers=size.servers, total=size.maxSessions, each=size.maxPerServer)
    if configuration is None:
        return Sizing(sessions, size, None, (message,))
    limits = configuration.limits
    there = PoolSize(len(configuration.members), limits.maxSessions, limits.maxPerServer)
    verdict = said(
        "SSLP551I" if there.sessions >= sessions else "SSLP552W",
        room=there.sessions,
        servers=there.servers,
        total=there.maxSessions,
        each=there.maxPerServer,
    )
    return Sizing(sessions, size, there, (message, verdict))


def _onlyPlan(path: str) -> str | None:
    """
    Return the plan of a directory that has nothing else: no configuration files.
    """
    plan = os.path.join(path, PLAN_FILE)
    return plan if os.path.isfile(plan) and not any(readDirectory(path)) else None


def _readPlan(path: str) -> Plan:
    try:
        with open(path, encoding="utf-8") as file:
            plan = parsePlan(file.read())
    except (OSError, ValueError) as error:
        raise operatorError("SSLP554E", path=path) from error
    if not plan.files:
        raise operatorError("SSLP518E", path=path)
    return plan


def _assembled(plan: Plan, path: str, stack: str | None) -> Assembly:
    """
    Return what the sections of a plan come to in the directory where it lies.
    """
    directory = os.path.dirname(os.path.abspath(path))
    assembly = assemble(plan.files, directory, stack, platform.node().partition(".")[0])
    configuration = assembly.configuration
    unenrolled = [] if configuration is None else enrolmentFindings(configuration, directory)
    return Assembly(configuration, (*assembly.findings, *unenrolled))


def _isUntouched(path: str) -> bool:
    """
    Whether a configuration directory is as a plan has made it.
    """
    try:
        plan = _readPlan(os.path.join(path, PLAN_FILE))
    except OperatorError:
        return False
    return untouched(plan, readDirectory(path)[0])


def _byFile(findings: Iterable[Finding]) -> list[Finding]:
    """
    Return the findings of each file together, in the order of its lines; files in the order in which
    they were first named.
    """
    every = list(findings)
    order = {file: index for index, file in enumerate(dict.fromkeys(each.file for each in every))}
    return sorted(every, key=lambda each: (order[each.file], each.line))
