"""The rules of CF-1.10 that concern a cube of cnci, checked with nothing of cnci: problems(path) lists
what breaks one, each under the rule's name. Standard names are those that a cube may use, with the units
of CF's table."""

import ctypes
import re

import numpy as np

STANDARD_NAMES = {
    "time": "s", "latitude": "degree_north", "longitude": "degree_east",
    "projection_x_coordinate": "m", "projection_y_coordinate": "m", "cell_area": "m2",
    "area_fraction": "1", "status_flag": "1",
    "tendency_of_atmosphere_mass_content_of_carbon_dioxide_due_to_emission": "kg m-2 s-1",
}
# Appendix E, less the ellipsoid, which every mapping may have.
MAPPING_PARAMETERS = {
    "latitude_longitude": [],
    "albers_conical_equal_area": ["standard_parallel", "longitude_of_central_meridian",
                                  "latitude_of_projection_origin", "false_easting", "false_northing"],
    "lambert_conformal_conic": ["standard_parallel", "longitude_of_central_meridian",
                                "latitude_of_projection_origin", "false_easting", "false_northing"],
    "lambert_azimuthal_equal_area": ["longitude_of_projection_origin",
                                     "latitude_of_projection_origin"],
    "lambert_cylindrical_equal_area": ["longitude_of_central_meridian"],
    "transverse_mercator": ["scale_factor_at_central_meridian", "longitude_of_central_meridian",
                            "latitude_of_projection_origin"],
    "sinusoidal": ["longitude_of_projection_origin"],
    "mercator": ["longitude_of_projection_origin"],
    "polar_stereographic": ["straight_vertical_longitude_from_pole", "latitude_of_projection_origin"],
}
CALENDARS = {"standard", "gregorian", "proleptic_gregorian", "julian", "noleap", "365_day", "all_leap",
             "366_day", "360_day", "none"}
METHODS = {"point", "sum", "maximum", "median", "mid_range", "minimum", "mean", "mode", "range",
           "standard_deviation", "variance"}
ROLES = {"timeseries_id", "profile_id", "trajectory_id"}
ROOT_ONLY = {"Conventions", "external_variables"}


class Udunits:
    """UDUNITS-2 itself."""

    def __init__(self):
        self.lib = ctypes.CDLL("libudunits2.so.0")
        for name in ("ut_read_xml", "ut_parse"):
            getattr(self.lib, name).restype = ctypes.c_void_p
        ignore = ctypes.cast(self.lib.ut_ignore, ctypes.c_void_p)
        self.lib.ut_set_error_message_handler.restype = ctypes.c_void_p
        self.lib.ut_set_error_message_handler(ignore)
        self.system = ctypes.c_void_p(self.lib.ut_read_xml(None))

    def parse(self, text):
        unit = self.lib.ut_parse(self.system, text.encode(), 2)  # UT_UTF8
        return ctypes.c_void_p(unit) if unit else None

    def convertible(self, a, b):
        a, b = self.parse(a), self.parse(b)
        return bool(a and b and self.lib.ut_are_convertible(a, b))


UDUNITS = Udunits()


def text_of(thing, name):
    value = thing.getncattr(name) if name in thing.ncattrs() else ""
    return value if isinstance(value, str) else ""


def lookup(group, name):
    """A variable as seen from a group: its own, or that of a group above."""
    while group is not None:
        if name in group.variables:
            return group.variables[name]
        group = group.parent
    return None


def walk(group):
    yield group
    for child in group.groups.values():
        yield from walk(child)


