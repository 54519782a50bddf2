"""What the trained captioner says, and what its latent variable came to mean."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy import ndarray
from torch import Tensor

from ganbook.chapters.latent_captions.config import PROFILES, Config
from ganbook.chapters.latent_captions.model import Generator, Recovery, build, check_vectors
from ganbook.chapters.latent_captions.text import SentenceAutoencoder, Vocabulary
from ganbook.data import DIGIT_WORDS, PLACES, Digits, GridDigits, caption, to_tensor
from ganbook.errors import UserError
from ganbook.metrics import entropy, label_histogram, mutual_information, total_variation_from_uniform

CLASSES = len(DIGIT_WORDS)
NO_LABEL = -1


@dataclass(frozen=True)
class Captioner:
    """A trained generator with the autoencoder that reads it out and the network that recovers c."""

    config: Config
    generator: Generator
    recovery: Recovery
    autoencoder: SentenceAutoencoder


def new_autoencoder(config: Config, seed: int) -> SentenceAutoencoder:
    """An untrained autoencoder for the captions of ``config``, with weights drawn from ``seed``."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        vocabulary = Vocabulary(config.all_captions())
        return SentenceAutoencoder(vocabulary, config.embedding_dim, config.text_hidden_dim, config.sentence_dim)


def load_captioner(folder: Path) -> Captioner:
    """Load a shipped checkpoint of this chapter.

    Raises:
        UserError: there is none, it is damaged, or it belongs to another model.
    """
    from ganbook import training

    run = training.read_run(folder)
    config = training.resolve(Config, PROFILES, profile=run["profile"], overrides=run["config"])
    generator, _, recovery = build(config, seed=0)
    autoencoder = new_autoencoder(config, seed=0)
    modules = {"generator": generator, "recovery": recovery, "autoencoder": autoencoder}
    training.load_checkpoint(folder, modules, slug="latent_captions")
    for module in modules.values():
        module.requires_grad_(False).eval()
    return Captioner(config, generator, recovery, autoencoder)


class Labeller:
    """Answers "which caption does each of these images get under this c?" quickly.

    The image network runs once, when it is made.

    Args:
        captioner: the trained networks.
        images: uint8 (n, 64, 64).
    """

    def __init__(self, captioner: Captioner, images: ndarray):
        self.captioner = captioner
        self.captions = captioner.config.all_captions()
        self._number = {text: number for number, text in enumerate(self.captions)}
        with torch.no_grad():
            self.features = captioner.generator.image_network(to_tensor(images))

    def __call__(self, latents: Float[ndarray, "latents size"]) -> Int[ndarray, "latents images"]:
        """Caption number (in ``self.captions``; -1 for text that is none of them) of every image under every c."""
        given = _as_latents(latents, self.captioner)
        return np.stack([self._captions(c.expand(len(self.features), -1)) for c in given])

    def one_each(self, latents: Float[ndarray, "images size"]) -> Int[ndarray, " images"]:
        """Caption number of every image, each under its own c."""
        return self._captions(_as_latents(latents, self.captioner))

    @torch.no_grad()
    def _captions(self, latents: Float[Tensor, "images size"]) -> Int[ndarray, " images"]:
        sentences = self.captioner.generator.from_features(latents, self.features)
        words = self.captioner.autoencoder.decode(sentences).argmax(2)
        kinds, which = torch.unique(words, dim=0, return_inverse=True)
        numbers = [self._number.get(text, NO_LABEL) for text in self.captioner.autoencoder.vocabulary.decode(kinds)]
        return np.array(numbers)[which.numpy()]


def _as_latents(latents: ndarray, captioner: Captioner) -> Float[Tensor, "n size"]:
    tensor = torch.as_tensor(np.asarray(latents))
    tensor = tensor.float() if tensor.is_floating_point() else tensor
    check_vectors("latents", tensor, captioner.config.latent_dim)
    return tensor


