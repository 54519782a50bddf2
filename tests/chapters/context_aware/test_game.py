"""Training of the GAN: what a step is about, who learns what, schedules, previews, looks, stops, every setting."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from few_scenes import embedding, few_scenes, material, recognition, settings_of, train
from PIL import Image

from ganbook import training
from ganbook.chapters.context_aware import data, game, watching
from ganbook.chapters.context_aware.config import Config
from ganbook.chapters.context_aware.context import NOT_SAID, Seen
from ganbook.chapters.context_aware.data import PROMPTS, Groups
from ganbook.errors import UserError
from ganbook.training.checkpoint import load_state
from ganbook.training.draws import Draws


def fake_run(config: Config, seed: int = 0) -> SimpleNamespace:
    """What posing needs of a run."""
    return SimpleNamespace(config=config, draws=Draws(seed, torch.device("cpu")), device=torch.device("cpu"))


# What a step is about


def test_context_pictures_share_place_and_person():
    outdoors, people = torch.randint(2, (60,)), torch.randint(-1, 3, (60,))
    groups = Groups.of(outdoors, people)
    index = torch.arange(60)
    drawn = torch.stack([groups.draw(index, torch.rand(60)) for _ in range(200)])
    assert (outdoors[drawn] == outdoors).all() and (people[drawn] == people).all()
    for row in range(60):
        same = ((outdoors == outdoors[row]) & (people == people[row])).nonzero()[:, 0]
        assert set(drawn[:, row].tolist()) == set(same.tolist()), "and each of them may be drawn"
    assert torch.equal(groups.draw(index, torch.full((60,), 1 - 1e-7)), groups.order[groups.first + groups.count - 1])


@pytest.mark.parametrize("context", ["place", "place and person", "nothing"])
def test_what_a_step_is_about(context):
    config = settings_of(context=context, batch_size=24, silent=0.0)
    shown = material(config).train
    posed = game.pose(fake_run(config), shown)
    index = Draws(0, torch.device("cpu")).batch(24, 24)
    scenes = few_scenes()
    torch.testing.assert_close(posed.pictures, scenes.pictures[index].float() / 127.5 - 1)
    options = shown.texts[index].float()
    mine = (options == posed.right.text[:, None]).all(2)
    assert mine.any(1).all(), "one of its own captions"
    assert torch.equal(posed.wrong[0].text, posed.right.text.roll(1, 0))
    assert torch.equal(posed.wrong[0].context, posed.right.context)
    assert len(posed.asked) == (2 if context == "nothing" else 3) and posed.asked[0] is posed.right
    assert all(torch.equal(each.text, posed.right.text) for each in posed.wrong[1:])
    if context != "nothing":
        place = posed.right.context[:, :2]
        assert torch.equal(place.argmax(1), scenes.outdoors[index]) and (place.sum(1) == 1).all()
    if context == "place and person":
        person = posed.right.context[:, 2:]
        assert torch.equal(person.argmax(1), scenes.people[index]) and (person.sum(1) == 1).all()


def test_what_is_said_is_said_by_the_caption_that_is_drawn():
    """Captions 0, 2 and 4 name indoors, 1 and 3 outdoors; their vectors say which they are."""
    config = settings_of(silent=0.0, batch_size=24)
    shown = material(config).train
    number = torch.arange(5).expand(24, 5)
    shown = shown._replace(
        said=shown.said._replace(place=number % 2), texts=number[..., None].half().expand(-1, -1, config.text_dim)
    )
    right = game.pose(fake_run(config), shown).right
    drawn = right.text[:, 0].long()
    assert set(drawn.tolist()) == {0, 1, 2, 3, 4}, "any of the five"
    assert torch.equal(right.context.argmax(1), drawn % 2)


def test_the_context_picture_is_another_of_its_group():
    """No text names a place, and soft answers tell which picture was looked at."""
    config = settings_of(silent=0.0, batch_size=24, hard=False)
    shown = material(config).train
    share = torch.linspace(0.1, 0.9, 24)
    shown = shown._replace(
        said=shown.said._replace(place=torch.full((24, 5), NOT_SAID)),
        seen=shown.seen._replace(outdoors=torch.stack([1 - share, share], 1)),
        groups=Groups.of(torch.arange(24) % 2, torch.arange(24) // 6),
    )
    index = Draws(0, torch.device("cpu")).batch(24, 24)
    context = game.pose(fake_run(config), shown).right.context
    looked_at = (context[:, 1:] - share).abs().argmin(1)
    assert torch.equal(looked_at % 2, index % 2) and torch.equal(looked_at // 6, index // 6)
    assert 0 < (looked_at == index).float().mean() < 0.8, "mostly not itself"


def test_wrong_contexts_differ_in_one_part():
    config = settings_of(context="place and person", batch_size=400)
    right = torch.cat([torch.eye(2)[torch.randint(2, (400,))], torch.eye(20)[torch.randint(20, (400,))]], 1)
    wrong = game.another(right, Draws(0, torch.device("cpu")), config)
    place, person = (((one != other).any(1)) for one, other in zip(right.split([2, 20], 1), wrong.split([2, 20], 1)))
    assert (place ^ person).all() and 150 < place.sum() < 250
    assert (wrong.split([2, 20], 1)[0].sum(1) == 1).all() and (wrong[:, 2:].sum(1) == 1).all()
    shifts = (wrong[:, 2:].argmax(1) - right[:, 2:].argmax(1))[person] % 20
    assert len(shifts.unique()) > 15, "any other person"


def test_an_open_part_cannot_be_wrong():
    config = settings_of(context="place and person", batch_size=60)
    place, person = torch.eye(2)[torch.randint(2, (60,))], torch.eye(20)[torch.randint(20, (60,))]
    place[:20], person[20:40] = 0, 0
    right = torch.cat([place, person], 1)
    wrong = game.another(right, Draws(0, torch.device("cpu")), config)
    changed = [(one != other).any(1) for one, other in zip(right.split([2, 20], 1), wrong.split([2, 20], 1))]
    assert not changed[0][:20].any() and changed[1][:20].all(), "without a place it is the person"
    assert changed[0][20:40].all() and not changed[1][20:40].any(), "without a person it is the place"


def test_some_texts_go_without_a_context_picture():
    config = settings_of(silent=0.5, batch_size=24)
    shown = material(config).train
    never_told = shown._replace(said=shown.said._replace(place=torch.full_like(shown.said.place, 2)))
    posed = [game.pose(fake_run(config, seed), never_told) for seed in range(10)]
    alone = torch.cat([(each.right.context.sum(1) == 0) for each in posed])
    assert 0.35 < alone.float().mean() < 0.65
    assert all((each.wrong[1].context.sum(1) == 1).all() for each in posed), "a wrong context is never silence"
    assert all(torch.equal(each.wrong[0].context, each.right.context) for each in posed), "one thing is wrong at a time"


def test_the_text_encoder_must_fit():
    config = settings_of(text_dim=8)
    with pytest.raises(UserError, match="text_dim is 8, but the text encoder makes 16"):
        data.material(config, few_scenes(), few_scenes(), embedding(), recognition())


# Who learns what


def weights(run: training.Run) -> dict[str, dict[str, torch.Tensor]]:
    parts = run._raw.items()
    return {name: {key: value.clone() for key, value in part.module.state_dict().items()} for name, part in parts}


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(first[key], second[key]) for key in first)


TERMS = {
    "fake_weight": "discriminator",
    "wrong_text_weight": "discriminator",
    "wrong_context_weight": "discriminator",
    "generator_term": "generator",
}


@pytest.mark.parametrize("term", TERMS)
def test_a_term_of_d_moves_d_first(term, tmp_path):
    """After one step with Adam's rate as it begins, G saw D only after D's step."""
    other = "log(1 - D)" if term == "generator_term" else 0.9
    one, two = (weights(train(tmp_path / name, steps=1, **told)) for name, told in (("a", {}), ("b", {term: other})))
    for number in (1, 2, 3):
        assert same(one[f"discriminator_{number}"], two[f"discriminator_{number}"]) == (TERMS[term] == "generator")
        assert not same(one[f"generator_{number}"], two[f"generator_{number}"])


def cost(logits: torch.Tensor, real: bool) -> torch.Tensor:
    """-log D or -log(1 - D) of the paper, with logarithms taken of probabilities."""
    return -torch.log(logits.sigmoid() if real else 1 - logits.sigmoid()).mean()


def test_gradients_of_a_step_are_those_of_plain_formulas(tmp_path, monkeypatch):
    """Both losses of a step that is not taken, written anew: terms, weights of stages, and who learns from which."""
    kept = {}

    def keep(name):
        whole = getattr(game, name)
        monkeypatch.setattr(game, name, lambda *given: kept.setdefault(name, (given, whole(*given)))[1])

    def descend(run, learners, loss):
        weights = [weight for module, _ in learners for weight in module.parameters()]
        kept.setdefault("steps", []).append((learners, torch.autograd.grad(loss, weights, retain_graph=True)))

    keep("pose"), keep("chain"), keep("resized")
    monkeypatch.setattr(game, "descend", descend)
    told = {"batch_size": 8, "schedule": "fade", "silent": 0.5}
    told |= {"fake_weight": 0.7, "wrong_text_weight": 0.4, "wrong_context_weight": 0.2, "r1_weight": 0.0}
    shown = material(settings_of(**told))
    texts = torch.randn(shown.train.texts.shape, generator=torch.Generator().manual_seed(0)).half()
    train(tmp_path, shown._replace(train=shown.train._replace(texts=texts)), steps=1, **told)
    posed, noise, sizes = kept["pose"][1], kept["chain"][0][1], kept["resized"][1]
    (ds, of_d), (gs, of_g) = kept["steps"]
    assert len({tuple(row.tolist()) for row in noise}) == 8 and -1 <= noise.min() < -0.5 and 0.5 < noise.max() < 1
    pictures, before = [], noise
    for generator, _ in gs:
        before = generator(before, posed.right)
        pictures.append(before)
    d_loss = g_loss = 0.0
    for (judge, _), real, fake, weight in zip(ds, sizes, pictures, (1.75, 1.0, 0.25)):
        asked = judge(real, posed.right, *posed.wrong)
        fooled = judge(fake, posed.right)
        seen = judge(fake.detach(), posed.right)
        d_loss = d_loss + weight * (cost(asked[:, 0], True) + 0.7 * cost(seen, False))
        d_loss = d_loss + weight * (0.4 * cost(asked[:, 1], False) + 0.2 * cost(asked[:, 2], False))
        g_loss = g_loss + weight * cost(fooled, True)
    for loss, learners, found in ((d_loss, ds, of_d), (g_loss, gs, of_g)):
        for module, _ in learners:
            weights = list(module.parameters())
            mine, found = found[: len(weights)], found[len(weights) :]
            wanted = torch.cat([each.flatten() for each in torch.autograd.grad(loss, weights, retain_graph=True)])
            mine = torch.cat([each.flatten() for each in mine])
            torch.testing.assert_close(mine, wanted, rtol=0, atol=1e-4 * float(wanted.abs().max()))


READERS = {
    "recognised_weight": ("recognition_of", lambda shown: shown.recognisers),
    "described_weight": ("description_of", lambda shown: shown.describer),
}
"""What may read the last picture, with its share in the generators' loss."""


