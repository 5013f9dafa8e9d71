// The files that a run is bound to: what the job names, and what belongs to it.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/bytes.h"
#include "io/file_facts.h"
#include "jobs/job.h"

namespace cnci::jobs {

struct InputFiles {
  std::vector<std::string> named;      ///< by the job
  std::vector<io::FileFacts> files;    ///< these, and all that can change what is read from them
  std::vector<io::FileFacts> folders;  ///< in which those lie, and others may appear
};

/// As they are now: zones, layers of all years, legends, tables, crosswalks. A named file that is
/// not there has zero bytes. Throws Error as vrt_sources() does.
[[nodiscard]] InputFiles input_files(const Job& job);

/// Adds what formats name themselves (io::files_of_input) of zones and layers, which it opens.
/// Throws Error where one cannot be opened.
void add_files_of_datasets(const Job& job, InputFiles& inputs);

/// Adds the content hashes that are not there yet; reads whole files. See io::content_hash().
void add_content_hashes(std::vector<io::FileFacts>& files,
                        const std::function<void()>& between_blocks);

/// Throws HopelessError naming the first file that has another size or time than before, is gone,
/// or has appeared beside an input that it belongs to: what was read since is not what was checked.
void require_unchanged(const InputFiles& before);

/// "N bytes, modified S.NS", and the content hash where it is known.
[[nodiscard]] std::string text_of(const io::FileFacts& file);

/// For the other ranks; without content hashes.
void put(engine::ByteWriter& out, const InputFiles& inputs);
[[nodiscard]] InputFiles get_input_files(engine::ByteReader& in);

}  // namespace cnci::jobs
