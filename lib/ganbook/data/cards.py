"""Make the sample pictures of the data set cards again: ``python -m ganbook.data.cards``. Embedded data only."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float32, UInt8
from torch import Tensor

from ganbook import paths
from ganbook.data import avatars
from ganbook.data.avatar_edits import avatar_edits, single_avatars
from ganbook.data.digit_edits import Renderer
from ganbook.data.digits import load_digits
from ganbook.data.edits import EMPTY, State, apply, parse
from ganbook.data.grid_digits import GridDigits, grid_digits
from ganbook.data.paintings import paint
from ganbook.data.people import draw_person
from ganbook.data.pixels import to_bytes
from ganbook.data.scenes import FIRST, compose, render

GAP, GAP_GREY, ENLARGEMENT = 2, 96, 3
"""The line between two samples (pixels, grey value), and screen pixels a pixel of a digit."""


def digits_picture(rows: int = 6) -> UInt8[np.ndarray, "h w"]:
    """Training digits: a column for each of 0..9, its samples spread over the set."""
    digits = load_digits("train", "embedded")
    columns = [np.flatnonzero(digits.labels == label) for label in range(10)]
    chosen = np.stack([column[np.linspace(0, len(column) - 1, rows).astype(int)] for column in columns], axis=1)
    return tile(digits.images[chosen])


def grid_digits_sample() -> GridDigits:
    """The ten training grids shown in the card."""
    return grid_digits("train", "embedded", n=10, seed=0)


def grid_digits_picture() -> UInt8[np.ndarray, "h w"]:
    """The ten grids of ``grid_digits_sample``, two rows of five."""
    return tile(grid_digits_sample().images.reshape(2, 5, 64, 64))


DIGIT_EDITS_SAMPLE = (
    ("put two on the middle", EMPTY),
    ("move four to the bottom left", State(4, 1, 0, 2, 2)),
    ("expand zero to the top right", State(0, 0, 2, 1, 1)),
    ("compress eight to the left", State(8, 0, 0, 3, 3)),
    ("remove seven", State(7, 1, 1, 2, 1)),
)
"""The edits shown in the card: an instruction and the state before it."""


def digit_edits_picture() -> UInt8[np.ndarray, "h w"]:
    """A column for each edit of ``DIGIT_EDITS_SAMPLE``: the source above, the target below."""
    digits = load_digits("train", "embedded")
    instructions = [parse(text) for text, _ in DIGIT_EDITS_SAMPLE]
    samples = [np.flatnonzero(digits.labels == instruction.digit)[0] for instruction in instructions]
    before = [state for _, state in DIGIT_EDITS_SAMPLE]
    after = [apply(instruction, state) for instruction, state in zip(instructions, before, strict=True)]
    ink = torch.from_numpy(digits.images[samples]).float() / 255
    pictures = Renderer(64)(ink.repeat(2, 1, 1), torch.tensor(before + after))
    return tile(to_bytes(pictures).numpy().reshape(2, len(samples), 64, 64))


def avatars_picture() -> UInt8[np.ndarray, "h w 3"]:
    """Portraits in the two upper rows of eight, free looks in free poses in the two lower ones."""
    generator = torch.Generator().manual_seed(7)
    portraits = single_avatars(torch.arange(16), side=96).pictures
    free = avatars.render(avatars.free_looks(16, generator), avatars.random_poses(16, generator), 96).pictures
    return tile(_bytes(torch.cat([portraits, free])).reshape(4, 8, 96, 96, 3), enlargement=1)


AVATAR_EDITS_SAMPLE = (77, 45, 14, 60, 85, 20)
"""The test triples shown in the card."""


def avatar_edits_picture() -> UInt8[np.ndarray, "h w 3"]:
    """A column for each triple of ``AVATAR_EDITS_SAMPLE``: the source above, the target below."""
    batch = avatar_edits("test", side=128).batch(torch.tensor(AVATAR_EDITS_SAMPLE))
    return tile(_bytes(torch.stack([batch.source, batch.target])), enlargement=1)


SCENES_SAMPLE = (26, 6, 9, 11, 1, 37, 10, 12, 7, 17)
"""The test scenes shown in the card: one of each place."""


def scenes_picture() -> UInt8[np.ndarray, "h w 3"]:
    """The scenes of ``SCENES_SAMPLE`` at 160 x 280 in two rows, and below them as networks see them, at 60 x 105."""
    found = [compose(FIRST["test"] + number) for number in SCENES_SAMPLE]
    large, small = (
        np.stack([render(scene, height).permute(1, 2, 0).numpy() for scene in found]) for height in (160, 60)
    )
    above, below = tile(large.reshape(2, 5, 160, 280, 3), 1), tile(small[None], 1)
    beside = (above.shape[1] - below.shape[1]) // 2
    edges = ((0, 0), (beside, above.shape[1] - below.shape[1] - beside), (0, 0))
    return np.concatenate([above, np.pad(below, edges, constant_values=GAP_GREY)])


PAINTINGS_SAMPLE = (43, 33, 42, 40)
"""The numbers shown in the card: a house, cypresses, a river, a starry sky."""

PAINTINGS_YEARS = (1882.0, 1885.4, 1887.0, 1888.2, 1889.3, 1890.8)


def paintings_picture() -> UInt8[np.ndarray, "h w 3"]:
    """A row for each number of ``PAINTINGS_SAMPLE``, a column for each of ``PAINTINGS_YEARS``."""
    rows = [[paint(number, year).permute(1, 2, 0).numpy() for year in PAINTINGS_YEARS] for number in PAINTINGS_SAMPLE]
    return tile(np.array(rows), 2)


PEOPLE_SAMPLE = (2, 78, 5, 1)
"""The numbers of the persons shown in the card."""

PEOPLE_AGES = (20, 30, 40, 50, 60, 70, 80)


def people_picture() -> UInt8[np.ndarray, "h w 3"]:
    """A row for each person of ``PEOPLE_SAMPLE``, a column for each of ``PEOPLE_AGES``."""
    rows = [[draw_person(number, age, 96).permute(1, 2, 0).numpy() for age in PEOPLE_AGES] for number in PEOPLE_SAMPLE]
    return tile(np.array(rows), 1)


def _bytes(pictures: Float32[Tensor, "*n 3 h w"]) -> UInt8[np.ndarray, "*n h w 3"]:
    return to_bytes(pictures).movedim(-3, -1).numpy()


def tile(
    images: UInt8[np.ndarray, "rows columns h w *rgb"], enlargement: int = ENLARGEMENT
) -> UInt8[np.ndarray, "height width *rgb"]:
    """One picture of all images, with a grey line round each."""
    colours = ((0, 0),) * (images.ndim - 4)
    framed = np.pad(images, ((0, 0), (0, 0), (0, GAP), (0, GAP), *colours), constant_values=GAP_GREY)
    rows, columns, height, width, *rgb = framed.shape
    sheet = framed.swapaxes(1, 2).reshape(rows * height, columns * width, *rgb)
    sheet = np.pad(sheet, ((GAP, 0), (GAP, 0), *colours), constant_values=GAP_GREY)
    return sheet.repeat(enlargement, 0).repeat(enlargement, 1)


PICTURES = {
    "digits.webp": digits_picture,
    "grid_digits.webp": grid_digits_picture,
    "digit_edits.webp": digit_edits_picture,
    "avatars.webp": avatars_picture,
    "avatar_edits.webp": avatar_edits_picture,
    "scenes.webp": scenes_picture,
    "paintings.webp": paintings_picture,
    "people.webp": people_picture,
}


def write_pictures(folder: Path) -> list[Path]:
    """Write every card's sample picture (WebP, without loss) into a folder."""
    from PIL import Image

    written = []
    for name, draw in PICTURES.items():
        Image.fromarray(draw()).save(folder / name, lossless=True, method=6)
        written.append(folder / name)
    return written


if __name__ == "__main__":
    for picture in write_pictures(paths.root() / "datasets"):
        print(picture)
