# -*- test-case-name: tests.stack.configuration.test_changeoutcome -*-
"""
What came of a change to the configuration of a running stack, and what the operator is told of it.  Lives
in the stack process; pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from attrs import frozen

from sslpool.config.changes import Change, changes
from sslpool.config.configuration import Assembly, Configuration
from sslpool.config.exposure import STANDING
from sslpool.config.listchanges import ListChange, listChanges
from sslpool.messages import Finding, OperatorError, Said, Severity, operatorError, said

MOST_EARLIER = 5
"""
The most errors that are repeated with a change that is not about them.
"""

QUOTING = "SSLP040E"
"""
Refuses a change for what is found, and quotes it.
"""

NOTHING = "SSLP045I"
"""
Says that nothing changes.
"""

#: Why a port cannot have a label.
_LABELS = ("SSLP020E", "SSLP047E", "SSLP048E", "SSLP175E")
_QUOTED = {Severity.INFORMATION: "SSLP062I", Severity.WARNING: "SSLP016W"}


def refusal(name: str, error: OperatorError) -> OperatorError:
    """
    Return why nothing was changed, and how to go on: what cannot be had says only what it is.

    @param name: what has asked for the change, as messages have it.
    """
    if "file" in error.said.fields:
        return error
    return operatorError("SSLP072E" if error.said.id in _LABELS else "SSLP073E", file=name, finding=error.said)


def newFindings(before: Iterable[Finding], after: Iterable[Finding]) -> list[Finding]:
    """
    Return what is found C{after} a change and was not found C{before} it.  Lines of a file may have moved;
    of what is found more often than before the last ones are new.
    """
    known = Counter(map(_identity, before))
    new = []
    for each in after:
        identity = _identity(each)
        if known[identity]:
            known[identity] -= 1
        else:
            new.append(each)
    return new


def _identity(finding: Finding) -> tuple[Said, str]:
    # Whom applications trust is found at their entries, which may come to stand in another file.
    return finding.said, "" if finding.said.id in STANDING else finding.file


def differs(before: Assembly, after: Assembly) -> bool:
    """
    Whether there is a change between what was read before and what is read now.
    """
    if before.configuration is None or after.configuration is None:
        return True
    return bool(listChanges(before.lists, after.lists) or changes(before.configuration, after.configuration))


def waiting(present: Configuration, accepted: Configuration | None) -> list[Change]:
    """
    Return the changes that wait for a new start.

    @param present: the configuration in effect.
    @param accepted: the one that was accepted last.
    """
    return [] if accepted is None else [each for each in changes(present, accepted) if not each.running]


@frozen
class Outcome:
    """
    What came of a change.

    @ivar changes: what changes.
    @ivar moved: what there is to say of names that were looked up, which has been logged.
    @ivar found: what is found because of the change.
    @ivar standing: all that is found.
    @ivar notes: what else is said about the change.
    @ivar earlier: the errors that were there before and stay.
    @ivar left: why the files are not followed as they are now; C{None} where they are.
    @ivar pending: those of the changes that have been waiting for a new start already.
    @ivar lists: what changes in the lists of the profile, and nowhere else.
    """

    changes: Sequence[Change]
    moved: Sequence[Said] = ()
    found: Sequence[Finding] = ()
    standing: Sequence[Finding] = ()
    notes: Sequence[Said] = ()
    earlier: Sequence[Said | Finding] = ()
    left: Said | None = None
    pending: Sequence[Change] = ()
    lists: Sequence[ListChange] = ()

    def said(self, test: bool, line: str = "") -> list[Said]:
        """
        Return the messages about the change, which belong into the log as well.

        @param test: it is not made.
        @param line: what has one line only, so that the place of what is found there says nothing.
        """
        changes = [*(changed(each, test) for each in self.changes), *(_listed(each, test) for each in self.lists)]
        if self._idle:
            changes = [said(NOTHING), *changes]
        found = [each.said if each.file == line else _quoted(each) for each in self.found]
        return [*self._unfollowed(), *changes, *found, *self.notes]

    @property
    def _idle(self) -> bool:
        """
        Whether nothing changes: what waits for a new start has been waiting before.
        """
        return not self.moved and not self.lists and all(each in self.pending for each in self.changes)

    def _unfollowed(self) -> list[Said]:
        if self.left is None:
            return []
        # Of a list of findings that is quoted the head says nothing new.
        findings = self.left.fields["findings"] if self.left.id == QUOTING else self.left
        return [said("SSLP061W", finding=findings)]

    def repeated(self) -> list[Said]:
        """
        Return the messages about errors that were there before.
        """
        shown, more = self.earlier[:MOST_EARLIER], self.earlier[MOST_EARLIER:]
        lines = [said("SSLP060W", finding=each) for each in shown]
        return [*lines, said("SSLP064W", count=len(more))] if more else lines

    def warnings(self) -> list[Said]:
        """
        Return all warnings about the files, but whom applications trust, which is said when that becomes so.
        """
        found = [each for each in self.standing if each.severity is Severity.WARNING]
        return [_quoted(each) for each in found if each.said.id not in STANDING]


def _quoted(finding: Finding) -> Said:
    return said(_QUOTED[finding.severity], finding=finding)


def changed(change: Change, test: bool) -> Said:
    """
    Return the message about a change.
    """
    if not change.running:
        return later(change)
    fields = {"what": change.what, "before": change.before or "none", "after": change.after or "none"}
    return said("SSLP044I" if test else "SSLP043I", **fields)


def _listed(change: ListChange, test: bool) -> Said:
    added, removed = (", ".join(each) or "none" for each in (change.added, change.removed))
    return said("SSLP071I" if test else "SSLP070I", statement=change.statement, added=added, removed=removed)


def allLater(found: Iterable[Change]) -> list[Said]:
    """
    Return a message for each change that only a new start can follow.
    """
    return [later(change) for change in found if not change.running]


def later(change: Change) -> Said:
    """
    Return the message about a change that only a new start can follow.
    """
    return said("SSLP046W", what=change.what)
