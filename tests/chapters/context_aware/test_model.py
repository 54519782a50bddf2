"""The networks: sizes, parity with plain formulas, what is told to whom, and where gradients go."""

import pytest
import torch
import torch.nn.functional as F
from few_scenes import settings_of

from ganbook.chapters.context_aware import model
from ganbook.chapters.context_aware.config import PROFILES, Config
from ganbook.chapters.context_aware.judge import Judge
from ganbook.chapters.context_aware.model import Condition, Discriminator, LaterGenerator, chain, generators
from ganbook.errors import UserError

SIZES = {60: [(15, 26), (30, 52), (60, 105)], 16: [(4, 7), (8, 14), (16, 28)], 36: [(9, 15), (18, 31), (36, 63)]}


def told(config: Config, n: int = 3, seed: int = 0) -> Condition:
    generator = torch.Generator().manual_seed(seed)
    width = sum(model.PARTS[config.context])
    return Condition(torch.randn(n, config.text_dim, generator=generator), torch.rand(n, width, generator=generator))


def reader() -> Judge:
    torch.manual_seed(7)
    return Judge((4, 6)).requires_grad_(False).eval()


def made(config: Config, condition: Condition | None = None, seed: int = 0):
    torch.manual_seed(seed)
    stages = [stage.eval() for stage in generators(config)]
    return stages, chain(stages, model.fixed_noise(3, config), condition or told(config))


@pytest.mark.parametrize("height", SIZES)
@pytest.mark.parametrize("halvings", [1, 2])
def test_each_stage_has_its_size(height, halvings):
    config = settings_of(height=height, halvings=halvings)
    _, pictures = made(config)
    assert [tuple(each.shape) for each in pictures] == [(3, 3, *size) for size in SIZES[height]]
    assert all(each.abs().max() <= 1 for each in pictures)
    for stage, picture in enumerate(pictures):
        assert Discriminator(config, stage)(picture, told(config), told(config)).shape == (3, 2)


def test_the_papers_sizes_can_be_built():
    config = PROFILES["paper"]
    shapes = [tuple(model.map_size(config, level)) for level in range(5)]
    assert shapes == [(4, 7), (8, 14), (15, 27), (30, 53), (60, 105)]
    stage = LaterGenerator(config, 1)
    assert (len(stage.shrink), len(stage.blocks), stage.blocks[0].first.in_channels) == (2, 4, 512)


@pytest.mark.parametrize("wrong", [{"height": 30}, {"channels": (4, 4)}])
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(UserError):
        settings_of(**wrong)


def test_the_last_two_stages_share_one_definition():
    _, second, third = generators(settings_of())
    assert type(second) is type(third) is LaterGenerator and second.painting.size != third.painting.size


def test_the_first_generator_in_plain_formulas():
    config = settings_of()
    stages, (picture, *_) = made(config)
    first, condition = stages[0], told(config)
    unit = condition.text / condition.text.norm(dim=1, keepdim=True) * config.text_dim**0.5
    codes = [unit @ first.code.text.weight.T + first.code.text.bias]
    codes += [condition.context @ first.code.context.weight.T + first.code.context.bias]
    code = torch.cat(codes, 1)
    code = torch.where(code > 0, code, 0.2 * code)
    maps = torch.cat([model.fixed_noise(3, config), code], 1) @ first.spread.weight.T
    maps = (maps.view(3, 4, 1, 2) / (1 + 1e-5) ** 0.5).clamp(min=0)  # batch norm as it begins
    for up in first.painting.grow:
        maps = F.conv_transpose2d(maps, up.layers[0].weight, stride=2, padding=1) / (1 + 1e-5) ** 0.5
        maps = maps.clamp(min=0)[..., : up.size[0], : up.size[1]]
    paint = first.painting.paint
    torch.testing.assert_close(picture, F.conv2d(maps, paint.weight, paint.bias, padding=1).tanh())


def test_a_residual_block_that_has_learned_nothing_changes_nothing():
    block = model.ResidualBlock(4).eval()
    torch.nn.init.zeros_(block.norms[1].weight)
    maps = torch.rand(2, 4, 5, 6)
    torch.testing.assert_close(block(maps), maps)


def test_a_later_generator_is_told_everywhere_alike():
    code, maps = torch.randn(2, 3), torch.zeros(2, 5, 4, 6)
    laid = model.everywhere(code, maps)
    assert laid.shape == (2, 3, 4, 6) and torch.equal(laid.amax((2, 3)), code) and torch.equal(laid.amin((2, 3)), code)


