#include "jobs/signal_handler.h"

#include <csignal>

#include "engine/error.h"

namespace cnci::jobs {

void install_signal_handler(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  if (sigaction(signal, &action, nullptr) != 0) {
    throw engine::Error("cannot install a signal handler");
  }
}

}  // namespace cnci::jobs
