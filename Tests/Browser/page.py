"""The page as a reader meets it: what can be done on it and what can be seen."""

import base64
import io
import json
import urllib.request

from PIL import Image
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException, TimeoutException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

SECONDS_TO_ANSWER = 30
POLL_SECONDS = 0.05

# What a look at the page may meet while a plain form leads to the next one.
LEAVING = (NoSuchElementException, StaleElementReferenceException)

# Reads the pixels of an <img> or a <canvas> that is shown: how many opaque colours it has, and a digest of all.
READ_PIXELS = """
const image = document.getElementById(arguments[0]);
return Promise.resolve(image.decode?.()).then(() => {
  const canvas = new OffscreenCanvas(image.naturalWidth ?? image.width, image.naturalHeight ?? image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  let digest = 0;
  for (let at = 0; at < data.length; at += 4) {
    const colour = (data[at] << 16) | (data[at + 1] << 8) | data[at + 2];
    if (data[at + 3] > 0) colours.add(colour);
    digest = (Math.imul(digest, 31) + colour) | 0;
  }
  return { colours: [...colours], digest };
});
"""

MAKE_TRANSFER = """
const [name, type, bytes] = arguments;
const transfer = new DataTransfer();
transfer.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name, { type }));
"""

DROP = MAKE_TRANSFER + """
for (const kind of ["dragenter", "dragover", "drop"]) {
  document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
}
"""

PASTE = MAKE_TRANSFER + """
document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }));
"""


class Page:
    def __init__(self, driver, server):
        self.driver = driver
        self.server = server

    def open(self, path="/"):
        self.driver.get(self.server + path)
        return self

    def resize(self, width, height):
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )

    def prefer(self, scheme):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    # Bringing a picture in

    def choose(self, path):
        self.part("image").send_keys(str(path))

    def drop(self, path):
        self._transfer(DROP, path)

    def paste(self, path):
        self._transfer(PASTE, path)

    def _transfer(self, script, path):
        self.run(script, path.name, "image/png", base64.b64encode(path.read_bytes()).decode())

    def submit(self, form):
        self.driver.find_element(By.CSS_SELECTOR, f"#{form} button:not([type])").click()

    # Looking

    def part(self, identifier):
        return self.driver.find_element(By.ID, identifier)

    def text(self, identifier):
        return self.part(identifier).text

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def wait(self, condition, what):
        """Fails with `what` did not happen and what the page says instead."""
        try:
            waiting = WebDriverWait(self.driver, SECONDS_TO_ANSWER, POLL_SECONDS, ignored_exceptions=LEAVING)
            return waiting.until(lambda _: condition())
        except TimeoutException:
            said = f"alert {self.text('error')!r}, progress {self.text('progress')!r}"
            raise AssertionError(f"{what}; {self.driver.current_url}, {said}") from None

    def wait_for_map(self):
        """A picture with a map of the server's own numbers over it, and the page at rest."""
        settled = ("return !heat.hidden && result.checkVisibility() && result.getAttribute('aria-busy') === 'false'"
                   " && 'exact' in result.dataset")
        self.wait(lambda: self.run(settled), "no map appeared")
        return self

    def wait_for_class(self, label):
        self.wait(lambda: self.text("shown-class") == label, f"{label!r} was not shown")
        return self.wait_for_map()

    def wait_for_complaint(self):
        self.wait(lambda: self.part("error").is_displayed(), "nothing was said")
        return self.text("error-message")

    def analyse(self, path):
        self.open().choose(path)
        return self.wait_for_map()

    def select(self, tab):
        self.part(f"tab-{tab}").click()
        filled = "const panel = document.getElementById(`panel-${arguments[0]}`); " \
            "return panel.checkVisibility() && panel.childElementCount > 0"
        self.wait(lambda: self.run(filled, tab), f"{tab} did not open")

    def slow_down(self, milliseconds):
        """A network that takes so long to and fro."""
        self.driver.execute_cdp_cmd("Network.enable", {})
        self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {
            "offline": False, "latency": milliseconds, "downloadThroughput": -1, "uploadThroughput": -1})

    def predictions(self):
        return self.driver.find_elements(By.CSS_SELECTOR, "#predictions a")

    def labels(self):
        return [link.find_element(By.CLASS_NAME, "label").text for link in self.predictions()]

    def pixels(self, identifier="heat"):
        return self.run(READ_PIXELS, identifier)

    def screenshot_of(self, identifier):
        return Image.open(io.BytesIO(self.part(identifier).screenshot_as_png)).convert("RGB")

    def analysis_id(self):
        return self.driver.current_url.split("/analyses/")[1].split("?")[0]

    # Asking the server itself

    def fetch(self, address, method="GET"):
        """Status, content type and bytes."""
        absolute = address if address.startswith("http") else self.server + address
        request = urllib.request.Request(absolute, method=method)
        with urllib.request.urlopen(request, timeout=SECONDS_TO_ANSWER) as response:
            return response.status, response.headers["Content-Type"], response.read()

    def fetch_json(self, address):
        return json.loads(self.fetch(address)[2])

    def fetch_picture(self, address):
        return Image.open(io.BytesIO(self.fetch(address)[2])).convert("RGB")