def split_captions(numbers: Int[ndarray, "*n"], config: Config) -> tuple[Int[ndarray, "*n"], Int[ndarray, "*n"]]:
    """Digit and place (0 .. 3) of caption numbers; the place is -1 where captions do not name one."""
    if config.captions == "label":
        return numbers, np.full_like(numbers, NO_LABEL)
    known = numbers != NO_LABEL
    return np.where(known, numbers // len(PLACES), NO_LABEL), np.where(known, numbers % len(PLACES), NO_LABEL)


def is_correct(
    numbers: Int[ndarray, "*latents images"], truth: Int[ndarray, "images cells"], config: Config
) -> ndarray:
    """Whether each caption is true of its image: the digit is there, and at the place named if a place is named."""
    digits, places = split_captions(numbers, config)
    here = digits[..., None] == truth
    if config.captions == "label":
        return here.any(-1)
    return (here & (places[..., None] == np.arange(len(PLACES)))).any(-1)


def fixed_and_random(
    labeller: Labeller, truth: Int[ndarray, "images cells"], fixed: int = 16, seed: int = 0
) -> dict[str, ndarray]:
    """The paper's experiment (section 4.2): some values of c, each used for all images, and a fresh c for each image.

    Returns:
        ``latents`` (fixed, size); ``same`` (fixed, images) and ``different`` (images,), the caption numbers;
        ``right_same`` and ``right_different``, whether they are true; ``histogram_same`` (fixed, 10) and
        ``histogram_different`` (10,), shares of digits.
    """
    config = labeller.captioner.config
    rng = np.random.default_rng(seed)
    latents = rng.standard_normal((fixed, config.latent_dim), dtype=np.float32)
    same = labeller(latents)
    different = labeller.one_each(rng.standard_normal((len(truth), config.latent_dim), dtype=np.float32))
    return {
        "latents": latents,
        "same": same,
        "different": different,
        "right_same": is_correct(same, truth, config),
        "right_different": is_correct(different, truth, config),
        "histogram_same": label_histogram(split_captions(same, config)[0], CLASSES),
        "histogram_different": label_histogram(split_captions(different, config)[0], CLASSES),
    }


def summary(results: dict[str, ndarray]) -> dict[str, float]:
    """The numbers of the paper's figure 3, by the names of the claim ledger."""
    accuracy = results["right_same"].mean(1)
    return {
        "accuracy_same_min": float(accuracy.min()),
        "accuracy_same_mean": float(accuracy.mean()),
        "accuracy_different": float(results["right_different"].mean()),
        "tv_same": float(total_variation_from_uniform(results["histogram_same"]).mean()),
        "tv_different": float(total_variation_from_uniform(results["histogram_different"])),
    }


def preference_histograms(labeller: Labeller, count: int, seed: int = 0) -> Float[ndarray, "count classes"]:
    """Digit histograms over all images for ``count`` random values of c."""
    rng = np.random.default_rng(seed)
    latents = rng.standard_normal((count, labeller.captioner.config.latent_dim), dtype=np.float32)
    return label_histogram(split_captions(labeller(latents), labeller.captioner.config)[0], CLASSES)


def information(labeller: Labeller, count: int = 100, seed: int = 0) -> tuple[float, float]:
    """What c decides, in bits, estimated with ``count`` random values of c on all images.

    Returns:
        I(c; digit) over images (how far c alone predicts the digit named), and the mean over images of I(c; digit | X),
        the entropy of the digits that one image gets under random c (2 bits: all four evenly; 0: c is ignored),
        corrected for the finite number of c.
    """
    rng = np.random.default_rng(seed)
    latents = rng.standard_normal((count, labeller.captioner.config.latent_dim), dtype=np.float32)
    digits = split_captions(labeller(latents), labeller.captioner.config)[0]
    per_image = entropy(label_histogram(digits.T, CLASSES), samples=count).mean()
    return float(mutual_information(label_histogram(digits, CLASSES))), float(per_image)


def words_only_floor(numbers: Int[ndarray, "latents images"], latents: Float[ndarray, "latents size"]) -> float:
    """E||c - E[c | word, X]||^2: the least squared error of a guess of c from the image and the *word* alone.

    ``numbers`` are the captions that every image got under every c (:class:`Labeller`). Of m values of c that led to
    one word in one image, the squares around their mean are summed and divided by m - 1, since a mean of few fits them
    too well; c that stand alone are left out.
    """
    squares, counted = 0.0, 0
    for said in numbers.T:
        for word in np.unique(said):
            chosen = latents[said == word].astype(float)
            if len(chosen) > 1:
                squares += len(chosen) * chosen.var(0, ddof=1).sum()
                counted += len(chosen)
    if not counted:
        raise UserError("no two values of c lead to the same word in an image: take more values of c")
    return float(squares / counted)


def whisper(captioner: Captioner, images: ndarray, count: int = 200, seed: int = 0) -> dict[str, float]:
    """How much of c reaches Q beside the word, as squared errors (3, the size of c, if nothing is known).

    Returns:
        ``words_floor``, :func:`words_only_floor` over ``count`` values of c; ``q_error``, E||c - Q||^2 on the same
        images, where Q hears sentence vectors through noise, as at the end of its training; and ``whispered``, the
        first less the second: what no word says.
    """
    rng = np.random.default_rng(seed)
    latents = rng.standard_normal((count, captioner.config.latent_dim), dtype=np.float32)
    labeller, pixels = Labeller(captioner, images), to_tensor(images)
    errors = []
    for start in range(0, count * 20, len(images)):  # the same c, so that chance in their lengths is in both numbers
        c = torch.from_numpy(latents[(start + np.arange(len(images))) % count])
        with torch.no_grad():
            vectors = captioner.generator.from_features(c, labeller.features)
            noise = torch.from_numpy(rng.standard_normal(vectors.shape, dtype=np.float32))
            heard = captioner.recovery(pixels, vectors + captioner.config.sentence_noise * noise)
        errors.append((c - heard).square().sum(1).mean().item())
    floor, error = words_only_floor(labeller(latents), latents), float(np.mean(errors))
    return {"words_floor": floor, "q_error": error, "whispered": floor - error}


def preferred_label_plane(
    labeller: Labeller, axes: tuple[int, int], side: int = 41, limit: float = 3.0
) -> Int[ndarray, "side side"]:
    """The most frequent label for every c of a plane through the origin.

    Rows follow ``axes[1]``, columns ``axes[0]``, both from -limit.
    """
    line = np.linspace(-limit, limit, side, dtype=np.float32)
    latents = np.zeros((side, side, labeller.captioner.config.latent_dim), np.float32)
    latents[..., axes[0]], latents[..., axes[1]] = line[None, :], line[:, None]
    return _preferred(labeller, latents)


def preferred_label_sphere(labeller: Labeller, side: int = 41, radius: float = 2.0) -> Int[ndarray, "side side"]:
    """The most frequent label for every c of a sphere (3-dimensional c).

    Rows are latitudes from -90 degrees, columns longitudes from -180.
    """
    latitude = np.linspace(-np.pi / 2, np.pi / 2, side)[:, None]
    longitude = np.linspace(-np.pi, np.pi, side)[None, :]
    x, y = np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude)
    z = np.broadcast_to(np.sin(latitude), x.shape)
    return _preferred(labeller, (radius * np.stack([x, y, z], -1)).astype(np.float32))


