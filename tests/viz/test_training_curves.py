"""Losses are drawn where they were written down."""

import pytest
from matplotlib import pyplot as plt

from ganbook import viz
from ganbook.viz import style
from ganbook.viz.training_curves import column_means

CURVES = {"step": [10, 20, 30, 40], "d_loss": [1.5, 1.0, 0.8, 0.5], "kl": [None, 0.2, None, 0.4]}


def test_losses_are_drawn_where_they_were_written(monkeypatch):
    drawn = {}
    monkeypatch.setattr(style, "show", lambda figure, *data, **how: drawn.update(how, figure=figure, data=data))
    viz.losses(CURVES, {"d_loss": "loss of D", "kl": "KL"}, "A run.", "nats")
    series, steps = drawn["data"][:2]
    assert steps == [20, 40] and series["KL"] == [0.2, 0.4] and series["loss of D"] == [1.0, 0.5]
    assert drawn["alt"] == "Over 40 steps: loss of D from 1.00 to 0.50; KL from 0.20 to 0.40."
    assert drawn["caption"] == "A run." and drawn["data"][2:] == ("step", "nats")
    plt.close(drawn["figure"](*drawn["data"]))


def test_long_columns_are_drawn_as_means():
    curves = {"step": list(range(1, 1_001)), "a": [float(step % 2) for step in range(1_000)]}
    steps, values = column_means(curves, "a", most=10)
    assert len(steps) == 10 and values == [0.5] * 10 and steps[0] == pytest.approx(50.5)
