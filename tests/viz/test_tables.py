from ganbook import viz


def test_a_column_for_each_seed():
    numbers = {0: {"tv_same": 0.5, "tv_different": 0.04}, 2: {"tv_same": 0.6, "tv_different": 0.05}}
    assert viz.over_seeds(numbers).data.split("\n") == [
        "| metric | seed 0 | seed 2 |",
        "| --- | --- | --- |",
        "| `tv_same` | 0.500 | 0.600 |",
        "| `tv_different` | 0.040 | 0.050 |",
    ]
