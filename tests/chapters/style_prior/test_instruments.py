"""The instruments: what they learn, and the numbers computed from them."""

from dataclasses import replace

import pytest
import torch

from ganbook import training
from ganbook.chapters.style_prior import instruments
from ganbook.chapters.style_prior.instruments import PROFILES, LandmarkReader, Segmenter
from ganbook.data.avatars.flow import landmarks
from ganbook.data.avatars.free import free_avatars, free_parameters
from ganbook.metrics import class_iou

CONFIG = replace(PROFILES["smoke"], steps=150, batch_size=25, learning_rate=5e-3, precision="32-true", augment=0.0)


@pytest.fixture(scope="module")
def avatars(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANBOOK_BUILD", str(tmp_path_factory.mktemp("drawn")))
        yield free_avatars("train", 100, 32, progress=False)


def trained(game, avatars, folder):
    run = training.Run(folder, CONFIG, slug="style_prior", profile="smoke", data="embedded", seed=0, progress=False)
    game(run, avatars)
    return run._raw["model"].module.eval()


def test_the_segmenter_learns_the_labels(avatars, tmp_path):
    model = trained(instruments.train_segmenter, avatars, tmp_path)
    with torch.no_grad():
        found = model(avatars.pictures.float() / 127.5 - 1).argmax(1)
    iou = class_iou(found, avatars.labels, 7)
    assert iou[:3].min() > 0.5 and (found == avatars.labels).float().mean() > 0.85


def test_the_reader_learns_the_landmarks(avatars, tmp_path):
    model = trained(instruments.train_landmarks, avatars, tmp_path)
    with torch.no_grad():
        found = model(avatars.pictures.float() / 127.5 - 1)
    true = landmarks(*free_parameters("train", 100))
    still = (true.mean(0) - true).norm(dim=2).mean()
    assert (found - true).norm(dim=2).mean() < 0.6 * still


def test_a_landmark_is_the_centre_of_its_heat():
    class Peaks(torch.nn.Module):
        def forward(self, pictures):
            heat = torch.zeros(1, 12, 8, 8)
            heat[:, range(12), [n % 8 for n in range(12)], 3] = 99.0
            return heat

    reader = LandmarkReader(PROFILES["smoke"])
    reader.body = Peaks()
    x, y = reader(torch.zeros(1, 3, 8, 8))[0].T
    assert torch.allclose(x, torch.tensor(-0.125)) and torch.allclose(y[:8], (torch.arange(8) + 0.5) / 4 - 1)


def test_shapes():
    config = PROFILES["smoke"]
    features = Segmenter(config).features(torch.randn(2, 3, 32, 32))
    assert [tuple(each.shape) for each in features] == [(2, 4, 32, 32), (2, 8, 16, 16), (2, 12, 8, 8)]
    assert Segmenter(config)(torch.randn(2, 3, 32, 32)).shape == (2, 7, 32, 32)
    assert instruments.pooled_features(Segmenter(config), torch.randn(2, 3, 32, 32)).shape == (2, 48)
