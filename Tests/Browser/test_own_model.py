"""What the page promises of a model that somebody brings: few classes, small pictures, no restart."""

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

CLASSES = ["white", "black", "blue", "transparent"]


def test_a_model_of_four_classes_is_described_by_its_classes(own_page):
    own_page.open()
    assert own_page.text("model-hint") == "4 classes: white, black, blue, transparent. Unverified."
    answer = own_page.fetch_json("/api/models/vessels")
    assert answer["classes"] == CLASSES
    assert answer["training"] is None


def test_a_model_of_four_classes_has_four_predictions_and_each_has_a_map(own_page, thumbnail):
    own_page.analyse(thumbnail)
    assert sorted(own_page.labels()) == sorted(CLASSES)
    assert own_page.driver.find_elements(By.CSS_SELECTOR, "#predictions .beyond") == []
    for label in CLASSES:
        own_page.part("class").clear()
        own_page.part("class").send_keys(label, Keys.ENTER)
        own_page.wait_for_class(label)
        assert own_page.text("shown-code") == str(CLASSES.index(label))


def test_the_class_picker_knows_only_the_models_classes(own_page, thumbnail):
    own_page.analyse(thumbnail)
    own_page.part("class").send_keys("bl")
    hits = lambda: [hit.text.split()[0] for hit in own_page.driver.find_elements(By.CSS_SELECTOR, "#class-hits li")]
    own_page.wait(lambda: hits() == ["blue", "black"], "blue and black were not offered")
    own_page.part("class").send_keys(Keys.ESCAPE, Keys.ESCAPE, "espresso")
    own_page.wait(lambda: "No class" in own_page.text("class-hint"), "nothing was said")


def test_a_name_stays_text_and_cannot_turn_the_text_around(own_page, own_service, thumbnail):
    own_service.add("riddles", ["cup\u202egnp.exe", "<b>mug</b>"])
    own_page.open()
    Select(own_page.part("model")).select_by_value("riddles")
    own_page.part("image").send_keys(str(thumbnail))
    own_page.wait_for_map()
    assert sorted(own_page.labels()) == ["<b>mug</b>", "cup\ufffdgnp.exe"]
    for index in range(2):
        own_page.part("class").send_keys(str(index))
        own_page.wait(lambda: own_page.part("class-hits").is_displayed(), "no hits appeared")
        assert "\u202e" not in own_page.run("return document.body.innerText + document.title")
        own_page.press(Keys.ENTER)
        own_page.wait(lambda: own_page.text("shown-code") == str(index), "the class was not shown")
        own_page.wait_for_map()
        assert "\u202e" not in own_page.run("return document.body.innerText + document.title")


def test_a_small_picture_is_shown_large_with_its_pixels(own_page, thumbnail):
    own_page.analyse(thumbnail)
    boxes = own_page.run("return [photo, heat].map((part) => JSON.stringify(part.getBoundingClientRect()))")
    assert len(set(boxes)) == 1
    assert own_page.part("photo").size["height"] >= 400
    # Pixels stay pixels: the picture that the network gets is not smoothed away.
    assert own_page.part("photo").value_of_css_property("image-rendering") == "pixelated"
    assert own_page.part("heat").value_of_css_property("image-rendering") == "auto"


def test_a_model_that_comes_while_the_service_runs_is_there_without_a_restart(own_page, own_service, thumbnail):
    own_page.open()
    names = lambda: [option.get_attribute("value") for option in Select(own_page.part("model")).options]
    assert "latecomer" not in names()
    own_service.add("latecomer", ["left", "right"])
    own_page.open()
    assert "latecomer" in names()
    Select(own_page.part("model")).select_by_value("latecomer")
    assert own_page.text("model-hint") == "2 classes: left, right. Unverified."
    own_page.part("image").send_keys(str(thumbnail))
    own_page.wait_for_map()
    assert sorted(own_page.labels()) == ["left", "right"]
