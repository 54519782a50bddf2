"""Experiments on a prior against known answers, with instruments that are functions of the pictures."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from ganbook import training
from ganbook.chapters.style_prior import analysis, instruments, studies
from ganbook.chapters.style_prior.config import PROFILES
from ganbook.chapters.style_prior.inference import Prior
from ganbook.chapters.style_prior.model import Generator
from ganbook.chapters.style_prior.widgets.layers import checked_groups
from ganbook.data.avatars import LABELS, LANDMARKS

CONFIG = replace(PROFILES["smoke"], channels=(8, 8), latent_dim=6)
TOOLS = replace(instruments.PROFILES["smoke"], channels=(4, 6))
SKIN, EYES, ACCESSORY = (LABELS.index(name) for name in ("skin", "eyes", "accessory"))


def byte(*shape, seed=0):
    return torch.randint(256, shape, generator=torch.Generator().manual_seed(seed)).to(torch.uint8)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def prior():
    torch.manual_seed(0)
    generator = Generator(CONFIG).requires_grad_(False).eval()
    for conv in generator.synthesis.convs:
        conv.style.weight.mul_(3)
        conv.strength.fill_(0.05)
    return Prior(CONFIG, generator)


@pytest.fixture
def judges():
    torch.manual_seed(1)
    return studies.Judges(instruments.Segmenter(TOOLS).eval(), instruments.LandmarkReader(TOOLS).eval())


def test_differences_of_known_pictures(judges, monkeypatch):
    """Labels are whether red is on; landmarks lie where the first pixel's green says."""
    monkeypatch.setattr(studies, "labels_of", lambda segmenter, pictures: (pictures[:, 0] > 0).long())
    monkeypatch.setattr(
        studies, "read", lambda reader, pictures: pictures[:, 1, :1, :2].float().expand(-1, len(LANDMARKS), -1)
    )
    before = torch.zeros(3, 3, 4, 4, dtype=torch.uint8)
    after = before.clone()
    after[:, 0, :, :2], after[:, 1, 0, 0], after[:, 2] = 200, 7, 16
    layout, pose, colours = studies.differences(judges, before, after).tolist()
    assert layout == 0.5 and pose == 7
    assert colours == pytest.approx((16**2 + (7 / 8) ** 2 * 0 + 0) ** 0.5), "of the class that both have"
    assert studies.differences(judges, before, before).tolist() == [0, 0, 0]


def test_an_exchange_of_all_layers_is_the_whole_change(prior, judges):
    groups = {"all": range(4), "none": [], "first": [0]}
    found = studies.changes(prior, judges, groups, n=6, psi=1.0)
    assert found["none"] == dict.fromkeys(studies.KINDS, 0.0)
    assert found["all"]["colours"] == pytest.approx(1) and all(0 <= value <= 1.001 for value in found["all"].values())
    assert 0 < found["first"]["colours"] < 2


def test_an_exchange_of_all_of_z_is_the_whole_change(prior, judges):
    assert studies.part_changes(prior, judges, 1, 6)["part 1"]["colours"] == pytest.approx(1)
    assert list(studies.part_changes(prior, judges, 3, 2)) == ["part 1", "part 2", "part 3"]


def test_precision_and_recall_of_a_cloud_and_of_a_part_of_it():
    cloud, same, small, far = normal(300, 4), normal(300, 4, seed=1), 0.2 * normal(300, 4), normal(300, 4) + 30
    assert min(studies.precision_recall(cloud, same)) > 0.8
    precision, recall = studies.precision_recall(cloud, small)
    assert precision > 0.95 and recall < 0.2
    assert studies.precision_recall(cloud, far) == (0, 0)
    assert studies.among(cloud[:1], cloud, 3).all()


def test_quality_of_the_same_and_of_alike_pictures(judges):
    real = byte(40, 3, 16, 16)
    same = studies.quality(judges.segmenter, real, real)
    assert same["precision"] == same["recall"] == 1 and same["variety"] == pytest.approx(1)
    alike = studies.quality(judges.segmenter, real, real[:1].repeat(40, 1, 1, 1))
    assert alike["variety"] < 0.01 and alike["recall"] < 0.5 and alike["kid_1e3"] > same["kid_1e3"]


def test_truncation_takes_variety(prior, judges):
    for conv in prior.generator.synthesis.convs:
        conv.strength.zero_()
    found = studies.truncations(prior, judges.segmenter, byte(20, 3, 8, 8), (1.0, 0.5, 0.0))
    variety = [found[psi]["variety"] for psi in (1.0, 0.5, 0.0)]
    assert variety == sorted(variety, reverse=True)


