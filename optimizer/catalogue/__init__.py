"""The catalogue: what is known of the world's projects, producers, prices, money and disruptions.

Enters: the folder of CSV files `instances/catalogue`. Leaves: a `Catalogue` of checked tables, and
searches by material, stage, country, status or text. No instance is read or made here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.catalogue.reading import read
from optimizer.catalogue.searching import found
from optimizer.catalogue.tables import BY_NAME
from optimizer.errors import InvalidCatalogue, InvalidSearch
from optimizer.instance.validation.words import suggestion

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Catalogue"]

HERE = Path("instances") / "catalogue"
"""Where a repository has the catalogue."""


@dataclass(frozen=True, eq=False)
class Catalogue:
    """All tables; their columns are those of `optimizer.catalogue.tables`, with empty cells empty.

    Figures are floats and years whole numbers, both missing where not found; the rest is text.
    """

    projects: pd.DataFrame
    project_products: pd.DataFrame
    instruments: pd.DataFrame
    production: pd.DataFrame
    demand: pd.DataFrame
    member_demand: pd.DataFrame
    prices: pd.DataFrame
    disruptions: pd.DataFrame
    recycling: pd.DataFrame
    processes: pd.DataFrame
    esg: pd.DataFrame
    lead_times: pd.DataFrame
    programmes: pd.DataFrame
    criticality: pd.DataFrame
    countries: pd.DataFrame
    materials: pd.DataFrame
    sources: pd.DataFrame

    @classmethod
    def load(cls, folder: Path | str | None = None) -> Catalogue:
        """Read and check the catalogue.

        Args:
            folder: with the CSV files; the bundled one if not given.

        Raises:
            InvalidCatalogue: with every fault by file, row and column.
        """
        tables, faults = read(Path(folder) if folder is not None else bundled())
        if faults:
            raise InvalidCatalogue(faults)
        return cls(**tables)

    def table(self, name: str) -> pd.DataFrame:
        """A table by its name.

        Raises:
            InvalidSearch: if there is no such table.
        """
        if name not in BY_NAME:
            raise InvalidSearch(f"the catalogue has no table '{name}'{suggestion(name, BY_NAME)}")
        rows: pd.DataFrame = getattr(self, name)
        return rows

    def search(  # noqa: PLR0913 - one parameter for each thing to search by
        self,
        table: str = "projects",
        *,
        material: str | None = None,
        stage: str | None = None,
        country: str | None = None,
        status: str | None = None,
        text: str | None = None,
    ) -> pd.DataFrame:
        """Rows of a table that fit everything given.

        Args:
            table: name of the table.
            material: id of a material or of a family of them, such as `rare_earths`.
            stage: a step of the chain; rows of several steps fit each of them.
            country: ISO alpha-3 code, or WLD, EU27, ROW where the table has them.
            status: how far projects, or how firm offers of money, are.
            text: found in a cell that is no figure, in either case of letters.

        Raises:
            InvalidSearch: for a word that the catalogue does not know, or that the table lacks.
        """
        facets = {"material": material, "stage": stage, "country": country, "status": status}
        rows = self.table(table)
        wanted = {name: value for name, value in facets.items() if value is not None}
        return found(BY_NAME[table], rows, self.materials, wanted, text)

    def sources_of(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The sources that rows name, in the order of the catalogue."""
        if "source" not in rows:
            return self.sources.iloc[:0]
        named = {name for cell in rows["source"] for name in cell.split(";")}
        return self.sources[self.sources["id"].isin(named)]


def bundled() -> Path:
    """The folder of the catalogue: `instances/catalogue` where the command runs, else the bundled.

    Raises:
        InvalidSearch: if neither is there.
    """
    for folder in (HERE, Path(__file__).parents[1] / "bundled" / "catalogue"):
        if folder.is_dir():
            return folder
    raise InvalidSearch(
        f"there is no {HERE.as_posix()} here, and the installation lacks its own copy of the "
        "catalogue: name its folder (--folder on the command line)"
    )
