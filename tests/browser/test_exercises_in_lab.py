"""A student at work in JupyterLab: the feedback of a check and a hint, as they are shown."""

import pytest
from playwright.sync_api import Page, expect

from ganbook.teaching.exercises import source

MISTAKEN = """
def r1_penalty(logits, inputs):
    (slopes,) = torch.autograd.grad(logits.sum(), inputs, create_graph=True)
    return slopes.square().sum()
"""


@pytest.fixture(scope="module")
def opened(run_notebook) -> Page:
    head = source.find("lc.3").head
    return run_notebook("exercises.ipynb", [head, MISTAKEN, 'check("lc.3")', 'hint("lc.3")'])


def test_feedback_and_hint_are_shown_as_formatted_text(page: Page):
    feedback, hint = page.locator(".jp-OutputArea-output.jp-RenderedMarkdown").all()
    expect(feedback.locator("li")).to_have_count(3)
    expect(feedback.locator("strong").first).to_have_text("lc.3 Whose norm?")
    expect(feedback.locator("li").nth(1)).to_contain_text("✗ In a larger batch each sample has its own norm")
    expect(feedback.locator("li strong").first).to_contain_text("one norm over the whole batch")
    expect(feedback.locator("code")).to_have_text('hint("lc.3")')
    expect(hint).to_contain_text("Hint 1 of 2")
    expect(hint.locator("mjx-container").first).to_be_visible()
