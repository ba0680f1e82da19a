"""Checks manifests strictly: what Kubernetes defines by the JSON schemas of the package kubernetes-validate, what
KServe defines by the models of its Python package, which name every key and its type.

KServe's models are read, not imported: its package would bring a server along.
"""

import ast
import importlib.util
import json
import re
from pathlib import Path

import jsonschema
import kubernetes_validate
from referencing import Registry, Resource

KUBERNETES = "1.37.0"
SCHEMAS = Path(kubernetes_validate.__file__).parent / f"kubernetes-json-schema/v{KUBERNETES}-local-strict"
PLAIN = {"str": str, "bool": bool, "int": int, "float": (int, float), "object": object}


def check(manifest):
    """Raises where it has a key that there is not, lacks one that there must be, or has a value of another type."""
    if manifest["apiVersion"].startswith("serving.kserve.io/"):
        version = manifest["apiVersion"].split("/")[1].capitalize()
        KServe().check(manifest, version + manifest["kind"], manifest["kind"])
    else:
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


class Wrong(Exception):
    """A manifest that KServe would not understand."""


class KServe:
    def __init__(self):
        found = importlib.util.find_spec("kserve")
        self.folder = Path(found.submodule_search_locations[0]) / "models"
        self.kubernetes = KubernetesTypes()

    def check(self, value, kind, path):
        if kind in PLAIN:
            if not isinstance(value, PLAIN[kind]) or kind != "bool" and kind != "object" and isinstance(value, bool):
                raise Wrong(f"{path} is {value!r}, not of type {kind}")
        elif found := re.fullmatch(r"list\[(.*)\]", kind):
            if not isinstance(value, list):
                raise Wrong(f"{path} is no list")
            for place, element in enumerate(value):
                self.check(element, found[1], f"{path}[{place}]")
        elif found := re.fullmatch(r"dict\(str, (.*)\)", kind):
            if not isinstance(value, dict):
                raise Wrong(f"{path} is no mapping")
            for key, element in value.items():
                self.check(element, found[1], f"{path}.{key}")
        elif model := self.model(kind):
            if not isinstance(value, dict):
                raise Wrong(f"{path} is no mapping")
            for key, element in value.items():
                if key not in model:
                    raise Wrong(f"{path} has the key {key!r}; {kind} has {', '.join(sorted(model))}")
                self.check(element, model[key], f"{path}.{key}")
        else:
            self.kubernetes.check(value, kind, path)

    def model(self, kind):
        """The type of each key of one of KServe's models; None where it is not KServe's."""
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", kind).lower()
        for path in self.folder.glob("*.py"):
            if path.stem.replace("_", "") == name.replace("_", ""):
                break
        else:
            return None
        tables = {}
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(node.targets[0], "id", "") if isinstance(node, ast.Assign) else ""
            if name in ("openapi_types", "attribute_map"):
                tables[name] = ast.literal_eval(node.value)
        return {key: tables["openapi_types"][attribute] for attribute, key in tables["attribute_map"].items()}


class KubernetesTypes:
    """`V1Container` is `io.k8s.api.core.v1.Container` in the schemas."""

    def __init__(self):
        text = json.loads((SCHEMAS / "_definitions.json").read_text())
        self.definitions = text["$defs"]
        self.registry = Resource.from_contents(text) @ Registry()

    def check(self, value, kind, path):
        version, name = re.fullmatch(r"(V\d+(?:(?:alpha|beta)\d+)?)(\w+)", kind).groups()
        names = [key for key in self.definitions if key.endswith(f".{version.lower()}.{name}")]
        preferred = [key for key in names if ".core." in key or ".meta." in key] or names
        if len(preferred) != 1:
            raise Wrong(f"{path}: {kind} is {names} in the schemas")
        validator = jsonschema.validators.Draft202012Validator(
            {"$ref": f"{self.uri}#/$defs/{preferred[0]}"}, registry=self.registry)
        errors = list(validator.iter_errors(value))
        if errors:
            raise Wrong(f"{path}: {errors[0].json_path}: {errors[0].message}")

    @property
    def uri(self):
        return next(iter(self.registry))
