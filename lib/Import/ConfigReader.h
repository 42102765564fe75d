//===- ConfigReader.h - Typed values out of a JSON object
//-------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_LIB_IMPORT_CONFIGREADER_H
#define DSV4C_LIB_IMPORT_CONFIGREADER_H

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/JSON.h"
#include <limits>
#include <string>
#include <vector>

namespace dsv4c {

/// The faults of one file, each with the name of the key.
class ConfigFaults {
public:
  explicit ConfigFaults(llvm::StringRef source) : source(source) {}

  /// `<source>: <key>: <message>`.
  void add(const llvm::Twine &key, const llvm::Twine &message);
  void expected(const llvm::Twine &key, const llvm::Twine &what,
                const llvm::Twine &found);
  bool empty() const { return lines.empty(); }
  llvm::Error takeError() const;

private:
  llvm::StringRef source;
  std::vector<std::string> lines;
};

/// Reads the keys of one object. A missing key or a value of another type or
/// outside its range is a fault, and the reader returns the lowest value of the
/// range. Keys that nobody asked for are faults of `finish`.
class ConfigReader {
public:
  ConfigReader(const llvm::json::Object &object, ConfigFaults &faults,
               llvm::StringRef path = "")
      : object(object), faults(faults), path(path) {}

  static constexpr int64_t maxInteger = std::numeric_limits<int32_t>::max();

  int64_t integer(llvm::StringRef key, int64_t lowest,
                  int64_t highest = maxInteger);
  /// A finite number above `above`.
  double number(llvm::StringRef key, double above);
  std::vector<int64_t> integers(llvm::StringRef key, int64_t lowest);
  /// The one value that is supported.
  void require(llvm::StringRef key, llvm::StringRef value);
  void require(llvm::StringRef key, bool value);
  void require(llvm::StringRef key, int64_t value);
  /// One of `values`; an index, 0 if the key is absent.
  size_t optionalChoice(llvm::StringRef key,
                        llvm::ArrayRef<llvm::StringRef> values);
  /// The object of the key, empty after a fault.
  const llvm::json::Object &nested(llvm::StringRef key);

  /// Keys without influence on inference: accepted, their types checked.
  void ignoreNumber(llvm::StringRef key);
  void ignoreString(llvm::StringRef key);
  void ignoreBoolean(llvm::StringRef key);
  void ignoreStrings(llvm::StringRef key);

  bool has(llvm::StringRef key) const { return object.get(key); }
  /// Full name of a key for messages.
  std::string name(llvm::StringRef key) const;
  /// A fault for each key that was not read.
  void finish();

private:
  const llvm::json::Object &object;
  ConfigFaults &faults;
  std::string path;
  llvm::StringSet<> known;

  const llvm::json::Value *get(llvm::StringRef key, bool optional = false);
  void expected(llvm::StringRef key, const llvm::Twine &what,
                const llvm::json::Value &found);
};

/// A value for messages, cut after 60 bytes.
std::string describe(const llvm::json::Value &value);

} // namespace dsv4c

#endif // DSV4C_LIB_IMPORT_CONFIGREADER_H
