"""Symptoms of captioners whose illness is known."""

from types import SimpleNamespace

import numpy as np

from ganbook.chapters.latent_captions import symptoms
from ganbook.chapters.latent_captions.config import Config
from ganbook.data import load_digits, make_grid_digits


def test_a_captioner_that_knows_its_training_images_by_heart(monkeypatch):
    known, new = (make_grid_digits(load_digits(split, "embedded"), 50, seed=0) for split in ("train", "test"))
    by_heart = {image.tobytes(): labels[0] for image, labels in zip(known.images, known.labels)}

    class Labeller:
        def __init__(self, captioner, images):
            self.digits = np.array([by_heart.get(image.tobytes(), -1) for image in images])

        def __call__(self, latents):
            return np.tile(self.digits, (len(latents), 1))

    monkeypatch.setattr(symptoms, "Labeller", Labeller)
    monkeypatch.setattr(symptoms, "whisper", lambda captioner, images, count, seed: {})
    found = symptoms.measure(SimpleNamespace(config=Config()), known, new)
    assert (found["right_known"], found["right_new"], found["by_c"]) == (1, 0, 0)
