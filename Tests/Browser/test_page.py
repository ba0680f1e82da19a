"""What the page promises, seen through a real browser."""

import ast
import struct
from urllib.parse import parse_qs, urlsplit

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

# A blank map, or one laid out of flat blocks, has fewer colours than a smooth one.
MANY_COLOURS = 50


# Bringing a picture in

@pytest.mark.parametrize("way", ["choose", "drop", "paste"])
def test_a_picture_comes_in(page, drawing, way):
    page.open()
    getattr(page, way)(drawing)
    page.wait_for_map()
    analysis = page.fetch_json(f"/api/analyses/{page.analysis_id()}")
    expected = [entry["label"] for entry in analysis["predictions"]]
    assert len(expected) == 5
    assert page.labels() == expected
    assert page.text("shown-class") == expected[0]
    assert page.predictions()[0].get_attribute("aria-current") == "true"
    assert len(page.pixels()["colours"]) > MANY_COLOURS


def test_a_photograph_of_coffee_is_espresso(page, coffee):
    page.analyse(coffee)
    assert page.labels()[0] == "espresso"
    assert len(page.pixels()["colours"]) > MANY_COLOURS


def test_the_bars_are_as_long_as_the_probabilities(page, drawing):
    page.analyse(drawing)
    analysis = page.fetch_json(f"/api/analyses/{page.analysis_id()}")
    for link, entry in zip(page.predictions(), analysis["predictions"], strict=True):
        track = link.find_element(By.CLASS_NAME, "bar-track").rect["width"]
        value = link.find_element(By.CLASS_NAME, "bar-value").rect["width"]
        assert value / track == pytest.approx(entry["probability"], abs=0.01)
        assert link.find_element(By.CLASS_NAME, "percent").text.endswith("%")


# What is odd about a picture

def warnings(page):
    return [note.text for note in page.driver.find_elements(By.CSS_SELECTOR, "#warnings p")]


def test_what_is_odd_about_a_picture_is_said_above_the_result(page, dark, drawing):
    page.analyse(dark)
    [warning] = page.fetch_json(f"/api/analyses/{page.analysis_id()}")["warnings"]
    assert warnings(page) == [warning] and "window=0,4095" in warning
    assert page.part("warnings").get_attribute("role") == "status"
    assert page.part("warnings").location["y"] < page.part("result").location["y"]
    page.driver.refresh()
    page.wait_for_map()
    assert warnings(page) == [warning]
    page.choose(drawing)
    page.wait(lambda: warnings(page) == [], "the warning stayed")
    page.wait_for_map()
    page.driver.back()
    page.wait(lambda: warnings(page) == [warning], "the warning did not come back")


def test_a_warning_is_text_whatever_it_holds(page, dark):
    page.open()
    hostile = "<img src=x onerror=alert(1)>\u202e"
    page.run("""
        const [hostile] = arguments, fetchIt = window.fetch;
        window.fetch = async (address, options) => {
          const response = await fetchIt(address, options);
          if (options?.method !== "POST") return response;
          return Response.json({ ...await response.json(), warnings: [hostile] });
        };
    """, hostile)
    page.choose(dark)
    page.wait_for_map()
    assert warnings(page) == [hostile.replace("\u202e", "\ufffd")]
    assert page.driver.find_elements(By.CSS_SELECTOR, "#warnings img") == []


def test_a_window_stretches_the_picture_that_is_shown(page, dark):
    page.analyse(dark)
    before = page.analysis_id()
    page.driver.find_element(By.CSS_SELECTOR, ".stretch summary").click()
    page.part("window").send_keys("0,4095", Keys.TAB)
    page.wait(lambda: page.analysis_id() != before, "the picture was not sent again")
    page.wait_for_map()
    assert page.fetch_json(f"/api/analyses/{page.analysis_id()}")["image"]["window"] == [0, 4095]
    assert warnings(page) == []
    assert page.part("window").get_attribute("value") == "0,4095"
    page.driver.back()
    page.wait(lambda: page.analysis_id() == before and page.part("window").get_attribute("value") == "", "it stayed")


