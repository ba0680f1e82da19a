"""Trust, Compare, Live and Model, each used as a person does."""

import subprocess

import pytest
from PIL import Image
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from conftest import start_browser
from own_service import SECONDS_TO_IMPORT
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


def test_it_is_told_whether_the_map_adds_up(page, drawing):
    page.analyse(drawing)
    receipt = page.fetch_json(f"/api/analyses/{page.analysis_id()}/receipt.json")
    page.select("trust")
    if "logit_residual" in receipt["notes"]:
        assert "sum to the logit" in page.text("trust-sums")
        shown = page.text("trust-sums").rsplit(" ", 1)[1].rstrip(".").replace("\u2212", "-")
        assert float(shown) == pytest.approx(receipt["notes"]["logit_residual"], rel=0.006)
    page.select("explore")
    Select(page.part("method")).select_by_value("layercam")
    page.wait(lambda: page.text("fact-method") == "LayerCAM", "the method was not shown")
    page.select("trust")
    assert "no parts of the score" in page.text("trust-sums")


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
    page.driver.find_element(By.CSS_SELECTOR, "#panel-model details:last-child summary").click()
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


def test_how_good_a_model_is_stands_with_it(own_page, own_service, thumbnail):
    page, service = own_page, own_service
    for label in ("white", "blue"):
        folder = service.folder / "labelled" / label
        folder.mkdir(parents=True, exist_ok=True)
        for index, angle in enumerate((0, 90, 180, 270)):
            Image.open(thumbnail).rotate(angle).save(folder / f"{index}.png")
    evaluate = [service.command[0], "evaluate", "--model", "vessels", "--data", service.folder / "labelled", "--keep"]
    subprocess.run(evaluate, env=service.environment, check=True, stdout=subprocess.DEVNULL, timeout=SECONDS_TO_IMPORT)
    report = page.fetch_json(f"{service.address}/api/models/vessels/report/report.json")
    page.open()
    page.select("model")
    page.wait(lambda: page.run("return document.getElementById('model-confusion') !== null"), "no matrix")
    cells = page.run("return [...document.querySelectorAll('#model-confusion tbody tr')].map((row) => "
                     "[...row.querySelectorAll('td')].map((cell) => Number(cell.textContent) || 0))")
    assert cells == report["results"]["confusion"]["counts"]
    wrong = [image for image in report["images"] if image["labelled"]["index"] != image["predicted"]["index"]]
    assert wrong, "the same picture in two classes is a mistake in one"
    mistakes = page.driver.find_elements(By.CSS_SELECTOR, "#model-mistakes figure")
    assert len(mistakes) == len(wrong)
    assert len(mistakes[0].find_elements(By.TAG_NAME, "img")) == 3
    page.run("document.querySelectorAll('#panel-model img').forEach((image) => { image.loading = 'eager'; })")
    loaded = "return [...document.querySelectorAll('#panel-model img')].every((each) => each.naturalWidth > 0)"
    page.wait(lambda: page.run(loaded), "not all pictures are there")
    assert f"{report['results']['correct']} of {len(report['images'])} images" in page.text("model-report")
    assert page.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
