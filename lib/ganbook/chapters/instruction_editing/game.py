"""Training: the adversarial game on triples of source, instruction and target; the baseline on captions; the judge."""

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn

from ganbook import training
from ganbook.chapters.instruction_editing.analysis import some_triples
from ganbook.chapters.instruction_editing.config import Config
from ganbook.chapters.instruction_editing.inference import grey, to_pictures, to_range
from ganbook.chapters.instruction_editing.losses import discriminator_loss, generator_loss, label_loss
from ganbook.chapters.instruction_editing.model import (
    CaptionEncoder,
    Discriminator,
    Encoder,
    Generator,
    Judge,
    Judgement,
)
from ganbook.data.digit_edits import DigitEdits, Edits
from ganbook.losses import feature_matching_loss


def train(run: training.Run, triples: DigitEdits) -> None:
    """Train the model that the settings name."""
    triples = triples.to(run.device)
    if run.config.model == "judge":
        train_judge(run, triples)
    else:
        adversarial_training(run, triples)


def adversarial_training(run: training.Run, triples: DigitEdits) -> None:
    """The adversarial game of the model and of the baseline. Equation numbers are the paper's."""
    config: Config = run.config
    encoder = Encoder(config) if config.model == "imi" else CaptionEncoder(config)
    generator, discriminator = Generator(config), Discriminator(config)
    parts = run.setup(
        encoder=(encoder, adam(encoder, config)),
        generator=(generator, adam(generator, config)),
        discriminator=(discriminator, adam(discriminator, config)),
    )
    run.track_ema("encoder")
    run.track_ema("generator")
    encoder, encoder_optimizer = parts.encoder
    generator, generator_optimizer = parts.generator
    discriminator, discriminator_optimizer = parts.discriminator
    run.preview_with(preview_of(run, triples))
    pose = edit_conditions if config.model == "imi" else caption_conditions

    for step in run.steps():
        rate = config.learning_rate * training.remaining(step, config.steps, config.decay_share)
        training.set_learning_rate(encoder_optimizer, rate)
        training.set_learning_rate(generator_optimizer, rate)
        training.set_learning_rate(discriminator_optimizer, rate * config.discriminator_rate)

        # (c_r, c_w, x) of equation 20, with the state that x shows; z ~ N(0, I); a picture for c_r.
        edits = triples.batch(run.draws.batch(len(triples), config.batch_size))
        right, wrong, pictures, states = pose(run, encoder, edits)
        fake = generator(run.draws.randn(config.batch_size, config.noise_dim), right)

        # L_D (equation 37), for D and the encoder.
        real_judged = discriminator(pictures, right, wrong)
        fake_judged = discriminator(fake.detach(), right)
        d_loss = discriminator_loss(real_judged, fake_judged, states, config)
        with torch.no_grad():
            g_loss = generator_loss(real_judged, fake_judged, states, config)

        # Who learns beside the encoder: D if its loss is larger, else G (equation 23), or both.
        d_learns = config.update_rule == "both" or run.mean(d_loss) > run.mean(g_loss)
        g_learns = config.update_rule == "both" or not d_learns

        # L_G (equation 38), for G and the encoder.
        loss = d_loss if d_learns else 0.0
        if g_learns:
            with training.frozen(discriminator) as judge:
                loss = loss + generator_loss(real_judged, judge(fake, right), states, config)

        learners = [encoder_optimizer, *[discriminator_optimizer] * d_learns]
        learners += [generator_optimizer] * g_learns
        for optimizer in learners:
            optimizer.zero_grad()
        run.backward(loss)
        for optimizer in learners:
            optimizer.step()

        parts_of_loss = parts_of(real_judged, fake_judged, states)
        run.log(d_loss=d_loss, g_loss=g_loss, d_learns=d_learns, g_learns=g_learns, **parts_of_loss)


Posed = tuple[
    Float[Tensor, "batch joint"],
    Float[Tensor, "batch joint"],
    Float[Tensor, "batch 1 side side"],
    Int[Tensor, "batch 5"],
]
"""Right and wrong conditions, real pictures and the states that they show."""


