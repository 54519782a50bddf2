"""What the trained editors do: how right their pictures are, what they leave alone, what their vectors mean."""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8
from numpy import ndarray

from ganbook.chapters.masked_editing.inference import AttributeReader, Edited, Editor, shown
from ganbook.data.avatar_edits import EditBatch
from ganbook.data.avatar_language import instruct
from ganbook.data.avatar_words import COMPARATIVES
from ganbook.data.avatars import KINDS
from ganbook.metrics import bootstrap_interval, ssim

PAPERS_OPPOSITES = (
    ("delete the lips making the mouth totally plane", "put the lips making the mouth totally plane"),
    ("put a more pronunciated nose, remove the nose holes", "put a less pronunciated nose, remove the nose holes"),
    ("put transparent lenses on the face", "put dark lenses on the face"),
    ("make his mouth thicker", "make his mouth thiner"),
    ("make his beard small", "make his beard large"),
)
"""The five pairs of figure 16, as printed."""

SHORT = {"face shape": "face", "eye shape": "eyes", "iris": "irises"}
"""What kinds are called in a sentence, where it is not their name."""

Pictures = UInt8[ndarray, "n side side 3"]


def changed(source: Pictures, target: Pictures) -> Bool[ndarray, "n side side"]:
    """Where pictures differ in any colour."""
    return (source != target).any(-1)


def off_target(made: Pictures, source: Pictures, target: Pictures) -> Float[ndarray, " n"]:
    """Mean absolute change of each picture where nothing should change, 0 to 1."""
    kept = ~changed(source, target)
    change = np.abs(made.astype(np.float32) - source).mean(-1) / 255  # (n, side, side)
    return (change * kept).sum((1, 2)) / np.maximum(kept.sum((1, 2)), 1)


def on_target(made: Pictures, source: Pictures, target: Pictures) -> Float[ndarray, " n"]:
    """Mean absolute error of each picture where it should change, as a share of that of doing nothing: 0 is right."""
    region = changed(source, target)[..., None]
    error, before = (np.abs(each.astype(np.float32) - target) * region for each in (made, source))
    return error.sum((1, 2, 3)) / np.maximum(before.sum((1, 2, 3)), 1)


def mask_iou(masks: Float[ndarray, "n side side"], source: Pictures, target: Pictures) -> Float[ndarray, " n"]:
    """Intersection over union of the region that a mask lets go (below 0.5) and the one that changes."""
    ours, true = masks < 0.5, changed(source, target)
    return (ours & true).sum((1, 2)) / np.maximum((ours | true).sum((1, 2)), 1)


def mask_values(
    masks: Float[ndarray, "n side side"], source: Pictures, target: Pictures
) -> tuple[Float[ndarray, " n"], Float[ndarray, " n"]]:
    """Mean value of each mask inside the region that changes, where 0 is right, and outside it, where 1 is right."""
    inside = changed(source, target)
    return tuple((masks * region).sum((1, 2)) / np.maximum(region.sum((1, 2)), 1) for region in (inside, ~inside))


def moved(chances: dict[str, Float[ndarray, "n values"]], edits: EditBatch) -> Bool[ndarray, " n"]:
    """Whether the judge finds the named attribute's new value more likely than its old one."""
    names, found = list(KINDS), []
    for row, kind in enumerate(edits.kind.tolist()):
        of_kind = chances[names[kind]][row]
        before, after = int(edits.source_attributes[row, kind]), int(edits.target_attributes[row, kind])
        found.append(of_kind[after] > of_kind[before])
    return np.array(found)


def named_right(read: Int[ndarray, "n 14"], edits: EditBatch) -> Bool[ndarray, " n"]:
    """Whether the named attribute is read as the target's value, of all that there are."""
    rows, kinds = np.arange(len(read)), edits.kind.numpy()
    return (read == edits.target_attributes.numpy())[rows, kinds]


