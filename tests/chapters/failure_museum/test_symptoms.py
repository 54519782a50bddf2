"""Symptoms of generators whose illness is known."""

from types import SimpleNamespace

import few_digits
import numpy as np
import pytest

from ganbook.data import load_digits, make_grid_digits
from ganbook.data.edits import EMPTY, all_instructions
from ganbook.chapters.failure_museum import symptoms
from ganbook.chapters.latent_captions.config import Config

IMAGES, LATENTS = 1000, 40


C, IMAGE = np.arange(LATENTS)[:, None], np.arange(IMAGES)[None, :]


@pytest.mark.parametrize(
    ("digits", "said", "by_c", "by_c_in_image"),
    [
        (np.full((LATENTS, IMAGES), 7), 0, 0, 0),
        (np.broadcast_to(IMAGE % 8, (LATENTS, IMAGES)), 3, 0, 0),
        (np.broadcast_to(C % 8, (LATENTS, IMAGES)), 3, 3, 3),
        (C % 2 + 2 * (IMAGE % 4), 3, 1, 1),
        ((C + IMAGE) % 8, 3, 0, 3),
    ],
    ids=["collapsed", "c ignored", "image ignored", "one bit of c and two of the image", "only the two together"],
)
def test_who_decides_the_digit(digits, said, by_c, by_c_in_image):
    few = (2**by_c_in_image - 1) / (2 * LATENTS * np.log(2))       # what is added because c are few: see `ganbook.metrics.entropy`
    assert symptoms.bits_of(digits) == pytest.approx({"said": said, "by_c": by_c, "by_c_in_image": by_c_in_image + few}, abs=1e-9)


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
    found = symptoms.of_captioner(SimpleNamespace(config=Config()), known, new)
    assert (found["right_known"], found["right_new"], found["by_c"]) == (1, 0, 0)


@pytest.fixture(scope="module")
def triples():
    return few_digits.few_triples(told=tuple(each.text for each in all_instructions()))


class Reader:
    """A judge that looks up the state of the few digits' pictures; of others it says "no digit"."""

    def __init__(self, triples):
        self.known = few_digits.Perfect(triples).known

    def __call__(self, pictures):
        return np.array([self.known.get(picture.tobytes(), (None, EMPTY))[1] for picture in pictures])


class Collapsed(few_digits.Idle):
    """An editor that has one picture for everything."""

    def __call__(self, pictures, instructions, seed=0):
        return np.broadcast_to(pictures[:1], pictures.shape)


def test_a_perfect_editor_has_no_symptoms(triples):
    found = symptoms.of_editor(few_digits.Perfect(triples), triples, Reader(triples))
    assert found == pytest.approx(dict.fromkeys(("likeness", "box_right", "digit_right", "by_instruction", "variety"), 1) | {"by_noise": 0})


def test_an_editor_that_ignores_instructions(triples):
    found = symptoms.of_editor(few_digits.Idle(), triples, Reader(triples))
    assert found["by_instruction"] == 0 and found["variety"] > 0.5 and found["likeness"] < 0.9
    assert found["box_right"] == 0 and found["digit_right"] == 1


def test_an_editor_that_collapsed(triples):
    found = symptoms.of_editor(Collapsed(), triples, Reader(triples))
    assert found["by_instruction"] == 0 and found["variety"] == 0 and found["digit_right"] == 0.5