@pytest.mark.parametrize("term", READERS)
def test_who_reads_the_last_picture_pulls_at_the_generators_alone_and_learns_nothing(term, tmp_path, monkeypatch):
    maker, reader = READERS[term]
    seen, whole = [], getattr(game, maker)

    def spy(run, module):
        read = whole(run, module)
        return lambda pictures: seen.append(tuple(pictures.shape)) or read(pictures)

    monkeypatch.setattr(game, maker, spy)
    told = {"context": "place and person", "batch_size": 4, "silent": 0.0}
    shown = material(settings_of(**told))
    before = {name: value.clone() for name, value in reader(shown).state_dict().items()}
    runs = [train(tmp_path / str(weight), shown, steps=1, **{term: weight}, **told) for weight in (0.0, 1.0)]
    assert seen == [(4, 3, 16, 28)], "the last picture, and only if it counts"
    for name in ("generator_1", "generator_3", "discriminator_3"):
        one, other = (torch.nn.utils.parameters_to_vector(run._raw[name].module.parameters()) for run in runs)
        assert torch.equal(one, other) == name.startswith("discriminator"), name
    assert all(torch.equal(value, before[name]) for name, value in reader(shown).state_dict().items())


def test_texts_may_be_heard_late(tmp_path):
    """The term of texts counts from a share of the steps on."""
    run = train(tmp_path, steps=4, described_weight=1.0, described_from=0.5)
    heard = training.read_curves(run.folder)["described"]
    assert [each is not None for each in heard] == [False, False, True, True]


