"""What can go wrong, in words that say where and what to do."""

from typing import Literal, NamedTuple


class Fault(NamedTuple):
    """One thing wrong, or worth a look, in an instance."""

    file: str
    """File, sheet or table; empty for the instance as a whole."""
    row: int | None
    """Row as a spreadsheet counts it, the header being row 1; None for the whole file."""
    field: str
    """Column; empty for the whole row."""
    message: str
    """What is wrong, and what to do."""
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        """`projects.csv row 14, country: 'Chile' is not an ISO 3166-1 alpha-3 code (…)`."""
        where = self.file + (f" row {self.row}" if self.row is not None else "")
        if self.field:
            where += f", {self.field}" if where else self.field
        return f"{where}: {self.message}" if where else self.message


class OptimizerError(Exception):
    """Base of everything that this package raises on purpose."""


class InvalidInstance(OptimizerError):
    """An instance with faults: every one of them, not just the first."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


class InvalidCatalogue(OptimizerError):
    """A catalogue with faults: every one of them, not just the first."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


class InvalidSearch(OptimizerError):
    """A search of the catalogue for what it does not know; the message says what it does."""


class SolverFailed(OptimizerError):
    """The solver ended without an answer that can be trusted; the message says how."""


class InvalidPlan(OptimizerError):
    """A plan folder that cannot be read, or that the checker has refused."""
