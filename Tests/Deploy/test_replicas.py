"""What keeps its promises when replicas come and go: real replicas behind a real HAProxy."""

import signal

from fleet import NAMES, SMALL, Load, replica_of
from service import eventually
from wire import get, png, post

PATHS = ("", "/heatmap.png", "/saliency.npy?class=1", "/receipt.json")
#: What goes on whatever happens to one replica.
STATELESS = {
    "explanation": post("/api/explain", SMALL, "Accept: application/json"),
    "upload": post("/api/analyses", SMALL),
    "models": get("/api/models"),
}


def statuses(fleet, ids, paths=PATHS):
    return {fleet.ask(get(f"/api/analyses/{id}{path}")).status for id in ids for path in paths}


def test_an_analysis_is_found_again_from_every_address_of_it(fleet):
    kept = fleet.keep_on_all(3)
    for ids in kept.values():
        assert statuses(fleet, ids) == {200}
        for id in ids:
            assert fleet.ask(get(f"/analyses/{id}")).status == 200
            assert fleet.ask(get(f"/api/analyses/{id}?top=2")).json()["id"] == id


def test_nonsense_is_no_lost_analysis(fleet):
    known = fleet.keep()
    start, random = known.rsplit(".", 1)
    for id in ("0" * 32, "x", "..", f"{known}0", known.upper(), f"gaze-0.{random}", "a.b.c", f"{start}.{'0' * 32}"):
        assert fleet.ask(get(f"/api/analyses/{id}/heatmap.png")).status == 404, id
    for id in (f"gaze-9.00000000.{random}", f"gaze-0.00000000.{random}", f"00000000.{random}"):
        answer = fleet.ask(get(f"/api/analyses/{id}/heatmap.png"))
        assert answer.status == 410 and "pload the image again" in answer.sentence, answer


def test_one_killed_under_load_takes_along_only_what_it_kept(fleet):
    """Requests that do not need the dead replica all succeed, also those that it was computing when it died."""
    victim = NAMES[1]
    kept = fleet.keep_on_all(4)
    lost = kept.pop(victim)
    living = [id for ids in kept.values() for id in ids]
    requests = STATELESS | {f"map {id}": get(f"/api/analyses/{id}/heatmap.png?class=2") for id in living[:4]}
    with Load(fleet.port, requests) as load:
        assert load.goes_on()
        fleet.replicas[victim].signal(signal.SIGKILL)
        assert fleet.replicas[victim].ends_within(10) == -signal.SIGKILL
        assert load.goes_on(), fleet.proxy_log()
        assert statuses(fleet, lost) == {410}
        for id in lost:
            answer = fleet.ask(get(f"/api/analyses/{id}/heatmap.png"))
            assert "pload the image again" in answer.sentence
            assert fleet.ask(get(f"/analyses/{id}")).status == 410
        assert statuses(fleet, living) == {200}
        # Made while one is away.
        interim = [fleet.keep() for _ in range(12)]
        assert victim not in {replica_of(id) for id in interim}

        fleet.start(victim)
        assert eventually(lambda: fleet.is_served_by(victim), 30), fleet.proxy_log()
        assert load.goes_on()
    assert not load.odd, load.odd[:5]
    assert sum(load.counts.values()) >= 30 * len(requests)
    # It returned with another start, so that what it kept is lost still; all else is where it was.
    assert statuses(fleet, lost) == {410}
    assert statuses(fleet, living + interim) == {200}
    assert statuses(fleet, [id for ids in fleet.keep_on_all(2).values() for id in ids]) == {200}


def test_uploads_too_large_to_be_sent_again_fail_alone(fleet):
    """What the dead replica was receiving or computing of a body beyond HAProxy's buffer is 502, or a closed
    connection where it had answered before; all that follows is well."""
    large = png(600, 600, seed=2)
    assert len(large) > 262144
    with Load(fleet.port, {"large": post("/api/explain", large, "Accept: application/json")}, clients=4) as load:
        assert load.goes_on(more=8)
        fleet.replicas[NAMES[2]].signal(signal.SIGKILL)
        assert load.goes_on(more=8)
    failed = sum(count for (_, status), count in load.counts.items() if status not in (200, 201))
    assert failed <= 4, load.odd
    assert all(status in (200, 502, "Closed") for _, status in load.counts), load.odd


def test_one_that_is_ended_in_order_fails_nobody(fleet):
    """An update: asked to end, it says so at /readyz, is asked nothing new, and its place is taken. The test has it
    wait as long as it takes to look, and then ends the waiting by a second signal."""
    fleet.replicas["gaze-1"].end()
    fleet.start("gaze-1", "--shutdown-delay", "600")
    assert eventually(lambda: fleet.is_served_by("gaze-1"), 30), fleet.proxy_log()
    with Load(fleet.port, STATELESS) as load:
        assert load.goes_on()
        kept = [id for id in (fleet.keep() for _ in range(9)) if replica_of(id) == "gaze-1"]
        fleet.replicas["gaze-1"].signal(signal.SIGTERM)
        assert eventually(lambda: not fleet.is_served_by("gaze-1"), 30), fleet.proxy_log()
        assert kept and statuses(fleet, kept) == {200}, "it has them until it ends"
        fleet.replicas["gaze-1"].signal(signal.SIGTERM)
        assert fleet.replicas["gaze-1"].ends_within(60) == 0
        assert load.goes_on()
        fleet.start("gaze-1")
        assert eventually(lambda: fleet.is_served_by("gaze-1"), 30), fleet.proxy_log()
        assert load.goes_on()
    assert not load.odd, load.odd[:5]


def test_the_proxy_keeps_no_state(fleet):
    kept = fleet.keep_on_all(2)
    fleet.restart_proxy()
    assert statuses(fleet, [id for ids in kept.values() for id in ids]) == {200}
