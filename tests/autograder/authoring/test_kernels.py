"""Kernels that start side by side share no address."""

import os
from pathlib import Path

import nbval.kernel
import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from autograder.authoring.kernels import own_sockets, with_own_sockets

pytestmark = pytest.mark.skipif(os.name == "nt", reason="ZeroMQ has no socket files on Windows")


def test_each_kernel_has_an_address_of_its_own():
    first, second = (KernelManager(**own_sockets()) for _ in range(2))
    assert first.transport == second.transport == "ipc"
    assert first.ip != second.ip


def test_a_kernel_answers_and_leaves_no_file():
    notebook = new_notebook(cells=[new_code_cell("6 * 7")])
    client = NotebookClient(notebook, config=with_own_sockets())
    with client.setup_kernel():
        sockets = Path(client.km.ip)
        client.execute_cell(notebook.cells[0], 0)
        assert list(sockets.parent.glob(f"{sockets.name}-*"))
    assert notebook.cells[0].outputs[0].data["text/plain"] == "42"
    assert not list(sockets.parent.glob(f"{sockets.name}*"))


def test_nbval_starts_its_kernels_so():
    assert nbval.kernel.KernelManager(kernel_name="python3").transport == "ipc"
