"""Builder of embargo-2010; its readers and writers are those of the rare-earths builder."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "rare-earths"))
