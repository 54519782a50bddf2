"""The chapter's explorer with the shipped model behind it, in a real JupyterLab,
against Python's own answer for the same c.
"""

from playwright.sync_api import expect

from ganbook import paths
from ganbook.chapters.latent_captions.analysis import Labeller
from ganbook.chapters.latent_captions.recipe import RECIPE
from ganbook.chapters.latent_captions.widgets import LatentLabelExplorer
from ganbook.data import DIGIT_WORDS, grid_digits

CELLS = [
    f"""
import os
os.chdir({str(paths.root())!r})
from ganbook.data import DIGIT_WORDS, grid_digits
from ganbook.chapters.latent_captions.analysis import Labeller
from ganbook.chapters.latent_captions.recipe import RECIPE
from ganbook.chapters.latent_captions.widgets import LatentLabelExplorer

test = grid_digits("test", "embedded", seed=0)
labeller = Labeller(RECIPE.load_or_train(profile="quick", data="embedded", seed=0), test.images)
""",
    "LatentLabelExplorer(labeller, test.images[:12], test.labels, DIGIT_WORDS)",
]


def test_moving_a_slider_changes_the_captions_as_the_model_says(run_notebook):
    page = run_notebook("trained.ipynb", CELLS)
    test = grid_digits("test", "embedded", seed=0)
    labeller = Labeller(RECIPE.load_or_train(profile="quick", data="embedded", seed=0), test.images)
    answers = LatentLabelExplorer(labeller, test.images[:12], test.labels, DIGIT_WORDS)
    numbers = page.locator(".gb-histogram .gb-number")
    expect(numbers).to_have_text([f"{share:.0%}" for share in answers.histogram()])
    page.get_by_role("slider").first.press("End")
    answers.c = (3.0, 0.0, 0.0)
    expect(numbers).to_have_text([f"{share:.0%}" for share in answers.histogram()])
    expect(page.locator(".gb-explorer [aria-live]")).to_have_text(answers.summary())
    assert page.problems == []
