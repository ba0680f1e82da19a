"""The page of the interface, in the browser: read, followed, copied, narrow and dark."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys


@pytest.fixture
def docs(page):
    page.driver.get(page.server + "/docs")
    return page.driver


def test_every_link_within_the_page_leads_somewhere(docs):
    missing = docs.execute_script(
        "return [...document.querySelectorAll('a[href^=\"#\"]')].map(link => link.hash.slice(1))"
        ".filter(id => !document.getElementById(id))")
    assert missing == []
    assert len(docs.find_elements(By.CSS_SELECTOR, ".operation")) >= 20


def test_the_page_leads_there_and_back(page):
    page.driver.get(page.server)
    page.driver.find_element(By.LINK_TEXT, "Interface").click()
    assert page.driver.find_element(By.TAG_NAME, "h1").text == "The interface"
    page.driver.find_element(By.CSS_SELECTOR, ".wordmark").click()
    assert page.driver.find_element(By.ID, "upload").is_displayed()


def test_an_example_is_copied(docs):
    docs.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
    example = docs.find_element(By.CSS_SELECTOR, "#createAnalysis .example")
    button = example.find_element(By.TAG_NAME, "button")
    button.send_keys(Keys.ENTER)
    command = example.find_element(By.TAG_NAME, "code").text
    assert docs.execute_async_script("navigator.clipboard.readText().then(arguments[0])") == command
    assert command.startswith("curl --data-binary @photo.jpg 'http://")
    assert button.text == "Copied"


@pytest.mark.plain
def test_without_scripts_there_is_everything_but_the_buttons(docs):
    assert docs.find_elements(By.CSS_SELECTOR, ".example button") == []
    assert docs.find_element(By.CSS_SELECTOR, "#explain .example code").text.startswith("curl ")


@pytest.mark.parametrize("width", [390, 768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_is_read_at_any_width(docs, width, scheme):
    docs.execute_cdp_cmd("Emulation.setEmulatedMedia",
                         {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    docs.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                         {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
    for part in docs.find_elements(By.TAG_NAME, "details"):
        docs.execute_script("arguments[0].open = true", part)
    beyond = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert docs.execute_script(beyond) == 0
    paper, ink = docs.execute_script(
        "const style = getComputedStyle(document.body);"
        "return [style.backgroundColor, style.color].map(text => Number(text.match(/\\d+/)[0]))")
    assert (paper > ink) == (scheme == "light") and abs(paper - ink) > 150


def test_the_contents_are_reached_with_the_keyboard(docs):
    docs.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    assert docs.switch_to.active_element.text == "Skip to the description"
    docs.switch_to.active_element.send_keys(Keys.ENTER)
    assert docs.switch_to.active_element.get_attribute("id") == "main"
    link = docs.find_element(By.CSS_SELECTOR, ".contents a[href='#explain']")
    link.send_keys(Keys.ENTER)
    top = docs.execute_script("return document.getElementById('explain').getBoundingClientRect().top")
    assert -1 <= top <= 200
