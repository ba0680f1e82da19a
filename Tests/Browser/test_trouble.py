"""What goes wrong on the way: slow networks, servers that go away or refuse, double clicks, reloads, lost analyses."""

import shutil

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from conftest import browsing
from own_service import OwnService, server_command

# Every further request for a map is answered so, until `window.refuses` is false.
REFUSE = """
const [status, code, seconds] = arguments;
window.refuses = true;
const fetchIt = window.fetch;
window.fetch = (address, options) => {
  if (!window.refuses || !/saliency|events|analyses\\?/.test(String(address))) return fetchIt(address, options);
  const headers = seconds ? { "Retry-After": String(seconds) } : {};
  return Promise.resolve(Response.json({ error: { code, message: `Refused with ${status}.` } }, { status, headers }));
};
"""


def is_consistent(page):
    """Heading, bars, address and links say the same, and nothing is on its way."""
    return page.run("""
        const index = document.getElementById("shown-code").textContent.split(" ")[0];
        const current = document.querySelector("#predictions [aria-current]")?.dataset.class;
        const ofLink = new URL(document.getElementById("download-png").href).searchParams.get("class");
        const ofPage = new URL(location).searchParams.get("class");
        return [index, current, ofLink, ofPage].every((each) => each === index) &&
          document.getElementById("pending").hidden;
    """)


@pytest.fixture
def short_lived(request, tmp_path):
    """A page of a service that the test may stop and start again."""
    service = OwnService(server_command(), tmp_path)
    service.add("vessels", ["white", "black", "blue", "transparent"])
    service.start()
    try:
        with browsing(request.node, service.address) as page:
            yield page, service
    finally:
        service.stop()


# Slow networks, and hands that are quicker than they

def test_a_slow_network_ends_in_what_was_asked_for_last(page, drawing):
    page.open()
    page.slow_down(250)
    page.choose(drawing)
    page.wait(lambda: len(page.labels()) == 5, "no predictions")
    page.wait_for_map()
    Select(page.part("method")).select_by_value("layercam")
    page.wait(lambda: page.text("fact-method") == "LayerCAM", "the method was not shown")
    labels = page.labels()
    for at in (1, 2, 3, 1):
        page.run("document.querySelectorAll('#predictions a')[arguments[0]].click()", at)
    page.wait_for_class(labels[1])
    assert is_consistent(page)


def test_back_and_forth_in_haste_ends_where_the_address_says(page, drawing):
    page.analyse(drawing)
    labels = page.labels()
    for at in (1, 2, 3):
        page.predictions()[at].click()
        page.wait_for_class(labels[at])
    page.slow_down(250)
    page.run("history.back(); history.back(); history.back(); setTimeout(() => history.forward(), 50)")
    page.wait(lambda: page.text("shown-class") == labels[1], "it is not the second class")
    page.wait_for_map()
    assert is_consistent(page)


def test_a_double_click_on_everything_changes_nothing_twice(page, drawing):
    page.analyse(drawing)
    label = page.labels()[1]
    length = page.run("return history.length")
    ActionChains(page.driver).double_click(page.predictions()[1]).perform()
    page.wait_for_class(label)
    assert is_consistent(page) and page.run("return history.length") == length + 1


# Reloading, and links that cost something

def test_a_page_that_is_reloaded_during_a_slow_method_begins_again(page, drawing):
    page.analyse(drawing)
    page.open(f"/analyses/{page.analysis_id()}?method=rise")
    for _ in range(2):
        page.wait(lambda: "RISE" in page.text("pending-text"), "RISE is not on its way")
        assert page.text("fact-method") == "Grad-CAM", "a quick map is shown meanwhile"
        page.driver.refresh()
    page.wait(lambda: "about" in page.text("pending-text") or "%" in page.text("pending-text"), "no cost, no progress")
    page.part("pending-cancel").click()
    page.wait(lambda: not page.part("pending").is_displayed(), "it was not cancelled")
    assert "rise" not in page.driver.current_url


@pytest.mark.plain
def test_a_link_to_a_slow_method_states_its_cost_before_it_is_computed(page, drawing):
    page.open().choose(drawing)
    page.submit("upload")
    page.wait(lambda: "/analyses/" in page.driver.current_url, "the form led nowhere")
    page.open(f"/analyses/{page.analysis_id()}?method=rise&masks=4000")
    page.wait(lambda: page.part("costly").is_displayed(), "nothing is said of the cost")
    assert "RISE takes about" in page.text("costly") and page.text("fact-method") == "Grad-CAM"
    assert page.part("costly").find_element("tag name", "a").get_attribute("href").endswith("&compute=true")
    page.open(f"/analyses/{page.analysis_id()}?method=rise&masks=16&compute=true")
    page.wait(lambda: page.text("fact-method") == "RISE", "it was not computed")


# Servers that go away, or refuse

