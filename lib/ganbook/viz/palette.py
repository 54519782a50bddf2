"""The colours of labels, which figures and widgets share."""

LABEL_COLOURS = (
    "#3c4b87", "#2db4ff", "#008778", "#961e3c", "#78b44b",
    "#f0d269", "#b46900", "#f087b4", "#9669c3", "#55eee0",
)  # fmt: skip
"""A colour a label, kept apart (OKLab distance at least 0.1) also under protanopia and deuteranopia, on white and on dark."""
