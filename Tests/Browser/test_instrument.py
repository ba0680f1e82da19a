"""What can be done with the one picture: any class at once, asking a place, ranges, layers, and taking it all away."""

import base64
import io
import json
import subprocess
import zipfile
from xml.etree import ElementTree

import pytest
from PIL import Image
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from test_page import choose, point, walk_to

# The canvas as a PNG, its bytes in Base64.
CANVAS = "return document.getElementById('heat').toDataURL('image/png').split(',')[1]"

# Counts the requests for maps from here on.
COUNT_MAPS = """
window.mapsAsked = 0;
const fetchIt = window.fetch;
window.fetch = (address, options) => {
  if (/saliency|events|heatmap/.test(address)) window.mapsAsked += 1;
  return fetchIt(address, options);
};
"""


def canvas(page):
    return Image.open(io.BytesIO(base64.b64decode(page.run(CANVAS)))).convert("RGBA")


def has_cube(page):
    return page.fetch_json(f"/api/analyses/{page.analysis_id()}")["has_cube"]


def wait_for_cube(page):
    """Any class is there without a request once the maps of all are."""
    if not has_cube(page):
        pytest.skip("the server's first model has no cube")
    done = "return performance.getEntriesByType('resource').some(({ name, responseEnd }) => " \
        "name.includes('cube.npy') && responseEnd > 0) && performance.getEntriesByType('resource')" \
        ".some(({ name, responseEnd }) => name.includes('top=1000') && responseEnd > 0)"
    page.wait(lambda: page.run(done), "the maps of all classes did not come")


def assert_alike(shown, server, within):
    """The same shape and opacity, and colours that differ by no more than neighbouring entries of the table do.

    What a colour adds to the picture counts: a canvas keeps colours times opacity.
    """
    assert shown.size == server.size
    differing = 0
    for one, other in zip(pixels_of(shown), pixels_of(server)):
        assert abs(one[3] - other[3]) <= 1
        if other[3] == 0:
            continue
        distance = max(abs(a * one[3] - b * other[3]) for a, b in zip(one[:3], other[:3])) / 255
        assert distance <= within, (one, other)
        differing += distance > 1
    assert differing <= 0.01 * shown.width * shown.height


def pixels_of(image):
    data = image.tobytes()
    return [data[at:at + 4] for at in range(0, len(data), 4)]


# Drawn in the browser as by the server

@pytest.mark.parametrize("query", [
    "", "class=espresso&evidence=signed", "class=espresso&evidence=negative&range=p90&colormap=magma",
    "range=3.5&colormap=viridis",
    "fade=value", "fade=value&evidence=signed",
    "method=layercam&range=own", "method=saliency&range=p99", "method=rise&masks=60&evidence=signed",
])
def test_the_canvas_has_the_pixels_of_the_server(page, drawing, query):
    page.analyse(drawing)
    page.open(f"/analyses/{page.analysis_id()}?{query}").wait_for_map()
    address = page.part("download-png").get_attribute("href")
    alone = address.replace("alpha=0.5", "alpha=1") + "&overlay=false"
    server = Image.open(io.BytesIO(page.fetch(alone)[2])).convert("RGBA")
    assert_alike(canvas(page), server, within=8)


def test_any_class_is_there_without_a_request(page, drawing):
    page.analyse(drawing)
    wait_for_cube(page)
    page.run(COUNT_MAPS)
    label = "great white shark"
    page.part("class").send_keys(label)
    page.wait(lambda: page.part("class-hits").is_displayed(), "no hits")
    asked_at_once = page.run("""
        const done = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true });
        document.getElementById("class").dispatchEvent(done);
        return [window.mapsAsked, document.getElementById("shown-class").textContent];
    """)
    assert asked_at_once == [0, label]
    page.wait_for_class(label)
    assert page.run("return window.mapsAsked") <= 1, "only the server's own numbers are asked for, once"


