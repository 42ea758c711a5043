"""
C{make integration}.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from contextlib import suppress

from tests.integration.parts import PARTS, WRITE, Part, concerned
from tests.live.installed import missing

LAST = 20.0
"""
How long a part that is out of time may take to end what it has started, in seconds.
"""


def main() -> int:
    """
    Run the parts that are asked for, and return the exit status.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.integration")
    parser.add_argument("part", nargs="*", help=f"which of {', '.join(PARTS)}; otherwise all")
    parser.add_argument("--changed", metavar="BASE", help="those whose files differ from where BASE was left")
    parser.add_argument("--write", action="store_true", help="write the pages of docs that are made of results")
    options = parser.parse_args()
    names = options.part or list(PARTS)
    if unknown := set(names) - set(PARTS):
        parser.error(f"no such part: {' '.join(unknown)}")
    if options.changed:
        changed = changedSince(options.changed)
        names = names if changed is None else [name for name in concerned(changed) if name in names]
        print(f"Parts to be run: {' '.join(names) or 'none'}", flush=True)
    if options.write:
        os.environ[WRITE] = "yes"
    return max([run(name, PARTS[name]) for name in names], default=0)


def run(name: str, part: Part) -> int:
    """
    Run a part, and return its exit status.
    """
    absent = missing(*part.packages)
    if absent:
        print(f"make integration: {name} needs what is not installed: apt-get install {' '.join(absent)}")
        return 1
    command = [sys.executable, "-m", "twisted.trial", *([f"-j{part.jobs}"] if part.jobs > 1 else []), *part.modules]
    trial = subprocess.Popen(command, start_new_session=True)
    try:
        return trial.wait(part.budget)
    except subprocess.TimeoutExpired:
        print(f"make integration: {name} has not ended within {part.budget:.0f} seconds", flush=True)
        return 1
    finally:
        _end(trial)


def _end(trial: subprocess.Popen[bytes]) -> None:
    """
    Have tests clean up behind themselves, as after Ctrl-C, and end them if they do not.
    """
    for number in (signal.SIGINT, signal.SIGKILL):
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(trial.pid, number)
            trial.wait(LAST)


def changedSince(base: str) -> list[str] | None:
    """
    Return the files that differ from the commit at which C{base} was left, or where that is this very
    commit, from what was there before the merge that it is; C{None} where nothing can be compared.
    """
    head = _git("rev-parse", "HEAD")
    left = _git("merge-base", base, "HEAD")
    if left == head:
        left = _git("rev-parse", "--verify", "--quiet", "HEAD^2") and _git("rev-parse", "HEAD^1")
    if not left:
        return None
    new = _git("ls-files", "--others", "--exclude-standard")
    return [*_git("diff", "--name-only", left).splitlines(), *new.splitlines()]


def _git(*words: str) -> str:
    """
    Return what git says, and nothing where it fails.
    """
    with suppress(FileNotFoundError):
        return subprocess.run(["git", *words], capture_output=True, text=True, check=False).stdout.strip()
    return ""


if __name__ == "__main__":
    sys.exit(main())
