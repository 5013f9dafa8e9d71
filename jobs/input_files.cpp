#include "jobs/input_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "engine/error.h"
#include "io/layer.h"
#include "io/open_input.h"

namespace cnci::jobs {
namespace {

std::vector<std::string> named_files(const Job& job) {
  std::vector<std::string> named{job.zones.path};
  for (const io::LayerSpec& layer : job.layers) {
    const auto files = io::layer_files(layer, job.years);
    named.insert(named.end(), files.begin(), files.end());
    named.push_back(layer.legend_path);
  }
  for (const io::JoinTableSpec& table : job.tables) {
    named.push_back(table.path);
    named.push_back(table.crosswalk_path);
  }
  std::erase(named, "");
  return named;
}

/// Paths of the files, each once, in the order of the job.
std::vector<std::string> with_companions(const std::vector<std::string>& named) {
  std::vector<std::string> paths;
  std::set<std::string> known;
  io::FolderNames names;
  for (const std::string& path : named) {
    for (std::string& file : io::with_companions(path, names)) {
      if (known.insert(file).second) paths.push_back(std::move(file));
    }
  }
  return paths;
}

void put_facts(engine::ByteWriter& out, const std::vector<io::FileFacts>& files) {
  out.put(static_cast<std::uint64_t>(files.size()));
  for (const io::FileFacts& file : files) {
    out.put_text(file.path);
    out.put(file.bytes);
    out.put(file.modified);
    out.put(file.modified_ns);
  }
}

std::vector<io::FileFacts> get_facts(engine::ByteReader& in) {
  std::vector<io::FileFacts> files(in.get<std::uint64_t>());
  for (io::FileFacts& file : files) {
    file.path = in.get_text();
    file.bytes = in.get<std::uintmax_t>();
    file.modified = in.get<std::int64_t>();
    file.modified_ns = in.get<std::int64_t>();
  }
  return files;
}

void require_unchanged(const io::FileFacts& before) {
  const io::FileFacts now = io::file_facts(before.path);
  if (now.bytes == before.bytes && now.modified_ns == before.modified_ns) return;
  throw engine::HopelessError(
      before.path +
      (now.modified_ns == 0 ? ": has gone since the run began"
                            : fmt::format(": has changed since the run began (was {}, is {})",
                                          text_of(before), text_of(now))) +
      "; put back the file as it was (`cp -p`, `mv`) and run again, or start over with --fresh");
}

bool holds(const std::vector<io::FileFacts>& files, const std::string& path) {
  return std::ranges::any_of(files, [&](const auto& file) { return file.path == path; });
}

/// What has appeared in a folder can belong to an input in it.
void require_no_newcomers(const InputFiles& before) {
  for (const std::string& path : with_companions(before.named)) {
    if (holds(before.files, path)) continue;
    throw engine::HopelessError(path +
                                ": has appeared since the run began, and can change what is read "
                                "from the input beside it; remove it and run again, or start over "
                                "with --fresh");
  }
}

/// With its folder.
void add(const std::string& path, InputFiles& inputs) {
  if (!holds(inputs.files, path)) inputs.files.push_back(io::file_facts(path));
  const std::string folder = std::filesystem::path(path).parent_path().string();
  if (!folder.empty() && !holds(inputs.folders, folder)) {
    inputs.folders.push_back(io::file_facts(folder));
  }
}

}  // namespace

InputFiles input_files(const Job& job) {
  InputFiles inputs;
  inputs.named = named_files(job);
  for (const std::string& path : with_companions(inputs.named)) add(path, inputs);
  return inputs;
}

void add_files_of_datasets(const Job& job, InputFiles& inputs) {
  for (const std::string& file : io::files_of_input(job.zones.path, io::InputData::kVector)) {
    add(file, inputs);
  }
  std::set<std::string> looked_at;
  for (const io::LayerSpec& layer : job.layers) {
    for (const std::string& path : io::layer_files(layer, job.years)) {
      if (!looked_at.insert(path).second) continue;
      for (const std::string& file : io::files_of_input(path, io::InputData::kRaster)) {
        add(file, inputs);
      }
    }
  }
}

void add_content_hashes(std::vector<io::FileFacts>& files,
                        const std::function<void()>& between_blocks) {
  for (io::FileFacts& file : files) {
    if (file.content.empty()) file.content = io::content_hash(file.path, between_blocks);
  }
}

void require_unchanged(const InputFiles& before) {
  for (const io::FileFacts& file : before.files) require_unchanged(file);
  const bool folders_changed = std::ranges::any_of(before.folders, [](const auto& folder) {
    return io::file_facts(folder.path).modified_ns != folder.modified_ns;
  });
  if (folders_changed) require_no_newcomers(before);
}

std::string text_of(const io::FileFacts& file) {
  std::string text = fmt::format("{} bytes, modified {}.{:09}", file.bytes, file.modified,
                                 file.modified_ns - file.modified * 1'000'000'000);
  if (!file.content.empty()) text += ", content " + file.content;
  return text;
}

void put(engine::ByteWriter& out, const InputFiles& inputs) {
  out.put(static_cast<std::uint64_t>(inputs.named.size()));
  for (const std::string& path : inputs.named) out.put_text(path);
  put_facts(out, inputs.files);
  put_facts(out, inputs.folders);
}

InputFiles get_input_files(engine::ByteReader& in) {
  InputFiles inputs;
  inputs.named.resize(in.get<std::uint64_t>());
  for (std::string& path : inputs.named) path = in.get_text();
  inputs.files = get_facts(in);
  inputs.folders = get_facts(in);
  return inputs;
}

}  // namespace cnci::jobs
