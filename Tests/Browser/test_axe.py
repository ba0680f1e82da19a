"""axe finds nothing to object to: in each tab, both themes, on a phone, a laptop and a projector."""

import base64
import re
from importlib.resources import files

import pytest

AXE = files("axe_core_python").joinpath("axe.min.js").read_text()

RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => done(violations.map(({ id, nodes }) =>
  `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`)));
"""


def violations(page):
    page.run(AXE)
    return page.driver.execute_async_script(RUN)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width, height", [(390, 844), (1366, 768), (1920, 1080)])
def test_axe_finds_nothing(page, drawing, scheme, width, height):
    page.prefer(scheme)
    page.resize(width, height)
    page.open()
    assert violations(page) == []
    page.choose(drawing)
    page.wait_for_map()
    for tab in ("explore", "trust", "compare", "live", "model"):
        page.select(tab)
        if tab == "compare":
            page.part("compare-classes").click()
            maps = "return document.querySelectorAll('#compare-grid figure').length"
            page.wait(lambda: page.run(maps) == 5, "no maps")
        if tab == "model":
            page.wait(lambda: page.run("return document.getElementById('model-layers') !== null"), "no layers")
        assert violations(page) == [], tab


def test_axe_finds_nothing_in_forced_colours_and_at_200_per_cent(page, drawing):
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
        {"name": "forced-colors", "value": "active"}, {"name": "prefers-reduced-motion", "value": "reduce"}]})
    # A laptop of 1366 x 768 pixels at 200 %.
    page.resize(683, 384)
    page.analyse(drawing)
    assert violations(page) == []
    assert page.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    # Bars are told from their tracks, and nothing moves.
    fills = page.run("return ['.bar-value', '.bar-track'].map((name) => "
                     "getComputedStyle(document.querySelector(`#predictions li:last-child ${name}`)).fill)")
    assert len(set(fills)) == 2
    assert page.run("return getComputedStyle(document.querySelector('.bar-value')).transitionDuration") == "0s"


def test_what_is_printed_is_one_clean_sheet(page, drawing):
    page.analyse(drawing)
    sheet = page.driver.execute_cdp_cmd("Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69})
    assert len(re.findall(rb"/Type /Page\b(?!s)", base64.b64decode(sheet["data"]))) == 1
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert all(page.part(name).is_displayed() for name in ("photo", "heat", "predictions", "scale", "receipt"))
    assert not any(page.part(name).is_displayed() for name in ("upload", "tabs", "controls", "alpha", "seen"))
