"""Where the trained models of a chapter lie: those that come with the book, and those that a reader trains in a chapter."""

from pathlib import Path

from ganbook import paths
from ganbook.errors import UserError

LOADING_PROFILES = ("smoke", "quick")
"""Profiles that analyse the shipped checkpoints, which are of profile quick."""


def checkpoint_folder(slug: str, variant: str, *, profile: str, data: str, seed: int, train_anew: bool = False) -> Path:
    """The folder of a shipped checkpoint, or with ``train_anew`` that of a reader's own.

    Args:
        slug: of the chapter.
        variant: a key of the chapter's ``VARIANTS``.
        profile, data, seed: of the training.
    """
    name = f"{data}-{variant}-s{seed}"
    if train_anew:
        return paths.build_dir() / "runs" / slug / f"{profile}-{name}" / "shipped"
    return paths.checkpoints_dir() / slug / name


def shipped_checkpoint(slug: str, variant: str, *, profile: str, data: str, seed: int) -> Path:
    """The folder of a shipped checkpoint that is there.

    Raises:
        UserError: nothing is shipped for this profile, data and seed.
    """
    folder = checkpoint_folder(slug, variant, profile=profile, data=data, seed=seed)
    if not folder.is_dir() or profile not in LOADING_PROFILES:
        raise UserError(f"No checkpoint {folder.name} is shipped for profile {profile}. Set train = True, or use profile quick with seed 0.")
    return folder


def shipped_seeds(slug: str, variant: str, *, profile: str, data: str) -> tuple[int, ...]:
    """Seeds for which a checkpoint of the variant is shipped, in rising order; none for profile "paper"."""
    if profile not in LOADING_PROFILES:
        return ()
    stem = f"{data}-{variant}-s"
    return tuple(sorted(int(folder.name.removeprefix(stem)) for folder in (paths.checkpoints_dir() / slug).glob(f"{stem}*")))
