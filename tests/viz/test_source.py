"""The library's own code on a page."""

from ganbook import viz
from ganbook.nn import CellEncoder, mlp


def test_a_method_stands_at_the_margin_and_one_thing_below_the_other():
    shown = viz.source(CellEncoder.forward, mlp)
    assert shown.data.startswith("def forward(") and "\n\ndef mlp(" in shown.data and not shown.data.endswith("\n")
    assert 'class="highlight"' in shown._repr_html_()
