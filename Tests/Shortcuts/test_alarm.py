"""The alarm for shortcuts, on models that the test trains itself: one that leans on a planted square, and a clean one."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from cases import Case
from own_service import server_command
from run import Benchmark

PLANTED = Case("shapes", "patch-corner")
CLEAN = Case("shapes", None)


@pytest.fixture(scope="module")
def benchmark(tmp_path_factory):
    return Benchmark(tmp_path_factory.mktemp("shortcuts"), Path(server_command()[0]), mugs=None, threads=os.cpu_count())


@pytest.fixture(scope="module")
def planted(benchmark):
    return benchmark.result(PLANTED, asks=True)


def test_a_planted_square_is_found_and_named(planted):
    assert planted["leans"], "the model ignores the square, so nothing can be found"
    assert planted["found"] and planted["named"], planted["findings"]
    assert planted["others"] == 0, planted["findings"]


def test_a_clean_model_raises_no_alarm(benchmark):
    result = benchmark.result(CLEAN, asks=True)
    assert result["accuracy_without"] > 0.8
    assert result["findings"] == []


def test_a_script_learns_of_it_by_the_exit_code(benchmark, planted):
    def code(case):
        return subprocess.run(
            [benchmark.gaze, "evaluate", "--model", case.name, "--data", benchmark.folder / "data" / case.name / "test",
             "--interventions", "--fail-on-shortcut"],
            env={**os.environ, "GAZE_MODELS": benchmark.folder / "models"}, capture_output=True).returncode

    assert code(CLEAN) == 0
    assert code(PLANTED) == 3
