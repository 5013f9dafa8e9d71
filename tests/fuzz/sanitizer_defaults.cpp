// What the sanitizers of the fuzz targets are told, so that a target is run without environment.

extern "C" const char* __asan_default_options();
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __ubsan_default_options();

// Freed memory is kept back for a while only: thousands of inputs a second would fill the limit.
const char* __asan_default_options() { return "quarantine_size_mb=16:malloc_context_size=8"; }

// What these libraries allocate themselves and lose: GEOS' overlay where it gives up on an invalid
// polygon, UDUNITS' parser on a bad unit, caches of GDAL and PROJ.
const char* __lsan_default_suppressions() {
  return "leak:libgeos\nleak:libudunits2\nleak:libgdal\nleak:libproj\n";
}

const char* __ubsan_default_options() { return "print_stacktrace=1"; }