@pytest.mark.console_may_say("400")
def test_a_window_that_does_not_fit_is_refused_in_words(page, drawing):
    page.analyse(drawing)
    before = page.analysis_id()
    page.driver.find_element(By.CSS_SELECTOR, ".stretch summary").click()
    page.part("window").send_keys("0,4095", Keys.TAB)
    assert "samples are 0 to 255" in page.wait_for_complaint()
    assert page.analysis_id() == before


@pytest.mark.plain
def test_warnings_and_window_without_scripts(page, dark):
    page.open().choose(dark)
    page.submit("upload")
    page.wait(lambda: len(warnings(page)) == 1, "nothing was said")
    assert "window=0,4095" in warnings(page)[0]
    page.open().choose(dark)
    page.driver.find_element(By.CSS_SELECTOR, ".stretch summary").click()
    page.part("window").send_keys("0,4095")
    page.submit("upload")
    page.wait(lambda: "/analyses/" in page.driver.current_url, "the form led nowhere")
    assert warnings(page) == []
    assert page.part("window").get_attribute("value") == "0,4095"


# Choosing a class

def test_clicking_another_class_changes_the_map(page, drawing):
    page.analyse(drawing)
    before = page.pixels()["digest"]
    second = page.predictions()[1]
    label = second.find_element(By.CLASS_NAME, "label").text
    second.click()
    page.wait_for_class(label)
    assert page.pixels()["digest"] != before
    assert page.predictions()[1].get_attribute("aria-current") == "true"
    assert "class=" in page.driver.current_url


def test_a_class_is_found_by_name_with_the_keyboard_alone(page, drawing):
    page.analyse(drawing)
    before = page.pixels()["digest"]
    walk_to(page, "class")
    page.press("shark")
    page.wait(lambda: hits(page) == ["tiger shark", "great white shark"], "the sharks were not found")
    page.press(Keys.ARROW_DOWN)
    page.wait(lambda: page.part("class").get_attribute("aria-activedescendant"), "no hit was marked")
    page.press(Keys.ESCAPE)
    page.wait(lambda: page.part("class").get_attribute("aria-expanded") == "false", "the hits did not close")
    page.press(Keys.ESCAPE, "espresso", Keys.ENTER)
    page.wait_for_class("espresso")
    assert page.pixels()["digest"] != before
    assert "espresso" in page.labels()


@pytest.mark.parametrize("text, label", [
    ("967", "espresso"), ("n07920052", "espresso"), ("great wh sh", "great white shark"),
])
def test_a_class_is_found_by_number_by_wordnet_id_and_by_beginnings(page, drawing, text, label):
    page.analyse(drawing)
    page.part("class").send_keys(text, Keys.ENTER)
    page.wait_for_class(label)


def test_a_class_that_does_not_exist_is_said_to_be_missing(page, drawing):
    page.analyse(drawing)
    page.part("class").send_keys("zzyzx")
    page.wait(lambda: "No class" in page.text("class-hint"), "nothing was said")


# Looking at the map

def test_the_slider_changes_the_opacity_at_once(page, drawing):
    page.analyse(drawing)
    assert page.part("heat").value_of_css_property("opacity") == "0.5"
    page.part("alpha").send_keys(Keys.HOME)
    assert page.part("heat").value_of_css_property("opacity") == "0"
    page.part("alpha").send_keys(Keys.END)
    assert page.part("heat").value_of_css_property("opacity") == "1"
    assert "alpha=1" in page.part("download-png").get_attribute("href")


def test_the_map_lies_exactly_over_the_picture(page, drawing):
    page.analyse(drawing)
    boxes = page.run("return [photo, heat, crop].map((part) => JSON.stringify(part.getBoundingClientRect()))")
    assert len(set(boxes)) == 1
    sizes = page.run("return [[photo.naturalWidth, photo.naturalHeight], [heat.width, heat.height]]")
    assert sizes == [[451, 300], [451, 300]]