def edit_conditions(run: training.Run, encoder: nn.Module, edits: Edits) -> Posed:
    """One of the paper's three tasks (equation 20) for each triple, or one for the batch: c_r, c_w, x and what x shows.

    0: the source as it is, against the target. 1: the target as it is, against the source. 2: the source changed as
        told, against the source.
    """
    config: Config = run.config
    source, target = to_range(edits.source, config), to_range(edits.target, config)
    phi = encoder(source, target, edits.tokens, edits.lengths)
    batch = len(source)
    if config.task_choice == "sample":
        task = run.draws.randint(3, (config.batch_size,))
    else:  # one for the batches of all ranks
        task = run.draws.permutation(3)[:1].to(source.device).expand(batch)
    rows = torch.arange(batch, device=source.device)
    right, wrong = phi[task, rows], phi[(task == 0).long(), rows]
    keeps_source = task == 0
    pictures = torch.where(keeps_source[:, None, None, None], source, target)
    states = torch.where(keeps_source[:, None], edits.source_state, edits.target_state)
    return right, wrong, pictures, states


def caption_conditions(run: training.Run, encoder: nn.Module, edits: Edits) -> Posed:
    """The baseline's condition (Reed et al. 2016): the caption of the target, against that of another target."""
    right = encoder(edits.caption_tokens, edits.caption_lengths)
    return right, right.roll(1, dims=0), to_range(edits.target, run.config), edits.target_state


def train_judge(run: training.Run, triples: DigitEdits) -> None:
    """Supervised training of the judge on rendered pictures, sources and targets alike."""
    config: Config = run.config
    judge = Judge(config)
    judge, optimizer = run.setup(judge=(judge, torch.optim.AdamW(judge.parameters(), lr=config.learning_rate))).judge
    for step in run.steps():
        left = training.remaining(step, config.steps, config.decay_share)
        training.set_learning_rate(optimizer, config.learning_rate * left)
        edits = triples.batch(run.draws.batch(len(triples), config.batch_size))
        pictures, states = torch.cat([edits.source, edits.target]), torch.cat([edits.source_state, edits.target_state])
        loss = label_loss(judge(pictures), states)
        optimizer.zero_grad()
        run.backward(loss)
        optimizer.step()
        run.log(loss=loss)


def adam(module: nn.Module, config: Config) -> torch.optim.Adam:
    """Adam with the settings that the three networks of the game share."""
    return torch.optim.Adam(module.parameters(), lr=config.learning_rate, betas=(config.beta1, config.beta2))


def parts_of(real: Judgement, fake: Judgement, states: Int[Tensor, "batch 5"]) -> dict[str, Tensor]:
    """What to watch: D's mean y for the three kinds of pairs, the label losses and feature matching alone."""
    with torch.no_grad():
        y_right, y_wrong, y_fake = torch.cat([real.logits, fake.logits], dim=1).sigmoid().mean(0)
        return {
            "y_real_right": y_right,
            "y_real_wrong": y_wrong,
            "y_fake_right": y_fake,
            "label_loss_real": label_loss(real.labels, states),
            "label_loss_fake": label_loss(fake.labels, states),
            "feature_loss": feature_matching_loss(real.hidden, fake.hidden),
        }


def preview_of(run: training.Run, triples: DigitEdits, columns: int = 16):
    """A function that draws fixed triples in columns: source, target, and under them what the model makes of it."""
    config: Config = run.config
    edits = some_triples(triples, columns)
    noise = torch.randn(columns, config.noise_dim, generator=torch.Generator().manual_seed(0)).to(run.device)

    def picture() -> UInt8[np.ndarray, "height width"]:
        encoder, generator = run.ema("encoder"), run.ema("generator")
        if config.model == "imi":
            source, target = to_range(edits.source, config), to_range(edits.target, config)
            right = encoder(source, target, edits.tokens, edits.lengths)[2]
        else:
            right = encoder(edits.caption_tokens, edits.caption_lengths)
        made = to_pictures(generator(noise, right), config)
        rows = [grey(edits.source), grey(edits.target), made]
        return np.concatenate([np.concatenate(list(row), axis=1) for row in rows])

    return picture
