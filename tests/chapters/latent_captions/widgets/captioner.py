"""A small real captioner: names the digit that a linear map of c likes best. Also the first cell of a test notebook."""

import numpy as np
from sklearn.datasets import load_digits

NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
N_IMAGES = 300


def grids(seed=0):
    rng = np.random.default_rng(seed)
    digits = load_digits()
    images = np.zeros((N_IMAGES, 64, 64), np.uint8)
    truth = np.stack([rng.permutation(10)[:4] for _ in range(N_IMAGES)])
    for image, labels in zip(images, truth):
        for place, label in enumerate(labels):
            digit = digits.images[rng.choice(np.flatnonzero(digits.target == label))]
            top, left = 32 * (place // 2) + 4, 32 * (place % 2) + 4
            image[top : top + 24, left : left + 24] = np.kron(digit * 15.9, np.ones((3, 3)))
    return images, truth


images, truth = grids()
rng = np.random.default_rng(3)
liking, base, doubt = rng.standard_normal((3, 10)), 0.5 * rng.standard_normal(10), rng.standard_normal((N_IMAGES, 4))


def labeller(latents):
    scores = (latents @ liking + base)[:, truth] + doubt
    labels = np.take_along_axis(np.broadcast_to(truth, scores.shape), scores.argmax(2)[..., None], 2)[..., 0]
    labels[:, ::37] = (labels[:, ::37] + 1) % 10  # now and then wrong
    return labels
