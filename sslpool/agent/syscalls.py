# -*- test-case-name: tests.agent.test_syscalls -*-
"""
The system calls that a server needs, and those that the agent needs besides, with their numbers.  Pure; used
in the agent and, right after the fork, in each server process.

The list is what servers and agent were seen to call (strace, on all of tests/live), with what other C
libraries than glibc, and later releases of it, call in the same places.  What is missing is missing on purpose:
C{execve}, C{ptrace}, C{process_vm_readv}, C{pidfd_getfd}, C{prctl}, C{mount}, C{unshare}, C{bpf}, C{io_uring_setup},
C{userfaultfd}, C{keyctl}, C{open_by_handle_at}, and C{mremap}, which would let a mapping of shared memory grow:
the C libraries copy instead.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

X86_64, AARCH64 = 0xC000003E, 0xC00000B7
"""
How the kernel names the machines' ways of calling it (linux/audit.h).
"""

MACHINES = {"x86_64": X86_64, "aarch64": AARCH64}
"""
The same, by what C{uname} says.
"""

UNIFIED = 424
"""
From this number on system calls are the same on all machines, and all are so new (Linux 5.1 and later) that
who calls one has another way where there is none.
"""

FIONBIO, FIOCLEX, FIONCLEX, FIONREAD, TIOCOUTQ, TCGETS = 0x5421, 0x5451, 0x5450, 0x541B, 0x5411, 0x5401
"""
What Python has of C{ioctl}: blocking, inheritance, and whether something is a terminal; and how many octets a
connection has that were not read, or not taken.
"""

PROT_EXEC = 0x4
NAMESPACES = 0x7E020080
"""
The flags of C{clone} that make namespaces (linux/sched.h: CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER,
NEWPID, NEWNET).
"""


@frozen
class Among:
    """
    An argument has one of some values.

    @ivar argument: its number, from 0.
    @ivar values: the values; of each the lower 32 bits count, as in the kernel.
    """

    argument: int
    values: tuple[int, ...]


@frozen
class Without:
    """
    An argument has none of some bits.

    @ivar argument: its number, from 0.
    @ivar bits: the bits, of the lower 32.
    """

    argument: int
    bits: int


Condition = Among | Without

NUMBERS: dict[str, tuple[int | None, int | None]] = {
    # Files that are open, or may be opened: which ones is for Landlock to say.
    "read": (0, 63),
    "write": (1, 64),
    "readv": (19, 65),
    "writev": (20, 66),
    "pread64": (17, 67),
    "open": (2, None),
    "openat": (257, 56),
    "close": (3, 57),
    "stat": (4, None),
    "fstat": (5, 80),
    "lstat": (6, None),
    "newfstatat": (262, 79),
    "statx": (332, 291),
    "access": (21, None),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "lseek": (8, 62),
    "getdents64": (217, 61),
    "getcwd": (79, 17),
    "fcntl": (72, 25),
    "ioctl": (16, 29),
    "pipe": (22, None),
    "pipe2": (293, 59),
    "memfd_create": (319, 279),
    # Sockets.
    "socket": (41, 198),
    "socketpair": (53, 199),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    "connect": (42, 203),
    "getsockname": (51, 204),
    "getpeername": (52, 205),
    "sendto": (44, 206),
    "recvfrom": (45, 207),
    "sendmsg": (46, 211),
    "recvmsg": (47, 212),
    "shutdown": (48, 210),
    "setsockopt": (54, 208),
    "getsockopt": (55, 209),
    # Waiting.
    "poll": (7, None),
    "ppoll": (271, 73),
    "epoll_create": (213, None),
    "epoll_create1": (291, 20),
    "epoll_ctl": (233, 21),
    "epoll_wait": (232, None),
    "epoll_pwait": (281, 22),
    "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115),
    "restart_syscall": (219, 128),
    # Memory, and what C libraries do for themselves.
    "brk": (12, 214),
    "mmap": (9, 222),
    "munmap": (11, 215),
    "mprotect": (10, 226),
    "madvise": (28, 233),
    "futex": (202, 98),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "membarrier": (324, 283),
    "sched_yield": (24, 124),
    "getrandom": (318, 278),
    # The time, where the kernel's shared page does not have it.
    "time": (201, None),
    "gettimeofday": (96, 169),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    # Who and where it is, and what it has used.
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getppid": (110, 173),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getrusage": (98, 165),
    "sysinfo": (99, 179),
    "uname": (63, 160),
    # Signals to itself, and its end.
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "tgkill": (234, 131),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
"""
What a server may call: the numbers on x86-64 and on aarch64, which has no more than one call for each purpose.
"""

FORKING: dict[str, tuple[int | None, int | None]] = {
    "clone": (56, 220),
    "fork": (57, None),
    "wait4": (61, 260),
    # What grants take.
    "getresuid": (118, 148),
    "getresgid": (120, 150),
    "getgroups": (115, 158),
    "setresuid": (117, 147),
    "setresgid": (119, 149),
    "setgroups": (116, 159),
    "getpriority": (140, 141),
    "setpriority": (141, 140),
    "getrlimit": (97, 163),
    "setrlimit": (160, 164),
    "prlimit64": (302, 261),
    # What confinement takes.
    "prctl": (157, 167),
    "seccomp": (317, 277),
    "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
}
"""
What the agent may call besides: it forks servers, which then become other users and confine themselves.
"""


def forServer(machine: int, pid: int) -> dict[int, tuple[Condition, ...]]:
    """
    Return what a server may call, by number, and on which conditions.

    @param machine: L{X86_64} or L{AARCH64}.
    @param pid: its process id.
    """
    return _numbered(NUMBERS, machine, {"tgkill": (Among(0, (pid,)),), **_CONDITIONS})


def forAgent(machine: int) -> dict[int, tuple[Condition, ...]]:
    """
    Return the same for the agent, which hands on no more than that.
    """
    return _numbered({**NUMBERS, **FORKING}, machine, _CONDITIONS)


def numberOf(name: str, machine: int) -> int:
    """
    Return the number of a system call that both machines have.
    """
    number = {**NUMBERS, **FORKING}[name][_COLUMNS[machine]]
    assert number is not None
    return number


_COLUMNS = {X86_64: 0, AARCH64: 1}

_CONDITIONS: dict[str, tuple[Condition, ...]] = {
    "ioctl": (Among(1, (FIONBIO, FIOCLEX, FIONCLEX, FIONREAD, TIOCOUTQ, TCGETS)),),
    "mprotect": (Without(2, PROT_EXEC),),
    "clone": (Without(0, NAMESPACES),),
}


def _numbered(
    calls: Mapping[str, tuple[int | None, int | None]], machine: int, conditions: Mapping[str, tuple[Condition, ...]]
) -> dict[int, tuple[Condition, ...]]:
    column = _COLUMNS[machine]
    found = {}
    for name, numbers in calls.items():
        if (number := numbers[column]) is not None:
            found[number] = conditions.get(name, ())
    return found
