"""Sentences and tables of the page that say numbers, or depend on them: no number in the text is typed."""

from collections.abc import Mapping, Sequence

import numpy as np
from IPython.display import Markdown
from jaxtyping import Float
from numpy import ndarray

from ganbook import viz
from ganbook.chapters.instruction_editing.config import Config
from ganbook.chapters.instruction_editing.figures import Curves
from ganbook.data.edits import DIRECTED
from ganbook.metrics import bootstrap_interval

# Which models


def not_here(variant: str, profile: str) -> Markdown:
    """In place of a study whose model is not in this copy."""
    return Markdown(
        f"*No checkpoint of `{variant}` for profile {profile} and the digits of the editor comes with this copy of "
        "the book: this part shows and records nothing.*"
    )


def loaded(used: Mapping[str, Mapping], digits: str, seed: int) -> Markdown:
    """Which models the page uses, by what they are called; ``the editor`` is one of them."""
    models = ", ".join(f"{name} (trained on {found['data']}, seed {found['seed']})" for name, found in used.items())
    text, of_editor = f"Loaded: {models}. Test digits: {digits}.", used["the editor"]["seed"]
    if of_editor != seed:
        text += (
            f" **No editor of seed {seed} comes with the book for these digits: the one of seed {of_editor} is used, "
            f"and seed {seed} only draws the triples.**"
        )
    return Markdown(text)


def shipped_run(run: Mapping, used: Config, paper: Config) -> Markdown:
    """How the shipped model was trained, beside the paper."""
    return Markdown(
        f"The model of this chapter was trained by `ganbook train` at profile `{run['profile']}` with seed "
        f"{run['seed']}: {run['step']:,} of {used.steps:,} steps of {used.batch_size} triples in {run['minutes']:.0f} "
        f"minutes on {run['device']}. Beside the paper: pictures of {used.resolution} × {used.resolution} (paper: "
        f"{paper.resolution}), convolutions {used.channels} wide ({paper.channels}), $\\phi^{{im}}$ with "
        f"{used.image_dim} numbers ({paper.image_dim}), learning rate {used.learning_rate:g} falling over the last "
        f"{used.decay_share:.0%} ({paper.learning_rate:g}, constant), feature matching weight {used.feature_weight:g} "
        f"on means, D's learning rate {used.discriminator_rate:g} of the others', all three networks learning in each "
        f"step, one task for each triple; and {paper.steps:,} steps would be the paper's 20 epochs of our triples. "
        "What is shipped is an average of the weights over the last steps (`track_ema`), which is smoother than any "
        "single step."
    )


def recorded_runs(curves: Mapping[str, Curves], likeness: Mapping[str, float]) -> Markdown:
    """How often D learned in short runs, and which run is closest to its targets; ``ours`` is to compare with."""
    ahead = max(likeness, key=likeness.get)
    learned = ", ".join(f"{name} {np.mean(each['d_learns']):.0%}" for name, each in curves.items())
    text = (
        f"Share of steps in which D learned: {learned}.\n\n"
        f"Closest to its targets after so few steps: **{ahead}**, with a mean SSIM of {likeness[ahead]:.2f}"
    )
    if ahead == "ours" or "ours" not in likeness:
        return Markdown(text + ".")
    text += f" against {likeness['ours']:.2f} with the linear output."
    if ahead.startswith("ours, "):  # another activation
        text += (
            " That only the linear one learns, as the paper has it, is not so in these short runs. The chapter's "
            "editors keep it all the same; we have not trained long with another."
        )
    return Markdown(text)


# What the editor does


def compared_with_nothing(
    likeness: Float[ndarray, " n"],
    do_nothing: Float[ndarray, " n"],
    groups: ndarray,
    of_baseline: Float[ndarray, " n"] | None = None,
) -> Markdown:
    """On how many triples an edit is nearer to the target than the source is; ``groups`` are the digit samples."""
    gain = likeness - do_nothing
    low, high = bootstrap_interval(gain, groups=groups)
    text = (
        f"The editor's picture is nearer to the target than the source is on {(gain > 0).mean():.1%} of the triples; "
        f"on average by {gain.mean():.3f} (95 % interval {low:.3f} to {high:.3f})."
    )
    if of_baseline is not None:
        text += f" The baseline reaches {of_baseline.mean():.3f} against the editor's {likeness.mean():.3f}."
    return Markdown(text)


