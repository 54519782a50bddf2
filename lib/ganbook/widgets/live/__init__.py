"""Trained networks on the plain web page:
exported to ONNX, found again by their weights, run there by onnxruntime-web.
"""

from ganbook.widgets.live.models import LiveModel, LivePart, export_model

__all__ = ["LiveModel", "LivePart", "export_model"]
