"""Pages in headless Chromium: what they show, what the console says, what they ask the network for."""

import base64
import json
import pathlib
import tempfile
import time
import unittest

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from support import CNCI, Folder

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--hide-scrollbars"]


class Browser:
    """One Chromium for several pages."""

    def __init__(self):
        self.profile = tempfile.TemporaryDirectory(prefix="cnci-chromium-")
        self.downloads = pathlib.Path(self.profile.name) / "downloads"
        self.downloads.mkdir()
        options = Options()
        options.binary_location = "/usr/bin/chromium"
        for flag in [*FLAGS, f"--user-data-dir={self.profile.name}/profile"]:
            options.add_argument(flag)
        options.add_experimental_option("prefs", {"download.default_directory": str(self.downloads)})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_script_timeout(120)

    def close(self):
        self.driver.quit()
        self.profile.cleanup()

    def open(self, path, width=1280, dark=False):
        """Opens a page from disk and waits until it has drawn everything."""
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.resize(width, 1200)
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
        self.driver.get(pathlib.Path(path).absolute().as_uri())
        self.wait_until_drawn()

    def resize(self, width, height):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def wait_until_drawn(self, seconds=120):
        self.wait(lambda: self.run("return document.documentElement.dataset.ready"), seconds)

    @staticmethod
    def wait(condition, seconds=30):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "the page has not come to it"
            time.sleep(0.05)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def find_all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def choose(self, selector, value):
        Select(self.find(selector)).select_by_value(value)

    def hover(self, element):
        ActionChains(self.driver).move_to_element(element).perform()

    def console_errors(self):
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] in ("SEVERE", "WARNING")]

    def requests(self):
        """Addresses that the page has asked for, other than its own and what it made itself."""
        asked = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                asked.append(message["params"]["request"]["url"])
        return [url for url in asked if not url.startswith(("file:", "data:", "blob:", "chrome:"))]

    def printed(self, path):
        """The page as a PDF, as a user prints it who changes no setting."""
        done = self.driver.execute_cdp_cmd("Page.printToPDF", {})
        pathlib.Path(path).write_bytes(base64.b64decode(done["data"]))

    def screenshot(self, path):
        """The whole page, however long."""
        width = self.run("return innerWidth")
        self.resize(width, self.run("return document.documentElement.scrollHeight"))
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
        pathlib.Path(path).write_bytes(base64.b64decode(shot["data"]))
        self.resize(width, 1200)


class Pages(unittest.TestCase):
    """Tests that look at pages, in a folder of their own each; pictures are kept beside the build."""

    pictures = pathlib.Path(CNCI).parent.parent / "report-pictures"

    @classmethod
    def setUpClass(cls):
        cls.pictures.mkdir(parents=True, exist_ok=True)
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        folder = Folder()
        self.work = folder.__enter__()
        self.addCleanup(folder.__exit__)

    def open(self, path, **how):
        """The page draws without a word on the console, and asks the network for nothing."""
        self.browser.open(path, **how)
        self.assertEqual(self.browser.console_errors(), [])
        self.assertEqual(self.browser.requests(), [])
        self.assertEqual(self.browser.run("return document.querySelectorAll('[role=alert]').length"), 0)
