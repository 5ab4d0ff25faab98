"""Generated tables."""

import numpy as np
import pytest

from rarebit.datasets.sources.generated import draw_payments, fraud_amounts


def test_payments_follow_their_distribution():
    frame, risk = draw_payments(50_000, 7)
    log_amount = np.log(frame["amount"])
    assert np.quantile(log_amount, [0.5, 0.8413]) == pytest.approx([3.7, 3.7 + 1.15], abs=0.03)
    # By hand: at home by day, known device, old card, no other payment, long after the login
    plain = frame[
        (frame["country"] == "home")
        & frame["hour"].between(6, 23)
        & (frame["new_device"] == "no")
        & (frame["payments_last_hour"] == 0)
        & (frame["card_age_days"] > 1500)
        & (frame["minutes_since_login"] > 60)
    ]
    log_odds = -6.6 + 0.6 * (np.log(plain["amount"]) - 3.7)
    assert risk[plain.index] == pytest.approx(1 / (1 + np.exp(-log_odds)), rel=1e-3)


def test_the_table_is_a_draw_from_it():
    frame, (_, risk) = fraud_amounts(), draw_payments(6000, 0)
    n_fraud = (frame["target"] == "fraud").sum()
    spread = np.sqrt((risk * (1 - risk)).sum())
    assert abs(n_fraud - risk.sum()) < 3 * spread
