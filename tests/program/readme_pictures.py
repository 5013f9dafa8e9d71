#!/usr/bin/python3
"""Makes the README's pictures from the real Guizhou inputs:  readme_pictures.py FOLDER"""

import base64
import pathlib
import sys

from browser import Browser
from support import DATA, SOURCE, Folder, must


def clip(browser, path, box, width):
    """A part of the page, as an image so wide."""
    shot = browser.driver.execute_cdp_cmd("Page.captureScreenshot", {
        "format": "png", "captureBeyondViewport": True,
        "clip": {**box, "scale": width / box["width"]}})
    pathlib.Path(path).write_bytes(base64.b64decode(shot["data"]))


def box_of(browser, selector):
    return browser.run("""const b = document.querySelector(arguments[0]).getBoundingClientRect();
      return {x: b.left + scrollX, y: b.top + scrollY, width: b.width, height: b.height};""", selector)


def main():
    folder = pathlib.Path(sys.argv[1])
    browser = Browser()
    with Folder() as work:
        must("run", SOURCE / "jobs/examples/guizhou.ini", "--set", f"paths.data={DATA}", "--set", f"output.path={work}/out")
        browser.open(work / "out/report.html", width=1200)
        browser.choose("#map-quantity", "ccsf")
        browser.find("#find-zone").send_keys("花溪区\n")
        browser.wait(lambda: browser.find_all("#selected dl"))
        browser.run("document.activeElement.blur(); scrollTo(0, 0)")
        end = box_of(browser, "#map-section")
        clip(browser, folder / "report.png", {"x": 0, "y": 0, "width": 1200, "height": end["y"] + end["height"]}, 900)
        pictures = box_of(browser, ".pictures")
        first = box_of(browser, ".picture")
        clip(browser, folder / "quicklooks.png", {**pictures, "height": first["height"]}, 900)
    browser.close()


if __name__ == "__main__":
    main()
