#!/usr/bin/python3
"""Fault campaigns over the small sample. See scripts/test-faults --help."""

import argparse
import shutil
import time
import traceback

from command import add_options, begin

CAMPAIGNS = ("kills", "signals", "disk", "inputs", "store")


def parse():
    parser = argparse.ArgumentParser(
        prog="scripts/test-faults",
        description="Kills, signals, full disks, broken inputs and damaged stores over the small "
        "sample: every run that is disturbed goes on to the results of an undisturbed one.")
    parser.add_argument("--kills", type=int, default=200, help="SIGKILLs that hit (200)")
    parser.add_argument("--signals", type=int, default=30, help="stop signals, and kills of mpirun (30)")
    parser.add_argument("--full", type=int, default=20, help="disks that fill up (20)")
    parser.add_argument("--flips", type=int, default=100, help="flipped bits in tiles of a store (100)")
    parser.add_argument("--only", choices=CAMPAIGNS, help="one campaign")
    parser.add_argument("--case", type=int, help="one case of a campaign, to repeat it")
    add_options(parser)
    parser.add_argument("--folder", help="where to work; the temporary folder by default")
    parser.add_argument("--verbose", action="store_true", help="a line for every case")
    return parser.parse_args()


class Runner:
    """Runs the cases of a campaign; a case that fails keeps its folder and says how to repeat it."""

    def __init__(self, options, work):
        self.options = options
        self.work = work
        self.failed = 0
        self.skipped = []

    def say(self, text):
        if self.options.verbose:
            print(f"    {text}", flush=True)

    def cases(self, name, run, numbers, enough=lambda: False):
        if self.options.case is not None:
            numbers = [self.options.case]
        for number in numbers:
            if enough():
                return
            started = time.monotonic()
            try:
                run(number, self.say)
            except Exception as error:
                self.failed += 1
                traceback.print_exc()
                print(f"FAILED {name} case {number}: {error}\n  kept: {self.work}\n  repeat: "
                      f"scripts/test-faults --only {name} --case {number} --seed "
                      f"{self.options.seed} --cnci {self.options.cnci} --verbose", flush=True)
                if self.failed >= 10:
                    raise SystemExit("more than ten cases failed") from error
            self.say(f"case {number}: {time.monotonic() - started:.1f} s")


def run_kills(runner, sample, options):
    from kills import Kills

    kills = Kills(sample, runner.work, options.seed)
    try:
        runner.cases("kills", kills.case, range(10 * options.kills),
                     lambda: kills.landed >= options.kills)
    finally:
        print(kills.summary(), flush=True)


def run_signals(runner, sample, options):
    from signals import Signals

    signals = Signals(sample, runner.work, options.seed)
    runner.cases("signals", signals.case, range(options.signals))
    print(signals.summary(), flush=True)


def run_disk(runner, sample, options):
    from disk import Disk, can_mount

    if not can_mount(runner.work):
        runner.skipped.append("full and read-only disks, which need the right to mount a tmpfs")
        return
    disk = Disk(sample, runner.work, options.seed)
    runner.cases("disk", disk.case, range(len(disk.fixed) + options.full))
    print(disk.summary(), flush=True)


def run_inputs(runner, sample, options):
    from inputs import Inputs

    inputs = Inputs(sample, runner.work, options.seed)
    runner.cases("inputs", inputs.case, range(len(inputs.all)))
    print(inputs.summary(), flush=True)


def run_store(runner, sample, options):
    from store import Store

    store = Store(sample, runner.work, options.seed)
    runner.cases("store", store.case, range(10 * options.flips),
                 lambda: store.by_kind["flip"] >= options.flips and store.every_kind)
    print(store.summary(), flush=True)


def main():
    options = parse()
    work = begin(options, "cnci-faults-", options.folder)
    runner = Runner(options, work)
    runs = {"kills": run_kills, "signals": run_signals, "disk": run_disk, "inputs": run_inputs,
            "store": run_store}
    for name in CAMPAIGNS:
        if options.only in (None, name):
            started = time.monotonic()
            print(f"== {name}", flush=True)
            runs[name](runner, work / "sample", options)
            print(f"   {time.monotonic() - started:.0f} s", flush=True)
    if runner.failed:
        raise SystemExit(f"{runner.failed} cases failed; seed {options.seed}; kept {work}")
    shutil.rmtree(work)
    print("All faults were survived." + "".join(f" SKIPPED: {what}." for what in runner.skipped))


if __name__ == "__main__":
    main()