def test_the_term_of_texts_is_the_text_encoders_loss_of_the_last_picture(tmp_path, monkeypatch):
    """What it adds to the generators' gradient, against the loss written as loops over pictures and texts."""
    kept, told = {}, {"batch_size": 4, "r1_weight": 0.0}

    def keep(name):
        whole = getattr(game, name)
        monkeypatch.setattr(game, name, lambda *given: kept.setdefault(name, whole(*given)))

    def descend(run, learners, loss):
        weights = [weight for module, _ in learners for weight in module.parameters()]
        found = torch.autograd.grad(loss, weights, retain_graph=True)
        kept["weights"], kept["gradient"] = weights, torch.cat([each.flatten() for each in found])

    keep("pose"), keep("chain")
    monkeypatch.setattr(game, "descend", descend)
    shown, gradients = material(settings_of(**told)), []
    for weight in (0.0, 1e4):  # the untrained encoder sees little
        kept.clear()
        train(tmp_path / str(weight), shown, steps=1, described_weight=weight, **told)
        gradients.append(kept["gradient"])
    encoder = shown.describer.eval()
    pictures = encoder(encoder.features(game.blurred(kept["chain"][-1])))
    texts, loss = kept["pose"].right.text, 0.0
    for i in range(4):
        for j in set(range(4)) - {i}:
            own = pictures[i] @ texts[i]
            loss = (
                loss + (1 + pictures[i] @ texts[j] - own).clamp(min=0) + (1 + pictures[j] @ texts[i] - own).clamp(min=0)
            )
    wanted = torch.autograd.grad(1e4 * loss / 16, kept["weights"])
    wanted = torch.cat([each.flatten() for each in wanted])
    assert wanted.abs().max() > 0
    torch.testing.assert_close(gradients[1] - gradients[0], wanted, rtol=0, atol=1e-4 * float(wanted.abs().max()))


