// `cnci help man`: the man page in roff, made of the same declarations as the help.
#pragma once

#include <string>

namespace cnci::jobs {

[[nodiscard]] std::string man_page();

}  // namespace cnci::jobs
