# -*- test-case-name: tests.stack.configuration.test_reconfiguration -*-
"""
Changes to the configuration of a running stack: OBEYFILE, NETSTAT OBEY, a reload, and
a CP directory whose pool has grown or shrunk.  Lives in the stack process.

Everything is checked before anything is changed; a file is followed as a whole
or not at all.  Only what a change brings with it refuses it: what was wrong before is repeated.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from attrs import define, evolve, field, frozen
from twisted.internet.defer import Deferred, DeferredLock
from twisted.logger import Logger
from zope.interface import implementer

from sslpool.config.amendment import Amendment
from sslpool.config.assembly import Load, Texts
from sslpool.config.changes import changes, inEffect, otherIdentity
from sslpool.config.configuration import Assembly, Configuration, SecurePort
from sslpool.config.current import Current
from sslpool.config.listchanges import listChanges
from sslpool.interfaces import IReconfigurable, IReconfiguration, Preparation
from sslpool.messages import Finding, OperatorError, Said, Severity, operatorError, said
from sslpool.messages.announce import announceFault, announceSaid
from sslpool.stack.configuration.changeoutcome import NOTHING, Outcome, allLater, differs, newFindings, refusal, waiting
from sslpool.stack.configuration.files import PROFILE_SUFFIX, USER_DIRECT
from sslpool.stack.configuration.history import obeyedNames
from sslpool.wire.history import TYPED

UNREAD = "SSLP047E"
"""
Why a configuration cannot be followed before a REFRESH.
"""

Refresh = Callable[[str | None], Awaitable[list[Said]]]
LookUp = Callable[[Sequence[SecurePort]], Awaitable[list[Said]]]
Accepted = Callable[[str, str, Mapping[str, str], Sequence[Amendment], Sequence[Said]], list[Said]]
"""
Takes how a configuration came, who has asked for it, the texts of its files, what was obeyed on top of them, and the
messages about it; returns what there is to say besides.
"""


@frozen
class Files:
    """
    Where the configuration comes from.

    @ivar read: reads the configuration files.
    @ivar load: makes a configuration of them.
    @ivar inEffect: the files as they were followed last.
    @ivar recalled: of files that count with another text than that on the disk, by name, the text on the disk and
        the one that counts: as long as the one on the disk stays as it is.
    """

    read: Callable[[], Texts]
    load: Load
    inEffect: Texts
    recalled: Mapping[str, tuple[str | None, str | None]] = field(factory=dict)

    def present(self) -> Texts:
        """
        Return the files as they are now, but for the profile: a running stack changes it by what is
        obeyed, and by a reload; and for those that are recalled.
        """
        texts = self.read()
        kept = {name for name, (there, _) in self.recalled.items() if texts.files.get(name) == there}
        return texts.replaced(self.inEffect, lambda name: _isProfile(name) or name in kept)

    def recalling(self, texts: Mapping[str, str]) -> Files:
        """
        Return the same where other texts count than those on the disk.
        """
        found = self.read().files
        pairs = {name: (found.get(name), texts.get(name)) for name in {*found, *texts}}
        recalled = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
        return evolve(self, inEffect=Texts(texts), recalled=recalled)


def _isProfile(name: str) -> bool:
    return name.endswith(PROFILE_SUFFIX)


def _isDirectory(name: str) -> bool:
    return name == USER_DIRECT


@frozen
class Asked:
    """
    A change that is asked for.

    @ivar name: what asks for it, as messages have it.
    @ivar amendments: all that is to have been obeyed then.
    @ivar test: it is only to be said what would come of it.
    """

    name: str
    amendments: tuple[Amendment, ...]
    test: bool = False


@implementer(IReconfiguration)
@define(eq=False)
class Reconfiguration:
    """
    How the configuration in effect changes.

    @ivar later: what L{pending} was when the files were read last.
    @ivar _current: the configuration in effect.
    @ivar _files: the configuration files, or C{None} where the stack was started without.
    @ivar _subjects: who takes the changes, in this order.
    @ivar _lookUp: looks up the names of ports, and returns what there is to say of those that have
        moved; raises L{OperatorError} where there can be no such port.
    @ivar _accepted: is told of each configuration that is accepted.
    """

    _current: Current
    _files: Files | None
    _subjects: Sequence[IReconfigurable]
    _lookUp: LookUp
    _accepted: Accepted = lambda *_: []
    later: list[Said] = field(factory=list, init=False)
    _obeyed: tuple[Amendment, ...] = field(factory=lambda: (), init=False)
    _lock: DeferredLock = field(factory=DeferredLock, init=False)
    log = Logger()

    async def obey(self, name: str, text: str, test: bool, by: str = "") -> list[Said]:
        """
        See L{IReconfiguration.obey}.  One at a time, since names are looked up between reading and following.
        """
        await self._lock.acquire()
        try:
            return await self._obey(name, text, test, by)
        finally:
            self._lock.release()

    async def recall(
        self, how: str, texts: Mapping[str, str], obeyed: Sequence[Amendment], test: bool, by: str
    ) -> tuple[list[Said], list[str]]:
        """
        Follow other texts than those on the disk, as L{obey} follows statements; return the messages, and the names
        of the files that differ.

        @param how: what this is called.
        @param obeyed: what counts as obeyed on top of them.
        """
        await self._lock.acquire()
        try:
            asked, recalling = Asked(how, tuple(obeyed), test), self._known().recalling(texts)
            try:
                outcome = await self._attempt(asked, recalling.inEffect)
            except OperatorError as error:
                raise refusal(how, error) from error
            messages = outcome.said(test)
            if not test:
                self._files, self._obeyed = recalling, asked.amendments
                messages += self._tell(how, by, [*outcome.moved, *messages])
                for message in messages:
                    announceSaid(self.log, message)
            return [*outcome.moved, *messages, *outcome.repeated()], sorted(recalling.recalled)
        finally:
            self._lock.release()

    def _tell(self, how: str, by: str, messages: Sequence[Said]) -> list[Said]:
        """
        Tell of the configuration that is in effect now.
        """
        return self._accepted(how, by, self._known().inEffect.files, self._obeyed, messages)

    async def _obey(self, name: str, text: str, test: bool, by: str) -> list[Said]:
        files = self._known()
        amendment = Amendment(name, text)
        asked = Asked(name, (*self._obeyed, amendment), test)
        try:
            outcome = await self._either(asked, files.present(), files.inEffect)
        except OperatorError as error:
            raise refusal(name, error) from error
        messages = outcome.said(test, line="" if "\n" in text.strip() else name)
        if not test:
            files = self._known()
            if differs(*(files.load(files.inEffect, each) for each in (self._obeyed, asked.amendments))):
                self._obeyed = (*self._obeyed, evolve(amendment, again=True))
            how = "OBEY" if name == TYPED else f"OBEYFILE {name}"
            messages += self._tell(how, by, [*outcome.moved, *messages])
            for message in messages:
                announceSaid(self.log, message)
        return [*outcome.moved, *messages, *outcome.repeated()]

    @property
    def hasFiles(self) -> bool:
        """
        Whether there are configuration files.
        """
        return self._files is not None

    async def reload(self, refresh: Refresh) -> list[Said]:
        """
        Follow the files, the profile included, with what was obeyed on top of them; return the
        messages, those about warnings first.

        @param refresh: does what REFRESH does; called where ports are to have labels that no server has read yet.
        @raise OperatorError: the files have errors that they had not before, or something cannot be had;
            nothing has changed then, and the profile counts as it was.
        """
        await self._lock.acquire()
        try:
            return await self._reload(refresh)
        finally:
            self._lock.release()

    async def _reload(self, refresh: Refresh) -> list[Said]:
        asked, texts = Asked("SIGHUP", self._obeyed), self._known().read()
        try:
            outcome = await self._attempt(asked, texts)
        except OperatorError as error:
            if error.said.id != UNREAD:
                raise
            await refresh(None)
            outcome = await self._attempt(asked, texts)
        self._files = evolve(self._known(), recalled={})
        warnings = outcome.warnings()
        new = [each for each in outcome.said(test=False) if each not in warnings]
        messages = [*outcome.moved, *new]
        messages += self._tell("SIGHUP", "", messages)
        obeyed = [said("SSLP015I", names=obeyedNames(self._obeyed))] if self._obeyed else []
        return [*warnings, *messages, *outcome.repeated(), *obeyed]

    def reread(self) -> None:
        """
        Follow what has changed in the files other than the profile, and log the result.
        """
        reading = Deferred.fromCoroutine(self._reread())
        reading.addErrback(lambda failure: announceFault(self.log, "files were read again", failure))

    async def _reread(self) -> None:
        await self._lock.acquire()
        try:
            files = self._known()
            present = files.present()
            directory = files.inEffect.replaced(present, _isDirectory)
            outcome = await self._either(Asked("USER.DIRECT", self._obeyed), present, directory)
            messages = [each for each in outcome.said(test=False) if each.id != NOTHING]
            messages += self._tell("USER.DIRECT", "", messages)
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
        Return a message for each change in the files that only a new start of the stack can follow.  A server that is
        started while others run gets the same parameters as they have.
        """
        if self._files is None:
            return []
        wanted = self._files.load(self._files.present(), self._obeyed).configuration
        if wanted is None:
            return []
        self.later = allLater(changes(self._current.configuration, wanted))
        return self.later

    def _known(self) -> Files:
        """
        Return the files.

        @raise OperatorError: SSLP041E, there are none.
        """
        if self._files is None:
            raise operatorError("SSLP041E")
        return self._files

    async def _either(self, asked: Asked, present: Texts, other: Texts) -> Outcome:
        """
        Make a change with the files as they are at C{present}; where something refuses that, with C{other}
        ones, so that what is wrong with files that the change is not about does not refuse it.

        @raise OperatorError: it cannot be made in either way; nothing has changed.
        """
        try:
            return await self._attempt(asked, present)
        except OperatorError as error:
            if present == other:
                raise
            left = error.said
        outcome = await self._attempt(asked, other)
        return evolve(outcome, left=left)

    async def _attempt(self, asked: Asked, texts: Texts) -> Outcome:
        """
        Make a change with such files.

        @raise OperatorError: it cannot be made, or what comes of it has errors that were not there before; the
            text has each of these.
        """
        files = self._known()
        assembly = files.load(texts, asked.amendments)
        before = files.load(files.inEffect, self._obeyed)
        found = newFindings(before.findings, assembly.findings)
        wanted = self._sound(asked.name, assembly, found)
        moved = await self._named(wanted, asked.test)
        pending = waiting(self._current.configuration, before.configuration)
        outcome = self._follow(wanted, asked.test)
        if not asked.test:
            self._files = evolve(files, inEffect=texts)
        errors = [each for each in assembly.findings if each.severity is Severity.ERROR]
        return evolve(
            outcome,
            moved=moved,
            found=found,
            standing=assembly.findings,
            earlier=(*errors, *outcome.earlier),
            pending=pending,
            lists=listChanges(before.lists, assembly.lists),
        )

    def _sound(self, name: str, assembly: Assembly, found: Sequence[Finding]) -> Configuration:
        """
        Return the configuration that is wanted.

        @param found: what was not found before.
        @raise OperatorError: there can be no such configuration.
        """
        wanted, present = assembly.configuration, self._current.configuration
        errors = [each for each in found if each.severity is Severity.ERROR]
        if wanted is None or errors:
            texts = list(map(str, errors or assembly.findings))
            raise operatorError("SSLP040E", file=name, errors=len(texts), findings="\n".join(texts))
        if what := otherIdentity(present, wanted):
            raise operatorError("SSLP042E", file=name, what=what)
        if present.ports and not wanted.ports:
            raise operatorError("SSLP063E", file=name)
        return wanted

    def _follow(self, wanted: Configuration, test: bool) -> Outcome:
        """
        Change what can be changed.

        @raise OperatorError: something cannot be had, such as a port; then nothing has changed.
        """
        before = self._current.configuration
        found = changes(before, wanted)
        prepared = self._apply(inEffect(before, wanted), test)
        if not test:
            self.later = allLater(found)
        notes = [each for preparation in prepared for each in preparation.notes]
        earlier = [each for preparation in prepared for each in preparation.earlier]
        return Outcome(found, notes=notes, earlier=earlier)

    def _apply(self, after: Configuration, test: bool) -> list[Preparation]:
        prepared: list[Preparation] = []
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
        return prepared
