// Attributes of HDF5 objects as netCDF-4 stores them: texts as scalars of fixed length in UTF-8,
// numbers as vectors of one dimension.
#pragma once

#include <hdf5.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cnci::io::h5 {

/// An empty text is not written: netCDF readers disagree on what it would be.
void write_text(hid_t object, const std::string& file, const std::string& name,
                const std::string& text);
void write_doubles(hid_t object, const std::string& file, const std::string& name,
                   std::span<const double> values);
void write_floats(hid_t object, const std::string& file, const std::string& name,
                  std::span<const float> values);
void write_int(hid_t object, const std::string& file, const std::string& name, std::int32_t value);
void write_uint64(hid_t object, const std::string& file, const std::string& name,
                  std::uint64_t value);

[[nodiscard]] bool has_attribute(hid_t object, const std::string& file, const std::string& name);
/// The text, empty where there is no such attribute.
[[nodiscard]] std::string read_text(hid_t object, const std::string& file, const std::string& name);
[[nodiscard]] std::vector<double> read_doubles(hid_t object, const std::string& file,
                                               const std::string& name);
[[nodiscard]] std::int32_t read_int(hid_t object, const std::string& file, const std::string& name);
[[nodiscard]] std::uint64_t read_uint64(hid_t object, const std::string& file,
                                        const std::string& name);
/// Names of an object's attributes in order of creation.
[[nodiscard]] std::vector<std::string> attribute_names(hid_t object, const std::string& file);

}  // namespace cnci::io::h5