def right_by_tenth(tenths: Mapping[str, Sequence[float]]) -> str:
    """The two ends of :func:`~ganbook.chapters.instruction_editing.analysis.right_by_tenth`."""
    box, digit = tenths["box"], tenths["digit"]
    return (
        f"lowest tenth by SSIM: box right {box[0]:.3f}, digit right {digit[0]:.3f}; highest: {box[-1]:.3f} and "
        f"{digit[-1]:.3f}"
    )


def hard_edits(by_group: Mapping[str, Mapping[object, Sequence[float]]], words: Sequence[str]) -> Markdown:
    """Which digit (named by ``words``) loses most against the true targets, and which box gains over doing nothing."""
    lost = {words[digit]: on_targets - right for digit, (right, on_targets, _, _) in by_group["digit"].items()}
    worst = max(lost, key=lost.get)
    likeness = {cells: like for cells, (_, _, like, _) in by_group["box"].items()}
    gain = {cells: like - nothing for cells, (_, _, like, nothing) in by_group["box"].items()}
    return Markdown(
        f"Against the true targets, {worst} loses most ({lost[worst]:.1%} of the pictures are no longer read right). "
        f"SSIM depends on the box, from {likeness[1]:.2f} in one cell to {likeness[9]:.2f} in nine: in a large box "
        "there is more ink to get wrong and less empty paper that agrees by itself. But that is so for doing nothing, "
        f"too: the gain over it is {gain[1]:.2f} in one cell and {gain[9]:.2f} in nine. "
        '"remove" has one answer for every picture, and "put" names a digit without showing one: there, any '
        "handwriting is as good as another."
    )


# What the instructions mean


def meanings(
    numbers: Mapping[str, float], vectors: Float[ndarray, "240 text"], of_short_run: float | None = None
) -> Markdown:
    """Which instructions are opposed; ``of_short_run``: mean cosine of expand and compress after a short training."""
    opposed, put_remove = numbers["cos_expand_compress"], numbers["cos_put_remove"]
    if put_remove < opposed:
        contrast = "more opposed than expand and compress, against the paper's contrast."
    else:
        contrast = "less opposed than expand and compress, as in the paper."
    text = (
        f"In the block of expand and compress the mean is {opposed:.2f}, and "
        f"{numbers['negative_expand_compress']:.0%} of the cosines are negative; in the paper's map the block is "
        "negative on the whole. But all 240 vectors have a part in common, their mean, of length "
        f"{np.linalg.norm(vectors.mean(0)):.2f}; it adds much the same to every cosine and says nothing about "
        f"differences. Without it the mean of the block is {numbers['centred_expand_compress']:.2f}, against "
        f"{numbers['centred_move_resize']:.2f} for move with the two others. (Taking off a mean pushes some blocks "
        "below 0 whatever the vectors are, so compare the blocks with each other.) Which pairs are opposed? An "
        "instruction and the one that *undoes* it (expand to one side, compress to the other): mean "
        f"{numbers['cos_resize_undo']:.2f}. Expand and compress to the *same* side: "
        f"{numbers['cos_resize_same_side']:.2f}. Put and remove: {put_remove:.2f}, {contrast}"
    )
    if of_short_run is not None:
        text += (
            " Does training oppose expand and compress more and more? In the [short run](recorded-runs) the mean of "
            f"their block is {of_short_run:.2f}, here {opposed:.2f}."
        )
    return Markdown(text)


def variance_by_action(variances: Float[ndarray, " 30"]) -> Markdown:
    """How much the direction matters to each action, from the blocks in which only the direction differs."""
    means = dict(zip(DIRECTED, variances.reshape(3, 10).mean(1)))
    return Markdown(f"Mean variance with the direction, by action: {viz.listed(means, 3)}.")


