"""What the scenarios share: submitting jobs to the throwaway cluster, watching them, and finding their
ranks."""

import os
import pathlib
import re
import subprocess
import sys
import time

from cluster import slurm, wait_for

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "program"))
from support import CNCI, MPI_ENV, SOURCE, must, output_digest

SCRIPTS = SOURCE / "scripts/slurm"
ENDED = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "PREEMPTED"}


class Site:
    """The cluster as its users see it, a folder to work in, and the job that all scenarios run: small
    tiles of fine cells, some seconds of work on two cores."""

    SETTINGS = ("--set", "grid.resolution=1/3600", "--set", "grid.tile=160")

    def __init__(self, folder, sample):
        self.conf = folder / "slurm.conf"
        self.work = folder / "work"
        self.work.mkdir(exist_ok=True)
        self.job = sample / "job.ini"
        self._plain = {}

    def environment(self, launcher):
        """The two nodes are one machine under two names: Open MPI takes ranks on the other node for
        remote, yet its shared memory would find them, and crash. So all messages go over TCP. Both
        nodes' daemons would also bind their ranks to the same cores."""
        own = {key: value for key, value in os.environ.items() if not key.startswith("SLURM_")}
        return own | MPI_ENV | {
            "SLURM_CONF": str(self.conf),
            "CNCI_BIN": CNCI,
            "CNCI_LAUNCHER": launcher,
            "OMPI_MCA_btl": "tcp,self",
            "OMPI_MCA_btl_tcp_if_include": "lo",
            "OMPI_MCA_hwloc_base_binding_policy": "none",
            "PROJ_NETWORK": "OFF",
        }

    def plain(self, *settings):
        """The digests of an undisturbed run outside SLURM, made once."""
        if settings not in self._plain:
            out = self.work / f"plain-{len(self._plain)}"
            must("run", self.job, *self.SETTINGS, *settings, "--quiet", "--set", f"output.path={out}",
                 ranks=2)
            self._plain[settings] = output_digest(out)
        return self._plain[settings]

    def slurm(self, *command, check=True):
        return slurm(self.conf, *command, check=check)

    def submit(self, name, launcher="srun", options=("--nodes=2", "--ntasks=4"), run=()):
        """A job under scripts/slurm/cnci.sbatch that writes into work/NAME, with its log beside."""
        out = self.work / name
        done = subprocess.run(
            ["sbatch", "--parsable", f"--output={out}.log", *options, str(SCRIPTS / "cnci.sbatch"),
             *run, str(self.job), *self.SETTINGS, "--set", f"output.path={out}"],
            cwd=self.work, env=self.environment(launcher), text=True, stdout=subprocess.PIPE,
            check=True)
        return Submitted(self, done.stdout.strip(), out)


class Submitted:
    """A job in the queue."""

    def __init__(self, site, number, out, log=None):
        self.site = site
        self.id = number
        self.out = out
        self.logfile = log or pathlib.Path(f"{out}.log")
        self.since = time.monotonic()

    def facts(self):
        """What SLURM knows: JobState, Restarts, ExitCode, ..."""
        text = self.site.slurm("scontrol", "show", "job", "--oneliner", self.id)
        return dict(re.findall(r"(\w+)=(\S*)", text.splitlines()[0]))

    def restarts(self):
        return int(self.facts()["Restarts"])

    def log(self):
        return self.logfile.read_text(errors="replace") if self.logfile.exists() else ""

    def tiles(self):
        return len(list(self.out.glob(".tiles/tile_*.h5")))

    def ranks(self):
        """Process ids of its ranks."""
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if command[0] == CNCI.encode() and f"output.path={self.out}".encode() in command:
                found.append(int(entry.name))
        return sorted(found)

    def wait_first_tile(self):
        """Until it is certainly in mid-run."""
        def ready():
            state = self.facts()["JobState"]
            assert state not in ENDED, f"job {self.id} was {state} before its first tile: {self.log()}"
            return self.tiles() > 0
        wait_for(ready, 60, f"first tile of job {self.id}")
        assert not (self.out / "run.json").exists(), "the job ended before it could be disturbed"

    def wait_end(self, seconds=180):
        """The state in which it ended for good."""
        def ended():
            state = self.facts()["JobState"]
            return state if state in ENDED else None
        try:
            return wait_for(ended, seconds, f"end of job {self.id}")
        except TimeoutError as late:
            raise AssertionError(f"{late}; it is {self.facts()['JobState']}: {self.log()}") from late

    def must_complete(self):
        state = self.wait_end()
        assert state == "COMPLETED", f"job {self.id}: {state}\n{self.log()}"

    def must_equal_plain(self):
        want = self.site.plain()
        have = output_digest(self.out)
        assert have == want, f"{self.out}: {have} instead of {want}"

    def resumed_with(self):
        """The numbers of finished tiles with which starts of the job began."""
        return [int(n) for n in re.findall(r"resuming: (\d+) of", self.log())]
