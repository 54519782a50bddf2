"""The chapter's models on the web page: the editors with SIM and without, as a pair; and how avatars are drawn."""

from pathlib import Path

import torch
from jaxtyping import Float, Int32, UInt8
from torch import Tensor, nn

from ganbook.chapters.masked_editing.config import Config
from ganbook.chapters.masked_editing.inference import Editor, load_editor, noise_for, pair_id, to_range
from ganbook.chapters.masked_editing.model import VOCABULARY, EditingNetworks
from ganbook.data.avatar_language import MAX_WORDS
from ganbook.data.avatars.program import portrait_program
from ganbook.data.pixels import from_bytes, to_bytes
from ganbook.widgets.live import LiveModel, LivePart

TOLERANCE = 24.0
"""Levels of 255 that a value on the page may be off, for the editors' weights lie there in eight bits. On avatars the
mean difference is below 1."""


class EditNetwork(nn.Module):
    """What ``Editor.edit`` does, from pixels to pixels and, with SIM, the mask; z comes from outside."""

    def __init__(self, networks: EditingNetworks, config: Config):
        super().__init__()
        self.networks, self.config = networks, config

    def forward(
        self,
        pictures: UInt8[Tensor, "n side side 3"],
        tokens: Int32[Tensor, "n words"],
        lengths: Int32[Tensor, " n"],
        noise: Float[Tensor, "n noise"],
    ) -> tuple[UInt8[Tensor, "n side side 3"], UInt8[Tensor, "n side side"]] | UInt8[Tensor, "n side side 3"]:
        source = to_range(from_bytes(pictures.permute(0, 3, 1, 2)), self.config)
        made, masks = self.networks(source, noise, self.networks.text_encoder(tokens.long(), lengths.long()))
        made = to_bytes(made * 2 - 1 if self.config.output == "sigmoid" else made).permute(0, 2, 3, 1)
        return made if masks is None else (made, (masks[:, 0] * 255).round().to(torch.uint8))


def live_model(folder: Path) -> LiveModel:
    """The editor with SIM of a checkpoint, and the one without that lies beside it; raises as ``load_editor``."""
    sim, plain = load_editor(folder), load_editor(beside(folder))
    config = sim.config

    def random_inputs(n: int, seed: int) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        size = (n, config.resolution, config.resolution, 3)
        return {
            "pictures": torch.randint(256, size, generator=generator, dtype=torch.uint8),
            "tokens": torch.randint(1, VOCABULARY + 1, (n, MAX_WORDS), generator=generator, dtype=torch.int32),
            "lengths": torch.randint(1, MAX_WORDS + 1, (n,), generator=generator, dtype=torch.int32),
            "sim_noise": torch.randn(n, config.noise_dim, generator=generator),
            "plain_noise": torch.randn(n, plain.config.noise_dim, generator=generator),
        }

    table = {
        "noise": {name: noise_for(1, each.config, 0)[0].tolist() for name, each in (("sim", sim), ("plain", plain))},
        "program": portrait_program(config.resolution),
    }
    parts = [_part(sim, "sim", ("sim", "mask")), _part(plain, "plain", ("plain",))]
    return LiveModel(pair_id(sim, plain), parts, random_inputs, TOLERANCE, table, eight_bits=True)


def _part(editor: Editor, name: str, outputs: tuple[str, ...]) -> LivePart:
    names = ("pictures", "tokens", "lengths", f"{name}_noise")
    network = EditNetwork(editor.networks, editor.config).eval()
    return LivePart(network, names, outputs, [(each, 0) for each in names])


def beside(folder: Path) -> Path:
    """The folder of the editor without SIM that belongs to one with SIM, shipped or trained in the chapter."""
    own = folder.parent if folder.name == "shipped" else folder
    other = own.with_name(own.name.replace("-sim-", "-plain-"))
    return other / "shipped" if folder.name == "shipped" else other
