#include "jobs/kernels_command.h"

#include <iostream>
#include <string>
#include <vector>

#include "jobs/command_line.h"
#include "jobs/keys_nearest.h"
#include "kernels/describe.h"
#include "kernels/registry.h"

namespace cnci::jobs {

int kernels_command(const KernelsOptions& options) {
  if (!options.name.empty()) {
    const kernels::Kernel* kernel = kernels::find_kernel(options.name);
    if (kernel == nullptr) {
      std::vector<std::string> names;
      for (const auto& known : kernels::registry()) names.emplace_back(known.name);
      throw UsageError("no kernel is called '" + options.name + "'" +
                       did_you_mean(options.name, names) + " (kernels: " + joined(names) + ")");
    }
    std::cout << kernels::describe(*kernel);
    return 0;
  }
  bool first = true;
  for (const auto& kernel : kernels::registry()) {
    std::cout << (first ? "" : "\n") << kernels::describe(kernel);
    first = false;
  }
  return 0;
}

}  // namespace cnci::jobs