def test_r1_makes_every_discriminator_less_steep_at_real_pictures(tmp_path, monkeypatch):
    """Gradients of the penalty of a step that is not taken, written anew."""
    kept = {}

    def keep(name):
        whole = getattr(game, name)
        monkeypatch.setattr(game, name, lambda *given: kept.setdefault(name, whole(*given)))

    def descend(run, learners, loss):
        weights = [weight for module, _ in learners for weight in module.parameters()]
        found = torch.autograd.grad(loss, weights, retain_graph=True, allow_unused=True)
        kept.setdefault("steps", []).append((learners, found))

    keep("pose"), keep("resized")
    monkeypatch.setattr(game, "descend", descend)
    told = {"schedule": "fade", "discriminator_norm": "none", "r1_weight": 3.0, "r1_every": 2}
    train(tmp_path, steps=1, batch_size=4, **told)
    _, (ds, found), _ = kept["steps"]
    found = list(found)
    for (judge, _), real, weight in zip(ds, kept["resized"], (1.75, 1.0, 0.25)):
        pictures = real.clone().requires_grad_()  # together: D compares them
        (slopes,) = torch.autograd.grad(judge(pictures, kept["pose"].right).sum(), pictures, create_graph=True)
        squares = slopes.square().sum()
        weights = list(judge.parameters())
        wanted = torch.autograd.grad(weight * 3.0 / 2 * 2 * squares / 4, weights, allow_unused=True)
        for mine, each in zip(found, wanted):
            each = torch.zeros_like(mine) if each is None else each  # what decides no slope
            torch.testing.assert_close(mine, each, rtol=1e-3, atol=1e-4 * float(each.abs().max()))
        del found[: len(weights)]
    assert not found


