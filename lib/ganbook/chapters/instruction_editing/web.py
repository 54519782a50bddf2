"""The chapter's model on the web page: encoder, fusion and generator in one network."""

from pathlib import Path

import torch
from jaxtyping import Float, Int32, UInt8
from torch import Tensor, nn

from ganbook.chapters.instruction_editing.inference import Editor, load_editor, to_grey, to_range
from ganbook.data.digit_edits import CAPTION_WORDS, MAX_WORDS
from ganbook.nn import weights_id
from ganbook.widgets.live import LiveModel, LivePart

MOST_PICTURES = 2
"""Pictures that a widget asks to be edited at once."""


class EditNetwork(nn.Module):
    """What ``Editor.__call__`` does, from grey values to grey values; z comes from outside."""

    def __init__(self, editor: Editor):
        super().__init__()
        self.encoder, self.generator, self.config = editor.encoder, editor.generator, editor.config

    def forward(
        self,
        pictures: UInt8[Tensor, "n side side"],
        tokens: Int32[Tensor, "n words"],
        lengths: Int32[Tensor, " n"],
        noise: Float[Tensor, "n noise"],
    ) -> UInt8[Tensor, "n side side"]:
        source = to_range(pictures[:, None].float() / 127.5 - 1, self.config)
        condition = self.encoder.fuse(self.encoder.image(source), self.encoder.text(tokens.long(), lengths.long()))
        return to_grey(self.generator(noise, condition), self.config)


def live_model(folder: Path) -> LiveModel:
    """The editor of a checkpoint; raises as :func:`ganbook.chapters.instruction_editing.inference.load_editor`."""
    editor = load_editor(folder)
    config = editor.config

    def random_inputs(n: int, seed: int) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        return {
            "pictures": torch.randint(
                256, (n, config.resolution, config.resolution), generator=generator, dtype=torch.uint8
            ),
            "tokens": torch.randint(1, len(CAPTION_WORDS) + 1, (n, MAX_WORDS), generator=generator, dtype=torch.int32),
            "lengths": torch.randint(1, MAX_WORDS + 1, (n,), generator=generator, dtype=torch.int32),
            "noise": torch.randn(n, config.noise_dim, generator=generator),
        }

    # Editor.__call__ draws z anew for each call, from one seed, and the draw depends on how many pictures there are.
    noise = [
        torch.randn(n, config.noise_dim, generator=torch.Generator().manual_seed(0))
        for n in range(1, MOST_PICTURES + 1)
    ]
    table = {
        "resolution": config.resolution,
        "words": list(CAPTION_WORDS),
        "max_words": MAX_WORDS,
        "noise": [each.flatten().tolist() for each in noise],
    }
    names = ("pictures", "tokens", "lengths", "noise")
    part = LivePart(EditNetwork(editor).eval(), names, ("edited",), [(name, 0) for name in names])
    return LiveModel(weights_id(editor), [part], random_inputs, tolerance=1.0, table=table)
