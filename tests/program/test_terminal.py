#!/usr/bin/python3
"""What people see: colours on a terminal only, what ranks do, completion in bash, the man page."""

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

from support import CNCI, MPI_ENV, SOURCE, RunsOfASample, main, must, small_sample

sys.path.insert(0, str(SOURCE / "tests/faults"))

from harness import Job, Live  # noqa: E402


def on_terminal(*args, **env):
    """What cnci prints where its output is a terminal."""
    control, terminal = pty.openpty()
    process = subprocess.Popen([CNCI, *map(str, args)], stdin=subprocess.DEVNULL, stdout=terminal,
                               stderr=terminal, env={**os.environ, **MPI_ENV, **env})
    os.close(terminal)
    text = b""
    while True:
        try:
            block = os.read(control, 65536)
        except OSError:
            break
        if not block:
            break
        text += block
    os.close(control)
    process.wait()
    return text.decode()


def plain(text):
    return re.sub("\033\\[[0-9;]*[mK]", "", text).replace("\r\n", "\n")


class Colours(RunsOfASample):
    def test_are_for_terminals_that_want_them(self):
        self.assertEqual(self.run_job().code, 0)
        piped = must("zones", self.out).out
        self.assertNotIn("\033", piped)
        env = {"NO_COLOR": "", "TERM": "xterm"}
        coloured = on_terminal("zones", self.out, **env)
        self.assertIn("\033[1m", coloured)
        self.assertEqual(plain(coloured), piped)
        self.assertNotIn("\033", on_terminal("zones", self.out, **dict(env, NO_COLOR="1")))
        self.assertNotIn("\033", on_terminal("zones", self.out, **dict(env, TERM="dumb")))
        self.assertNotIn("\033", on_terminal("zones", self.out, "--format", "csv", **env))
        self.assertIn("\033[31merror:\033[0m", on_terminal("zones", self.work / "none", **env))
        self.assertIn("\033", on_terminal("compare", self.out, self.out, **env))

    def test_a_renewed_line_is_for_terminals_that_can(self):
        job = ("run", self.job, "--set", "grid.tile=64", "--set")
        smart = on_terminal(*job, f"output.path={self.work / 'a'}", TERM="xterm", NO_COLOR="1")
        self.assertIn("Mcell/s", smart)
        dumb = on_terminal(*job, f"output.path={self.work / 'b'}", TERM="dumb")
        self.assertNotIn("\033", dumb)
        self.assertRegex(dumb, r"tiles (\d+)/\1  [0-9.]+ Mcell/s  \d+ MB/s read  in 0:\d\d")


class Units(RunsOfASample):
    def test_masses_of_a_table_are_in_the_unit_asked_for(self):
        self.assertEqual(self.run_job().code, 0)

        def emissions(*args):
            lines = must("zones", self.out, "--level", "province", *args).out.splitlines()
            at = lines[1].split()[::-1].index("ce")  # from the right: names hold blanks
            return float(lines[3].split()[::-1][at]), lines[0]

        tonnes, header = emissions("--unit", "t")
        self.assertIn("; t is CO2", header)
        for unit, factor, text in (("1e4t", 1e4, "; 1e4 t is CO2"), ("Tg", 1e6, "; Tg is CO2")):
            value, header = emissions("--unit", unit)
            self.assertAlmostEqual(value * factor / tonnes, 1, delta=0.01)
            self.assertIn(text, header)
        self.assertEqual(must("zones", self.out, "--format", "csv", "--unit", "Tg").out,
                         must("zones", self.out, "--format", "csv").out)


class Ranks(RunsOfASample):
    def test_say_at_the_end_what_each_has_done(self):
        log = self.work / "log.json"
        result = self.run_job("--set", "grid.tile=32", "--progress", "ranks", "--log-json", log,
                              ranks=3)
        self.assertEqual(result.code, 0, result)
        said = re.findall(r"cnci: rank (\d) on \S+: (\d+) tiles, [0-9.]+ Mcell/s, idle", result.err)
        self.assertEqual([rank for rank, _ in said], ["0", "1", "2"], result)
        tiles = int(re.search(r"tiles (\d+)/", result.err)[1])
        self.assertEqual(sum(int(count) for _, count in said), tiles)
        events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        events = [event for event in events if event["event"] == "rank"]
        self.assertEqual(sum(int(event["finished"]) for event in events), tiles)
        self.assertNotIn("rank 0", self.run_job("--fresh").err)

    def test_answer_a_signal_that_the_launcher_passes_on(self):
        job = Job("busy", small_sample() / "job.ini", self.work, "grid.resolution=1/1200",
                  "grid.tile=64")
        with Live(job, self.out, ranks=2) as live:
            live.wait_for_tiles(3)
            live.send(live.process.pid, signal.SIGUSR2)
            while live.running() and "rank 1 on" not in live.text():
                time.sleep(0.05)
            text = live.text()
            self.assertRegex(text, r"rank 0 on \S+: \d+ tiles, [0-9.]+ Mcell/s")
            self.assertRegex(text, r"rank 1 on \S+: .*holds tile \d+ for 0:\d\d")
            self.assertTrue(live.running(), text)
            live.send(live.process.pid, signal.SIGTERM)


