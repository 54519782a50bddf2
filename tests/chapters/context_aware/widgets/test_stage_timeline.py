import dataclasses
import io

import numpy as np
import pytest
from few_scenes import train
from PIL import Image

from ganbook.chapters.context_aware.data import PROMPTS
from ganbook.chapters.context_aware.widgets import StageTimeline
from ganbook.chapters.context_aware.widgets.stage_timeline import fewer, read
from ganbook.errors import UserError


def test_each_stage_has_a_sheet_of_its_own(stand_ins):
    course = stand_ins.some_course()
    timeline = StageTimeline(course)
    assert timeline.sizes == [[4, 7], [8, 14], [16, 28]] and timeline.steps == [500, 1000, 1500]
    for data, (height, width), pictures in zip(timeline.pictures, timeline.sizes, course.stages, strict=True):
        sheet = np.array(Image.open(io.BytesIO(data)).convert("RGB"))
        assert sheet.shape == (3 * height, 2 * width, 3)
        found = sheet.reshape(3, height, 2, width, 3).transpose(0, 2, 1, 3, 4).astype(int)
        assert np.abs(found - pictures).mean() < 60  # noise loses much; another picture would be some 85 away
    assert timeline.prompts == [["A woman is sitting.", "indoors"], ["A woman is sitting.", "outdoors"]]
    assert timeline.curves[2] == [[500, 1000, 1500], [300.0, 150.0, 100.0]]


def test_courses_that_do_not_fit_are_refused(stand_ins):
    course = stand_ins.some_course()
    with pytest.raises(UserError, match="expected 3 steps and 2 prompts, one for each picture; got 3 and 1"):
        StageTimeline(course, [("a woman", 0)])
    with pytest.raises(UserError, match="expected 3 steps and 2 prompts.*got 2 and 2"):
        StageTimeline(dataclasses.replace(course, steps=(1, 2)))
    for stages in (course.stages[:2], (course.stages[0][:2], *course.stages[1:])):
        with pytest.raises(UserError, match="the same moments and prompts of 3 stages"):
            StageTimeline(dataclasses.replace(course, stages=stages))
    with pytest.raises(UserError, match="the same moments"):
        StageTimeline(dataclasses.replace(course, steps=(), stages=tuple(each[:0] for each in course.stages)))


def test_a_page_gets_fewer_prompts_and_moments(stand_ins):
    course = stand_ins.some_course(moments=4)
    few = fewer(course, prompts=1, every=2)
    assert few.steps == (1000, 2000) and few.kid == course.kid and few.seen == course.seen
    for one, other in zip(few.stages, course.stages, strict=True):
        np.testing.assert_array_equal(one, other[1::2, :1])
    assert fewer(course, 2).steps == course.steps


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """A short training's previews, without looks."""
    folder = tmp_path_factory.mktemp("course")
    run = train(folder / "run", steps=4, preview_every=2)
    return run.ship(folder / "shipped", only=[f"generator_{k}" for k in (1, 2, 3)], previews=True)


def test_the_course_of_a_shipped_training_is_read(shipped):
    course = read(shipped)
    assert course.steps == (0, 2, 4) and course.seen == () and course.kid == ((), (), ())
    assert [each.shape for each in course.stages] == [
        (3, len(PROMPTS), *size, 3) for size in ((4, 7), (8, 14), (16, 28))
    ]
    timeline = StageTimeline(course)
    assert len(timeline.prompts) == len(PROMPTS) and timeline.curves == [] and len(timeline.still_panels()) == 1


def test_looks_become_curves(shipped, monkeypatch):
    curves = {"step": [2, 4], "kid_1": [None, 3.0], "kid_2": [None, 4.0], "kid_3": [None, 5.0]}
    monkeypatch.setattr("ganbook.training.read_curves", lambda folder: curves)
    course = read(shipped)
    assert course.seen == (4,) and course.kid == ((3.0,), (4.0,), (5.0,))


def test_a_folder_without_previews_or_with_others_is_refused(shipped, tmp_path, monkeypatch):
    with pytest.raises(UserError, match=r"run.json"):
        read(tmp_path)
    film = np.zeros((2, 24, 100, 3), np.uint8)
    monkeypatch.setattr("ganbook.training.read_film", lambda folder: film)
    with pytest.raises(UserError, match="expected 3 of 24 x 168, found 2 of 24 x 100"):
        read(shipped)


def test_the_text_of_the_still_comes_from_the_data(stand_ins):
    shown, curves = (panel.alt for panel in StageTimeline(stand_ins.some_course()).still_panels())
    assert "“A woman is sitting.” with a context picture that is indoors and with one that is outdoors," in shown
    assert "at the steps 500, 1,000, 1,500 of the training" in shown
    assert "stage 3 from 300 at step 500 to 100 at step 1,500" in curves
    (alone,) = StageTimeline(stand_ins.some_course(prompts=1, seen=False), [("a dog", 1)]).still_panels()
    assert "“a dog” with a context picture that is outdoors, at" in alone.alt