def what_training_changed(newborn: Mapping[str, float], trained: Mapping[str, float]) -> Markdown:
    """The numbers of the instruction vectors before and after training."""
    before, after = newborn["centred_expand_compress"], trained["centred_expand_compress"]
    apart = after < min(trained["centred_move_resize"], before) - 0.1
    rose, stayed = [], []
    for factor in ("action", "direction", "digit"):
        old, new = newborn[f"var_{factor}"], trained[f"var_{factor}"]
        (rose if new > old + 0.02 else stayed).append(f"the {factor} ({old:.3f} before, {new:.3f} after)")
    text = (
        f"Without their common part, expand and compress have a mean cosine of {before:+.2f} before training and "
        f"{after:+.2f} after: "
        + ("training moved the two apart. " if apart else "training did not oppose the two more than others. ")
        + f"It raised the variance of the cosines with {', '.join(rose) or 'nothing'}; "
        + f"it did not raise it with {', '.join(stayed) or 'none'}. "
    )
    if newborn["var_digit"] < 0.05 * newborn["var_direction"]:
        text += (
            "A new LSTM, too, has hardly a trace of the digit at the end of the sentence, so that digits do not "
            "matter is nothing that training had to bring about."
        )
    return Markdown(text)


# Studies


def consistency(kept: Mapping[str, Float[ndarray, " n"]], right: float, heard: Mapping[str, float]) -> Markdown:
    """Who keeps my digit, and who listens to noise.

    Args:
        kept: SSIM of the digit before and after a move, by hand.
        right: share of the baseline's pictures that are read right.
        heard: how much new noise changes a picture, by hand.
    """
    mean = {name: values.mean() for name, values in kept.items()}
    text = (
        f"My digit is kept to {mean['editor']:.2f} by the editor; the baseline's is like it to "
        f"{mean['cap2image_my_picture']:.2f}, where a stranger's would be to {mean['stranger']:.2f}. With itself the "
        f"baseline agrees to {mean['cap2image_same_z']:.2f} from one place to the next. Is it the "
        f"place or the size that is wrong? The judge reads digit, place and size right in {right:.1%} of its pictures; "
        "about the handwriting it is not asked.\n\n"
        "And the noise? New $z$ for the same condition changes a picture (1 - SSIM) by "
        + ", ".join(f"{value:.3f} ({name})" for name, value in heard.items())
        + ". "
    )
    if max(heard.values()) < 0.05:
        text += "Neither listens to it any more: feature matching asks for *the* target, "
        text += "and leaves noise nothing to decide."
    return Markdown(text)


def held_out(numbers: Mapping[str, float], runs: Mapping[str, Mapping], of_chapter: Config) -> Markdown:
    """The study of generalisation: right on combinations that were never said in training.

    Args:
        numbers: ``held_out_judge_all_new`` and ``_known``, and those of ``held_out_control``.
        runs: the records of both trainings, "held_out" and "held_out_control".
        of_chapter: the settings of the chapter's editor.
    """
    restrained, control = (runs[name]["config"] for name in ("held_out", "held_out_control"))
    return Markdown(
        f"Trained without them, the model is right on {numbers['held_out_judge_all_new']:.1%} of the new combinations "
        f"and {numbers['held_out_judge_all_known']:.1%} of the known ones; the same model, trained as long with all "
        f"of them, on {numbers['held_out_control_judge_all_new']:.1%} and "
        f"{numbers['held_out_control_judge_all_known']:.1%}. The second pair is the control: some combinations are "
        f"simply harder. Both were trained for {restrained['steps']:,} steps, the chapter's editor for "
        f"{of_chapter.steps:,}. One thing differs besides what they were told: the first computed in "
        f"`{restrained['precision']}`, its control in `{control['precision']}`, for they were trained on different "
        "machines, one seed each. Take a small gap for no more than a hint."
    )


def paraphrases(right: Mapping[str, float]) -> Markdown:
    """How each way to say "move six to the left" is understood; ``right``: shares of pictures that are read right."""
    template = right["move six to the left"]
    ranked = sorted(right, key=right.get, reverse=True)
    best = next(name for name in ranked if name != "move six to the left")
    return Markdown(
        f'Best understood after the template itself: "{best}"; worst: "{ranked[-1]}" ({right[ranked[-1]]:.0%}). '
        f'Leaving out "to" and "the" costs {template - right["move six left"]:.1%}, '
        f"leaving out the digit {template - right['move to the left']:.1%}, and turning the sentence round "
        f"{template - right['to the left move six']:.1%}: an LSTM trained on templates has had no reason to learn "
        "that order can be free. For free language one needs free language in the training set, which is where the "
        "paper goes next."
    )
