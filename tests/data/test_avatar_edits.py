"""Triples of avatars: counts, cleaning, splits, pictures, masks."""

import dataclasses

import pytest
import torch

from ganbook.data import avatar_edits as module
from ganbook.data import avatars
from ganbook.data.avatar_edits import (
    FAULTS,
    PAIRS,
    SINGLES,
    SPLITS,
    UNSEEN,
    AvatarEdits,
    RawEdits,
    avatar_edits,
    changed,
    clean,
    first_singles,
    raw_edits,
    single_avatars,
)
from ganbook.data.avatar_forms import FORMS, MOST_FORMS, SEEN
from ganbook.data.avatar_language import MAX_WORDS, tokenise, understand
from ganbook.data.avatars import COUNTS, KINDS
from ganbook.data.kept import SAMPLE
from ganbook.data.pixels import from_bytes
from ganbook.errors import UserError

NAMES = list(KINDS)


@pytest.fixture(scope="module")
def raw() -> RawEdits:
    return raw_edits()


@pytest.fixture(scope="module")
def splits() -> dict[str, AvatarEdits]:
    return {split: avatar_edits(split) for split in SPLITS}


def pair(edits: RawEdits | AvatarEdits, row: int) -> tuple[str, int, int]:
    column = int(edits.kinds[row])
    return NAMES[column], int(edits.source[row, column]), int(edits.target[row, column])


def test_pairs_differ_in_one_kind_and_in_that(raw):
    differs = raw.source != raw.target
    assert len(raw) == PAIRS == 8_000 and (differs.sum(1) == 1).all()
    assert torch.equal(differs.long().argmax(1), raw.kinds)
    for attributes in (raw.source, raw.target):
        assert (attributes >= 0).all() and (attributes < torch.tensor(COUNTS)).all()
    assert (torch.bincount(raw.kinds, minlength=14) > 450).all()


def test_targets_are_even_among_the_other_values(raw):
    hair = raw.kinds == NAMES.index("hair")
    steps = (raw.target - raw.source)[hair, NAMES.index("hair")] % 18
    assert steps.min() == 1 and (torch.bincount(steps, minlength=18)[1:] > 10).all()


def test_faults_are_as_many_as_the_paper_threw_away_and_spread(raw):
    assert sum(FAULTS.values()) == 3_244
    assert torch.bincount(raw.faults).tolist() == [4_756, *FAULTS.values()]
    for part in (raw.faults > 0).split(1_000):
        assert 340 < part.sum() < 470


def test_the_cleaning_keeps_what_is_right_and_only_that(raw):
    assert torch.equal(clean(raw), raw.faults == 0)


@pytest.mark.parametrize(("seed", "forms", "typos"), [(1, None, 0.1), (2, 1, 0.0)])
def test_the_cleaning_with_other_seeds_forms_and_slips(seed, forms, typos):
    raw = raw_edits(seed, forms, typos)
    assert torch.equal(clean(raw), raw.faults == 0)


def test_the_cleaning_sees_sentence_and_pair_only(raw):
    hidden = dataclasses.replace(
        raw, faults=torch.zeros_like(raw.faults), forms=torch.zeros_like(raw.forms), unseen=torch.zeros_like(raw.unseen)
    )
    assert clean(hidden).sum() == 4_756


def test_mirrored_instructions_are_understood_as_mirrored(raw):
    mirrored = torch.nonzero(raw.faults == 1).flatten().tolist()
    for row in mirrored[::3]:
        kind, source, target = pair(raw, row)
        assert understand(raw.instructions[row]).meaning.fits(kind, target, source)


def test_instructions_that_say_nothing_are_understood_as_such(raw):
    nothing = {raw.instructions[row] for row in torch.nonzero(raw.faults == 4).flatten().tolist()}
    assert len(nothing) > 20 and all(understand(text).problem == "nothing" for text in nothing)


