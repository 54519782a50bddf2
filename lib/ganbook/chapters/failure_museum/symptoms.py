"""Symptoms: numbers that tell the ways in which a conditional generator goes wrong apart, for both models of the museum."""

import numpy as np
from jaxtyping import Int, UInt8
from numpy import ndarray

from ganbook.data import GridDigits
from ganbook.data.digit_edits import DigitEdits
from ganbook.data.edits import DIRECTED, Instruction, State, allowed, apply, states
from ganbook.chapters.instruction_editing.analysis import drawn
from ganbook.chapters.instruction_editing.inference import Editor, StateReader
from ganbook.chapters.latent_captions.analysis import CLASSES, Captioner, Labeller, is_correct, whisper
from ganbook.metrics import entropy, label_histogram, mutual_information, ssim


def bits_of(digits: Int[ndarray, "latents images"]) -> dict[str, float]:
    """Who decides which digit is named, in bits, from the digits (0 .. 9) that are named for every pair of a c and an image.

    Returns:
        ``said``, the entropy of all digits named (at most log2 10 = 3.32); ``by_c`` = I(c; digit), what c tells about the digit if the image
        is not known; and ``by_c_in_image`` = I(c; digit | image), what c decides once the image is fixed (2 if it chooses evenly among four),
        corrected for the finite number of c. Captions that name no digit (-1) are one class more.
    """
    histograms = label_histogram(digits, CLASSES)
    return {
        "said": float(entropy(histograms.mean(0))),
        "by_c": float(mutual_information(histograms)),
        "by_c_in_image": float(entropy(label_histogram(digits.T, CLASSES), samples=len(digits)).mean()),
    }


def of_captioner(captioner: Captioner, known: GridDigits, new: GridDigits, latents: int = 64, seed: int = 0) -> dict[str, float]:
    """Symptoms of a captioner: ``bits_of`` on new images, and the share of true captions for ``known`` (training) and ``new`` images.

    The captions are those of ``latents`` random c, each given to all images. ``words_floor``, ``q_error`` and ``whispered`` (see
    :func:`ganbook.chapters.latent_captions.analysis.whisper`) are measured on training images, since Q has learnt from these.
    """
    c = np.random.default_rng(seed).standard_normal((latents, captioner.config.latent_dim), dtype=np.float32)
    said = {name: Labeller(captioner, grids.images)(c) for name, grids in (("known", known), ("new", new))}
    right = {f"right_{name}": float(is_correct(said[name], grids.labels, captioner.config).mean()) for name, grids in (("known", known), ("new", new))}
    return right | bits_of(said["new"]) | whisper(captioner, known.images[:100], count=2 * latents, seed=seed)


def of_editor(editor: Editor, triples: DigitEdits, reader: StateReader, n: int = 200, seed: int = 0) -> dict[str, float]:
    """Symptoms of an editor, on ``n`` digits of ``triples`` in random boxes, each with two different instructions.

    Returns:
        ``likeness``, the mean SSIM of the pictures with the true results; ``box_right`` and ``digit_right``, the shares of pictures of which
        the judge ``reader`` reads place and size, and the digit, as they should be; and how much pictures differ, relative to how much the
        true ones do: ``by_instruction`` (same source, other instruction), ``by_noise`` (the same, but other z; 0 in truth, so relative to
        what the instruction should change) and ``variety`` (standard deviation of each pixel over all pictures).
    """
    rng = np.random.default_rng(seed)
    samples = rng.permutation(len(triples.labels))[:n]
    labels = triples.labels[samples].tolist()
    befores = [states(label)[1:][rng.integers(len(states(label)) - 1)] for label in labels]
    told = [_two_instructions(state, rng) for state in befores]
    source = drawn(triples, samples, befores)
    made, true, right = [], [], []
    for instructions in zip(*told):
        afters = [apply(each, state) for each, state in zip(instructions, befores)]
        made.append(editor(source, list(instructions), seed))
        true.append(drawn(triples, samples, afters))
        right.append(reader(made[-1]) == np.array(afters))
    return {
        "likeness": float(ssim(np.concatenate(made), np.concatenate(true)).mean()),
        "box_right": float(np.concatenate(right)[:, 1:].all(1).mean()),
        "digit_right": float(np.concatenate(right)[:, 0].mean()),
        "by_instruction": _difference(*made) / _difference(*true),
        "by_noise": _difference(made[0], editor(source, [first for first, _ in told], seed + 1)) / _difference(*true),
        "variety": _spread(np.concatenate(made)) / _spread(np.concatenate(true)),
    }


def _two_instructions(state: State, rng: np.random.Generator) -> list[Instruction]:
    choices = [each for each in allowed(state) if each.action in DIRECTED]
    return [choices[number] for number in rng.choice(len(choices), 2, replace=False)]


def _difference(first: UInt8[ndarray, "n side side"], second: UInt8[ndarray, "n side side"]) -> float:
    return float(np.abs(first.astype(float) - second).mean())


def _spread(pictures: UInt8[ndarray, "n side side"]) -> float:
    return float(pictures.std(0).mean())
