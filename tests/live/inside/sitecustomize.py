"""
Has each server of a pool try what it should not be able to, when it has begun to serve, and say what came of it:
C{PROBE}, and a JSON object.  For L{tests.live.test_sandbox}, by way of PYTHONPATH; loaded in the agent.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import resource
import socket
import sys
import termios
import traceback
from collections.abc import Callable

PTRACE_ATTACH, PR_SET_DUMPABLE, CLONE_NEWUSER = 16, 4, 0x10000000

library = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: int) -> Callable[[], object]:
    """
    Return what calls a function of the C library.
    """

    def attempt() -> None:
        if getattr(library, name)(*(ctypes.c_long(each) for each in arguments)) == -1:
            raise OSError(ctypes.get_errno(), name)

    return attempt


def report() -> str:
    """
    Make a traceback, whose source lines cannot be read.
    """
    try:
        raise ValueError
    except ValueError:
        return traceback.format_exc()


def queued() -> int:
    """
    Ask how many octets a connection holds, as for one that is silent.
    """
    near, far = socket.socketpair()
    with near, far:
        return int.from_bytes(fcntl.ioctl(near, termios.TIOCOUTQ, bytes(4)), sys.byteorder)


def attempts() -> dict[str, Callable[[], object]]:
    """
    Return what is tried.
    """
    agent, keys = os.getppid(), os.environ["PROBE_KEYS"]
    return {
        "the key database": lambda: open(keys, "rb").close(),
        "a traceback": report,
        "what is queued": queued,
        "change the key database": lambda: open(keys, "r+b").close(),
        "a file beside it": lambda: open(f"{keys}.new", "wb").close(),
        "/etc/passwd": lambda: open("/etc/passwd", "rb").close(),
        "/dev/null": lambda: open("/dev/null", "wb").close(),
        "a module": lambda: open(__file__, "rb").close(),
        "a temporary file": lambda: open("/tmp/probe", "wb").close(),
        "a directory": lambda: os.listdir("/"),
        "its own memory": lambda: open("/proc/self/mem", "r+b").close(),
        "the agent's memory": lambda: open(f"/proc/{agent}/mem", "rb").close(),
        "the agent's environment": lambda: open(f"/proc/{agent}/environ", "rb").close(),
        "run a program": lambda: os.execv("/bin/true", ["true"]),
        "a process": os.fork,
        "signal the agent": lambda: os.kill(agent, 0),
        "signal everybody": lambda: os.kill(-1, 0),
        "attach to the agent": call("ptrace", PTRACE_ATTACH, agent, 0, 0),
        "read the agent": call("process_vm_readv", agent, 0, 0, 0, 0, 0),
        "be dumpable": call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0),
        "a namespace": call("unshare", CLONE_NEWUSER),
        "be root": lambda: os.setresuid(0, 0, 0),
        "core files": lambda: resource.setrlimit(resource.RLIMIT_CORE, (-1, -1)),
    }


def outcome(attempt: Callable[[], object]) -> str:
    """
    Return what came of an attempt.
    """
    try:
        attempt()
    except (PermissionError, ValueError):
        return "refused"
    except Exception as error:
        return repr(error)
    return "done"


def say(text: str) -> None:
    """
    Write a line, which the stack logs.
    """
    os.write(2, f"PROBE {text}\n".encode())


def watch(event: str, arguments: tuple[object, ...]) -> None:
    """
    Say which modules are loaded.
    """
    if event == "import":
        say(f"loads {arguments[0]}")


def begin() -> None:
    """
    Have servers probe when they begin to serve.
    """
    from sslpool.server.service import Server

    serve = Server.serve

    def probing(self: Server) -> None:
        serve(self)
        say(json.dumps({name: outcome(attempt) for name, attempt in attempts().items()}))
        sys.addaudithook(watch)

    Server.serve = probing  # type: ignore[method-assign]


if "sslpool.ssldcssm" in sys.orig_argv:
    begin()
