"""
The table of revocation: chains of two and three authorities, each of them in the key database or not,
trusted or not, and with each kind of list; and who gets in by it.  Tests only.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product

from attrs import frozen

from sslpool.keydb.records import Authority as Known
from sslpool.keydb.records import Credential, KeyMaterial
from sslpool.keydb.revocationlist import RevocationList
from tests.doubles.certificates import Authority, makeAuthority, makeClient, makeRevocations, makeServer

NONE, EMPTY, REVOKING, OVERDUE = "none", "empty", "revoking", "overdue"
LISTS = (NONE, EMPTY, REVOKING, OVERDUE)
"""
What list an authority has; one that revokes has the next certificate of the chain.
"""

ABSENT, KNOWN, TRUSTED = "absent", "known", "trusted"
"""
What an authority is to the key database.
"""


@frozen
class Chain:
    """
    A chain, the root first, with a client and a server at its end.

    @ivar authorities: root, and those below it.
    @ivar client: the client.
    @ivar server: the server.
    """

    authorities: tuple[Authority, ...]
    client: Credential
    server: Credential

    def listOf(self, level: int, kind: str) -> RevocationList:
        """
        Return a list of an authority.

        @param level: which, from 0 for the root.
        """
        return _listOf(self, level, kind)

    def lists(self, kinds: tuple[str, ...]) -> tuple[RevocationList, ...]:
        """
        Return the lists that there are.
        """
        return tuple(self.listOf(level, kind) for level, kind in enumerate(kinds) if kind != NONE)


@cache
def _listOf(chain: Chain, level: int, kind: str) -> RevocationList:
    authority = chain.authorities[level]
    isLowest = level == len(chain.authorities) - 1
    below = (chain.client, chain.server) if isLowest else (chain.authorities[level + 1],)
    revoked = [each.certificate for each in below] if kind == REVOKING else []
    return makeRevocations(authority, *revoked, days=-1 if kind == OVERDUE else 30)


@cache
def chainOf(levels: int) -> Chain:
    """
    Return a chain of so many authorities.
    """
    authorities: list[Authority] = []
    for level in range(levels):
        authorities.append(makeAuthority(f"Authority {level}", authorities[-1] if authorities else None))
    lowest = authorities[-1]
    return Chain(tuple(authorities), makeClient(lowest), makeServer(lowest))


@frozen
class Cell:
    """
    What a key database has of a chain.

    @ivar standing: for each authority, the root first, what it is.
    @ivar lists: for each, what list it has.
    """

    standing: tuple[str, ...]
    lists: tuple[str, ...]

    @property
    def chain(self) -> Chain:
        """
        The chain.
        """
        return chainOf(len(self.standing))

    def material(self) -> KeyMaterial:
        """
        Return what servers have of it.
        """
        every = list(zip(self.standing, self.chain.authorities, strict=True))
        return KeyMaterial(
            (),
            tuple(Known(f"CA {at}", each.certificate) for at, (how, each) in enumerate(every) if how == TRUSTED),
            self.chain.lists(self.lists),
            known=tuple(each.certificate for how, each in every if how != ABSENT),
        )

    @property
    def reached(self) -> range:
        """
        The authorities that are reached from the end of the chain, as far as the key database goes.
        """
        lowest = max(level for level, how in enumerate(self.standing) if how == TRUSTED)
        highest = lowest
        while highest and self.standing[highest - 1] != ABSENT:
            highest -= 1
        return range(highest, len(self.standing))

    @property
    def good(self) -> bool:
        """
        Whether client and server are to be let in.
        """
        return all(self.lists[level] in (NONE, EMPTY) for level in self.reached)

    @property
    def isGap(self) -> bool:
        """
        Whether there are authorities above one that the key database does not have.
        """
        return any(self.standing[level] != ABSENT for level in range(self.reached.start))

    def __str__(self) -> str:
        return ", ".join(f"{how} {kind}" for how, kind in zip(self.standing, self.lists, strict=True))


def combinations(levels: int) -> Iterator[tuple[str, ...]]:
    """
    Yield the kinds of lists that the authorities of a chain may have.
    """
    yield from product(LISTS, repeat=levels)


def cells(levels: int) -> Iterator[Cell]:
    """
    Yield all cells in which somebody is trusted: a list is there with its authority only.
    """
    one = [(ABSENT, NONE), *product((KNOWN, TRUSTED), LISTS)]
    for states in product(one, repeat=levels):
        standing, lists = zip(*states, strict=True)
        if TRUSTED in standing:
            yield Cell(standing, lists)


def filled(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """
    Return a combination with an empty list in the place of each that is missing: nginx and HAProxy want a list of each
    authority as soon as there is any.
    """
    return tuple(EMPTY if kind == NONE else kind for kind in kinds)


def peersLetIn(kinds: tuple[str, ...]) -> bool:
    """
    Whether nginx and HAProxy let somebody in whose chain they know to the root, with a list of each authority; that
    they do so is L{tests.live.test_revocation}.
    """
    return not {REVOKING, OVERDUE} & set(kinds)
