#!/usr/bin/env bash
# Twisted 26.10.0, trial: a test that ends while the reactor starts takes the signal handlers from the next one.
#
# A test that returns a Deferred starts the reactor, and crash() stops it.  crash() registers what installs the
# signal handlers for the next start; where it is called from that very step (a process that was started before
# the reactor ran has ended by then, and is reaped as the handlers are installed), the registration is used up at once.
# The next test's reactor then runs without handlers: nothing hears that a process has ended.
#
# Seen: the second test passes alone, and times out behind the first one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv environment
environment/bin/pip install --quiet --disable-pip-version-check Twisted==26.10.0 2>/dev/null
cat >test_starting.py <<'PYTHON'
import os

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase


class Ends(ProcessProtocol):
    def __init__(self):
        self.ended = Deferred()

    def processExited(self, reason):
        self.ended.callback(None)


class Tests(TestCase):
    timeout = 5

    def test_1_beforeTheReactorRuns(self):
        protocol = Ends()
        process = reactor.spawnProcess(protocol, "sleep", ["sleep", "0.5"], env=None, childFDs={})
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        return protocol.ended

    async def test_2_whileItRuns(self):
        await deferLater(reactor, 0, lambda: None)
        protocol = Ends()
        reactor.spawnProcess(protocol, "sleep", ["sleep", "0.5"], env=None, childFDs={})
        await protocol.ended
PYTHON
alone=$(environment/bin/python -m twisted.trial test_starting.Tests.test_2_whileItRuns 2>&1 || true)
both=$(environment/bin/python -m twisted.trial test_starting 2>&1 || true)
grep -q '^PASSED (successes=1)' <<<"$alone" || { echo "alone, the second test does not pass:"; echo "$alone"; exit 1; }
grep -q 'test_2_whileItRuns) still running at 5.0 secs' <<<"$both" || { echo "it has changed:"; echo "$both"; exit 1; }
echo "as described: a reactor without signal handlers behind a test that ended while it started"
