"""How far two sets of pictures are from each other, in the features of a network."""

import torch
from jaxtyping import Float
from torch import Tensor


def kernel_distance(first: Float[Tensor, "n size"], second: Float[Tensor, "m size"]) -> float:
    """KID: the unbiased squared maximum mean discrepancy with the cubic kernel (Binkowski et al. 2018), of these
    features.

    Features are standardised over the first set: mean 0 and variance 1 each, for the cubic kernel would weigh a common
    offset above all else. Never to be compared with numbers from another feature net.
    """
    centre, scale = first.mean(0), first.std(0).clamp(min=1e-6)
    first, second = (((each - centre) / scale).double() for each in (first, second))
    size = first.shape[1]

    def kernel(a: Tensor, b: Tensor) -> Tensor:
        return (a @ b.T / size + 1) ** 3

    def without_self(a: Tensor) -> Tensor:
        table = kernel(a, a)
        return (table.sum() - table.diagonal().sum()) / (len(a) * (len(a) - 1))

    return float(without_self(first) + without_self(second) - 2 * kernel(first, second).mean())


def pooled_features(maps: list[Float[Tensor, "n channels h w"]]) -> Float[Tensor, "n size"]:
    """One vector a picture for distances between sets of pictures: mean and deviation of every channel of every map."""
    return torch.cat([torch.cat([each.mean((2, 3)), each.std((2, 3))], 1) for each in maps], 1)


def copies(
    made: Float[Tensor, "n size"], train: Float[Tensor, "m size"], unseen: Float[Tensor, "k size"]
) -> Float[Tensor, ""]:
    """How near generated pictures lie to the training set, as a share of how near unseen ones do.

    The median distance to the nearest training picture of the first, over that of the second; well below 1 means
    copies. Distances are of features, each scaled to variance one.
    """
    scale = train.std(0).clamp(min=1e-6)
    near = [torch.cdist(each / scale, train / scale).amin(1).median() for each in (made, unseen)]
    return near[0] / near[1]
