"""What receipts and the audit log prove, seen by hashlib, `cryptography` and the program itself."""

import base64
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service import PICTURE
from wire import get, png, post, request

DOCUMENT = Path(__file__).parents[2] / "docs" / "audit.md"


@pytest.fixture(scope="session")
def key(tmp_path_factory):
    """A private key in a file, as openssl writes it."""
    path = tmp_path_factory.mktemp("keys") / "key.pem"
    path.write_bytes(Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    path.chmod(0o600)
    return path


def chain(path):
    """The lines of a log as objects; fails where they are no chain."""
    previous, lines = "0" * 64, []
    text = path.read_bytes()
    assert text.endswith(b"\n")
    for number, line in enumerate(text.splitlines(), 1):
        entry = json.loads(line)
        assert entry["sequence"] == number
        assert entry["previous"] == previous
        assert json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == line
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry["time"])
        previous = hashlib.sha256(line).hexdigest()
        lines.append(entry)
    return lines


def events(lines, *names):
    return [line for line in lines if line["event"] in names]


@pytest.fixture
def verify(command, store):
    """`gaze verify`: its exit code and its claims, {subject: verdict}."""

    def verify(*arguments, stdin=None):
        done = subprocess.run([command[0], "verify", *map(str, arguments)], capture_output=True, text=True, input=stdin,
                              timeout=120, env={**os.environ, "GAZE_MODELS": str(store / "models")})
        claims = [re.split(r"  +", line, maxsplit=2) for line in done.stdout.splitlines()]
        return done.returncode, [(subject, verdict) for verdict, subject, _ in claims], done.stdout + done.stderr

    return verify


def test_receipts_have_digests_that_others_can_make(service, tmp_path):
    analysis = service.keep()
    receipt = service.ask(get(f"{analysis}/receipt.json")).json()
    assert receipt["version"] == 2
    assert receipt["digests"]["image"] == hashlib.sha256(PICTURE).hexdigest()
    array = service.ask(get(f"{analysis}/saliency.npy")).body
    header = 10 + int.from_bytes(array[8:10], "little")
    assert receipt["digests"]["map"] == hashlib.sha256(array[header:]).hexdigest()
    assert len(receipt["model"]["weights_sha256"]) == 64
    assert receipt["input"]["decoded"] == {"width": 224, "height": 224}
    stateless = service.ask(post("/api/explain?include=picture", PICTURE, "Accept: application/json")).json()["receipt"]
    assert stateless["digests"] == receipt["digests"]
    assert "signature" not in receipt
    assert service.ask(get("/api/keys")).json() == {"keys": []}


def test_the_script_of_the_documentation_verifies_a_signed_receipt(start, key, tmp_path):
    service = start("--signing-key", str(key))
    script = re.search(r"```python\n(.*?)```", DOCUMENT.read_text(), re.S)[1]
    (tmp_path / "verify.py").write_text(script)
    (tmp_path / "keys.json").write_bytes(service.ask(get("/api/keys")).body)
    analysis = service.keep()

    def run(receipt):
        (tmp_path / "receipt.json").write_text(json.dumps(receipt, indent=3))
        return subprocess.run([sys.executable, "verify.py", "receipt.json", "keys.json"], cwd=tmp_path,
                              capture_output=True, text=True, timeout=60)

    queries = ["", "?method=rise&masks=8&seed=3&range=p99", "?method=integrated-gradients&steps=3&colorbar=true",
               "?class=3&against=4&contours=0.25,0.5&alpha=0.0000001&evidence=signed"]
    for query in queries:
        receipt = service.ask(get(f"{analysis}/receipt.json{query}")).json()
        done = run(receipt)
        assert done.returncode == 0 and done.stdout.startswith("signed"), done.stderr
        receipt["target"]["value"] += 1e-6
        assert "InvalidSignature" in run(receipt).stderr
    listed = service.ask(get(f"{analysis}/receipt.json?classes=1,2")).json()["receipts"]
    assert all(run(receipt).returncode == 0 for receipt in listed)
    inside = service.ask(get(f"{analysis}/saliency.json")).json()["receipt"]
    assert "display" not in inside and run(inside).returncode == 0


