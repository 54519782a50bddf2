"""What the page's JavaScript answers in Python's place, wish by wish against Python; the networks are torch's."""

from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page

from ganbook.chapters.drag_editing import web, widgets
from ganbook.chapters.drag_editing.widgets import DragEditor

ANSWERS = Path(widgets.__file__).parent / "answers" / "drag_editor.js"
ASK = """
async ([widget, codes, drags, anchors]) => {
  const run = async (part, inputs) => {
    const told = Object.entries(inputs).map(([name, [numbers, sizes]]) => [name, [[...numbers], sizes]]);
    return runPart(part, Object.fromEntries(told));
  };
  const answer = answers.drag_editor(widget.facts, widget, async () => ({ run }));
  try {
    const sent = [new Uint8Array(Float32Array.from(codes, Number).buffer)];
    const { notes, buffers } = await answer({ kind: "edit", drags, anchors }, sent);
    return { notes, codes: [...new Float32Array(buffers[0].slice().buffer)], pixels: [...buffers[1]] };
  } catch (problem) {
    return { error: problem.message };
  }
}
"""


@pytest.fixture(scope="module")
def editor(stand_ins):
    return stand_ins.some_editor()


@pytest.fixture(scope="module")
def widget(editor):
    return DragEditor(editor)


@pytest.fixture(scope="module")
def page(browser: Browser, editor) -> Page:
    """A blank page with the answers, whose networks run here."""
    parts = web.model_of(editor).parts

    def run(part: int, inputs: dict) -> list:
        kinds = {"seen": torch.uint8}
        given = [
            torch.tensor(inputs[name][0], dtype=kinds.get(name, torch.float32)).reshape(inputs[name][1])
            for name in parts[part].inputs
        ]
        with torch.no_grad():
            found = parts[part].network(*given)
        return [
            [each.flatten().tolist(), list(each.shape)] for each in (found if isinstance(found, tuple) else (found,))
        ]

    page = browser.new_page()
    page.expose_function("runPart", run)
    page.add_script_tag(content="const answers = {};" + ANSWERS.read_text(encoding="utf-8"))
    yield page
    page.close()


CASES = [
    ([[6, 7, 2, 1, 0.0]], []),
    ([[6, 7, 6, 5, 0.3], [10, 10, -3, 0, 0.0]], [[8, 3], [12, 12]]),
    ([[6, 7, 0, 0, 0.0]], [[8, 3]]),
    ([[2.2, 7, 2, 1, 0.0], [15, 15, -2, 0, 0.0], [5, 5, 99, 0, 3.0]], [[5.2, 5.2]]),
    ([[6, 7, 2, 1, 0.0], [6.4, 7.4, 1, 0, 0.0]], [[n % 16, n / 63] for n in range(1_000)]),
    ([], [[8, 3]]),
    ([[6, 7, 2, None, 0.0]], []),
    ([[6, 7, 2, 0, 0.0]], [[-1, 3]]),
]


@pytest.mark.parametrize(("drags", "anchors"), CASES)
def test_answers_are_those_of_python(page, editor, widget, drags, anchors):
    ws = editor.prior.generator.spread(editor.prior.codes(1, 0.5))[0].contiguous()
    told = {"side": widget.side, "sizes": widget.sizes, "facts": widget.page_facts().facts}
    found = page.evaluate(ASK, [told, ws.flatten().tolist(), drags, anchors])
    request = {"kind": "edit", "drags": drags, "anchors": anchors}
    content, buffers = widget._reply(request, [ws.numpy().astype("<f4").tobytes()])
    if "error" in content:
        assert message(found["error"]) == message(content["error"])
        return
    assert found["notes"] == content["notes"]
    np.testing.assert_allclose(found["codes"], np.frombuffer(buffers[0], "<f4"), atol=1e-4)
    np.testing.assert_allclose(found["pixels"], np.frombuffer(buffers[1], np.uint8), atol=1)


def message(error: str) -> str:
    """Without the numbers, which both languages write in their own way."""
    return error.partition(", got")[0].partition(" at (")[0]


def test_what_is_no_code_and_what_needs_python(page, widget, editor):
    told = {"side": widget.side, "sizes": widget.sizes, "facts": widget.page_facts().facts}
    assert page.evaluate(ASK, [told, [1.0, 2.0], [], []]) == {"error": "expected 192 bytes, got 8"}
    size = widget.sizes["styles"] * widget.sizes["latent"]
    assert page.evaluate(ASK, [told, [*[1.0] * (size - 1), "x"], [], []]) == {"error": "expected finite codes"}
    find = """async (widget) => {
      const answer = answers.drag_editor(widget.facts, widget, null);
      try { return await answer({ kind: "find" }, []); } catch (problem) { return problem.message; }
    }"""
    assert "make lab" in page.evaluate(find, told)
