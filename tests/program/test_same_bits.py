#!/usr/bin/python3
"""Guarantee 1: tables and cube values are the same bits for any ranks, threads and tile size, and on
every processor with FMA."""

import os
import sys
import unittest

from support import (DATA, SOURCE, Folder, cube_digest, have_data, main, must, provenance, run,
                     simd_targets, small_sample, table_digest)

sys.path.insert(0, str(SOURCE / "tests/faults"))

SEED = int(os.environ.get("CNCI_SEED", "4"))


class SameBits(unittest.TestCase):
    def compare(self, job, variants, *options):
        """Runs a job in all variants (ranks, threads, tile) and compares them with the first."""
        want = None
        with Folder() as work:
            for i, (ranks, threads, tile) in enumerate(variants):
                out = work / str(i)
                must("run", job, *options, "--set", f"output.path={out}", "--set",
                     f"grid.tile={tile}", "--threads", threads, ranks=ranks)
                got = (table_digest(out), cube_digest(out / "cube.nc"))
                if want is None:
                    want = got
                self.assertEqual(got, want, f"ranks {ranks}, threads {threads}, tile {tile}")
        self.assertIsNotNone(want)

    def test_a_dozen_points_of_the_matrix(self):
        from same_bits_matrix import Matrix

        with Folder() as work:
            matrix = Matrix(small_sample(), work, SEED)
            if not matrix.points:
                self.skipTest("no processor with FMA")
            for target in matrix.skipped:
                print(f"skipped: this processor has no {target}", file=sys.stderr)
            for point in matrix.sample(12):
                with self.subTest(point=point, seed=SEED):
                    matrix.check(point)
            self.assertGreater(matrix.interrupted, 0)

    def test_threads_and_tiny_tiles(self):
        self.compare(small_sample() / "job.ini", [(None, 1, 4096), (1, 3, 16), (2, 2, 20)])

    def test_projected_sample(self):
        albers = ("+proj=aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105 +ellps=WGS84 +units=m +no_defs")
        self.compare(small_sample() / "job.ini", [(None, 1, 512), (2, 1, 30), (3, 2, 17)],
                     "--set", f"grid.crs={albers}", "--set", "grid.resolution=1000")

    def test_guizhou(self):
        if not have_data("china_counties_mapchina", "china_npp_pre_tem_10km"):
            self.skipTest("no real data")
        self.compare(SOURCE / "jobs/examples/guizhou.ini",
                     [(2, 1, 512), (None, 1, 64), (8, 1, 200), (3, 1, 2048)],
                     "--set", f"paths.data={DATA}")

    def compare_targets(self, job, *options):
        """Runs a job on every SIMD target: one result per bit class."""
        classes = {}
        with Folder() as work:
            for i, target in enumerate(simd_targets()):
                out = work / target
                must("run", job, *options, "--set", f"output.path={out}", ranks=i + 1, simd=target)
                facts = provenance(out)
                self.assertEqual(facts["simd"], target)
                fuses = target in ("avx512", "avx2")
                self.assertEqual(facts["bit_class"] == "fma", fuses)
                got = (table_digest(out), cube_digest(out / "cube.nc"))
                self.assertEqual(classes.setdefault(facts["bit_class"], got), got, target)
        self.assertIn(len(classes), (1, 2))

    def test_sample_on_every_target(self):
        # All bits of the cube, so that a difference in the last one shows.
        self.compare_targets(small_sample() / "job.ini", "--set", "output.significant_bits=24", "--set",
                             "output.variables=ccsf,scsf,nep,ce,sink,balance,runoff,pco2,branch")

    def test_guizhou_on_every_target(self):
        if not have_data("china_counties_mapchina", "china_npp_pre_tem_10km"):
            self.skipTest("no real data")
        self.compare_targets(SOURCE / "jobs/examples/guizhou.ini", "--set", f"paths.data={DATA}",
                             "--set", "output.significant_bits=24")

    def test_bit_classes_do_not_mix(self):
        if "avx2" not in simd_targets():
            self.skipTest("no processor with FMA")
        with Folder() as work:
            job = (small_sample() / "job.ini", "--set", f"output.path={work / 'out'}")
            must("run", *job, simd="avx2")
            self.assertEqual(run("run", *job, simd=simd_targets()[0]).code, 0)
            refused = run("run", *job, simd="scalar")
            self.assertNotEqual(refused.code, 0)
            self.assertIn("bit class", refused.err)


if __name__ == "__main__":
    main()
