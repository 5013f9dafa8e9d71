// Raw values of a band, in the type they are stored in, to physical values with validity; with SIMD
// chosen at run time.
#pragma once

#include <gdal_priv.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "io/code_table.h"
#include "io/raster.h"

namespace cnci::io {

/// What a raw value passes through, and raw values that mean "no data".
struct RawRecipe {
  std::span<const LinearMap> maps;
  std::span<const NodataRange> nodata;
};

class RawValues {
 public:
  /// `type`: any but complex ones; `maps`: what a raw value passes through, one after the other;
  /// `nodata` in raw values, rounded here to what the type can hold. Throws Error for other types.
  RawValues(GDALDataType type, std::vector<LinearMap> maps, std::vector<NodataRange> nodata);

  /// From now on decode() replaces codes by what they stand for, where raw values are bytes; both
  /// must outlive this. Those without an entry are missing, and added to `unknown`.
  void replace_codes(const CodeTable& codes, std::set<double>& unknown);
  [[nodiscard]] bool replaces_codes() const { return unknown_ != nullptr; }

  /// Decodes value.size() raw values, the first at `raw` (aligned as its type is), the next
  /// `stride` values further. A value is what the maps make of raw, each in double and in two
  /// roundings, and valid (1) where raw is finite and in no range of nodata; elsewhere it is
  /// kMissing and not valid (0). The same bits on every instruction set.
  void decode(const std::byte* raw, std::size_t stride, std::span<double> value,
              std::span<std::uint8_t> valid) const;

  /// Adds what decode() gives to `value`; missing where one of both is.
  void add(const std::byte* raw, std::size_t stride, std::span<double> value,
           std::span<std::uint8_t> valid) const;

 private:
  using Widen = void (*)(const std::byte* raw, std::size_t stride, std::span<double> value);
  static Widen widening_of(GDALDataType type);
  template <bool kAdd>
  void decode_parts(const std::byte* raw, std::size_t stride, std::span<double> value,
                    std::span<std::uint8_t> valid) const;

  /// What each raw byte becomes.
  struct ByteTable {
    std::array<double, 256> value{};
    std::array<std::uint8_t, 256> valid{};
    std::array<std::uint8_t, 256> unknown{};  ///< 1: a code without an entry
    std::array<double, 256> code{};
  };
  void decode_bytes(const std::byte* raw, std::size_t stride, std::span<double> value,
                    std::span<std::uint8_t> valid) const;

  Widen widen_;
  std::size_t bytes_;
  std::vector<LinearMap> maps_;
  std::vector<NodataRange> nodata_;
  std::unique_ptr<ByteTable> bytes_table_;  ///< with replace_codes()
  std::set<double>* unknown_ = nullptr;
};

}  // namespace cnci::io
