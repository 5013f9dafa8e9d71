#include "io/file_facts.h"

#include <cpl_vsi.h>
#include <fmt/format.h>
#include <xxhash.h>

#include <filesystem>
#include <memory>

#include "engine/error.h"

namespace cnci::io {

FileFacts file_facts(const std::string& path) {
  FileFacts facts{path, 0, 0};
  VSIStatBufL status;
  if (VSIStatL(path.c_str(), &status) == 0) {
    facts.bytes = static_cast<std::uintmax_t>(status.st_size);
    facts.modified = static_cast<std::int64_t>(status.st_mtime);
  }
  return facts;
}

std::vector<std::string> with_companions(const std::string& path) {
  std::vector<std::string> files{path};
  std::filesystem::path file(path);
  if (file.extension() != ".shp") return files;
  for (const char* extension : {".dbf", ".shx", ".prj", ".cpg"}) {
    file.replace_extension(extension);
    if (file_facts(file.string()).bytes > 0) files.push_back(file.string());
  }
  return files;
}

std::string content_hash(const std::string& path) {
  const std::unique_ptr<VSILFILE, int (*)(VSILFILE*)> file(VSIFOpenL(path.c_str(), "rb"),
                                                           VSIFCloseL);
  const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(),
                                                                              XXH3_freeState);
  if (!file || !state) {
    throw engine::Error(path + ": cannot be opened any more; its content hash cannot be made");
  }
  if (XXH3_64bits_reset(state.get()) != XXH_OK) throw engine::Error("xxHash cannot start");
  std::vector<char> buffer(std::size_t{1} << 20);
  for (;;) {
    const std::size_t got = VSIFReadL(buffer.data(), 1, buffer.size(), file.get());
    if (XXH3_64bits_update(state.get(), buffer.data(), got) != XXH_OK) {
      throw engine::Error("xxHash failed");
    }
    if (got < buffer.size()) break;
  }
  if (VSIFEofL(file.get()) == 0) throw engine::Error(path + ": cannot be read to its end");
  return fmt::format("xxh3:{:016x}", XXH3_64bits_digest(state.get()));
}

}  // namespace cnci::io
