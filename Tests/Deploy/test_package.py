"""The Debian package, installed on a bare Debian 12 without the toolchain, and what is served from there."""

import io
import json
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request

import pytest
from PIL import Image

from debian import PROJECT, Debian, Served, obstacle
from wire import png

MODELS = "/var/lib/gaze/models"
SERVE = {"GAZE_MODELS": MODELS}


@pytest.fixture(scope="session")
def package(tmp_path_factory):
    """GAZE_PACKAGE, or one that is made of the program GAZE_BINARY."""
    if path := os.environ.get("GAZE_PACKAGE"):
        return PROJECT / path
    if not os.environ.get("GAZE_BINARY"):
        pytest.skip("neither GAZE_PACKAGE nor GAZE_BINARY is set; scripts/test-package builds and packs.")
    folder = tmp_path_factory.mktemp("package")
    subprocess.run([PROJECT / "scripts/package", folder], check=True, stdout=subprocess.DEVNULL)
    return next(folder.glob("*.deb"))


@pytest.fixture(scope="session")
def debian(package, tmp_path_factory):
    if reason := obstacle():
        pytest.skip(reason)
    debian = Debian(tmp_path_factory.mktemp("debian"))
    debian.install(package)
    return debian


def test_every_setting_of_its_file_is_one(debian):
    """Those that are commented out, too: the service then asks for a model, and not for another setting."""
    text = (debian.root / "etc/default/gaze").read_text()
    settings = dict(re.findall(r"^#?(GAZE_\w+)=(\S*)$", text, re.M)) | {"GAZE_MODELS": "/nowhere"}
    assert len(settings) >= 5
    done = debian.run("gaze", "serve", confined=True, environment=settings)
    assert done.returncode == 69 and "gaze models fetch" in done.stderr, done.stderr
    done = debian.run("gaze", "serve", confined=True, environment=settings | {"GAZE_SHUTDOWN_DELAY": "soon"})
    assert done.returncode == 64 and "GAZE_SHUTDOWN_DELAY" in done.stderr, done.stderr


@pytest.fixture(scope="session")
def served(debian, tmp_path_factory):
    """The service with a model that was imported inside."""
    from own_service import safetensors, squeezenet
    (debian.root / "import").mkdir()
    (debian.root / "import/vessels.safetensors").write_bytes(safetensors(squeezenet(10, seed=1)))
    (debian.root / "import/vessels.txt").write_text("".join(f"kind {number}\n" for number in range(10)))
    done = debian.run("gaze", "models", "import", "/import/vessels.safetensors", "--labels", "/import/vessels.txt",
                      "--name", "vessels", environment=SERVE)
    assert done.returncode == 0, done.stderr
    with Served(debian, environment=SERVE) as served:
        yield served


def ask(served, path, body=None, **headers):
    request = urllib.request.Request(served.address + path, data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.status, answer.headers, answer.read()


def test_it_needs_nothing_but_debian(debian):
    assert not debian.run("which", "swift", "clang", "gcc", "python3").stdout
    libraries = debian.run("ldd", "/usr/bin/gaze").stdout
    assert "libopenblas" in libraries and "not found" not in libraries and "swift" not in libraries, libraries
    version = debian.run("dpkg-query", "-W", "-f", "${Version}", "gaze").stdout
    assert debian.run("gaze", "--version").stdout.strip() == version


def test_without_a_model_it_says_what_to_do(debian):
    done = debian.run("gaze", "serve", confined=True, environment={"GAZE_MODELS": "/nowhere"})
    assert done.returncode == 69
    assert "gaze models fetch" in done.stderr


def test_it_serves(served):
    status, headers, page = ask(served, "/", Accept="text/html")
    assert status == 200 and b"<html" in page
    status, _, style = ask(served, "/gaze.css")
    assert status == 200 and style == (PROJECT / "Static/gaze.css").read_bytes()
    status, _, body = ask(served, "/api/explain", png(64, 64), Accept="application/json")
    answer = json.loads(body)
    assert answer["model"] == "vessels" and answer["status"] in ("ok", "no_positive_evidence")
    assert json.loads(ask(served, "/readyz")[2])
    status, headers, body = ask(served, "/api/analyses", png(64, 64))
    assert status == 201
    picture = ask(served, json.loads(body)["links"]["heatmap"])[2]
    assert Image.open(io.BytesIO(picture)).size == (64, 64)


def test_it_draws_letters(served):
    """By Pango and Cairo, which are loaded where something is drawn."""
    def picture(query):
        return Image.open(io.BytesIO(ask(served, "/api/explain?" + query, png(64, 64), Accept="image/png")[2]))

    assert picture("colorbar=true").width > picture("").width
    assert picture("classes=1,2").width > 2 * 64


def test_it_can_fetch(debian):
    """As far as tests go: libcurl is there and its certificates, and what fails is the connection."""
    done = debian.run("unshare", "--net", "gaze", "models", "fetch", "squeezenet1.1",
                      environment={"GAZE_MODELS": "/tmp/models"})
    assert "libcurl" not in done.stderr, done.stderr
    assert os.path.exists(debian.root / "etc/ssl/certs/ca-certificates.crt")


def test_what_is_installed(debian):
    root = debian.root
    for path in ("usr/share/man/man1/gaze.1.gz", "usr/share/doc/gaze/copyright", "lib/systemd/system/gaze.service",
                 "usr/share/doc/gaze/docs/licences.md.gz", "usr/share/doc/gaze/notices/swift-nio.txt"):
        assert (root / path).exists(), path
    assert "/etc/default/gaze" in debian.run("dpkg-query", "-W", "-f", "${Conffiles}", "gaze").stdout
    manual = subprocess.run(["zcat", root / "usr/share/man/man1/gaze.1.gz"], capture_output=True, text=True).stdout
    assert ".SH \"GAZE SERVE\"" in manual and "\\-\\-port" in manual


def test_the_same_source_and_program_give_the_same_bytes(package, tmp_path):
    if not os.environ.get("GAZE_BINARY"):
        pytest.skip("GAZE_BINARY is not set; scripts/test-package builds and packs.")
    # Another umask and another hour of the day.
    subprocess.run(["sh", "-c", 'umask 077 && "$0" "$1"', PROJECT / "scripts/package", tmp_path], check=True,
                   stdout=subprocess.DEVNULL, env=os.environ | {"TZ": "Asia/Tokyo"})
    again, = tmp_path.glob("*.deb")
    assert again.read_bytes() == package.read_bytes()


@pytest.mark.skipif(not shutil.which("lintian"), reason="lintian is not here; apt-get install lintian.")
def test_lintian_finds_nothing(package):
    found = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", package], capture_output=True,
                           text=True)
    assert found.returncode == 0, found.stdout + found.stderr


def test_it_can_be_removed(package, tmp_path_factory, debian):
    """Last, for all else needs it. Models are the user's and stay."""
    done = debian.run("dpkg", "--purge", "gaze")
    assert done.returncode == 0, done.stderr
    assert not (debian.root / "usr/bin/gaze").exists() and not (debian.root / "etc/default/gaze").exists()
