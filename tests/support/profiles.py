"""Profiles of hypothesis: `local` tries a third of the examples, `ci` all of them.

The variable `CI` chooses, as continuous integration and `.ci/run` set it.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

LOCAL_SHARE = 1 / 3
FEWEST = 3

settings.register_profile(
    "local",
    deadline=None,  # No test depends on how fast the machine is.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("ci", settings.get_profile("local"), print_blob=True)
PROFILE = "ci" if os.environ.get("CI") else "local"
settings.load_profile(PROFILE)


def examples(most: int) -> int:
    """How many examples the profile tries where the test deserves so many."""
    return most if PROFILE == "ci" else min(most, max(FEWEST, round(LOCAL_SHARE * most)))
