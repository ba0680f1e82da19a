"""One analysis, many voices: bundles, streams of events and batches, by the clients that people use."""

import http.client
import io
import json
import shutil
import subprocess
import zipfile
from contextlib import closing

import pytest

from service import PICTURE, eventually
from wire import get, png, post

BOUNDARY = "----gaze"


def form(*images):
    """A form of several images, as browsers send it."""
    parts = [b"--%s\r\nContent-Disposition: form-data; name=\"image\"; filename=\"%d.png\"\r\n\r\n%s\r\n"
             % (BOUNDARY.encode(), place, image) for place, image in enumerate(images)]
    return b"".join(parts) + b"--%s--\r\n" % BOUNDARY.encode()


def events(text):
    """The events of a stream, as pairs of a name and what its data says."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


def test_a_bundle_opens_everywhere(start, tmp_path):
    service = start()
    kept = service.keep().replace("/api/", "/api/v1/")
    answer = service.ask(get(f"{kept}/bundle.zip?classes=1,2&methods=grad-cam,layercam"))
    assert answer.status == 200 and answer.header("Content-Type") == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.body))
    assert archive.testzip() is None
    assert len(archive.namelist()) == 18
    assert archive.read("0-1-grad-cam/saliency.npy") == service.ask(get(f"{kept}/saliency.npy?class=1")).body
    assert archive.read("image.jpg") == service.ask(get(f"{kept}/image.jpg")).body
    if not shutil.which("unzip"):
        pytest.skip("unzip is not here")
    path = tmp_path / "bundle.zip"
    path.write_bytes(answer.body)
    assert subprocess.run(["unzip", "-t", path], capture_output=True).returncode == 0


def test_a_stream_tells_how_far_it_is(start):
    service = start()
    kept = service.keep()
    with closing(http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)) as connection:
        connection.request("GET", f"{kept}/events?method=rise&masks=40")
        answer = connection.getresponse()
        assert answer.status == 200 and answer.getheader("Content-Type") == "text/event-stream"
        found = events(answer.read().decode())
    assert found[0][0] == "progress" and found[0][1]["total"] == 40
    name, result = found[-1]
    assert name == "result"
    assert result == service.ask(get(f"{kept}/saliency.json?method=rise&masks=40")).json()


def test_who_leaves_a_stream_stops_its_work(start):
    service = start()
    kept = service.keep()
    with service.connect() as wire:
        wire.send(get(f"{kept}/events?method=rise&masks=9000"))
        assert wire.answer(to_head=True).status == 200
        assert service.metric("gaze_compute_slots_busy") + service.metric("gaze_compute_parked") == 1
    assert eventually(
        lambda: service.metric("gaze_compute_slots_busy") + service.metric("gaze_compute_parked") == 0, 10)


def test_a_stream_ends_with_the_service(start):
    service = start("--shutdown-timeout", "1")
    kept = service.keep()
    with closing(http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)) as connection:
        connection.request("GET", f"{kept}/events?method=rise&masks=9000")
        answer = connection.getresponse()
        service.signal(15)
        name, last = events(answer.read().decode())[-1]
    assert name == "error" and last["error"]["code"] == "ending"
    assert service.ends_within(20) == 0


def test_a_batch_loses_nothing(start):
    service = start()
    images = [png(64, 48, seed=1), b"no image", PICTURE]
    content_type = f"Content-Type: multipart/form-data; boundary={BOUNDARY}"
    answer = service.ask(post("/api/v1/batch?class=1", form(*images), content_type))
    assert answer.status == 200
    results = answer.json()["results"]
    assert results[1]["error"]["code"] == "not_an_image"
    for place in (0, 2):
        alone = service.ask(post("/api/v1/explain?class=1", images[place], "Accept: application/json"))
        assert results[place] == alone.json()
    answer = service.ask(post("/api/v1/batch", form(*images), content_type, "Accept: application/zip"))
    names = zipfile.ZipFile(io.BytesIO(answer.body)).namelist()
    assert "0/picture.png" in names and "1/error.json" in names and "2/receipt.json" in names
