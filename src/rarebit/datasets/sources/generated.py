"""Tables drawn from a known distribution, for examples: no network, no files, no people."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit

# Part of the data sets, never to be changed.
SEED = 0
N_PAYMENTS = 6000
COUNTRIES = ("home", "near", "far")


def fraud_amounts() -> pd.DataFrame:
    """Card payments with their amounts, about one in 50 a fraud: more often large and far away."""
    frame, risk = draw_payments(N_PAYMENTS, SEED)
    is_fraud = np.random.default_rng(SEED + 1).random(N_PAYMENTS) < risk
    return frame.assign(target=np.where(is_fraud, "fraud", "genuine"))


def draw_payments(n_rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Draw payments, and the probability that each one is a fraud."""
    rng = np.random.default_rng(seed)
    # Log-normal: half below 40, one in a hundred above 600
    amount = np.round(np.exp(3.7 + 1.15 * rng.standard_normal(n_rows)), 2)
    frame = pd.DataFrame(
        {
            "amount": amount,
            "hour": rng.integers(0, 24, n_rows),
            "country": rng.choice(COUNTRIES, n_rows, p=(0.85, 0.10, 0.05)),
            "card_age_days": np.round(rng.gamma(1.5, 400, n_rows)),
            "payments_last_hour": rng.poisson(0.4, n_rows),
            "minutes_since_login": np.round(rng.exponential(30, n_rows), 1),
            "new_device": np.where(rng.random(n_rows) < 0.12, "yes", "no"),
        }
    )
    log_odds = (
        -6.6
        + 0.6 * (np.log(amount) - 3.7)
        + frame["country"].map({"home": 0.0, "near": 1.0, "far": 2.5})
        + 2.0 * (frame["new_device"] == "yes")
        + 0.9 * frame["payments_last_hour"]
        + 1.0 * frame["hour"].isin(range(1, 6))
        + 1.4 * np.exp(-frame["card_age_days"] / 120)
        + 1.8 * np.exp(-frame["minutes_since_login"] / 5)
    )
    return frame, expit(log_odds.to_numpy())
