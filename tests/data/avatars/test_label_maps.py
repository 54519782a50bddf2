"""Label maps as pictures."""

import numpy as np
import torch

from ganbook.data.avatars import LABELS
from ganbook.data.avatars.label_maps import CLASS_COLOURS, COLOUR_NAMES, class_colours, coloured


def test_every_class_has_a_colour_of_its_own_and_a_name_for_it():
    assert len(CLASS_COLOURS) == len(COLOUR_NAMES) == len(LABELS)
    assert len({tuple(colour) for colour in CLASS_COLOURS.tolist()}) == len(set(COLOUR_NAMES)) == len(LABELS)


def test_maps_have_the_colours_of_their_classes():
    labels = torch.tensor([[[0, 1], [6, 4]]])
    np.testing.assert_array_equal(coloured(labels)[0, 1, 0], CLASS_COLOURS[6])
    assert coloured(labels.to(torch.uint8)).shape == (1, 2, 2, 3) and coloured(labels[0]).dtype == np.uint8


def test_mean_colours_of_classes():
    labels, pictures = torch.zeros(2, 4, 4, dtype=torch.long), torch.zeros(2, 3, 4, 4, dtype=torch.uint8)
    labels[0, 0, :2], pictures[0, 0, 0, 0], labels[1, 0, 0] = 1, 255, 1
    found = class_colours(pictures, labels, 3)
    assert found[0, 1].tolist() == [0.5, 0, 0] and not found[:, 0].any() and found[:, 2].isnan().all()
    assert class_colours(pictures, labels, 3, least=2)[:, 1].isnan().all(1).tolist() == [False, True], "one pixel"