def others_kept(read: Int[ndarray, "n 14"], edits: EditBatch) -> Float[ndarray, " n"]:
    """The share of the 13 other attributes that are read as they were."""
    same = read == edits.source_attributes.numpy()
    same[np.arange(len(read)), edits.kind.numpy()] = False
    return same.sum(1) / (len(KINDS) - 1)


def reading_numbers(reader: AttributeReader, edits: EditBatch) -> dict[str, float]:
    """How often the judge reads each kind of attribute of the targets right, and the least of these shares."""
    right = (reader(shown(edits.target)) == edits.target_attributes.numpy()).mean(0)
    shares = {f"judge_{kind.replace(' ', '_')}": float(share) for kind, share in zip(KINDS, right)}
    return shares | {"judge_mean": float(right.mean()), "judge_least": float(right.min())}


def edit_numbers(
    editor: Editor, edits: EditBatch, reader: AttributeReader | None = None, seed: int = 0
) -> dict[str, float]:
    """How right an editor's pictures are on triples.

    Returns:
        ``ssim`` with the targets and ``ssim_identity`` with the sources when nothing is said; ``off_target`` and
        ``on_target`` as the functions say; of an editor with SIM ``mask_iou``, ``mask_inside`` and ``mask_outside``
        (see :func:`mask_values`); with a judge ``named`` (see :func:`moved`), ``named_exact`` and ``others_kept``.
    """
    made, source, target = editor.answer(edits, seed), shown(edits.source), shown(edits.target)
    unsaid = editor(source, [None] * len(source), seed)
    numbers = {
        "ssim": ssim(made.pictures, target),
        "ssim_identity": ssim(unsaid, source),
        "off_target": off_target(made.pictures, source, target),
        "on_target": on_target(made.pictures, source, target),
    }
    if made.masks is not None:
        numbers |= mask_numbers(made.masks, source, target)
    if reader is not None:
        numbers |= readings(reader, made.pictures, edits)
    return {name: float(values.mean()) for name, values in numbers.items()}


def mask_numbers(
    masks: Float[ndarray, "n side side"], source: Pictures, target: Pictures
) -> dict[str, Float[ndarray, " n"]]:
    """``mask_iou``, ``mask_inside`` and ``mask_outside`` of each mask."""
    inside, outside = mask_values(masks, source, target)
    return {"mask_iou": mask_iou(masks, source, target), "mask_inside": inside, "mask_outside": outside}


def readings(reader: AttributeReader, pictures: Pictures, edits: EditBatch) -> dict[str, ndarray]:
    """What the judge says of each picture: whether the named attribute moved, is right, and which others stayed."""
    read = reader(pictures)
    return {
        "named": moved(reader.chances(pictures), edits),
        "named_exact": named_right(read, edits),
        "others_kept": others_kept(read, edits),
    }


def comparison(
    sim: Editor, plain: Editor, edits: EditBatch, reader: AttributeReader, seed: int = 0
) -> dict[str, float]:
    """The editor with SIM beside the one without, on the same triples; beside both doing nothing, and the true targets.

    Names end in ``_sim``, ``_plain``, ``_do_nothing`` and ``_target``. ``ssim_gain`` is the mean of the differences
    sim - plain, with the 95 % interval ``ssim_gain_low`` to ``ssim_gain_high``; triples are of different avatars, so
    they are drawn independently.
    """
    source, target = shown(edits.source), shown(edits.target)
    made = {"sim": sim.answer(edits, seed), "plain": plain.answer(edits, seed)}
    made |= {"do_nothing": Edited(source, None), "target": Edited(target, None)}
    likeness = {name: ssim(each.pictures, target) for name, each in made.items()}
    gain = likeness["sim"] - likeness["plain"]
    low, high = bootstrap_interval(gain)
    numbers = {"ssim_gain": float(gain.mean()), "ssim_gain_low": low, "ssim_gain_high": high}
    for name, each in made.items():
        values = {"ssim": likeness[name], **readings(reader, each.pictures, edits)}
        values["off_target"] = off_target(each.pictures, source, target)
        values["on_target"] = on_target(each.pictures, source, target)
        numbers |= {f"{key}_{name}": float(value.mean()) for key, value in values.items()}
    of_masks = mask_numbers(made["sim"].masks, source, target)
    return numbers | {name: float(values.mean()) for name, values in of_masks.items()}


