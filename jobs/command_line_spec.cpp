#include "jobs/command_line_spec.h"

#include <algorithm>
#include <boost/program_options/value_semantic.hpp>

#include "jobs/keys_values.h"

namespace cnci::jobs {

namespace po = boost::program_options;

namespace {

void add_table_flags(po::options_description& flags) {
  auto add = flags.add_options();
  add("format", po::value<std::string>()->value_name("table|csv|json"), "form (table)");
  add("unit", po::value<std::string>()->value_name("auto|t|1e4t|Tg"),
      "unit of masses in a table; csv and json are in t always (auto: by the largest)");
}

}  // namespace

const std::vector<CommandSpec>& command_specs() {
  static const std::vector<CommandSpec> specs = {
      {"run", "run JOB [--set KEY=VALUE]... [flags]",
       "Computes a job: cube, tables, provenance. Alone or under mpirun; the same command (without "
       "--fresh) resumes "
       "a\n"
       "run that was stopped.",
       "mpirun -n 4 cnci run jobs/guizhou.ini --set years=2010-2013 --threads 2", "job", 1, 1},
      {"check", "check JOB [--set KEY=VALUE]... [flags]",
       "Opens every input of a job and prints grid, layers, zones, what is wrong, and a forecast "
       "of\n"
       "memory, disk and time. Exit 0 where the job can run, else 1.",
       "cnci check jobs/guizhou.ini --memory 4000", "job", 1, 1},
      {"zones", "zones OUT [flags]", "Prints the zone table of a finished run.",
       "cnci zones out/guizhou --level county --sort cnci --top 10", "out", 1, 1},
      {"report", "report OUT [flags]",
       "Writes report.html: maps, charts and tables of a run on one page that needs no network.",
       "cnci report out/guizhou", "out", 1, 1},
      {"compare", "compare OUT1 OUT2... [flags]",
       "Prints the same columns of several outputs side by side by zone code, with differences "
       "from\n"
       "the first and ratios to it: another year, scenario or inventory. In place of a folder may\n"
       "stand a CSV: one like zones.csv, or published figures, a row each (code, level, year, "
       "column,\n"
       "value, unit, group, source, note), such as jobs/examples/published.csv; then it is also "
       "said\n"
       "which of them do not add up.",
       "cnci compare out/guizhou-2013 jobs/examples/published.csv --level province", "side", 2, -1},
      {"join", "join OUT... --into OUT", "Makes one output of years that were computed apart.",
       "cnci join out/2010 out/2011 out/2012 --into out/2010-2012", "out", 1, -1},
      {"export", "export OUT --variable V [flags]",
       "Writes one variable of one year of a finished run's cube as a GeoTIFF: float32, NaN where "
       "there\nis no value, the cube's own bits.",
       "cnci export out/guizhou --variable sink --format cog", "out", 1, 1},
      {"sample", "sample DIR [--size small|province|national|global]",
       "Writes a complete synthetic input set and its job file.",
       "cnci sample sample --size province", "dir", 1, 1},
      {"kernels", "kernels [NAME]",
       "Prints every kernel's declaration: equation, inputs, parameters, outputs, sources.",
       "cnci kernels carbonate", "name", 0, 1},
      {"help", "help [COMMAND|job|completion|man]",
       "Explains a command, or every key of the job file; prints a completion script for bash, or\n"
       "the man page.",
       "source <(cnci help completion)", "topic", 0, 1},
  };
  return specs;
}

const CommandSpec* find_command(std::string_view name) {
  const auto& specs = command_specs();
  const auto it = std::find_if(specs.begin(), specs.end(),
                               [&](const CommandSpec& spec) { return spec.name == name; });
  return it == specs.end() ? nullptr : &*it;
}

const std::vector<std::string>& help_topics() {
  static const std::vector<std::string> topics = {"job", "completion", "man"};
  return topics;
}

std::string flag_value(const po::option_description& flag) {
  return flag.semantic()->max_tokens() == 0 ? std::string{} : flag.format_parameter();
}

std::vector<std::string> flag_choices(const po::option_description& flag) {
  const std::string value = flag_value(flag);
  return value.find('|') == std::string::npos ? std::vector<std::string>{} : split(value, '|');
}

po::options_description command_flags(std::string_view name) {
  po::options_description flags("Flags", 96);
  auto add = flags.add_options();
  if (name == "run" || name == "check") {
    add("set", po::value<std::vector<std::string>>()->composing()->value_name("KEY=VALUE"),
        "overrides a key of the job file; any number of times");
    add("threads", po::value<std::string>()->value_name("N"), "computing threads a rank (1)");
    add("memory", po::value<std::string>()->value_name("MB"), "most memory a rank may take");
    add("hash-inputs",
        "compares the content of inputs too, not only path, size and time, before tiles of an "
        "earlier run are used");
  }
  if (name == "run") {
    add("fresh", "starts over where an earlier run was stopped or differs");
    add("fresh-once", po::value<std::string>()->value_name("NAME"),
        "as --fresh, unless this job was begun here under that name already: for a command that "
        "is repeated until it is done, as under SLURM");
    add("patience", po::value<std::string>()->value_name("SECONDS"),
        "what running tiles get to finish after a stop signal before they are given up (90)");
    add("keep-tiles", "keeps the tile store when the run is complete");
    add("quiet", "warnings and errors only");
    add("no-report", "no report.html; `cnci report` can write it later");
    add("progress", po::value<std::string>()->value_name("tiles|ranks"),
        "with ranks, a line per rank every 10 s: host, tiles, Mcell/s, the tile it has held "
        "longest "
        "(tiles); SIGUSR2 asks for that once");
    add("log-json", po::value<std::string>()->value_name("FILE"),
        "writes one JSON object a line beside the messages");
  } else if (name == "zones") {
    add("level", po::value<std::string>()->value_name("L"), "level of the zones (the leaf level)");
    add("sort", po::value<std::string>()->value_name("COLUMN"),
        "by a column of zones.csv, largest first; `cnci` is cnci_pct, `sink` is sink_t (by code)");
    add("top", po::value<std::string>()->value_name("N"), "only the first N");
    add("bottom", po::value<std::string>()->value_name("N"),
        "only the last N that have a value; with --top both ends");
    add("year", po::value<std::string>()->value_name("Y"), "year (the latest)");
    add_table_flags(flags);
  } else if (name == "report") {
    add("into", po::value<std::string>()->value_name("FILE"), "the page (report.html in OUT)");
    add("threads", po::value<std::string>()->value_name("N"), "threads that read the cube (1)");
  } else if (name == "compare") {
    add("level", po::value<std::string>()->value_name("L"),
        "level of the zones (the leaf level; with published figures all levels that they name)");
    add("year", po::value<std::string>()->value_name("Y[,Y...]"),
        "the year of all, or of each one in their order (the latest that all have, else of each "
        "the latest)");
    add("columns", po::value<std::string>()->value_name("C[,C...]"),
        "columns of zones.csv, or shares of two: ccs_t/sink_t, ccs_t/province.ccs_t (the main ones "
        "in a table, those published, else all)");
    add("sort", po::value<std::string>()->value_name("code|difference|ratio"),
        "order of the zones of a column: by code, the largest difference of any sign first, or the "
        "largest ratio first, between the first two (code)");
    add("top", po::value<std::string>()->value_name("N"), "only the first N of every column");
    add("page", po::value<std::string>()->value_name("FILE"),
        "writes a page too, with a table to sort and search, and a chart");
    add_table_flags(flags);
  } else if (name == "join") {
    add("into", po::value<std::string>()->value_name("OUT"), "folder of the joined output");
  } else if (name == "export") {
    add("variable", po::value<std::string>()->value_name("V"), "variable of the cube, as `sink`");
    add("year", po::value<std::string>()->value_name("Y"), "year (the latest)");
    add("format", po::value<std::string>()->value_name("cog|gtiff"),
        "cog, a cloud-optimised GeoTIFF with overviews, or gtiff, a plain one (cog)");
    add("into", po::value<std::string>()->value_name("FILE"), "file to write (OUT/V_Y.tif)");
    add("force", "replaces a file of that name");
  } else if (name == "sample") {
    add("size", po::value<std::string>()->value_name("small|province|national|global"),
        "how large (small)");
  }
  add("help,h", "this text");
  return flags;
}

}  // namespace cnci::jobs
