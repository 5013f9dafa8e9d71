// The text files of the synthetic sample: population and GDP tables, the job file, and the README
// that says what the folder is.
#pragma once

#include <string>

#include "jobs/sample_fields.h"
#include "jobs/sample_size.h"
#include "jobs/sample_zones.h"

namespace cnci::jobs {

/// CODE, NAME, POPU; whole persons that add up to size.population.
[[nodiscard]] std::string sample_population_csv(const SampleSize& size, const SampleZones& zones,
                                                const SampleFields& fields);
/// CODE, YEAR, GDP_USD for 2018 and 2019; whole dollars that add up to size.gdp_usd in 2019.
[[nodiscard]] std::string sample_gdp_csv(const SampleSize& size, const SampleZones& zones,
                                         const SampleFields& fields);
[[nodiscard]] std::string sample_job_ini(const SampleSize& size);
[[nodiscard]] std::string sample_readme(const SampleSize& size);
/// The line of the README that marks a folder as a sample of this size.
[[nodiscard]] std::string sample_mark(const SampleSize& size);

}  // namespace cnci::jobs
