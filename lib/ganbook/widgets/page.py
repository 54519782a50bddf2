"""A widget on a page with no kernel: its state and the facts that its answers need, beside its still picture."""

import base64
import gzip
import json
from typing import Any, NamedTuple


class Facts(NamedTuple):
    """What a page needs to answer a widget's questions itself.

    Attributes:
        model: ``ganbook.nn.weights_id`` of the network that it runs; ``None``: it needs none.
        facts: tables, pictures and numbers, fit for JSON but for bytes.
    """

    model: str | None
    facts: dict[str, Any]


def live_html(name: str, still: str, traits: dict[str, Any], facts: Facts) -> str:
    """The still picture in an element that ``ganbook/widgets/live/host.js`` brings to life."""
    data = json.dumps({"traits": traits, "page": facts.facts}, default=_packed, separators=(",", ":"))
    data = data.replace("<", "\\u003c")
    model = f' data-model="{facts.model}"' if facts.model else ""
    return (
        f'<div class="gb-live" data-widget="{name}"{model}>{still}<script type="application/json">{data}</script></div>'
    )


def _packed(value: object) -> dict[str, str]:
    if not isinstance(value, bytes):
        raise TypeError(f"{type(value).__name__} has no form on a page")
    return {"gzip": base64.b64encode(gzip.compress(value, 6, mtime=0)).decode("ascii")}
