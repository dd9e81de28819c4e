"""What the fund pays and promises with: instruments, contracts, and whom projects benefit."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from optimizer.instance.records.base import (
    Id,
    Rate,
    Row,
    Share,
    UsdPerT,
    Year,
    Years,
)
from optimizer.vocabulary.instruments import InstrumentKind


class Instrument(Row):
    """A way to pay for building cost, or to draw private money to it (rules 3 and 4).

    Grants, equity, loans and royalties are paid by the fund, tax credits by the treasury of the
    member in whose country the project stands. A guarantee pays nothing at the start: it secures a
    part of the private money, is called if the project fails, and earns a fee.
    """

    table: ClassVar[str] = "instruments"

    id: Id
    kind: InstrumentKind
    largest_share: Share = 1.0
    """Largest share that it covers: of a project's building cost, or, for a guarantee, of the
    private money in it."""
    mobilisation: Annotated[float, Field(ge=0, le=20)] = 0.0
    """Private money that one unit of it draws in beyond the private appetite."""
    interest_rate: Rate = 0.0
    """Loan: real interest."""
    grace_years: Years = 0
    """Loan: years after the start in which only interest is paid; equity: years after the start
    before the first dividend; guarantee: years after the start at which a failed project calls
    it."""
    tenor_years: Years = 0
    """Loan: years of level repayment after the grace; equity: years of dividends; royalty: years,
    from the first output on, in which it is paid, at most the life of the plant; guarantee: years,
    from the start on, for which it is outstanding and earns its fee."""
    dividend_rate: Rate = 0.0
    """Equity: yearly dividend as a share of the stake."""
    royalty_usd_per_t: UsdPerT = 0.0
    """Royalty: what a tonne of the project's nominal output pays each year to who covers all of the
    building cost; who covers a part gets that part. This or `royalty_share`."""
    royalty_share: Share = 0.0
    """Royalty: the same as a share of what that tonne of the main material earns at its nominal
    price. A stream that pays a share of the price for metal is a royalty of the rest."""
    fee_rate: Rate = 0.0
    """Guarantee: yearly fee as a share of the amount guaranteed."""
    loss_share: Share = 1.0
    """Guarantee: share of the amount guaranteed that is lost if the project fails."""
    provision_share: Share = 0.0
    """Guarantee: share of the amount guaranteed that is kept in cash while it is outstanding."""


class Benefit(Row):
    """What part of a project's orders, jobs and output goes to a member: juste retour (rule 5)."""

    table: ClassVar[str] = "benefits"
    key: ClassVar[tuple[str, ...]] = ("project", "member")

    project: Id
    member: Id
    share: Share


class Contract(Row):
    """A price floor or a collective offtake that the fund can sign with a project (rule 10).

    It is signed at a start that the fund finances, or, with an operating project, in
    `signing_year`, and holds for its tenor from the first output on.
    """

    table: ClassVar[str] = "contracts"

    id: Id
    project: Id
    kind: Literal["price_floor", "offtake"]
    """price_floor: a contract for difference on the project's main material; offtake: the alliance
    takes a further part of the output, or pays for it."""
    tenor_years: Years = 10
    signing_year: Year | None = None
    """Year in which it can be signed with an operating or committed project; empty for a
    candidate."""
    price_usd_per_t: UsdPerT = 0.0
    """price_floor: the floor; the fund pays the difference when the price is lower."""
    upside_share: Share = 0.0
    """price_floor: share of what the price is above the floor that goes to the fund."""
    bankable: bool = False
    """Whether the cash flow with the contract covers debt service (b1 of rule 3)."""
    offtake_share: Share = 0.0
    """offtake: part of the output that the alliance can have beyond the project's own share."""
    take_share: Share = 0.0
    """offtake: share of that part that is paid for whether it is taken or not."""
