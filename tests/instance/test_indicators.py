"""Indicators against published or independently computed test vectors."""

import pytest

from optimizer.indicators import capital_recovery_factor, conditional_value_at_risk


@pytest.mark.parametrize(
    ("rate", "years", "factor"),
    [(0.07, 20, 0.0943929), (0.05, 15, 0.0963423), (0.10, 25, 0.110168), (0.0, 4, 0.25)],
)
def test_capital_recovery_factor(rate: float, years: int, factor: float) -> None:
    assert capital_recovery_factor(rate, years) == pytest.approx(factor, abs=5e-7)


def test_capital_recovery_factor_repays_the_loan() -> None:
    """The present value of the payments at the loan's own rate is the amount lent."""
    payment = capital_recovery_factor(0.06, 12)

    assert sum(payment / 1.06**year for year in range(1, 13)) == pytest.approx(1)


@pytest.mark.parametrize(("level", "tail"), [(0.5, 65), (0.75, 100), (0.0, 40), (0.6, 73.75)])
def test_conditional_value_at_risk_of_equally_likely_losses(level: float, tail: float) -> None:
    """At 0.5 the mean of 30 and 100; at 0.6 (0.25·100 + 0.15·30) / 0.4 = 73.75."""
    assert conditional_value_at_risk([30, 10, 100, 20], [0.25] * 4, level) == pytest.approx(tail)


def test_conditional_value_at_risk_counts_the_last_loss_in_part() -> None:
    """Of 0, 50, 200 with 0.6, 0.3, 0.1 at 0.8: (0.1·200 + 0.1·50) / 0.2 = 125."""
    assert conditional_value_at_risk([0, 50, 200], [0.6, 0.3, 0.1], 0.8) == pytest.approx(125)


def test_conditional_value_at_risk_is_the_minimum_of_rockafellar_and_uryasev() -> None:
    losses, probabilities, level = [5.0, 80.0, 20.0, 41.0], [0.35, 0.05, 0.4, 0.2], 0.85

    def shifted(eta: float) -> float:
        beyond = sum(p * max(loss - eta, 0) for loss, p in zip(losses, probabilities, strict=True))
        return eta + beyond / (1 - level)

    assert conditional_value_at_risk(losses, probabilities, level) == pytest.approx(
        min(shifted(loss) for loss in losses)
    )
