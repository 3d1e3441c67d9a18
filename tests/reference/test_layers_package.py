"""`from reference_impl.layers import Dense, ReLU`: lazy, and the same for a type checker."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import reference_impl
from reference_impl import layers
from reference_impl.layers.layer import Layer
from reference_impl.layers.output import Output

FOLDER = Path(layers.__file__).parent


def test_every_name_is_the_one_of_its_module():
    for name in layers.__all__:
        found = getattr(layers, name)
        assert found.__name__ == name
        assert found is getattr(importlib.import_module(found.__module__), name)
        assert issubclass(found, Layer | Output)
    assert set(layers.__all__) <= set(dir(layers))


def test_every_layer_and_output_of_the_package_is_there():
    defined = {
        node.name
        for path in FOLDER.glob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    }
    assert defined - {"Recurrent"} == set(layers.__all__)  # Recurrent is what three of them share


def test_the_stub_for_type_checkers_has_the_same_names_from_the_same_modules():
    stub = ast.parse((FOLDER / "__init__.pyi").read_text())
    imported = {
        alias.name: node.module
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imported == {name: getattr(layers, name).__module__ for name in layers.__all__}
    (listed,) = (ast.literal_eval(n.value) for n in stub.body if isinstance(n, ast.Assign))
    assert sorted(listed) == sorted(layers.__all__)


def test_the_reference_itself_says_which_modules_it_needs():
    for path in FOLDER.parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "reference_impl.layers":
                assert not {alias.name for alias in node.names} & set(layers.__all__), path
            if isinstance(node, ast.ImportFrom) and node.module == "reference_impl":
                assert not {alias.name for alias in node.names} & {"Network", "Trainer"}, path


def test_nothing_is_imported_before_it_is_asked_for():
    code = """
import sys
import reference_impl.layers as layers
dir(layers)
assert not [name for name in sys.modules if name.startswith("reference_impl.layers.")]
assert "numpy" not in sys.modules
layers.Flatten
assert "reference_impl.layers.flatten" in sys.modules
assert "reference_impl.layers.dense" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_network_and_trainer_come_from_the_package_itself():
    from reference_impl import Network, Trainer

    assert (Network.__module__, Trainer.__module__) == (
        "reference_impl.network",
        "reference_impl.training",
    )
    assert {"Network", "Trainer"} <= set(dir(reference_impl))
    with pytest.raises(ImportError, match="cannot import name 'Networ'"):
        from reference_impl import Networ  # noqa: F401


def test_a_name_that_is_no_layer():
    with pytest.raises(AttributeError, match="has no attribute 'Dens'"):
        layers.Dens  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'Dens'"):
        from reference_impl.layers import Dens  # noqa: F401


def test_a_layer_whose_file_is_not_there_is_an_import_error(monkeypatch):
    """As where marks are made: the file with an answer in it is missing."""
    monkeypatch.setitem(sys.modules, "reference_impl.layers.dense", None)
    with pytest.raises(ImportError, match=r"reference_impl\.layers\.dense"):
        from reference_impl.layers import Dense  # noqa: F401
    from reference_impl.layers import Flatten

    assert Flatten().build((2, 3)) == (6,)
