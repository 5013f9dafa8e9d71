"""The scenarios: each asserts what it claims and returns a line that says what it saw."""

import os
import re
import shutil
import signal
import subprocess
import time

from cluster import wait_for
from jobs import SCRIPTS, Submitted, output_digest

ONE_RANK_A_NODE = ("--nodes=2", "--ntasks=2", "--ntasks-per-node=1")


def launched(site, launcher, options=("--nodes=2", "--ntasks=4")):
    """A job that nothing disturbs."""
    job = site.submit(f"launched-{launcher}", launcher, options)
    job.must_complete()
    job.must_equal_plain()
    assert job.restarts() == 0
    ranks = re.search(r"(\d+) ranks on (\S+):", job.log())
    return f"{ranks[1]} ranks on {ranks[2]}: same bits as a plain run"


class TimeLimit:
    """A job that hits its time limit. SLURM counts minutes and looks at them every 30 s: the signal, by
    default 120 s before the end, is asked for 55 s before the end of one minute. So that the job cannot
    end before that, whatever the machine, its ranks are held (SIGSTOP) after their first tiles until
    the batch script has passed the signal on to them."""

    def __init__(self, site, launcher):
        self.launcher = launcher
        self.after = None
        # --fresh is for the first start: those that follow go on.
        self.job = site.submit(f"limit-{launcher}", launcher,
                               (*ONE_RANK_A_NODE, "--time=1", "--signal=B:USR1@55"), ("--fresh",))

    def hold(self):
        self.job.wait_first_tile()
        for rank in self.job.ranks():
            os.kill(rank, signal.SIGSTOP)

    def release(self):
        job = self.job
        wait_for(lambda: "USR1: no new tiles" in job.log(), 60, "signal of the time limit")
        self.after = time.monotonic() - job.since
        time.sleep(0.3)  # from the batch script through srun or mpirun to the ranks
        for rank in job.ranks():
            os.kill(rank, signal.SIGCONT)

    def finish(self):
        job = self.job
        job.must_complete()
        job.must_equal_plain()
        assert "stopped by a signal" in job.log(), job.log()
        assert "exit 75" in job.log() and job.restarts() >= 1, job.log()
        resumed = job.resumed_with()
        assert resumed and resumed[0] > 0, job.log()
        return (f"USR1 after {self.after:.0f} s, drained, exit 75, requeued {job.restarts()} time(s), "
                f"resumed with {resumed[0]} tiles: same bits")


def cancelled_with_term(site):
    """scancel --signal=TERM reaches the ranks of srun."""
    job = site.submit("term")
    job.wait_first_tile()
    site.slurm("scancel", "--signal=TERM", job.id)
    job.must_complete()
    job.must_equal_plain()
    assert "stopped by a signal" in job.log() and "exit 75" in job.log(), job.log()
    assert job.restarts() == 1 and len(job.resumed_with()) == 1, job.log()
    return f"drained, exit 75, requeued, resumed with {job.resumed_with()[0]} tiles: same bits"


def cancelled_with_usr1(site):
    """scancel --batch --signal=USR1 reaches the batch script, and through it the ranks of mpirun."""
    job = site.submit("usr1", "mpirun")
    job.wait_first_tile()
    site.slurm("scancel", "--batch", "--signal=USR1", job.id)
    job.must_complete()
    job.must_equal_plain()
    assert "stopped by a signal" in job.log() and "exit 75" in job.log(), job.log()
    assert job.restarts() == 1 and len(job.resumed_with()) == 1, job.log()
    return f"drained, exit 75, requeued, resumed with {job.resumed_with()[0]} tiles: same bits"


def cancelled(site):
    """Plain scancel ends a job for good; what it had finished serves the next one."""
    job = site.submit("cancel")
    job.wait_first_tile()
    site.slurm("scancel", job.id)
    state = job.wait_end()
    time.sleep(1)
    assert state == "CANCELLED" and job.facts()["JobState"] == "CANCELLED", job.facts()
    again = site.submit("cancel")
    again.must_complete()
    again.must_equal_plain()
    assert len(again.resumed_with()) == 1, again.log()
    return (f"cancelled, not requeued; the next sbatch resumed with {again.resumed_with()[0]} tiles: "
            "same bits")


