"""Training: the sentence autoencoder first, then the adversarial game on its sentence vectors."""

from functools import partial
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw
from torch import Tensor

from ganbook import training
from ganbook.data import GridDigits, caption, grid_digits, to_tensor
from ganbook.chapters.latent_captions.analysis import (
    Captioner, Labeller, fixed_and_random, is_correct, load_captioner, new_autoencoder, split_captions, summary,
)  # fmt: skip
from ganbook.chapters.latent_captions.config import PROFILES, VARIANTS, Config
from ganbook.chapters.latent_captions.model import build
from ganbook.chapters.latent_captions.losses import discriminator_loss, generator_loss
from ganbook.chapters.latent_captions.text import SentenceAutoencoder, pretrain

SLUG = "latent_captions"


def train(
    config: Config,
    *,
    profile: str,
    data: str = "auto",
    seed: int = 0,
    folder: str | Path,
    device: str = "auto",
    devices: int = 1,
    minutes: float | None = None,
    progress: bool = True,
    resume: bool = True,
) -> training.Run:
    """Train the chapter's model, or go on with the training that ``folder`` holds.

    Args:
        config: settings, from :func:`ganbook.training.resolve`.
        profile: the profile's name, for the record.
        data: "auto", "mnist" or "embedded" (see :func:`ganbook.data.load_digits`).
        seed: of weights, data and noise.
        folder: where checkpoints, curves and previews go.
        device, devices, minutes, progress, resume: see :class:`ganbook.training.Run`.

    Returns:
        The run: ``run.finished`` tells whether all steps are done, :func:`export` writes the shipped form.
    """
    grids = grid_digits("train", data, n=config.train_images, seed=seed, distinct=config.distinct)
    run = training.Run(
        folder, config, slug=SLUG, profile=profile, data=grids.source, seed=seed,
        device=device, devices=devices, minutes=minutes, progress=progress, resume=resume,
    )  # fmt: skip
    autoencoder = new_autoencoder(config, seed)
    pretrain(autoencoder, config.all_captions(), config.autoencoder_steps, config.sentence_noise, seed)
    adversarial_training(run, autoencoder, grids)
    return run


def adversarial_training(run: training.Run, autoencoder: SentenceAutoencoder, grids: GridDigits) -> None:
    """The whole adversarial game. Equation numbers are the paper's."""
    config: Config = run.config
    generator, discriminator, recovery = build(config, run.identity["seed"])
    parts = run.setup(
        generator=(generator, adam(generator, config)),
        discriminator=(discriminator, adam(discriminator, config)),
        recovery=(recovery, adam(recovery, config)),
        autoencoder=autoencoder,
    )
    run.track_ema("generator")
    run.track_ema("recovery")
    generator, generator_optimizer = parts.generator
    discriminator, discriminator_optimizer = parts.discriminator
    recovery, recovery_optimizer = parts.recovery

    images = to_tensor(grids.images).to(run.device)
    sentences = caption_vectors(autoencoder, grids, config).to(run.device)
    run.preview_with(preview_of(run, autoencoder, grids))

    def noisy(vectors: Float[Tensor, "batch sentence"], share: float = 1.0) -> Float[Tensor, "batch sentence"]:
        return vectors + share * config.sentence_noise * run.randn(config.batch_size, config.sentence_dim)

    for step in run.steps():
        rate, information_weight, recovery_noise = schedule(step, config)
        for optimizer in (generator_optimizer, recovery_optimizer, discriminator_optimizer):
            training.set_learning_rate(optimizer, rate)

        # Images X, for each one of its four captions s, a caption of another image, and c ~ N(0, I).
        batch = run.batch(len(images), config.batch_size, whole=True).to(run.device)
        index, other = run.share(batch), run.share(batch.roll(1))
        x = images[index]
        s = sentences[index, run.randint(4, (config.batch_size,))]
        mismatched = sentences[other, run.randint(4, (config.batch_size,))]
        c = run.randn(config.batch_size, config.latent_dim)

        # D: maximise equation 5, with mismatched pairs and the R1 penalty beside it.
        fake = generator(c, x)
        d_loss, r1 = discriminator_loss(discriminator, x, noisy(s), noisy(mismatched), noisy(fake), config)
        discriminator_optimizer.zero_grad()
        run.backward(d_loss + config.r1_weight / 2 * r1)
        discriminator_optimizer.step()

        # G and Q together: fool D (equation 5), and leave c readable in the caption (lambda_I times equation 6).
        with training.frozen(discriminator) as judge:
            g_loss, information = generator_loss(judge, recovery, c, x, noisy(fake), noisy(fake, recovery_noise))
        generator_optimizer.zero_grad()
        recovery_optimizer.zero_grad()
        run.backward(g_loss + information_weight * information)
        generator_optimizer.step()
        recovery_optimizer.step()

        run.log(d_loss=d_loss, g_loss=g_loss, information_loss=information, r1=r1)


