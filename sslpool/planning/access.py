# -*- test-case-name: tests.planning.test_access -*-
"""
POSIX access control lists as Linux keeps them in extended attributes.  Pure; used by C{sslpool}.

Source: acl(5) and C{include/uapi/linux/posix_acl_xattr.h}: a version, then for each entry a tag, the
permissions and an id, all little-endian.
"""

from __future__ import annotations

import struct

from attrs import evolve, frozen

_VERSION = 2
_HEADER = struct.Struct("<I")
_ENTRY = struct.Struct("<HHI")
_NOBODY = 0xFFFFFFFF

OWNER, USER, OWNING_GROUP, GROUP, MASK, OTHERS = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20

READ, WRITE, EXECUTE = 4, 2, 1


@frozen
class AccessList:
    """
    Who has which access.

    @ivar entries: permissions by tag and id.
    """

    entries: dict[tuple[int, int], int]

    @classmethod
    def ofMode(cls, mode: int) -> AccessList:
        """
        Return the list that a file with this mode has where it has no other.
        """
        return cls(
            {(OWNER, _NOBODY): mode >> 6 & 7, (OWNING_GROUP, _NOBODY): mode >> 3 & 7, (OTHERS, _NOBODY): mode & 7}
        )

    @classmethod
    def parse(cls, octets: bytes) -> AccessList:
        """
        Return the list that an extended attribute holds.

        @raise ValueError: it is none.
        """
        version = octets[: _HEADER.size]
        body = octets[_HEADER.size :]
        if version != _HEADER.pack(_VERSION) or len(body) % _ENTRY.size:
            raise ValueError("the access control list has an unknown form")
        return cls({(tag, identity): permissions for tag, permissions, identity in _ENTRY.iter_unpack(body)})

    def pack(self) -> bytes:
        """
        Return the list as an extended attribute holds it.
        """
        entries = [_ENTRY.pack(tag, self.entries[tag, identity], identity) for tag, identity in sorted(self.entries)]
        return _HEADER.pack(_VERSION) + b"".join(entries)

    def allows(self, uid: int, permissions: int) -> bool:
        """
        Whether the user has an entry with these permissions that the mask does not take away.
        """
        mask = self.entries.get((MASK, _NOBODY), 7)
        return self.entries.get((USER, uid), 0) & mask & permissions == permissions

    def names(self, uid: int) -> bool:
        """
        Whether the user has an entry.
        """
        return (USER, uid) in self.entries

    @property
    def minimal(self) -> bool:
        """
        Whether it says no more than a mode does.
        """
        return self == self.basic

    @property
    def basic(self) -> AccessList:
        """
        What it says of owner, owning group and others.
        """
        kept = (OWNER, OWNING_GROUP, OTHERS)
        return evolve(self, entries={key: value for key, value in self.entries.items() if key[0] in kept})

    def granting(self, uid: int, permissions: int) -> AccessList:
        """
        Return the list with an entry for the user.
        """
        return evolve(self, entries={**self.entries, (USER, uid): permissions})._masked()

    def without(self, uid: int) -> AccessList:
        """
        Return the list without an entry for the user.
        """
        return evolve(self, entries={key: value for key, value in self.entries.items() if key != (USER, uid)})._masked()

    def _masked(self) -> AccessList:
        """
        Return the list with a mask that takes nothing from the entries it is for, and with none where
        there are none (acl(5): required with, and only with, named users and groups).
        """
        entries = {key: value for key, value in self.entries.items() if key[0] != MASK}
        if any(tag in (USER, GROUP) for tag, _ in entries):
            mask = 0
            for (tag, _), permissions in entries.items():
                mask |= permissions if tag in (USER, OWNING_GROUP, GROUP) else 0
            entries[MASK, _NOBODY] = mask
        return evolve(self, entries=entries)
