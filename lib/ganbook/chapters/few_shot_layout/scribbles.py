"""Scribbles as a person would draw them: a few short strokes inside the regions of a label map, drawn by seed."""

import math

import torch
from jaxtyping import Bool, Int, Integer
from torch import Tensor


def strokes_in(
    labels: Integer[Tensor, "n side side"], seed: int = 0, width: int = 1, strokes: int = 2
) -> Int[Tensor, "n side side"]:
    """Scribbles in label maps, each drawn from a seed of its own."""
    maps = labels.long().cpu()  # pixel after pixel, which other devices do slowly
    drawn = [scribble(each, seed + number, strokes, width=width) for number, each in enumerate(maps)]
    return torch.stack(drawn).to(labels.device)


def scribble(
    labels: Int[Tensor, "side side"],
    seed: int = 0,
    strokes: int = 2,
    length: float = 0.25,
    width: int = 1,
) -> Int[Tensor, "side side"]:
    """Mark each class above 0 by strokes that stay inside it; 0 elsewhere.

    Args:
        labels: the label map.
        seed: of place and direction.
        strokes: for each class.
        length: of the longest stroke, as a share of the side.
        width: of a stroke, in pixels.
    """
    draws, marked = torch.Generator().manual_seed(seed), torch.zeros_like(labels)
    for number in labels.unique().tolist():
        inside = labels == number
        for _ in range(strokes if number else 0):
            for y, x in stroke(inside, length, draws):
                before, behind = (width - 1) // 2, width // 2 + 1
                at = tuple(slice(max(0, place - before), place + behind) for place in (y, x))
                marked[at] = torch.where(inside[at], number, marked[at])
    return marked


def stroke(inside: Bool[Tensor, "side side"], length: float, draws: torch.Generator) -> list[tuple[int, int]]:
    """Pixels of a gently bent line that begins anywhere inside a region and ends where it would leave it."""
    places = inside.nonzero()
    y, x = places[int(torch.randint(len(places), (), generator=draws))].tolist()
    angle, bend = (float(torch.rand((), generator=draws)) for _ in range(2))
    angle, bend, found = 2 * math.pi * angle, 0.2 * (bend - 0.5), [(y, x)]
    side = len(inside)
    at_y, at_x = float(y), float(x)
    for _ in range(round(length * side)):
        at_y, at_x, angle = at_y + math.sin(angle), at_x + math.cos(angle), angle + bend
        y, x = round(at_y), round(at_x)
        if not (0 <= y < side and 0 <= x < side and inside[y, x]):
            break
        found.append((y, x))
    return found
