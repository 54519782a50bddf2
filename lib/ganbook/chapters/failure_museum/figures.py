"""The figures and tables of the museum: data in, the figure with its caption and an alt text made from the data out."""

from collections.abc import Mapping, Sequence

import numpy as np
from IPython.display import HTML, Markdown
from jaxtyping import Int, UInt8
from numpy import ndarray

from ganbook import viz

Curves = Mapping[str, Sequence[float]]
"""What :func:`ganbook.training.read_curves` gives."""

CAPTIONER_SYMPTOMS = {
    "right_known": "true, training images",
    "right_new": "true, new images",
    "said": "bits said",
    "by_c": "told by c",
    "by_c_in_image": "decided by c",
    "words_floor": "words-only floor",
    "q_error": "Q's error",
}
EDITOR_SYMPTOMS = {
    "likeness": "SSIM",
    "box_right": "box right",
    "digit_right": "digit right",
    "by_instruction": "changed by the instruction",
    "by_noise": "changed by z",
    "variety": "variety",
}


def chart(patients: Mapping[str, Mapping[str, float]]) -> Markdown:
    """A table of symptoms, a row for each patient; captioners and editors have columns of their own."""
    kinds = (CAPTIONER_SYMPTOMS, EDITOR_SYMPTOMS)
    columns = next(kind for kind in kinds if all(kind.keys() <= symptoms.keys() for symptoms in patients.values()))
    rows = [[name, *(f"{symptoms[each]:.2f}" for each in columns)] for name, symptoms in patients.items()]
    head = ["", *columns.values()]
    return Markdown(viz.markdown_table(head, rows))


def digits_named(
    images: UInt8[ndarray, "n height width"],
    truth: Int[ndarray, "n cells"],
    named: Int[ndarray, "latents n"],
    caption: str,
) -> HTML:
    """Images with what one captioner says of them, a digit for each c; a false one in brackets."""
    words = [" ".join(str(d) if d in cells else f"({d})" for d in said) for said, cells in zip(named.T, truth)]
    count = {6: "Six"}.get(len(images), len(images))
    return viz.show(
        viz.image_grid,
        images,
        words,
        alt=f"{count} images and the digits named for each under {'four' if len(named) == 4 else len(named)} c: "
        f"{'; '.join(words)}. Digits that the image does not hold are in brackets.",
        caption=caption,
    )


def losses(runs: Mapping[str, Curves], caption: str) -> HTML:
    """The losses of D and G."""
    return _curves(runs, {"d_loss": "D", "g_loss": "G"}, caption)


def answers(runs: Mapping[str, Curves], caption: str) -> HTML:
    """D's mean answers for real pictures with the right and with a wrong condition, and for generated ones."""
    kinds = {"y_real_right": "real", "y_real_wrong": "real, wrong condition", "y_fake_right": "generated"}
    return _curves(runs, kinds, caption, "D's answer (1: real)")


def classifier_losses(runs: Mapping[str, Curves]) -> HTML:
    """What the classifiers on D pay, for real and for generated pictures."""
    whose = ", and ".join(runs)
    caption = (
        "What the classifiers on D pay, over digit, x, y, width and height, for real and for generated pictures: "
        f"{whose}."
    )
    return _curves(runs, {"label_loss_real": "real", "label_loss_fake": "generated"}, caption)


def mask_losses(runs: Mapping[str, Curves], caption: str, ones: float | None = None) -> HTML:
    """What the masks of editors pay, and if it is given what a mask of ones would pay."""
    if ones is not None:
        steps = next(iter(runs.values()))["step"]
        runs = {**runs, "of ones": {"step": steps, "mask_loss": [ones] * len(steps)}}
    return _curves(runs, {"mask_loss": "mask"}, caption, "squared error of the mask", digits=3)


def places_right(runs: Mapping[str, Curves]) -> HTML:
    """On which share of pictures the judge reads the place that was asked for."""
    caption = f"Share of pictures with the right place, as the judge reads them: {', and '.join(runs)}."
    return _looks(runs, "place_right", "right places", caption)


def painters_kid(runs: Mapping[str, Curves]) -> HTML:
    """How far the largest pictures are from real ones."""
    caption = f"Distance of the last stage's pictures from real scenes: {', and '.join(runs)}."
    return _looks(runs, "kid_3", "1,000 KID", caption, log=True)


def moves_left(runs: Mapping[str, Curves]) -> HTML:
    """What networks that answer motions leave of a move."""
    caption = f"What is left of a move, as a share of its square (1: no edit): {', and '.join(runs)}."
    return _curves(runs, {"loss": "left"}, caption, "left of the move")


MOTION_SYMPTOMS = {
    "latent_error": "left of a move",
    "latent_error_1": "told one motion of 256",
    "latent_error_untold": "told none, towards the middle",
    "drag_cosine": "cosine of way and arrow",
    "drag_slope": "way gone over way asked",
    "anchor_motion": "held places go, over free",
    "colour_change": "change of a class's colour",
}


def motion_chart(patients: Mapping[str, Mapping[str, float]]) -> Markdown:
    """A table of symptoms of networks that answer motions, a row for each."""
    rows = [[words, *(f"{each[key]:.2f}" for each in patients.values())] for key, words in MOTION_SYMPTOMS.items()]
    return Markdown(viz.markdown_table(["", *patients], rows))


def _looks(runs: Mapping[str, Curves], value: str, label: str, caption: str, log: bool = False) -> HTML:
    """What was measured at some steps only, named by run; as long as the shortest run."""
    found = {name: [each for each in curves[value] if each is not None] for name, curves in runs.items()}
    first, *_ = runs.values()
    steps = [step for step, each in zip(first["step"], first[value]) if each is not None]
    rows = min(map(len, found.values()))
    series = {name: values[:rows] for name, values in found.items()}
    ends = "; ".join(f"{name} {values[-1]:,.2f}" for name, values in series.items())
    alt = f"{label.capitalize()} over {steps[rows - 1]:,.0f} steps. At the end: {ends}."
    return viz.show(viz.curves, series, steps[:rows], "step", label, log, alt=alt, caption=caption)


def _curves(
    runs: Mapping[str, Curves], values: Mapping[str, str], caption: str, unit: str = "loss (nats)", digits: int = 2
) -> HTML:
    """The same curves of one or several runs, named by run if there are several; as long as the shortest run."""
    rows = min(len(curves["step"]) for curves in runs.values())
    series = {
        label + f", {name}" * (len(runs) > 1): curves[value][:rows]
        for name, curves in runs.items()
        for value, label in values.items()
    }
    ends = "; ".join(f"{name} {np.mean(numbers[-5:]):.{digits}f}" for name, numbers in series.items())
    steps = next(iter(runs.values()))["step"][:rows]
    alt = f"Curves over the training. At the end: {ends}."
    return viz.show(viz.curves, series, steps, "step", unit, alt=alt, caption=caption)


def edited(drawings: Mapping[str, UInt8[ndarray, "n side side"]], sentences: Sequence[str], number: int) -> HTML:
    """Triples, and what the healthy editor and patient ``number`` make of them, the pictures of each kind by name."""
    return viz.show(
        viz.examples,
        np.stack(list(drawings.values()), axis=1),
        sentences,
        list(drawings),
        alt="Six instructions, each with source, target, the healthy editor's picture and that of "
        f"patient {number}: {'; '.join(sentences)}.",
        caption=f"Six test triples: source, target, and what the healthy editor and patient {number} make of source "
        "and instruction.",
    )
