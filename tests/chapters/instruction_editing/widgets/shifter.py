"""Sixty small digits and an editor that can only shift pictures by a cell. Also the first cell of a test notebook."""

import numpy as np
from sklearn.datasets import load_digits

from ganbook.data.edits import parse

SIDE = 30  # a cell is 10 pixels

bunch = load_digits()
labels = np.repeat(np.arange(10), 6)
chosen = np.concatenate([np.flatnonzero(bunch.target == digit)[:6] for digit in range(10)])
digits = np.zeros((60, 28, 28), np.uint8)
digits[:, 2:26, 2:26] = np.kron(bunch.images[chosen] * 15.9, np.ones((3, 3))).astype(np.uint8)


def edit(pictures, sentences):
    results = []
    for picture, sentence in zip(pictures, sentences, strict=True):
        where = parse(sentence).where
        down, across = ("bottom" in where) - ("top" in where), ("right" in where) - ("left" in where)
        results.append(np.roll(picture, (10 * down, 10 * across), axis=(0, 1)))
    return np.stack(results)