def test_r1_comes_now_and_then(tmp_path):
    train(tmp_path, steps=4, r1_weight=1.0, r1_every=2, log_every=1)
    assert [value is not None for value in training.read_curves(tmp_path)["r1_3"]] == [True, False, True, False]


@pytest.mark.parametrize("player", ["generator", "discriminator"])
def test_every_network_takes_a_step(player, tmp_path):
    one, two = (weights(train(tmp_path / str(steps), steps=steps)) for steps in (1, 2))
    for number in (1, 2, 3):
        assert not same(one[f"{player}_{number}"], two[f"{player}_{number}"])


def test_stages_join_one_after_the_other(tmp_path, monkeypatch):
    monkeypatch.setattr("ganbook.chapters.context_aware.stage_weights.JOINS", (0.0, 0.5, 1.0))
    before = weights(train(tmp_path / "a", steps=1, schedule="coarse_first"))
    after = weights(train(tmp_path / "b", steps=4, schedule="coarse_first"))
    curves = training.read_curves(tmp_path / "b")
    assert [value is not None for value in curves["d_loss_2"]] == [False, False, True, True]
    assert "d_loss_3" not in curves and None not in curves["g_loss_1"]
    for name in ("generator", "discriminator"):
        assert not same(before[f"{name}_1"], after[f"{name}_1"]) and not same(before[f"{name}_2"], after[f"{name}_2"])
        assert same(before[f"{name}_3"], after[f"{name}_3"])


def test_what_is_real_at_each_stage():
    config = settings_of(height=60)
    pictures = torch.rand(2, 3, 60, 105)
    small, middle, large = game.resized(pictures, config)
    assert (small.shape[2:], middle.shape[2:]) == ((15, 26), (30, 52)) and torch.equal(large, pictures)
    torch.testing.assert_close(small[:, :, 0, 0], pictures[:, :, :4, :5].mean((2, 3)))


# What is watched


def test_previews_show_three_stages_of_each_prompt(tmp_path):
    run = train(tmp_path, steps=2, preview_every=2)
    written = sorted((tmp_path / "previews").iterdir())
    assert [path.name for path in written] == ["000000.png", "000002.png"]
    film = np.stack([np.asarray(Image.open(path)) for path in written])
    assert film.shape == (2, 16 + 8, 28 * len(PROMPTS), 3)
    small, middle, large = watching.stages_of(film, len(PROMPTS), run.config)
    sizes = [(4, 7), (8, 14), (16, 28)]
    assert [each.shape for each in (small, middle, large)] == [(2, len(PROMPTS), *size, 3) for size in sizes]


def test_a_collage_can_be_taken_apart():
    torch.manual_seed(0)
    config = settings_of(height=60)
    stages = [torch.rand(4, 3, *size) * 2 - 1 for size in game.picture_sizes(config)]
    sheet = watching.collage(stages)
    assert sheet.shape == (90, 420, 3)
    for found, made in zip(watching.stages_of(sheet[None], 4, config), stages):
        torch.testing.assert_close(
            torch.from_numpy(found[0] / 127.5 - 1).float().permute(0, 3, 1, 2), made, atol=0.01, rtol=0
        )


