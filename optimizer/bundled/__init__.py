"""What comes with the package: the catalogue, and two instances to try a solve with.

In the repository both are links into `instances/`; the wheel carries their files.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
INSTANCES = ("tiny", "rare-earths")
"""Instances that every installation has."""


def instance_path(path: Path) -> Path:
    """Where an instance is: as told, or with the package where nothing of that name is here.

    `tiny` and `instances/tiny` name the bundled instance in any folder, and so for `rare-earths`.
    """
    if path.name in INSTANCES and path.parent in (Path(), Path("instances")) and not path.exists():
        return FOLDER / path.name
    return path
