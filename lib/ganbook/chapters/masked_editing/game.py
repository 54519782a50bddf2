"""Training: the adversarial game, in phases without and with instructions (sections 3.3 to 3.5 and 5.2); the judge."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor, nn

from ganbook import training
from ganbook.chapters.masked_editing.augment import worn
from ganbook.chapters.masked_editing.config import Config
from ganbook.chapters.masked_editing.data import Material, Portraits, some
from ganbook.chapters.masked_editing.inference import noise_for, shown, to_pictures, to_range
from ganbook.chapters.masked_editing.losses import (
    attribute_loss,
    discriminator_loss,
    fake_right_loss,
    generator_loss,
    mask_loss,
    pixel_loss,
    real_right_loss,
    real_wrong_loss,
)
from ganbook.chapters.masked_editing.model import Discriminator, EditingNetworks, Judge, Judgement, Selected, pasted
from ganbook.chapters.masked_editing.selection import a_look_is_due, in_use, look
from ganbook.data.avatar_edits import AvatarEdits, changed
from ganbook.losses import feature_matching_loss

AS_SOURCE, AS_TARGET, EDIT = range(3)
"""The three tasks of equation 20: the source as it is, the target as it is, the source changed as told."""


def train(run: training.Run, data: Material | Portraits) -> None:
    """Train the model that the settings name."""
    if run.config.model == "judge":
        train_judge(run, data)
    else:
        adversarial_training(run, data)


def adversarial_training(run: training.Run, data: Material) -> None:
    """The adversarial game of all editors. Equation numbers are the paper's."""
    config: Config = run.config
    networks, discriminator = EditingNetworks.made(config), Discriminator(config)
    selected = Selected(networks)
    parts = run.setup(
        **{name: (module, adam(module, config)) for name, module in networks.named_children()},
        discriminator=(discriminator, adam(discriminator, config)),
        selected=selected,
    )
    editing = [name for name, _ in networks.named_children()]
    for name in editing:
        run.track_ema(name)
    of_run = {name: run.ema(name) for name in editing}
    averaged = EditingNetworks(**of_run, pasting=networks.pasting)
    run.preview_with(preview_of(run, averaged, data.dev))
    generator, discriminator = parts.generator.module, parts.discriminator.module

    for step in run.steps():
        set_rates(parts, step, config)

        # A phase: so many samples without instruction, then as many with. X_s, c_r, c_w, x; mask.
        told = with_instruction(step, config)
        posed = told_task(run, parts, data.train) if told else untold_task(run, parts, data.singles)

        # What the source keeps (equation 26), z ~ N(0, I), and a picture for c_r (equation 27,
        # without SIM equation 4).
        kept = parts.masked_encoder.module(posed.source, posed.mask) if config.masking else None
        noise = run.draws.randn(config.batch_size, config.noise_dim)
        fake = generator(noise, posed.condition, kept)
        if networks.pasting:  # beyond the paper
            fake = pasted(posed.source, fake, posed.mask)

        # L_D (equation 21), for D and the encoders.
        real_judged = discriminator(posed.real, *posed.asked)
        fake_judged = discriminator(fake.detach(), posed.asked[0])
        d_loss = discriminator_loss(real_judged, fake_judged, config)
        with torch.no_grad():
            g_loss = generator_loss(real_judged, fake_judged, config)

        # Who learns beside the encoders: D if its loss is larger, else G (equation 23), or both.
        d_learns = config.update_rule == "both" or run.mean(d_loss) > run.mean(g_loss)
        g_learns = config.update_rule == "both" or not d_learns

        # L_G (equation 22), for G, SIM and the encoders; pixels; where something is told, the mask
        # (section 5.2).
        loss = d_loss if d_learns else 0.0
        if g_learns:
            with training.frozen(discriminator) as judge:
                loss = loss + generator_loss(real_judged, judge(fake, posed.asked[0]), config)
            loss = loss + config.pixel_weight * pixel_loss(posed.real, fake)
            if posed.wanted is not None:
                loss = loss + config.mask_weight * mask_loss(posed.mask, posed.wanted)

        learners = [parts[name].optimizer for name in who_learns(config, told, d_learns, g_learns)]
        for optimizer in learners:
            optimizer.zero_grad()
        run.backward(loss)
        for optimizer in learners:
            optimizer.step()

        run.log(d_loss=d_loss, g_loss=g_loss, **parts_of(real_judged, fake_judged, posed, fake))
        if a_look_is_due(step, config):
            look(run, averaged, discriminator, selected, data.dev)


