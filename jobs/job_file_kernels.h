// Which kernels a job runs, with which parameters: everything here follows from the kernels'
// declarations.
#pragma once

#include <string>
#include <vector>

#include "io/layer.h"
#include "jobs/job_file_settings.h"
#include "kernels/kernel.h"

namespace cnci::jobs {

/// The declared parameters, given ones in place of their defaults, presets resolved.
[[nodiscard]] kernels::Parameters build_parameters(Settings& settings);

/// The kernels that these layers ask for and suffice for, in the order of the registry. Layers that
/// are lacking, and a job without any key layer, become findings.
[[nodiscard]] std::vector<const kernels::Kernel*> choose_kernels(
    const std::vector<io::LayerSpec>& layers, const kernels::Parameters& parameters,
    Settings& settings);

/// The variables of the cube: those given, each an output of a kernel that runs; else every sink,
/// the emissions, and the total sink.
[[nodiscard]] std::vector<std::string> choose_variables(
    const std::vector<const kernels::Kernel*>& running, Settings& settings);

}  // namespace cnci::jobs
