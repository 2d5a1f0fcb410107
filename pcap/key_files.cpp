#include "pcap/key_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

#include "engine/keys/key_export.hpp"

namespace ikevet::pcap {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, std::string what, std::string remedy) {
  throw KeyFileError({{file, 0, std::move(what), std::move(remedy)}});
}

std::string system_text(int error) { return std::generic_category().message(error); }

/// A file that only its owner can read from the moment it exists.
void write_private(const std::filesystem::path& file, std::string_view text) {
  const std::filesystem::path fresh = file.string() + ".new";
  const auto cannot_write = [&](int error) {
    ::unlink(fresh.c_str());
    refuse(file, "cannot be written: " + system_text(error), "free some space, or check permissions");
  };
  ::unlink(fresh.c_str());  // left behind by a run that was killed
  const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0) cannot_write(errno);
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      const int error = errno;
      ::close(descriptor);
      cannot_write(error);
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::close(descriptor) != 0) cannot_write(errno);
  if (::rename(fresh.c_str(), file.c_str()) != 0) cannot_write(errno);
}

std::string read_all(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) refuse(file, "is a directory", "name a key file in it");
  std::ifstream in(file, std::ios::binary);
  if (!in) refuse(file, "cannot be opened: " + system_text(errno), "check the path");
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

/// The first line that says something, without blanks in front; empty when there is none.
std::string_view first_content(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    line.remove_prefix(std::min(line.find_first_not_of(" \t\r\xef\xbb\xbf"), line.size()));
    if (!line.empty() && line.front() != '#') return line;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

bool looks_like_esp_sa(std::string_view line) {
  if (line.starts_with('"')) line.remove_prefix(1);
  return line.starts_with("IPv4") || line.starts_with("IPv6");
}

template <class Entry>
void collect(const keys::KeyTable<Entry>& table, const std::filesystem::path& file, std::vector<KeyFileFault>& faults) {
  for (const keys::KeyTableFault& fault : table.faults) faults.push_back({file, fault.line, fault.what, fault.remedy});
}

}  // namespace

void write_key_files(const std::filesystem::path& folder, const keys::KeySet& keys) {
  std::vector<keys::IkeKeyEntry> ike;
  ike.reserve(keys.ike.size());
  for (const keys::IkeSaKeySet& sa : keys.ike) ike.push_back(keys::ike_key_entry(sa.spis, sa.suite, sa.keys));
  std::vector<keys::EspKeyEntry> esp;
  for (const keys::ChildSaKeySet& sa : keys.children)
    for (keys::EspKeyEntry& entry : keys::esp_key_entries(sa.suite, sa.keys, sa.spi_to_initiator, sa.spi_to_responder,
                                                          sa.initiator.address, sa.responder.address))
      esp.push_back(std::move(entry));
  write_private(folder / kKeysJson, keys_json(keys));
  write_private(folder / kIkeTable, keys::ikev2_decryption_table(ike));
  write_private(folder / kEspTable, keys::esp_sa(esp));
}

keys::KeySet read_keys_json(const std::filesystem::path& file) { return parse_keys_json(read_all(file), file); }

std::string read_key_text(const std::filesystem::path& file) {
  std::string text = read_all(file);
  if (text.find('\0') != std::string::npos) refuse(file, "is not a text file", "give one of the key files");
  return text;
}

void add_key_file(keys::KeyRing& ring, const std::filesystem::path& file) {
  const std::string text = read_key_text(file);
  const std::string_view first = first_content(text);
  if (first.starts_with('{') || first.starts_with('[')) return add_keys(ring, parse_keys_json(text, file));

  std::vector<KeyFileFault> faults;
  if (looks_like_esp_sa(first)) {
    keys::KeyTable<keys::EspKeyEntry> table = keys::parse_esp_sa(text);
    for (keys::EspKeyEntry& entry : table.entries) ring.add_child(std::move(entry));
    collect(table, file, faults);
  } else {
    const keys::KeyTable<keys::IkeKeyEntry> table = keys::parse_ikev2_decryption_table(text);
    collect(table, file, faults);
    for (const keys::IkeKeyEntry& entry : table.entries)
      if (!ring.add(entry))
        faults.push_back(
            {file, 0,
             fmt::format("the IKE SA {:016x}", entry.spis.i.value) + " has an algorithm that cannot be decrypted here",
             "its messages stay closed; take the line out to be rid of this message"});
  }
  if (!faults.empty()) throw KeyFileError(std::move(faults));
}

void add_keys(keys::KeyRing& ring, const keys::KeySet& keys) {
  // parse_keys_json() and the engine have both checked the sizes, so that nothing is refused here.
  for (const keys::IkeSaKeySet& sa : keys.ike) ring.add(sa.spis, sa.suite, sa.keys);
  for (const keys::ChildSaKeySet& sa : keys.children)
    ring.add_child(sa.suite, sa.keys, sa.spi_to_initiator, sa.spi_to_responder, sa.initiator.address,
                   sa.responder.address);
}

std::vector<std::filesystem::path> key_files_beside(const std::filesystem::path& capture) {
  const std::filesystem::path folder = capture.parent_path();
  const std::string stem = capture.stem().string();
  std::vector<std::filesystem::path> out;
  for (const char* kind : {kKeysJson, kIkeTable, kEspTable})
    for (const std::string& file : {std::string(kind), stem + "." + kind}) {
      std::error_code ignored;
      if (std::filesystem::is_regular_file(folder / file, ignored)) out.push_back(folder / file);
    }
  return out;
}

}  // namespace ikevet::pcap