def test_the_numbers_are_the_servers_once_the_question_rests(page, drawing):
    page.analyse(drawing)
    page.part("class").send_keys("espresso", Keys.ENTER)
    page.wait_for_class("espresso")
    saliency = page.fetch_json(page.part("download-json").get_attribute("href"))
    number = lambda value: f"{value:.3g}".replace("-", "\u2212")
    assert float(page.text("fact-range").split(" to ")[0].replace("\u2212", "-")) == pytest.approx(
        saliency["min"], rel=0.006), number(saliency["min"])


# The other way round

def test_a_place_is_asked_what_it_votes_for(page, drawing):
    page.analyse(drawing)
    wait_for_cube(page)
    identifier = page.analysis_id()
    before = page.labels()
    saliency = page.fetch_json(f"/api/analyses/{identifier}/saliency.json")
    rows, columns = saliency["shape"]
    row, column = rows // 2, columns // 2
    x = saliency["crop"]["x"] + (column + 0.5) / columns * saliency["crop"]["width"]
    y = saliency["crop"]["y"] + (row + 0.5) / rows * saliency["crop"]["height"]
    point(page, x / saliency["image"]["width"], y / saliency["image"]["height"])
    ActionChains(page.driver).click().perform()
    page.wait(lambda: page.text("predictions-title") == "What this place votes for", "nothing was asked")
    votes = [float(link.find_element(By.CLASS_NAME, "percent").text.replace("\u2212", "-"))
             for link in page.predictions()]
    assert votes[:5] == sorted(votes[:5], reverse=True)
    for link, vote in list(zip(page.predictions(), votes))[:5]:
        its_map = page.fetch_json(f"/api/analyses/{identifier}/saliency.json?class={link.get_attribute('data-class')}")
        assert vote == pytest.approx(its_map["values"][row][column], rel=0.01, abs=0.002)
    assert "that is its logit" in page.text("votes-note") and "inside the box" in page.text("words")
    page.part("votes-end").click()
    page.wait(lambda: page.labels() == before, "the predictions did not come back")
    assert not page.part("box").is_displayed()


def test_the_cells_sum_to_the_logit_as_the_page_says(page, drawing):
    page.analyse(drawing)
    wait_for_cube(page)
    point(page, 0.5, 0.5)
    ActionChains(page.driver).click().perform()
    page.wait(lambda: "add" in page.text("votes-note"), "nothing was said")
    words = page.text("votes-note").replace("\u2212", "-").replace(",", "").split()
    whole, constant, logit = (float(words[words.index(name) + 1].rstrip(".")) for name in ("add", "constant", "logit"))
    answer = page.fetch_json(f"/api/analyses/{page.analysis_id()}")
    assert logit == pytest.approx(answer["predictions"][0]["logit"], rel=0.006)
    assert whole + constant == pytest.approx(logit, abs=0.05)


def test_a_box_is_drawn_and_its_share_told(page, drawing):
    page.analyse(drawing)
    stage = page.part("stage")
    width, height = stage.size["width"], stage.size["height"]
    (ActionChains(page.driver).move_to_element_with_offset(stage, -round(width * 0.15), -round(height * 0.3))
     .click_and_hold().move_by_offset(round(width * 0.2), round(height * 0.4))
     .move_by_offset(round(width * 0.1), round(height * 0.2)).release().perform())
    page.wait(lambda: "inside the box" in page.text("words"), "no share was told")
    saliency = page.fetch_json(f"/api/analyses/{page.analysis_id()}/saliency.json")
    box = page.run("return ['x', 'y', 'width', 'height'].map((name) => Number(box.getAttribute(name)))")
    told = float(page.text("words").split("%")[-2].split()[-1].replace("\u00a0", "")) / 100
    assert told == pytest.approx(share_inside(saliency, box), abs=0.006)
    page.press(Keys.ESCAPE)
    page.wait(lambda: "inside the box" not in page.text("words"), "the box stayed")