def test_faults_are_what_they_are_called():
    pictures, labels = byte(4, 3, 8, 8), torch.zeros(4, 8, 8, dtype=torch.uint8)
    labels[:, :2], labels[:, 4] = SKIN, EYES
    labels[0, 6:] = ACCESSORY
    found = studies.faulty(pictures, labels)
    blind = found["eyes painted over"]
    assert torch.equal(blind[:, :, :4], pictures[:, :, :4])
    torch.testing.assert_close(blind[:, :, 4, 3].float(), pictures[:, :, :2].float().mean((2, 3)), atol=0.51, rtol=0)
    assert torch.equal(found["no hats or glasses"], pictures[1:])
    assert found["blurred (3 × 3)"].float().std() < 0.5 * pictures.float().std()
    assert found["a little darker"].float().mean() == pytest.approx(0.9 * pictures.float().mean(), abs=0.5)
    assert studies.accessories(labels) == 0.25


def test_renders_and_samples_mixed_up():
    real, made = byte(5, 3, 4, 4), byte(5, 3, 4, 4, seed=1)
    pictures, answers = studies.mixed_up(real, made, 8)
    assert sum(answers) == 4 and answers != sorted(answers)
    for picture, answer in zip(pictures, answers):
        assert any(torch.equal(picture, each) for each in (made if answer else real)[:4])


def test_nearest_and_odd_ones():
    train = normal(50, 3)
    assert studies.nearest_of(train[[7, 3]] + 0.001, train).tolist() == [7, 3]
    odd = studies.oddity(train, torch.cat([train[:1], train[:1] + 40]))
    assert odd[0] < 1.5 and odd[1] > 20
    assert studies.oddity(train, train[:5], nearest=1).max() == pytest.approx(0, abs=1e-2)


def test_noise_changes_less_than_codes(prior, judges):
    found = studies.noise_study(prior, judges.segmenter, n=5, draws=3)
    assert found.two.shape == (2, 5, 3, 8, 8) and found.deviation.shape == (5, 8, 8)
    assert 0 < found.numbers["noise_share"] < 1
    assert not torch.equal(found.two[0], found.two[1])
    torch.testing.assert_close(found.without, prior.draw(prior.codes(5, 0.7)))
    for conv in prior.generator.synthesis.convs:
        conv.strength.zero_()
    still = studies.noise_study(prior, judges.segmenter, n=5, draws=2)
    assert still.numbers["noise_share"] == still.numbers["noise_labels"] == 0 and still.deviation.max() == 0


def test_arcs_begin_and_end_where_they_should():
    start, end = normal(5, 6), normal(5, 6, seed=1)
    for place, wanted in ((0.0, start), (1.0, end)):
        found = studies.slerp(start, end, torch.full((5, 1), place))
        torch.testing.assert_close(found, torch.nn.functional.normalize(wanted, dim=1), rtol=1e-4, atol=1e-5)
    middle = studies.slerp(start, end, torch.full((5, 1), 0.5))
    torch.testing.assert_close(middle.norm(dim=1), torch.ones(5))


def test_ways_in_both_spaces_have_the_same_ends(prior):
    start, end = normal(4, 6), normal(4, 6, seed=1)
    for place in (0.0, 1.0):
        ends = [studies.on_the_way(prior, start, end, torch.full((4, 1), place), space) for space in ("z", "w")]
        torch.testing.assert_close(*ends, rtol=1e-3, atol=1e-4)


def test_path_length_of_a_known_way(prior, judges, monkeypatch):
    """A picture that is w, and squared distances: the length is that of end less start."""
    monkeypatch.setattr(studies, "maps_of", lambda prior, segmenter, w: [w[:, :, None, None]])
    monkeypatch.setattr(studies, "feature_distance", lambda a, b: (a[0] - b[0]).square().sum((1, 2, 3)))
    monkeypatch.setattr(prior.generator.mapping, "forward", lambda z: z)
    ends = torch.randn(2, 50, 6, generator=torch.Generator().manual_seed(3))
    wanted = float((ends[1] - ends[0]).square().sum(1).mean())
    assert studies.perceptual_length(prior, judges.segmenter, "w", 50, seed=3) == pytest.approx(wanted, rel=0.01)


def test_a_linear_generator_is_even(prior, monkeypatch):
    matrix = normal(6, 3 * 8 * 8)
    monkeypatch.setattr(prior.generator.synthesis, "forward", lambda ws: (ws.mean(1) @ matrix).unflatten(1, (3, 8, 8)))
    linear = studies.evenness(prior, 400)
    monkeypatch.setattr(
        prior.generator.synthesis, "forward", lambda ws: (ws.mean(1).pow(3) @ matrix).unflatten(1, (3, 8, 8))
    )
    assert linear < 0.6 < studies.evenness(prior, 400)  # the direction y alone makes some difference


def test_regression_reads_what_is_linear():
    codes = normal(400, 5)
    values = torch.stack([codes @ torch.arange(5.0), normal(400, seed=1), codes[:, 0].abs()], 1)
    explained = studies.explained_by(codes, values)
    assert explained[0] > 0.98 and explained[1] < 0.1 and explained[2] < 0.2
    assert studies.explained_by(codes, values + 100)[0] > 0.98, "with an offset"


def test_what_a_code_says(prior, judges):
    found = studies.readable(prior, judges, 40)
    assert found["z"].keys() == found["w"].keys() <= set(analysis.MEASURES)
    assert all(0 <= value <= 1 for each in found.values() for value in each.values())


