"""The faults that chapters list for `make mutants` can be planted: each stands where it says, once."""

from pathlib import Path

import mutants
import pytest

LISTING = sorted(path.parent.name for path in Path(__file__).parent.glob("chapters/*/mutants.yml"))


@pytest.mark.parametrize("slug", LISTING)
def test_every_listed_fault_can_be_planted(slug):
    found = list(mutants.planted(slug))
    assert found and len({mutant.name for mutant in found}) == len(found)
