"""Studies of the page: parts of the data to look at, edits by kind, masks under other words, runs compared, chains."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from numpy import ndarray
from torch import Tensor

from ganbook.chapters.masked_editing.analysis import Pictures, changed, mask_iou, phases_to_level
from ganbook.chapters.masked_editing.inference import AttributeReader, Editor, shown
from ganbook.data.avatar_edits import AvatarEdits, EditBatch
from ganbook.data.avatar_language import instruct
from ganbook.data.avatars import COUNTS, KINDS, looks, portrait, render

NEAR = 0.95
"""The level of :func:`common_level`, as a share of what the poorer run reaches."""

# Pictures to look at


def drawn(
    attributes: Int[Tensor, "n 14"], skin: Float[Tensor, "n 3"], hair: Float[Tensor, "n 3"], side: int
) -> Pictures:
    """Portraits as pictures."""
    return shown(render(looks(attributes, skin, hair), portrait(len(attributes)), side).pictures)


def variations(test: AvatarEdits, row: int, kind: str, side: int) -> Pictures:
    """The source avatar of a triple with each value of a kind."""
    column = list(KINDS).index(kind)
    attributes = test.source[row].repeat(COUNTS[column], 1)
    attributes[:, column] = torch.arange(COUNTS[column])
    return drawn(attributes, *(each[row].repeat(len(attributes), 1) for each in (test.skin, test.hair)), side)


def one_of_each_kind(edits: EditBatch) -> list[int]:
    """The first triple of each kind of attribute, as far as there is one, in the order of the kinds."""
    kinds = edits.kind.tolist()
    return [kinds.index(kind) for kind in range(len(KINDS)) if kind in kinds]


def change_map(made: Pictures, source: Pictures, brightest: float = 0.25) -> UInt8[ndarray, "n side side 3"]:
    """Mean absolute change of each pixel as grey: black for none, white for ``brightest`` (of 1) and more."""
    change = np.abs(made.astype(np.float32) - source).mean(-1) / 255 / brightest
    return grey(change)


def grey(maps: Float[ndarray, "n side side"]) -> UInt8[ndarray, "n side side 3"]:
    """Maps of values from 0 (black) to 1 (white) as pictures; what is beyond is clipped."""
    values = (255 * np.clip(maps, 0, 1)).round().astype(np.uint8)
    return np.repeat(values[..., None], 3, axis=-1)


# What is edited right


def by_kind(values: Sequence[float] | ndarray, edits: EditBatch) -> dict[str, float]:
    """The mean over the triples of each kind of attribute, and over all triples ("all")."""
    kinds, values = edits.kind.numpy(), np.asarray(values, dtype=float)
    means = {kind: float(values[kinds == number].mean()) for number, kind in enumerate(KINDS) if number in kinds}
    return means | {"all": float(values.mean())}


# What the mask generator looks at


@torch.no_grad()
def masks_of(editor: Editor, pictures: Pictures, instructions: Sequence[str]) -> Float[ndarray, "n side side"]:
    """The masks that an editor with SIM makes for pictures and sentences."""
    return editor.edit(pictures, list(instructions)).masks


def usual_regions(edits: EditBatch, bounds: Sequence[float] = (0.1, 0.2, 0.3, 0.4, 0.5)) -> dict[int, ndarray]:
    """Where each kind of attribute usually changes: the pixels that do so in at least a share of its triples.

    Returns:
        bool (side, side), by number of the kind; of the ``bounds`` the one whose region fits these triples best.
    """
    kinds, true = edits.kind.numpy(), changed(shown(edits.source), shown(edits.target))
    found = {}
    for kind in np.unique(kinds).tolist():
        mine = true[kinds == kind]
        regions = [mine.mean(0) >= bound for bound in bounds]
        fits = [((mine & each).sum((1, 2)) / np.maximum((mine | each).sum((1, 2)), 1)).mean() for each in regions]
        found[kind] = regions[int(np.argmax(fits))]
    return found


def iou_with_others(
    editor: Editor, edits: EditBatch, sentences: Sequence[str], usual: Mapping[int, ndarray]
) -> dict[str, float]:
    """How well masks fit the true change if the generator sees the right input, or the wrong half of it.

    Args:
        usual: see :func:`usual_regions`; a kind that is not there changes nowhere.

    Returns:
        mean intersection over union with the "own" picture and sentence, with the sentence of another triple ("other
        sentence") or the picture of another ("other picture"). Beside them masks that look at nothing: the mean of all
        own ones ("same for all"), one that holds everything back ("everything"), and what usually changes for the kind
        of attribute ("usual for kind").
    """
    source, target = shown(edits.source), shown(edits.target)
    own = masks_of(editor, source, sentences)
    masks = {
        "own": own,
        "other sentence": masks_of(editor, source, [*sentences[1:], sentences[0]]),
        "other picture": masks_of(editor, np.roll(source, -1, axis=0), sentences),
        "same for all": np.repeat(own.mean(0, keepdims=True), len(own), axis=0),
        "everything": np.zeros_like(own),
        "usual for kind": 1.0 - np.stack([usual.get(kind, np.zeros_like(own[0])) for kind in edits.kind.tolist()]),
    }
    return {name: float(mask_iou(each, source, target).mean()) for name, each in masks.items()}


def mean_masks(
    masks: Float[ndarray, "n side side"], edits: EditBatch
) -> dict[str, tuple[Float[ndarray, "side side"], Float[ndarray, "side side"]]]:
    """For each kind of attribute, what the true masks hold back on average, and what these do; 1 is always."""
    kinds, true = edits.kind.numpy(), changed(shown(edits.source), shown(edits.target))
    return {
        kind: (true[kinds == number].mean(0), 1 - masks[kinds == number].mean(0))
        for number, kind in enumerate(KINDS)
        if number in kinds
    }


# Runs compared


def looks_of(curves: Mapping[str, Sequence], name: str) -> tuple[list[int], list[float]]:
    """The phases after which a run looked at the development set, and what it found under this name."""
    found = [
        (round(phase), value) for phase, value in zip(curves["phase"], curves[name]) if phase is not None and phase > 0
    ]
    return [phase for phase, _ in found], [value for _, value in found]


def common_level(runs: Sequence[Mapping[str, Sequence]]) -> float:
    """An SSIM on the development set that all runs reach: ``NEAR`` times the best of the run whose best is lowest."""
    return NEAR * min(max(looks_of(curves, "dev_ssim")[1]) for curves in runs)


def phases_to_common_level(runs: Mapping[str, Mapping[str, Sequence]]) -> tuple[float, dict[str, int]]:
    """The :func:`common_level` of runs, and the phase after which each was there first."""
    level = common_level(list(runs.values()))
    return level, {name: phases_to_level(curves, level) for name, curves in runs.items()}


# Chains of edits


class Chain(NamedTuple):
    """Several instructions for each of n avatars, each about another kind of attribute.

    Attributes:
        start: the avatars.
        told: (steps, n), the sentences.
        truth: (steps, n, side, side, 3), what each avatar should then look like.
        kinds: (steps, n), what each sentence is about, an index into ``KINDS``.
        attributes: (n, 14), of the start.
    """

    start: Pictures
    told: list[list[str]]
    truth: UInt8[ndarray, "steps n side side 3"]
    kinds: Int[ndarray, "steps n"]
    attributes: Int[ndarray, "n 14"]


def chain_of(test: AvatarEdits, n: int, steps: int, seed: int = 0) -> Chain:
    """Chains that begin at the first n source avatars, in the words of the grammar, without slips."""
    random, names = Random(seed), list(KINDS)
    kinds = np.array([random.sample(range(len(names)), steps) for _ in range(n)]).T
    attributes, colours = test.source[:n].clone(), (test.skin[:n], test.hair[:n])
    start, told, truth = drawn(attributes, *colours, test.side), [], []
    for of_step in kinds.tolist():
        sentences = []
        for row, kind in enumerate(of_step):
            old = int(attributes[row, kind])
            new = (old + random.randrange(1, COUNTS[kind])) % COUNTS[kind]
            gender = list(KINDS["gender"])[int(attributes[row, 0])]
            sentences.append(instruct(names[kind], old, new, gender, random, typos=0.0).text)
            attributes[row, kind] = new
        told.append(sentences)
        truth.append(drawn(attributes, *colours, test.side))
    return Chain(start, told, np.stack(truth), kinds, test.source[:n].numpy())


def follow(editor: Editor, chain: Chain, seed: int = 0) -> UInt8[ndarray, "steps n side side 3"]:
    """What an editor makes of a chain, each instruction given to its own last picture."""
    pictures, made = chain.start, []
    for step, sentences in enumerate(chain.told):
        pictures = editor(pictures, sentences, seed + step)
        made.append(pictures)
    return np.stack(made)


def touched(chain: Chain) -> Bool[ndarray, "steps n side side"]:
    """Where the true pictures have changed up to each step."""
    before = np.concatenate([chain.start[None], chain.truth[:-1]])
    return np.logical_or.accumulate([changed(*pair) for pair in zip(before, chain.truth)])


def changed_outside(chain: Chain, made: UInt8[ndarray, "steps n side side 3"]) -> Float[ndarray, "steps n"]:
    """Mean absolute change from the first picture where nothing was to change so far, 0 to 1."""
    left = ~touched(chain)
    change = np.abs(made.astype(np.float32) - chain.start).mean(-1) / 255  # (steps, n, side, side)
    return (change * left).sum((2, 3)) / np.maximum(left.sum((2, 3)), 1)


def untold_kept(
    chain: Chain, made: UInt8[ndarray, "steps n side side 3"], reader: AttributeReader
) -> Float[ndarray, "steps n"]:
    """The share of attributes not yet spoken of that the judge reads as they were, after each step."""
    shares, spoken = [], np.zeros(chain.attributes.shape, dtype=bool)
    for of_step, pictures in zip(chain.kinds, made):
        spoken[np.arange(len(of_step)), of_step] = True
        right = (reader(pictures) == chain.attributes) & ~spoken
        shares.append(right.sum(1) / (~spoken).sum(1))
    return np.stack(shares)


# Numbers over training seeds

OF_EDITORS = ("ssim", "ssim_identity", "off_target", "on_target", "named", "named_exact", "others_kept")
OF_VECTORS = {"cos_same": "cos_same_free", "cos_opposites": "cos_opposites_free", "cos_unrelated": "cos_unrelated_free"}

OVER_SEEDS = (
    *(f"{name}_{run}" for name in OF_EDITORS for run in ("sim", "plain")),
    *("ssim_gain", "mask_iou", "mask_inside", "mask_outside", "level", "phases_to_level_sim", "phases_to_level_plain"),
    *(*OF_VECTORS.values(), "cos_paper", "cos_grammar"),
)
"""Numbers of a pair of editors, with SIM and without, that are compared over training seeds."""


def numbers_of_pair(
    sim: Mapping[str, float], plain: Mapping[str, float], curves: Mapping[str, Mapping[str, Sequence]]
) -> dict[str, float]:
    """The numbers of the claim table for the two editors of a training seed.

    Args:
        sim, plain: what the recipe measured, with SIM and without; without a judge there, its numbers are left out.
        curves: of both runs.
    """
    pair = {"sim": sim, "plain": plain}
    numbers = {f"{name}_{run}": pair[run][name] for run in pair for name in OF_EDITORS if name in pair[run]}
    level, phases = phases_to_common_level(curves)
    return numbers | {
        "ssim_gain": sim["ssim"] - plain["ssim"],
        **{name: sim[name] for name in ("mask_iou", "mask_inside", "mask_outside", "cos_paper", "cos_grammar")},
        "level": level,
        **{f"phases_to_level_{run}": phases[run] for run in pair},
        **{name: sim[key] for key, name in OF_VECTORS.items()},
    }
