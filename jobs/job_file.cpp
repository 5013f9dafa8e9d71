#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/error.h"
#include "jobs/job.h"
#include "jobs/job_file_kernels.h"
#include "jobs/job_file_layers.h"
#include "jobs/job_file_parts.h"
#include "jobs/job_file_settings.h"
#include "jobs/job_file_text.h"
#include "jobs/keys_values.h"

namespace cnci::jobs {
namespace {

std::string message(const std::string& file, const std::vector<JobFinding>& findings) {
  std::string text;
  for (const JobFinding& finding : findings) {
    if (!text.empty()) text += '\n';
    text += file + ":";
    if (finding.line > 0) text += std::to_string(finding.line) + ":";
    text += " " + (finding.key.empty() ? "" : finding.key + ": ") + finding.text;
  }
  return text;
}

constexpr std::size_t kLongestJobFile = std::size_t{1} << 20;

std::vector<int> build_years(Settings& settings) {
  if (!settings.mentioned("years")) {
    settings.fail("years", "is absent; the years to compute, as in 2019 or 2000-2019");
  }
  const auto text = settings.given("years");
  return text ? parse_years(*text) : std::vector<int>{};
}

std::string build_name(const std::string& file, Settings& settings) {
  std::string name = settings.text("name");
  if (name.empty()) name = std::filesystem::path(file).stem().string();
  settings.set_effective("name", name);
  return name;
}

}  // namespace

JobError::JobError(const std::string& file, std::vector<JobFinding> findings)
    : std::runtime_error(message(file, findings)), findings_(std::move(findings)) {}

Job read_job(const std::string& file, const std::string& text,
             const std::vector<KeyOverride>& overrides, const std::string& current_folder) {
  const std::string folder =
      (std::filesystem::path(current_folder) / file).lexically_normal().parent_path().string();
  Settings settings(split_job_file(text), overrides, folder, current_folder);
  Job job;
  job.name = build_name(file, settings);
  job.years = build_years(settings);
  job.grid = build_grid(settings);
  job.zones = build_zones(settings);
  job.layers = build_layers(settings);
  job.parameters = build_parameters(settings);
  job.tables = build_tables(job.zones, settings);
  job.output = build_output(settings);
  job.report = parse_flag(settings.text("report.enabled"));
  job.profile_step_deg = parse_number(settings.text("profile.step"));
  check_layers(job.layers, job.parameters, settings);
  const auto kernels = choose_kernels(job.layers, job.parameters, settings);
  job.output.variables = choose_variables(kernels, settings);
  if (auto findings = settings.findings(); !findings.empty()) {
    throw JobError(file, std::move(findings));
  }
  job.effective = settings.effective();
  return job;
}

std::string read_job_text(const std::string& file) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    throw engine::Error(file + ": is no file; name a job file");  // to open a pipe would hang
  }
  std::ifstream in(file, std::ios::binary);
  std::string text(kLongestJobFile + 1, '\0');
  if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in && !in.eof()) {
    throw engine::Error(file + ": the job file cannot be read; is the name right?");
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kLongestJobFile) {
    throw engine::Error(file + ": is longer than a megabyte; name a job file");
  }
  return text;
}

Job load_job(const std::string& file, const std::vector<KeyOverride>& overrides) {
  return read_job(file, read_job_text(file), overrides, std::filesystem::current_path().string());
}

}  // namespace cnci::jobs
