"""From a torch network to the bytes of an ONNX file with weights in half precision, or in eight bits."""

import logging
import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

FEW = 1024
"""Tensors of fewer numbers stay in single precision: they cost little."""

MANY = 16_384
"""Tensors of at least so many numbers may be kept in eight bits."""


def to_onnx(
    network: nn.Module,
    example: Mapping[str, Tensor],
    outputs: Sequence[str],
    dynamic: Sequence[tuple[str, int]],
    eight_bits: bool = False,
) -> bytes:
    """An ONNX model of a network in evaluation mode;
    large weights lie in it as float16 and are widened when it is loaded.

    Args:
        example: inputs by name, in the order of the network's arguments; sizes of at least 2, since the exporter takes
            1 for a constant.
        outputs: names of what it gives.
        dynamic: (input, dimension) pairs whose size is free; those of equal size in the example may differ later.
        eight_bits: keep the largest weights as int8 with a scale for each row, in half the bytes and not exactly.

    Raises:
        torch.onnx.OnnxExporterError: the network does something that has no ONNX form.
    """
    free = {name: {} for name in example}
    for name, dimension in dynamic:
        free[name][dimension] = torch.export.Dim.DYNAMIC
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter's own inner deprecations
        program = torch.onnx.export(
            network,
            tuple(example.values()),
            dynamo=True,
            external_data=False,
            dynamic_shapes=tuple(free.values()),
            input_names=list(example),
            output_names=list(outputs),
            optimize=False,  # it would fold batch norm into weights, which then no longer are numbers of half precision
            verbose=False,
        )
    return _with_small_weights(program.model_proto, eight_bits).SerializeToString()


def _with_small_weights(model, eight_bits: bool):
    from onnx import numpy_helper

    widened = []
    for weight in list(model.graph.initializer):
        values = numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size < FEW:
            continue
        small = _in_eight_bits if eight_bits and values.ndim > 1 and values.size >= MANY else _in_half
        node, stored = small(weight.name, values)
        widened.append(node)
        model.graph.initializer.remove(weight)
        model.graph.initializer.extend(stored)
    nodes = [*widened, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    del model.graph.value_info[:]  # shapes of the weights under their old type
    for node in model.graph.node:
        node.ClearField("doc_string")
        del node.metadata_props[:]  # Python's stack at each node
    return model


def _in_half(name: str, values: np.ndarray):
    """The node that widens a weight, and what is stored of it."""
    from onnx import TensorProto, helper, numpy_helper

    stored = numpy_helper.from_array(values.astype(np.float16), f"{name}__half")
    return helper.make_node("Cast", [stored.name], [name], to=TensorProto.FLOAT), [stored]


def _in_eight_bits(name: str, values: np.ndarray):
    """As :func:`_in_half`; a row is what shares the first index."""
    from onnx import helper, numpy_helper

    scale = np.abs(values).max(axis=tuple(range(1, values.ndim))) / 127
    scale[scale == 0] = 1
    steps = (values / scale.reshape(-1, *[1] * (values.ndim - 1))).round().astype(np.int8)
    stored = [numpy_helper.from_array(steps, f"{name}__steps"), numpy_helper.from_array(scale, f"{name}__scale")]
    return helper.make_node("DequantizeLinear", [each.name for each in stored], [name], axis=0), stored
