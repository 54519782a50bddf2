"""The transformer: what must not matter does not, what must does, and its attention is PyTorch's."""

from dataclasses import replace

import pytest
import torch
from chapters.drag_editing.few import CHANNELS, CONFIG, LATENT, LAYERS, STYLES, scales
from torch import nn

from ganbook.chapters.drag_editing import model
from ganbook.chapters.drag_editing.config import PROFILES


def some(n=2, tokens=5, seed=0):
    draws = torch.Generator().manual_seed(seed)

    def randn(*shape):
        return torch.randn(n, *shape, generator=draws)

    return randn(STYLES, LATENT), randn(tokens, 3), randn(tokens, CHANNELS), randn(tokens, 2).clamp(-1, 1)


def transformer(**settings):
    torch.manual_seed(1)
    made = model.Transformer(replace(CONFIG, **settings), scales())
    nn.init.normal_(made.move.weight)
    return made


def test_attention_is_that_of_pytorch():
    torch.manual_seed(0)
    ours, theirs = model.Attention(12, 3), nn.MultiheadAttention(12, 3, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([ours.query.weight, ours.key.weight, ours.value.weight]))
        theirs.out_proj.load_state_dict(ours.out.state_dict())
    x, seen = torch.randn(2, 4, 12), torch.randn(2, 6, 12)
    present = torch.tensor([[1, 1, 0, 1, 0, 0], [1, 1, 1, 1, 1, 0]]).bool()
    for mask in (None, present):
        expected, _ = theirs(x, seen, seen, key_padding_mask=None if mask is None else ~mask)
        torch.testing.assert_close(ours(x, seen, mask), expected, atol=1e-5, rtol=1e-4)


def test_layers_are_those_of_pytorch():
    torch.manual_seed(0)
    ours = model.EncoderLayer(CONFIG)
    theirs = nn.TransformerEncoderLayer(
        CONFIG.dim, CONFIG.heads, CONFIG.hidden, 0.0, "gelu", batch_first=True, norm_first=True
    ).eval()
    with torch.no_grad():
        look = ours.look
        theirs.self_attn.in_proj_weight.copy_(torch.cat([look.query.weight, look.key.weight, look.value.weight]))
        theirs.self_attn.in_proj_bias.zero_()
        theirs.self_attn.out_proj.load_state_dict(look.out.state_dict())
        theirs.linear1.load_state_dict(ours.think[1].state_dict())
        theirs.linear2.load_state_dict(ours.think[3].state_dict())
    x = torch.randn(2, 5, CONFIG.dim)
    torch.testing.assert_close(ours(x, None), theirs(x), atol=1e-5, rtol=1e-4)


def test_strength_0_is_the_identity_to_the_bit():
    ws, *rest = some()
    moves = transformer()
    assert torch.equal(moves(ws, *rest, alpha=0.0), ws)
    whole, half = moves(ws, *rest) - ws, moves(ws, *rest, alpha=0.5) - ws
    torch.testing.assert_close(half, whole / 2, atol=1e-5, rtol=1e-4)
    assert (whole[:, :LAYERS].abs().amax(2) > 1e-3).all() and not whole[:, LAYERS:].any()
    each = moves(ws, *rest, alpha=torch.tensor([0.0, 1.0])[:, None, None])
    assert torch.equal(each[0], ws[0]) and torch.equal(each[1], moves(ws, *rest)[1])


@pytest.mark.parametrize("bands", [0, 2])
def test_the_order_of_motions_does_not_matter(bands):
    ws, *rest = some(tokens=9)
    moves = transformer(fourier_bands=bands)
    order = torch.randperm(9, generator=torch.Generator().manual_seed(2))
    assert (moves(ws, *(each[:, order] for each in rest)) - moves(ws, *rest)).abs().max() < 1e-5


@pytest.mark.parametrize("bands", [0, 2])
def test_only_fourier_positions_see_where_a_motion_is(bands):
    ws, motions, features, points = some()
    moves = transformer(fourier_bands=bands)
    same = torch.equal(moves(ws, motions, features, points), moves(ws, motions, features, -points))
    assert same == (bands == 0)


def test_waves_are_sines_of_x_and_y():
    x, y = 0.3, -0.7
    found = model.waves(torch.tensor([[[x, y]]]), 2)[0, 0]
    at = torch.tensor([[x, y]]).T * torch.tensor([0.5, 1.0]) * torch.pi
    torch.testing.assert_close(found, torch.cat([at.sin(), at.cos()], 1).flatten())


def test_motions_that_are_not_shown_do_not_count():
    ws, motions, features, points = some(tokens=6)
    present = torch.tensor([1, 0, 1, 1, 0, 0]).bool()
    moves = transformer()
    masked = moves(ws, motions, features, points, present.expand(2, -1))
    alone = moves(ws, *(each[:, present] for each in (motions, features, points)))
    torch.testing.assert_close(masked, alone, atol=1e-5, rtol=1e-4)
    assert not torch.allclose(masked, moves(ws, motions, features, points), atol=1e-4)


@pytest.mark.parametrize("tokens", [1, 2, 256])
def test_any_number_of_motions(tokens):
    moved = transformer()(*some(tokens=tokens))
    assert moved.shape == (2, STYLES, LATENT) and moved.isfinite().all()


def test_every_weight_learns_and_upper_layers_get_what_comes_back():
    ws, *rest = some()
    ws.requires_grad_(True)
    moves = transformer()
    moves(ws, *rest)[:, :LAYERS].square().sum().backward()
    assert [name for name, value in moves.named_parameters() if not value.grad.any()] == []
    assert ws.grad[:, :LAYERS].any() and not ws.grad[:, LAYERS:].any()


def test_motions_and_codes_are_seen_in_their_units():
    ws, motions, features, points = some()
    ours = transformer()
    unit = scales()
    other = model.Transformer(CONFIG, unit._replace(mean=0 * unit.mean, code=1.0, flow=1.0, expansion=1.0))
    other.load_state_dict({**other.state_dict(), **dict(ours.named_parameters())})
    seen = motions / torch.tensor([unit.flow, unit.flow, unit.expansion])
    codes = (ws - unit.mean) / unit.code
    found, expected = ours(ws, motions, features, points) - ws, other(codes, seen, features, points) - codes
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def test_sizes():
    config = PROFILES["quick"]
    unit = scales()._replace(mean=torch.zeros(config.latent_dim))
    size = sum(each.numel() for each in model.Transformer(config, unit).parameters())
    assert 2 * size < 2e6  # bytes of half precision; the widget's set has 4 MB
