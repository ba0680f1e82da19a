"""Trust, Compare, Live and Model, each used as a person does."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from conftest import start_browser
from page import Page


def figures(page):
    return page.driver.find_elements(By.CSS_SELECTOR, "#compare-grid figure")


# Trust

def test_a_map_is_tested_beside_maps_that_know_nothing(page, drawing):
    page.analyse(drawing)
    page.select("trust")
    page.part("trust-test").click()
    plots = lambda: page.driver.find_elements(By.CSS_SELECTOR, "#trust-curves figure")
    page.wait(lambda: len(plots()) == 2 and page.part("trust-verdict").is_displayed(), "no curves")
    lines = plots()[0].find_elements(By.CSS_SELECTOR, "svg[role=img] polyline")
    assert len(lines) == 4
    words = page.text("trust-verdict")
    assert "On this picture" in words and "One picture is an anecdote" in words
    assert page.part("stage").is_displayed(), "the map that is tested stays in sight"


def test_the_verdict_says_what_the_areas_say(page, drawing):
    page.analyse(drawing)
    page.select("trust")
    page.part("trust-test").click()
    page.wait(lambda: page.part("trust-verdict").is_displayed(), "no verdict")
    answer = page.run("""
        const [id] = arguments;
        return fetch(`/api/analyses/${id}/faithfulness?methods=grad-cam&metrics=deletion,insertion&steps=28`,
          { method: "POST" }).then((answer) => answer.json());
    """, page.analysis_id())
    own, *controls = answer["maps"]
    beaten = (sum(own["deletion"]["auc"] < each["deletion"]["auc"] for each in controls),
              sum(own["insertion"]["auc"] > each["insertion"]["auc"] for each in controls))
    assert f"{beaten[0]} of 3 by deletion" in page.text("trust-verdict")
    assert f"{beaten[1]} of 3 by insertion" in page.text("trust-verdict")
    assert ("does better than all" in page.text("trust-verdict")) == (beaten == (3, 3))


def test_another_class_forgets_the_verdict(page, drawing):
    page.analyse(drawing)
    page.select("trust")
    page.part("trust-test").click()
    page.wait(lambda: page.part("trust-verdict").is_displayed(), "no verdict")
    label = page.run("return document.querySelectorAll('#predictions .label')[1].textContent")
    page.select("explore")
    page.predictions()[1].click()
    page.wait_for_class(label)
    page.select("trust")
    assert not page.part("trust-verdict").is_displayed()


def test_shuffled_weights_give_another_map(page, drawing):
    page.analyse(drawing)
    page.select("trust")
    page.part("trust-shuffle").click()
    rows = lambda: page.driver.find_elements(By.CSS_SELECTOR, "#trust-table tr")
    page.wait(lambda: len(rows()) > 2, "no layers")
    assert "shuffled" in page.text("trust-weights")


# Compare

def test_the_first_classes_are_compared_in_one_scale(page, drawing):
    page.analyse(drawing)
    labels = page.labels()
    page.select("compare")
    page.part("compare-classes").click()
    page.wait(lambda: len(figures(page)) == 5, "not five maps")
    for figure, label in zip(figures(page), labels):
        assert label in figure.text
    scales = {figure.find_element(By.CLASS_NAME, "code").text for figure in figures(page)}
    assert len(scales) == 1
    ActionChains(page.driver).move_to_element(figures(page)[1].find_element(By.TAG_NAME, "canvas")).perform()
    page.wait(lambda: all(figure.find_element(By.CLASS_NAME, "value").text.startswith("here")
                          for figure in figures(page)), "no values under the cursor")
    figures(page)[0].find_element(By.TAG_NAME, "button").click()
    page.wait(lambda: len(figures(page)) == 4, "it was not removed")


def test_a_contrast_is_compared_with_the_other_classes(page, drawing):
    page.analyse(drawing)
    second = page.labels()[1]
    page.part("against").send_keys(second, "\n")
    page.wait(lambda: page.text("shown-against") == f"rather than {second}", "no contrast was shown")
    page.select("compare")
    page.part("compare-classes").click()
    page.wait(lambda: len(figures(page)) == 4, "the others were not compared")
    assert all(f"rather than {second}" in figure.text for figure in figures(page))
    assert not page.part("error").is_displayed()


def test_methods_layers_and_two_pictures_are_compared(page, drawing, thumbnail):
    page.analyse(drawing)
    first = page.analysis_id()
    page.select("compare")
    page.part("compare-methods").click()
    page.wait(lambda: len(figures(page)) >= 4, "no methods")
    assert any("LayerCAM" in figure.text for figure in figures(page))
    page.part("compare-clear").click()
    page.wait(lambda: page.part("compare-layers").is_enabled(), "no layers are offered")
    page.part("compare-layers").click()
    page.wait(lambda: len(figures(page)) >= 3, "no layers")
    page.part("compare-clear").click()
    page.part("compare-pin").click()
    page.choose(thumbnail)
    page.wait(lambda: page.analysis_id() != first and page.run("return 'exact' in result.dataset"), "not analysed")
    page.part("compare-pin").click()
    page.wait(lambda: len(figures(page)) == 2, "two pictures are not compared")
    sources = {figure.find_element(By.TAG_NAME, "img").get_attribute("src") for figure in figures(page)}
    assert len(sources) == 2


# Live

@pytest.fixture
def camera_page(request, server):
    """A browser that lends a camera of moving colours."""
    driver = start_browser(with_scripts=True, more=[
        "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"])
    try:
        yield Page(driver, server)
    finally:
        driver.quit()


def test_the_camera_is_explained_as_it_goes(camera_page):
    page = camera_page
    page.open()
    page.select("live")
    page.part("live-start").click()
    page.wait(lambda: "pictures a second" in page.text("live-said"), "nothing was explained")
    assert len(page.driver.find_elements(By.CSS_SELECTOR, "#live-bars li")) == 5
    first = page.part("live-picture").get_attribute("src")
    page.wait(lambda: page.part("live-picture").get_attribute("src") != first, "it does not go on")
    assert "ms each" in page.text("live-said") and "dropped" in page.text("live-said")
    page.part("live-pause").click()
    paused = page.part("live-picture").get_attribute("src")
    page.part("live-study").click()
    page.wait_for_map()
    assert page.part("panel-explore").is_displayed() and paused


def test_a_lost_connection_is_found_again(camera_page):
    page = camera_page
    page.open()
    page.select("live")
    page.part("live-start").click()
    page.wait(lambda: "pictures a second" in page.text("live-said"), "nothing was explained")
    page.driver.execute_cdp_cmd("Network.enable", {})
    page.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/api/explain*"]})
    page.wait(lambda: "Trying again" in page.text("live-said"), "nothing was said")
    page.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    page.wait(lambda: "pictures a second" in page.text("live-said"), "it did not go on")


# Model

def test_the_model_is_described(page):
    page.open()
    page.select("model")
    name = page.fetch_json("/api/models")["default"]
    model = page.fetch_json(f"/api/models/{name}")
    page.wait(lambda: page.driver.find_elements(By.CSS_SELECTOR, "#model-layers tr"), "no layers")
    rows = page.driver.find_elements(By.CSS_SELECTOR, "#model-layers tr")
    assert [row.find_element(By.TAG_NAME, "th").text for row in rows] == [layer["name"] for layer in model["layers"]]
    words = page.text("panel-model")
    assert f"{model['input']['width']} × {model['input']['height']}" in words
    assert (model["licence"] or "not stated") in words
    other = next((option.get_attribute("value") for option in Select(page.part("model")).options
                  if option.get_attribute("value") != name), None)
    if other:
        Select(page.part("model")).select_by_value(other)
        page.select("explore")
        page.select("model")
        page.wait(lambda: page.fetch_json(f"/api/models/{other}")["name"] in page.text("panel-model"), "it stayed")