@pytest.mark.console_may_say("ERR_")
@pytest.mark.console_may_say("404")
@pytest.mark.console_may_say("410")
def test_a_server_that_dies_in_the_middle_is_said_and_the_picture_sent_again(short_lived, thumbnail):
    page, service = short_lived
    page.analyse(thumbnail)
    label, digest = page.text("shown-class"), page.pixels()["digest"]
    Select(page.part("method")).select_by_value("rise")
    page.wait(lambda: page.part("pending").is_displayed(), "RISE is not on its way")
    service.process.kill()
    service.process.wait()
    assert "did not answer" in page.wait_for_complaint()
    assert page.text("shown-class") == label and page.text("fact-method") == "Grad-CAM"
    assert page.pixels()["digest"] == digest and not page.part("pending").is_displayed()
    service.start(port=service.address.rsplit(":", 1)[1])
    before = page.analysis_id()
    Select(page.part("method")).select_by_value("layercam")
    page.wait(lambda: page.analysis_id() != before, "the picture was not sent again")
    page.wait(lambda: page.text("fact-method") == "LayerCAM", "the method was lost")
    page.wait_for_map()
    assert not page.part("error").is_displayed()


@pytest.mark.console_may_say("404")
def test_a_model_that_is_removed_while_it_is_shown(short_lived, thumbnail, drawing):
    page, service = short_lived
    service.add("second", ["left", "right"])
    page.open()
    Select(page.part("model")).select_by_value("second")
    page.choose(thumbnail)
    page.wait_for_map()
    shutil.rmtree(service.folder / "models/second")
    # What is kept still answers.
    label = next(each for each in ("left", "right") if each != page.text("shown-class"))
    page.predictions()[page.labels().index(label)].click()
    page.wait_for_class(label)
    before, digest = page.analysis_id(), page.pixels()["digest"]
    page.choose(drawing)
    assert "vessels" in page.wait_for_complaint(), "it is not said which models there are"
    assert page.analysis_id() == before and page.pixels()["digest"] == digest


@pytest.mark.parametrize("status, code", [
    (429, "rate_limited"), (503, "busy"), (500, "internal"), (413, "too_many_values"),
])
def test_a_refusal_leaves_the_view_and_what_may_pass_can_be_tried_again(page, drawing, status, code):
    page.analyse(drawing)
    digest = page.pixels()["digest"]
    page.run(REFUSE, status, code, 1)
    Select(page.part("method")).select_by_value("layercam")
    assert f"Refused with {status}" in page.wait_for_complaint()
    assert page.text("fact-method") == "Grad-CAM" and page.pixels()["digest"] == digest
    assert Select(page.part("method")).first_selected_option.get_attribute("value") == "grad-cam"
    if status == 413:
        assert page.text("error-action") != "Try again"
        return
    page.run("window.refuses = false")
    assert page.text("error-action") == "Try again"
    page.part("error-action").click()
    page.wait(lambda: page.text("fact-method") == "LayerCAM", "it was not tried again")
    assert not page.part("error").is_displayed()


def test_a_refused_picture_leaves_the_answer_before_it(page, drawing, thumbnail):
    page.analyse(drawing)
    before, digest = page.analysis_id(), page.pixels()["digest"]
    page.run(REFUSE, 429, "rate_limited", 1)
    page.run("const it = window.fetch; window.fetch = (address, options) => it(String(address) + "
             "(options?.method === 'POST' && !String(address).includes('?') ? '?' : ''), options);")
    page.choose(thumbnail)
    assert "Refused with 429" in page.wait_for_complaint()
    page.wait(lambda: page.pixels()["digest"] == digest, "the map before it is gone")
    assert page.analysis_id() == before
    page.run("window.refuses = false")
    page.part("error-action").click()
    page.wait(lambda: page.analysis_id() != before, "it was not tried again")


@pytest.mark.console_may_say("410")
@pytest.mark.console_may_say("404")
def test_an_analysis_that_is_deleted_under_a_link_is_said_and_the_view_stays(page, drawing):
    page.analyse(drawing)
    address = page.driver.current_url
    page.driver.switch_to.new_window("tab")
    page.driver.get(address)
    page.wait_for_map()
    digest = page.pixels()["digest"]
    page.fetch(f"/api/analyses/{page.analysis_id()}", method="DELETE")
    Select(page.part("method")).select_by_value("layercam")
    assert len(page.wait_for_complaint()) > 20
    assert page.text("fact-method") == "Grad-CAM" and page.pixels()["digest"] == digest


# Signing out

@pytest.mark.console_may_say("401")
def test_who_is_signed_in_can_sign_out(request, tmp_path):
    service = OwnService(server_command(), tmp_path)
    service.add("vessels", ["white", "black"])
    tokens = tmp_path / "tokens.json"
    tokens.write_text('{"tokens": [{"name": "anna", "token": "0123456789abcdef0123456789abcdef"}]}')
    service.start("--tokens", str(tokens))
    try:
        with browsing(request.node, service.address) as page:
            page.open("/sign-in")
            page.part("token").send_keys("0123456789abcdef0123456789abcdef", Keys.ENTER)
            page.wait(lambda: page.part("sign-out").is_displayed(), "no way out")
            assert "anna" in page.driver.find_element("tag name", "footer").text
            page.part("sign-out").click()
            page.wait(lambda: page.part("token").is_displayed(), "it does not ask for a token again")
            page.open("/")
            page.wait(lambda: page.part("token").is_displayed(), "still signed in")
    finally:
        service.stop()
