#!/usr/bin/python3
"""Runs jobs on a throwaway SLURM and disturbs them: `campaign.py DIR [--quick]`. In DIR scripts/test-slurm
keeps the cluster. Prints a line for each scenario."""

import argparse
import csv
import pathlib
import sys
import time

import cluster
import scenarios
from jobs import Site, must


def make_sample(folder):
    """The small sample with two years more, in which it emits less."""
    import netCDF4

    must("sample", folder, "--size", "small")
    for year in (2016, 2017):
        copy = folder / f"emissions_{year}.nc"
        copy.write_bytes((folder / "emissions_2018.nc").read_bytes())
        with netCDF4.Dataset(copy, "r+") as dataset:
            dataset["fluxes"][:] *= (year - 2000) / 20
            dataset["fluxes"].year = year
    table = folder / "gdp.csv"
    rows = list(csv.reader(table.read_text().splitlines()))
    base = [row for row in rows if row[2] == "2018"]
    more = [[*row[:2], str(year), row[3]] for year in (2016, 2017) for row in base]
    with table.open("a", newline="") as file:
        csv.writer(file).writerows(more)
    return folder


class Report:
    """A line for each scenario; the first failure ends all."""

    def __init__(self, site):
        self.site = site

    def __call__(self, name, scenario, since=None):
        started = since or time.monotonic()
        try:
            text = scenario()
        except BaseException:
            print(f"slurm: {name}: FAILED", flush=True)
            print(self.site.slurm("squeue", "--all", check=False), flush=True)
            raise
        print(f"slurm: {name}: {text} ({time.monotonic() - started:.1f} s)", flush=True)


def quick(site, report):
    """A job that hits its time limit; while that one is held, one that nothing disturbs."""
    limited = scenarios.TimeLimit(site, "mpirun")
    limited.hold()
    report("srun", lambda: scenarios.launched(site, "srun", scenarios.ONE_RANK_A_NODE))
    limited.release()
    report("time limit, mpirun", limited.finish, since=limited.job.since)


def full(site, report):
    report("srun", lambda: scenarios.launched(site, "srun"))
    report("mpirun", lambda: scenarios.launched(site, "mpirun"))
    limited = [scenarios.TimeLimit(site, launcher) for launcher in ("mpirun", "srun")]
    for one in limited:
        one.hold()
    for one in limited:
        one.release()
    for one in limited:
        report(f"time limit, {one.launcher}", one.finish, since=one.job.since)
    report("scancel --signal=TERM, srun", lambda: scenarios.cancelled_with_term(site))
    report("scancel --batch --signal=USR1, mpirun", lambda: scenarios.cancelled_with_usr1(site))
    report("scancel", lambda: scenarios.cancelled(site))
    report("preemption, srun", lambda: scenarios.preempted(site, "srun"))
    report("preemption, mpirun", lambda: scenarios.preempted(site, "mpirun"))
    report("SIGKILL of a rank, srun", lambda: scenarios.rank_killed(site))
    report("array of years", lambda: scenarios.four_years(site))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    started = time.monotonic()
    folder = options.folder.absolute()
    sample = make_sample(folder / "sample")
    cluster.up(folder)
    site = Site(folder, sample)
    (quick if options.quick else full)(site, Report(site))
    print(f"slurm: all as it should be ({time.monotonic() - started:.0f} s)")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(f"slurm: {error}")