def _preferred(labeller: Labeller, latents: Float[ndarray, "rows columns size"]) -> Int[ndarray, "rows columns"]:
    digits = split_captions(labeller(latents.reshape(-1, latents.shape[-1])), labeller.captioner.config)[0]
    return label_histogram(digits, CLASSES).argmax(-1).reshape(latents.shape[:2])


def two_factors(results: dict[str, ndarray], truth: Int[ndarray, "images cells"], config: Config) -> dict[str, float]:
    """For captions that name digit and place: how right each factor is, and how far c decides it.

    The results are those of :func:`fixed_and_random`. A digit is right if the image holds it; a caption is right if the
    digit stands at the place it names.
    """
    digits, places = split_captions(results["same"], config)
    histograms = {"digit": label_histogram(digits, CLASSES), "place": label_histogram(places, len(PLACES))}
    numbers = {
        "accuracy_same_mean": float(results["right_same"].mean()),
        "accuracy_same_min": float(results["right_same"].mean(1).min()),
        "accuracy_digit": float((digits[..., None] == truth).any(-1).mean()),
    }
    for factor, histogram in histograms.items():
        numbers[f"tv_same_{factor}"] = float(total_variation_from_uniform(histogram).mean())
        numbers[f"information_{factor}"] = float(mutual_information(histogram))
    return numbers


