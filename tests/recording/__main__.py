"""
C{python -m tests.recording}: see L{tests.recording}.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.recording.hook.sitecustomize import FOLDER, recorded
from tests.recording.lines import compared, recording

TESTS = Path(__file__).resolve().parent.parent
HOOK = Path(__file__).resolve().parent / "hook"
SLOW = ("integration", "live")


def modules(live: bool) -> list[str]:
    """
    Return the names of all that has tests for trial, with or without those of a running pool.
    """
    found = {path.relative_to(TESTS).parts[0].removesuffix(".py") for path in TESTS.rglob("test_*.py")}
    names = [f"tests.{name}" for name in sorted(found - set(SLOW))]
    if live:
        from tests.integration.parts import PARTS

        names += ["tests.live", *(name for part in PARTS.values() for name in part.modules)]
    return names


def run(names: list[str], jobs: int) -> tuple[list[str], int]:
    """
    Run tests; return the lines of the messages that were made, and trial's exit status.
    """
    with tempfile.TemporaryDirectory(prefix="sslpool-recording-") as folder:
        os.chmod(folder, 0o777)
        path = os.pathsep.join(filter(None, (str(HOOK), str(TESTS.parent), os.environ.get("PYTHONPATH"))))
        command = [sys.executable, "-m", "twisted.trial", *([f"-j{jobs}"] if jobs > 1 else []), *names]
        status = subprocess.run(command, env={**os.environ, "PYTHONPATH": path, FOLDER: folder}, check=False).returncode
        return recording(recorded(Path(folder))), status


def main() -> int:
    """
    Record or compare, and return the exit status.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.recording")
    parser.add_argument("--compare", action="store_true", help="compare recordings, the last with those before")
    parser.add_argument("--live", action="store_true", help="with the tests that need running pools")
    parser.add_argument("-j", dest="jobs", type=int, default=2, help="how many processes share the tests (2)")
    parser.add_argument("file", help="the recording to be written")
    parser.add_argument("rest", nargs="*", help="modules of tests instead of all; with --compare, more recordings")
    options = parser.parse_args()
    if options.compare:
        *before, after = (Path(name).read_text("utf-8").splitlines() for name in (options.file, *options.rest))
        if not before:
            parser.error("--compare needs a recording before and one after")
        difference = compared(before, after)
        print(difference)
        return bool(difference.gone)
    lines, status = run(options.rest or modules(options.live), options.jobs)
    Path(options.file).write_text("".join(f"{line}\n" for line in lines), "utf-8")
    print(f"{options.file}: {len(lines)} lines")
    return status


if __name__ == "__main__":
    sys.exit(main())
