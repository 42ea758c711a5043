"""
Tests for L{sslpool.agent.syscalls}: the numbers are those of the kernel, and what is forbidden is not among them.
"""

from __future__ import annotations

import ctypes
import re
import termios
from ctypes.util import find_library
from pathlib import Path

from twisted.trial.unittest import SkipTest, SynchronousTestCase

import sslpool
from sslpool.agent.syscalls import AARCH64, FORKING, NUMBERS, X86_64, Among, forAgent, forServer, numberOf

_FORBIDDEN = """
    bpf chroot execve execveat finit_module init_module io_uring_setup kexec_load keyctl mount mremap move_mount
    open_by_handle_at open_tree perf_event_open pidfd_getfd pidfd_open pivot_root process_madvise process_vm_readv
    process_vm_writev ptrace setns shmat umount2 unlinkat unshare userfaultfd
"""
FORBIDDEN = _FORBIDDEN.split()
"""
What would get a process out, or at another's memory, or at files in another way.
"""


OFTEN = """
    read write recvfrom sendto epoll_pwait epoll_ctl accept4 close connect socket setsockopt getsockopt shutdown getpid
    getsockname getpeername
"""
"""
What sessions take.
"""


HOUSE = Path(sslpool.__file__).parent
ROOMS = ("observe", "pool", "server", "sessions", "tls")
SERVED = [path for room in ROOMS for path in HOUSE.joinpath(room).glob("*.py")]
"""
The modules that run in servers.
"""


class NumberTests(SynchronousTestCase):
    """
    The numbers.
    """

    def setUp(self) -> None:
        """
        libseccomp has lists of its own.
        """
        name = find_library("seccomp")
        if name is None:
            raise SkipTest("libseccomp is not there")
        self.resolve = ctypes.CDLL(name).seccomp_syscall_resolve_name_arch

    def test_known(self) -> None:
        """
        Each name has the number of the machine, and none where the machine has no such call.
        """
        for name, numbers in {**NUMBERS, **FORKING}.items():
            found = [self.resolve(ctypes.c_uint32(machine), name.encode()) for machine in (X86_64, AARCH64)]
            self.assertEqual(numbers, tuple(number if number >= 0 else None for number in found), name)

    def test_forbidden(self) -> None:
        """
        What is forbidden is allowed neither to a server nor to the agent.
        """
        for machine in (X86_64, AARCH64):
            numbers = {name: self.resolve(ctypes.c_uint32(machine), name.encode()) for name in FORBIDDEN}
            self.assertEqual([name for name, number in numbers.items() if number in forAgent(machine)], [])
            self.assertEqual([name for name, number in numbers.items() if number in forServer(machine, 1)], [])


class ListTests(SynchronousTestCase):
    """
    Who may call what.
    """

    def test_server(self) -> None:
        """
        A server can do nothing that the agent could not, and can neither fork, nor change its user or its limits.
        """
        for machine in (X86_64, AARCH64):
            server, agent = forServer(machine, 1), forAgent(machine)
            self.assertEqual(server.keys() - agent.keys(), set())
            names = ("clone", "prctl", "seccomp", "setresuid", "setgroups", "prlimit64", "landlock_restrict_self")
            self.assertEqual([name for name in names if numberOf(name, machine) in server], [])

    def test_unconditional(self) -> None:
        """
        What is called again and again is allowed by its number alone: the kernel then runs no program for it.
        """
        for machine in (X86_64, AARCH64):
            allowed = forServer(machine, 1)
            self.assertEqual([name for name in OFTEN.split() if allowed[numberOf(name, machine)]], [])

    def test_control(self) -> None:
        """
        A server may ask of its descriptors all that its modules ask for.
        """
        (condition,) = forServer(X86_64, 1)[numberOf("ioctl", X86_64)]
        assert isinstance(condition, Among)
        asked = {name for path in SERVED for name in re.findall(r"\bioctl\([^,]+, (\w+)", path.read_text("utf-8"))}
        self.assertIn("TIOCOUTQ", asked)
        self.assertEqual({name for name in asked if getattr(termios, name) not in condition.values}, set())

    def test_signals(self) -> None:
        """
        A server may send signals to itself only.
        """
        number = numberOf("tgkill", X86_64)
        self.assertEqual(forServer(X86_64, 77)[number], (Among(0, (77,)),))
