"""Analysis on captioners whose answers are known."""

import numpy as np
import pytest
import torch

from ganbook.chapters.latent_captions import analysis
from ganbook.chapters.latent_captions.config import Config
from ganbook.chapters.latent_captions.model import build
from ganbook.chapters.latent_captions.text import pretrain
from ganbook.data import DIGIT_WORDS, caption, grid_digits, load_digits
from ganbook.errors import UserError

CONFIG = Config(channels=4, feature_dim=16, hidden_dim=32, text_hidden_dim=32, autoencoder_steps=300)


@pytest.fixture(scope="module")
def captioner():
    """Untrained networks with a working autoencoder."""
    generator, _, recovery = build(CONFIG, seed=0)
    autoencoder = analysis.new_autoencoder(CONFIG, seed=0)
    pretrain(autoencoder, CONFIG.all_captions(), CONFIG.autoencoder_steps, 0.5, seed=0)
    return analysis.Captioner(CONFIG, generator.eval(), recovery.eval(), autoencoder)


@pytest.fixture(scope="module")
def grids():
    return grid_digits("test", "embedded", n=20, seed=0)


def test_labeller_says_what_generator_and_decoder_say(captioner, grids):
    from ganbook.data import to_tensor

    latents = np.random.default_rng(0).standard_normal((3, 3), dtype=np.float32)
    labels = analysis.Labeller(captioner, grids.images)(latents)
    assert labels.shape == (3, 20)
    for c, row in zip(latents, labels):
        with torch.no_grad():
            sentences = captioner.generator(torch.tensor(c).expand(20, 3), to_tensor(grids.images))
        texts = captioner.autoencoder.to_text(sentences)
        assert [DIGIT_WORDS[label] if label >= 0 else None for label in row] == [
            text if text in DIGIT_WORDS else None for text in texts
        ]


def test_one_each_is_the_diagonal(captioner, grids):
    labeller = analysis.Labeller(captioner, grids.images)
    latents = 3 * np.random.default_rng(0).standard_normal((20, 3)).astype(np.float32)
    np.testing.assert_array_equal(labeller.one_each(latents), np.diagonal(labeller(latents)))


@pytest.mark.parametrize(
    ("latents", "message"),
    [
        (np.zeros((2, 4), np.float32), r"\(batch, 3\)"),
        (np.full((2, 3), np.nan, np.float32), "NaN"),
        (np.zeros((2, 3), int), "float dtype"),
    ],
)
def test_bad_latents_are_refused(captioner, grids, latents, message):
    with pytest.raises(UserError, match=message):
        analysis.Labeller(captioner, grids.images)(latents)


def test_correct_means_one_of_the_four_labels():
    truth = np.array([[1, 2, 3, 4], [5, 6, 7, 8]])
    np.testing.assert_array_equal(
        analysis.is_correct(np.array([[4, 4], [-1, 5]]), truth, Config()), [[True, False], [False, True]]
    )


def test_correct_with_places_needs_the_digit_at_that_place():
    config = Config(captions="label_and_place")
    captions = config.all_captions()
    truth = np.array([[1, 2, 3, 4]])
    said = [caption(1, 0), caption(1, 1), caption(4, 3), caption(9, 0)]
    numbers = np.array([[captions.index(text)] for text in said])
    assert analysis.is_correct(numbers, truth, config)[:, 0].tolist() == [True, False, True, False]


def test_split_captions():
    config = Config(captions="label_and_place")
    numbers = np.array([config.all_captions().index(caption(7, 2)), analysis.NO_LABEL])
    digits, places = analysis.split_captions(numbers, config)
    assert digits.tolist() == [7, -1] and places.tolist() == [2, -1]


