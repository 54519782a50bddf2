"""Label maps as pictures."""

import numpy as np
import torch

from ganbook.data.avatars import LABELS
from ganbook.data.avatars.label_maps import CLASS_COLOURS, COLOUR_NAMES, coloured


def test_every_class_has_a_colour_of_its_own_and_a_name_for_it():
    assert len(CLASS_COLOURS) == len(COLOUR_NAMES) == len(LABELS)
    assert len({tuple(colour) for colour in CLASS_COLOURS.tolist()}) == len(set(COLOUR_NAMES)) == len(LABELS)


def test_maps_have_the_colours_of_their_classes():
    labels = torch.tensor([[[0, 1], [6, 4]]])
    np.testing.assert_array_equal(coloured(labels)[0, 1, 0], CLASS_COLOURS[6])
    assert coloured(labels.to(torch.uint8)).shape == (1, 2, 2, 3) and coloured(labels[0]).dtype == np.uint8