def adam(module: torch.nn.Module, config: Config) -> torch.optim.Adam:
    """Adam with the settings that all three networks share."""
    return torch.optim.Adam(module.parameters(), lr=config.learning_rate, betas=(config.beta1, 0.99))


def schedule(step: int, config: Config) -> tuple[float, float, float]:
    """Learning rate, lambda_I, and the share of the sentence noise that Q's input gets, for one step.

    The noise before Q grows from nothing over the first ``recovery_noise_warmup`` steps: c first gets into the sentence vectors as a
    whisper, and is then forced into the choice of words. With full noise from the start Q may never hear anything, and c stays unused.

    The rest has two phases: with a constant learning rate and a large lambda_I c gets its meaning; over the last ``decay_share`` of the
    steps the learning rate falls linearly to zero, and a smaller lambda_I keeps that meaning while the captions get right.
    """
    heard = min(1.0, step / config.recovery_noise_warmup) if config.recovery_noise_warmup else 1.0
    left = 1 - step / config.steps
    if left >= config.decay_share:
        return config.learning_rate, config.information_weight, heard
    return config.learning_rate * left / config.decay_share, config.late_information_weight, heard


def caption_vectors(autoencoder: SentenceAutoencoder, grids: GridDigits, config: Config) -> Float[Tensor, "images 4 sentence"]:
    """The sentence vectors of the four captions of every image."""
    captions = config.all_captions()
    number = {text: position for position, text in enumerate(captions)}
    named = config.captions == "label_and_place"
    texts = [[number[caption(int(label), place if named else None)] for place, label in enumerate(labels)] for labels in grids.labels]
    with torch.no_grad():
        return autoencoder.encode(autoencoder.vocabulary.encode(captions))[torch.tensor(texts)]


def preview_of(run: training.Run, autoencoder: SentenceAutoencoder, grids: GridDigits, columns: int = 10, rows: int = 8):
    """A function that draws ``columns`` fixed images and, under each, the digit named for ``rows`` fixed values of c; false ones in red."""
    images, truth = grids.images[:columns], grids.labels[:columns]
    latents = np.random.default_rng(0).standard_normal((rows, run.config.latent_dim), dtype=np.float32)

    def picture() -> UInt8[np.ndarray, "height width 3"]:
        captioner = Captioner(run.config, run.ema("generator"), run.ema("recovery"), autoencoder)
        numbers = Labeller(captioner, images)(latents)
        digits, right = split_captions(numbers, run.config)[0], is_correct(numbers, truth, run.config)
        canvas = Image.new("RGB", (64 * columns, 64 + 20 * rows), "white")
        draw = ImageDraw.Draw(canvas)
        for column, image in enumerate(images):
            canvas.paste(Image.fromarray(image), (64 * column, 0))
            for row in range(rows):
                colour = "black" if right[row, column] else "red"
                draw.text((64 * column + 28, 64 + 20 * row + 4), str(digits[row, column]), fill=colour)
        return np.asarray(canvas)

    return picture


def export(run: training.Run, dest: str | Path) -> Path:
    """Write the shipped form of a run, with the numbers of the paper's experiment on 1,000 test images in its record."""
    names = ["generator", "recovery", "autoencoder"]
    run.export(dest, only=names)
    test = grid_digits("test", run.identity["data"], seed=0)
    results = fixed_and_random(Labeller(load_captioner(Path(dest)), test.images), test.labels)
    return run.export(dest, only=names, metrics=summary(results))


def load_or_train(
    variant: str = "main", *, profile: str, data: str, seed: int, train_anew: bool = False, progress: bool = True
) -> Captioner:
    """The shipped model of a variant (a key of ``VARIANTS``), or on request one trained now.

    Args:
        variant: "main", "no_information" or "places".
        profile: "smoke" and "quick" load the checkpoints of profile quick; none are shipped for others.
        data: "mnist" or "embedded".
        seed: of the training.
        train_anew: train at ``profile`` instead of loading; goes on where an earlier call stopped.
        progress: show a progress bar.

    Raises:
        UserError: nothing is shipped for this profile, data and seed, and training was not asked for.
    """
    which = {"profile": profile, "data": data, "seed": seed}
    if not train_anew:
        return load_captioner(training.shipped_checkpoint(SLUG, variant, **which))
    folder = checkpoint_folder(variant, **which, train_anew=True)
    config = training.resolve(Config, PROFILES, profile=profile, overrides=VARIANTS[variant])
    export(train(config, **which, folder=folder.parent, progress=progress), folder)
    return load_captioner(folder)


checkpoint_folder = partial(training.checkpoint_folder, SLUG)
shipped_seeds = partial(training.shipped_seeds, SLUG)
