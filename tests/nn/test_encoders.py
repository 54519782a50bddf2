"""Encoders that two chapters share (chapters test their equations), and maps beside a generator's first ones."""

import torch

from ganbook.nn import ImageEncoder, TextEncoder, UpStack, full_size


def test_unit_vectors_of_pictures_in_colours():
    for colours in (1, 3):
        vectors = ImageEncoder(2, 32, 12, colours)(torch.randn(4, colours, 32, 32))
        assert vectors.shape == (4, 12)
        torch.testing.assert_close(vectors.norm(dim=1), torch.ones(4))


def test_unit_vectors_of_sentences_of_the_last_word():
    encoder = TextEncoder(8, words=5)
    assert encoder.words.weight.shape == (6, 8) and not encoder.words.weight[0].any()
    tokens, lengths = torch.tensor([[1, 2, 5], [3, 0, 0]]), torch.tensor([3, 1])
    vectors = encoder(tokens, lengths)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(2))
    torch.testing.assert_close(vectors[1:], encoder(torch.tensor([[3]]), torch.tensor([1])))
    torch.testing.assert_close(full_size(vectors), vectors * 8**0.5)


def test_maps_beside_the_first_ones_reach_the_picture():
    torch.manual_seed(0)
    stack = UpStack(5, 2, 32, colours=3, beside=7).eval()
    vectors, beside = torch.randn(4, 5), torch.randn(4, 7, 2, 2)
    assert stack.stages[0][0].weight.shape[:2] == (16 + 7, 8)
    made = stack(vectors, beside)
    assert made.shape == (4, 3, 32, 32)
    by_hand = stack.output(stack.last(stack.stages(torch.cat([stack.first(vectors), beside], dim=1))))
    torch.testing.assert_close(made, by_hand)
    assert (stack(vectors, -beside) - made).abs().amax((1, 2, 3)).min() > 1e-6
