import pytest

from ganbook.errors import DataUnavailable, UserError


@pytest.mark.parametrize("error", [UserError, DataUnavailable])
def test_errors_for_people_are_value_errors(error):
    with pytest.raises(ValueError, match="expected a folder"):
        raise error("expected a folder")


def test_missing_data_can_be_told_from_other_bad_input():
    assert issubclass(DataUnavailable, UserError)
    assert not isinstance(UserError("x"), DataUnavailable)
