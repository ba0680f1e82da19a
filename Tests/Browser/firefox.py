"""Firefox, driven by the protocol that it speaks itself (Marionette: JSON over a socket): Debian has no geckodriver.

What it has is the part of Selenium's driver that `Page` uses.
"""

import base64
import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

from selenium.webdriver.common.by import By

FIREFOX = Path(os.environ.get("FIREFOX", "/usr/bin/firefox-esr"))
SECONDS_TO_START = 60
# Of a machine that does other things, too.
SECONDS_TO_ANSWER = 180

# How WebDriver writes an element in JSON.
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"

PREFERENCES = {
    "marionette.port": 0,
    # Nothing is fetched that the tests did not ask for.
    "app.update.disabledForTesting": True, "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False, "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,", "browser.safebrowsing.downloads.enabled": False,
    "browser.shell.checkDefaultBrowser": False, "browser.startup.page": 0, "browser.aboutwelcome.enabled": False,
    "toolkit.telemetry.server": "", "extensions.update.enabled": False,
}


class Firefox:
    """A browser with a profile of its own in `folder`."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "user.js").write_text(
            "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items()))
        arguments = [FIREFOX, "--headless", "--marionette", "--remote-allow-system-access", "--no-remote", "--profile",
                     folder]
        # A group of its own, so that the processes that it starts end with it.
        self.process = subprocess.Popen(
            arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            env={**os.environ, "HOME": str(folder), "MOZ_HEADLESS_WIDTH": "1280", "MOZ_HEADLESS_HEIGHT": "1100"})
        self.count = 0
        try:
            self.socket = self._connected(folder / "MarionetteActivePort")
            self._read()
            self.ask("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {"acceptInsecureCerts": True}}})
            self.ask("WebDriver:SetWindowRect", {"width": 1280, "height": 1100})
        except Exception:
            self.quit()
            raise

    def _connected(self, port_file):
        """A connection to the port that the browser writes down in its profile."""
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"Firefox ended with status {self.process.returncode}"
            if port_file.exists() and port_file.read_text().strip():
                return socket.create_connection(("127.0.0.1", int(port_file.read_text())), timeout=SECONDS_TO_ANSWER)
            time.sleep(0.1)
        raise TimeoutError("Firefox did not open its port")

    def _read(self):
        """One message: its length, a colon, and JSON."""
        length = b""
        while not length.endswith(b":"):
            length += self._receive(1)
        body = b""
        while len(body) < int(length[:-1]):
            body += self._receive(int(length[:-1]) - len(body))
        return json.loads(body)

    def _receive(self, count):
        data = self.socket.recv(count)
        if not data:
            raise ConnectionError("Firefox closed the connection")
        return data

    def ask(self, command, parameters=None):
        self.count += 1
        message = json.dumps([0, self.count, command, parameters or {}]).encode()
        self.socket.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self._read()
        if error:
            raise RuntimeError(f"{command}: {error['error']}, {error['message']}")
        return result.get("value") if isinstance(result, dict) and set(result) == {"value"} else result

    def quit(self):
        # Only what was started here: the browser and the processes of its group.
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(timeout=20)

    # As Selenium's

    def get(self, address):
        self.ask("WebDriver:Navigate", {"url": address})

    def back(self):
        self.ask("WebDriver:Back")

    @property
    def current_url(self):
        return self.ask("WebDriver:GetCurrentURL")

    def execute_script(self, script, *arguments):
        value = self.ask("WebDriver:ExecuteScript", {
            "script": script, "args": [each.written if isinstance(each, Element) else each for each in arguments],
            "sandbox": None, "scriptTimeout": 1000 * SECONDS_TO_ANSWER})
        return Element(self, value) if isinstance(value, dict) and ELEMENT in value else value

    def find_element(self, by, text):
        return self.find_elements(by, text)[0]

    def find_elements(self, by, text):
        selector = f"#{re.escape(text)}" if by == By.ID else text
        found = self.ask("WebDriver:FindElements", {"using": "css selector", "value": selector})
        return [Element(self, each) for each in found]

    def save_screenshot(self, path):
        Path(path).write_bytes(base64.b64decode(self.ask("WebDriver:TakeScreenshot", {"full": False})))


class Element:
    def __init__(self, driver, written):
        self.driver, self.written = driver, written

    def _ask(self, command, **parameters):
        return self.driver.ask(f"WebDriver:{command}", {"id": self.written[ELEMENT], **parameters})

    def click(self):
        self._ask("ElementClick")

    def clear(self):
        self._ask("ElementClear")

    def send_keys(self, *texts):
        self._ask("ElementSendKeys", text="".join(texts))

    def find_element(self, by, text):
        selector = f".{text}" if by == By.CLASS_NAME else text
        return self.driver.execute_script("return arguments[0].querySelector(arguments[1])", self, selector)

    @property
    def text(self):
        return self._ask("GetElementText")

    def get_attribute(self, name):
        return self.driver.execute_script(
            "const [element, name] = arguments; const own = element[name]; return own === undefined || "
            "typeof own === 'object' ? element.getAttribute(name) : String(own)", self, name)

    def is_displayed(self):
        return self.driver.execute_script("return arguments[0].checkVisibility({ visibilityProperty: true })", self)

    def value_of_css_property(self, name):
        return self._ask("GetElementCSSValue", propertyName=name)
