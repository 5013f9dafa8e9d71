#include "io/hdf5_elsewhere.h"

#include <cpl_vsi.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "io/hdf5_handles.h"
#include "io/input_path.h"

namespace cnci::io {
namespace {

using engine::Error;

constexpr std::size_t kMostObjects = 100'000;
constexpr std::size_t kMostLinks = 4 * kMostObjects;  // each is listed by name and by age
constexpr int kDeepestGroup = 100;
constexpr std::size_t kMostNameBytes = 1024;
constexpr std::string_view kOneFile = "; copy it into one file (nccopy, h5repack)";

/// A name in an HDF5 file may have 64 KB.
std::string clipped(std::string name) {
  constexpr std::size_t kMost = 200;
  if (name.size() > kMost) name.replace(kMost, std::string::npos, "...");
  return name;
}

struct Link {
  std::string name;
  H5L_type_t type = H5L_TYPE_ERROR;
  haddr_t address = HADDR_UNDEF;  ///< of a hard link
  std::size_t value_size = 0;     ///< of any other
};

struct Links {
  std::vector<Link> found;
  std::size_t* seen = nullptr;
};

bool operator<(const Link& a, const Link& b) {
  return std::tie(a.name, a.type, a.address) < std::tie(b.name, b.type, b.address);
}

herr_t keep_link(hid_t /*group*/, const char* name, const H5L_info_t* info, void* data) {
  auto& links = *static_cast<Links*>(data);
  if (++*links.seen > kMostLinks) return 1;
  Link link;
  link.name = name;
  link.type = info->type;
  if (info->type == H5L_TYPE_HARD) {
    link.address = info->u.address;
  } else {
    link.value_size = info->u.val_size;
  }
  links.found.push_back(std::move(link));
  return 0;
}

/// Looks at every object once, without recursion: groups may stand inside each other without end.
class ObjectWalk {
 public:
  explicit ObjectWalk(const std::string& path) : path_(&path) {
    h5::silence_errors();
    const std::string what = "open the file";
    // Another driver than netCDF's: HDF5 shares a file that is open already, and would insist on
    // the same properties.
    const h5::Handle access(h5::check(H5Pcreate(H5P_FILE_ACCESS), path, what), H5Pclose);
    h5::check(H5Pset_fapl_stdio(access.get()), path, what);
    file_ = {h5::check(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), path, what), H5Fclose};
  }

  void run() {
    objects_.push_back({});
    const h5::Handle root(h5::check(H5Gopen2(file_.get(), "/", H5P_DEFAULT), *path_, "list it"),
                          H5Gclose);
    known_.insert(address_of(root.get()));
    look_into(root.get(), 0);
    for (std::size_t i = 1; i < objects_.size(); ++i) {
      const h5::Handle object(H5Oopen_by_addr(file_.get(), objects_[i].address), H5Oclose);
      if (!object.open()) {  // then no reader opens it either
        H5Eclear2(H5E_DEFAULT);
        continue;
      }
      const H5I_type_t type = H5Iget_type(object.get());
      if (type == H5I_GROUP) look_into(object.get(), i);
      if (type == H5I_DATASET) look_at(object.get(), i);
    }
    // Only now that no link is left that leads to another file.
    for (const Object& link : aliases_) refuse_group_by(link);
  }

 private:
  struct Object {
    std::string name;
    std::size_t parent = 0;
    int depth = 0;
    haddr_t address = HADDR_UNDEF;
  };

  void look_into(hid_t group, std::size_t at) {
    Links links;
    links.seen = &links_seen_;
    const std::string what = "list group " + name_of(at);
    h5::check(H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, keep_link, &links), *path_,
              what);
    // netCDF goes by the other index, in which a forged file may list other links.
    if (by_age(group)) {
      h5::check(H5Literate(group, H5_INDEX_CRT_ORDER, H5_ITER_NATIVE, nullptr, keep_link, &links),
                *path_, what);
    }
    std::sort(links.found.begin(), links.found.end());
    const Link* last = nullptr;
    for (Link& link : links.found) {
      if (link.type == H5L_TYPE_EXTERNAL) refuse_link(group, link, at);
      const bool again = last != nullptr && !(*last < link);
      last = &link;
      if (again) continue;
      const int depth = objects_[at].depth + 1;
      if (depth > kDeepestGroup) {
        throw Error(*path_ + ": groups stand inside each other more than " +
                    std::to_string(kDeepestGroup) +
                    " deep; copy the variable that is needed into a file of its own (h5copy)");
      }
      const bool is_new = link.type == H5L_TYPE_HARD && known_.insert(link.address).second;
      (is_new ? objects_ : aliases_).push_back({link.name, at, depth, link.address});
    }
    if (objects_.size() + aliases_.size() > kMostObjects || links_seen_ > kMostLinks) {
      throw Error(*path_ + ": holds more than " + std::to_string(kMostObjects) +
                  " objects; copy the variable that is needed into a file of its own (h5copy)");
    }
  }