def with_instruction(step: int, config: Config) -> bool:
    """Whether a step is in the second half of its phase."""
    return step // config.half_steps % 2 == 1


def who_learns(config: Config, told: bool, d_learns: bool, g_learns: bool) -> list[str]:
    """Names of the networks that take a step; where nothing is told, without IEnc and MGen."""
    sim = ["masked_encoder", *["mask_generator"] * told] if config.masking else []
    names = ["encoder", *["text_encoder"] * told, *["discriminator"] * d_learns]
    return names + ["generator", *sim] * g_learns


class Posed(NamedTuple):
    """What a step is about.

    Attributes:
        source: (batch, 3, side, side), X_s, the pictures to edit, in the generator's range.
        real: (batch, 3, side, side), x, what should come out.
        condition: (batch, joint), phi_fc, for the generator.
        asked: what D is asked about: c_r, and c_w if there is a wrong one.
        mask: (batch, 1, side, side), or None without SIM.
        wanted: bool (batch, 1, side, side), what the mask should be, or None if it does not learn.
    """

    source: Tensor
    real: Tensor
    condition: Tensor
    asked: list[Tensor]
    mask: Tensor | None
    wanted: Tensor | None


def untold_task(
    run: training.Run,
    parts: training.Parts,
    singles: UInt8[Tensor, "n 3 side side"],
) -> Posed:
    """Section 3.5.2: avatars as they are, nothing said, against each other's; MGen is frozen."""
    config: Config = run.config
    index = run.draws.batch(len(singles), config.batch_size)
    pictures = to_range(some(singles, index, run.device), config)
    silence = pictures.new_zeros(len(pictures), config.text_dim)
    image, condition, _ = parts.encoder.module(pictures, silence)  # equation 40
    others = condition[partners(run, len(pictures))]  # equations 39 and 41
    asked = [condition, others] if config.discriminator_told == "joint" else [silence]
    mask = None
    if config.masking:
        with torch.no_grad(), in_use(parts.mask_generator.module) as gate:
            mask = gate(image, silence)
    return Posed(pictures, pictures, condition, asked, mask, None)


def told_task(run: training.Run, parts: training.Parts, triples: AvatarEdits) -> Posed:
    """Equation 20: one of the three tasks (c_r, c_w, x) for each triple, with its mask."""
    config: Config = run.config
    edits = triples.batch(run.draws.batch(len(triples), config.batch_size))
    there = {name: value.to(run.device) for name, value in edits._asdict().items()}
    edits = edits._replace(**there)
    task = draw_tasks(run, len(edits.source))
    source = choose(task == AS_TARGET, edits.target, edits.source)
    other = choose(task == AS_TARGET, edits.source, edits.target)
    real = choose(task == EDIT, edits.target, source)
    text = parts.text_encoder.module(edits.tokens, edits.lengths)  # (batch, text)
    text = text * (task == EDIT)[:, None]  # the zero instruction where nothing is said

    both, said = torch.cat([source, other]), torch.cat([text, torch.zeros_like(text)])
    image, told, untold = parts.encoder.module(to_range(both, config), said)  # equations 17 to 19
    condition = told[: len(source)]
    of_source, of_other = untold.chunk(2)
    asked = [condition, choose(task == EDIT, of_source, of_other)]
    if config.discriminator_told == "sentence":
        asked = [text, text[partners(run, len(text))]]
    mask, wanted = None, None
    if config.masking:
        mask = parts.mask_generator.module(image[: len(source)], text)  # equation 24
        wanted = ~changed(source, real)
    return Posed(to_range(source, config), to_range(real, config), condition, asked, mask, wanted)


def choose(
    which: Bool[Tensor, " batch"], first: Float[Tensor, " batch *shape"], second: Float[Tensor, " batch *shape"]
) -> Float[Tensor, " batch *shape"]:
    """Row by row, the first where ``which`` is true, else the second."""
    return torch.where(which.view(-1, *[1] * (first.ndim - 1)), first, second)


