#!/usr/bin/env python3
"""Measures the page in a real Chromium and prints the table of docs/performance.md.

    .venv/bin/python Benchmarks/page.py "$PWD/.build/release/gaze serve" PICTURE

It starts the server on a free port, and wants a machine that does nothing else. What is measured:

- class to pixels: from the key that chooses a class to the end of the frame in which its map is drawn, over classes of
  the whole list, once the maps of all classes are in the tab;
- upload to predictions, and to the first map: from the file's being chosen to the frame with them;
- bytes and requests until the page can be used, and with all its tabs opened, as they are sent and unpacked;
- first paint with a round trip of 0, 100 and 300 ms, with an empty cache. Chromium delays each request by the round
  trip; that of opening the connection is added, since it does not delay that.
"""

import argparse
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

SECONDS = 60
ROUND_TRIPS_MS = (0, 100, 300)
TABS = ("trust", "compare", "live", "model", "explore")

# Chooses classes one after the other, and answers how long each took to be drawn.
CLASS_TO_PIXELS = """
const [indices, done] = [arguments[0], arguments[arguments.length - 1]];
const field = document.getElementById("class");
const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
const heading = document.getElementById("shown-code");
(async () => {
  const times = [];
  for (const index of indices) {
    field.focus();
    field.value = String(index);
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    while (field.getAttribute("aria-expanded") !== "true") await frame();
    await frame();
    const start = performance.now();
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
    const isDrawn = heading.textContent.split(" ")[0] === String(index);
    await frame();
    times.push(isDrawn ? performance.now() - start : null);
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
  done(times);
})();
"""

# Notes when predictions and the first map are on screen, after a file has been chosen.
WATCH = """
window.times = {};
const painted = (name) => {
  if (name in window.times) return;
  window.times[name] = null;
  requestAnimationFrame(() => setTimeout(() => { window.times[name] = performance.now() - window.began; }));
};
document.getElementById("image").addEventListener("change", () => { window.began = performance.now(); },
  { capture: true });
new MutationObserver(() => {
  if (document.querySelectorAll("#predictions a").length > 0) painted("predictions");
  if (!document.getElementById("heat").hidden) painted("map");
}).observe(document.body, { subtree: true, childList: true, attributes: true });
"""

SIZES = """
return ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
  .filter(({ name }) => !/\\/api\\//.test(name)).map(({ encodedBodySize, decodedBodySize }) =>
    [encodedBodySize, decodedBodySize]);
"""

FIRST_PAINT = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


class Server:
    """Gaze on a free port."""

    def __init__(self, command):
        self.process = subprocess.Popen([*command.split(), "--port", "0"], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if "ready: " in line:
                self.address = line.split("ready: ")[1].strip()
                threading.Thread(target=self.process.stdout.read, daemon=True).start()
                return
        sys.exit(f"{command} ended before it answered")

    def stop(self):
        self.process.terminate()
        self.process.wait()


def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1366,768"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
    driver.set_script_timeout(SECONDS)
    return driver


def wait(driver, script):
    return WebDriverWait(driver, SECONDS, 0.02).until(lambda _: driver.execute_script(script))


def class_to_pixels(driver, address, picture, count):
    driver.get(address)
    driver.find_element(By.ID, "image").send_keys(str(picture))
    wait(driver, "return 'exact' in result.dataset")
    kept = driver.current_url.split("/analyses/")[1].split("?")[0]
    classes = driver.execute_async_script(
        "fetch(`/api/analyses/${arguments[0]}`).then((answer) => answer.json()).then(arguments[1])", kept)
    if not classes["has_cube"]:
        sys.exit("the first model has no maps of all classes at once; name another with --model")
    wait(driver, "return performance.getEntriesByType('resource').filter(({ name, responseEnd }) => "
                 "/cube.npy|top=/.test(name) && responseEnd > 0).length === 2")
    step = max(classes["class_count"] // count, 1)
    times = driver.execute_async_script(CLASS_TO_PIXELS, list(range(1, classes["class_count"], step))[:count])
    drawn = [each for each in times if each is not None]
    if len(drawn) < len(times):
        print(f"{len(times) - len(drawn)} of {len(times)} classes were not drawn in the frame in which they were chosen")
    return drawn


def uploads(driver, address, picture, count):
    found = {"predictions": [], "map": []}
    for _ in range(count):
        driver.get(address)
        wait(driver, "return 'script' in document.documentElement.dataset")
        driver.execute_script(WATCH)
        driver.find_element(By.ID, "image").send_keys(str(picture))
        wait(driver, "return Boolean(times.predictions && times.map)")
        for name, times in found.items():
            times.append(driver.execute_script("return times[arguments[0]]", name))
    return found


def sizes(driver, address):
    """Requests, bytes as sent and unpacked: of the empty page, and with all tabs opened."""
    rows = []
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    driver.get(address)
    wait(driver, "return 'script' in document.documentElement.dataset")
    time.sleep(1)
    for _ in range(2):
        found = driver.execute_script(SIZES)
        rows.append((len(found), sum(each[0] for each in found), sum(each[1] for each in found)))
        for tab in TABS:
            driver.find_element(By.ID, f"tab-{tab}").click()
            time.sleep(0.5)
    return rows


def first_paints(driver, address, count):
    """By round trip, the times of the browser's own clock and the round trip of the connection."""
    driver.execute_cdp_cmd("Network.enable", {})
    found = {}
    for round_trip in ROUND_TRIPS_MS:
        driver.execute_cdp_cmd("Network.emulateNetworkConditions", {
            "offline": False, "latency": round_trip, "downloadThroughput": -1, "uploadThroughput": -1})
        times = []
        for _ in range(count):
            driver.execute_cdp_cmd("Network.clearBrowserCache", {})
            driver.get("about:blank")
            driver.get(address)
            times.append(wait(driver, FIRST_PAINT) + round_trip)
        found[round_trip] = statistics.median(times)
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", {
        "offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", help="what starts the server, up to and with 'serve'")
    parser.add_argument("picture", type=Path)
    parser.add_argument("--rounds", type=int, default=20, help="uploads and paints of each kind (20)")
    parser.add_argument("--classes", type=int, default=50, help="classes that are chosen (50)")
    asked = parser.parse_args()
    server, driver = Server(asked.command), None
    try:
        driver = browser()
        picture = asked.picture.resolve()
        uploads(driver, server.address, picture, 1)
        rows = []
        times = class_to_pixels(driver, server.address, picture, asked.classes)
        rows.append(("class to pixels, median (greatest)", f"{statistics.median(times):.1f} ms ({max(times):.1f})"))
        found = uploads(driver, server.address, picture, asked.rounds)
        rows.append(("upload to predictions, p50", f"{statistics.median(found['predictions']):.0f} ms"))
        rows.append(("upload to the first map, p50", f"{statistics.median(found['map']):.0f} ms"))
        for name, (requests, sent, unpacked) in zip(("empty page", "all tabs opened"), sizes(driver, server.address)):
            rows.append((f"{name}: requests, sent (unpacked)",
                         f"{requests}, {sent / 1e3:.0f} kB ({unpacked / 1e3:.0f} kB)"))
        for round_trip, paint in first_paints(driver, server.address, asked.rounds).items():
            rows.append((f"first paint at a round trip of {round_trip} ms", f"{paint:.0f} ms"))
        print("| what | measured |\n| --- | --- |")
        print("\n".join(f"| {what} | {measured} |" for what, measured in rows))
    finally:
        if driver:
            driver.quit()
        server.stop()


if __name__ == "__main__":
    main()