def test_sizes_of_the_splits_are_the_papers(splits):
    assert {split: len(edits) for split, edits in splits.items()} == {"train": 4_296, "dev": 230, "test": 230}


def test_every_kept_instruction_is_understood_as_its_pair(splits):
    for edits in splits.values():
        for row in range(len(edits)):
            assert understand(edits.instructions[row]).meaning.fits(*pair(edits, row)), edits.instructions[row]


def test_splits_share_no_pair(splits):
    rows = [tuple(row) for edits in splits.values() for row in torch.cat([edits.source, edits.skin], 1).tolist()]
    assert len(set(rows)) == len(rows) == 4_756


def test_half_of_the_test_uses_forms_that_training_never_sees(splits):
    held = {form.number for form in FORMS if form.unseen}
    assert splits["test"].unseen.sum() == UNSEEN == len(splits["test"]) / 2
    for edits in splits.values():
        assert torch.equal(edits.unseen, torch.tensor([form in held for form in edits.forms.tolist()]))
    assert not splits["train"].unseen.any() and not splits["dev"].unseen.any()
    test = splits["test"]
    for forms in (splits["dev"].forms, test.forms[~test.unseen]):
        assert set(forms.tolist()) <= set(splits["train"].forms.tolist())
    assert 0.3 < splits["test"].unseen[:115].float().mean() < 0.7


def test_training_has_many_forms(splits):
    assert len(set(splits["train"].forms.tolist())) > 400
    assert len({text.lower() for text in splits["train"].instructions}) > 4_000


@pytest.mark.parametrize("forms", [1, 3])
def test_a_limit_of_forms(splits, forms):
    limited = avatar_edits("train", forms=forms)
    allowed = {form.number for kind in KINDS for form in SEEN[kind][:forms]}
    assert set(limited.forms.tolist()) <= allowed and len(set(limited.forms.tolist())) > 0.9 * len(allowed)
    assert torch.equal(limited.source, splits["train"].source)
    assert torch.equal(limited.target, splits["train"].target)
    assert avatar_edits("test", forms=forms).unseen.sum() == UNSEEN


def test_the_same_seed_gives_the_same_and_another_something_else(raw, splits):
    again, other = module._cleaned(0, None, module.TYPOS)[0], raw_edits(1, forms=1)
    assert again is not raw
    assert again.instructions == raw.instructions and torch.equal(again.target, raw.target)
    assert not torch.equal(other.source, raw.source)
    assert avatar_edits("dev").instructions == splits["dev"].instructions


def test_a_batch(splits):
    edits, index = splits["dev"], torch.tensor([7, 0, 7, 229])
    batch = edits.batch(index)
    for pictures in (batch.source, batch.target):
        assert pictures.dtype == torch.float32 and pictures.shape == (4, 3, 64, 64)
        assert pictures.min() >= -1 and pictures.max() <= 1
    tokens, lengths = tokenise([edits.instructions[number] for number in index.tolist()])
    assert torch.equal(batch.tokens, tokens) and torch.equal(batch.lengths, lengths)
    assert batch.tokens.shape == (4, MAX_WORDS)
    assert torch.equal(batch.kind, edits.kinds[index])
    assert torch.equal(batch.source_attributes, edits.source[index])
    assert torch.equal(batch.target_attributes, edits.target[index])
    assert torch.equal(batch.source[0], batch.source[2])


def test_pictures_are_those_of_their_attributes_in_any_batch(splits):
    edits, index = splits["dev"], torch.tensor([3, 11])
    batch = edits.batch(index)
    for attributes, pictures in ((edits.source, batch.source), (edits.target, batch.target)):
        looks = avatars.looks(attributes[index], edits.skin[index], edits.hair[index])
        drawn = avatars.render(looks, avatars.portrait(2), 64).pictures
        assert (drawn - pictures).abs().max() <= 0.5 / 127.5 + 1e-6
    alone = avatar_edits("dev").batch(index[1:])
    assert torch.equal(alone.target[0], batch.target[1])