def test_the_log_is_one_chain_whoever_asks_at_once(start, key, tmp_path, verify):
    log = tmp_path / "audit.log"
    service = start("--signing-key", str(key), "--audit-log", str(log))
    pictures = [png(60, 40, seed=seed) for seed in range(6)]
    failures = []

    def client(picture):
        try:
            analysis = service.keep(picture)
            assert service.ask(get(f"{analysis}/heatmap.png?class=2")).status == 200
            assert service.ask(get(f"{analysis}/saliency.json?classes=1,2&method=layercam")).status == 200
            assert service.ask(post("/api/explain", picture)).status == 200
            instance = {"instances": [{"b64": base64.b64encode(picture).decode()}] * 2}
            assert service.ask(post("/v1/models/vessels:predict", json.dumps(instance).encode())).status == 200
            assert service.ask(request("DELETE", analysis)).status == 204
        except Exception as error:  # told by the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=client, args=(picture,)) for picture in pictures]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    refused = service.ask(post("/api/explain", b"no image"))
    assert refused.status == 415
    service.signal(signal.SIGTERM)
    assert service.ends_within(30) == 0

    lines = chain(log)
    assert lines[0]["event"] == "start" and lines[-1]["event"] == "end"
    counts = {name: len(events(lines, name)) for name in ("model", "analysis", "explanation", "prediction", "deletion")}
    assert counts == {"model": 1, "analysis": 6, "explanation": 19, "prediction": 6, "deletion": 6}
    assert {image for line in events(lines, "analysis") for image in line["images"]} == {
        hashlib.sha256(picture).hexdigest() for picture in pictures}
    assert all(len(line["images"]) == len(line["classes"]) == 2 for line in events(lines, "prediction"))
    assert all(line["client"] == "127.0.0.1" and line["request"] for line in events(lines, "explanation"))
    failed = next(line for line in lines if line.get("request") == refused.header("x-request-id"))
    assert failed["status"] == 415 and "maps" not in failed
    assert sum(len(line.get("maps", [])) for line in lines) == 6 * (1 + 2 + 1)

    public = tmp_path / "public.pem"
    private = serialization.load_pem_private_key(key.read_bytes(), None)
    public.write_bytes(private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    for line in lines:
        signature = base64.b64decode(line.pop("signature"))
        content = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        private.public_key().verify(signature, content)
    head = hashlib.sha256(log.read_bytes().splitlines()[-1]).hexdigest()
    code, claims, text = verify("--log", log, "--key", public, "--head", head)
    assert code == 0 and set(claims) == {("log", "holds"), ("head", "holds")}, text

    written = log.read_text().splitlines(keepends=True)
    changes = [(written[:3] + written[4:], "line 4"),
               (written[:3] + [written[4], written[3]] + written[5:], "line 4"),
               (written[:3] + [written[3].replace("127.0.0.1", "127.0.0.9", 1)] + written[4:], "line 4"),
               (written[:5] + [written[2]] + written[5:], "line 6")]
    for change, place in changes:
        tampered = tmp_path / "tampered.log"
        tampered.write_text("".join(change))
        code, claims, text = verify("--log", tampered, "--key", public)
        assert code == 1 and ("log", "does not hold") in claims and place in text, text
    tampered.write_text("".join(written[:-3]))
    assert verify("--log", tampered, "--key", public)[0] == 0
    code, claims, text = verify("--log", tampered, "--key", public, "--head", head)
    assert code == 1 and ("head", "does not hold") in claims, text


def test_what_stands_in_the_log_is_no_secret(start, tmp_path):
    log = tmp_path / "audit.log"
    service = start("--audit-log", str(log), "--audit-clients", "false")
    analysis = service.keep()
    service.ask(get(f"{analysis}/heatmap.png?class=vessel+of+the+1th+kind,+mug"))
    service.ask(post(f"{analysis}/faithfulness?steps=4&metrics=deletion", b""))
    text = log.read_text()
    assert analysis.rsplit("/", 1)[1] not in text
    assert "client" not in text and "127.0.0.1" not in text and "vessel of" not in text
    lines = chain(log)
    assert len({line["analysis"] for line in lines if "analysis" in line}) == 1
    assert len(events(lines, "evaluation")) == 1


def test_a_kill_in_the_middle_loses_no_answered_request(start, tmp_path, verify):
    log = tmp_path / "audit.log"
    service = start("--audit-log", str(log))
    answered, stop = [], threading.Event()

    def client():
        while not stop.is_set():
            try:
                answer = service.ask(post("/api/explain", PICTURE))
            except Exception:  # killed
                return
            if answer.status == 200:
                answered.append(answer.header("x-request-id"))

    threads = [threading.Thread(target=client) for _ in range(4)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 60
    while len(answered) < 12 and time.monotonic() < deadline:
        time.sleep(0.01)
    service.signal(signal.SIGKILL)
    service.ends_within(30)
    stop.set()
    for thread in threads:
        thread.join(30)
    # What a crash of the machine leaves behind.
    with log.open("ab") as file:
        file.write(b'{"event":"explanation","ima')
    assert verify("--log", log)[0] == 1

    service = start("--audit-log", str(log))
    assert service.ask(post("/api/explain", PICTURE)).status == 200
    service.signal(signal.SIGTERM)
    assert service.ends_within(30) == 0
    lines = chain(log)
    assert set(answered) <= {line.get("request") for line in lines}
    torn = events(lines, "torn")
    assert len(torn) == 1 and torn[0]["bytes"] == 27
    assert (tmp_path / torn[0]["file"]).read_bytes() == b'{"event":"explanation","ima'
    assert len(events(lines, "start")) == 2
    assert verify("--log", log)[0] == 0


def test_what_cannot_be_logged_is_refused(start, tmp_path, verify):
    log = tmp_path / "audit.log"
    service = start("--audit-log", str(log))
    analysis = service.keep()
    with log.open("ab") as file:
        file.write(b"graffiti\n")
    for attempt in (get(f"{analysis}/heatmap.png"), post("/api/explain", PICTURE), post("/api/analyses", PICTURE),
                    request("DELETE", analysis)):
        answer = service.ask(attempt)
        assert answer.status == 503 and answer.json()["error"]["code"] == "audit_unavailable", answer
    assert service.ask(get("/readyz")).status == 503
    assert service.ask(get("/healthz")).status == 200
    log.rename(tmp_path / "spoiled.log")
    deadline = time.monotonic() + 30
    while service.ask(get(f"{analysis}/heatmap.png")).status != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert service.ask(get("/readyz")).status == 200
    first = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["event"] for line in first[:2]] == ["continued", "resumed"] and first[1]["refused"] >= 4
    code, _, text = verify("--log", tmp_path / "spoiled.log", "--log", log)
    assert code == 1 and "spoiled.log, line" in text


def test_two_services_cannot_write_one_log(start, command, store, tmp_path):
    log = tmp_path / "audit.log"
    start("--audit-log", str(log))
    done = subprocess.run([*command, "--port", "0", "--model", "vessels", "--audit-log", str(log)], capture_output=True,
                          text=True, timeout=60, env={**os.environ, "GAZE_MODELS": str(store / "models")})
    assert done.returncode == 69 and "Another process writes the audit log" in done.stderr


def test_a_key_that_everybody_may_read_is_refused(command, store, key, tmp_path):
    copy = tmp_path / "key.pem"
    copy.write_bytes(key.read_bytes())
    copy.chmod(0o644)
    done = subprocess.run([*command, "--port", "0", "--model", "vessels", "--signing-key", str(copy)],
                          capture_output=True, text=True, timeout=60,
                          env={**os.environ, "GAZE_MODELS": str(store / "models")})
    assert done.returncode == 69 and "chmod 600" in done.stderr


def test_a_receipt_is_verified_whole(start, key, tmp_path, verify):
    log = tmp_path / "audit.log"
    service = start("--signing-key", str(key), "--audit-log", str(log))
    keys, image, array, receipt = (tmp_path / name for name in ("keys.json", "image.png", "map.npy", "receipt.json"))
    image.write_bytes(PICTURE)
    keys.write_bytes(service.ask(get("/api/keys")).body)
    analysis = service.keep()
    for query in ("", "?method=smoothgrad&samples=2&noise=0.2&class=7", "?classes=1,2&against=9&augmentation=flip"):
        receipt.write_bytes(service.ask(get(f"{analysis}/receipt.json{query}")).body)
        array.write_bytes(service.ask(get(f"{analysis}/saliency.npy{query}")).body)
        everything = ("--image", image, "--map", array, "--key", keys, "--log", log, "--recompute")
        code, claims, text = verify(receipt, *everything)
        assert code == 0, text
        assert {verdict for subject, verdict in claims if subject != "head"} == {"holds"}, text
        assert verify("-", "--key", keys, stdin=receipt.read_text())[0] == 0

    whole = json.loads(service.ask(get(f"{analysis}/receipt.json")).body)
    other = tmp_path / "other.png"
    other.write_bytes(png(224, 224, seed=2))

    def verdict(subject, changed, *arguments):
        receipt.write_text(json.dumps(changed))
        code, claims, text = verify(receipt, *arguments)
        verdicts = [verdict for name, verdict in claims if name == subject]
        assert verdicts, text
        return code, verdicts[0]

    assert verdict("image", whole, "--image", other) == (1, "does not hold")
    assert verdict("signature", whole) == (0, "cannot be told")
    assert verdict("signature", {**whole, "gaze": "9"}, "--key", keys) == (1, "does not hold")
    unsigned = {name: value for name, value in whole.items() if name != "signature"}
    assert verdict("signature", unsigned, "--key", keys) == (1, "does not hold")
    assert verdict("logged", {**whole, "gaze": "9"}, "--log", log) == (1, "does not hold")
    forged = {**whole, "digests": {**whole["digests"], "map": "0" * 64}}
    assert verdict("recomputed", forged, "--image", image, "--recompute") == (1, "does not hold")
    target = {**whole["target"], "class": {**whole["target"]["class"], "index": 5}}
    assert verdict("recomputed", {**whole, "target": target}, "--image", image, "--recompute") == (1, "does not hold")
    stolen = {**whole, "model": {**whole["model"], "weights_sha256": "0" * 64}}
    assert verdict("weights", stolen, "--image", image, "--recompute") == (1, "does not hold")
    unknown = {**whole, "model": {**whole["model"], "name": "../../etc"}}
    assert verdict("recomputed", unknown, "--image", image, "--recompute") == (0, "cannot be told")
    old = {name: value for name, value in unsigned.items() if name != "version"}
    assert verdict("receipt", old) == (0, "cannot be told")


HOSTILE = ["", "nonsense", "[" * 100_000, '{"a":1,"a":2}', "{}", "[]", '"gaze"', '{"gaze":1,"model":2,"map":3}',
           '{"receipts":[1,{"receipt":null}]}', "[" + "1," * 5_000_000 + "1]"]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_receipts_are_refused_in_a_sentence(verify, text):
    code, _, said = verify("-", stdin=text)
    assert code == 65 and said.startswith("gaze: standard input") and len(said) < 400


def test_receipts_of_wrong_types_end_in_claims(verify, tmp_path):
    image = tmp_path / "image.png"
    image.write_bytes(PICTURE)
    for inner in ("null", "[]", "{}", "1e300", '"text"', "-1", "true"):
        value = json.loads(inner)
        receipt = json.dumps({
            "gaze": "0", "model": {"name": value, "weights_sha256": value}, "map": {"width": value, "height": value},
            "version": value, "digests": value, "target": {"class": {"index": value}}, "signature": value, "isa": value,
            "method": {"name": "rise", "parameters": {"masks": value}, "layers": value},
            "input": {"decoded": {"width": value, "height": value}, "window": value}})
        code, claims, said = verify("-", "--image", image, "--recompute", stdin=receipt)
        assert code in (0, 1) and claims and "Fatal" not in said, said


def test_the_command_signs_too(command, store, key, tmp_path, verify):
    image, receipt = tmp_path / "photo.png", tmp_path / "receipt.json"
    image.write_bytes(PICTURE)
    subprocess.run([command[0], "explain", image, "--model", "vessels", "--receipt", receipt, "--signing-key", key],
                   check=True, stdout=subprocess.DEVNULL, timeout=120,
                   env={**os.environ, "GAZE_MODELS": str(store / "models")})
    public = tmp_path / "public.pem"
    public.write_bytes(serialization.load_pem_private_key(key.read_bytes(), None).public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    code, claims, text = verify(receipt, "--image", image, "--key", public, "--recompute")
    assert code == 0 and {verdict for _, verdict in claims} == {"holds"}, text
