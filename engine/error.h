// The one exception of the engine and of file access: a message for the person who runs the job. It
// names the object (file, layer, key, tile), what is wrong with it, and what to do.
#pragma once

#include <stdexcept>
#include <string>

namespace cnci::engine {

class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message) : std::runtime_error(message) {}
};

/// What fails one tile and would fail all others as well: the disk is full, an input has changed.
class HopelessError : public Error {
 public:
  using Error::Error;
};

/// The system has not let a file be opened or read (permissions, locks, a failing disk): what it
/// holds may well be sound.
class AccessError : public Error {
 public:
  using Error::Error;
};

/// One thing found wrong (or worth knowing) about a job before the first tile.
struct Finding {
  enum class Severity { kError, kWarning, kNote };
  Severity severity = Severity::kError;
  std::string subject;  ///< file, layer or key it is about
  std::string text;     ///< what is wrong and what to do, one line
};

}  // namespace cnci::engine
