"""What a draft is asked for: a name, materials, members, years, money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from optimizer.errors import InvalidSearch
from optimizer.instance.records.base import Id, Musd, Record, Text, Year
from optimizer.instance.validation.words import is_country, not_a_country

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optimizer.catalogue import Catalogue

UNION = "EU"


class Request(Record):
    """What to draft."""

    name: Id
    """Id of the instance."""
    title: Text = ""
    materials: Annotated[tuple[str, ...], Field(min_length=1)]
    """Materials or families of the catalogue."""
    members: Annotated[tuple[str, ...], Field(min_length=1)]
    """ISO 3166-1 alpha-3 codes, or EU."""
    first_year: Year = 2026
    last_year: Year = 2040
    yearly_musd: Musd = 500.0
    """What all members together pay into the fund in a year."""
    assumptions: dict[str, float] = Field(default_factory=dict)
    """Values put in place of those of `assumptions.csv`, by name."""

    @property
    def years(self) -> range:
        """The years of the horizon."""
        return range(self.first_year, self.last_year + 1)


@dataclass(frozen=True)
class Ally:
    """A member of the alliance.

    Attributes:
        id: as in the table `members`; its zone has the same.
        name: in English.
        countries: ISO codes that it stands for.
        region: as `member_demand` names it.
    """

    id: str
    name: str
    countries: tuple[str, ...]
    region: str


def allies(catalogue: Catalogue, names: Sequence[str]) -> tuple[Ally, ...]:
    """The members by their codes, each once, in the order asked.

    Raises:
        InvalidSearch: for a code that is no country, or a country inside another member.
    """
    printed = dict(zip(catalogue.countries["id"], catalogue.countries["name"], strict=True))
    found: dict[str, Ally] = {}
    for name in names:
        code = name.strip().upper()
        if code in (UNION, "EU27"):
            found[UNION] = Ally(UNION, "European Union", union(catalogue), "EU27")
        elif is_country(code):
            found[code] = Ally(code, printed.get(code, code), (code,), code)
        else:
            raise InvalidSearch(f"members: {not_a_country(name)}; or say EU")
    for ally in found.values():
        if UNION in found and ally.id != UNION and ally.id in found[UNION].countries:
            raise InvalidSearch(f"members: {ally.id} is in the EU, which is a member already")
    return tuple(found.values())


def union(catalogue: Catalogue) -> tuple[str, ...]:
    """Countries of the European Union."""
    rows = catalogue.countries
    inside = [UNION in cell.split(";") for cell in rows["memberships"]]
    return tuple(rows["id"][inside])
