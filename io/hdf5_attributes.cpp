#include "io/hdf5_attributes.h"

#include <algorithm>

#include "engine/error.h"
#include "io/hdf5_handles.h"

namespace cnci::io::h5 {
namespace {

std::string writing(const std::string& name) { return "write the attribute " + name; }
std::string reading(const std::string& name) { return "read the attribute " + name; }

void write(hid_t object, const std::string& file, const std::string& name, const Handle& space,
           hid_t type, const void* values) {
  const Handle attribute(
      check(H5Acreate2(object, name.c_str(), type, space.get(), H5P_DEFAULT, H5P_DEFAULT), file,
            writing(name)),
      H5Aclose);
  check(H5Awrite(attribute.get(), type, values), file, writing(name));
}

void write_vector(hid_t object, const std::string& file, const std::string& name, hid_t type,
                  const void* values, std::size_t count) {
  const hsize_t extent = count;
  const Handle space(check(H5Screate_simple(1, &extent, nullptr), file, writing(name)), H5Sclose);
  write(object, file, name, space, type, values);
}

Handle open(hid_t object, const std::string& file, const std::string& name) {
  return {check(H5Aopen(object, name.c_str(), H5P_DEFAULT), file, reading(name)), H5Aclose};
}

template <typename T>
std::vector<T> read_vector(hid_t object, const std::string& file, const std::string& name,
                           hid_t type) {
  const Handle attribute = open(object, file, name);
  const Handle space(check(H5Aget_space(attribute.get()), file, reading(name)), H5Sclose);
  const auto count = check(H5Sget_simple_extent_npoints(space.get()), file, reading(name));
  std::vector<T> values(static_cast<std::size_t>(count));
  check(H5Aread(attribute.get(), type, values.data()), file, reading(name));
  return values;
}

template <typename T>
T read_one(hid_t object, const std::string& file, const std::string& name, hid_t type) {
  const auto values = read_vector<T>(object, file, name, type);
  if (values.size() != 1) {
    throw engine::Error(file + ": the attribute " + name + " is not one number");
  }
  return values.front();
}

herr_t collect_name(hid_t /*object*/, const char* name, const H5A_info_t* /*info*/, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

}  // namespace

void write_text(hid_t object, const std::string& file, const std::string& name,
                const std::string& text) {
  if (text.empty()) return;
  const Handle type = text_type(text.size(), file);
  const Handle space(check(H5Screate(H5S_SCALAR), file, writing(name)), H5Sclose);
  write(object, file, name, space, type.get(), text.data());
}

void write_doubles(hid_t object, const std::string& file, const std::string& name,
                   std::span<const double> values) {
  write_vector(object, file, name, H5T_IEEE_F64LE, values.data(), values.size());
}

void write_floats(hid_t object, const std::string& file, const std::string& name,
                  std::span<const float> values) {
  write_vector(object, file, name, H5T_IEEE_F32LE, values.data(), values.size());
}

void write_int(hid_t object, const std::string& file, const std::string& name, std::int32_t value) {
  write_vector(object, file, name, H5T_STD_I32LE, &value, 1);
}

void write_uint64(hid_t object, const std::string& file, const std::string& name,
                  std::uint64_t value) {
  write_vector(object, file, name, H5T_STD_U64LE, &value, 1);
}

bool has_attribute(hid_t object, const std::string& file, const std::string& name) {
  return check(H5Aexists(object, name.c_str()), file, reading(name)) > 0;
}

std::string read_text(hid_t object, const std::string& file, const std::string& name) {
  if (!has_attribute(object, file, name)) return {};
  const Handle attribute = open(object, file, name);
  const Handle stored(check(H5Aget_type(attribute.get()), file, reading(name)), H5Tclose);
  if (H5Tget_class(stored.get()) != H5T_STRING || H5Tis_variable_str(stored.get()) != 0) {
    throw engine::Error(file + ": the attribute " + name + " is no text of fixed length");
  }
  std::string text(H5Tget_size(stored.get()), '\0');
  check(H5Aread(attribute.get(), stored.get(), text.data()), file, reading(name));
  text.resize(std::min(text.size(), text.find('\0')));
  return text;
}

std::vector<double> read_doubles(hid_t object, const std::string& file, const std::string& name) {
  return read_vector<double>(object, file, name, H5T_NATIVE_DOUBLE);
}

std::int32_t read_int(hid_t object, const std::string& file, const std::string& name) {
  return read_one<std::int32_t>(object, file, name, H5T_NATIVE_INT32);
}

std::uint64_t read_uint64(hid_t object, const std::string& file, const std::string& name) {
  return read_one<std::uint64_t>(object, file, name, H5T_NATIVE_UINT64);
}

std::vector<std::string> attribute_names(hid_t object, const std::string& file) {
  std::vector<std::string> names;
  check(H5Aiterate2(object, H5_INDEX_CRT_ORDER, H5_ITER_INC, nullptr, collect_name, &names), file,
        "list the attributes");
  return names;
}

}  // namespace cnci::io::h5
