"""What tests of samples of the campaigns share: a seed that is printed, a folder, cases as subtests."""

import os
import sys
import unittest

from support import Folder

SEED = int(os.environ.get("CNCI_SEED", "4"))


def say(text):
    print(text, file=sys.stderr)


class SampleCase(unittest.TestCase):
    def setUp(self):
        folder = Folder()
        self.work = folder.__enter__()
        self.addCleanup(folder.__exit__)
        say(f"seed {SEED}")

    def run_cases(self, campaign, numbers):
        for number in numbers:
            with self.subTest(case=number, seed=SEED):
                campaign.case(number, say)
        say(campaign.summary())
