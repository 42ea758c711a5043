# -*- test-case-name: tests.agent.test_confinement -*-
"""
What Python has no call for, of that with which a process gives up what it does not need: prctl(2), landlock(7) and
seccomp(2).  Agent, servers and stack.

The packages for it were looked at: those that wrap libseccomp have had no release since 2021 and need a library
that is not in Python's package index, the others are younger than what they would replace here.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Collection

PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 4, 38

_SET_MODE_FILTER, _SPECULATION_ALLOWED = 1, 4

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""
Their numbers are the same on all machines.
"""

_VERSION, _PATH_BENEATH = 1, 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIRECTORY = 1 << 0, 1 << 1, 1 << 2, 1 << 3
READ = READ_FILE | READ_DIRECTORY
"""
The rights of Landlock that are named here (linux/landlock.h).
"""

_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""
How many rights to files each version of Landlock knows; later ones know as many as the last.
"""

_SCOPES_SINCE, _NETWORK_SINCE = 6, 4
_SCOPES = 1 << 0 | 1 << 1
"""
No connection to abstract sockets of processes outside, and no signals to them.
"""


class _Program(ctypes.Structure):
    """
    C{struct sock_fprog}.
    """

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


_library = ctypes.CDLL(None, use_errno=True)
_library.syscall.restype = ctypes.c_long


def setProcess(option: int, value: int) -> None:
    """
    Set an attribute of this process, prctl(2).

    @raise OSError: the system refuses it.
    """
    _checked(_library.prctl(option, *(ctypes.c_ulong(each) for each in (value, 0, 0, 0))))


def forbidCores() -> None:
    """
    Let nobody but root read this process's memory or have a core file of it.

    @raise OSError: the system refuses it.
    """
    setProcess(PR_SET_DUMPABLE, 0)


def filterCalls(number: int, program: bytes) -> None:
    """
    Have the kernel judge each system call of this process, and of those that it forks, with a program.

    @param number: that of seccomp(2) on this machine.
    @param program: an array of C{struct sock_filter}.
    @raise OSError: it cannot.
    """
    loaded = ctypes.byref(_Program(len(program) // 8, program))
    # Otherwise kernels before 5.16 make every load slower: that is for processes that run strangers' code.
    _call(number, _SET_MODE_FILTER, _SPECULATION_ALLOWED, loaded)


def landlockVersion() -> int:
    """
    Return the version of Landlock that the kernel has.

    @raise OSError: it has none.
    """
    return _call(_CREATE_RULESET, None, 0, _VERSION)


def restrictFiles(readable: Collection[str], allowed: int = 0) -> None:
    """
    Give up for ever, for this process and those that it forks, what Landlock can forbid: all access to files,
    signals to other processes, and abstract sockets.

    @param readable: directories beneath which everything may be read; one that is not there is left out.
    @param allowed: rights that are not given up.
    @raise OSError: the kernel has no Landlock.
    """
    version = landlockVersion()
    known = (1 << _RIGHTS[min(version, max(_RIGHTS))]) - 1
    attributes = struct.pack("=Q", known & ~allowed)
    if version >= _SCOPES_SINCE:
        attributes += struct.pack("=QQ", 0, _SCOPES)
    elif version >= _NETWORK_SINCE:
        attributes += struct.pack("=Q", 0)
    ruleset = _call(_CREATE_RULESET, attributes, len(attributes), 0)
    try:
        for path in readable:
            _allow(ruleset, path)
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str) -> None:
    try:
        directory = os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", READ, directory), 0)
    finally:
        os.close(directory)


def _call(number: int, *arguments: object) -> int:
    # Arguments of a variadic function are as wide as it takes them.
    wide = (ctypes.c_long(each) if isinstance(each, int) else each for each in arguments)
    return _checked(_library.syscall(ctypes.c_long(number), *wide))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
