"""Training: the sentence autoencoder first, then the adversarial game on its sentence vectors."""

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw
from torch import Tensor

from ganbook import training
from ganbook.chapters.latent_captions.analysis import Captioner, Labeller, is_correct, new_autoencoder, split_captions
from ganbook.chapters.latent_captions.config import Config
from ganbook.chapters.latent_captions.losses import discriminator_loss, generator_loss
from ganbook.chapters.latent_captions.model import build
from ganbook.chapters.latent_captions.text import SentenceAutoencoder, pretrain
from ganbook.data import GridDigits, caption, to_tensor


def adversarial_training(run: training.Run, grids: GridDigits) -> None:
    """The sentence autoencoder, then the game. Equation numbers are the paper's."""
    config: Config = run.config
    seed, noise = run.identity["seed"], config.sentence_noise
    captions = config.all_captions()
    autoencoder = new_autoencoder(config, seed)
    pretrain(autoencoder, captions, config.autoencoder_steps, noise, seed)
    generator, discriminator, recovery = build(config, seed)
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

    images = to_tensor(grids.images).to(run.device)  # (images, 1, 64, 64)
    sentences = caption_vectors(autoencoder, grids, config)  # (images, 4, sentence)
    sentences = sentences.to(run.device)
    run.preview_with(preview_of(run, autoencoder, grids))

    def noisy(vectors: Tensor, share: float = 1.0) -> Tensor:  # (batch, sentence)
        drawn = run.draws.randn(config.batch_size, config.sentence_dim)
        return vectors + share * noise * drawn

    for step in run.steps():
        rate, information_weight, recovery_noise = schedule(step, config)
        for optimizer in (
            generator_optimizer,
            recovery_optimizer,
            discriminator_optimizer,
        ):
            training.set_learning_rate(optimizer, rate)

        # Images X, for each one of its captions s, one of another image, and c.
        batch = run.draws.batch(len(images), config.batch_size, whole=True)
        batch = batch.to(run.device)
        index = run.draws.slice_for_rank(batch)
        other = run.draws.slice_for_rank(batch.roll(1))
        x = images[index]
        s = sentences[index, run.draws.randint(4, (config.batch_size,))]
        mismatched = sentences[other, run.draws.randint(4, (config.batch_size,))]
        c = run.draws.randn(config.batch_size, config.latent_dim)

        # D: maximise equation 5, with mismatched pairs and the R1 penalty beside.
        fake = generator(c, x)
        candidates = noisy(s), noisy(mismatched), noisy(fake)
        d_loss, r1 = discriminator_loss(discriminator, x, *candidates, config)
        discriminator_optimizer.zero_grad()
        run.backward(d_loss + config.r1_weight / 2 * r1)
        discriminator_optimizer.step()

        # G and Q: fool D (equation 5), leave c readable (lambda_I times equation 6).
        judged, heard = noisy(fake), noisy(fake, recovery_noise)
        with training.frozen(discriminator) as judge:
            losses = generator_loss(judge, recovery, c, x, judged, heard)
        g_loss, information = losses
        generator_optimizer.zero_grad()
        recovery_optimizer.zero_grad()
        run.backward(g_loss + information_weight * information)
        generator_optimizer.step()
        recovery_optimizer.step()

        run.log(d_loss=d_loss, g_loss=g_loss, information_loss=information, r1=r1)


def adam(module: torch.nn.Module, config: Config) -> torch.optim.Adam:
    """Adam with the settings that all three networks share."""
    return torch.optim.Adam(module.parameters(), lr=config.learning_rate, betas=(config.beta1, config.beta2))


def schedule(step: int, config: Config) -> tuple[float, float, float]:
    """Learning rate, lambda_I, and the share of the noise that Q's input gets.

    The noise before Q grows from nothing over the first ``recovery_noise_warmup``
    steps: c first gets into the sentence vectors as a whisper, and is then forced
    into the choice of words. With full noise from the start Q may never hear
    anything, and c stays unused.

    The rest has two phases: with a constant learning rate and a large lambda_I c
    gets its meaning; over the last ``decay_share`` of the steps the learning rate
    falls linearly to zero, and a smaller lambda_I keeps that meaning while the
    captions get right.
    """
    warmup, rate = config.recovery_noise_warmup, config.learning_rate
    heard = min(1.0, step / warmup) if warmup else 1.0
    left = 1 - step / config.steps
    if left >= config.decay_share:
        return rate, config.information_weight, heard
    return rate * left / config.decay_share, config.late_information_weight, heard


def caption_vectors(
    autoencoder: SentenceAutoencoder, grids: GridDigits, config: Config
) -> Float[Tensor, "images 4 sentence"]:
    """The sentence vectors of the four captions of every image."""
    captions = config.all_captions()
    number = {text: position for position, text in enumerate(captions)}
    named = config.captions == "label_and_place"
    texts = [
        [number[caption(int(label), place if named else None)] for place, label in enumerate(labels)]
        for labels in grids.labels
    ]
    with torch.no_grad():
        vectors = autoencoder.encode(autoencoder.vocabulary.encode(captions))  # (captions, sentence)
    return vectors[torch.tensor(texts)]  # (images, 4, sentence)


def preview_of(
    run: training.Run, autoencoder: SentenceAutoencoder, grids: GridDigits, columns: int = 10, rows: int = 8
):
    """A function that draws fixed images and, under each, the digit named for fixed values of c; false ones in red."""
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
