"""Read the small YAML files that people write (claims, bands, faults) strictly:
what would be lost silently is refused.
"""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from ganbook.errors import UserError


class _StrictLoader(yaml.SafeLoader):
    """YAML's safe loader, but a key written twice is an error and dates stay text."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


_StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(path: Path, schema: dict[str, Any]) -> Any:
    """The content of a YAML file that agrees with a JSON schema.

    Raises:
        FileNotFoundError: there is no such file.
        UserError: it is not YAML, a key stands twice, or the schema is broken; the text names the file and the place in
            it.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    broken = list(jsonschema.Draft202012Validator(schema).iter_errors(content))
    if broken:
        # a misspelt key explains a missing one
        first = min(broken, key=lambda error: error.validator != "additionalProperties")
        raise UserError(f"{path}, {_place(first)}: {_reason(first)}")
    return content


def _place(error: jsonschema.ValidationError) -> str:
    return "/".join(str(part) for part in error.absolute_path) or "top level"


def _reason(error: jsonschema.ValidationError) -> str:
    known = error.schema.get("properties") if isinstance(error.schema, dict) else None
    if error.validator == "additionalProperties" and known:
        return f"{error.message}; known: {', '.join(known)}"
    return error.message