class Oracle:
    """A labeller that knows the truth: under c it names the image's label that stands first in an order that c
    decides.
    """

    def __init__(self, truth, uses_c=True):
        self.truth, self.uses_c = truth, uses_c
        self.captioner = analysis.Captioner(Config(), None, None, None)
        self.taste = np.random.default_rng(9).standard_normal((3, 10))

    def __call__(self, latents):
        return np.stack([self._choose(np.tile(c, (len(self.truth), 1))) for c in latents])

    def one_each(self, latents):
        return self._choose(latents)

    def _choose(self, latents):
        taste = (latents if self.uses_c else np.ones_like(latents)) @ self.taste
        scores = np.take_along_axis(taste, self.truth, 1)
        return np.take_along_axis(self.truth, scores.argmax(1)[:, None], 1)[:, 0]


@pytest.fixture(scope="module")
def truth():
    return grid_digits("test", "embedded", seed=0).labels


def test_an_oracle_that_follows_c_passes_the_papers_experiment(truth):
    numbers = analysis.summary(analysis.fixed_and_random(Oracle(truth), truth))
    assert numbers["accuracy_same_min"] == numbers["accuracy_different"] == 1
    assert numbers["tv_same"] == pytest.approx(8 / 15, abs=0.03)
    assert numbers["tv_different"] < numbers["tv_same"] / 2


def test_an_oracle_with_one_fixed_taste_is_found_out(truth):
    oracle = Oracle(truth, uses_c=False)
    numbers = analysis.summary(analysis.fixed_and_random(oracle, truth))
    assert numbers["tv_same"] == pytest.approx(numbers["tv_different"]) and numbers["tv_same"] > 0.45
    assert analysis.information(oracle, 20) == (pytest.approx(0, abs=1e-9), 0)


def test_information_of_a_choice_is_between_zero_and_two_bits(truth):
    over_images, for_an_image = analysis.information(Oracle(truth), 100)
    assert 0.3 < over_images < for_an_image <= 2.05


def test_the_words_only_floor_is_the_variance_that_a_word_leaves():
    latents = np.random.default_rng(0).standard_normal((4_000, 3), dtype=np.float32)
    by_sign = np.stack([latents[:, 0] > 0, np.zeros(len(latents)), latents[:, 1] > 0], 1).astype(int)
    left = 1 - 2 / np.pi  # the variance of a normal number whose sign is known
    assert analysis.words_only_floor(by_sign[:, [0, 2]], latents) == pytest.approx(2 + left, abs=0.05)
    # one word for all: nothing is known
    assert analysis.words_only_floor(by_sign[:, [1]], latents) == pytest.approx(3, abs=0.05)


def test_the_words_only_floor_needs_no_more_values_of_c_than_it_is_given():
    """Words that have nothing to do with c leave 3, also if each comes out twice or thrice:
    a mean of so few fits c too well.
    """
    rng = np.random.default_rng(0)
    floors = []
    for _ in range(300):
        latents = rng.standard_normal((20, 3), dtype=np.float32)
        floors.append(analysis.words_only_floor(rng.integers(8, size=(20, 10)), latents))
    assert np.mean(floors) == pytest.approx(3, abs=0.05)
    with pytest.raises(UserError, match="more values of c"):
        analysis.words_only_floor(np.arange(5)[:, None], latents[:5])


@pytest.mark.parametrize("noise", [0.0, 50.0])
def test_a_whisper_is_what_q_hears_beside_the_word(captioner, grids, noise):
    """A Q that reads c off the vector whispers where there is no noise, and hears nothing through much of it."""

    class Vectors(torch.nn.Module):
        image_network = torch.nn.Identity()

        def from_features(self, c, features):
            one = torch.zeros(len(c), CONFIG.sentence_dim)
            one[:, :3] = c
            return one

    class Ears(torch.nn.Module):
        def forward(self, images, vectors):
            return vectors[:, :3] / (1 + noise**2)

    class OneWord:
        vocabulary = captioner.autoencoder.vocabulary

        def decode(self, vectors):
            return captioner.autoencoder.decode(torch.zeros_like(vectors))

    config = Config(**{**CONFIG.__dict__, "sentence_noise": noise})
    found = analysis.whisper(analysis.Captioner(config, Vectors(), Ears(), OneWord()), grids.images, count=60)
    assert found["words_floor"] == pytest.approx(3, abs=0.4)
    assert found["q_error"] == pytest.approx(3 * noise**2 / (1 + noise**2), abs=0.3)
    assert found["whispered"] == found["words_floor"] - found["q_error"]


