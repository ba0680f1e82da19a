"""The main journeys in Debian's Firefox: what Chromium forgives must not be what the page lives on."""

import re

import pytest
from selenium.webdriver.common.keys import Keys

from conftest import ARTEFACTS
from firefox import FIREFOX, Firefox
from page import Page

pytestmark = pytest.mark.skipif(not FIREFOX.exists(), reason=f"{FIREFOX} is absent; apt-get install firefox-esr")

CHOOSE = """
const [name, value] = arguments;
const list = document.getElementById(name);
list.value = value;
list.dispatchEvent(new Event("change", { bubbles: true }));
"""

# Errors of the page itself, from the beginning of each document on.
COMPLAINTS = """
window.complaints = [];
for (const kind of ["error", "unhandledrejection"]) {
  window.addEventListener(kind, (event) => window.complaints.push(String(event.message ?? event.reason)));
}
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Firefox(tmp_path_factory.mktemp("firefox") / "profile")
    yield browser
    browser.quit()


@pytest.fixture
def page(browser, server, request):
    page = Page(browser, server)
    page.open()
    page.run(COMPLAINTS)
    yield page
    ARTEFACTS.mkdir(exist_ok=True)
    browser.save_screenshot(ARTEFACTS / f"firefox-{re.sub(r'[^a-z0-9]+', '-', request.node.name)}.png")
    assert page.run("return window.complaints ?? []") == []


def analyse(page, path):
    page.choose(path)
    return page.wait_for_map()


def choose(page, name, value):
    page.run(CHOOSE, name, value)


def test_a_picture_is_uploaded_and_explained(page, drawing):
    analyse(page, drawing)
    analysis = page.fetch_json(f"/api/analyses/{page.analysis_id()}")
    labels = page.run("return [...document.querySelectorAll('#predictions .label')].map((each) => each.textContent)")
    assert labels == [each["label"] for each in analysis["predictions"]]
    assert page.text("shown-class") == labels[0]
    assert len(page.pixels()["colours"]) > 50
    assert page.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_another_class_is_another_map(page, drawing):
    analyse(page, drawing)
    before = page.pixels()["digest"]
    link = page.driver.find_elements("css selector", "#predictions a")[1]
    label = page.run("return document.querySelectorAll('#predictions .label')[1].textContent")
    link.click()
    page.wait_for_class(label)
    assert page.pixels()["digest"] != before
    page.driver.back()
    page.wait(lambda: page.text("shown-class") != label, "Back led nowhere")
    assert page.wait_for_map().pixels()["digest"] == before


def test_a_class_is_found_by_name(page, drawing):
    analyse(page, drawing)
    page.part("class").send_keys("espresso")
    page.wait(lambda: page.part("class-hits").is_displayed(), "no hits")
    page.part("class").send_keys(Keys.ENTER)
    page.wait_for_class("espresso")


def test_another_method_and_its_progress(page, drawing):
    analyse(page, drawing)
    choose(page, "method", "layercam")
    page.wait(lambda: page.text("fact-method") == "LayerCAM", "the method was not shown")
    page.wait_for_map()
    choose(page, "method", "rise")
    page.wait(lambda: "%" in page.text("pending-text"), "no progress")
    page.part("pending-cancel").click()
    page.wait(lambda: not page.part("pending").is_displayed(), "it was not cancelled")
    assert page.text("fact-method") == "LayerCAM"


def test_opacity_by_the_slider_and_by_value(page, drawing):
    analyse(page, drawing)
    page.part("alpha").send_keys(Keys.HOME)
    assert page.part("heat").value_of_css_property("opacity") == "0"
    page.part("alpha").send_keys(Keys.END)
    page.wait(lambda: "alpha=1" in page.driver.current_url, "the address stayed")
    before = page.pixels()["digest"]
    page.part("fade").click()
    page.wait(lambda: "fade=value" in page.driver.current_url, "the address stayed")
    assert page.pixels()["digest"] != before


def test_the_first_classes_are_compared(page, drawing):
    analyse(page, drawing)
    page.select("compare")
    page.part("compare-classes").click()
    figures = "return document.querySelectorAll('#compare-grid figure').length"
    page.wait(lambda: page.run(figures) == 5, "not five maps")
    page.part("tab-explore").click()


def test_a_link_restores_the_view(page, drawing):
    analyse(page, drawing)
    choose(page, "colormap", "viridis")
    page.part("class").send_keys("espresso", Keys.ENTER)
    page.wait_for_class("espresso")
    address, digest = page.driver.current_url, page.pixels()["digest"]
    page.open()
    page.driver.get(address)
    page.wait_for_class("espresso")
    assert page.pixels()["digest"] == digest
    assert page.run("return document.getElementById('colormap').value") == "viridis"
