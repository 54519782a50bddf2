"""A small editor that was not trained, for widgets. Also the first cell of a notebook."""

from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import nn

from ganbook.chapters.drag_editing.config import PROFILES
from ganbook.chapters.drag_editing.inference import Editor
from ganbook.chapters.drag_editing.model import Scales, Transformer
from ganbook.chapters.style_prior.config import PROFILES as PRIORS
from ganbook.chapters.style_prior.inference import Prior
from ganbook.chapters.style_prior.model import Generator

LATENT, LAYERS = 8, 3


def some_segmenter():
    """It sees an avatar wherever the picture is not within three pixels of a border."""
    ones, window = nn.Conv2d(3, 1, 1), nn.Conv2d(1, 2, 7, padding=3)
    for layer in (ones, window):
        layer.requires_grad_(False).weight.zero_()
    ones.bias.fill_(1.0)
    window.weight[1] = 1.0
    window.bias.copy_(torch.tensor([0.0, -48.5]))
    return nn.Sequential(ones, window).eval()


def some_features(pictures):
    return [pictures, F.avg_pool2d(pictures, 2)]


def some_editor():
    """16 x 16 pixels; a drag shows, and few values are clipped."""
    torch.manual_seed(0)
    of_prior = replace(PRIORS["smoke"], latent_dim=LATENT, noise=False)
    generator = Generator(of_prior).requires_grad_(False).eval()
    w = generator.mapping(torch.randn(1_000, LATENT))
    generator.mapping.mean.copy_(w.mean(0))
    for conv in generator.synthesis.convs:
        conv.style.weight.mul_(1.5)
    for to_rgb in generator.synthesis.to_rgb:
        to_rgb.weight.mul_(0.5)
    of_drags = replace(
        PROFILES["smoke"], latent_dim=LATENT, feature_channels=16, feature_layer=2, layers=LAYERS, precision="32-true"
    )
    scales = Scales(generator.mapping.mean, code=0.5, move=0.1, flow=2.0, expansion=0.05)
    transformer = Transformer(of_drags, scales).requires_grad_(False).eval()
    transformer.move.weight.normal_(std=0.7)
    return Editor(of_drags, Prior(of_prior, generator), transformer, some_segmenter())
