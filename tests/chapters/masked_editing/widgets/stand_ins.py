"""Small editors that know no words, and pictures for the widgets. Also the first cell of a test notebook."""

import numpy as np

from ganbook.chapters.masked_editing.inference import Edited

SIDE = 32


class Darker:
    """Makes the lower half of every picture darker, or all of it; the mask keeps the upper half."""

    def __init__(self, masking):
        self.masking, self.told = masking, []

    def edit(self, pictures, instructions):
        self.told += instructions
        made = pictures.copy()
        made[:, SIDE // 2 if self.masking else 0 :] //= 2
        mask = np.zeros((len(pictures), SIDE, SIDE))
        mask[:, : SIDE // 2] = 1
        return Edited(made, mask if self.masking else None)


def some_pictures(n, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, SIDE, SIDE, 3), dtype=np.uint8)
