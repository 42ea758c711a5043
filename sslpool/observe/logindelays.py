# -*- test-case-name: tests.observe.test_logindelays -*-
"""
When a password for the manhole is looked at: what wrong ones cost, and whom.  Lives in the stack process.

The cost is bound to where a try comes from and to whose account it is for, not to the connection:

    - Wrong passwords for one account from one address cost 1, 2, 4 ... 30 seconds, however many
      connections they come on.
    - From one address a password is looked at every second at most, for whatever accounts.
    - For one account a password is looked at every second at most, from wherever they come, so that
      many addresses do not find more than a few.  An address from which the account's user has
      logged in before does not stand in that queue: others cannot keep him waiting there.

A try is booked before it is looked at, and as if it were wrong: more of them at once gain nothing.
"""

from __future__ import annotations

from attrs import define, field
from twisted.internet.interfaces import IReactorTime

PACE = 1.0
LONGEST_DELAY = 30.0
LONGEST_WAIT = 30.0
MEMORY = 3600.0
FAMILIAR = 7 * 86400.0
MOST_RECORDS, MOST_FAMILIAR = 1024, 64
"""
Limits: seconds between two tries of an address, or for an account; seconds that a wrong password costs
at most, and that one waits to be looked at; seconds after which wrong passwords are forgotten, and
after which an address is no longer familiar; how many of each are remembered.
"""


@define
class _Record:
    """
    Tries from one address for one account.

    @ivar wrong: how many were wrong, those that are not looked at yet included.
    @ivar due: when the next may be looked at.
    """

    wrong: int = 0
    due: float = 0.0


@define
class LoginDelays:
    """
    The books.

    @ivar clock: counts the time.
    """

    clock: IReactorTime
    _records: dict[tuple[str, str], _Record] = field(factory=dict, init=False)
    _hosts: dict[str, float] = field(factory=dict, init=False)
    _accounts: dict[str, float] = field(factory=dict, init=False)
    _familiar: dict[tuple[str, str], float] = field(factory=dict, init=False)

    def book(self, userid: str, host: str) -> float | None:
        """
        Return in how many seconds a password may be looked at; C{None} where that is too late, and
        nothing is looked at.
        """
        now, pair = self.clock.seconds(), (userid, host)
        self._forget(now)
        familiar = self._isFamiliar(pair)
        record = self._records.get(pair) or _Record()
        start = max(now, record.due, self._hosts.get(host, now))
        if not familiar:
            start = max(start, self._accounts.get(userid, now))
        if start - now > LONGEST_WAIT:
            return None
        record.wrong += 1
        record.due = start + min(float(1 << min(record.wrong - 1, 16)), LONGEST_DELAY)
        self._records.pop(pair, None)
        self._records[pair] = record
        self._hosts[host] = start + PACE
        if not familiar:
            self._accounts[userid] = start + PACE
        return start - now

    def withdraw(self, userid: str, host: str) -> None:
        """
        A try that was booked is not made: others for the account need not wait for it.  What it costs
        whoever booked it stays.
        """
        if userid in self._accounts and not self._isFamiliar((userid, host)):
            self._accounts[userid] -= PACE

    def right(self, userid: str, host: str) -> None:
        """
        The password was right.
        """
        pair = (userid, host)
        self._records.pop(pair, None)
        self._familiar.pop(pair, None)
        self._familiar[pair] = self.clock.seconds()
        _limit(self._familiar, MOST_FAMILIAR)

    def cost(self, userid: str, host: str) -> float:
        """
        Return what a wrong password costs now, in seconds.
        """
        record = self._records.get((userid, host))
        return 0.0 if record is None else max(record.due - self.clock.seconds(), 0.0)

    def _isFamiliar(self, pair: tuple[str, str]) -> bool:
        since = self._familiar.get(pair)
        return since is not None and self.clock.seconds() - since < FAMILIAR

    def _forget(self, now: float) -> None:
        """
        Forget what is over, and the oldest where there is too much.
        """
        while self._records and next(iter(self._records.values())).due + MEMORY < now:
            del self._records[next(iter(self._records))]
        _limit(self._records, MOST_RECORDS)
        for due in (self._hosts, self._accounts):
            if len(due) > MOST_RECORDS:
                for key in [key for key, moment in due.items() if moment <= now]:
                    del due[key]
                _limit(due, MOST_RECORDS)


def _limit(table: dict[str, float] | dict[tuple[str, str], float] | dict[tuple[str, str], _Record], most: int) -> None:
    """
    Leave the youngest entries of a table.
    """
    while len(table) > most:
        del table[next(iter(table))]  # type: ignore[arg-type]
