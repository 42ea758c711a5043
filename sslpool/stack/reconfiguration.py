# -*- test-case-name: tests.stack.test_reconfiguration -*-
"""
Changes to the configuration of a running stack: OBEYFILE, NETSTAT OBEY, a reload, and
a CP directory whose pool has grown or shrunk.  Lives in the stack process.

Everything is checked before anything is changed; a file is followed as a whole
or not at all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from twisted.internet.defer import Deferred, DeferredLock
from twisted.logger import Logger
from zope.interface import implementer

from sslpool.config.assembly import Amendment
from sslpool.config.changes import Change, changes, inEffect, otherIdentity
from sslpool.config.configuration import Assembly, Configuration, SecurePort
from sslpool.config.current import Current
from sslpool.config.exposure import STANDING
from sslpool.interfaces import IReconfigurable, IReconfiguration
from sslpool.messages import Finding, OperatorError, Said, Severity, operatorError, said
from sslpool.messages.announce import announceFault, announceSaid
from sslpool.stack.localsystem import standingFindings

Load = Callable[[Sequence[Amendment]], Assembly]
UNREAD = "SSLP047E"
"""
Why a configuration cannot be followed before a REFRESH.
"""

Turn = Callable[[], Callable[[], None]]

Refresh = Callable[[str | None], Awaitable[list[Said]]]
LookUp = Callable[[Sequence[SecurePort]], Awaitable[list[Said]]]


@implementer(IReconfiguration)
class Reconfiguration:
    """
    How the configuration in effect changes.

    @ivar later: what L{pending} was when the files were read last.
    @param current: the configuration in effect.
    @param load: reads the configuration files, with what has been obeyed; or
        C{None} where the stack was started without files.
    @param subjects: who takes the changes, in this order.
    @param lookUp: looks up the names of ports, and returns what there is to say of those that have
        moved; raises L{OperatorError} where there can be no such port.
    @param turn: has the profile count as it is on the disk; returns what takes that back.
    """

    log = Logger()

    def __init__(
        self,
        current: Current,
        load: Load | None,
        subjects: Sequence[IReconfigurable],
        lookUp: LookUp,
        turn: Turn = lambda: lambda: None,
    ) -> None:
        self._current = current
        self.later: list[Said] = []
        self._load = load
        self._subjects = subjects
        self._lookUp = lookUp
        self._turn = turn
        self._obeyed: list[Amendment] = []
        self._lock = DeferredLock()

    async def obey(self, name: str, text: str, test: bool) -> list[Said]:
        """
        See L{IReconfiguration.obey}.  One at a time, since names are looked up between
        reading and following.
        """
        await self._lock.acquire()
        try:
            return await self._obey(name, text, test)
        finally:
            self._lock.release()

    async def _obey(self, name: str, text: str, test: bool) -> list[Said]:
        amendments = [*self._obeyed, (name, text)]
        wanted = self._wanted(name, amendments)
        moved = await self._named(wanted, test)
        messages = self._follow(wanted, test)
        if not messages and not moved:
            messages = [said("SSLP045I")]
        if not test:
            self._obeyed = amendments
            for message in messages:
                announceSaid(self.log, message)
        return [*moved, *messages]

    @property
    def hasFiles(self) -> bool:
        """
        Whether there are configuration files.
        """
        return self._load is not None

    async def reload(self, refresh: Refresh) -> list[Said]:
        """
        Follow the files, the profile included, with what was obeyed on top of them; return the
        messages, those about warnings first.

        @param refresh: does what REFRESH does; called where ports are to have labels that no server
            has read yet.
        @raise OperatorError: the files have errors, or something cannot be had; nothing has
            changed then, and the profile counts as it was.
        """
        await self._lock.acquire()
        try:
            return await self._reload(refresh)
        finally:
            self._lock.release()

    async def _reload(self, refresh: Refresh) -> list[Said]:
        back = self._turn()
        try:
            wanted, warnings = self._checked("SIGHUP", self._obeyed)
            moved = await self._named(wanted, test=False)
            messages = [*moved, *await self._followRead(wanted, refresh)] or [said("SSLP045I")]
        except Exception:
            back()
            raise
        names = ", ".join(dict.fromkeys(name for name, _ in self._obeyed))
        obeyed = [said("SSLP015I", names=names)] if names else []
        return [*(said("SSLP016W", finding=warning) for warning in warnings), *messages, *obeyed]

    async def _followRead(self, wanted: Configuration, refresh: Refresh) -> list[Said]:
        """
        Change what can be changed, after a REFRESH where only that is missing; return the messages.
        """
        try:
            return self._follow(wanted, test=False)
        except OperatorError as error:
            if error.said.id != UNREAD:
                raise
        await refresh(None)
        return self._follow(wanted, test=False)

    def reread(self) -> None:
        """
        Follow what has changed in the files other than the profile, and log
        the result.
        """
        reading = Deferred.fromCoroutine(self._reread())
        reading.addErrback(lambda failure: announceFault(self.log, "files were read again", failure))

    async def _reread(self) -> None:
        await self._lock.acquire()
        try:
            wanted = self._wanted("USER.DIRECT", self._obeyed)
            await self._named(wanted, test=False)
            messages = self._follow(wanted, test=False)
        except OperatorError as error:
            messages = [error.said]
        finally:
            self._lock.release()
        for message in messages:
            announceSaid(self.log, message)

    async def _named(self, wanted: Configuration, test: bool) -> list[Said]:
        """
        Look up the names of the ports that there are to be; in a test, those that are new.
        """
        present = {port.address for port in self._current.configuration.ports} if test else set()
        return await self._lookUp([port for port in wanted.ports if port.address not in present])

    def pending(self) -> list[Said]:
        """
        Return a message for each change in the files that only a new start of
        the stack can follow.  A server that is started while others run gets
        the same parameters as they have.
        """
        if self._load is None:
            return []
        wanted = self._load(self._obeyed).configuration
        if wanted is None:
            return []
        self.later = _allLater(changes(self._current.configuration, wanted))
        return self.later

    def _wanted(self, name: str, amendments: Sequence[Amendment]) -> Configuration:
        """
        Return what the files ask for.

        @raise OperatorError: they are wrong; the text has every error.
        """
        if self._load is None:
            raise operatorError("SSLP041E")
        assembly = self._load(amendments)
        return self._sameStack(name, assembly, strict=False)

    def _checked(self, name: str, amendments: Sequence[Amendment]) -> tuple[Configuration, list[Finding]]:
        """
        Return what the files ask for, and the warnings about them; any error counts, as at the start.

        @raise OperatorError: they are wrong; the text has every error.
        """
        assert self._load is not None
        assembly = self._load(amendments)
        wanted = self._sameStack(name, assembly, strict=True)
        warnings = [finding for finding in assembly.findings if finding.severity is Severity.WARNING]
        # Whom applications trust is said when that becomes so.
        return wanted, [finding for finding in warnings if finding.said.id not in STANDING]

    def _sameStack(self, name: str, assembly: Assembly, strict: bool) -> Configuration:
        errors = [str(finding) for finding in assembly.findings if finding.severity is Severity.ERROR]
        wanted = assembly.configuration
        if wanted is None or (strict and errors):
            raise operatorError("SSLP040E", file=name, errors=len(errors), findings="\n".join(errors))
        if what := otherIdentity(self._current.configuration, wanted):
            raise operatorError("SSLP042E", file=name, what=what)
        return wanted

    def _follow(self, wanted: Configuration, test: bool) -> list[Said]:
        """
        Change what can be changed; return the messages.

        @raise OperatorError: something cannot be had, such as a port; then
            nothing has changed.
        """
        before = self._current.configuration
        found = changes(before, wanted)
        after = inEffect(before, wanted)
        standing = {finding.said for finding in standingFindings(before)}
        self._apply(after, test)
        if not test:
            self.later = _allLater(found)
        new = [each for each in standingFindings(after) if each.said not in standing]
        return [*(_message(change, test) for change in found), *(said("SSLP016W", finding=each) for each in new)]

    def _apply(self, after: Configuration, test: bool) -> None:
        prepared = []
        try:
            for subject in self._subjects:
                prepared.append(subject.prepare(after))
        except OperatorError:
            for preparation in prepared:
                preparation.discard()
            raise
        for preparation in prepared:
            if test:
                preparation.discard()
            else:
                preparation.commit()
        if not test:
            self._current.configuration = after


def _message(change: Change, test: bool) -> Said:
    if not change.running:
        return _later(change)
    fields = {"what": change.what, "before": change.before or "none", "after": change.after or "none"}
    return said("SSLP044I" if test else "SSLP043I", **fields)


def _allLater(found: Sequence[Change]) -> list[Said]:
    return [_later(change) for change in found if not change.running]


def _later(change: Change) -> Said:
    return said("SSLP046W", what=change.what)
