"""Words of captions and alt texts."""

from ganbook import viz


def test_numbers_beside_their_names():
    assert viz.listed({"a": 0.1, "b": 2.345}) == "a 0.10, b 2.35" and viz.listed({"a": 12.6}, 0) == "a 13"
    assert viz.listed({}) == ""


def test_counts_at_the_beginning_of_a_sentence():
    assert [viz.count(n) for n in (0, 6, 9, 10, 27)] == ["Zero", "Six", "Nine", "10", "27"]


def test_things_with_numbers():
    assert viz.numbered("map", 2) == ["map 1", "map 2"] and viz.numbered("map", 0) == []


def test_what_is_missed_is_bold():
    assert (viz.reached(True), viz.reached(False)) == ("reached", "**missed**")


def test_a_model_that_was_shipped_early_is_named():
    run = {"step": 6_800, "finished": True}
    assert viz.unfinished({"sim": run}) == ""
    warning = viz.unfinished({"sim": run | {"step": 68, "finished": False}, "plain": run})
    assert warning == " **Shipped before the end of the training: sim after 68 steps.**"