def draw_tasks(run: training.Run, n: int) -> Int[Tensor, " batch"]:
    """Of n triples each: EDIT by a chance of ``edit_share``, else the others, evenly."""
    config: Config = run.config
    if config.task_choice == "sample":
        chance = run.draws.rand(config.batch_size)
    else:  # one for the batches of all ranks
        chance = (run.draws.permutation(1_000)[:1] / 1_000).to(run.device).expand(n)
    untold = torch.where(chance < (1 + config.edit_share) / 2, AS_SOURCE, AS_TARGET)
    return torch.where(chance < config.edit_share, EDIT, untold)


def partners(run: training.Run, n: int) -> Int[Tensor, " n"]:
    """A random permutation that leaves none of n rows in its place: one cycle through all."""
    order = run.draws.permutation(run.config.batch_size)
    order = order[order < n]  # of this rank's share
    partner = torch.empty_like(order)
    partner[order] = order.roll(1)
    return partner.to(run.device)


def adam(module: nn.Module, config: Config) -> torch.optim.Adam:
    """Adam with the settings that all networks of the game share."""
    return torch.optim.Adam(module.parameters(), lr=config.learning_rate, betas=(config.beta1, config.beta2))


def set_rates(parts: training.Parts, step: int, config: Config) -> None:
    """The learning rate of each network at a step."""
    rate = config.learning_rate * training.remaining(step, config.steps, config.decay_share)
    shares = {"discriminator": config.discriminator_rate, "mask_generator": config.mask_rate}
    for name, (_, optimizer) in parts.items():
        if optimizer:
            training.set_learning_rate(optimizer, rate * shares.get(name, 1))


def parts_of(real: Judgement, fake: Judgement, posed: Posed, made: Tensor) -> dict[str, Tensor]:
    """What to watch: the terms of the losses alone."""
    with torch.no_grad():
        values = {
            "real_right_loss": real_right_loss(real),
            "fake_right_loss": fake_right_loss(fake),
            "feature_loss": feature_matching_loss(real.hidden, fake.hidden),
            "pixel_loss": pixel_loss(posed.real, made),
        }
        if len(posed.asked) > 1:
            values["real_wrong_loss"] = real_wrong_loss(real)
        if posed.wanted is not None:
            values["mask_loss"] = mask_loss(posed.mask, posed.wanted)
    return values


def preview_of(
    run: training.Run, averaged: EditingNetworks, dev: AvatarEdits, columns: int = 12
) -> Callable[[], UInt8[np.ndarray, "height width 3"]]:
    """A function that draws fixed triples in columns: source, target, what the model makes of the source, its mask."""
    config: Config = run.config
    edits = dev.batch(torch.arange(min(columns, len(dev))))
    source = to_range(edits.source.to(run.device), config)
    noise = noise_for(len(source), config, seed=0).to(run.device)

    def picture() -> UInt8[np.ndarray, "height width 3"]:
        text = averaged.text_encoder(edits.tokens.to(run.device), edits.lengths.to(run.device))
        made, mask = averaged(source, noise, text)
        rows = [shown(edits.source), shown(edits.target), to_pictures(made, config)]
        if mask is not None:
            rows.append(shown(mask.expand(-1, 3, -1, -1) * 2 - 1))
        return np.concatenate([np.concatenate(list(row), axis=1) for row in rows])

    return picture


def train_judge(run: training.Run, portraits: Portraits) -> None:
    """Supervised training of the judge on drawn portraits, worn a little so that it reads generated ones, too."""
    config: Config = run.config
    judge = Judge(config)
    optimizer = torch.optim.AdamW(judge.parameters(), lr=config.learning_rate, betas=(config.beta1, config.beta2))
    judge, optimizer = run.setup(judge=(judge, optimizer)).judge
    for step in run.steps():
        left = training.remaining(step, config.steps, config.decay_share)
        training.set_learning_rate(optimizer, config.learning_rate * left)
        index = run.draws.batch(len(portraits.pictures), config.batch_size)
        pictures = worn(some(portraits.pictures, index, run.device), run.draws, config)
        loss = attribute_loss(judge(pictures), portraits.attributes[index].to(run.device))
        optimizer.zero_grad()
        run.backward(loss)
        optimizer.step()
        run.log(loss=loss)