def test_gradients_of_a_stage_reach_all_before_it_and_none_behind():
    config = settings_of()
    for last in range(3):
        stages, pictures = made(config)
        pictures[last].sum().backward()
        for number, stage in enumerate(stages):
            reached = any(parameter.grad is not None for parameter in stage.parameters())
            assert reached == (number <= last)


def test_noise_text_and_context_change_every_stage():
    """In double precision: so narrow a chain dampens z below the rounding of floats where a processor draws other
    weights.
    """
    config = settings_of()
    stages, _ = made(config)
    stages = [stage.double() for stage in stages]

    def drawn(noise=0, text=0, context=0):
        condition = told(config)._replace(text=told(config, seed=text).text, context=told(config, seed=context).context)
        condition = Condition(*(each.double() for each in condition))
        return chain(stages, model.fixed_noise(3, config, seed=noise).double(), condition)

    before = drawn()
    for other in (drawn(noise=1), drawn(text=1), drawn(context=1)):
        assert all(not torch.equal(one, two) for one, two in zip(before, other))


@pytest.mark.parametrize("stage", [1, 2])
def test_a_later_generator_listens_itself(stage):
    """The same picture comes in, and something else is said."""
    config = settings_of()
    torch.manual_seed(0)
    later, condition, picture = (
        LaterGenerator(config, stage).eval(),
        told(config),
        torch.rand(3, 3, *SIZES[16][stage - 1]),
    )
    before = later(picture, condition)
    assert not torch.allclose(before, later(picture, condition._replace(text=told(config, seed=1).text)))
    assert not torch.allclose(before, later(picture, condition._replace(context=told(config, seed=1).context)))


def test_a_picture_that_is_a_column_short_gets_its_last_one_twice():
    config = settings_of(height=60)
    later, picture, looked_at = LaterGenerator(config, 2).eval(), torch.rand(3, 3, 30, 52), []
    later.look.register_forward_pre_hook(lambda module, given: looked_at.append(given[0]))
    later(picture, told(config))
    assert torch.equal(looked_at[0], torch.cat([picture, picture[..., -1:]], 3))


def test_noise_is_uniform_in_minus_one_to_one():
    noise = model.fixed_noise(2_000, settings_of())
    assert -1 <= noise.min() < -0.99 and 0.99 < noise.max() < 1 and abs(noise.mean()) < 0.05
    assert noise.std() == pytest.approx(3**-0.5, rel=0.03) and torch.equal(
        noise[:5], model.fixed_noise(5, settings_of())
    )


def test_without_a_context_nothing_is_built_for_it():
    config = settings_of(context="nothing")
    _, pictures = made(config)
    assert len(pictures) == 3
    for network in (*generators(config), *model.discriminators(config, reader())):
        assert network.code.context is None and network.code.size == config.text_code


def test_only_the_direction_of_a_text_vector_counts():
    config = settings_of()
    condition = told(config)
    _, one = made(config, condition)
    _, other = made(config, condition._replace(text=condition.text * 7))
    torch.testing.assert_close(one[2], other[2])
    silent = condition._replace(text=torch.zeros_like(condition.text))
    assert all(each.isfinite().all() for each in made(config, silent)[1])


@pytest.mark.parametrize("norm", ["batch", "none"])
def test_a_discriminator_answers_each_condition_by_itself(norm):
    config = settings_of(discriminator_norm=norm)
    torch.manual_seed(0)
    judge = Discriminator(config, 2).eval()
    pictures, first, second = torch.rand(3, 3, 16, 28), told(config), told(config, seed=1)
    both = judge(pictures, first, second)
    torch.testing.assert_close(both, torch.cat([judge(pictures, first), judge(pictures, second)], 1))
    assert not torch.allclose(both[:, 0], both[:, 1]), "it listens to the condition"
    assert not torch.allclose(both, judge(pictures.flip(2), first, second)), "and looks at the picture"
    norms = [each for each in judge.modules() if isinstance(each, torch.nn.BatchNorm2d)]
    assert len(norms) == (4 if norm == "batch" else 0), "none at the pictures' own size"


