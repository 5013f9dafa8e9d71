// Installing a handler for a signal; calls that it interrupts go on.
#pragma once

namespace cnci::jobs {

/// Throws engine::Error where that is not possible.
void install_signal_handler(int signal, void (*handler)(int));

}  // namespace cnci::jobs
