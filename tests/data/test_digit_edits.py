from collections import Counter
from dataclasses import fields
from itertools import chain

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ganbook.data import DigitEdits, Instruction, Renderer, State, digit_edits, held_out, load_digits
from ganbook.data.digit_edits import CAPTION_WORDS, LABELS, MAX_WORDS, PER_CLASS, edits_of, tokenise
from ganbook.data.edits import (
    ACTIONS,
    DIRECTED,
    DIRECTIONS,
    EMPTY,
    NULL,
    all_instructions,
    apply,
    describe,
    instructions,
    parse,
    states,
)
from ganbook.errors import UserError

SPLITS = ("train", "dev", "test")


@pytest.fixture
def ten(make_digits) -> DigitEdits:
    """All edits of ten synthetic digits, one a class."""
    digits = make_digits(10)
    return DigitEdits(digits.images, digits.labels, resolution=32)


def everything(data: DigitEdits):
    return data.batch(torch.arange(len(data)))


def say(tokens: torch.Tensor, lengths: torch.Tensor) -> list[str]:
    """The texts of rows of tokens, each of which must end in zeros only."""
    assert all((row[:n] > 0).all() and (row[n:] == 0).all() for row, n in zip(tokens, lengths, strict=True))
    return [" ".join(CAPTION_WORDS[number - 1] for number in row if number) for row in tokens.tolist()]


# The renderer


def composed(digit: np.ndarray, state: State) -> torch.Tensor:
    """The canvas as section 4.1 makes it: 84 x 84, the digit stretched and laid into its box."""
    canvas = torch.zeros(84, 84)
    _, x, y, w, h = state
    ink = torch.tensor(digit / 255).float()[None, None]
    stretched = F.interpolate(ink, size=(28 * h, 28 * w), mode="bilinear")[0, 0]
    canvas[28 * y : 28 * (y + h), 28 * x : 28 * (x + w)] = stretched
    return canvas


@pytest.mark.parametrize("resolution", [12, 33, 64, 84])
def test_pictures_are_those_of_a_composed_canvas(make_digits, resolution):
    boxes = states(3)[1:]
    images = make_digits(len(boxes)).images
    canvases = torch.stack([composed(image, state) for image, state in zip(images, boxes, strict=True)])[:, None]
    expected = F.interpolate(canvases, size=(resolution, resolution), mode="bilinear", antialias=True) * 2 - 1
    pictures = Renderer(resolution)(torch.tensor(images / 255).float(), torch.tensor(boxes))
    torch.testing.assert_close(pictures, expected, rtol=0, atol=1e-5)


def test_pictures_agree_with_pillow():
    digits = load_digits("test", "embedded").images[:30]
    boxes = states(3)[1:]
    pictures = Renderer(64)(torch.tensor(digits / 255).float(), torch.tensor(boxes))[:, 0]
    for picture, digit, (_, x, y, w, h) in zip(pictures, digits, boxes, strict=True):
        canvas = Image.new("L", (84, 84))
        canvas.paste(Image.fromarray(digit).resize((28 * w, 28 * h), Image.Resampling.BILINEAR), (28 * x, 28 * y))
        expected = np.asarray(canvas.resize((64, 64), Image.Resampling.BILINEAR), float) / 127.5 - 1
        # Pillow rounds to whole grey values twice
        np.testing.assert_allclose(picture, expected, rtol=0, atol=2.1 / 127.5)


@settings(deadline=None, max_examples=60)
@given(resolution=st.integers(12, 84), state=st.sampled_from(states(1)[1:]))
def test_ink_fills_the_box_and_stays_there(resolution, state):
    """A digit of nothing but ink: ink in every pixel inside its box,
    none in pixels that do not touch it; on the edge either.
    """
    (picture,) = Renderer(resolution)(torch.ones(1, 28, 28), torch.tensor([state]))[:, 0]
    columns, rows = (inside(resolution, start, length) for start, length in ((state.x, state.w), (state.y, state.h)))
    assert (picture[np.ix_(rows > 0, columns > 0)] > 0.999).all()
    picture[np.ix_(rows >= 0, columns >= 0)] = -1
    assert (picture == -1).all()


