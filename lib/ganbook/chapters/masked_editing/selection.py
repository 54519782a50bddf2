"""Which weights are kept: the best by the mean feature matching loss on the development set (section 5.3)."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn

from ganbook import training
from ganbook.chapters.masked_editing.config import Config
from ganbook.chapters.masked_editing.inference import noise_for, shown, to_pictures, to_range
from ganbook.chapters.masked_editing.model import EditingNetworks, Selected
from ganbook.data.avatar_edits import AvatarEdits
from ganbook.losses import feature_matching_loss
from ganbook.metrics import ssim


def phases_done(step: int, config: Config) -> int:
    """Whole phases after a step, counted from 0; that of the last step counts, whole or not."""
    done = (step + 1) // config.phase_steps
    return max(done, 1) if step + 1 == config.steps else done


def a_look_is_due(step: int, config: Config) -> bool:
    """After every so many phases, and after the last step."""
    return step + 1 == config.steps or (step + 1) % (config.phase_steps * config.select_every) == 0


def look(
    run: training.Run, averaged: EditingNetworks, discriminator: nn.Module, selected: Selected, dev: AvatarEdits
) -> None:
    """Compare on the development set (section 5.3): mean feature matching loss, and beside it SSIM with the targets."""
    phase = phases_done(run.step, run.config)
    loss, likeness = development(run, averaged, discriminator, dev)
    if phase >= run.config.select_from or run.step + 1 == run.config.steps:
        selected.offer(averaged, run.mean(torch.tensor(loss, device=run.device)), phase)
    run.log(dev_feature_loss=loss, dev_ssim=likeness, phase=phase)


@torch.no_grad()
def development(
    run: training.Run, averaged: EditingNetworks, discriminator: nn.Module, dev: AvatarEdits
) -> tuple[float, float]:
    """The mean feature matching loss and the mean SSIM of what is made of the triples of a development set."""
    config, losses, likeness = run.config, [], []
    with in_use(discriminator) as judge:
        for index in torch.arange(len(dev)).split(config.batch_size):
            edits = dev.batch(index)
            source, target = (to_range(each.to(run.device), config) for each in (edits.source, edits.target))
            text = averaged.text_encoder(edits.tokens.to(run.device), edits.lengths.to(run.device))
            made, _ = averaged(source, noise_for(len(index), config, seed=int(index[0])).to(run.device), text)
            hidden = [judge(pictures, text).hidden for pictures in (target, made)]
            losses.append(float(feature_matching_loss(*hidden)) * len(index))
            likeness.append(ssim(to_pictures(made, config), shown(edits.target)))
    return sum(losses) / len(dev), float(np.concatenate(likeness).mean())


@contextmanager
def in_use(module: nn.Module) -> Iterator[nn.Module]:
    """A network in evaluation mode, for a while: batch norm takes its averages and leaves them."""
    before = module.training
    module.eval()
    try:
        yield module
    finally:
        module.train(before)
