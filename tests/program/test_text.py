#!/usr/bin/python3
"""Names, job files and tables that are no UTF-8."""

import json
import os
import shutil

from support import RunsOfASample, main, provenance, run, small_sample


class Text(RunsOfASample):
    def test_names_that_are_no_utf8_come_out_readable(self):
        out = os.fsencode(self.work) + b"/o\xe9t"
        result = self.run_job(out=os.fsdecode(out))
        self.assertEqual(result.code, 0, result)
        with open(out + b"/run.json", encoding="utf-8") as file:
            said = json.load(file)
        self.assertEqual(said["job"]["output.path"], f"{self.work}/o\\xe9t")
        result = self.run_job(out=os.fsdecode(out))
        self.assertIn("complete: ", result.err)

    def test_texts_that_are_no_utf8_are_refused_before_the_first_tile(self):
        sample = self.work / "inputs"
        shutil.copytree(small_sample(), sample)
        job = sample / "gbk.ini"
        job.write_bytes((sample / "job.ini").read_bytes().replace(b"name  =", b"name = \xb9\xf3 #"))
        for command in ("check", "run"):
            result = run(command, job, "--set", f"output.path={self.out}")
            self.assertEqual(result.code, 2, result)
            self.assertRegex(result.err, r"gbk\.ini:\d+: .*not UTF-8")
        self.assertFalse(self.out.exists())

    def test_a_row_of_a_table_that_is_no_utf8_harms_nothing(self):
        sample = self.work / "inputs"
        shutil.copytree(small_sample(), sample)
        with open(sample / "population.csv", "ab") as table:
            table.write(b"\xb9\xf3,1,2019\n")
        result = run("run", sample / "job.ini", "--set", f"output.path={self.out}")
        self.assertEqual(result.code, 0, result)
        self.assertTrue(any("\\xb9\\xf3" in note for note in provenance(self.out)["notes"]))

    def test_a_table_that_is_no_utf8_is_refused_with_what_to_do(self):
        sample = self.work / "inputs"
        shutil.copytree(small_sample(), sample)
        table = (sample / "population.csv").read_bytes().splitlines()
        rows = [b"\xb9\xf3" + row for row in table[1:]]
        (sample / "population.csv").write_bytes(b"\n".join([table[0], *rows, b""]))
        result = run("check", sample / "job.ini", "--set", f"output.path={self.out}")
        self.assertEqual(result.code, 1, result)
        self.assertIn("iconv -f GB18030", result.err)


if __name__ == "__main__":
    main()
