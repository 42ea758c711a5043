# -*- test-case-name: tests.agent.test_filters -*-
"""
From a list of system calls to the program with which the kernel judges each call (seccomp(2), classic BPF).
Pure; used in the agent and in each server process.

The number is looked up by halving, and most calls are allowed by it alone: kernels since 5.11 find that out when
the program is loaded, and do not run it for these any more.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Mapping

from sslpool.agent.syscalls import UNIFIED, Among, Condition

ALLOW, ERRNO = 0x7FFF0000, 0x00050000
"""
The verdicts (linux/seccomp.h); the lower 16 bits of the second one are the error.
"""

FORBIDDEN = ERRNO | errno.EPERM
"""
What a call gets that is not in the list.  It is not the process's end: a library that tries something then has
an error that it can report.
"""

MISSING = ERRNO | errno.ENOSYS
"""
What a call gets that is newer than L{UNIFIED}: the C library then does what it does on an older kernel, which
it would not with C{EPERM} (clone3, close_range, epoll_pwait2).
"""

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
"""
The instructions that are needed (linux/bpf_common.h): load a word of the call, compare it with a constant (equal,
at least, some bit), and end.
"""

NUMBER, MACHINE, ARGUMENTS = 0, 4, 16
"""
Where the call has its number, the machine's name, and its arguments of eight octets each, the lower half first.
"""

Instruction = tuple[int, int, int, int]
"""
Operation; how many instructions to pass over where a comparison holds, and where it does not; the constant.
"""


def program(machine: int, allowed: Mapping[int, tuple[Condition, ...]]) -> list[Instruction]:
    """
    Return the program that allows these calls.

    @param machine: how the kernel names the only way of calling it that there is to be.
    @param allowed: what is allowed by number, and on which conditions, all of which must hold.
    """
    return [
        (LOAD, 0, 0, MACHINE),
        (EQUAL, 1, 0, machine),
        (RETURN, 0, 0, FORBIDDEN),
        (LOAD, 0, 0, NUMBER),
        *_search(_stretches(allowed)),
    ]


def octets(instructions: list[Instruction]) -> bytes:
    """
    Return the program as the kernel takes it: an array of C{struct sock_filter}.
    """
    return b"".join(struct.pack("=HBBI", *each) for each in instructions)


def _stretches(allowed: Mapping[int, tuple[Condition, ...]]) -> list[tuple[int, list[Instruction]]]:
    """
    Return the stretches of numbers that are judged alike: where each begins, and what is done then.
    """
    found: list[tuple[int, list[Instruction]]] = []
    for number in sorted({0, UNIFIED, *allowed, *(each + 1 for each in allowed)}):
        if number in allowed:
            verdict = _conditional(allowed[number])
        else:
            verdict = [(RETURN, 0, 0, FORBIDDEN if number < UNIFIED else MISSING)]
        if not found or found[-1][1] != verdict or len(verdict) > 1:
            found.append((number, verdict))
    return found


def _search(stretches: list[tuple[int, list[Instruction]]]) -> list[Instruction]:
    if len(stretches) == 1:
        return stretches[0][1]
    middle = len(stretches) // 2
    lower, upper = _search(stretches[:middle]), _search(stretches[middle:])
    return [(AT_LEAST, len(lower), 0, stretches[middle][0]), *lower, *upper]


def _conditional(conditions: tuple[Condition, ...]) -> list[Instruction]:
    steps: list[Instruction] = []
    for condition in conditions:
        steps.append((LOAD, 0, 0, ARGUMENTS + 8 * condition.argument))
        if isinstance(condition, Among):
            last = len(condition.values)
            steps += [(EQUAL, last - index, 0, value) for index, value in enumerate(condition.values)]
        else:
            steps.append((ANY_BIT, 0, 1, condition.bits))
        steps.append((RETURN, 0, 0, FORBIDDEN))
    return [*steps, (RETURN, 0, 0, ALLOW)]
