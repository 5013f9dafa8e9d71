#!/usr/bin/python3
"""Full and read-only disks, damaged tile stores, broken inputs: a sample of the campaigns that
scripts/test-faults runs in full."""

import sys

from support import SOURCE, main, small_sample

sys.path.insert(0, str(SOURCE / "tests/faults"))

from sample_case import SEED, SampleCase  # noqa: E402


class Faults(SampleCase):
    def test_disks(self):
        from disk import Disk, can_mount

        if not can_mount(self.work):
            self.skipTest("no right to mount a tmpfs")
        disk = Disk(small_sample(), self.work, SEED)
        wanted = (("full", "tiles"), ("full", "most"), ("full", "run.json"),
                  ("read-only", "tiles"))
        self.run_cases(disk, [*map(disk.fixed.index, wanted), len(disk.fixed)])

    def test_damaged_stores(self):
        from store import Store

        store = Store(small_sample(), self.work, SEED)
        self.run_cases(store, range(3))
        self.assertGreaterEqual(store.by_kind["flip"], 10)

    def test_broken_inputs(self):
        from inputs import Inputs

        inputs = Inputs(small_sample(), self.work, SEED)
        acts = ("bad_block soc.tif", "cut npp.tif", "touch soc.tif")
        self.run_cases(inputs, [number for number, (act, name) in enumerate(inputs.all)
                                if f"{act.__name__} {name}" in acts])
        self.assertGreaterEqual(sum(inputs.tally.values()), len(acts))


if __name__ == "__main__":
    main()
