"""From a torch network to the bytes of an ONNX file with weights in half precision."""

import logging
import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

FEW = 1024
"""Tensors of fewer numbers stay in single precision: they cost little."""


def to_onnx(
    network: nn.Module, example: Mapping[str, Tensor], outputs: Sequence[str], dynamic: Sequence[tuple[str, int]]
) -> bytes:
    """An ONNX model of a network in evaluation mode;
    large weights lie in it as float16 and are widened when it is loaded.

    Args:
        example: inputs by name, in the order of the network's arguments; sizes of at least 2, since the exporter takes
            1 for a constant.
        outputs: names of what it gives.
        dynamic: (input, dimension) pairs whose size is free; those of equal size in the example may differ later.

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
    return _with_half_weights(program.model_proto).SerializeToString()


def _with_half_weights(model):
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for weight in list(model.graph.initializer):
        values = numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size < FEW:
            continue
        half = f"{weight.name}__half"
        casts.append(helper.make_node("Cast", [half], [weight.name], to=TensorProto.FLOAT))
        weight.CopyFrom(numpy_helper.from_array(values.astype(np.float16), half))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    del model.graph.value_info[:]  # shapes of the weights under their old type
    for node in model.graph.node:
        node.ClearField("doc_string")
        del node.metadata_props[:]  # Python's stack at each node
    return model
