"""The client's notebook, executed from top to bottom. It is stored without outputs; EXECUTED_NOTEBOOK names a file for
them, to be looked at.
"""

import os
import re

import nbclient
import nbformat
import pytest

from pages import PROJECT

NOTEBOOK = PROJECT / "clients/python/gaze.ipynb"


@pytest.fixture(scope="module")
def executed(service):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.replace("http://127.0.0.1:8080", service.address)
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": NOTEBOOK.parent}}).execute()
    if file := os.environ.get("EXECUTED_NOTEBOOK"):
        nbformat.write(notebook, file)
    return notebook


def texts(notebook):
    """What is printed and shown, without pictures."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            yield output.get("text") or output.get("data", {}).get("text/markdown") or ""


def test_what_it_says_of_its_pictures_is_so(executed):
    said = "\n".join(texts(executed))
    assert re.search(r"^ *8\d\.\d%  umbrella$", said, re.M), said
    assert int(re.search(r"strongest cell for hook: row (\d)", said)[1]) >= 4, "the handle is in the lower half"
    assert float(re.search(r"Grad-CAM and occlusion: ([\d.-]+)", said)[1]) > 0.3
    assert "of 6 right" in said and "not_an_image" in said


def test_it_shows_pictures(executed):
    shown = [output for cell in executed.cells for output in cell.get("outputs", ())
             if "image/png" in output.get("data", {})]
    assert len(shown) == 4


def test_it_is_stored_without_outputs():
    for cell in nbformat.read(NOTEBOOK, as_version=4).cells:
        assert not cell.get("outputs") and cell.get("execution_count") is None