def share_inside(saliency, box):
    (rows, columns), crop = saliency["shape"], saliency["crop"]
    inside = whole = 0
    for row, line in enumerate(saliency["values"]):
        for column, value in enumerate(line):
            left, top = crop["x"] + column * crop["width"] / columns, crop["y"] + row * crop["height"] / rows
            across = min(left + crop["width"] / columns, box[0] + box[2]) - max(left, box[0])
            down = min(top + crop["height"] / rows, box[1] + box[3]) - max(top, box[1])
            part = max(across, 0) * max(down, 0) * columns * rows / (crop["width"] * crop["height"])
            whole += max(value, 0)
            inside += part * max(value, 0)
    return inside / whole


def test_a_place_is_asked_with_the_keyboard(page, drawing):
    page.analyse(drawing)
    wait_for_cube(page)
    walk_to(page, "stage")
    page.press(Keys.ARROW_RIGHT, Keys.ENTER)
    page.wait(lambda: page.part("box").is_displayed(), "no place was asked about")
    assert page.text("predictions-title") == "What this place votes for"
    page.press(Keys.ESCAPE)
    page.wait(lambda: page.text("predictions-title") == "Predictions", "the place stayed")


# Looking closer

def test_the_picture_is_enlarged_and_read_where_it_is(page, drawing):
    page.analyse(drawing)
    width = page.run("return photo.getBoundingClientRect().width")
    page.part("zoom-in").click()
    page.part("zoom-in").click()
    assert page.run("return photo.getBoundingClientRect().width") == pytest.approx(2.25 * width, rel=0.01)
    boxes = page.run("return [photo, heat, crop].map((part) => JSON.stringify(part.getBoundingClientRect()))")
    assert len(set(boxes)) == 1
    point(page, 0.5, 0.5)
    page.wait(lambda: "x 225, y 1" in page.text("readout") or "x 22" in page.text("readout"), page.text("readout"))
    page.part("zoom-reset").click()
    assert page.run("return photo.getBoundingClientRect().width") == pytest.approx(width, rel=0.01)


def test_a_large_picture_is_enlarged_at_its_own_resolution(page, drawing, tmp_path):
    path = tmp_path / "large.png"
    Image.open(drawing).resize((2706, 1800)).save(path)
    page.analyse(path)
    assert page.run("return photo.naturalWidth") <= 1024
    page.part("zoom-in").click()
    page.wait(lambda: page.run("return photo.naturalWidth") == 2706, "it is still the server's copy")
    boxes = page.run("return [photo, heat, crop].map((part) => JSON.stringify(part.getBoundingClientRect()))")
    assert len(set(boxes)) == 1


def test_layers_from_the_first_to_the_last(page, drawing):
    page.analyse(drawing)
    page.wait(lambda: page.part("layer").is_displayed(), "no layers are offered")
    layers = page.fetch_json(f"/api/models/{page.fetch_json('/api/models')['default']}")["layers"]
    page.part("layer").send_keys(Keys.HOME)
    page.wait(lambda: page.text("fact-layer") == layers[0]["name"], "the first layer was not shown")
    page.wait_for_map()
    assert page.text("fact-map") == f"{layers[0]['shape'][0]} × {layers[0]['shape'][1]} cells"
    assert "layer=" in page.driver.current_url
    page.driver.refresh()
    page.wait_for_map()
    assert page.text("fact-layer") == layers[0]["name"]


def test_what_the_network_did_not_see_is_striped(page, drawing):
    page.analyse(drawing)
    assert page.part("stripes").is_displayed() and page.run("return stripes.getAttribute('d').length") > 20
    page.part("hatched").click()
    page.wait(lambda: "unseen=plain" in page.part("download-png").get_attribute("href"), "the address stayed")
    assert not page.part("stripes").is_displayed()


def test_the_cost_of_a_method_is_stated_before_it_runs(page, drawing):
    page.analyse(drawing)
    dearest = "return Math.max(...[...method.options].map(({ dataset }) => (dataset.cost ?? '').length))"
    page.wait(lambda: page.run(dearest) > 0, "no cost was stated")
    assert "about" in page.run("return [...method.options].find(({ value }) => value === 'rise').textContent")


