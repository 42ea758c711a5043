"""
Tests for L{sslpool.agent.filters}: programs are run here as the kernel would run them.
"""

from __future__ import annotations

import errno
import random
import struct

from twisted.trial.unittest import SynchronousTestCase

from sslpool.agent.filters import (
    ALLOW,
    ANY_BIT,
    AT_LEAST,
    EQUAL,
    FORBIDDEN,
    LOAD,
    MISSING,
    RETURN,
    Instruction,
    octets,
    program,
)
from sslpool.agent.syscalls import AARCH64, UNIFIED, X86_64, Among, Without, forAgent, forServer

LONGEST = 4096
"""
The most instructions that the kernel takes (BPF_MAXINSNS).
"""

X32 = 0x40000000
"""
What the numbers of the x32 way of calling an x86-64 kernel have.
"""


def verdict(instructions: list[Instruction], number: int, *arguments: int, machine: int = X86_64) -> int:
    """
    Return what the program says of a call.
    """
    call = struct.pack("<IIQ6Q", number, machine, 0, *(*arguments, *[0] * 6)[:6])
    word = position = 0
    while True:
        operation, holds, fails, constant = instructions[position]
        position += 1
        if operation == RETURN:
            return constant
        if operation == LOAD:
            (word,) = struct.unpack_from("<I", call, constant)
        else:
            held = {EQUAL: word == constant, AT_LEAST: word >= constant, ANY_BIT: bool(word & constant)}[operation]
            position += holds if held else fails


class ProgramTests(SynchronousTestCase):
    """
    What a program says.
    """

    def test_numbers(self) -> None:
        """
        What is in the list is allowed, and nothing else; what is new is said not to be there.
        """
        chosen = random.Random(7)
        for size in (0, 1, 2, 3, 90, 250):
            allowed = set(chosen.sample(range(470), size))
            instructions = program(X86_64, dict.fromkeys(allowed, ()))
            for number in (*range(480), 2**31, 2**32 - 1, *(X32 | each for each in allowed)):
                other = FORBIDDEN if number < UNIFIED else MISSING
                self.assertEqual(verdict(instructions, number), ALLOW if number in allowed else other, number)

    def test_machine(self) -> None:
        """
        Nothing is allowed in another machine's way of calling, where the numbers mean something else.
        """
        instructions = program(X86_64, {1: ()})
        self.assertEqual([verdict(instructions, 1, machine=each) for each in (X86_64, 3)], [ALLOW, FORBIDDEN])

    def test_conditions(self) -> None:
        """
        Where there are conditions all of them must hold, and their neighbours have none of it.
        """
        instructions = program(AARCH64, {4: (), 5: (Among(1, (10, 20)), Without(2, 6)), 6: ()})
        calls = [(10, 0), (20, 9), (10, 4), (10, 2), (30, 0), (2**32 + 10, 0)]
        found = [verdict(instructions, 5, 77, *each, machine=AARCH64) for each in calls]
        self.assertEqual(found, [ALLOW, ALLOW, FORBIDDEN, FORBIDDEN, FORBIDDEN, ALLOW])
        self.assertEqual({verdict(instructions, each, machine=AARCH64) for each in (4, 6)}, {ALLOW})

    def test_errors(self) -> None:
        """
        The errors are those of the kernel for what is forbidden and for what it does not have.
        """
        self.assertEqual((FORBIDDEN & 0xFFFF, MISSING & 0xFFFF), (errno.EPERM, errno.ENOSYS))

    def test_fits(self) -> None:
        """
        The programs in use are not too long, every jump fits in its octet, and a number is found in a few steps.
        """
        for machine in (X86_64, AARCH64):
            for allowed in (forServer(machine, 1), forAgent(machine)):
                instructions = program(machine, allowed)
                self.assertLess(len(instructions), LONGEST)
                self.assertEqual(len(octets(instructions)), 8 * len(instructions))
                free = [number for number, conditions in allowed.items() if not conditions]
                self.assertEqual({verdict(instructions, number, machine=machine) for number in free}, {ALLOW})
