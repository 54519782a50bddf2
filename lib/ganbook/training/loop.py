"""The training loop that is the same for every model: `Run`.

It owns devices, precision, checkpoints, averages, curves, previews, progress.
The adversarial step stays with the caller::

    run = Run(folder, config, slug="toy", profile="quick", data="ring", seed=0)
    models = run.setup(generator=(generator, opt_g), discriminator=(discriminator, opt_d))
    (generator, opt_g), (discriminator, opt_d) = models.generator, models.discriminator
    for step in run.steps():
        real, z = data[run.draws.batch(len(data), config.batch_size)], run.draws.randn(config.batch_size, 8)
        ...
        run.backward(d_loss)
        opt_d.step()
        run.log(d_loss=d_loss)
"""

import contextlib
import datetime
import platform
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.optim import Optimizer

from ganbook.errors import UserError
from ganbook.training import checkpoint, state
from ganbook.training.config import Settings, as_dict
from ganbook.training.curves import FILM, CurveWriter, Means, Previews, curves_csv, film, refuse_divergence
from ganbook.training.devices import device_name, make_fabric, pick_device, pick_precision, prepared
from ganbook.training.draws import Draws
from ganbook.training.ema import Ema
from ganbook.training.files import NotWritten, locked, make_folder, remove_temporaries
from ganbook.training.progress import SIGNALS, Progress, StopRequest, Stopwatch, show
from ganbook.training.shipped import RECORD, git_commit, record_bytes, write_shipped
from ganbook.training.state import Part, Parts

PRECISION_WORDS = {"32-true": "32-bit numbers", "bf16-mixed": "bfloat16 forward passes"}
REASONS = ("", "minutes", *(number.name for number in SIGNALS))
POLL = 10  # data-parallel ranks agree every so many steps whether to stop


