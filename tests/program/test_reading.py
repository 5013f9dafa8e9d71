#!/usr/bin/python3
"""The snippets of docs/reading.md run as they stand and make the pictures that the page shows."""

import matplotlib.image
import numpy as np

from reading_snippets import PAGE, pictures, prepare, run_snippet, snippets
from support import RunsOfASample, main

LARGEST = 60_000  # bytes of a picture of the page


class Reading(RunsOfASample):
    def test_every_snippet_runs_and_makes_its_picture(self):
        result = self.run_job("--set", "years=2018-2019")
        self.assertEqual(result.code, 0, result)
        folder = self.work / "reader"
        folder.mkdir()
        prepare(folder, self.out)
        for language, text in snippets():
            before = set(folder.glob("*.png"))
            run_snippet(language, text, folder)
            made = set(folder.glob("*.png")) - before
            self.assertEqual(len(made), 0 if language == "sh" else 1, text)
            for picture in made:
                pixels = matplotlib.image.imread(picture)[..., :3].reshape(-1, 3)
                self.assertGreater(len(np.unique(pixels, axis=0)), 10, text)
                self.assertGreater((pixels < 1).any(axis=1).mean(), 0.05, text)
        self.assertEqual(sorted(p.name for p in folder.glob("*.png")), sorted(pictures()))
        self.assertTrue((folder / "nep.tif").exists() and (folder / "mean.nc").exists())

    def test_they_are_about_ten_lines_of_each_language(self):
        languages = [language for language, _ in snippets()]
        for language, least in (("python", 3), ("r", 2), ("sh", 2)):
            self.assertGreaterEqual(languages.count(language), least)
        for _, text in snippets():
            self.assertLessEqual(len(text.splitlines()), 13, text)

    def test_the_pictures_of_the_page_are_there_and_small(self):
        shown = pictures()
        self.assertEqual(len(shown), 5)
        folder = PAGE.parent / "reading"
        self.assertEqual(sorted(p.name for p in folder.iterdir()), sorted(shown))
        for name in shown:
            self.assertLess((folder / name).stat().st_size, LARGEST, name)


if __name__ == "__main__":
    main()
