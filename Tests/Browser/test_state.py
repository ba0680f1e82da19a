"""One state: picture, map, scale, links and controls say the same, whatever is on its way and whatever was refused."""

from urllib.parse import parse_qs, urlsplit

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

def query_of(page, part="download-png"):
    return parse_qs(urlsplit(page.part(part).get_attribute("href")).query)


def shown_number(page, part):
    return float(page.text(part).replace("\u2212", "-"))


def begin_rise(page):
    Select(page.part("method")).select_by_value("rise")
    page.wait(lambda: page.part("pending").is_displayed(), "nothing is said to be on its way")


def cancel(page):
    page.part("pending-cancel").click()
    page.wait(lambda: not page.part("pending").is_displayed(), "it was not cancelled")


# What is wanted twice, or not any more

def test_a_second_click_on_a_class_in_flight_is_answered(page, drawing):
    page.analyse(drawing)
    label = page.labels()[1]
    page.open(f"/analyses/{page.analysis_id()}?method=rise&masks=300").wait_for_map()
    ActionChains(page.driver).double_click(page.predictions()[1]).perform()
    page.wait_for_class(label)
    assert page.text("fact-method") == "RISE"


def test_what_is_on_its_way_is_said_and_can_be_cancelled(page, drawing):
    page.analyse(drawing)
    address, digest = page.driver.current_url, page.pixels()["digest"]
    begin_rise(page)
    page.wait(lambda: "RISE" in page.text("pending-text") and "%" in page.text("pending-text"), "no progress")
    assert page.part("pending-meter").get_attribute("value") is not None
    page.wait(lambda: page.part("pending-picture").is_displayed(), "no picture of the map so far")
    assert page.text("fact-method") == "Grad-CAM" and page.driver.current_url == address
    cancel(page)
    assert Select(page.part("method")).first_selected_option.get_attribute("value") == "grad-cam"
    assert page.wait_for_map().pixels()["digest"] == digest
    assert page.text("progress") == ""


def test_while_a_map_is_on_its_way_everything_is_of_the_one_shown(page, drawing):
    page.analyse(drawing)
    begin_rise(page)
    page.part("alpha").send_keys(Keys.HOME)
    page.wait(lambda: page.part("heat").value_of_css_property("opacity") == "0", "the opacity stayed")
    for part in ("download-png", "download-npy", "download-json", "download-receipt", "download-zip"):
        assert "rise" not in page.part(part).get_attribute("href"), part
    assert all("rise" not in link.get_attribute("href") for link in page.predictions())
    assert query_of(page)["alpha"] == ["0"] and "rise" not in page.driver.current_url
    cancel(page)


def test_a_method_that_is_left_leaves_nothing_behind(page, drawing):
    page.analyse(drawing)
    begin_rise(page)
    Select(page.part("method")).select_by_value("layercam")
    page.wait(lambda: page.text("fact-method") == "LayerCAM", "the method was not shown")
    page.wait_for_map()
    assert "Computing" not in page.text("progress") and not page.part("pending").is_displayed()


def test_a_new_picture_shows_its_predictions_before_a_slow_map(page, drawing, thumbnail):
    page.analyse(drawing)
    identifier = page.analysis_id()
    begin_rise(page)
    page.choose(thumbnail)
    page.wait(lambda: page.analysis_id() != identifier and len(page.labels()) == 5, "no predictions")
    page.wait(lambda: page.text("shown-class") == page.labels()[0], "no heading")
    page.wait(lambda: "RISE" in page.text("pending-text"), "the method that was chosen is not on its way")
    assert page.text("fact-method") == "Grad-CAM"
    cancel(page)


# What is refused

def test_a_class_is_not_held_against_itself_and_nothing_is_poisoned(page, drawing):
    page.analyse(drawing)
    first, second = page.labels()[:2]
    page.part("against").send_keys(first, Keys.ENTER)
    assert "hold it against" in page.wait_for_complaint()
    assert page.text("shown-against") == "" and page.text("shown-class") == first
    page.predictions()[1].click()
    page.wait_for_class(second)
    assert page.text("shown-against") == "" and "against" not in page.driver.current_url


@pytest.mark.console_may_say("404")
def test_a_refused_contrast_leaves_the_view_as_it_was(page, drawing):
    page.analyse(drawing)
    first, second = page.labels()[:2]
    page.run("""
        const fetchIt = window.fetch;
        window.fetch = (address, options) => fetchIt(String(address).replace("against=", "against=zzyzx"), options);
    """)
    Select(page.part("method")).select_by_value("layercam")
    page.wait(lambda: page.text("fact-method") == "LayerCAM", "the method was not shown")
    page.part("against").send_keys(second, Keys.ENTER)
    page.wait_for_complaint()
    assert page.text("shown-against") == "" and page.part("against").get_attribute("value") == ""
    page.predictions()[1].click()
    page.wait_for_class(second)
    assert page.text("shown-against") == "" and not page.part("error").is_displayed()


