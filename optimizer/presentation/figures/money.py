"""Money by member and instrument."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from optimizer.presentation.figures.style import GREY, MUSD, PALETTE, dressed
from optimizer.questions.comparison.money import PRIVATE, commitments_of

if TYPE_CHECKING:
    from optimizer.plan import Plan


def money_by_member(plan: Plan) -> go.Figure:
    """What each member commits, by instrument, beside private money (M$, undiscounted)."""
    amounts = commitments_of(plan).groupby(["member", "instrument"])["amount_musd"].sum()
    table = amounts.unstack().fillna(0.0)
    public = [str(name) for name in table.columns if name != PRIVATE]
    members = [str(name) for name in table.index if name != PRIVATE]
    axis = [*members, "private money"]
    drawn = go.Figure()
    for number, instrument in enumerate(public):
        values = table.loc[members, instrument].tolist()
        drawn.add_bar(
            x=axis, y=[*values, 0.0], name=instrument,
            marker_color=PALETTE[number % len(PALETTE)],
        )  # fmt: skip
    private = float(plan.tables.private["amount_musd"].sum())
    drawn.add_bar(
        x=axis,
        y=[0.0] * len(members) + [private],
        name="private money",
        marker_color=GREY,
        showlegend=False,
    )
    promised = plan.criteria.get("guaranteed", 0.0)
    total = float(plan.tables.commitments["amount_musd"].sum()) - promised
    secured = f", of which {promised:,.0f} are guaranteed" if promised >= 0.5 else ""
    dressed(
        drawn,
        "Who commits how much",
        f"{total:,.0f} {MUSD} of public money, {private:,.0f} {MUSD} of private money{secured}, "
        "undiscounted.",
        height=420,
    )
    drawn.update_layout(barmode="stack", bargap=0.4)
    drawn.update_xaxes(title_text="member", type="category")
    drawn.update_yaxes(title_text=f"committed ({MUSD})", tickformat=",.0f", rangemode="tozero")
    return drawn
