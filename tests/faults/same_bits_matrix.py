#!/usr/bin/python3
"""Guarantee 1 as a matrix: ranks x tile x interruptions x instruction set, each point one output, all
with the same zones.csv, zones.gpkg and cube values. See scripts/test-same-bits --help."""

import argparse
import itertools
import pathlib
import random
import shutil
import signal
import time

from command import add_options, begin

RANKS = (1, 2, 3, 8, 16)
WHOLE = 4096
TILES = (64, 200, 512, WHOLE)
INTERRUPTIONS = (0, 1, 3)
TARGETS = ("avx2", "avx512")


class Matrix:
    """The points, the job, and the results that all must have."""

    def __init__(self, sample, work, seed):
        from harness import Job, complete_run, expect
        from support import output_digest, simd_targets

        self.work = pathlib.Path(work)
        self.seed = seed
        have = simd_targets()
        self.skipped = [target for target in TARGETS if target not in have]
        self.points = [point for point in itertools.product(RANKS, TILES, INTERRUPTIONS, TARGETS)
                       if point[3] in have]
        self.jobs = {tile: Job(f"tile-{tile}", sample / "job.ini", self.work,
                               "grid.resolution=1/1200", f"grid.tile={tile}",
                               "output.significant_bits=24",
                               "output.variables=ccsf,scsf,nep,ce,sink,balance,runoff,pco2,branch")
                     for tile in TILES}
        self.seconds = {}
        self.interrupted = 0
        self.too_late = 0
        self.want = None
        if self.points:
            out = self.work / "first"
            complete_run(self.jobs[512], out, ranks=1, simd=self.points[0][3])
            self.want = output_digest(out)
            expect(len(self.want) == 3, "tables, zones.gpkg and a cube are compared, not", self.want)
            shutil.rmtree(out)

    def sample(self, count):
        """Points at random with every value of every axis. Of the many ranks, that are slow on few
        cores, one point each, hardly interrupted."""
        rng = random.Random(self.seed)
        few = [point for point in self.points if point[0] <= 3]
        chosen = [rng.choice([p for p in self.points if p[0] == ranks and p[2] <= 1])
                  for ranks in RANKS if ranks > 3]
        while True:
            points = chosen + rng.sample(few, min(max(0, count - len(chosen)), len(few)))
            if count < 8 or all({p[axis] for p in points} == {p[axis] for p in self.points}
                                for axis in range(4)):
                return points

    def check(self, point):
        """Runs one point, interrupted at random moments, and compares."""
        from harness import expect
        from support import output_digest

        ranks, tile, interruptions, target = point
        rng = random.Random(f"{self.seed}:{point}")
        out = self.work / "-".join(map(str, point))
        job = self.jobs[tile]
        for _ in range(interruptions):
            self.interrupt(job, out, point, rng)
        self.complete(job, out, point)
        got = output_digest(out)
        wrong = [name for name in self.want if got.get(name) != self.want[name]]
        expect(not wrong and got.keys() == self.want.keys(),
               f"other bits in {wrong}: {ranks} ranks, tile {tile}, {interruptions} interruptions, "
               f"{target}")
        shutil.rmtree(out)

    def complete(self, job, out, point):
        from harness import Live, expect

        ranks, tile, interruptions, target = point
        with Live(job, out, ranks=ranks, simd=target) as live:
            code = live.end(120)
            expect(code == 0, f"exit {code}\n{live.text()}")
            if interruptions == 0:
                self.seconds[ranks, tile] = time.monotonic() - live.started

    def interrupt(self, job, out, point, rng):
        from harness import PROMPT_S, Live, expect

        ranks, tile, _, target = point
        with Live(job, out, ranks=ranks, simd=target) as live:
            # From the first event to about the end: the start of MPI says nothing about bits.
            live.wait_for_phase("prepare")
            begun = time.monotonic() - live.started
            left = self.seconds.get((ranks, tile), 1.0) - begun
            live.pause(rng.uniform(0, 0.9 * max(0.1, left)))
            sig = rng.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM))
            pids = live.rank_pids()
            hit = live.send(rng.choice(pids), sig) if pids else False
            code = live.end(PROMPT_S + ranks)
            expect(hit or code == 0, f"exit {code} without a signal\n{live.text()}")
            complete = (out / "run.json").exists()
            self.interrupted += not complete
            self.too_late += complete


def parse():
    parser = argparse.ArgumentParser(
        prog="scripts/test-same-bits",
        description="Ranks 1, 2, 3, 8, 16 x tile 64, 200, 512, whole x interrupted 0, 1, 3 times x "
        "AVX2, AVX-512: 120 runs of the small sample with the same zones.csv, zones.gpkg and cube "
        "values.")
    parser.add_argument("--points", type=int, default=0, help="a sample of so many (all)")
    add_options(parser)
    return parser.parse_args()


def main():
    options = parse()
    work = begin(options, "cnci-same-bits-")
    matrix = Matrix(work / "sample", work, options.seed)
    points = matrix.sample(options.points) if options.points else matrix.points
    failed = 0
    started = time.monotonic()
    for number, point in enumerate(points, 1):
        before = time.monotonic()
        try:
            matrix.check(point)
            result = "same"
        except AssertionError as error:
            failed += 1
            result = f"FAILED: {error}"
        ranks, tile, interruptions, target = point
        print(f"{number:4}/{len(points)}  ranks {ranks:2}  tile "
              f"{'whole' if tile == WHOLE else tile:>5}  interrupted {interruptions}  {target:6}  "
              f"{time.monotonic() - before:5.1f} s  {result}", flush=True)
    print(f"{len(points) - failed} of {len(points)} points have the same bits; {matrix.interrupted} "
          f"interruptions, {matrix.too_late} came after the end; "
          f"{time.monotonic() - started:.0f} s" +
          "".join(f"; SKIPPED: {target}, which this processor has not" for target in matrix.skipped))
    if failed:
        raise SystemExit(f"{failed} points failed; kept {work}")
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
