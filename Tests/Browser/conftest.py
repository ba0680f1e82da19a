"""Starts the server, hands out browsers, keeps screenshots, and fails a test whose browser complained."""

import os
import re
import shlex
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from selenium import webdriver

from own_service import OwnService
from page import Page

URL = os.environ.get("GAZE_URL", "http://127.0.0.1:8080").rstrip("/")
REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("GAZE_SHARED", REPOSITORY.parent / "shared"))
ARTEFACTS = Path(__file__).parent / "artefacts"
SECONDS_TO_START = 120


@pytest.fixture(scope="session")
def server():
    """The address of a server that answers."""
    command = os.environ.get("GAZE_SERVER_COMMAND")
    process = subprocess.Popen(shlex.split(command), cwd=REPOSITORY) if command else None
    try:
        wait_until_healthy(process)
        yield URL
    finally:
        if process:
            process.terminate()
            process.wait(timeout=30)


def wait_until_healthy(process):
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        if process and process.poll() is not None:
            pytest.exit(f"The server ended with status {process.returncode} before it answered.")
        try:
            with urllib.request.urlopen(f"{URL}/healthz", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    pytest.exit(f"No server answered at {URL}. Set GAZE_SERVER_COMMAND, or start one and set GAZE_URL.")


@pytest.fixture
def page(request, server):
    """A page in a browser of its own. Its console is checked afterwards, and its last screenshot kept."""
    with browsing(request.node, server) as page:
        yield page


@pytest.fixture
def own_page(request, own_service):
    """The same, of a service with models that the tests make."""
    with browsing(request.node, own_service.address) as page:
        yield page


@contextmanager
def browsing(node, address):
    driver = start_browser(with_scripts=node.get_closest_marker("plain") is None)
    try:
        yield Page(driver, address)
        ARTEFACTS.mkdir(exist_ok=True)
        driver.save_screenshot(ARTEFACTS / (re.sub(r"\W+", "-", node.name).strip("-") + ".png"))
        announced = [mark.args[0] for mark in node.iter_markers("console_may_say")]
        complaints = [entry["message"] for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
        assert [text for text in complaints if not any(words in text for words in announced)] == []
    finally:
        driver.quit()


@pytest.fixture(scope="session")
def own_service(tmp_path_factory):
    """A service with a store of its own, for models that the tests make."""
    command = os.environ.get("GAZE_SERVER_COMMAND")
    if not command:
        pytest.skip("GAZE_SERVER_COMMAND is not set, and a model cannot be brought to a service elsewhere.")
    service = OwnService(shlex.split(command), tmp_path_factory.mktemp("store"))
    try:
        service.add("vessels", ["white", "black", "blue", "transparent"])
        service.start()
        yield service
    finally:
        service.stop()


def start_browser(with_scripts, more=()):
    options = webdriver.ChromeOptions()
    options.binary_location = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,1100", *more):
        options.add_argument(argument)
    if not with_scripts:
        options.add_argument("--blink-settings=scriptEnabled=false")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = os.environ.get("CHROMEDRIVER", "/usr/bin/chromedriver")
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))


@pytest.fixture(scope="session")
def drawing(tmp_path_factory):
    """A picture that belongs to no one: a sailing boat, wider than high, so that the crop leaves margins."""
    image = Image.new("RGB", (451, 300), "#a9cbe0")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 200, 451, 300), fill="#23566f")
    draw.polygon([(218, 30), (218, 190), (120, 190)], fill="#f7f5ee")
    draw.polygon([(228, 50), (228, 190), (310, 190)], fill="#e4e0d2")
    draw.line((223, 20, 223, 205), fill="#3b2a1c", width=5)
    draw.polygon([(110, 200), (330, 200), (290, 240), (150, 240)], fill="#7c2e1d")
    path = tmp_path_factory.mktemp("pictures") / "drawing.png"
    image.save(path)
    return path


@pytest.fixture(scope="session")
def dark(drawing, tmp_path_factory):
    """The drawing in grey, as a sensor of 12 bits leaves it in a PNG of 16."""
    path = tmp_path_factory.mktemp("pictures") / "dark.png"
    grey = Image.open(drawing).convert("L")
    samples = b"".join((16 * value).to_bytes(2, "little") for value in grey.tobytes())
    Image.frombytes("I;16", grey.size, samples).save(path)
    return path


@pytest.fixture(scope="session")
def thumbnail(tmp_path_factory):
    """A cup, 64 x 64 pixels."""
    image = Image.new("RGB", (64, 64), "#8d968c")
    draw = ImageDraw.Draw(image)
    draw.rectangle((18, 16, 42, 50), fill="#f4f2ea")
    draw.ellipse((36, 22, 54, 42), outline="#f4f2ea", width=4)
    draw.rectangle((22, 26, 38, 34), fill="#a3321f")
    path = tmp_path_factory.mktemp("pictures") / "cup.png"
    image.save(path)
    return path


@pytest.fixture(scope="session")
def coffee():
    path = SHARED / "data/photos/coffee.png"
    if not path.exists():
        pytest.skip(f"{path} is absent; set GAZE_SHARED to the shared test data.")
    return path


@pytest.fixture(scope="session")
def not_a_picture(tmp_path_factory):
    path = tmp_path_factory.mktemp("pictures") / "notes.png"
    path.write_text("These are notes, whatever the name says.\n")
    return path
