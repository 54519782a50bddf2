"""What is drawn: colours, labels, landmarks, motion."""

import pytest
import torch
import torch.nn.functional as F

from ganbook.data import avatars
from ganbook.data.avatars import Look, Pose, look
from ganbook.data.avatars.pose import FRAMES, apply, frame_of, inverse
from ganbook.data.avatars.sampling import HATS


def free(n: int, seed: int = 0) -> tuple[Look, Pose]:
    generator = torch.Generator().manual_seed(seed)
    return avatars.free_looks(n, generator), avatars.random_poses(n, generator)


def plain(n: int = 1) -> Look:
    """Usual looks whose classes have colours that nothing else has."""
    found = look.usual(n)
    for name, colour in {
        "skin": (1.0, 0.8, 0.6),
        "hair": (0.3, 0.0, 0.3),
        "hair_second": (0.3, 0.0, 0.3),
        "clothes": (0.0, 0.0, 0.9),
        "iris": (0.0, 1.0, 0.0),
        "background": (0.6, 0.9, 0.6),
    }.items():
        found.set(name, colour)
    return found


def test_the_same_bits_again_and_in_any_batch():
    looks, poses = free(6)
    drawn, again = avatars.render(looks, poses), avatars.render(looks, poses)
    assert torch.equal(drawn.pictures, again.pictures) and torch.equal(drawn.labels, again.labels)
    one = avatars.render(looks[4:5], poses[4:5])
    assert (one.pictures - drawn.pictures[4:5]).abs().max() < 1e-4
    assert (one.labels != drawn.labels[4:5]).float().mean() < 1e-3


def test_a_seed_decides_everything():
    (a, p), (b, q), (c, _) = free(5), free(5), free(5, seed=1)
    assert torch.equal(a.features, b.features) and torch.equal(a.colours, b.colours) and torch.equal(p.x, q.x)
    assert not torch.equal(a.features, c.features)


@pytest.mark.parametrize("side", [64, 128, 256])
def test_shapes_dtypes_ranges(side):
    drawn = avatars.render(*free(2), side)
    assert drawn.pictures.shape == (2, 3, side, side) and drawn.pictures.dtype == torch.float32
    assert drawn.pictures.min() >= -1 and drawn.pictures.max() <= 1
    assert drawn.labels.shape == (2, side, side) and drawn.labels.max() < len(avatars.LABELS)
    assert drawn.parts.max() < len(FRAMES)


def test_looks_and_poses_must_be_as_many():
    with pytest.raises(ValueError, match="as many looks as poses; got 2 and 3"):
        avatars.render(look.usual(2), avatars.portrait(3))


def test_labels_agree_with_colours():
    drawn = avatars.render(plain(), avatars.portrait(1), 128)
    red, green, blue = (drawn.pictures[0] + 1) / 2
    labels = drawn.labels[0]
    found = {
        "clothes": (blue > 0.6) & (red < 0.1),
        "hair": (green < 0.12) & (red > 0.15) & (red < 0.5) & (blue > 0.15),
        "background": (green > 0.7) & (red < 0.75) & (red > 0.5),
    }
    for name, region in found.items():
        named = labels == avatars.LABELS.index(name)
        assert (named & region).sum() / named.sum() > 0.75, name
        assert (named & region).sum() / region.sum() > 0.95, name


def test_every_class_is_drawn_at_every_size():
    for side in (64, 128):
        labels = avatars.render(*free(40), side).labels
        shares = torch.bincount(labels.flatten().long(), minlength=len(avatars.LABELS)) / labels.numel()
        assert (shares > 0.004).all(), shares


def test_larger_pictures_show_the_same():
    looks, poses = free(8)
    small, large = (avatars.render(looks, poses, side).pictures for side in (64, 256))
    assert (F.avg_pool2d(large, 4) - small).abs().mean() * 127.5 < 2.5


def test_wrinkles_are_lines_on_the_skin_of_whoever_has_them():
    looks, poses = free(12)
    plain_, plain_labels = (getattr(avatars.render(looks, poses), name) for name in ("pictures", "labels"))
    deep = Look(looks.features.clone(), looks.colours.clone())
    deep.set("wrinkles", 1.0, slice(6))
    drawn = avatars.render(deep, poses)
    assert torch.equal(drawn.pictures[6:], plain_[6:]) and torch.equal(drawn.labels, plain_labels)
    changed = ((drawn.pictures - plain_)[:6].abs() > 0.02).any(1)
    assert (changed.flatten(1).sum(1) > 25).all() and changed.float().mean() < 0.12
    skin = plain_labels[:6] == avatars.LABELS.index("skin")
    assert (changed & skin).sum() / changed.sum() > 0.8
    assert (drawn.pictures - plain_)[:6].mean(1)[changed].mean() < -0.02


