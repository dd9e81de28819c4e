"""Versions of what outlives a release: the files of plans, and the model that judges them.

A plan of an earlier version is read; one of a later version is refused in words.
"""

from __future__ import annotations

from typing import Final

PLAN_FORMAT: Final = 2
"""Of a plan's files. 2: with the amounts of each scenario-year, the tables of doing nothing, and
which operation is kept; 1, or nothing said: without these, with all operation."""
MODEL: Final = 2
"""Of docs/model.md, raised whenever a rule or a criterion changes what it says of the same plan; 1
where a plan does not say by which it was judged."""