def test_discriminators_have_as_many_channels_at_the_same_size():
    config = settings_of(discriminator_channels=3, discriminator_widest=40)
    every = [
        [layer.out_channels for layer in each.look.modules() if isinstance(layer, torch.nn.Conv2d)]
        for each in model.discriminators(config, reader())
    ]
    assert every == [[12, 24, 40], [6, 12, 24, 40], [3, 6, 12, 24, 40]]


def with_trained_features() -> tuple[Config, Discriminator]:
    config = settings_of()
    torch.manual_seed(0)
    return config, Discriminator(config, 2, reader()).eval()


def test_a_trained_classifier_is_no_part_of_a_discriminator_that_sees_with_it():
    config, judge = with_trained_features()
    assert not any("reader" in name for name in judge.state_dict())
    judge.look.requires_grad_(False)[0].weight.zero_()  # D's own eyes are shut
    pictures = torch.rand(4, 3, 16, 28, requires_grad=True)
    (of_pictures,) = torch.autograd.grad(judge(pictures, told(config, 4)).sum(), pictures)
    assert of_pictures.abs().sum() > 0, "what the classifier sees reaches the generator"


def test_trained_features_in_plain_formulas():
    """What is laid beside D's maps is a mean and a maximum of each part; what matches is a cosine."""
    config, judge = with_trained_features()
    trained, condition = judge.trained, told(config, 4)
    pictures = torch.rand(4, 3, 16, 28)
    read = trained(pictures)
    torch.testing.assert_close(read, trained.readers[0].maps(model.blurred(pictures)))
    vector = torch.cat([read.mean((2, 3)), read.amax((2, 3)) / 4], 1)
    laid = vector @ trained.lay.weight[:, :, 0, 0].T + trained.lay.bias
    torch.testing.assert_close(trained.beside(read, (1, 1))[..., 0, 0], torch.where(laid > 0, laid, 0.2 * laid))
    text = condition.text / condition.text.norm(dim=1, keepdim=True) * config.text_dim**0.5
    wanted = trained.condition(torch.cat([text, condition.context], 1))
    picture = trained.picture(vector)
    products = 4 * (picture * wanted).sum(1) / picture.norm(dim=1) / wanted.norm(dim=1)
    torch.testing.assert_close(trained.match(read, condition)[:, 0], products)
    with_match = judge(pictures, condition)
    torch.nn.init.zeros_(trained.scale)
    torch.testing.assert_close(with_match - judge(pictures, condition), products[:, None])
    torch.nn.init.zeros_(judge.look[0].weight)  # neither match nor D's own eyes: what is laid beside is left
    assert not torch.allclose(judge(pictures, condition), judge(pictures.flip(3) / 2, condition))


def test_blurred_pictures_have_no_checkerboards():
    board = torch.tensor([1.0, -1.0]).repeat(4)
    board = (board[:, None] * board)[None, None].expand(1, 3, -1, -1)
    assert model.blurred(board)[..., 1:-1, 1:-1].abs().max() < 1e-6
    point = torch.zeros(1, 3, 5, 5)
    point[..., 2, 2] = 16
    weights = torch.tensor([1.0, 2.0, 1.0])
    torch.testing.assert_close(model.blurred(point)[0, 0, 1:4, 1:4], weights[:, None] * weights)
    torch.testing.assert_close(model.blurred(torch.full((1, 3, 4, 7), 0.3)), torch.full((1, 3, 4, 7), 0.3))


def test_the_last_discriminator_alone_gets_a_trained_classifier_and_only_if_told():
    for wanted in (True, False):
        judges = model.discriminators(settings_of(trained_features=wanted), reader())
        assert [each.trained is not None for each in judges] == [False, False, wanted]


def test_a_discriminator_sees_that_pictures_are_alike():
    config = settings_of()
    torch.manual_seed(0)
    judge = Discriminator(config, 1).eval()
    one, others = torch.rand(2, 4, 3, 8, 14)
    same = one[:1].expand(4, -1, -1, -1)
    mixed = torch.cat([one[:1], others[:3]])
    condition = told(config, 4)
    assert not torch.allclose(judge(same, condition)[0], judge(mixed, condition)[0]), "the same picture among others"


def test_chain_hands_on_pictures():
    stages = [lambda noise, told: noise + 1, lambda picture, told: picture * told, lambda picture, told: picture - 3]
    assert chain(stages, 1, 10) == [2, 20, 17]
    assert chain(stages[:1], 1, 10) == [2]