def test_co_preference_finds_labels_with_the_same_taste(truth):
    oracle = Oracle(truth)
    oracle.taste[:, 3] = oracle.taste[:, 8]
    oracle.taste[:, 7] = -oracle.taste[:, 8]
    together = analysis.co_preference(analysis.preference_histograms(oracle, 200))
    assert together[3, 8] > 0.8 and together[7, 8] < 0
    np.testing.assert_allclose(together, together.T)


def test_co_preference_of_labels_that_never_change_is_finite():
    assert np.isfinite(analysis.co_preference(np.full((5, 10), 0.1))).all()


def test_confusion_is_symmetric_and_finds_a_known_pair():
    confusion = analysis.digit_confusion(load_digits("train", "embedded"), load_digits("test", "embedded"))
    np.testing.assert_allclose(confusion, confusion.T)
    assert (np.diag(confusion) == 0).all() and confusion[0].max() < confusion[8].max()


def test_maps_follow_c(truth):
    oracle = Oracle(truth)
    plane = analysis.preferred_label_plane(oracle, (0, 2), side=5)
    corner = oracle(np.array([[3.0, 0, -3.0]]))[0]
    assert plane[0, -1] == np.bincount(corner).argmax()
    sphere = analysis.preferred_label_sphere(oracle, side=5)
    assert len(np.unique(sphere[0])) == len(np.unique(sphere[-1])) == 1, "a pole is one point"


def test_two_factors_of_a_speaker_who_always_names_the_first_place(truth):
    config = Config(captions="label_and_place")
    numbers = np.array([[config.all_captions().index(caption(int(row[0]), 0)) for row in truth]] * 2)
    results = {"same": numbers, "right_same": analysis.is_correct(numbers, truth, config)}
    factors = analysis.two_factors(results, truth, config)
    assert factors["accuracy_same_mean"] == factors["accuracy_digit"] == 1
    assert factors["tv_same_place"] == pytest.approx(0.75) and factors["tv_same_digit"] < 0.1
    assert factors["information_place"] == pytest.approx(0)
    # one c fails behind a good mean
    results["right_same"] = np.stack([np.ones(len(truth), bool), np.arange(len(truth)) % 4 == 0])
    factors = analysis.two_factors(results, truth, config)
    assert (factors["accuracy_same_mean"], factors["accuracy_same_min"]) == pytest.approx((0.625, 0.25))


def test_recovering_needs_known_words_and_as_many_captions_as_images(captioner, grids):
    assert analysis.recover_latents(captioner, grids.images[:2], ["one", "two"]).shape == (2, 3)
    with pytest.raises(UserError, match="2 images and 1 captions"):
        analysis.recover_latents(captioner, grids.images[:2], ["one"])
    with pytest.raises(UserError, match="known words"):
        analysis.recover_latents(captioner, grids.images[:1], ["eleven"])


def test_reuse_with_a_perfect_recovery_names_the_digit_wherever_it_is(truth, monkeypatch):
    grids = grid_digits("test", "embedded", n=200, seed=0)
    oracle = Oracle(grids.labels)
    oracle.taste = np.eye(3, 10)
    wanted = []
    monkeypatch.setattr(
        analysis,
        "recover_latents",
        lambda captioner, images, captions: (
            wanted.append(captions[0]),
            9 * np.eye(3, dtype=np.float32)[[0] * len(images)],
        )[1],
    )
    predicted, chance = analysis.reuse(oracle, grids, per_digit=5)
    assert wanted == list(DIGIT_WORDS)
    assert predicted[0] == 1 and chance[0] < 0.9 and predicted[1:].max() < 0.9
