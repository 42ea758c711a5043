#!/usr/bin/env bash
# Twisted 26.10.0, trial: a test module that imports contextlib.suppress by name cannot run a test.
#
# For the filters of a test's warnings trial looks for an attribute "suppress": of the method, of the class, and of
# the module, whose global of that name it takes for a list of filters, whatever it is.  "from contextlib import
# suppress" makes each test of the module an error, in trial's own code; unittest runs the same module.
#
# Seen: TypeError: 'ABCMeta' object is not iterable under trial; OK under unittest.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv environment
environment/bin/pip install --quiet --disable-pip-version-check Twisted==26.10.0 2>/dev/null
cat >test_suppress.py <<'PYTHON'
from contextlib import suppress

from twisted.trial.unittest import SynchronousTestCase


class Tests(SynchronousTestCase):
    def test_nothing(self):
        with suppress(KeyError):
            {}["x"]
PYTHON
sed 's/from twisted.trial.unittest import SynchronousTestCase/from unittest import TestCase as SynchronousTestCase/' \
    test_suppress.py >plain_suppress.py
environment/bin/python -m unittest plain_suppress 2>&1 | grep -q '^OK' || { echo "unittest does not pass"; exit 1; }
said=$(environment/bin/python -m twisted.trial test_suppress 2>&1 || true)
grep -q "TypeError: 'ABCMeta' object is not iterable" <<<"$said" || { echo "it has changed:"; echo "$said"; exit 1; }
grep -q '^FAILED (errors=1)' <<<"$said" || { echo "it has changed:"; echo "$said"; exit 1; }
echo "as described: a module's global suppress is taken for trial's"
