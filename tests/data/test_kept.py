"""Drawings are made once, whatever number of them is asked for, and go on where they were stopped."""

import pytest
import torch

from ganbook.data import kept
from ganbook.data.kept import drawn_once


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """A function that asks for n drawings of 2 values each, and the calls that it came to."""
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path))
    calls = []

    def draw(start, stop):
        calls.append((start, stop))
        return torch.stack([torch.arange(start, stop), torch.arange(start, stop) // 7], 1).to(torch.uint8)

    return lambda n: drawn_once("some", n, (2,), draw, progress=False), calls, tmp_path / "data" / "some.bin"


def test_the_last_block_may_be_short_and_is_drawn_whole_when_more_are_wanted(drawn):
    ask, calls, _ = drawn
    assert ask(130).shape == (130, 2) and calls == [(0, 100), (100, 130)]
    more = ask(250)
    assert calls[2:] == [(0, 8), (100, 200), (200, 250)]
    assert torch.equal(more[:, 0], torch.arange(250).to(torch.uint8)) and torch.equal(ask(130), more[:130])
    assert calls[5:] == [(0, 8)]


def test_half_a_drawing_at_the_end_is_made_again(drawn):
    ask, calls, file = drawn
    whole = ask(130)
    file.write_bytes(file.read_bytes()[: 2 * 110 + 1])
    assert torch.equal(ask(130), whole) and calls[2:] == [(0, 8), (100, 130)]


def test_what_another_process_draws_meanwhile_is_not_lost(drawn, monkeypatch):
    """It may begin to write after we have looked at the file, and before we open it."""
    ask, _, file = drawn
    whole = bytes(ask(200).numpy().tobytes())
    file.unlink()

    def open_late(path, mode):
        path.write_bytes(whole)
        return open(path, mode)

    monkeypatch.setattr(kept, "open", open_late, raising=False)
    monkeypatch.setattr(kept, "tqdm", lambda *_, **__: [])  # stopped before its first block
    assert ask(200).numpy().tobytes() == whole


def test_drawings_of_another_renderer_are_made_again(drawn):
    ask, calls, file = drawn
    whole = ask(130)
    rounded = bytearray(file.read_bytes())
    rounded[6] += 2
    file.write_bytes(rounded)
    assert torch.equal(ask(130)[4:], whole[4:]) and len(calls) == 3  # another processor's rounding
    rounded[6] += 100
    file.write_bytes(rounded)
    assert torch.equal(ask(130), whole) and calls[-2:] == [(0, 100), (100, 130)]
