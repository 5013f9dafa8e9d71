#!/usr/bin/python3
"""Runs that are killed or stopped at random moments go on to the same bits and finish no tile twice: a
sample of the campaigns that scripts/test-faults runs in full."""

import itertools
import sys

from support import SOURCE, main, small_sample

sys.path.insert(0, str(SOURCE / "tests/faults"))

from sample_case import SEED, SampleCase, say  # noqa: E402


class Interrupted(SampleCase):
    def test_twenty_kills(self):
        from kills import Kills

        kills = Kills(small_sample(), self.work, SEED, variants=("single",))
        for number in itertools.count():
            if kills.landed >= 20:
                break
            with self.subTest(case=number, seed=SEED):
                kills.case(number)
            self.assertLess(number, 60, "kills come too late to hit")
        say(kills.summary())

    def test_stop_signals(self):
        from signals import Signals

        signals = Signals(small_sample(), self.work, SEED)
        self.run_cases(signals, range(len(Signals.KINDS)))


if __name__ == "__main__":
    main()
