#include "io/palette_png.h"

#include <cpl_vsi.h>

#include <array>
#include <atomic>
#include <string>

#include "engine/error.h"
#include "io/gdal_handles.h"

namespace cnci::io {
namespace {

using engine::Error;

/// A name among GDAL's files in memory that no other thread uses; nothing is left there at the end.
class MemoryFile {
 public:
  MemoryFile() {
    static std::atomic<unsigned> count{0};
    name_ = "/vsimem/cnci-picture-" + std::to_string(count++) + ".png";
  }
  ~MemoryFile() {
    VSIUnlink(name_.c_str());
    VSIUnlink((name_ + ".aux.xml").c_str());
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::vector<unsigned char> bytes() const {
    vsi_l_offset size = 0;
    const GByte* const data = VSIGetMemFileBuffer(name_.c_str(), &size, FALSE);
    return data == nullptr ? std::vector<unsigned char>{}
                           : std::vector<unsigned char>(data, data + size);
  }

 private:
  std::string name_;
};

[[noreturn]] void fail() { throw Error("a picture cannot be made (" + QuietGdal::message() + ")"); }

GDALDriver& driver(const char* name) {
  GDALDriver* const found = GetGDALDriverManager()->GetDriverByName(name);
  if (found == nullptr) throw Error(std::string("GDAL has no driver ") + name);
  return *found;
}

GDALColorTable table_of(std::span<const Colour> colours) {
  GDALColorTable table;
  for (std::size_t i = 0; i < colours.size(); ++i) {
    const short alpha = i == 0 ? 0 : 255;
    const GDALColorEntry entry{colours[i].red, colours[i].green, colours[i].blue, alpha};
    table.SetColorEntry(static_cast<int>(i), &entry);
  }
  return table;
}

}  // namespace

std::vector<unsigned char> palette_png(int width, int height, std::span<const std::uint8_t> pixels,
                                       std::span<const Colour> colours) {
  if (pixels.size() != static_cast<std::size_t>(width) * static_cast<std::size_t>(height)) {
    throw Error("a picture of " + std::to_string(width) + " x " + std::to_string(height) +
                " pixels has " + std::to_string(pixels.size()));
  }
  prepare_gdal();
  const QuietGdal quiet;
  const DatasetPtr picture(driver("MEM").Create("", width, height, 1, GDT_Byte, nullptr));
  if (picture == nullptr) fail();
  GDALRasterBand& band = *picture->GetRasterBand(1);
  GDALColorTable table = table_of(colours);
  // The interface is not const-correct; nothing is written to the pixels.
  auto* const data = const_cast<std::uint8_t*>(pixels.data());
  if (band.SetColorTable(&table) != CE_None ||
      band.RasterIO(GF_Write, 0, 0, width, height, data, width, height, GDT_Byte, 0, 0, nullptr) !=
          CE_None) {
    fail();
  }
  static constexpr std::array<const char*, 2> kOptions{"ZLEVEL=9", nullptr};
  const MemoryFile file;
  DatasetPtr copy(driver("PNG").CreateCopy(file.name().c_str(), picture.get(), FALSE,
                                           const_cast<char**>(kOptions.data()), nullptr, nullptr));
  if (copy == nullptr) fail();
  copy.reset();
  std::vector<unsigned char> bytes = file.bytes();
  if (bytes.empty()) fail();
  return bytes;
}

}  // namespace cnci::io
