"""What a chapter registers, and what is then the same for all:
train, ship, load or train a model by the name of its variant.

A chapter's ``recipe.py`` says what its models are made of::

    TOY = Model("toy", Config, PROFILES, data=rings, game=adversarial_training,
                ships=lambda config: ("generator",), load=load_toy, measure=numbers_of)
    RECIPE = Recipe("toy", {"main": Variant(TOY), "no_noise": Variant(TOY, {"noise": 0.0})})
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ganbook import paths
from ganbook.errors import UserError
from ganbook.training.config import Settings, resolve, unknown_word
from ganbook.training.loop import Run
from ganbook.training.shipped import MODEL, RECORD, read_run

LOADING_PROFILES = ("smoke", "quick")
"""Profiles that analyse the shipped checkpoints, which are of profile quick."""


@dataclass(frozen=True)
class Model:
    """What is trained: everything but the names under which it is registered.

    Attributes:
        slug: of the chapter that brings the model; stands in the record of every run.
        config, profiles: the class of its settings, and a preset of them for each profile.
        data: (settings, source, seed) -> training data.
        game: trains on them: the only training code of a chapter.
        ships: the parts that are shipped, for these settings.
        load: the shipped form from its folder, ready for use.
        measure: (loaded model, source) -> the numbers in the record of what is shipped.
        source: what a name of a source of data means here; "auto" means different ones on different machines.
        films: whether the previews of the training are shipped, for these settings.
        paper_examples: that the paper's own training sees, all epochs together; `ganbook bench` says how long that
            takes on a GPU.
    """

    slug: str
    config: type[Settings]
    profiles: Mapping[str, Settings]
    data: Callable[[Any, str, int], Any]
    game: Callable[[Run, Any], None]
    ships: Callable[[Any], Sequence[str]]
    load: Callable[[Path], Any]
    measure: Callable[[Any, str], Mapping[str, float]]
    source: Callable[[str], str] = lambda source: source
    films: Callable[[Any], bool] = lambda config: False
    paper_examples: int | None = None

    def train(
        self, config: Settings, *, profile: str, data: str = "auto", seed: int = 0, folder: str | Path, **how: Any
    ) -> Run:
        """Train with these settings, or go on with the training that ``folder`` holds.

        Args:
            config: settings, from :meth:`Recipe.settings` or :func:`ganbook.training.resolve`.
            profile: the profile's name, for the record.
            data: source of the data.
            seed: of weights, batches and noise.
            folder: where checkpoints, curves and previews go.
            how: device, devices, minutes, progress, resume: see :class:`ganbook.training.Run`.

        Returns:
            The run: ``run.finished`` tells whether all steps are done, :meth:`ship` writes the shipped form.
        """
        run = Run(folder, config, slug=self.slug, profile=profile, data=self.source(data), seed=seed, **how)
        self.game(run, self.data(config, data, seed))
        return run

    def ship(self, run: Run, dest: str | Path) -> Path:
        """Write the shipped form of a run, with the numbers that ``measure`` finds in its record;
        returns its folder.
        """
        how = {"only": list(self.ships(run.config)), "previews": self.films(run.config)}
        run.ship(dest, **how)
        return run.ship(dest, **how, metrics=self.measure(self.load(Path(dest)), run.identity["data"]))


@dataclass(frozen=True)
class Variant:
    """A model by the name that it has in a chapter.

    Attributes:
        model: what is trained.
        settings: what differs from the profile.
        sizes: what differs beside that, but not at smoke, where all is small.
        on: what differs beside that on a source of data, not at smoke either.
        live: whether widgets show the model on pages without Python; the chapter's ``web.py`` then has its form for the
            web.
    """

    model: Model
    settings: Mapping[str, Any] = field(default_factory=dict)
    sizes: Mapping[str, Any] = field(default_factory=dict)
    on: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    live: bool = False

    def differs(self, profile: str, data: str) -> dict[str, Any]:
        """What differs from a profile, on data of this source."""
        return {**self.settings} if profile == "smoke" else {**self.settings, **self.sizes, **self.on.get(data, {})}


@dataclass(frozen=True)
class Recipe:
    """The models of a chapter, by name; the first is the one that is meant where no name is given."""

    slug: str
    variants: Mapping[str, Variant]

    @property
    def main(self) -> str:
        """The variant that is meant where none is named."""
        return next(iter(self.variants))

    def model(self, variant: str) -> Model:
        """What the variant trains.

        Raises:
            UserError: the chapter has no such variant; the text lists those it has.
        """
        return self._variant(variant).model

    def settings(
        self, variant: str, profile: str, data: str = "auto", overrides: Mapping[str, Any] | Iterable[str] | None = None
    ) -> Settings:
        """The settings of a variant at a profile, on data of this source, with ``overrides`` put on top.

        Raises:
            UserError: unknown variant or profile; or as :func:`ganbook.training.resolve`.
        """
        chosen = self._variant(variant)
        base = resolve(
            chosen.model.config, chosen.model.profiles, profile, chosen.differs(profile, chosen.model.source(data))
        )
        return resolve(chosen.model.config, {profile: base}, profile, overrides)

    def checkpoint_folder(self, variant: str, *, profile: str, data: str, seed: int, train_anew: bool = False) -> Path:
        """The folder of a shipped checkpoint, or with ``train_anew`` that of a reader's own."""
        name = f"{data}-{variant}-s{seed}"
        if train_anew:
            return paths.build_dir() / "runs" / self.slug / f"{profile}-{name}" / "shipped"
        return paths.checkpoints_dir() / self.slug / name

    def shipped_seeds(self, variant: str, *, profile: str, data: str) -> tuple[int, ...]:
        """Seeds for which the variant's weights are shipped, in rising order; none for profile "paper"."""
        folder_of = partial(self.checkpoint_folder, variant, profile=profile, data=data)
        return tuple(
            seed
            for seed in self.measured(variant, profile=profile, data=data)
            if (folder_of(seed=seed) / MODEL).is_file()
        )

    def nearest_seed(self, variant: str, seed: int, *, profile: str, data: str) -> int:
        """``seed`` if the variant's weights are shipped for it,
        else the first seed for which they are, else ``seed``.
        """
        seeds = self.shipped_seeds(variant, profile=profile, data=data)
        return seed if seed in seeds or not seeds else seeds[0]

    def measured(self, variant: str, *, profile: str, data: str) -> dict[int, dict[str, float]]:
        """For every seed with which the variant was trained and recorded, in rising order,
        the numbers that ``measure`` found then.

        Of most seeds only this record is shipped, and the curves. None for profile "paper".
        """
        if profile not in LOADING_PROFILES:
            return {}
        runs = [
            read_run(path.parent)
            for path in (paths.checkpoints_dir() / self.slug).glob(f"{data}-{variant}-s*/{RECORD}")
        ]
        return {run["seed"]: run["metrics"] for run in sorted(runs, key=lambda run: run["seed"])}

    def load_or_train(
        self, variant: str = "", *, profile: str, data: str, seed: int, train_anew: bool = False, progress: bool = True
    ) -> Any:
        """The shipped model of a variant, or on request one trained now.

        Args:
            variant: the first one by default.
            profile: "smoke" and "quick" load the checkpoints of profile quick; none are shipped for others.
            data: source of the data that it was trained on.
            seed: of the training.
            train_anew: train at ``profile`` instead of loading; goes on where an earlier call stopped.
            progress: show a progress bar.

        Raises:
            UserError: nothing is shipped for this profile, data and seed, and training was not asked for.
        """
        variant = variant or self.main
        model, which = self.model(variant), {"profile": profile, "data": data, "seed": seed}
        folder = self.checkpoint_folder(variant, **which, train_anew=train_anew)
        if train_anew:
            model.ship(
                model.train(self.settings(variant, profile, data), **which, folder=folder.parent, progress=progress),
                folder,
            )
        elif profile not in LOADING_PROFILES or not (folder / MODEL).is_file():
            raise UserError(
                f"No checkpoint {folder.name} is shipped for profile {profile}."
                " Set train = True, or use profile quick with seed 0."
            )
        return model.load(folder)

    def _variant(self, name: str) -> Variant:
        if name not in self.variants:
            raise UserError(unknown_word("variant", name, self.variants))
        return self.variants[name]