def test_random_directions_are_walked_as_far():
    found = analysis.Directions(torch.zeros(6), torch.eye(6), torch.tensor([5.0, 3, 2, 1, 0.5, 0.1]))
    random = studies.random_directions(found)
    torch.testing.assert_close(random.axes @ random.axes.T, torch.eye(6), rtol=1e-4, atol=1e-4)
    assert torch.equal(random.deviations, found.deviations)
    assert (random.axes @ found.axes.T).abs().max() < 0.99


def test_directions_in_words():
    names = ["more: hair area", "less: hair area", "less: head down", "more: turned", "less: accessory area", "other"]
    assert [studies.in_words(name) for name in names] == [
        "more hair",
        "less hair",
        "head up",
        "turned to the right",
        "less hat or glasses",
        "other",
    ]
    assert studies.PLAIN.keys() < {*analysis.MEASURES}


def test_the_strongest_effects():
    assert studies.strongest(torch.tensor([[0.1, -2.0], [1.0, 0.5]])) == 1.5


def test_projections_of_both_spaces(prior, judges):
    wanted = prior.draw(prior.codes(2, seed=5))
    found = studies.projections(prior, judges.segmenter, judges.segmenter, wanted, steps=4)
    assert list(found.by_space) == ["w", "w+"] and len(found.psnr["w"]) == 2
    assert 0 <= found.layout["w+"] <= 1 and found.away["w"] >= 0
    assert torch.equal(found.by_space["w"].ws[:, 0], found.by_space["w"].ws[:, 1])
    assert not torch.equal(found.by_space["w+"].ws[:, 0], found.by_space["w+"].ws[:, 1])


def test_a_film_is_cut_into_samples(tmp_path, monkeypatch):
    assert studies.course(tmp_path, 3) is None
    side, moments = 8, 3
    sheets = np.zeros((moments, 3 * side, 4 * side, 3), np.uint8)
    for moment in range(moments):
        for row in range(3):
            for column in range(4):
                sheets[moment, row * side : (row + 1) * side, column * side : (column + 1) * side] = (
                    100 * moment + 10 * row + column
                )
    Image.new("RGB", (1, 1)).save(tmp_path / "previews.webp")
    monkeypatch.setattr(training, "read_film", lambda folder: sheets)
    monkeypatch.setattr(
        training, "read_run", lambda folder: {"config": {"channels": [8, 8]}, "previews": [0, 250, 500]}
    )
    found = studies.course(tmp_path, 2)
    assert found.pictures.shape == (2, 8, side, side, 3) and found.steps == [0, 500]
    assert [int(each[0, 0, 0]) for each in found.pictures[1]] == [210, 211, 212, 213, 220, 221, 222, 223]
    assert studies.course(tmp_path, 9).steps == [0, 250, 500]


def test_areas_over_a_training(judges, monkeypatch):
    monkeypatch.setattr(studies, "labels_of", lambda segmenter, pictures: (pictures[:, 0] > 0).long())
    pictures = np.zeros((2, 1, 4, 4, 3), np.uint8)
    pictures[1, 0, :2, :, 0] = 255
    real = torch.full((len(LABELS),), 0.5)
    found = studies.areas_over_training(studies.Course(pictures, [0, 10]), judges.segmenter, real)
    assert found["background"] == [2.0, 1.0] and found["clothes"] == [0.0, 1.0]


def test_kid_over_a_training(judges):
    real, other = byte(40, 3, 16, 16), byte(20, 3, 16, 16, seed=1)
    found = studies.Course(torch.stack([torch.zeros_like(other), other]).movedim(2, -1).numpy(), [0, 10])
    far, near = studies.kid_over_training(found, judges.segmenter, studies.features_of(judges.segmenter, real))
    assert far > 100 * abs(near)
    torch.testing.assert_close(studies.moments_of(found)[1], other)


def test_where_values_are_concentrated():
    labels, values = torch.zeros(2, 4, 4, dtype=torch.long), torch.ones(2, 4, 4)
    assert studies.concentration(values, labels) == 1
    labels[0, 0], values[0, 0] = EYES, 3.0
    labels[1, 1], values[1, 1] = ACCESSORY, 5.0
    assert studies.concentration(values, labels) == 4


def test_groups_of_layers_are_those_of_the_widgets():
    assert studies.layer_groups(10) == {"coarse": [0, 1, 2], "middle": [3, 4, 5, 6], "fine": [7, 8, 9]}
    for styles in (2, 4, 6, 8, 10, 12):
        assert list(studies.layer_groups(styles).items()) == checked_groups(None, styles)


def test_numbers_of_claims(prior, judges):
    numbers = studies.claim_numbers(prior, judges, byte(12, 3, 8, 8), n=10)
    assert all(np.isfinite(value) for value in numbers.values())
    assert {"coarse_pose", "fine_colours", "precision_psi_100", "recall_psi_50", "noise_labels", "path_z", "path_w"} < {
        *numbers
    } | {"fine_colours"}
    assert {"path_evenness", "readable_z", "readable_w", "effect_principal", "effect_random"} < {*numbers}
