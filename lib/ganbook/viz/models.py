"""Which shipped models a page uses, and which study has none: a line of text each."""

from collections.abc import Mapping

from IPython.display import Markdown


def loaded(used: Mapping[str, Mapping], seed: int) -> Markdown:
    """Which models the page uses, by what they are called.

    Args:
        used: each model's record (its ``run.json``).
        seed: the one that the reader asked for.
    """
    text = "Loaded: " + ", ".join(f"{name} (seed {found['seed']})" for name, found in used.items()) + "."
    others = sorted({found["seed"] for found in used.values()} - {seed})
    if others:
        text += (
            f" **Not all models of seed {seed} come with the book: seed {', '.join(map(str, others))} is used in their "
            f"place, and seed {seed} only draws noise and samples.**"
        )
    return Markdown(text)


def not_here(variant: str, profile: str) -> Markdown:
    """In place of a study whose model or record is not in this copy."""
    return Markdown(
        f"*No checkpoint of `{variant}` for profile {profile} comes with this copy of the book: this part shows and "
        "records nothing.*"
    )