class Checker:
    def __init__(self, root):
        self.root = root
        self.found = []
        self.variables = [(g, v) for g in walk(root) for v in g.variables.values()]
        named = {"bounds": set(), "container": set()}
        for group, var in self.variables:
            for attribute, kind in (("bounds", "bounds"), ("grid_mapping", "container"),
                                    ("quantization", "container")):
                other = lookup(group, text_of(var, attribute))
                if other is not None:
                    named[kind].add((other.group().path, other.name))
        self.named = named

    def say(self, rule, var, what):
        name = var if isinstance(var, str) else f"{var.group().path}{var.name}"
        self.found.append(f"{rule}: {name}: {what}")

    def is_named(self, kind, var):
        return (var.group().path, var.name) in self.named[kind]

    @staticmethod
    def is_coordinate(var):
        return var.dimensions == (var.name,)

    def run(self):
        self.check_attributes_of_the_file()
        for group, var in self.variables:
            if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", var.name):
                self.say("names", var, "is no name of letters, digits and underscores")
            if self.is_named("bounds", var):
                continue
            if self.is_named("container", var):
                continue
            self.check_description(var)
            self.check_numbers(var)
            self.check_role(var)
            self.check_methods(group, var)
            self.check_references(group, var)
            if self.is_coordinate(var):
                self.check_coordinate(group, var)
        return self.found

    def check_attributes_of_the_file(self):
        if "CF-1.10" not in re.split("[ ,]+", text_of(self.root, "Conventions")):
            self.say("conventions", "/", "does not name CF-1.10")
        for name in ("title", "source", "history", "references"):
            if not text_of(self.root, name):
                self.say("provenance", "/", f"has no {name}")
        for group in walk(self.root):
            if group is not self.root and ROOT_ONLY & set(group.ncattrs()):
                self.say("groups", group.path, "has an attribute of the root group")

    def check_description(self, var):
        standard_name, units = text_of(var, "standard_name"), text_of(var, "units")
        if not standard_name and not text_of(var, "long_name"):
            self.say("described", var, "has neither a standard_name nor a long_name")
        is_index = var.dtype != str and var.dtype.kind == "i"
        if var.dtype != str and not is_index and not units:
            self.say("units", var, "has none")
        if units and UDUNITS.parse(units) is None:
            self.say("units", var, f"UDUNITS does not know {units!r}")
        if not standard_name:
            return
        if standard_name not in STANDARD_NAMES:
            self.say("standard_name", var, f"{standard_name!r} is not in the table")
        elif var.name != "time" and not UDUNITS.convertible(units, STANDARD_NAMES[standard_name]):
            self.say("standard_name", var, f"{units!r} is no unit of {standard_name}")

    def check_numbers(self, var):
        """Fill values, valid ranges and flags: of the variable's type, and true."""
        if var.dtype == str:
            return
        types = {n: np.asarray(var.getncattr(n)).dtype for n in var.ncattrs()
                 if n in ("_FillValue", "missing_value", "valid_min", "valid_max", "valid_range",
                          "flag_values")}
        for name, kind in types.items():
            if kind != var.dtype:
                self.say("types", var, f"{name} is {kind}, the values are {var.dtype}")
        values = np.asarray(var[...], dtype=float)
        values = values[~np.isnan(values)]
        least, most = -np.inf, np.inf
        if "valid_range" in types:
            least, most = var.valid_range
            if {"valid_min", "valid_max"} & set(types):
                self.say("valid_range", var, "stands beside valid_min or valid_max")
        least = getattr(var, "valid_min", least)
        most = getattr(var, "valid_max", most)
        if values.size and not (values.min() >= least and values.max() <= most):
            self.say("valid_range", var, f"holds {values.min()} to {values.max()}")
        if "flag_values" in types or text_of(var, "flag_meanings"):
            flags = np.atleast_1d(getattr(var, "flag_values", []))
            meanings = text_of(var, "flag_meanings").split()
            if len(flags) != len(meanings) or len(set(flags.tolist())) != len(flags):
                self.say("flags", var, f"{len(flags)} values, {len(meanings)} meanings")
            if not set(np.unique(values)) <= set(flags.astype(float)):
                self.say("flags", var, "holds a value without a meaning")

    def check_role(self, var):
        role = text_of(var, "cf_role")
        if not role:
            return
        if role not in ROLES:
            self.say("cf_role", var, f"{role!r} is none")
        if len(np.unique(var[...])) != var.size:
            self.say("cf_role", var, "does not tell its features apart")

    def check_methods(self, group, var):
        text = text_of(var, "cell_methods")
        # Every cell of the data stands for an area and a year, so that it must say how.
        if not text:
            if len(var.dimensions) == 3:
                self.say("cell_methods", var, "has none")
            return
        if not re.fullmatch(r"(\w+: )+\w+( (\w+: )+\w+)*", text):
            self.say("cell_methods", var, f"{text!r} is not NAME: METHOD")
            return
        for word in text.split():
            name = word.rstrip(":")
            known = name in METHODS
            if word.endswith(":"):
                known = name == "area" or name in var.dimensions or name in STANDARD_NAMES
            if not known:
                self.say("cell_methods", var, f"{name!r} is not known")

    def check_references(self, group, var):
        """What a variable names must be there, over dimensions of its own."""
        mapping = text_of(var, "grid_mapping")
        if mapping:
            self.check_mapping(var, lookup(group, mapping))
        elif len(var.dimensions) == 3:
            self.say("grid_mapping", var, "has none")
        measures = text_of(var, "cell_measures")
        if measures:
            found = re.fullmatch(r"area: (\w+)", measures)
            measure = lookup(group, found.group(1)) if found else None
            if measure is None or not set(measure.dimensions) <= set(var.dimensions):
                self.say("cell_measures", var, f"{measures!r} names no variable of its cells")
            elif not UDUNITS.convertible(text_of(measure, "units"), "m2"):
                self.say("cell_measures", measure, "is no area")
        for name in text_of(var, "coordinates").split():
            other = lookup(group, name)
            if other is None or not set(other.dimensions) <= set(var.dimensions):
                self.say("coordinates", var, f"{name} is no coordinate of it")
        # T, Y, X, each with a coordinate variable.
        letters = [text_of(lookup(group, d), "axis") if lookup(group, d) is not None else ""
                   for d in var.dimensions]
        if len(letters) == 3 and letters != ["T", "Y", "X"]:
            self.say("dimensions", var, f"run over {var.dimensions}, not over time, y and x")

    def check_mapping(self, var, mapping):
        if mapping is None:
            self.say("grid_mapping", var, "names no variable")
            return
        name = text_of(mapping, "grid_mapping_name")
        missing = [p for p in MAPPING_PARAMETERS.get(name, ["grid_mapping_name"])
                   if p not in mapping.ncattrs()]
        if name not in MAPPING_PARAMETERS or missing:
            self.say("grid_mapping", mapping, f"{name!r} lacks {missing}")
        if not text_of(mapping, "crs_wkt").startswith(("GEOGCRS[", "PROJCRS[")):
            self.say("grid_mapping", mapping, "crs_wkt is no WKT 2")

    def check_coordinate(self, group, var):
        values = np.asarray(var[...], dtype=float)
        step = np.diff(values)
        if np.isnan(values).any() or not (np.all(step > 0) or np.all(step < 0)):
            self.say("coordinate", var, "does not run one way")
        if {"_FillValue", "missing_value"} & set(var.ncattrs()):
            self.say("coordinate", var, "may be missing")
        if text_of(var, "axis") == "T":
            units, calendar = text_of(var, "units"), text_of(var, "calendar")
            if not re.fullmatch(r"(days|hours|seconds) since \d{4}-\d{2}-\d{2}.*", units):
                self.say("time", var, f"{units!r} is no time since a day")
            if calendar not in CALENDARS:
                self.say("time", var, f"{calendar!r} is no calendar")
        if not text_of(var, "axis"):
            return
        bounds = lookup(group, text_of(var, "bounds"))
        if bounds is None or bounds.shape != (var.size, 2):
            self.say("bounds", var, "names no bounds of its own size")
            return
        edges = np.sort(np.asarray(bounds[...], dtype=float), axis=1)
        if not (np.all(edges[:, 0] < values) and np.all(values < edges[:, 1])):
            self.say("bounds", var, "lies outside its bounds")
        if set(bounds.ncattrs()) & {"units", "standard_name", "_FillValue"}:
            self.say("bounds", bounds, "repeats what its coordinate says, or may be missing")


def problems(path):
    import netCDF4

    with netCDF4.Dataset(path) as root:
        root.set_auto_mask(False)
        return Checker(root).run()
