"""axe finds nothing to object to: in each tab, both themes, on a phone, a laptop and a projector."""

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
