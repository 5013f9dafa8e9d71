// `cnci help completion`: a completion script for bash, made of the declarations of commands,
// flags, keys, layers and kernels.
#pragma once

#include <string>

namespace cnci::jobs {

[[nodiscard]] std::string bash_completion();

}  // namespace cnci::jobs
