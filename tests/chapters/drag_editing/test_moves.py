"""Moves made by the generator: what is kept is what a plain loop measures, and nothing else moves."""

from dataclasses import replace

import pytest
import torch
from chapters.drag_editing.few import CONFIG, LAYERS, STYLES, prior

from ganbook import paths
from ganbook.chapters.drag_editing import moves as module
from ganbook.chapters.drag_editing.config import FLOW_PROFILES
from ganbook.chapters.drag_editing.flow import FlowNet, expansion


@pytest.fixture
def made(tmp_path, monkeypatch):
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path))
    generator = prior()
    torch.manual_seed(4)
    flow = FlowNet(FLOW_PROFILES["smoke"]).eval()
    return generator, flow, module.make_moves(generator, flow, CONFIG, 100, progress=False)


def test_motions_are_those_between_the_pictures(made):
    (prior_, flow, material), side, step = made, 16, 4
    ws = material.starts[:5, None].repeat(1, STYLES, 1)
    moved = ws.clone()
    moved[:, :LAYERS] = material.ends[:5]
    with torch.no_grad():
        shift = flow.flow(*(prior_.generator.synthesis(each).clamp(-1, 1) for each in (ws, moved)))
    maps = torch.cat([shift, expansion(shift)[:, None]], 1)
    for row in range(CONFIG.grid):
        for column in range(CONFIG.grid):
            # the middle of a square of 4 pixels lies between the middle four
            here = maps[:, :, step * row + 1 : step * row + 3, step * column + 1 : step * column + 3].mean((2, 3))
            there = material.motions[:5, row * CONFIG.grid + column]
            assert (here - there)[:, :2].abs().max() <= 0.5 * module.FARTHEST / 127 + 1e-4
            assert (here - there)[:, 2].abs().max() <= 0.5 * module.DEEPEST / 127 + 1e-4
            assert torch.allclose(
                material.points[row * CONFIG.grid + column],
                torch.tensor([(step * column + 2) / side * 2 - 1, (step * row + 2) / side * 2 - 1]),
            )


def test_starts_are_truncated_and_ends_mixed(made):
    prior_, _, material = made
    mean = prior_.generator.mapping.mean
    full = (prior_.codes(2_000) - mean).square().mean().sqrt()
    assert material.scales.code == pytest.approx(float(CONFIG.truncation * full), rel=0.1)
    others = material.starts[:, None] + (material.ends - material.starts[:, None]) / CONFIG.mixing
    assert (others - mean).square().mean().sqrt() == pytest.approx(float(full), rel=0.1)
    assert not torch.allclose(others[:, 0], others[:, 1])  # a code for each layer
    moves = material.ends - material.starts[:, None]
    assert material.scales.move == pytest.approx(float(moves.square().mean() ** 0.5))


def test_features_are_the_generators(made):
    prior_, _, material = made
    ws = material.starts[:3, None].expand(-1, STYLES, -1)
    _, maps = prior_.generator.synthesis(ws, features=CONFIG.feature_layer)
    points = material.points[None].expand(3, -1, -1)
    side = maps.shape[-1]
    pooled = maps if side == CONFIG.grid else torch.nn.functional.adaptive_avg_pool2d(maps, CONFIG.grid)
    found = material.features(ws, points)
    torch.testing.assert_close(found, pooled.flatten(2).transpose(1, 2), atol=1e-5, rtol=1e-4)


def test_made_once(made):
    generator, flow, first = made
    (file,) = (paths.build_dir() / "data").glob("moves-*")
    before = file.stat().st_mtime_ns
    again = module.make_moves(generator, flow, CONFIG, 100, progress=False)
    assert torch.equal(again.motions, first.motions) and file.stat().st_mtime_ns == before


@pytest.mark.parametrize("changed", [{"layers": 2}, {"truncation": 0.5}, {"mixing": 0.1}, {"grid": 2}])
def test_other_moves_have_another_name(changed, made):
    generator, flow, _ = made
    name = module.fingerprint(generator, flow, CONFIG)
    assert module.fingerprint(generator, flow, replace(CONFIG, steps=3, shuffled=True)) == name
    assert module.fingerprint(generator, flow, replace(CONFIG, **changed)) != name
    with torch.no_grad():
        next(flow.parameters()).add_(1e-3)
    assert module.fingerprint(generator, flow, CONFIG) != name


def test_test_moves_are_others(made):
    generator, flow, train = made
    test = module.make_moves(generator, flow, CONFIG, 100, "test", progress=False)
    assert not torch.isclose(test.starts, train.starts).all(1).any()


def test_bytes_keep_motions():
    motions = torch.tensor([[[0.0, 0.0, 0.0], [1.0, -2.5, 0.1], [99.0, -99.0, -9.0]]])
    kept = module.decoded(module.encoded(motions))
    assert not kept[0, 0].any()
    assert (kept - motions)[0, 1].abs().tolist() == pytest.approx([0, 0, 0], abs=0.5 * module.FARTHEST / 127)
    torch.testing.assert_close(kept[0, 2], torch.tensor([module.FARTHEST, -module.FARTHEST, -module.DEEPEST]))


def test_units_are_deviations_and_never_nothing():
    draws = torch.Generator().manual_seed(0)
    starts, ends, motions = (torch.randn(*size, generator=draws) for size in ((9, 4), (9, 2, 4), (9, 5, 3)))
    found = module.scales_of(torch.zeros(4), starts, ends, motions)
    assert found.flow == pytest.approx(float(motions[..., :2].std()))
    assert found.expansion == pytest.approx(float(motions[..., 2].std()))
    still = module.scales_of(torch.zeros(4), starts, ends, 0 * motions)
    assert (still.flow, still.expansion) == pytest.approx((module.FARTHEST / 127, module.DEEPEST / 127))