# What bash does where the completion is asked for; outside of that compopt fails.
COMPLETE = """
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_cnci
printf '%s\\n' "${COMPREPLY[@]}"
"""


def flags_of(command):
    return re.findall(r"--([a-z-]+)", must("help", command).out.split("Flags:")[1].split("Example")[0])


def commands():
    return [line.split()[1] for line in must("help").out.splitlines()
            if re.match(r"  cnci [a-z]", line)]


class Completion(RunsOfASample):
    def setUp(self):
        super().setUp()
        self.script = self.work / "cnci.bash"
        self.script.write_text(must("help", "completion").out, encoding="utf-8")

    def complete(self, *words, cwd=None):
        done = subprocess.run(["bash", "--norc", "-uc", COMPLETE, "bash", str(self.script), "cnci",
                               *words], capture_output=True, encoding="utf-8", check=False,
                              cwd=cwd or self.work)
        self.assertEqual((done.returncode, done.stderr), (0, ""), words)
        return [word for word in done.stdout.splitlines() if word]

    def complete_files(self, *words):
        return sorted(self.complete(*words))

    def test_knows_every_command_and_flag(self):
        self.assertEqual(set(self.complete("")), {*commands(), "--version", "--help"})
        self.assertEqual(self.complete("comp"), ["compare"])
        for command in commands():
            known = [flag for flag in self.complete(command, "--")]
            self.assertEqual(set(known), {f"--{flag}" for flag in flags_of(command)}, command)

    def test_knows_the_words_that_a_flag_chooses_from(self):
        self.assertEqual(self.complete("zones", "out", "--format", ""), ["table", "csv", "json"])
        self.assertEqual(self.complete("zones", "--format", "=", "c"), ["csv"])
        self.assertEqual(self.complete("compare", "a", "b", "--sort", "r"), ["ratio"])
        self.assertEqual(self.complete("sample", "d", "--size", "n"), ["national"])
        self.assertEqual(self.complete("kernels", "sil"), ["silicate"])
        self.assertEqual(self.complete("help", "comp"), ["compare", "completion"])

    def test_knows_the_keys_of_the_job_file(self):
        self.assertEqual(self.complete("run", "a.ini", "--set", "grid.ti"), ["grid.tile="])
        self.assertEqual(self.complete("check", "a.ini", "--set", "layer.npp.sub"),
                         ["layer.npp.substance="])
        self.assertEqual(self.complete("run", "a.ini", "--set", "zones.county.c"),
                         ["zones.county.code="])
        self.assertEqual(self.complete("run", "--set", "=", "silicate.pre"), ["silicate.preset="])
        self.assertIn("nep.cap_rh", self.complete("run", "--set", "nep."))

    def test_completes_files_and_folders(self):
        (self.work / "a folder").mkdir()
        (self.work / "a job.ini").touch()
        self.assertEqual(self.complete_files("run", "a"), ["a folder", "a job.ini"])
        self.assertEqual(self.complete("zones", "a"), ["a folder"])
        self.assertEqual(self.complete("run", "a.ini", "--set", "paths.data", "=", "a f"),
                         ["a folder"])
        self.assertEqual(self.complete_files("run", "a.ini", "--set", "paths.data", "="),
                         ["a folder", "a job.ini", "cnci.bash"])

    def test_is_a_script_without_fault(self):
        if shutil.which("shellcheck"):
            done = subprocess.run(["shellcheck", self.script], capture_output=True, encoding="utf-8",
                                  check=False)
            self.assertEqual(done.returncode, 0, done.stdout)


class ManPage(unittest.TestCase):
    def test_has_every_command_flag_and_key_and_no_fault(self):
        page = must("help", "man").out
        for formatter in (["groff", "-man", "-ww", "-Tutf8"], ["man", "-l", "--warnings", "-"]):
            if not shutil.which(formatter[0]):
                print(f"skipped: no {formatter[0]}", file=sys.stderr)
                continue
            done = subprocess.run(formatter, input=page, capture_output=True, encoding="utf-8",
                                  check=False, env=dict(os.environ, MANWIDTH="200", LC_ALL="C.UTF-8"))
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("CNCI(1)", done.stdout)
        plain_page = page.replace("\\-", "-").replace("\\fB", "").replace("\\fR", "")
        for command in commands():
            part = plain_page.split(f".SS cnci {command}")[1].split(".SS")[0]
            for flag in flags_of(command):
                self.assertIn(f"\n--{flag}", part, command)
            self.assertIn("Example:", part)
        for key in re.findall(r"^([a-z_.*]+) {2,}", must("help", "job").out, re.MULTILINE):
            self.assertIn(f"\n{key} = ", plain_page)


class Help(unittest.TestCase):
    def test_every_command_has_an_example_that_is_of_it(self):
        for command in commands():
            text = must(command, "--help").out
            example = text.split("Example:\n")[1]
            self.assertIn(f"cnci {command} ", example)


if __name__ == "__main__":
    main()