class Run:
    """One training run in one folder, resumed where it stopped.

    Making it seeds torch: modules built afterwards start from the same weights in every run with this seed.

    Args:
        folder: of the run; `run.json`, `curves.jsonl`, `previews/` and `state/` are written there.
        config: the settings (see `ganbook.training.resolve`).
        slug, profile, data: chapter, profile and data source, for the record.
        seed: of all random numbers, at least 0.
        device: "auto" (a CUDA GPU if there is one), "cpu", "cuda" or "mps".
        devices: how many; with more than one, training is data-parallel.
        minutes: stop after so many minutes of this session.
        progress: show a progress bar.
        resume: go on from the newest checkpoint; False starts over and deletes the earlier run in the folder.

    Attributes:
        config: the settings in force.
        identity: slug, data and seed.
        device: the `torch.device` of this process.
        precision: "32-true" or "bf16-mixed": what `config.precision` means on this device.
        precisions, machines: those that the run saw so far, in order; a run may go on on another kind of machine.
        step: steps done so far.
        stopped_by: None, or why the loop ended early: "minutes", "SIGINT" or "SIGTERM".

    Raises:
        UserError: folder not writable, device not there, batch size not divisible by `devices`.
    """

    def __init__(
        self,
        folder: str | Path,
        config: Settings,
        *,
        slug: str,
        profile: str,
        data: str,
        seed: int,
        device: str = "auto",
        devices: int = 1,
        minutes: int | float | None = None,
        progress: bool = True,
        resume: bool = True,
    ) -> None:
        if minutes is not None and not minutes > 0:
            raise UserError(f"minutes must be more than 0, got {minutes}")
        self.folder = make_folder(Path(folder))
        self.config = config
        if self.config.batch_size % devices:
            raise UserError(f"batch_size {config.batch_size} cannot be divided evenly over {devices} devices")
        self.identity = {"slug": slug, "data": data, "seed": seed}
        self.profile, self.minutes, self.resume = profile, minutes, resume
        if self.config.threads is not None:
            torch.set_num_threads(self.config.threads)
        kind = pick_device(device, devices)
        self.precision = pick_precision(config.precision, kind)
        self.precisions = [self.precision]
        self.fabric = make_fabric(kind, devices, self.precision)
        self.device = self.fabric.device
        self.machines = [device_name(self.device)]
        self.draws = Draws(seed, self.device, self.fabric.global_rank, self.fabric.world_size)
        torch.manual_seed(seed)
        self.step, self.stopped_by = 0, None
        self._progress = Progress(slug, speaks=self.fabric.is_global_zero, bar=progress)
        self._raw = Parts()
        self._emas: dict[str, Ema] = {}
        self._previews: Previews | None = None
        self._means = Means()
        self._watch = Stopwatch()
        self._restored = False
        self._commit = git_commit()

    @property
    def finished(self) -> bool:
        """Whether all steps of the configuration are done."""
        return self.step >= self.config.steps

    # What the caller sets up

    def setup(self, **parts: nn.Module | tuple[nn.Module, Optimizer | None]) -> Parts:
        """Move modules to the device and prepare them for precision and data-parallel training.

        Args:
            parts: for each name a module, or a pair (module, optimizer).

        Returns:
            For each name the pair (prepared module, prepared optimizer or None).
        """
        ready = Parts()
        for name, part in parts.items():
            module, optimizer = part if isinstance(part, tuple) else (part, None)
            if self.config.channels_last and self.precision == "bf16-mixed":
                module = module.to(memory_format=torch.channels_last)
            self._raw[name] = Part(module, optimizer)
            ready[name] = Part(*prepared(self.fabric, module, optimizer))
        return ready

    def track_ema(self, name: str, decay: int | float | None = None) -> None:
        """Keep an average of the weights of the part `name`, updated after each step;
        `decay` defaults to `config.ema_decay`.
        """
        self._emas[name] = Ema(self._raw[name].module, self.config.ema_decay if decay is None else decay)

    def restart_ema(self, name: str) -> None:
        """Let an average follow closely again, as in the first steps: call it where a network changes much at once."""
        self._average(name).updates = 0

    def ema(self, name: str) -> nn.Module:
        """The averaged module of a tracked part: on the run's device, in evaluation mode, without gradients."""
        return self._average(name).module

    def _average(self, name: str) -> Ema:
        if name not in self._emas:
            raise UserError(f"no average of {name!r} is kept; call track_ema({name!r}) before the loop")
        return self._emas[name]

    def preview_with(self, picture: Callable[[], Any], every: int | None = None) -> None:
        """Write `picture()` to `previews/<step>.png` before the first, after every `every`-th and after the last step.

        Args:
            picture: returns a uint8 array or tensor of shape (height, width) or (height, width, 3); called without
                gradients.
            every: defaults to `config.preview_every`; 0 for none.
        """
        every = self.config.preview_every if every is None else every
        self._previews = Previews(self.folder, picture, every, writes=self.fabric.is_global_zero)

    # What the caller uses in a step

    def mean(self, number: Float[Tensor, ""]) -> float:
        """The mean of a number over the ranks, so that all of them take the same decision by it."""
        return float(self.fabric.all_reduce(number.detach(), reduce_op="mean"))

    def backward(self, loss: Float[Tensor, ""], **options: Any) -> None:
        """Add the gradients of `loss` to the parameters (averaged over the ranks);
        `options` as for `Tensor.backward`.
        """
        self.fabric.backward(loss, **options)

    def log(self, **values: int | float | Tensor) -> None:
        """Record numbers of this step;
        the mean over `config.log_every` steps (and all ranks) becomes a line of the curves.
        """
        self._means.add(values)

    # The loop

    def steps(self) -> Iterator[int]:
        """Yield the index of each step to do, from 0 or where the last checkpoint stands;
        save, log and stop as configured.

        SIGINT (Ctrl-C) and SIGTERM let the present step finish, save, and end the loop; a second one acts as usual.
        Leaving the loop by `break` or an error saves nothing; the last checkpoint stays.

        Raises:
            UserError: the folder holds another run or another process trains in it, its checkpoints are damaged, the
                disk is full, or the training diverged.
        """
        self.stopped_by = None
        with contextlib.ExitStack() as session:
            if self.fabric.is_global_zero:
                session.enter_context(locked(self.folder))
            self._restore()
            if self.finished:
                self._progress.say(f"{self.folder}: all {self.config.steps} steps are done; set more steps to go on")
                return
            self._progress.introduce(
                f"{self.identity['slug']}: {device_name(self.device)}, {PRECISION_WORDS[self.precision]}"
            )
            self._curves = session.enter_context(CurveWriter(self.folder, self.step, writes=self.fabric.is_global_zero))
            self._bar = session.enter_context(self._progress.bar(self.step, self.config.steps))
            self._watch.start()
            session.callback(self._watch.stop)
            self._rhythm = checkpoint.Rhythm(
                self.config.checkpoint_every, self.config.checkpoint_seconds, self._watch.total
            )
            if self._previews and self.step == 0:
                self._previews.write(0)
            with StopRequest() as request:
                while not self.finished and not self.stopped_by:
                    self.draws.begin(self.step)
                    yield self.step
                    self.step += 1
                    with self._rescue():
                        self._after_step(request)
            with self._rescue():
                self._end()

    def _after_step(self, request: StopRequest) -> None:
        for ema in self._emas.values():
            ema.update()
        self._bar.update()
        if self.step % self.config.log_every == 0:
            self._write_curves()
        if self._previews:
            self._previews.write(self.step, last=self.finished)
        self.stopped_by = self._reason_to_stop(request)
        if not self.finished and not self.stopped_by and self._rhythm.is_due(self.step, self._watch.total):
            self._save()

    @contextlib.contextmanager
    def _rescue(self) -> Iterator[None]:
        """Where a file cannot be written, save what can be saved, and say what is lost."""
        try:
            yield
        except NotWritten as error:
            with contextlib.suppress(NotWritten):
                self._save()
            raise checkpoint.what_is_lost(self.folder, self.step, error) from error

    def _reason_to_stop(self, request: StopRequest) -> str | None:
        out_of_time = self.minutes is not None and self._watch.session >= 60 * self.minutes
        code = REASONS.index(request.received or ("minutes" if out_of_time else ""))
        if self.fabric.world_size > 1:
            if self.step % POLL:
                return None
            code = int(self.fabric.all_reduce(torch.tensor(code, device=self.device), reduce_op="max"))
        return REASONS[code] or None

    def _end(self) -> None:
        self._write_curves()
        self._save()
        self.fabric.barrier()
        if not self.finished:
            self._progress.say(
                f"stopped by {self.stopped_by} after step {self.step} of {self.config.steps}, saved in {self.folder}; "
                "run the same command again to go on"
            )

    # State on disk

    def _restore(self) -> None:
        if self._restored:
            return
        if self.fabric.is_global_zero:
            if not self.resume:
                checkpoint.clear(self.folder)
            remove_temporaries(self.folder)
        self.fabric.barrier()
        saved = checkpoint.load_state(self.folder, self._progress.say)
        if saved is not None:
            self._load(*saved)
            self._progress.say(f"resuming {self.folder} after step {self.step}")
        self._restored = True

    def _load(self, tensors: dict[str, Tensor], record: dict[str, Any]) -> None:
        state.refuse_another_run(self.folder, self.identity, self.config, record)
        state.unpack(self._raw, self._emas, tensors, record, f"the checkpoint in {self.folder}")
        self.step, self._watch.before = record["step"], record["seconds"]
        seen = record.get("precisions", [record["config"]["precision"]])  # older runs have the one of their settings
        self.precisions = self._also(seen, self.precision)
        self.machines = self._also(record.get("machines", self.machines), self.machines[-1])

    def _also(self, seen: list[str], now: str) -> list[str]:
        """What the run saw, and what it sees now, if it goes on at all."""
        return seen if self.finished or seen[-1] == now else [*seen, now]

    def _save(self) -> None:
        """Save the state; only rank 0 does, as all ranks hold the same."""
        if not self.fabric.is_global_zero:
            return
        refuse_divergence(self._means.peek(), self.step, self.folder)
        began = self._watch.total
        tensors, packed = state.pack(self._raw, self._emas)
        record = {
            **self.identity,
            "config": as_dict(self.config),
            "precisions": self.precisions,
            "machines": self.machines,
            "seconds": self._watch.total,
            **packed,
        }
        checkpoint.save_state(
            self.folder, self.step, tensors, record, also={self.folder / RECORD: record_bytes(self.record())}
        )
        self._rhythm.saved(began, self._watch.total)

    def record(self) -> dict[str, Any]:
        """How this run was made, as plain JSON values: what `run.json` holds."""
        return {
            **self.identity,
            "profile": self.profile,
            "config": as_dict(self.config),
            "step": self.step,
            "finished": self.finished,
            "stopped_by": self.stopped_by,
            "minutes": round(self._watch.total / 60, 2),
            "device": ", then ".join(self.machines),
            "precisions": self.precisions,
            "devices": self.fabric.world_size,
            "commit": self._commit,
            "torch": torch.__version__,
            "python": platform.python_version(),
            "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        }

    def ship(
        self,
        dest: str | Path,
        *,
        metrics: Mapping[str, int | float] | None = None,
        only: list[str] | None = None,
        previews: bool = False,
    ) -> Path:
        """Write the shipped form: `model.safetensors` in half precision (averages where tracked),
        `run.json`, `curves.csv`.

        Args:
            dest: folder, made if needed.
            metrics: numbers to keep in the record.
            only: names of the parts to ship; default all.
            previews: whether `previews.webp` is shipped, too (see :func:`ganbook.training.read_film`).

        Raises:
            UserError: unknown part, weights that half precision cannot hold, folder not writable.
        """
        names = list(self._raw) if only is None else only
        modules = {name: self._emas[name].module if name in self._emas else self._raw[name].module for name in names}
        record = {**self.record(), "metrics": dict(metrics or {})}
        if self.fabric.is_global_zero:
            files = {}
            if previews:
                files[FILM], record["previews"] = film(self.folder)
            write_shipped(Path(dest), modules, record, curves_csv(self.folder), files)
        self.fabric.barrier()
        return Path(dest)

    def _write_curves(self) -> None:
        means = self._means.take()
        if not means:
            return
        if self.fabric.world_size > 1:
            values = torch.tensor(list(means.values()), device=self.device)
            means = dict(zip(means, self.fabric.all_reduce(values, reduce_op="mean").tolist(), strict=True))
        refuse_divergence(means, self.step, self.folder)
        self._curves.append(self.step, self._watch.total, means)
        show(self._bar, means)