def test_the_legend_has_the_colours_of_the_map(page, drawing):
    page.analyse(drawing)
    for option in (option for option in Select(page.part("colormap")).options if option.is_enabled()):
        before, name = page.pixels()["digest"], option.get_attribute("value")
        choose(page, "colormap", name)
        page.wait(lambda: name in page.part("legend").get_attribute("src"), "the legend stayed")
        page.wait(lambda: page.pixels()["digest"] != before or name == "turbo", "the map stayed")
        legend = channels(page.pixels("legend")["colours"])
        for colour in channels(page.pixels()["colours"]):
            distance = min(max(abs(a - b) for a, b in zip(colour, other)) for other in legend)
            assert distance <= 4, f"{option.text}: {colour} is not in the legend"


def test_the_raw_value_is_read_under_the_pointer(page, drawing):
    page.analyse(drawing)
    identifier = page.analysis_id()
    saliency = page.fetch_json(f"/api/analyses/{identifier}/saliency.json")
    rows, columns = saliency["shape"]
    for row, column in [(0, 0), (rows // 2, columns - 1), (rows - 1, 1)]:
        x = saliency["crop"]["x"] + (column + 0.5) / columns * saliency["crop"]["width"]
        y = saliency["crop"]["y"] + (row + 0.5) / rows * saliency["crop"]["height"]
        point(page, x / saliency["image"]["width"], y / saliency["image"]["height"])
        cell = f"cell {row + 1}, {column + 1} as computed: "
        page.wait(lambda: cell in page.text("readout"), f"not at {cell!r} but {page.text('readout')!r}")
        shown = page.text("readout").split(cell)[1].replace("\u2212", "-")
        assert float(shown) == pytest.approx(saliency["values"][row][column], rel=0.006, abs=1e-6)
    if saliency["crop"]["x"] > 4:
        point(page, 0.003, 0.5)
        words = "outside what the network saw"
        page.wait(lambda: words in page.text("readout"), "the margin was not said to be unseen")


# Methods and evidence

def test_every_family_of_methods_is_offered_and_another_method_is_another_map(page, drawing):
    page.analyse(drawing)
    methods = page.fetch_json("/api/methods")["methods"]
    offered = [option.get_attribute("value") for option in Select(page.part("method")).options]
    assert offered == [method["name"] for method in methods]
    before = page.pixels()["digest"]
    choose(page, "method", "saliency")
    page.wait(lambda: page.text("fact-method") == "Saliency", "the method was not shown")
    assert page.pixels()["digest"] != before
    assert page.text("fact-layer") == "none"
    assert page.text("method-hint") == next(method["summary"] for method in methods if method["name"] == "saliency")
    assert "method=saliency" in page.driver.current_url
    receipt = page.fetch_json(page.part("download-receipt").get_attribute("href"))
    assert receipt["method"]["name"] == "saliency"
    assert receipt["target"]["class"]["label"] == page.text("shown-class")


def test_signed_evidence_has_colours_of_its_own_and_zero_in_the_middle(page, drawing):
    page.analyse(drawing)
    choose(page, "evidence", "signed")
    page.wait(lambda: page.text("shown-lead") == "Evidence for and against", "nothing changed")
    assert Select(page.part("colormap")).first_selected_option.get_attribute("value") == "coolwarm"
    assert page.text("scale-first") == "\u2212" + page.text("scale-last")
    assert len(page.pixels()["colours"]) > MANY_COLOURS
    choose(page, "evidence", "negative")
    page.wait(lambda: page.text("shown-lead") == "Evidence against", "nothing changed")
    assert Select(page.part("colormap")).first_selected_option.get_attribute("value") == "turbo"
    if page.fetch_json(page.part("download-json").get_attribute("href"))["min"] < 0:
        assert page.text("scale-first") == "0" and page.text("scale-last").startswith("\u2212")
    else:
        assert "speaks against" in page.text("map-status")


def test_a_contrast_is_shown_and_shared(page, drawing):
    page.analyse(drawing)
    alone, second = page.pixels()["digest"], page.labels()[1]
    page.part("against").send_keys(second, Keys.ENTER)
    page.wait(lambda: page.text("shown-against") == f"rather than {second}", "no contrast was shown")
    contrast = page.wait_for_map().pixels()["digest"]
    assert contrast != alone
    address = page.driver.current_url
    page.driver.switch_to.new_window("tab")
    page.driver.get(address)
    page.wait(lambda: page.text("shown-against") == f"rather than {second}", "the link lost the contrast")
    assert page.wait_for_map().pixels()["digest"] == contrast


@pytest.mark.plain
def test_the_first_classes_are_compared_without_scripts(page, drawing):
    page.open().choose(drawing)
    page.submit("upload")
    page.wait(lambda: page.part("compare-open").is_displayed(), "nothing to compare")
    page.part("compare-open").click()
    page.wait(lambda: page.part("compare-picture").is_displayed(), "the picture is not shown")
    assert page.fetch(page.part("compare-picture").get_attribute("src"))[:2] == (200, "image/png")


def test_contours_are_drawn_and_the_colour_bar_is_in_the_download(page, drawing):
    page.analyse(drawing)
    before = page.pixels()["digest"]
    page.part("contours").click()
    page.wait(lambda: page.pixels()["digest"] != before, "no lines were drawn")
    page.part("colorbar").click()
    page.wait(lambda: "colorbar=true" in page.part("download-png").get_attribute("href"), "the address stayed")
    assert page.fetch_picture(page.part("download-png").get_attribute("href")).width > 451


@pytest.mark.plain
def test_the_plain_form_has_methods_and_evidence(page, drawing):
    page.open().choose(drawing)
    page.submit("upload")
    page.wait(lambda: page.part("method").is_displayed(), "no methods")
    Select(page.part("method")).select_by_value("layercam")
    Select(page.part("evidence")).select_by_value("signed")
    page.part("contours").click()
    page.submit("controls")
    page.wait(lambda: "method=layercam" in page.driver.current_url, "the form led nowhere")
    page.wait(lambda: page.text("fact-method") == "LayerCAM", "the method was not shown")
    assert not page.part("error").is_displayed()
    assert page.text("shown-lead") == "Evidence for and against"
    assert Select(page.part("colormap")).first_selected_option.get_attribute("value") == "coolwarm"
    assert page.part("contours").is_selected()
    assert page.fetch(page.part("photo").get_attribute("src"))[:2] == (200, "image/png")
    assert "method=layercam" in page.predictions()[1].get_attribute("href")


def test_a_map_of_mean_scores_is_shown_from_its_zero(page, drawing):
    page.analyse(drawing)
    page.open(f"/analyses/{page.analysis_id()}?method=rise&masks=60&score=logit")
    page.wait_for_map()
    page.wait(lambda: page.text("fact-method") == "RISE", "the method was not shown")
    saliency = page.fetch_json(page.part("download-json").get_attribute("href"))
    last = float(page.text("scale-last"))
    assert page.text("scale-first") == "0"
    assert last == pytest.approx(saliency["max"] - saliency["zero"], rel=0.01)
    assert page.text("fact-range").endswith("the mean score over the masks")
    assert len(page.pixels()["colours"]) > MANY_COLOURS
    choose(page, "evidence", "negative")
    page.wait(lambda: page.text("scale-last").startswith("\u2212"), "the scale stayed")
    assert not page.part("map-status").is_displayed()


# Keeping it

def test_the_downloads_are_what_they_say(page, drawing):
    page.analyse(drawing)
    page.predictions()[1].click()
    page.wait_for_class(page.labels()[1])
    assert_downloads_are_sound(page)


def test_an_address_that_names_no_method_means_the_default(page, drawing):
    """Also on a page whose first address named another one."""
    page.analyse(drawing)
    page.open(f"/analyses/{page.analysis_id()}?method=layercam&evidence=signed").wait_for_map()
    assert page.text("fact-method") == "LayerCAM"
    choose(page, "method", "grad-cam")
    page.wait(lambda: page.text("fact-method") == "Grad-CAM", "the method was not shown")
    choose(page, "evidence", "positive")
    page.wait(lambda: page.text("shown-lead") == "Evidence for", "the evidence was not shown")
    assert parse_qs(urlsplit(page.driver.current_url).query).keys() == {"class", "range", "shared_with"}
    first, second = page.labels()[:2]
    page.predictions()[1].click()
    page.wait_for_class(second)
    page.driver.back()
    page.wait_for_class(first)
    assert page.text("fact-method") == "Grad-CAM"
    assert page.text("shown-lead") == "Evidence for"
    assert Select(page.part("colormap")).first_selected_option.get_attribute("value") == "turbo"


def test_the_back_button_leads_to_the_class_before(page, drawing):
    page.analyse(drawing)
    first, second = page.labels()[:2]
    before = page.pixels()["digest"]
    page.predictions()[1].click()
    page.wait_for_class(second)
    page.driver.back()
    page.wait_for_class(first)
    assert page.pixels()["digest"] == before
    page.driver.back()
    page.wait(lambda: page.part("empty").is_displayed(), "the empty page did not come back")
    page.driver.forward()
    page.wait_for_class(first)


def test_a_shared_link_restores_the_view(page, drawing):
    page.analyse(drawing)
    page.part("alpha").send_keys(Keys.HOME)
    Select(page.part("colormap")).select_by_value("viridis")
    page.part("class").send_keys("espresso", Keys.ENTER)
    page.wait_for_class("espresso")
    address, digest = page.driver.current_url, page.pixels()["digest"]
    page.driver.switch_to.new_window("tab")
    page.driver.get(address)
    page.wait_for_class("espresso")
    assert page.pixels()["digest"] == digest
    assert page.part("heat").value_of_css_property("opacity") == "0"


def test_another_model_keeps_the_picture_and_the_class(page, drawing):
    page.open()
    models = [option.get_attribute("value") for option in Select(page.part("model")).options]
    if len(models) < 2:
        pytest.skip("the server has one model only")
    page.analyse(drawing)
    page.part("class").send_keys("espresso", Keys.ENTER)
    page.wait_for_class("espresso")
    before = page.analysis_id()
    Select(page.part("model")).select_by_value(models[1])
    page.wait(lambda: page.analysis_id() != before, "the picture was not analysed again")
    page.wait_for_class("espresso")
    assert page.fetch_json(f"/api/analyses/{page.analysis_id()}")["model"] == models[1]


# When something goes wrong

@pytest.mark.console_may_say("415")
def test_a_file_that_is_no_picture_is_refused_in_words(page, not_a_picture):
    page.open().choose(not_a_picture)
    words = page.wait_for_complaint()
    assert "JPEG" in words and "PNG" in words
    assert page.part("empty").is_displayed()


@pytest.mark.console_may_say("415")
def test_after_a_refusal_the_answer_before_it_is_still_there(page, drawing, not_a_picture):
    page.analyse(drawing)
    label, digest = page.text("shown-class"), page.pixels()["digest"]
    page.choose(not_a_picture)
    page.wait_for_complaint()
    page.wait_for_class(label)
    assert page.pixels()["digest"] == digest
    page.drop(drawing)
    page.wait(lambda: not page.part("error").is_displayed(), "the complaint stayed")


@pytest.mark.console_may_say("410")
@pytest.mark.console_may_say("404")
def test_a_dropped_analysis_is_made_again_from_the_file(page, drawing):
    page.analyse(drawing)
    before = page.analysis_id()
    assert page.fetch(f"/api/analyses/{before}", method="DELETE")[0] == 204
    page.part("class").send_keys("tench", Keys.ENTER)
    page.wait(lambda: page.analysis_id() != before, "the picture was not sent again")
    page.wait_for_class("tench")
    assert not page.part("error").is_displayed()


@pytest.mark.console_may_say("410")
@pytest.mark.console_may_say("404")
def test_a_link_to_a_dropped_analysis_says_so(page, drawing):
    page.analyse(drawing)
    address = page.driver.current_url
    page.fetch(f"/api/analyses/{page.analysis_id()}", method="DELETE")
    page.driver.get(address)
    assert len(page.wait_for_complaint()) > 20
    assert page.part("empty").is_displayed()


@pytest.mark.console_may_say("ERR_")
def test_a_server_that_does_not_answer_is_said_and_tried_again(page, drawing):
    page.open()
    page.driver.execute_cdp_cmd("Network.enable", {})
    page.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/api/analyses*"]})
    page.choose(drawing)
    assert "did not answer" in page.wait_for_complaint()
    page.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    page.part("error-action").click()
    page.wait_for_map()
    assert not page.part("error").is_displayed()


# Without JavaScript

@pytest.mark.plain
def test_the_plain_form_leads_to_the_result(page, drawing):
    page.open().choose(drawing)
    page.submit("upload")
    page.wait(lambda: "/analyses/" in page.driver.current_url, "the form led nowhere")
    analysis = page.fetch_json(f"/api/analyses/{page.analysis_id()}")
    expected = [entry["label"] for entry in analysis["predictions"]]
    page.wait(lambda: page.labels() == expected, f"not {expected}")
    assert page.text("shown-class") == expected[0]
    address = page.part("photo").get_attribute("src")
    assert page.fetch(address)[:2] == (200, "image/png")
    shown = page.screenshot_of("photo")
    assert len(shown.getcolors(shown.width * shown.height)) > MANY_COLOURS
    page.predictions()[1].click()
    page.wait(lambda: page.text("shown-class") == expected[1], "the link led nowhere")
    other = page.part("photo").get_attribute("src")
    assert page.fetch_picture(other).tobytes() != page.fetch_picture(address).tobytes()
    assert_downloads_are_sound(page)


@pytest.mark.plain
def test_the_plain_form_shows_any_class(page, drawing):
    page.open().choose(drawing)
    page.submit("upload")
    page.wait(lambda: page.part("class").is_displayed(), "no field for the class")
    field = page.part("class")
    field.clear()
    field.send_keys("espresso")
    Select(page.part("colormap")).select_by_value("viridis")
    page.submit("controls")
    page.wait(lambda: page.text("shown-class") == "espresso", "the class was not shown")
    assert "espresso" in page.labels()
    assert Select(page.part("colormap")).first_selected_option.get_attribute("value") == "viridis"
    assert "viridis" in page.part("photo").get_attribute("src")


@pytest.mark.plain
@pytest.mark.console_may_say("415")
def test_the_plain_form_refuses_in_words(page, not_a_picture):
    page.open().choose(not_a_picture)
    page.submit("upload")
    words = page.wait_for_complaint()
    assert "JPEG" in words and "PNG" in words
    assert page.part("image").is_displayed()


# For everyone

def test_everything_is_reached_with_the_keyboard(page, drawing):
    page.analyse(drawing)
    page.run("document.activeElement.blur()")
    seen = []
    for _ in range(60):
        page.press(Keys.TAB)
        seen.append(page.run("return document.activeElement.id || document.activeElement.dataset.class || ''"))
        ring = page.run("const style = getComputedStyle(document.activeElement);"
                        "return document.activeElement === document.body || style.outlineStyle !== 'none'")
        assert ring, f"{seen[-1]!r} shows no focus"
        if seen[-1] == "print":
            break
    links = [link.get_attribute("data-class") for link in page.predictions()]
    wanted = ["image", "model", "share", "full", "tab-explore", "stage", "zoom-in", "zoom-out", "zoom-reset", "alpha",
              "colormap", "layer", "contours", "fade", "hatched", *links, "class", "against", "method", "evidence",
              "range", "colorbar", "download-png", "download-npy", "download-json", "download-receipt", "download-zip",
              "download-svg", "print"]
    assert [name for name in seen if name in wanted] == wanted


def test_the_map_is_read_with_the_keyboard(page, drawing):
    page.analyse(drawing)
    saliency = page.fetch_json(f"/api/analyses/{page.analysis_id()}/saliency.json")
    cells = [(value, row, column) for row, line in enumerate(saliency["values"]) for column, value in enumerate(line)]
    _, row, column = max(cells, key=lambda cell: cell[0])
    walk_to(page, "stage")
    page.press(Keys.ARROW_RIGHT)
    assert f"cell {row + 1}, {column + 1} " in page.text("readout")
    page.press(Keys.ARROW_LEFT)
    assert f"cell {row + 1}, {max(column, 1)} " in page.text("readout")


def test_a_prediction_is_chosen_with_the_keyboard(page, drawing):
    page.analyse(drawing)
    label = page.labels()[2]
    walk_to(page, page.predictions()[2].get_attribute("data-class"))
    page.press(Keys.ENTER)
    page.wait_for_class(label)
    assert page.run("return document.activeElement.ariaCurrent") == "true"


def test_nothing_scrolls_sideways_at_360_pixels(page, drawing):
    page.resize(360, 800)
    page.open()
    assert is_within_the_window(page)
    page.choose(drawing)
    page.wait_for_map()
    assert is_within_the_window(page)
    page.part("class").send_keys("dog")
    page.wait(lambda: page.part("class-hits").is_displayed(), "no hits appeared")
    assert is_within_the_window(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(page, drawing, scheme):
    page.prefer(scheme)
    page.analyse(drawing)
    assert page.run(CONTRASTS) == []


def test_nothing_comes_from_anywhere_else(page, drawing):
    page.analyse(drawing)
    addresses = page.run("return performance.getEntriesByType('resource').map(({ name }) => name)")
    own = page.run("return [location.origin, `blob:${location.origin}`]")
    assert [address for address in addresses if not address.startswith(tuple(own))] == []


# Every visible text whose contrast to the nearest opaque ground is below 4.5 to 1 (WCAG 2.2, 1.4.3).
CONTRASTS = """
const channel = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const parse = (text) => text.match(/[\\d.]+/g).map(Number);
const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const ground = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const colour = parse(getComputedStyle(at).backgroundColor);
    if (colour[3] === undefined || colour[3] === 1) return colour;
  }
  return [255, 255, 255];
};
const poor = [];
for (const element of document.querySelectorAll("body *")) {
  const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
  if (!text || !element.checkVisibility() || element.closest(".unseen, .skip, option")) continue;
  const [a, b] = [luminance(parse(getComputedStyle(element).color)), luminance(ground(element))].sort((x, y) => y - x);
  if ((a + 0.05) / (b + 0.05) < 4.5) poor.push([element.textContent.trim(), (a + 0.05) / (b + 0.05)]);
}
return poor;
"""


def choose(page, name, value):
    Select(page.part(name)).select_by_value(value)


def walk_to(page, name):
    """Presses Tab from the top of the page until an element with this id, or this class index, has the focus."""
    page.run("document.activeElement.blur()")
    for _ in range(60):
        page.press(Keys.TAB)
        if name in page.run("return [document.activeElement.id, document.activeElement.dataset.class]"):
            return
    raise AssertionError(f"{name!r} is not reached with the Tab key")


def hits(page):
    return page.run("return [...document.querySelectorAll('#class-hits [role=option] :first-child')]"
                    ".map((hit) => hit.textContent)")


def point(page, across, down):
    """Moves the pointer to a fraction of the picture."""
    stage = page.part("stage")
    size = stage.size
    x, y = round((across - 0.5) * size["width"]), round((down - 0.5) * size["height"])
    ActionChains(page.driver).move_to_element_with_offset(stage, x, y).perform()


def assert_downloads_are_sound(page):
    """A PNG, an array and its JSON, all of the class shown; array and JSON hold the same numbers."""
    addresses = {kind: page.part(f"download-{kind}").get_attribute("href") for kind in ("png", "npy", "json")}
    status, kind, picture = page.fetch(addresses["png"])
    assert (status, kind, picture[:8]) == (200, "image/png", b"\x89PNG\r\n\x1a\n")
    status, kind, array = page.fetch(addresses["npy"])
    assert (status, array[:8]) == (200, b"\x93NUMPY\x01\x00")
    assert kind in ("application/x-npy", "application/octet-stream")
    saliency = page.fetch_json(addresses["json"])
    assert saliency["class"]["label"] == page.text("shown-class")
    shape, values = read_npy(array)
    assert list(shape) == saliency["shape"]
    expected = [value for line in saliency["values"] for value in line]
    assert values == pytest.approx(expected, rel=1e-4, abs=1e-4)


def is_within_the_window(page):
    return page.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def channels(colours):
    return [(colour >> 16, colour >> 8 & 255, colour & 255) for colour in colours]


def read_npy(data):
    """Shape and values of a little-endian float32 array, NumPy format 1.0."""
    (length,) = struct.unpack_from("<H", data, 8)
    header = ast.literal_eval(data[10:10 + length].decode("latin-1"))
    assert (header["descr"], header["fortran_order"]) == ("<f4", False)
    rows, columns = header["shape"]
    return header["shape"], list(struct.unpack_from(f"<{rows * columns}f", data, 10 + length))
