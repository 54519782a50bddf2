"""How losses went over a training, from the columns of its curves."""

from collections.abc import Mapping, Sequence

import numpy as np
from IPython.display import HTML

from ganbook.viz import style
from ganbook.viz.figures import curves as lines


def losses(curves: Mapping[str, Sequence], names: Mapping[str, str], caption: str, y_label: str = "value") -> HTML:
    """Some columns of a run's curves, each a mean over parts of the training, over the steps at which all are there.

    Args:
        curves: columns by name, as :func:`ganbook.training.read_curves` gives them; one of them is "step".
        names: the columns to show, each with what it is called.
        caption: of the figure.
        y_label: what the values are.
    """
    found = {words: column_means(curves, name) for name, words in names.items()}
    steps = min((steps for steps, _ in found.values()), key=len)
    series = {words: np.interp(steps, *each).tolist() for words, each in found.items()}
    ends = "; ".join(f"{words} from {values[0]:.2f} to {values[-1]:.2f}" for words, values in series.items())
    alt = f"Over {steps[-1]:,.0f} steps: {ends}."
    return style.show(lines, series, steps, "step", y_label, alt=alt, caption=caption)


def column_means(curves: Mapping[str, Sequence], name: str, most: int = 150) -> tuple[list[float], list[float]]:
    """Steps and values of a column where it has one, as means over parts of the training, so many at most."""
    both = [(step, value) for step, value in zip(curves["step"], curves[name]) if value is not None]
    parts = np.array_split(np.array(both, float), min(most, len(both)))
    return tuple(np.array([part.mean(0) for part in parts]).T.tolist())