def test_the_exact_input_is_shown(page, drawing):
    page.analyse(drawing)
    page.driver.find_element(By.CSS_SELECTOR, "#seen summary").click()
    page.wait(lambda: page.run("const seen = document.getElementById('seen-picture'); "
                               "return seen.complete && seen.naturalWidth > 0"), "it was not loaded")
    answer = page.fetch_json(f"/api/analyses/{page.analysis_id()}")
    size = page.run("const seen = document.getElementById('seen-picture'); "
                    "return { width: seen.naturalWidth, height: seen.naturalHeight }")
    assert size == answer["input"]
    assert f"{size['width']} × {size['height']}" in page.text("seen")
    # The middle of the picture, as the network has it.
    shown = page.fetch_picture(page.part("seen-link").get_attribute("href"))
    crop = answer["crop"]
    middle = Image.open(drawing).convert("RGB").getpixel(
        (round(crop["x"] + crop["width"] / 2), round(crop["y"] + crop["height"] * 0.9)))
    seen = shown.getpixel((shown.width // 2, round(shown.height * 0.9)))
    assert max(abs(a - b) for a, b in zip(seen, middle)) <= 8


def test_a_fading_map_is_clear_where_there_is_little(page, drawing):
    page.analyse(drawing)
    page.part("fade").click()
    page.wait(lambda: "fade=value" in page.driver.current_url, "the address stayed")
    alphas = page.run("""
        const { data } = heat.getContext("2d").getImageData(0, 0, heat.width, heat.height);
        return [...new Set(data.filter((_, at) => at % 4 === 3))];
    """)
    # Between the centres of cells no pixel need have the largest value of all.
    assert min(alphas) == 0 and max(alphas) >= 240 and len(alphas) > 50
    assert "fade=value" in page.part("download-png").get_attribute("href")


# Ways in

def test_a_sample_is_explained(page):
    page.open()
    page.driver.find_element(By.CSS_SELECTOR, "#samples button").click()
    page.wait_for_map()
    assert len(page.labels()) == 5


@pytest.mark.parametrize("kind", ["gif", "bmp", "avif"])
def test_other_kinds_are_converted_by_the_browser(page, drawing, tmp_path, kind):
    path = tmp_path / f"picture.{kind}"
    try:
        Image.open(drawing).save(path)
    except (KeyError, OSError, ValueError):
        pytest.skip(f"Pillow does not write {kind} here")
    page.open().choose(path)
    page.wait_for_map()
    assert "converted to PNG" in page.text("progress")
    answer = page.fetch_json(f"/api/analyses/{page.analysis_id()}")
    assert answer["image"]["format"] == "png" and answer["image"]["width"] == 451


def test_a_heic_picture_gets_a_sentence_that_helps(page, tmp_path):
    path = tmp_path / "IMG_0001.heic"
    path.write_bytes(b"\x00\x00\x00\x18ftypheic" + bytes(64))
    page.open().choose(path)
    assert "JPEG" in page.wait_for_complaint()


# Taking away

def test_all_of_it_is_in_one_file(page, drawing):
    page.analyse(drawing)
    choose(page, "evidence", "signed")
    page.wait(lambda: page.text("shown-lead") == "Evidence for and against", "nothing changed")
    archive = zipfile.ZipFile(io.BytesIO(page.fetch(page.part("download-zip").get_attribute("href"))[2]))
    assert {"picture.png", "saliency.npy", "saliency.json", "receipt.json"} <= set(archive.namelist())
    picture = page.fetch(page.part("download-png").get_attribute("href"))[2]
    assert archive.read("picture.png") == picture
    assert json.loads(archive.read("receipt.json")) == page.fetch_json(
        page.part("download-receipt").get_attribute("href"))


def test_the_view_is_saved_as_a_drawing(page, drawing, tmp_path):
    page.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    page.analyse(drawing)
    page.part("download-svg").click()
    saved = lambda: list(tmp_path.glob("*.svg"))
    page.wait(saved, "nothing was saved")
    root = ElementTree.parse(saved()[0]).getroot()
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[:2] == [page.text("scale-first"), page.text("scale-last")]
    assert page.text("shown-class") in texts[2] and "Grad-CAM" in texts[3]
    images = [element.get("href") for element in root.iter("{http://www.w3.org/2000/svg}image")]
    assert len(images) == 3 and all(address.startswith("data:image/") for address in images)


def test_the_lines_for_a_program_give_the_same_picture(page, drawing, tmp_path):
    page.analyse(drawing)
    page.part("class").send_keys("espresso", Keys.ENTER)
    page.wait_for_class("espresso")
    page.driver.find_element(By.CSS_SELECTOR, ".program summary").click()
    (tmp_path / "picture.jpg").write_bytes(drawing.read_bytes())
    expected = page.fetch(page.part("download-png").get_attribute("href"))[2]
    subprocess.run(page.text("code-curl").replace("curl ", "curl -sf "), shell=True, cwd=tmp_path, check=True)
    assert (tmp_path / "explained.png").read_bytes() == expected
    parameters = {}
    lines = page.text("code-python").split("parameters = ")[1].split("}")[0] + "}"
    exec(f"parameters.update({lines})", {"parameters": parameters})
    assert parameters["class"] == "967" and parameters["model"]


# For everyone

@pytest.mark.parametrize("width, height", [(1366, 768), (1920, 1080), (390, 844)])
def test_the_first_screen_shows_picture_and_bars(page, drawing, width, height):
    page.resize(width, height)
    page.analyse(drawing)
    bottom = page.run("return stage.getBoundingClientRect().bottom")
    assert bottom <= height, "the picture is cut"
    assert page.run("return predictions.getBoundingClientRect().top") < height - 100
    assert page.run("return scale.getBoundingClientRect().bottom") <= height


def test_the_picture_stays_while_the_controls_scroll(page, drawing):
    page.resize(390, 844)
    page.analyse(drawing)
    page.run("window.scrollTo(0, document.body.scrollHeight / 2)")
    box = page.run("const { top, bottom } = stage.getBoundingClientRect(); return [top, bottom]")
    assert -1 <= box[0] < 200 and box[1] < 500


def test_the_stage_never_lies_over_what_is_below(page, drawing):
    page.resize(1366, 700)
    page.analyse(drawing)
    page.select("trust")
    page.part("trust-test").click()
    page.wait(lambda: page.part("trust-verdict").is_displayed(), "no verdict")
    page.run("window.scrollTo(0, document.body.scrollHeight)")
    assert page.run("return under.getBoundingClientRect().bottom <= receipt.getBoundingClientRect().top")


def test_nothing_shifts(page, drawing):
    page.open()
    page.run("""
        window.shifts = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
        }).observe({ type: "layout-shift", buffered: true });
    """)
    page.choose(drawing)
    page.wait_for_map()
    page.predictions()[1].click()
    page.wait_for_class(page.labels()[1])
    assert page.run("return window.shifts") <= 0.02


def test_the_page_is_light(page):
    """HTML, styles, scripts and samples, as they are sent."""
    page.open()
    for tab in ("trust", "compare", "live", "model"):
        page.select(tab)
    sizes = page.run("return ['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind))"
                     ".map(({ encodedBodySize }) => encodedBodySize)")
    assert sum(sizes) <= 200_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("tab", ["explore", "trust", "compare", "live", "model"])
def test_no_tab_is_wider_than_the_window(page, drawing, tab, scheme):
    page.prefer(scheme)
    page.resize(390, 844)
    page.analyse(drawing)
    page.select(tab)
    assert page.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_tabs_are_walked_with_the_arrow_keys(page, drawing):
    page.analyse(drawing)
    walk_to(page, "tab-explore")
    page.press(Keys.ARROW_RIGHT)
    page.wait(lambda: page.part("panel-trust").is_displayed(), "Trust did not open")
    assert page.run("return document.activeElement.id") == "tab-trust"
    page.press(Keys.ARROW_LEFT)
    page.wait(lambda: page.part("panel-explore").is_displayed(), "Explore did not open")
    assert Select(page.part("method")).first_selected_option.get_attribute("value") == "grad-cam"
