"""A draft as a value, as files, and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optimizer.catalogue.drafting import places
from optimizer.catalogue.drafting.basis import Basis, TableRow, rows_of, sources
from optimizer.instance import Instance
from optimizer.system.files import files_into, whole_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from optimizer.catalogue import Catalogue
    from optimizer.catalogue.drafting.assumptions import Assumptions
    from optimizer.catalogue.drafting.chains import Chain
    from optimizer.catalogue.drafting.plants import Works

ASSUMPTIONS = "ASSUMPTIONS.md"
NAMED = {"projects": "id", "provenance": "row"} | dict.fromkeys(
    ("recipes", "ingredients", "stockpiles", "contracts", "benefits", "delays"), "project"
)
"""Tables that name a project, and the column."""

GRADES = ("reported", "derived", "assumed")


@dataclass(frozen=True, eq=False)
class Drafted:
    """A draft, to be changed by whoever builds an instance from it.

    Attributes:
        settings: as in `instance.toml`.
        tables: rows by table, as dictionaries by column; free to be changed and added to.
        basis: what it was drafted from.
    """

    settings: dict[str, Any]
    tables: dict[str, list[TableRow]]
    basis: Basis

    def instance(self) -> Instance:
        """The instance that the tables make as they are now.

        Raises:
            InvalidInstance: with every fault, if they no longer fit together.
        """
        return Instance.model_validate({"settings": self.settings, **self.tables})

    def chain(self, name: str) -> Chain:
        """A chain of the draft by its id."""
        return next(chain for chain in self.basis.chains if chain.id == name)

    def take(self, made: Works) -> None:
        """Take plants over into the tables."""
        for table, rows in vars(made).items():
            self.tables[table].extend(rows)

    def drop(self, projects: set[str]) -> None:
        """Take candidates out of every table that names them."""
        for table, column in NAMED.items():
            rows = self.tables[table]
            self.tables[table] = [row for row in rows if row[column] not in projects]
        rows = self.tables["relations"]
        self.tables["relations"] = [row for row in rows if not projects & {*row["projects"]}]

    def place(self) -> None:
        """Write countries, zones and routes anew, after rows that name places were added."""
        self.tables["countries"] = places.countries(self.basis, self.tables)
        self.tables["zones"] = places.zones(self.basis, self.tables["countries"])
        self.tables["routes"] = places.routes(self.basis, self.tables)

    def save(self, path: Path) -> Path:
        """Write the instance, and beside it what was assumed: both or neither.

        Returns:
            The file that says what was assumed.

        Raises:
            InvalidInstance: with every fault, if the tables no longer fit together.
            OSError: if it cannot be written there.
        """
        from optimizer.instance.formats import save

        instance = self.instance()
        if path.suffix and not path.is_dir():
            words = path.with_suffix(".assumptions.md")
            with whole_file(words) as fresh:
                fresh.write_text(self.words(), encoding="utf-8")
                save(instance, path)
            return words
        _write(instance, self.words(), path, ASSUMPTIONS)
        return path / ASSUMPTIONS

    def publish(self, own: Assumptions, folder: Path) -> None:
        """Write the instance, and SOURCES.md with what it assumes beside the draft."""
        publish(self.instance(), self.words() + "\n".join([*own_words(own), ""]), folder)

    def words(self) -> str:
        """The grades of the rows, every assumed number, and the sources, in Markdown."""
        named = [row["source"] for rows in self.tables.values() for row in rows]
        parts = (*head(self), *grades(self.tables), *assumed(self.basis))
        return "\n".join([*parts, *cited(self.basis.catalogue, named), ""])


def line(*cells: object) -> str:
    """A row of a table in Markdown."""
    return "| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |"


def head(drafted: Drafted) -> list[str]:
    """What was asked for."""
    asked = drafted.basis.request
    return [
        f"# {asked.name}: what is assumed",
        "",
        f"Drafted from the catalogue for {', '.join(ally.name for ally in drafted.basis.allies)}; "
        f"{', '.join(chain.name for chain in drafted.basis.chains)}; "
        f"{asked.first_year} to {asked.last_year}, {asked.yearly_musd:g} M$ a year.",
        "A draft is a beginning: what follows from an assumption is to be replaced by who knows.",
    ]


def grades(tables: Mapping[str, list[TableRow]]) -> list[str]:
    """Rows of each table by grade; one without a grade is assumed."""
    rows = ["", line("table", *GRADES), line("---", *["---:"] * len(GRADES))]
    for name, table in tables.items():
        counts = [sum(row.get("quality", "assumed") == grade for row in table) for grade in GRADES]
        if table:
            rows.append(line(f"`{name}`", *counts))
    return rows


def assumed(basis: Basis) -> list[str]:
    """Every assumed number with its reason; those in place of the usual ones are marked."""
    rows = ["", "## Assumed numbers", "", line("name", "value", "unit", "why")]
    rows.append(line("---", "---:", "---", "---"))
    for row in basis.assumed.rows.values():
        mark = " (changed)" if row.changed else ""
        rows.append(line(f"`{row.name}`{mark}", f"{row.number:g}", row.unit, row.reason))
    return rows


def own_words(own: Assumptions) -> list[str]:
    """Every number that an instance assumes for itself, with its source and reason."""
    rows = ["", "## Assumed for this instance", "", line("name", "value", "unit", "source", "why")]
    rows.append("|---|---:|---|---|---|")
    for row in own.rows.values():
        rows.append(line(f"`{row.name}`", row.value, row.unit, row.source, row.reason))
    return rows


def cited(catalogue: Catalogue, cells: Iterable[str]) -> list[str]:
    """The sources that cells name."""
    columns = ("title", "publisher", "year", "read_as")
    rows = ["", "## Sources", "", line("id", *columns[:-1], "read as")]
    rows.append(line("---", *["---"] * len(columns)))
    wanted = set(sources(cells).split(";"))
    for row in rows_of(catalogue, "sources"):
        if row["id"] in wanted:
            rows.append(line(f"`{row['id']}`", *(row[name] for name in columns)))
    return rows


def publish(instance: Instance, words: str, folder: Path) -> None:
    """Write an instance, and SOURCES.md beside it; the folder is made if it is missing."""
    _write(instance, words, folder, "SOURCES.md")


def _write(instance: Instance, words: str, folder: Path, name: str) -> None:
    """Write an instance and a file of words into a folder, whole; no older table stays there."""
    from optimizer.instance.formats import save
    from optimizer.instance.formats.folder import remove_empty

    with files_into(folder) as fresh:
        (fresh / name).write_text(words, encoding="utf-8")
        save(instance, fresh)
    remove_empty(instance, folder)