def test_irises_and_mouth_lie_at_their_landmarks():
    looks = plain(40)
    looks.set("lid_upper", 0.0)
    poses = free(40)[1]
    looks.set("lip", (1.0, 0.0, 1.0))
    drawn = avatars.render(looks, poses, 128)
    marks = (avatars.landmarks(looks, poses) + 1) * 64 - 0.5
    red, green, _ = drawn.pictures.unbind(1)
    rows, columns = torch.meshgrid(torch.arange(128.0), torch.arange(128.0), indexing="ij")
    for n in range(40):
        lips = (drawn.labels[n] == 5) & (red[n] > 0.6) & (green[n] < 0)
        right = marks[n, avatars.LANDMARKS.index("mouth right")]
        assert (
            abs(columns[lips].max() - max(right[0], marks[n, avatars.LANDMARKS.index("mouth left")][0])) < 4
        )  # corners are thin
        for eye in ("left eye", "right eye"):
            place = marks[n, avatars.LANDMARKS.index(eye)]
            near = ((columns - place[0]) ** 2 + (rows - place[1]) ** 2) < 64
            iris = near & (green[n] > 0.2) & (red[n] < -0.2)
            assert abs(columns[iris].mean() - place[0]) < 1.2 and abs(rows[iris].mean() - place[1]) < 1.2


def test_frames_and_their_inverses():
    poses = free(5)[1]
    x, y = torch.randn(5, 7), torch.randn(5, 7)
    for name in FRAMES:
        back = apply(inverse(frame_of(poses, name)), *apply(frame_of(poses, name), x, y))
        assert torch.allclose(torch.stack(back), torch.stack([x, y]), atol=1e-4)


def test_the_far_eye_is_narrower():
    poses = avatars.portrait(1)
    poses.yaw[:] = 0.5  # towards the picture's right: the right eye is the far one, the left comes to the front
    left, right = (frame_of(poses, name)[0, 0, 0] for name in ("left_eye", "right_eye"))
    assert right < frame_of(avatars.portrait(1), "left_eye")[0, 0, 0] < left


def test_flow_takes_one_picture_to_the_other():
    looks, first = free(32)
    before, after, flow = avatars.flow_between(looks, first, free(32, seed=7)[1])
    rows, columns = torch.meshgrid(torch.arange(64) + 0.5, torch.arange(64) + 0.5, indexing="ij")
    grid = torch.stack([columns + flow.shift[:, 0], rows + flow.shift[:, 1]], -1) / 32 - 1
    warped = F.grid_sample(after.pictures, grid, align_corners=False)
    error = (warped - before.pictures).abs().mean(1) * 127.5
    still = (after.pictures - before.pictures).abs().mean(1) * 127.5
    seen = flow.visible & (before.parts > 0)
    assert error[flow.visible].mean() <= 2
    assert error[seen].mean() < 0.15 * still[seen].mean()
    assert seen.sum() > 0.5 * (before.parts > 0).sum()


def test_motion_of_known_parts_is_that_of_the_drawings():
    (looks, first), second = free(3), free(3, seed=7)[1]
    before, _, flow = avatars.flow_between(looks, first, second, 16)
    shift, expansion = avatars.part_motion(first, second, before.parts)
    assert torch.equal(shift, flow.shift) and torch.equal(expansion, flow.expansion) and expansion.std() > 0


def test_flow_of_known_motions():
    looks, pose = free(3)
    _, _, none = avatars.flow_between(looks, pose, pose)
    assert none.shift.abs().max() < 1e-4 and none.expansion.abs().max() < 1e-5
    moved = Pose(**{**vars(pose), "x": pose.x + 0.125, "body_x": pose.body_x + 0.125})
    before, _, flow = avatars.flow_between(looks, pose, moved)
    person = before.parts > 0
    assert (
        torch.allclose(flow.shift[:, 0][person], torch.tensor(4.0), atol=1e-3) and flow.shift[:, 1].abs().max() < 1e-3
    )
    assert flow.shift[:, 0][~person].abs().max() < 1e-3
    larger = Pose(**{**vars(pose), "scale": pose.scale * 1.5})
    before, _, flow = avatars.flow_between(looks, pose, larger)
    assert torch.allclose(flow.expansion[before.parts == FRAMES.index("head")], torch.tensor(1.5).log(), atol=1e-4)


def test_free_avatars_vary_as_declared():
    looks, poses = free(2_000)
    assert looks.number("has_hat").mean() == pytest.approx(HATS, abs=0.04)
    assert poses.x.std() * 32 == pytest.approx(0.06 * 64, rel=0.1)
    assert poses.roll.std() * 57.3 == pytest.approx(8, rel=0.1)
    skin = looks.colour("skin").mean(1).flatten()
    assert skin.min() < 0.3 and skin.max() > 0.85  # from dark to light, evenly
    assert abs(torch.corrcoef(torch.stack([skin, looks.number("lashes").flatten()]))[0, 1]) < 0.06