def test_looks_are_logged_and_change_nothing(tmp_path):
    plain = weights(train(tmp_path / "plain", steps=4))
    config = settings_of(look_every=2, looked_at=8)
    looked = weights(train(tmp_path / "looked", material(config, with_judge=True), steps=4, look_every=2, looked_at=8))
    assert all(same(plain[name], looked[name]) for name in plain)
    curves = training.read_curves(tmp_path / "looked")
    for name in ("kid_1", "kid_2", "kid_3", "place_right"):
        assert [value is not None for value in curves[name]] == [False, True, False, True]


def test_a_look_at_the_data_itself_finds_no_distance():
    """Generators that paint the development set have a KID of about nothing, and the judge's own accuracy."""
    config = settings_of(looked_at=24)
    shown = material(config, with_judge=True)
    real = game.resized(shown.dev.pictures.float() / 127.5 - 1, config)
    stages = [lambda *_, at=at: real[at] for at in range(3)]
    look = watching.Look(config, stages, shown, torch.device("cpu"))
    numbers, other = (
        look(),
        watching.Look(config, [lambda *_, at=at: -real[at] for at in range(3)], shown, look.told[0].device)(),
    )
    assert all(numbers[f"kid_{k}"] < 1 < other[f"kid_{k}"] for k in (1, 2, 3))


# Seeds, stops, settings


def state(folder: Path) -> dict[str, torch.Tensor]:
    return load_state(folder, print)[0]


def differing(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor]) -> list[str]:
    return [name for name in one if not torch.equal(one[name], two[name])]


def test_a_stopped_run_equals_an_unbroken_one_and_the_seed_decides(tmp_path, monkeypatch):
    train(tmp_path / "whole", steps=4)
    clock = training.Run._reason_to_stop
    stop = lambda run, signals: "minutes" if run.step == 2 else clock(run, signals)
    monkeypatch.setattr(training.Run, "_reason_to_stop", stop)
    assert train(tmp_path / "parts", steps=4).step == 2
    monkeypatch.setattr(training.Run, "_reason_to_stop", clock)
    assert train(tmp_path / "parts", steps=4).finished
    assert differing(state(tmp_path / "whole"), state(tmp_path / "parts")) == []
    train(tmp_path / "other", steps=4, seed=1)
    assert differing(state(tmp_path / "whole"), state(tmp_path / "other"))


def test_the_sky_is_learned_from_the_context(tmp_path):
    """24 scenes with two colours of sky: soon it is where the context says, in the pictures of the later stages.

    At this size the first discriminator sees a single place of its maps and runs ahead of its generator.
    """
    told = {"steps": 300, "batch_size": 12, "learning_rate": 2e-3, "channels": (16,) * 5, "discriminator_channels": 8}
    told |= {"discriminator_widest": 16, "discriminator_norm": "none", "silent": 0.0, "ema_decay": 0.8}
    shown = material(settings_of(**told))
    run = train(tmp_path, shown, **told)
    stages = [run.ema(f"generator_{k}") for k in (1, 2, 3)]
    seen = Seen(torch.eye(2)[[0, 1] * 6], torch.zeros(12, 20))
    said = shown.dev.said.take((torch.arange(12), 0))._replace(place=torch.full((12,), NOT_SAID))
    condition = game.Condition(shown.dev.texts[:12, 0].float(), game.context_vectors(said, seen, "place"))
    with torch.no_grad():
        pictures = game.chain(stages, game.fixed_noise(12, run.config), condition)
    for picture in pictures[1:]:
        sky = picture[:, 0, : picture.shape[2] // 2 - 1].mean((1, 2))
        assert (sky[1::2] - sky[::2]).mean() > 1, "red outdoors, black indoors"