def test_a_new_picture_drops_the_contrast(page, drawing, thumbnail):
    page.analyse(drawing)
    page.part("against").send_keys(page.labels()[1], Keys.ENTER)
    page.wait(lambda: page.text("shown-against") != "", "no contrast was shown")
    identifier = page.analysis_id()
    page.choose(thumbnail)
    page.wait(lambda: page.analysis_id() != identifier, "the picture was not analysed")
    page.wait_for_map()
    assert page.text("shown-against") == "" and page.part("against").get_attribute("value") == ""
    assert page.text("shown-class") == page.labels()[0]


@pytest.mark.console_may_say("404")
def test_an_unknown_class_in_a_link_is_said(page, drawing):
    page.analyse(drawing)
    page.open(f"/analyses/{page.analysis_id()}?class=99999&method=layercam")
    assert "99999" in page.wait_for_complaint()
    page.wait_for_map()
    assert page.part("error").is_displayed() and "99999" not in page.driver.current_url
    assert page.text("shown-class") == page.labels()[0]


# Ranges

@pytest.mark.parametrize("query", [
    "class={0}&range=7", "class={0}&range=p90", "class={4}&range=shared&shared_with={0},{1}",
    "class={1}&evidence=signed&range=3.5", "class={2}&evidence=negative&range=2",
])
def test_the_scale_shows_the_numbers_of_the_range(page, drawing, query):
    page.analyse(drawing)
    classes = [link.get_attribute("data-class") for link in page.predictions()]
    page.open(f"/analyses/{page.analysis_id()}?{query.format(*classes)}")
    page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    page.driver.refresh()
    expected = [page.text("scale-first"), page.text("scale-last")]
    page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    page.driver.refresh()
    page.wait_for_map()
    assert [page.text("scale-first"), page.text("scale-last")] == expected


def test_several_classes_in_a_link_share_their_range(page, drawing):
    page.analyse(drawing)
    identifier = page.analysis_id()
    first, *_, last = [link.get_attribute("data-class") for link in page.predictions()]
    own = page.fetch_json(f"/api/analyses/{identifier}/saliency.json?class={first}")["max"]
    page.open(f"/analyses/{identifier}?classes={last},{first}&range=shared").wait_for_map()
    assert query_of(page)["class"] == [last]
    assert query_of(page)["shared_with"] == [first]
    assert shown_number(page, "scale-last") == pytest.approx(own, rel=0.006)
    assert Select(page.part("range")).first_selected_option.get_attribute("value") == "shared"


def test_a_weak_class_is_not_as_red_as_the_first(page, drawing):
    page.analyse(drawing)
    last = shown_number(page, "scale-last")
    page.part("class").send_keys("tench", Keys.ENTER)
    page.wait_for_class("tench")
    assert shown_number(page, "scale-last") == pytest.approx(last, rel=0.006)
    Select(page.part("range")).select_by_value("own")
    page.wait(lambda: query_of(page).get("range") is None, "the range stayed")
    page.wait_for_map()
    own = page.fetch_json(page.part("download-json").get_attribute("href"))["max"]
    if page.part("scale").is_displayed():
        assert shown_number(page, "scale-last") == pytest.approx(max(own, 0), rel=0.006)


# Going back

def test_back_restores_the_opacity_of_the_address(page, drawing):
    page.analyse(drawing)
    first, second = page.labels()[:2]
    page.predictions()[1].click()
    page.wait_for_class(second)
    page.part("alpha").send_keys(Keys.END)
    page.wait(lambda: "alpha=1" in page.driver.current_url, "the address stayed")
    page.driver.back()
    page.wait_for_class(first)
    assert page.part("heat").value_of_css_property("opacity") == "0.5"
    assert page.part("alpha").get_attribute("value") == "0.5"
    page.driver.forward()
    page.wait_for_class(second)
    assert page.part("heat").value_of_css_property("opacity") == "1"


# Names

def test_two_models_of_one_architecture_are_told_apart(own_page, own_service):
    own_service.add("vessels-2", ["one", "two"])
    own_page.open()
    titles = own_page.run("return [...model.options].map((option) => option.textContent)")
    assert len(set(titles)) == len(titles)
    assert any("vessels-2" in title for title in titles)


@pytest.mark.parametrize("label", ["x" * 60, "\u5496\u5561" * 20, "\u0642\u0647\u0648\u0629 " * 12, "word " * 16])
@pytest.mark.parametrize("width", [390, 1366])
def test_a_long_label_keeps_within_the_page(own_page, own_service, thumbnail, label, width):
    name = f"long-{len(label)}-{ord(label[0])}"
    own_service.add(name, [label.strip(), "other"])
    own_page.resize(width, 800)
    own_page.open()
    Select(own_page.part("model")).select_by_value(name)
    own_page.choose(thumbnail)
    own_page.wait_for_map()
    for link in own_page.predictions():
        link.click()
        own_page.wait_for_map()
        assert own_page.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert own_page.run("return shown.getBoundingClientRect().right <= innerWidth")


@pytest.mark.console_may_say("413")
def test_a_file_that_is_too_large_is_refused_in_plain_words(page, tmp_path):
    path = tmp_path / "large.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(34_000_000))
    page.open().choose(path)
    words = page.wait_for_complaint()
    assert "bytes" not in words and "33554432" not in words
    assert page.driver.find_elements(By.ID, "empty")[0].is_displayed()
