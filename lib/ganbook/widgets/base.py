"""What widgets share: the way questions of the front end reach Python, their form on plain pages; for those of captions the position c."""

import re
from collections.abc import Sequence
from pathlib import Path

import anywidget
import numpy as np
import traitlets
from jaxtyping import Float, Int
from numpy.typing import ArrayLike

from ganbook.errors import UserError
from ganbook.nn import weights_id
from ganbook.chapters.latent_captions.widgets import labelling
from ganbook.widgets import page, still

FOLDER = Path(__file__).parent
IMPORT_OF_SHARED = re.compile(r'^import \{[^}]*\} from "\./common\.js";\n', re.MULTILINE)


def module_source(name: str) -> str:
    """The widget's ES module with the shared one written into it: a front end loads one file and knows no folder."""
    own = own_source(name)
    return shared_source() + own


def shared_source() -> str:
    """The ES module that all widgets share."""
    return (FOLDER / "common.js").read_text(encoding="utf-8")


def own_source(name: str) -> str:
    """The widget's ES module without its import of the shared one."""
    source, n_imports = IMPORT_OF_SHARED.subn("", (FOLDER / name).read_text(encoding="utf-8"))
    if n_imports != 1:
        raise RuntimeError(f'{name} must hold exactly one import from "./common.js"; found {n_imports}.')
    return source


class Explorer(anywidget.AnyWidget):
    """A widget whose front end asks Python; on pages where no Python answers it asks ``ganbook/live``, or is a still picture.

    The front end sends ``{id, ...}`` with buffers and gets ``{id, ...}`` with the buffers that ``_reply`` gives, or ``{id, error}`` with
    one sentence for the person.
    """

    _css = FOLDER / "widgets.css"
    _answers_from = "model"

    def __init__(self, **traits: object) -> None:
        super().__init__(**traits)
        self.on_msg(self._on_message)

    def still_panels(self) -> list[still.Panel]:
        """The present state as pictures, each with the same in words and numbers for who does not see it."""
        raise NotImplementedError

    def page_facts(self) -> page.Facts | None:
        """What a page with no kernel needs to answer in Python's place; ``None``: it cannot, and shows the still picture."""
        return None

    def _reply(self, request: dict, buffers: list) -> tuple[dict, list[bytes]]:
        """What the front end gets for a request."""
        raise NotImplementedError

    def _on_message(self, _widget: anywidget.AnyWidget, content: dict, buffers: list) -> None:
        try:
            answer, answer_buffers = self._reply(content, buffers)
        except Exception as error:
            self.send({"id": content["id"], "error": _sentence(error, self._answers_from)})
            raise
        self.send({"id": content["id"]} | answer, answer_buffers)

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        return data | {"text/html": self._html()}, metadata

    def _html(self) -> str:
        facts, panels = self.page_facts(), self.still_panels()
        if facts is None:
            return still.html(panels)
        own = set(self.keys) - set(anywidget.AnyWidget.class_trait_names())
        traits = {name: getattr(self, name) for name in sorted(own) if not name.startswith("_")}
        return page.live_html(type(self).__module__.rpartition(".")[2], still.html(panels, still.HOW_TO_START), traits, facts)


class LatentWidget(Explorer):
    """A widget that moves c and shows the labels that a captioner then gives to N fixed images.

    A request's buffer holds latents, float32 (n, 3); the answer's holds the bytes of ``_answer(latents)``.
    """

    _answers_from = "captioner"

    c = traitlets.Any(help="The latent shown, three numbers in [-3, 3]; set it from anything array-like.").tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    colours = traitlets.List(traitlets.Unicode()).tag(sync=True)
    n_images = traitlets.Int().tag(sync=True)
    limit = traitlets.Float(labelling.LIMIT).tag(sync=True)
    ceiling = traitlets.Float(help="The fraction no correct captioner exceeds for a label; scales end there.").tag(sync=True)

    def __init__(
        self, labeller: labelling.Labeller, truth: ArrayLike, names: Sequence[str], *, batch_size: int, **traits: object
    ) -> None:
        if not callable(labeller):
            raise UserError(f"The labeller must be a function of latents (n, 3); got {type(labeller).__name__}.")
        if batch_size < 1:
            raise UserError(f"batch_size must be at least 1; got {batch_size}.")
        words = labelling.checked_names(names)
        self._labeller = labeller
        self._batch_size = batch_size
        self._truth = labelling.checked_truth(truth, len(words))
        super().__init__(
            names=words,
            colours=list(labelling.LABEL_COLOURS[: len(words)]),
            n_images=len(self._truth),
            ceiling=labelling.commonest_presence(self._truth, len(words)),
            **traits,
        )

    @traitlets.validate("c")
    def _check_c(self, proposal: traitlets.Bunch) -> list[float]:
        return labelling.checked_position(proposal["value"])

    def labels(self, latents: ArrayLike) -> Int[np.ndarray, "n images"]:
        """The label index that each image gets, for each latent (n, 3) or for one c (3,).

        Raises:
            UserError: bad latents, or the labeller's answer is not what was agreed.
        """
        return labelling.labels_for(self._labeller, latents, self.n_images, len(self.names), self._batch_size)

    def histogram(self) -> Float[np.ndarray, " names"]:
        """The fraction of the N images that gets each label at the present c; sum 1."""
        return labelling.label_counts(self.labels(self.c), len(self.names))[0] / self.n_images

    def accuracy(self) -> float:
        """The fraction of the N images whose label at the present c is one of their own four."""
        return float(labelling.right_counts(self.labels(self.c), self._truth)[0] / self.n_images)

    def summary(self) -> str:
        """The present state in one sentence, the same that a screen reader is told after a move."""
        return f"{self._state_in_words()}."

    def _state_in_words(self) -> str:
        histogram = self.histogram()
        most = int(histogram.argmax())
        share = f"“{self.names[most]}” for {histogram[most]:.0%} of {self.n_images:,} test images"
        return f"c = {labelling.written(self.c)}: {share}, accuracy {self.accuracy():.1%}"

    def _histogram_in_words(self) -> str:
        return ", ".join(f"{name} {fraction:.0%}" for name, fraction in zip(self.names, self.histogram(), strict=True))

    def page_facts(self) -> page.Facts | None:
        model, features = weights_id(self._labeller), getattr(self._labeller, "features", None)
        if model is None or features is None:
            return None
        numbers = np.asarray(features, dtype=np.float32)
        facts = {"features": numbers.tobytes(), "sizes": numbers.shape, "truth": self._truth.astype(np.uint8).tobytes()}
        return page.Facts(model, facts)

    def _answer(self, latents: np.ndarray) -> np.ndarray:
        """What the front end gets for latents (n, 3)."""
        raise NotImplementedError

    def _reply(self, request: dict, buffers: list) -> tuple[dict, list[bytes]]:
        latents = np.frombuffer(buffers[0], dtype=np.float32).reshape(-1, labelling.DIMENSIONS)
        return {}, [self._answer(latents).tobytes()]


def _sentence(error: Exception, model: str) -> str:
    if isinstance(error, UserError):
        return str(error)
    first_line = str(error).partition("\n")[0]
    return f"The {model} failed: {type(error).__name__}: {first_line}"