def inside(resolution: int, start: int, length: int) -> np.ndarray:
    """1 for pixels at least one pixel inside the box or its canvas' edge,
    -1 for those at least one outside, 0 between.
    """
    left, right = (start * resolution / 3, (start + length) * resolution / 3)
    pixel = np.arange(resolution)
    low = 0 if start == 0 else left + 1
    high = resolution if start + length == 3 else right - 1
    return np.where(
        (pixel >= low) & (pixel + 1 <= high), 1, np.where((pixel + 1 <= left - 1) | (pixel >= right + 1), -1, 0)
    )


def test_no_digit_no_ink():
    assert (Renderer(64)(torch.rand(2, 28, 28), torch.tensor([EMPTY] * 2)) == -1).all()


def test_a_box_outside_the_canvas_is_seen():
    assert Renderer(64)(torch.rand(1, 28, 28), torch.tensor([[5, 2, 0, 2, 1]])).isnan().any()


@pytest.mark.parametrize("resolution", [0, 11, 85])
def test_resolutions_that_cannot_be_drawn(resolution):
    with pytest.raises(UserError, match=f"expected a resolution from 12 to 84, got {resolution}"):
        Renderer(resolution)


# Triples


def test_batches_hold_every_triple_once_in_the_stated_order(make_digits):
    digits = make_digits(23)
    data = DigitEdits(digits.images, digits.labels, resolution=16)
    assert len(data) == 23 * 315
    batch = everything(data)
    edits = list(chain.from_iterable(edits_of(label) for label in digits.labels))
    befores, told, afters = zip(*edits, strict=True)
    assert batch.source_state.tolist() == [list(state) for state in befores]
    assert batch.target_state.tolist() == [list(state) for state in afters]
    assert say(batch.tokens, batch.lengths) == [instruction.text for instruction in told]
    assert say(batch.caption_tokens, batch.caption_lengths) == [describe(state) for state in afters]
    assert batch.sample.tolist() == [number for number in range(23) for _ in range(315)]
    ink = torch.tensor(digits.images.repeat(315, axis=0) / 255).float()
    for pictures, shown in ((batch.source, befores), (batch.target, afters)):
        torch.testing.assert_close(pictures, Renderer(16)(ink, torch.tensor(shown)), rtol=0, atol=1e-6)


def test_batches_in_any_order_are_rows_of_the_whole(ten):
    whole = everything(ten)
    indices = torch.tensor([3149, 0, 314, 315, 1000, 1000])
    part = ten.batch(indices)
    for field in fields(part):
        torch.testing.assert_close(getattr(part, field.name), getattr(whole, field.name)[indices], rtol=0, atol=1e-6)


def test_targets_are_what_the_instructions_say(ten):
    batch = everything(ten)
    for text, before, after in zip(
        say(batch.tokens, batch.lengths), batch.source_state.tolist(), batch.target_state.tolist(), strict=True
    ):
        assert apply(parse(text), State(*before)) == State(*after)


def test_put_starts_from_and_remove_ends_with_an_empty_canvas(ten):
    batch = everything(ten)
    actions = np.array([text.split()[0] for text in say(batch.tokens, batch.lengths)])
    assert ((batch.source == -1).flatten(1).all(1).numpy() == (actions == "put")).all()
    assert ((batch.target == -1).flatten(1).all(1).numpy() == (actions == "remove")).all()
    assert set(batch.source_state[actions == "put", 0].tolist()) == {NULL}
    assert batch.target_state[actions == "put", 0].tolist() == [digit for digit in range(10) for _ in range(9)]


def test_types_and_ranges(ten):
    batch = ten.batch(torch.arange(0, len(ten), 7))
    n = len(batch.lengths)
    for pictures in (batch.source, batch.target):
        assert (pictures.dtype, pictures.shape) == (torch.float32, (n, 1, 32, 32))
        assert pictures.min() == -1
        assert 0.5 < pictures.max() <= 1 + 1e-6
    for tokens, lengths in ((batch.tokens, batch.lengths), (batch.caption_tokens, batch.caption_lengths)):
        assert (tokens.dtype, tokens.shape) == (torch.int64, (n, MAX_WORDS))
        assert (lengths.dtype, lengths.shape) == (torch.int64, (n,))
        assert lengths.min() >= 1
        assert tokens.max() <= len(CAPTION_WORDS)
    for state in (batch.source_state, batch.target_state):
        assert (state.dtype, state.shape) == (torch.int64, (n, len(LABELS)))
        assert (state >= 0).all()
        assert (state < torch.tensor(list(LABELS.values()))).all()