def co_preference(histograms: Float[ndarray, "count classes"]) -> Float[ndarray, "classes classes"]:
    """How much digits are preferred by the same c: the correlation, over c, of their shares."""
    spread = histograms.std(0)
    if (spread == 0).any():
        centred = histograms - histograms.mean(0)
        scale = np.where(spread == 0, 1, spread)
        return (centred / scale).T @ (centred / scale) / len(histograms)
    return np.corrcoef(histograms.T)


def digit_confusion(
    train: Digits, test: Digits, examples: int = 300, seed: int = 0
) -> Float[ndarray, "classes classes"]:
    """Which digits look alike: the symmetrised confusion matrix of a weak classifier.

    The classifier is a logistic regression on 7 x 7 mean pixels, trained on ``examples`` digits: weak on purpose, so
    that there are confusions to count. Entry (i, j) is the mean of P(read as j | is i) and P(read as i | is j); the
    diagonal is 0.
    """
    from sklearn.linear_model import LogisticRegression

    def coarse(images: ndarray) -> ndarray:
        return images.reshape(-1, 7, 4, 7, 4).mean((2, 4)).reshape(-1, 49) / 255

    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(train.labels), size=min(examples, len(train.labels)), replace=False)
    classifier = LogisticRegression(max_iter=1000).fit(coarse(train.images[chosen]), train.labels[chosen])
    probability = classifier.predict_proba(coarse(test.images))
    confusion = np.stack([probability[test.labels == digit].mean(0) for digit in range(CLASSES)])
    confusion = (confusion + confusion.T) / 2
    np.fill_diagonal(confusion, 0)
    return confusion


def recover_latents(captioner: Captioner, images: ndarray, captions: list[str]) -> Float[ndarray, "images size"]:
    """Q's guess of c for images with captions that a person chose.

    Args:
        captioner: the trained networks.
        images: uint8 (n, 64, 64).
        captions: n captions from the vocabulary.

    Raises:
        UserError: a word is not in the vocabulary, or there are not as many captions as images.
    """
    if len(images) != len(captions):
        raise UserError(f"Expected one caption for each image; got {len(images)} images and {len(captions)} captions.")
    autoencoder = captioner.autoencoder
    with torch.no_grad():
        sentences = autoencoder.encode(autoencoder.vocabulary.encode(captions))
        return captioner.recovery(to_tensor(images), sentences).numpy()


def reuse(
    labeller: Labeller, grids: GridDigits, per_digit: int = 20, seed: int = 0
) -> tuple[Float[ndarray, " classes"], Float[ndarray, " classes"]]:
    """Predict c from one image with a chosen digit, then caption all other images with it (the paper's section 5).

    Returns:
        For each digit: the share of other images holding that digit whose caption names it under the predicted c, and
        the same under random c (chance is about 1 in 4).
    """
    rng = np.random.default_rng(seed)
    config = labeller.captioner.config
    predicted, chance = np.zeros(CLASSES), np.zeros(CLASSES)
    for digit in range(CLASSES):
        holds = np.flatnonzero((grids.labels == digit).any(1))
        examples = rng.choice(holds, size=min(per_digit, len(holds)), replace=False)
        places = (grids.labels[examples] == digit).argmax(1)
        named = config.captions == "label_and_place"
        captions = [caption(digit, int(place) if named else None) for place in places]
        latents = recover_latents(labeller.captioner, grids.images[examples], captions)
        random = rng.standard_normal(latents.shape, dtype=np.float32)
        for values, shares in ((latents, predicted), (random, chance)):
            digits = split_captions(labeller(values), config)[0]
            others = np.ones_like(digits, bool)
            others[np.arange(len(examples)), examples] = False
            shares[digit] = (digits == digit)[:, holds][others[:, holds]].mean()
    return predicted, chance
