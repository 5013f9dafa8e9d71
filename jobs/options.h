// What a command of the program is asked to do: plain values, filled in by the command line.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "jobs/job.h"
#include "jobs/mass_unit.h"
#include "jobs/sample.h"

namespace cnci::jobs {

/// A job file with its `--set section.key=value` overrides.
struct JobArguments {
  std::string job_file;
  std::vector<KeyOverride> overrides;
};

struct RunOptions {
  JobArguments job;
  std::string command;             ///< what was typed, without --fresh: to say how to go on
  std::string command_from_start;  ///< what was typed: where nothing has been begun
  bool fresh = false;
  std::string fresh_once;     ///< as fresh, unless this job was begun under that name already
  bool hash_inputs = false;   ///< the identity holds the inputs' content hashes
  int patience_seconds = 90;  ///< what running tiles get to finish after a stop signal
  bool keep_tiles = false;
  bool quiet = false;
  bool shows_ranks = false;  ///< a line per rank, now and then
  int threads = 1;
  std::size_t memory_mb = 0;  ///< 0: no limit given
  std::string log_json;       ///< empty: no such log
  bool no_report = false;
};

struct CheckOptions {
  JobArguments job;
  bool hash_inputs = false;
  std::size_t memory_mb = 0;
  int threads = 1;
};

enum class TableFormat { kTable, kCsv, kJson };

struct ZonesOptions {
  std::string output = {};  ///< folder of a finished run
  std::string level = {};   ///< empty: the leaf level
  std::string sort = {};    ///< column; empty: by code
  std::optional<std::size_t> top = {};
  std::optional<std::size_t> bottom = {};
  std::optional<int> year = {};  ///< absent: the latest
  TableFormat format = TableFormat::kTable;
  MassUnit mass = MassUnit::kAuto;  ///< of the table; csv and json are in t
};

struct CompareOptions {
  std::vector<std::string> sides = {};  ///< output folders or CSV files; the first is compared with
  std::string level = {};               ///< empty: all that published figures name, else the leaves
  std::vector<int> years = {};          ///< one for all, or one for each; empty: found out
  std::vector<std::string> columns = {};  ///< empty: the main ones
  std::string sort = {};                  ///< difference, ratio or code; empty: by code
  std::optional<std::size_t> top = {};    ///< of every column
  TableFormat format = TableFormat::kTable;
  MassUnit mass = MassUnit::kAuto;
  std::string page = {};  ///< file of a page; empty: none
};

struct ReportOptions {
  std::string output;  ///< folder of a run
  std::string into;    ///< file; empty: report.html in that folder
  int threads = 1;
};

struct JoinOptions {
  std::vector<std::string> parts;
  std::string into;
};

enum class RasterFormat { kCog, kGTiff };

struct ExportOptions {
  std::string output = {};  ///< folder of a finished run
  std::string variable = {};
  std::optional<int> year = {};  ///< absent: the latest
  RasterFormat format = RasterFormat::kCog;
  std::string into = {};  ///< empty: OUTPUT/VARIABLE_YEAR.tif
  bool force = false;     ///< a file of that name is replaced
};

struct KernelsOptions {
  std::string name;  ///< empty: all
};

struct HelpOptions {
  std::string topic;  ///< command; `job` for the keys; empty: the overview
};

struct VersionOptions {};

}  // namespace cnci::jobs