def test_an_empty_batch(ten):
    assert ten.batch(torch.arange(0)).source.shape == (0, 1, 32, 32)


@pytest.mark.parametrize("moved", [True, False])
def test_everything_is_made_on_the_device(make_digits, moved):
    """PyTorch's meta device computes shapes only, and refuses whatever mixes it with another."""
    digits = make_digits(10)
    data = DigitEdits(digits.images, digits.labels, resolution=32, device="cpu" if moved else "meta")
    if moved:
        assert data.to("meta") is data
    batch = data.batch(torch.arange(5))
    assert data.device.type == "meta"
    assert {getattr(batch, field.name).device.type for field in fields(batch)} == {"meta"}
    assert batch.target.shape == (5, 1, 32, 32)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_a_gpu_makes_the_same_batch(make_digits, ten):
    digits = make_digits(10)
    there = everything(DigitEdits(digits.images, digits.labels, resolution=32, device="cuda"))
    here = everything(ten)
    for field in fields(here):
        torch.testing.assert_close(getattr(there, field.name).cpu(), getattr(here, field.name), rtol=0, atol=1e-2)


@pytest.mark.parametrize("index", [-1, 3150, 10**9])
def test_numbers_of_triples_that_do_not_exist(ten, index):
    with pytest.raises(
        UserError, match=f"expected numbers of triples from 0 to 3149, got {min(3, index)} to {max(3, index)}"
    ):
        ten.batch(torch.tensor([3, index]))


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.zeros((2, 28, 28), np.float32), np.zeros(2, np.uint8), r"expected uint8 \(n, 28, 28\), got float32"),
        (np.zeros((2, 32, 32), np.uint8), np.zeros(2, np.uint8), r"got uint8 \(2, 32, 32\)"),
        (np.zeros((2, 28, 28), np.uint8), np.zeros(3, np.uint8), r"digit labels: expected uint8 \(2,\)"),
        (np.zeros((1, 28, 28), np.uint8), np.array([10], np.uint8), "expected 0..9, got 10"),
        (np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.uint8), "there are no digits to edit"),
    ],
)
def test_samples_that_are_no_digits(images, labels, message):
    with pytest.raises(UserError, match=message):
        DigitEdits(images, labels)


# Held-out instructions


def test_held_out_instructions():
    held = held_out()
    assert parse("expand seven to the top left") in held
    assert Counter((action, where) for action, _, where in held) == dict.fromkeys(
        ((a, d) for a in DIRECTED for d in DIRECTIONS), 1
    )
    assert set(Counter(digit for _, digit, _ in held).values()) == {2, 3}
    assert len({(digit, where) for _, digit, where in held}) == 24
    assert Counter((action, digit) for action, digit, _ in held).most_common(1)[0][1] == 1


def test_held_out_instructions_are_never_in_a_batch(make_digits):
    digits = make_digits(20)
    data = DigitEdits(digits.images, digits.labels, resolution=12, without=held_out())
    batch = everything(data)
    seen = Counter(map(parse, say(batch.tokens, batch.lengths)))
    assert set(seen) == all_instructions() - held_out()
    whole = Counter(instruction for digit in range(NULL) for _, instruction, _ in edits_of(digit))
    assert all(times == 2 * whole[instruction] for instruction, times in seen.items())
    for text, before, after in zip(
        say(batch.tokens, batch.lengths), batch.source_state.tolist(), batch.target_state.tolist(), strict=True
    ):
        assert apply(parse(text), State(*before)) == State(*after)


def test_what_is_left_out_must_be_an_instruction(make_digits):
    digits = make_digits(10)
    for strange in ("move six to the left", Instruction("move", 6, "middle")):
        with pytest.raises(UserError, match="cannot leave out .*: it is no instruction"):
            DigitEdits(digits.images, digits.labels, without=[strange])


# Words


