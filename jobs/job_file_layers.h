// The layers of a job: every `layer.NAME.*` key as an io::LayerSpec, with what its consumer expects
// (a kernel's declaration, or a sum by zone).
#pragma once

#include <vector>

#include "io/layer.h"
#include "jobs/job_file_settings.h"
#include "kernels/kernel.h"

namespace cnci::jobs {

/// Layers by name; what is wrong with them becomes findings of `settings`.
[[nodiscard]] std::vector<io::LayerSpec> build_layers(Settings& settings);

/// Rules that need all layers and parameters: layers that exclude each other, layers that
/// `distribute` names, months where months are needed.
void check_layers(const std::vector<io::LayerSpec>& layers, const kernels::Parameters& parameters,
                  Settings& settings);

}  // namespace cnci::jobs
