"""What holds for every test: how many examples hypothesis tries in `make test` and in `make test-long`."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("short", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("MILEPOST_TEST_PROFILE", "short"))
