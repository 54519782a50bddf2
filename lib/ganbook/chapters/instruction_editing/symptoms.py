"""Symptoms of an editor: numbers that tell the ways in which it goes wrong apart."""

import numpy as np
from jaxtyping import UInt8
from numpy import ndarray

from ganbook.chapters.instruction_editing.analysis import drawn
from ganbook.chapters.instruction_editing.inference import Editor, StateReader
from ganbook.data import DigitEdits
from ganbook.data.edits import DIRECTED, Instruction, State, allowed, apply, states
from ganbook.metrics import ssim


def measure(editor: Editor, triples: DigitEdits, reader: StateReader, n: int = 200, seed: int = 0) -> dict[str, float]:
    """How right, how obedient and how varied its pictures are.

    On ``n`` digits of ``triples`` in random boxes, each with two different instructions.

    Returns:
        ``likeness``, the mean SSIM of the pictures with the true results; ``box_right`` and ``digit_right``, the shares
        of pictures of which the judge ``reader`` reads place and size, and the digit, as they should be; and how much
        pictures differ, relative to how much the true ones do: ``by_instruction`` (same source, other instruction),
        ``by_noise`` (the same, but other z; 0 in truth, so relative to what the instruction should change) and
        ``variety`` (standard deviation of each pixel over all pictures).
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