def preempted(site, launcher):
    """A job of a partition with more priority takes both nodes."""
    job = site.submit(f"preempted-{launcher}", launcher)
    job.wait_first_tile()
    rival = site.slurm("sbatch", "--parsable", "--partition=high", "--nodes=2", "--exclusive",
                       "--output=/dev/null", "--wrap=sleep 1").strip()
    job.must_complete()
    job.must_equal_plain()
    assert Submitted(site, rival, job.out).wait_end() == "COMPLETED"
    assert job.restarts() == 1 and len(job.resumed_with()) == 1, job.log()
    code = re.search(r"cnci\.sbatch: exit (\d+)", job.log())
    if launcher == "srun":
        assert code and code[1] == "75", job.log()
    return (f"preempted, ended with {code[1] if code else 'no code'}, requeued, resumed with "
            f"{job.resumed_with()[0]} tiles: same bits")


def rank_killed(site):
    """SIGKILL of one rank under srun: PMIx ends the step, not the cluster's KillWait of 30 s."""
    job = site.submit("killed")
    job.wait_first_tile()
    ranks = job.ranks()
    assert len(ranks) == 4, ranks
    started = time.monotonic()
    os.kill(ranks[-1], signal.SIGKILL)
    state = job.wait_end()
    seconds = time.monotonic() - started
    assert state == "FAILED" and job.restarts() == 0, job.facts()
    assert seconds < 15, f"{seconds:.1f} s until the job ended"
    assert not job.ranks(), "ranks are left"
    code = job.facts()["ExitCode"]
    again = site.submit("killed")
    again.must_complete()
    again.must_equal_plain()
    assert len(again.resumed_with()) == 1, again.log()
    return (f"failed ({code}) {seconds:.1f} s later; the next sbatch resumed with "
            f"{again.resumed_with()[0]} tiles: same bits")


def four_years(site):
    """An array of four years. One year lacks an input and fails, another is stopped in mid-run and
    requeued; when the input is there, the same command joins all."""
    years = ("--set", "years=2016-2019")
    folder = site.job.parent
    late = folder / "emissions_2017.nc"
    hidden = late.with_suffix(".later")
    want = site.plain(*years)
    late.rename(hidden)
    out = site.work / "years"

    def submit():
        done = subprocess.run(
            [str(SCRIPTS / "submit-years"), str(site.job), "2016-2019", str(out), "--ntasks=1", "--",
             *site.SETTINGS],
            cwd=site.work, env=site.environment("srun"), text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        array, join = re.search(r"array job (\d+): .* job (\d+) joins", done.stdout).groups()
        tasks = [Submitted(site, f"{array}_{i}", site.work / f"years.years/{2016 + i}",
                           site.work / f"cnci-years-{array}_{i}.log") for i in range(4)]
        return tasks, Submitted(site, join, out, site.work / f"cnci-years-{array}_join.log")

    tasks, join = submit()
    # The last task bears the id of the whole array: only it may be requeued.
    tasks[3].wait_first_tile()
    site.slurm("scancel", "--signal=TERM", tasks[3].id)
    states = [task.wait_end() for task in tasks]
    assert states == ["COMPLETED", "FAILED", "COMPLETED", "COMPLETED"], [t.log() for t in tasks]
    restarts = [task.restarts() for task in tasks]
    assert restarts == [0, 0, 0, 1], restarts
    assert join.wait_end() == "CANCELLED" and not out.exists()

    hidden.rename(late)
    tasks, join = submit()
    join.must_complete()
    again = [len(re.findall("complete: ", task.log())) for task in tasks]
    assert again == [1, 0, 1, 1], [task.log() for task in tasks]
    have = output_digest(out)
    assert have == want, f"{have} instead of {want}"

    _, join = submit()
    join.must_complete()
    assert "complete: " in join.log(), join.log()
    shutil.rmtree(out)
    return ("one year requeued, one failed and the join withheld; the same command did the failed year "
            "and joined: same bits as a plain run over four years")
