"""
Tests.  None of them depends on how fast the machine is: an example of hypothesis may take as long
as it needs.  Examples are the same each time where L{tests.recording} compares what comes of them.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "sslpool",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="SSLPOOL_RECORDING" in os.environ,
)
settings.load_profile("sslpool")