def test_tokens_of_all_instructions_are_distinct_and_say_them():
    texts = sorted(instruction.text for instruction in all_instructions())
    tokens, lengths = tokenise(texts)
    assert say(tokens, lengths) == texts
    assert len({tuple(row) for row in tokens.tolist()}) == 340
    assert (tokens[:, 0].unique() == torch.arange(1, len(ACTIONS) + 1)).all()


def test_tokenise_known_answer():
    tokens, lengths = tokenise(["Remove  zero.", "nothing"])
    assert tokens.tolist() == [
        [CAPTION_WORDS.index("remove") + 1, CAPTION_WORDS.index("zero") + 1] + [0] * 8,
        [len(CAPTION_WORDS)] + [0] * 9,
    ]
    assert lengths.tolist() == [2, 1]
    assert [part.shape for part in tokenise([])] == [(0, MAX_WORDS), (0,)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The sentence is empty. Words that I know: move, "),
        ("jump to the left", "I do not know 'jump'. Words that I know: move, .*, nothing."),
        ("the " * 11, "The sentence has 11 words; say it in 10 at most."),
    ],
)
def test_what_cannot_be_tokenised(text, message):
    with pytest.raises(UserError, match=message):
        tokenise(["remove six", text])


# The book's splits


@pytest.fixture(scope="module")
def of_source() -> dict[str, dict[str, DigitEdits]]:
    return {}


@pytest.fixture
def splits(of_source, source) -> dict[str, DigitEdits]:
    """The three splits, made once a source."""
    if source not in of_source:
        of_source[source] = {split: digit_edits(split, source, resolution=12) for split in SPLITS}
    return of_source[source]


def names(data: DigitEdits) -> set[bytes]:
    return {image.tobytes() for image in data.digits.numpy()}


def test_counts_a_class(splits, source):
    for split, data in splits.items():
        assert (data.source, data.split) == (source, split)
        assert data.labels.bincount().tolist() == [PER_CLASS[source][split]] * 10
        assert len(data) == 10 * PER_CLASS[source][split] * 315


def test_splits_share_no_sample(splits, source):
    samples = [names(splits[split]) for split in SPLITS]
    assert len(set.union(*samples)) == sum(map(len, samples)) == 10 * sum(PER_CLASS[source].values())


def test_the_judge_sees_every_training_digit_that_is_kept_for_no_test(splits, source):
    judge = names(digit_edits("judge", source, resolution=12))
    kept = names(splits["dev"]) | names(splits["test"])
    assert judge == {image.tobytes() for image in load_digits("train", source).images} - kept
    assert names(splits["train"]) < judge


def test_samples_are_digits_of_the_source_with_their_labels(splits, source):
    label_of = {
        part: dict(zip(map(bytes, pool.images), pool.labels, strict=True))
        for part in ("train", "test")
        for pool in [load_digits(part, source)]
    }
    for split, data in splits.items():
        own = label_of["test" if (source, split) == ("embedded", "test") else "train"]
        assert [own[image.tobytes()] for image in data.digits.numpy()] == data.labels.tolist()


def test_the_papers_numbers_of_samples():
    assert PER_CLASS["mnist"] == {"train": 900, "dev": 100, "test": 100}


def test_same_seed_same_samples_other_seed_others(splits, source):
    again, other = (digit_edits("dev", source, resolution=12, seed=seed) for seed in (0, 1))
    assert torch.equal(again.digits, splits["dev"].digits)
    assert len(names(other) & names(splits["dev"])) < len(names(other)) / 2


def test_arguments_reach_the_data():
    data = digit_edits("dev", "embedded", resolution=20, without=instructions(3), device="cpu")
    assert data.batch(torch.tensor([0])).source.shape == (1, 1, 20, 20)
    assert len(data) == 9 * 12 * 315


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"split": "training"}, "unknown split 'training': expected one of train, dev, test"),
        ({"split": "dev", "source": "svhn"}, "unknown source 'svhn'"),
        ({"split": "dev", "seed": -1}, "seed must be at least 0, got -1"),
        ({"split": "dev", "source": "embedded", "resolution": 100}, "expected a resolution from 12 to 84, got 100"),
    ],
)
def test_bad_requests(arguments, message):
    with pytest.raises(UserError, match=message):
        digit_edits(**arguments)
