"""Label maps compared, by hand."""

import pytest
import torch

from ganbook.metrics import class_iou, pooled_features


def test_intersection_over_union_by_hand():
    found, true = torch.tensor([[[0, 0, 1, 1]]]), torch.tensor([[[0, 1, 1, 2]]])
    assert class_iou(found, true, 7)[:3].tolist() == pytest.approx([1 / 2, 1 / 3, 0])
    assert class_iou(found, true, 7)[3:].isnan().all()


def test_maps_become_one_vector():
    maps = [torch.tensor([[[[1.0, 3.0]], [[5.0, 5.0]]]]), torch.zeros(1, 1, 2, 2)]
    assert pooled_features(maps)[0].tolist() == pytest.approx([2, 5, 2**0.5, 0, 0, 0])
