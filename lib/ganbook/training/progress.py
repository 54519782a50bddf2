"""What a person sees of a run while it goes on, the time it takes, and how a person stops it."""

import signal
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

from tqdm import tqdm

from ganbook.training.devices import in_notebook

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Progress:
    """A bar with the steps, their rate, the time left and the latest losses; and lines of text that do not disturb it.

    Both go to stderr, in a notebook to stdout.

    Args:
        title: stands before the bar.
        speaks: False for all but one process of a data-parallel run: nothing is shown.
        bar: whether the bar is shown; text always is.
    """

    def __init__(self, title: str, *, speaks: bool, bar: bool) -> None:
        self.title, self.speaks = title, speaks
        self._stream = sys.stdout if in_notebook() else sys.stderr
        self._shows_bar = bar and speaks

    def say(self, text: str) -> None:
        """Print a line."""
        if self.speaks:
            tqdm.write(text, file=self._stream)

    def introduce(self, text: str) -> None:
        """Print a line above the bar; nothing where no bar is shown."""
        if self._shows_bar:
            self.say(text)

    def bar(self, done: int, total: int) -> tqdm:
        """A bar at `done` of `total` steps, to be closed by the caller."""
        pause = 0.2 if self._stream.isatty() or in_notebook() else 30.0  # seconds; a log file gets a line now and then
        return tqdm(
            desc=self.title,
            initial=done,
            total=total,
            unit="step",
            disable=not self._shows_bar,
            file=self._stream,
            dynamic_ncols=True,
            mininterval=pause,
        )


def show(bar: tqdm, values: Mapping[str, float]) -> None:
    """Put the latest values behind the bar."""
    bar.set_postfix({name: f"{value:.3g}" for name, value in values.items()}, refresh=False)


class Stopwatch:
    """Seconds of training, over all sessions of a run.

    Attributes:
        session: seconds since the last `start`.
    """

    def __init__(self) -> None:
        self.before = 0.0
        self._began: float | None = None

    @property
    def session(self) -> float:
        return 0.0 if self._began is None else time.perf_counter() - self._began

    @property
    def total(self) -> float:
        """Seconds of all sessions."""
        return self.before + self.session

    def start(self) -> None:
        """Begin a session."""
        self._began = time.perf_counter()

    def stop(self) -> None:
        """End the session."""
        self.before, self._began = self.total, None


class StopRequest:
    """While active, the first SIGINT or SIGTERM is noted in `received` by its name;
    a second one acts as it did before.
    """

    def __init__(self) -> None:
        self.received: str | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "StopRequest":
        if threading.current_thread() is threading.main_thread():  # elsewhere Python allows no handlers
            self._before = {number: signal.signal(number, self._note) for number in SIGNALS}
        return self

    def __exit__(self, *_error: object) -> None:
        self._put_back()

    def _note(self, number: int, _frame: object) -> None:
        self.received = signal.Signals(number).name
        self._put_back()

    def _put_back(self) -> None:
        for number, handler in self._before.items():
            if signal.getsignal(number) == self._note:  # a later loop may have put its own
                signal.signal(number, handler)
        self._before = {}
