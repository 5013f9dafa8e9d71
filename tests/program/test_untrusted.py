#!/usr/bin/python3
"""Hostile inputs: no connection is made, no code is run, nothing hangs, nothing fills the memory."""

import os
import resource
import socket
import subprocess
import threading
import unittest

from support import CNCI, MPI_ENV, Folder, main, must, run, small_sample


class Listener:
    """A port of this machine that counts who connects."""

    def __enter__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.connections = 0
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        return self

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()


def vrt(path, source, band="", size=2):
    path.write_text(
        f'<VRTDataset rasterXSize="{size}" rasterYSize="{size}"><SRS>EPSG:4326</SRS>'
        "<GeoTransform>100, 5, 0, 30, 0, -5</GeoTransform>"
        f'<VRTRasterBand dataType="Float64" band="1" {band}><UnitType>degC</UnitType>{source}'
        "</VRTRasterBand></VRTDataset>", encoding="utf-8")
    return path


def simple(name):
    return (f'<SimpleSource><SourceFilename relativeToVRT="1">{name}</SourceFilename>'
            "<SourceBand>1</SourceBand></SimpleSource>")


class Untrusted(unittest.TestCase):
    """Each test puts something hostile in the place of one input of the small sample."""

    def setUp(self):
        self.folder = Folder()
        self.work = self.folder.__enter__()
        self.job = small_sample() / "job.ini"

    def tearDown(self):
        self.folder.__exit__()

    def refused(self, key, value, *words, env=None):
        """check and run refuse within a minute and 6 GB, on one line, and write nothing."""
        def bound():
            if "address" not in os.environ.get("CNCI_SANITIZE", ""):  # it maps terabytes of addresses
                resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))

        out = self.work / "out"
        for command in ("check", "run"):
            done = subprocess.run(
                [CNCI, command, str(self.job), "--set", f"{key}={value}", "--set",
                 f"output.path={out}"],
                env=dict(os.environ, **MPI_ENV, **(env or {})), capture_output=True, text=True,
                timeout=60, check=False, preexec_fn=bound)
            self.assertIn(done.returncode, (1, 2), done.stderr)
            found = [line for line in done.stderr.splitlines()
                     if all(word in line for word in words)]
            self.assertTrue(found, f"no line of '{command}' has {words}: {done.stderr}")
            self.assertFalse((out / "run.json").exists())

    def test_no_path_makes_a_connection(self):
        with Listener() as listener:
            at = f"127.0.0.1:{listener.port}"
            for value in (f"/vsicurl/http://{at}/a.tif", f"/vsizip//vsicurl/http://{at}/a.zip/a.tif",
                          f"/vsis3/{at}/a.tif", f"http://{at}/a.tif", f"WMS:http://{at}/",
                          f'NETCDF:"http://{at}/a.nc":v'):
                self.refused("layer.temperature.path", value, "layer.temperature")
            for value in (f"/vsicurl/http://{at}/a.gpkg", f"http://{at}/a.geojson",
                          f"PG:host=127.0.0.1 port={listener.port}", f"WFS:http://{at}/"):
                self.refused("zones.path", value, "zones")
            self.assertEqual(listener.connections, 0)

    def test_no_file_makes_a_connection(self):
        with Listener() as listener:
            at = f"127.0.0.1:{listener.port}"
            for name in (f"/vsicurl/http://{at}/a.tif", f"http://{at}/a.tif",
                         f'NETCDF:"http://{at}/a.nc":v', f"WMS:http://{at}/"):
                source = vrt(self.work / "a.vrt", simple(name.replace('"', "&quot;")))
                self.refused("layer.temperature.path", source, "layer.temperature", "a.vrt",
                             "only files of this machine")
            wms = self.work / "a.tif"
            wms.write_text(f"<GDAL_WMS><Service name='TMS'><ServerUrl>http://{at}/${{z}}</ServerUrl>"
                           "</Service></GDAL_WMS>", encoding="utf-8")
            self.refused("layer.temperature.path", wms, "layer.temperature", "a.tif")
            ogr = self.work / "zones.vrt"
            ogr.write_text(f"<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>http://{at}/a"
                           "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>", encoding="utf-8")
            self.refused("zones.path", ogr, "zones.vrt")
            self.assertEqual(listener.connections, 0)

    def test_code_in_a_vrt_is_not_run_even_where_the_environment_allows_it(self):
        mark = self.work / "mark"
        code = ("<PixelFunctionType>f</PixelFunctionType>"
                "<PixelFunctionLanguage>Python</PixelFunctionLanguage><PixelFunctionCode><![CDATA[\n"
                f"open({str(mark)!r}, 'w').close()\n"
                "def f(in_ar, out_ar, *args, **kwargs):\n    out_ar[:] = 7\n]]></PixelFunctionCode>")
        source = vrt(self.work / "a.vrt", code, 'subClass="VRTDerivedRasterBand"')
        self.refused("layer.temperature.path", source, "layer.temperature", "a.vrt", "Python",
                     env={"GDAL_VRT_ENABLE_PYTHON": "YES"})
        self.assertFalse(mark.exists())

    def test_nothing_waits_for_a_pipe(self):
        pipe = self.work / "a.tif"
        os.mkfifo(pipe)
        self.refused("layer.temperature.path", pipe, "layer.temperature", "is a pipe")
        self.refused("zones.path", pipe, "is a pipe")
        self.refused("layer.temperature.path", vrt(self.work / "a.vrt", simple("a.tif")),
                     "layer.temperature", "is a pipe")

    def test_absurd_sizes_are_said_with_their_bound(self):
        huge = vrt(self.work / "a.vrt", "", size=2147483647)
        self.refused("layer.temperature.path", huge, "layer.temperature", "pixels are more than")
        table = self.work / "legend.csv"
        table.write_text("code,class\n6,sc\n", encoding="utf-8")
        os.truncate(table, 1 << 40)
        self.refused("layer.lithology.legend", table, "legend.csv", "at most 1024 MB")

    def test_a_vrt_of_local_files_is_an_input_and_its_sources_are_of_the_job(self):
        tiff = self.work / "t.tif"
        tiff.write_bytes((small_sample() / "temperature.tif").read_bytes())
        source = self.work / "t.vrt"
        subprocess.run(["gdalbuildvrt", "-q", source, tiff], check=True)
        args = ("run", self.job, "--set", f"layer.temperature.path={source}", "--set",
                f"output.path={self.work / 'out'}", "--set", "years=2019")
        must(*args)
        self.assertIn("complete", must(*args).err)
        os.utime(tiff, (1, 1))
        changed = run(*args)
        self.assertEqual(changed.code, 1, changed)
        self.assertIn("t.tif", changed.err)


if __name__ == "__main__":
    main()
