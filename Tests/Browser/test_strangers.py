"""Pages of other sites, and names that lead here by somebody else's will, get nothing: seen through a real browser."""

import base64
import http.server
import threading
import urllib.request
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.by import By

from conftest import start_browser
from own_service import OwnService
from page import Page

FOREIGN_NAME, KNOWN_NAME = "evil.example", "lab.example"
RESOLVE = "--host-resolver-rules=MAP *.example 127.0.0.1"

# Posts as any page may without asking first, and waits for what comes back.
POST_WITHOUT_ASKING = """
const [address, done] = arguments;
fetch(address, { method: "POST", mode: "no-cors", body: new Blob(["not even a picture"]) })
  .then((answer) => done(answer.type), (error) => done(String(error)));
"""

# Posts and reads, for which the browser asks first where it has to.
POST_AND_READ = """
const [address, picture, done] = arguments;
const body = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
fetch(address, { method: "POST", headers: { "Content-Type": "image/png" }, body })
  .then(async (answer) => done([answer.status, await answer.json()]), (error) => done(String(error)));
"""


@pytest.fixture(scope="module")
def foreign_page():
    """The port of a site that is not Gaze's: whatever is asked for, an empty page."""

    class Empty(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>another site</title>")

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Empty)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()


@pytest.fixture
def stranger(own_service):
    """A browser for which all names of example lead to this machine."""
    driver = start_browser(with_scripts=True, more=[RESOLVE])
    yield Page(driver, own_service.address)
    driver.quit()


def port(service):
    return urlsplit(service.address).port


def metrics(service):
    with urllib.request.urlopen(f"{service.address}/metrics") as answer:
        lines = [line for line in answer.read().decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def refused(measures):
    return sum(value for name, value in measures.items() if name.startswith("gaze_requests") and 'status="403"' in name)


@pytest.mark.parametrize("path", ["/", "/api/models", "/healthz", "/gaze.css"])
def test_a_foreign_name_that_leads_here_is_refused(stranger, own_service, path):
    stranger.driver.get(f"http://{FOREIGN_NAME}:{port(own_service)}{path}")
    said = stranger.run("return document.body.innerText")
    assert "foreign_host" in said and FOREIGN_NAME in said
    assert stranger.driver.find_elements(By.TAG_NAME, "form") == []
    # What a page under that name could have read with the browser taking both for one site.
    read = stranger.driver.execute_async_script(
        "const done = arguments[0]; fetch('/api/models').then(async (a) => done([a.status, await a.text()]));")
    assert read[0] == 421 and "vessels" not in read[1]


@pytest.mark.parametrize("name", ["localhost", FOREIGN_NAME])
@pytest.mark.parametrize("target", ["127.0.0.1", "localhost"])
def test_a_foreign_page_runs_nothing_and_evicts_nothing(stranger, own_service, foreign_page, thumbnail, name, target):
    stranger.analyse(thumbnail)
    identifier = stranger.analysis_id()
    before = metrics(own_service)
    stranger.driver.get(f"http://{name}:{foreign_page}/")
    for path in ("/api/analyses", "/api/explain", "/analyses", "/v1/models/vessels:predict"):
        address = f"http://{target}:{port(own_service)}{path}"
        stranger.driver.execute_async_script(POST_WITHOUT_ASKING, address)
    # A form needs no script, and its answer would be shown.
    stranger.run(
        """document.body.innerHTML = `<form method="post" enctype="multipart/form-data" action="${arguments[0]}">
             <input name="model" value="vessels"><button>send</button></form>`;
           document.forms[0].submit();""",
        f"http://{target}:{port(own_service)}/analyses")
    said = lambda: stranger.run("return document.body.innerText")
    stranger.wait(lambda: "foreign_origin" in said(), "the form was not refused")

    after = metrics(own_service)
    for measure in ("gaze_forward_passes_total", "gaze_analyses_kept"):
        assert after[measure] == before[measure]
    assert refused(after) - refused(before) == 5
    with urllib.request.urlopen(f"{own_service.address}/api/analyses/{identifier}") as answer:
        assert answer.status == 200


def test_a_foreign_page_cannot_read_a_picture(stranger, own_service, foreign_page, thumbnail):
    stranger.analyse(thumbnail)
    address = f"{own_service.address}/api/analyses/{stranger.analysis_id()}/image.jpg"
    stranger.driver.get(f"http://localhost:{foreign_page}/")
    loaded = stranger.driver.execute_async_script(
        """const [address, done] = arguments;
           const image = new Image();
           image.onload = () => done(true);
           image.onerror = () => done(false);
           image.src = address;""", address)
    assert loaded is False


@pytest.fixture(scope="module")
def open_service(own_service, tmp_path_factory, foreign_page):
    """A service that a name and a page elsewhere have been allowed to use."""
    service = OwnService(own_service.command, own_service.folder)
    service.start("--allowed-host", KNOWN_NAME, "--allowed-origin", f"http://pages.example:{foreign_page}")
    yield service
    service.stop()


def test_an_allowed_name_has_the_page(stranger, open_service, thumbnail):
    stranger.server = f"http://{KNOWN_NAME}:{port(open_service)}"
    stranger.analyse(thumbnail)


def test_an_allowed_name_has_the_plain_form(open_service, thumbnail):
    """Over plain HTTP by a name, only Origin says where a form comes from; the page must not have browsers hide it."""
    driver = start_browser(with_scripts=False, more=[RESOLVE])
    try:
        page = Page(driver, f"http://{KNOWN_NAME}:{port(open_service)}")
        page.open().choose(thumbnail)
        page.submit("upload")
        page.wait(lambda: "/analyses/" in driver.current_url, "the form did not lead to a result")
        assert len(page.predictions()) == 4
    finally:
        driver.quit()


def test_an_allowed_page_elsewhere_asks_and_reads(stranger, open_service, foreign_page, thumbnail):
    picture = base64.b64encode(thumbnail.read_bytes()).decode()
    address = f"http://127.0.0.1:{port(open_service)}/api/analyses"
    stranger.driver.get(f"http://pages.example:{foreign_page}/")
    status, answer = stranger.driver.execute_async_script(POST_AND_READ, address, picture)
    assert status == 201 and answer["model"] == "vessels"
    # Another name of the same machine is another site.
    stranger.driver.get(f"http://other.example:{foreign_page}/")
    assert "Failed to fetch" in stranger.driver.execute_async_script(POST_AND_READ, address, picture)
