"""
Tests.  None of them depends on how fast the machine is: an example of hypothesis may take as long
as it needs.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("sslpool", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("sslpool")
