"""The image, as far as it can be tried without a container engine: its Dockerfile by hadolint, and what its last stages
do, step by step, in a bare Debian 12: the same packages, files, user, variables, command and health check."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dockerfile_parse import DockerfileParser

from debian import PROJECT, Debian, Served, obstacle
from own_service import safetensors, squeezenet

DOCKERFILE = PROJECT / "deploy/docker/Dockerfile"


def stages():
    """The instructions of each stage, by its name, in order."""
    found = {}
    for line in DockerfileParser(str(DOCKERFILE)).structure:
        instruction, value = line["instruction"], line["value"]
        if instruction == "FROM":
            base, name = re.fullmatch(r"(\S+) AS (\S+)", value).groups()
            # A stage that begins with another one goes on where that ended.
            steps = found[name] = list(found.get(base, []))
            steps.append(("FROM", base))
        elif instruction != "COMMENT":
            steps.append((instruction, value))
    return found


def values(stage, instruction):
    return [value for name, value in stages()[stage] if name == instruction]


def test_hadolint_finds_nothing():
    hadolint = Path(sys.executable).parent / "hadolint"
    found = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True)
    assert found.returncode == 0, found.stdout


def test_what_is_built_by_default_is_the_service():
    assert list(stages())[-1] == "serve"
    assert values("serve", "FROM")[0] == "debian:bookworm-slim"
    assert re.fullmatch(r"swift:6\.\d+-bookworm", values("build", "FROM")[0]), "another Debian has other libraries"
    assert values("serve", "USER")[-1] == "10001:10001"
    assert "/models" in values("serve", "VOLUME")
    assert "--static-swift-stdlib" in " ".join(values("build", "RUN"))
    assert "curl " not in values("serve", "HEALTHCHECK")[0]


def test_it_has_the_libraries_that_it_is_built_with():
    """Each that scripts/setup installs to build with, and in the image its other half."""
    wanted = re.findall(r"\blib[a-z]+\d?-dev\b", (PROJECT / "scripts/setup").read_text())
    assert len(wanted) >= 5
    built, served = " ".join(values("build", "RUN")), " ".join(values("serve", "RUN"))
    for name in wanted:
        assert f" {name} " in built, name
        assert re.search(rf" {name.removesuffix('-dev').rstrip('0')}\d", served), name


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """What docker would have in the last stage, in a folder."""
    if reason := obstacle():
        pytest.skip(reason)
    program = os.environ.get("GAZE_BINARY")
    if not program:
        pytest.skip("GAZE_BINARY is not set; scripts/test-package builds and packs.")
    folder = tmp_path_factory.mktemp("image")
    # The builder's last step, but for the build.
    build = values("build", "RUN")[-1]
    command, rest = build.split(" && ", 1)
    assert command.startswith("swift build ")
    rest = rest.replace("/image", str(folder / "built")).replace(".build/release/gaze", shlex.quote(program))
    subprocess.run(["sh", "-c", rest], cwd=PROJECT, check=True)

    debian = Debian(folder)
    for instruction, value in stages()["serve"]:
        if instruction == "RUN":
            done = debian.run("sh", "-c", value)
            assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-1000:]
        elif instruction == "COPY":
            assert value == "--from=build /image /"
            shutil.copytree(folder / "built", debian.root, dirs_exist_ok=True, symlinks=True)
    return debian


def environment():
    return dict(pair.split("=", 1) for value in values("serve", "ENV") for pair in value.split())


def health(debian, port):
    """The code of the health check's command, which docker runs inside."""
    check = values("serve", "HEALTHCHECK")[0]
    command = json.loads(re.search(r"CMD (\[.*\])$", check)[1])
    return debian.run(*command, confined=True, environment=environment() | {"GAZE_PORT": port}).returncode


def test_it_serves_and_says_how_it_is(image):
    from test_package import ask
    from wire import png
    assert json.loads(values("serve", "ENTRYPOINT")[0]) == ["/usr/bin/gaze"]
    assert json.loads(values("serve", "CMD")[-1]) == ["serve", "--host", "0.0.0.0"]
    (image.root / "vessels.safetensors").write_bytes(safetensors(squeezenet(10, seed=1)))
    done = image.run("gaze", "models", "import", "/vessels.safetensors", "--name", "vessels", environment=environment())
    assert done.returncode == 0, done.stderr
    with Served(image, "--host", "0.0.0.0", environment=environment()) as served:
        port = served.address.rsplit(":", 1)[1]
        assert health(image, port) == 0
        assert ask(served, "/", Accept="text/html")[0] == 200
        answer = json.loads(ask(served, "/api/explain", png(64, 64), Accept="application/json")[2])
        assert answer["model"] == "vessels"
        assert ask(served, "/api/explain?colorbar=true", png(64, 64), Accept="image/png")[0] == 200
    assert health(image, port) != 0


def test_its_licences_are_in_it(image):
    for name in ("LICENSE", "licences.md", "copyright", "notices/swift-nio.txt"):
        assert (image.root / "usr/share/doc/gaze" / name).is_file(), name
