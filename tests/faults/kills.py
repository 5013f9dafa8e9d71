"""SIGKILL at random moments from start to publish, each followed by the same command."""

import collections
import dataclasses
import random
import shutil
import signal

from checks import Watch, check_kept, check_names, check_results, check_swept, check_tiles
from harness import PHASES, PROMPT_S, Job, Live, Reference, expect, phase_of, events
from support import provenance

# Settings that make every phase long enough to be hit, and every case take a second or two.
SINGLE = ("grid.resolution=1/600", "grid.tile=64")
YEARLY = (*SINGLE, "years=2018-2019", "output.files=yearly")


@dataclasses.dataclass
class Blow:
    """One kill: whom, and when."""

    victim: str  # rank: one of them; ranks: all; job: all and mpirun
    phase: str  # "" = at any time from the start
    share: float  # of the time the run, or the phase, takes undisturbed

    def __str__(self):
        when = f"{self.share:.3f} of {self.phase}" if self.phase else f"{self.share:.3f} of the run"
        return f"SIGKILL to {self.victim} at {when}"


# In turn, as short phases would seldom be hit by a moment drawn from the whole run ("").
TURN = ("", "tiles", "assemble", "publish", "", "tiles", "after", "report", "", "prepare", "assemble",
        "publish")


def draw_blow(rng, phase):
    return Blow(rng.choice(("rank", "rank", "ranks", "job")), phase, rng.uniform(0, 1))


def draw_shape(rng):
    """Ranks (None = without mpirun) and threads."""
    return {"ranks": rng.choice((None, 1, 2, 2, 3, 3)), "threads": rng.choice((1, 1, 2))}


def strike(live, blow, seconds, rng, look):
    """Waits for the moment and kills. Returns how many processes were hit."""
    if not blow.phase:
        live.pause(blow.share * seconds["total"], look)
    elif live.wait_for_phase(blow.phase):
        live.pause(blow.share * seconds[blow.phase], look)
    if blow.victim == "job":
        return live.send_all([live.process.pid, *live.rank_pids()], signal.SIGKILL) \
            if live.running() else 0
    while live.running():
        pids = live.rank_pids()
        if pids:
            return live.send_all(pids if blow.victim == "ranks" else [rng.choice(pids)],
                                 signal.SIGKILL)
    return 0


class Kills:
    """The campaign's jobs, their undisturbed results, and its tally."""

    def __init__(self, sample, work, seed, variants=("single", "yearly")):
        self.work = work
        self.seed = seed
        settings = {"single": SINGLE, "yearly": YEARLY}
        jobs = [Job(name, sample / "job.ini", work, *settings[name]) for name in variants]
        self.references = [Reference(job, ranks=2) for job in jobs]
        self.by_phase = collections.Counter()
        self.missed = 0

    @property
    def landed(self):
        return sum(self.by_phase.values())

    def case(self, number, say=lambda text: None):
        """One output folder: a kill, sometimes two or three, and the run that finishes."""
        rng = random.Random(f"{self.seed}:{number}")
        reference = rng.choice(self.references)
        out = self.work / f"case-{number}"
        kept = {}
        complete = False
        for blows in range(rng.choice((1, 1, 1, 2, 3))):
            shape = draw_shape(rng)
            blow = draw_blow(rng, TURN[(number + 3 * blows) % len(TURN)])
            extra = ["--keep-tiles"] if rng.random() < 0.5 else []
            say(f"{reference.job.name}, {shape['ranks'] or 'no'} ranks x {shape['threads']}, "
                f"{' '.join(extra)} {blow}")
            with Live(reference.job, out, *extra, **shape) as live, \
                    Watch(out, reference.results) as watch:
                hit = strike(live, blow, reference.seconds, rng, watch.look)
                code = live.end(PROMPT_S, watch.look)
                phase = phase_of(events(live.log)) or "prepare"
                if hit:
                    self.by_phase[phase] += 1
                else:
                    self.missed += 1
                    expect(code == 0, f"nobody was killed, exit {code}\n{live.text()}")
                if not complete:
                    self.check_start(live, kept)
            there = check_names(out, reference) if out.exists() else set()
            if complete:
                expect("run.json" in there, "a complete output has become incomplete")
            elif "run.json" not in there:
                check_kept(kept, out)
            complete = "run.json" in there
            kept = check_tiles(out, reference)
        self.finish(out, reference, rng, kept, complete)
        shutil.rmtree(out)

    def finish(self, out, reference, rng, kept, complete):
        """The same command once more, undisturbed, on whatever ranks: the same results."""
        keep = rng.random() < 0.7
        extra = ["--keep-tiles"] if keep else []
        with Live(reference.job, out, *extra, **draw_shape(rng)) as live, \
                Watch(out, reference.results) as watch:
            code = live.end(120, watch.look)
            expect(code == 0, f"the resume ended with exit {code}\n{live.text()}")
            if complete:
                expect("complete" in live.text(), f"a complete output was not told\n{live.text()}")
            else:
                self.check_start(live, kept)
        check_results(out, reference)
        if complete and (keep or provenance(out)["keeps_tiles"]):
            return  # what a run was told to keep stays, and this one computed nothing
        if keep:
            check_kept(kept, out)
            expect(len(check_tiles(out, reference)) == len(reference.tiles), "tiles are missing")
        else:
            check_swept(out)

    def check_start(self, live, kept):
        """A resume says how many tiles it found, all that were there, and none is damaged."""
        text = live.text()
        for event in events(live.log):
            expect(event["event"] != "warning" or "tile_" not in event.get("text", ""),
                   "a killed run left a bad tile:", event)
        if kept and phase_of(events(live.log)) not in ("", "prepare"):
            expect(f"resuming: {len(kept)} of" in text,
                   f"{len(kept)} tiles were finished, the resume says\n{text}")

    def summary(self):
        hits = ", ".join(f"{name} {self.by_phase[name]}" for name in PHASES)
        return f"{self.landed} kills ({hits}); {self.missed} draws came after the end of their run"