def opposite_cosines(editor: Editor, pairs: Sequence[tuple[str, str]] = PAPERS_OPPOSITES) -> Float[ndarray, " pairs"]:
    """Cosines of the vectors of instructions and their opposites (figure 16)."""
    first, second = (editor.instruction_vectors(list(sentences)) for sentences in zip(*pairs))
    return (first * second).sum(1)


class Said(NamedTuple):
    """Sentences about random pairs of values, row by row, as the grammar writes them without slips.

    Attributes:
        there: lead from the first value to the second.
        again: the same, in other words if there are any.
        back: the opposite, from the second value to the first.
        other: about another kind of attribute.
    """

    there: list[str]
    again: list[str]
    back: list[str]
    other: list[str]


def said(n: int = 500, forms: int | None = None, seed: int = 0) -> Said:
    """Draw sentences from the first ``forms`` surface forms of each kind, or from all."""
    random, rows = Random(seed), []
    for _ in range(n):
        kind, other = random.sample(list(KINDS), 2)
        first, second = random.sample(range(len(KINDS[kind])), 2)
        elsewhere = random.sample(range(len(KINDS[other])), 2)
        told = ((kind, first, second), (kind, first, second), (kind, second, first), (other, *elsewhere))
        gender = random.choice(list(KINDS["gender"]))
        rows.append([instruct(*each, gender, random, forms=forms, typos=0.0).text for each in told])
    return Said(*map(list, zip(*rows)))


def vector_numbers(editor: Editor, n: int = 500, seed: int = 0) -> dict[str, float]:
    """What instruction vectors mean to each other: mean cosines, in as many surface forms as the editor has learned.

    Returns:
        ``cos_same`` of two sentences for one change, ``cos_opposites`` of a change and its opposite, ``cos_unrelated``
        of changes of different kinds (:func:`said`); ``cos_paper`` of the paper's five pairs and ``cos_grammar`` of
        :func:`grammar_opposites`. Names that end in ``_first``: in the first surface form, which all editors know.
    """
    there, again, back, other = map(editor.instruction_vectors, said(n, editor.config.forms, seed))
    first, _, first_back, first_other = map(editor.instruction_vectors, said(n, 1, seed))
    return {
        "cos_opposites_first": float((first * first_back).sum(1).mean()),
        "cos_unrelated_first": float((first * first_other).sum(1).mean()),
        "cos_same": float((there * again).sum(1).mean()),
        "cos_opposites": float((there * back).sum(1).mean()),
        "cos_unrelated": float((there * other).sum(1).mean()),
        "cos_paper": float(opposite_cosines(editor).mean()),
        "cos_grammar": float(opposite_cosines(editor, grammar_opposites()).mean()),
    }


def grammar_opposites() -> list[tuple[str, str]]:
    """A pair of sentences for each measure that goes up or down, such as a wider and a narrower nose."""
    pairs = []
    for kind, words in COMPARATIVES.items():
        for measure, _ in (trend for trend in words if trend[1] == 1):
            up, down = words[measure, 1][0], words[measure, -1][0]
            pairs.append(tuple(f"make the {SHORT.get(kind, kind)} {word}" for word in (up, down)))
    return list(dict.fromkeys(pairs))


def phases_to_level(curves: dict[str, list], level: float) -> int | None:
    """The first phase after which SSIM on the development set was at least ``level``; None if it never was.

    ``curves`` are those of a run, see :func:`ganbook.training.read_curves`.
    """
    looks = zip(curves["phase"], curves["dev_ssim"])
    return next((round(phase) for phase, likeness in looks if phase is not None and likeness >= level), None)
