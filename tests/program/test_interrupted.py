#!/usr/bin/python3
"""Runs that are killed or stopped at random moments go on to the same bits and finish no tile twice: a
sample of the campaigns that scripts/test-faults runs in full."""

import itertools
import os
import sys
import unittest

from support import SOURCE, Folder, main, small_sample

sys.path.insert(0, str(SOURCE / "tests/faults"))

SEED = int(os.environ.get("CNCI_SEED", "4"))


class Interrupted(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()
        self.work = self.folder.__enter__()
        print(f"seed {SEED}", file=sys.stderr)

    def tearDown(self):
        self.folder.__exit__()

    def test_twenty_kills(self):
        from kills import Kills

        kills = Kills(small_sample(), self.work, SEED, variants=("single",))
        for number in itertools.count():
            if kills.landed >= 20:
                break
            with self.subTest(case=number, seed=SEED):
                kills.case(number)
            self.assertLess(number, 60, "kills come too late to hit")
        print(kills.summary(), file=sys.stderr)

    def test_stop_signals(self):
        from signals import Signals

        signals = Signals(small_sample(), self.work, SEED)
        for number, kind in enumerate(Signals.KINDS):
            with self.subTest(kind, case=number, seed=SEED):
                signals.case(number)
        print(signals.summary(), file=sys.stderr)


if __name__ == "__main__":
    main()
