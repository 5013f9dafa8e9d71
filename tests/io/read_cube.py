"""What other people's readers see in a cube: prints one JSON object.

Usage: read_cube.py FILE [READER]    READER: h5py, netCDF4, xarray or all (default)
A reader that is not installed is reported as null.
"""
import importlib
import json
import math
import sys


def plain(value):
    """Numbers, texts and arrays as JSON can hold them; NaN becomes null."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, (int, float, str, bool)) or value is None:
        return value
    return str(value)


def read_h5py(h5py, path):
    variables = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            variables[name] = {
                "shape": list(item.shape),
                "dtype": str(item.dtype),
                "chunks": plain(item.chunks),
                "compression": item.compression,
                "level": plain(item.compression_opts),
                "shuffle": bool(item.shuffle),
                "dims": [[s.name.strip("/") for s in d.values()] for d in item.dims],
                "data": plain(item[()]) if item.size and item.size < 10000 else None,
            }

    with h5py.File(path, "r") as f:
        attributes = {k: plain(v) for k, v in f.attrs.items()}
        f.visititems(visit)
    return {"attributes": attributes, "variables": variables}


def read_netcdf4(netcdf4, path):
    def group(g):
        return {
            "dimensions": {name: len(d) for name, d in g.dimensions.items()},
            "variables": {
                name: {
                    "dims": list(v.dimensions),
                    "dtype": str(v.dtype),
                    "attributes": {k: plain(v.getncattr(k)) for k in v.ncattrs()},
                    "data": plain(v[...].filled(math.nan) if hasattr(v[...], "filled") and v.dtype != str
                                  and v.dtype.kind == "f" else v[...]) if v.size < 10000 else None,
                }
                for name, v in g.variables.items()
            },
            "groups": {name: group(sub) for name, sub in g.groups.items()},
            "attributes": {k: plain(g.getncattr(k)) for k in g.ncattrs()},
        }

    with netcdf4.Dataset(path) as f:
        return group(f)


def read_xarray(xarray, path):
    out = {}
    with xarray.open_dataset(path, engine="netcdf4") as ds:
        out["dims"] = {k: int(v) for k, v in ds.sizes.items()}
        out["coords"] = sorted(map(str, ds.coords))
        out["years"] = plain(ds["time"].dt.year.values)
        out["fields"] = [str(name) for name, v in ds.data_vars.items() if v.ndim == 3]
        out["means"] = {name: plain(ds[name].mean(skipna=True).values) for name in out["fields"]}
    with xarray.open_dataset(path, engine="netcdf4", group="zones") as ds:
        out["zones"] = {
            str(name): {"dims": list(v.dims), "data": plain(v.values)} for name, v in ds.variables.items()
        }
    return out


READERS = {"h5py": read_h5py, "netCDF4": read_netcdf4, "xarray": read_xarray}


def main():
    path = sys.argv[1]
    wanted = sys.argv[2] if len(sys.argv) > 2 else "all"
    out = {}
    for name, read in READERS.items():
        if wanted not in ("all", name):
            continue
        try:
            module = importlib.import_module(name)
        except ImportError:
            out[name] = None
            continue
        out[name] = read(module, path)
    json.dump(out, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
