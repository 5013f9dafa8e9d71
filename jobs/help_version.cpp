#include <fmt/format.h>
#include <gdal.h>
#include <hdf5.h>
#include <libdeflate.h>
#include <mpi.h>
#include <ogr_srs_api.h>

#include <algorithm>
#include <array>
#include <boost/version.hpp>

#include "jobs/help.h"
#include "kernels/simd.h"

#ifndef CNCI_VERSION
#define CNCI_VERSION "0.1.0-dev"
#endif

namespace cnci::jobs {
namespace {

std::string hdf5_version() {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  if (H5get_libversion(&major, &minor, &release) < 0) return "unknown";
  return fmt::format("{}.{}.{}", major, minor, release);
}

/// The first words of the library's own line: "Open MPI v4.1.4".
std::string mpi_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  if (MPI_Get_library_version(text.data(), &length) != MPI_SUCCESS) return "unknown";
  const std::string line(text.data(), static_cast<std::size_t>(std::max(length, 0)));
  const std::string first = line.substr(0, line.find(','));
  constexpr std::string_view kName = "Open MPI v";
  return first.rfind(kName, 0) == 0 ? first.substr(kName.size()) : first;
}

std::string proj_version() {
  int major = 0;
  int minor = 0;
  int patch = 0;
  OSRGetPROJVersion(&major, &minor, &patch);
  return fmt::format("{}.{}.{}", major, minor, patch);
}

}  // namespace

std::string program_version() { return CNCI_VERSION; }

std::vector<std::pair<std::string, std::string>> library_versions() {
  std::vector<std::pair<std::string, std::string>> versions = {
      {"GDAL", GDALVersionInfo("RELEASE_NAME")},
      {"PROJ", proj_version()},
      {"HDF5", hdf5_version()},
      {"Open MPI", mpi_version()},
      {"Boost", fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000,
                            BOOST_VERSION % 100)},
      {"libdeflate", LIBDEFLATE_VERSION_STRING},
  };
// UDUNITS-2 carries its version in its package only.
#ifdef CNCI_UDUNITS_VERSION
  versions.emplace_back("UDUNITS", CNCI_UDUNITS_VERSION);
#endif
  return versions;
}

std::string bit_class() {
  // libm picks its variants of exp and log by the processor, whatever our own functions use.
#if defined(__x86_64__)
  const bool libm_fuses = __builtin_cpu_supports("fma") != 0;
#else
  const bool libm_fuses = true;
#endif
  if (kernels::simd_target_fuses()) return "fma";
  return libm_fuses ? "nofma kernels" : "nofma";
}

std::string version_text() {
  std::string text = fmt::format("cnci {}\n", program_version());
  for (const auto& [name, version] : library_versions()) {
    text += fmt::format("  {:<11} {}\n", name, version);
  }
  std::string targets;
  for (const std::string_view name : kernels::simd_targets()) {
    targets += (targets.empty() ? "" : ", ") + std::string(name);
  }
  return text + fmt::format("  {:<11} {} (of {})\n  {:<11} {}\n", "SIMD target",
                            kernels::simd_target(), targets, "bit class", bit_class());
}

}  // namespace cnci::jobs
