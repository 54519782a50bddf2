"""The lines that say which models a page uses."""

from ganbook import viz


def test_another_seed_than_the_asked_one_is_said():
    used = {"the editor with SIM": {"seed": 0}, "the judge": {"seed": 0}}
    assert viz.loaded(used, 0).data == "Loaded: the editor with SIM (seed 0), the judge (seed 0)."
    assert "Not all models of seed 3 come with the book: seed 0 is used" in viz.loaded(used, 3).data


def test_a_study_without_its_model_says_which_one_is_missing():
    assert "`dong` for profile paper" in viz.not_here("dong", "paper").data