def test_pictures_are_drawn_once(splits, monkeypatch):
    edits = avatar_edits("dev", side=16)
    first = edits.batch(torch.arange(5))
    monkeypatch.setattr(avatars, "render", None)
    assert torch.equal(edits.batch(torch.arange(5)).target, first.target)


def test_empty_batches(splits):
    assert splits["dev"].batch(torch.arange(0)).source.shape == (0, 3, 64, 64)
    assert single_avatars(torch.arange(0)).pictures.shape == (0, 3, 64, 64)


def test_the_mask_is_exact(splits):
    edits = splits["test"]
    index = torch.cat([torch.nonzero(edits.kinds == column).flatten()[:3] for column in range(14)])
    batch = edits.batch(index)
    mask = changed(batch.source, batch.target)
    assert mask.dtype == torch.bool and mask.shape == (len(index), 1, 64, 64)
    assert torch.equal(torch.where(mask, batch.target, batch.source), batch.target)
    assert ((batch.source != batch.target).any(1, keepdim=True) == mask).all()
    size = mask.flatten(1).sum(1)
    assert (size >= 8).all() and (size < 64 * 64).all()
    assert size[batch.kind == NAMES.index("background")].min() > size[batch.kind == NAMES.index("iris")].max()


def test_single_avatars_are_decided_by_their_numbers():
    some = single_avatars(torch.tensor([5, 161_064, 0]))
    assert SINGLES == 161_065
    assert some.pictures.shape == (3, 3, 64, 64) and some.pictures.dtype == torch.float32
    assert some.pictures.min() >= -1 and some.pictures.max() <= 1
    again = single_avatars(torch.tensor([0, 5]))
    for first, second in zip(some, again, strict=True):
        assert torch.equal(first[[2, 0]], second)


def test_the_single_avatars_have_every_value_evenly():
    attributes, _, _ = module._singles()
    assert attributes.shape == (SINGLES, 14)
    for column, count in enumerate(COUNTS):
        share = torch.bincount(attributes[:, column], minlength=count) / SINGLES
        assert (share - 1 / count).abs().max() < 0.01


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: avatar_edits("all"), "unknown split 'all': expected one of train, dev, test"),
        (lambda: avatar_edits("dev", side=8), "expected a side from 16 to 512 pixels, got 8"),
        (lambda: avatar_edits("dev", seed=-1), "seed must be at least 0, got -1"),
        (lambda: avatar_edits("dev", forms=0), f"forms must be from 1 to {MOST_FORMS}, or None for all, got 0"),
        (lambda: avatar_edits("dev", forms=MOST_FORMS + 1), f"forms must be from 1 to {MOST_FORMS}"),
        (lambda: raw_edits(typos=2), "typos must be a share from 0 to 1, got 2"),
        (lambda: avatar_edits("dev").batch(torch.tensor([3, 230])), "expected numbers from 0 to 229, got 3 to 230"),
        (lambda: single_avatars(torch.tensor([SINGLES])), "expected numbers from 0 to 161064, got 161065"),
        (lambda: single_avatars(torch.tensor([0]), side=1024), "expected a side from 16 to 512 pixels, got 1024"),
    ],
)
def test_what_cannot_be_had(call, message):
    with pytest.raises(UserError, match=message):
        call()


def test_the_first_singles_are_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path))
    kept = first_singles(130, side=16, progress=False)
    assert torch.equal(from_bytes(kept), single_avatars(torch.arange(130), side=16).pictures)
    drawn, draw = [], module._draw
    monkeypatch.setattr(module, "_draw", lambda *args: drawn.append(len(args[0])) or draw(*args))
    assert torch.equal(first_singles(130, side=16, progress=False), kept)
    assert drawn == [SAMPLE]
    with pytest.raises(UserError, match="expected numbers from 0 to 161064, got 0 to 161065"):
        first_singles(161_066)