  /// A second way to a group: netCDF goes round in circles.
  void refuse_group_by(const Object& link) const {
    const std::string name = path_to(link.parent) + "/" + link.name;
    const h5::Handle target(H5Oopen(file_.get(), name.c_str(), H5P_DEFAULT), H5Oclose);
    H5Eclear2(H5E_DEFAULT);  // a link may lead nowhere
    if (!target.open() || H5Iget_type(target.get()) != H5I_GROUP) return;
    throw Error(*path_ + ": " + clipped(name) +
                " is a link to a group that has a name already; copy the variable that is needed "
                "into a file of its own (h5copy)");
  }

  static haddr_t address_of(hid_t object) {
    H5O_info_t info;
    return H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0 ? HADDR_UNDEF : info.addr;
  }

  [[nodiscard]] static bool by_age(hid_t group) {
    unsigned flags = 0;
    const h5::Handle create(H5Gget_create_plist(group), H5Pclose);
    const bool known = create.open() && H5Pget_link_creation_order(create.get(), &flags) >= 0;
    return known && (flags & H5P_CRT_ORDER_TRACKED) != 0;
  }

  void look_at(hid_t dataset, std::size_t at) const {
    const std::string what = "look at dataset " + name_of(at);
    const h5::Handle create(h5::check(H5Dget_create_plist(dataset), *path_, what), H5Pclose);
    std::string other(kMostNameBytes, '\0');
    if (h5::check(H5Pget_external_count(create.get()), *path_, what) > 0) {
      off_t offset = 0;
      hsize_t size = 0;
      h5::check(H5Pget_external(create.get(), 0, other.size() - 1, other.data(), &offset, &size),
                *path_, what);
      throw Error(*path_ + ": dataset " + name_of(at) + " keeps its values in another file (" +
                  clipped(other.substr(0, other.find('\0'))) + ")" + std::string(kOneFile));
    }
    if (h5::check(static_cast<int>(H5Pget_layout(create.get())), *path_, what) != H5D_VIRTUAL) {
      return;
    }
    std::size_t count = 0;
    h5::check(H5Pget_virtual_count(create.get(), &count), *path_, what);
    if (count > 0) {
      h5::check(H5Pget_virtual_filename(create.get(), 0, other.data(), other.size()), *path_, what);
    }
    throw Error(*path_ + ": dataset " + name_of(at) + " is put together from other datasets (" +
                (count > 0 ? clipped(other.substr(0, other.find('\0'))) : "none") + ")" +
                std::string(kOneFile));
  }

  [[noreturn]] void refuse_link(hid_t group, const Link& link, std::size_t at) const {
    std::string value(link.value_size, '\0');
    const char* other = nullptr;
    const bool readable =
        H5Lget_val(group, link.name.c_str(), value.data(), value.size(), H5P_DEFAULT) >= 0 &&
        H5Lunpack_elink_val(value.data(), value.size(), nullptr, &other, nullptr) >= 0;
    H5Eclear2(H5E_DEFAULT);
    throw Error(*path_ + ": " + name_of(at) + (at == 0 ? "" : "/") + clipped(link.name) +
                " is a link to another file (" +
                (readable && other != nullptr ? clipped(other) : "?") +
                "); copy what it leads to into one file (h5copy -f ext)");
  }

  [[nodiscard]] std::string path_to(std::size_t at) const {
    std::string name;
    for (; at != 0; at = objects_[at].parent) name = "/" + objects_[at].name + name;
    return name;
  }

  [[nodiscard]] std::string name_of(std::size_t at) const {
    return at == 0 ? "/" : clipped(path_to(at));
  }

  const std::string* path_;
  h5::Handle file_;
  std::vector<Object> objects_;
  std::vector<Object> aliases_;  ///< soft links, and hard ones to what is in objects_
  std::set<haddr_t> known_;
  std::size_t links_seen_ = 0;
};

/// HDF5's own search for its signature, in a file that only GDAL can open.
bool is_hdf5_in_archive(const std::string& name) {
  constexpr std::string_view kSignature = "\211HDF\r\n\032\n";
  const std::unique_ptr<VSILFILE, int (*)(VSILFILE*)> file(VSIFOpenL(name.c_str(), "rb"),
                                                           VSIFCloseL);
  if (!file) return false;
  std::string found(kSignature.size(), '\0');
  for (vsi_l_offset at = 0;; at = at == 0 ? 512 : 2 * at) {
    if (VSIFSeekL(file.get(), at, SEEK_SET) != 0 ||
        VSIFReadL(found.data(), 1, found.size(), file.get()) != found.size()) {
      return false;
    }
    if (found == kSignature) return true;
  }
}

}  // namespace

void require_values_inside(const std::string& name) {
  const std::string path = without_part(name);
  if (path.starts_with("/vsi")) {
    if (!is_hdf5_in_archive(path)) return;
    throw Error(path +
                ": an HDF5 (netCDF-4) file inside an archive cannot be looked through; unpack it "
                "and name the file");
  }
  h5::silence_errors();
  const bool is_hdf5 = H5Fis_hdf5(path.c_str()) > 0;
  H5Eclear2(H5E_DEFAULT);
  if (is_hdf5) ObjectWalk(path).run();
}

}  // namespace cnci::io
