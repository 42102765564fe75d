//===- ConfigReader.cpp - Typed values out of a JSON object
//-----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ConfigReader.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace llvm;
using namespace dsv4c;

std::string dsv4c::describe(const json::Value &value) {
  std::string text = formatv("{0}", value).str();
  constexpr size_t limit = 60;
  if (text.size() > limit) {
    // Whole characters only: the message must stay UTF-8.
    size_t end = limit;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
      --end;
    text.resize(end);
    text += "...";
  }
  return text;
}

//===----------------------------------------------------------------------===//
// ConfigFaults
//===----------------------------------------------------------------------===//

void ConfigFaults::add(const Twine &key, const Twine &message) {
  lines.push_back((source + ": " + key + ": " + message).str());
}

void ConfigFaults::expected(const Twine &key, const Twine &what,
                            const Twine &found) {
  add(key, "expected " + what + ", found " + found);
}

Error ConfigFaults::takeError() const {
  if (lines.empty())
    return Error::success();
  return createStringError(join(lines, "\n"));
}

//===----------------------------------------------------------------------===//
// ConfigReader
//===----------------------------------------------------------------------===//

std::string ConfigReader::name(StringRef key) const {
  return path.empty() ? key.str() : path + "." + key.str();
}

const json::Value *ConfigReader::get(StringRef key, bool optional) {
  known.insert(key);
  const json::Value *value = object.get(key);
  if (!value && !optional)
    faults.add(name(key), "missing");
  return value;
}

void ConfigReader::expected(StringRef key, const Twine &what,
                            const json::Value &found) {
  faults.expected(name(key), what, describe(found));
}

int64_t ConfigReader::integer(StringRef key, int64_t lowest, int64_t highest) {
  const json::Value *value = get(key);
  if (!value)
    return lowest;
  std::optional<int64_t> integer = value->getAsInteger();
  if (integer && *integer >= lowest && *integer <= highest)
    return *integer;
  expected(key,
           highest == maxInteger
               ? "an integer of at least " + Twine(lowest) + " (and 32 bits)"
               : "an integer from " + Twine(lowest) + " to " + Twine(highest),
           *value);
  return lowest;
}

double ConfigReader::number(StringRef key, double above) {
  const json::Value *value = get(key);
  if (!value)
    return above + 1;
  std::optional<double> number = value->getAsNumber();
  // Attributes and kernels hold it as f32.
  if (number && std::isfinite(static_cast<float>(*number)) &&
      static_cast<float>(*number) > static_cast<float>(above))
    return *number;
  expected(key, "a finite f32 number above " + formatv("{0}", above).str(),
           *value);
  return above + 1;
}

std::vector<int64_t> ConfigReader::integers(StringRef key, int64_t lowest) {
  std::vector<int64_t> result;
  const json::Value *value = get(key);
  if (!value)
    return result;
  const json::Array *array = value->getAsArray();
  if (!array) {
    expected(key, "an array of integers", *value);
    return result;
  }
  for (auto [i, element] : enumerate(*array)) {
    std::optional<int64_t> integer = element.getAsInteger();
    if (integer && *integer >= lowest && *integer <= maxInteger) {
      result.push_back(*integer);
      continue;
    }
    faults.expected(name(key) + "[" + Twine(i) + "]",
                    "an integer of at least " + Twine(lowest) +
                        " (and 32 bits)",
                    describe(element));
    result.push_back(lowest);
  }
  return result;
}

void ConfigReader::require(StringRef key, StringRef wanted) {
  const json::Value *value = get(key);
  if (value && value->getAsString() != wanted)
    expected(key, "\"" + wanted + "\"", *value);
}

void ConfigReader::require(StringRef key, bool wanted) {
  const json::Value *value = get(key);
  if (value && value->getAsBoolean() != wanted)
    expected(key, wanted ? "true" : "false", *value);
}

void ConfigReader::require(StringRef key, int64_t wanted) {
  const json::Value *value = get(key);
  if (value && value->getAsInteger() != wanted)
    expected(key, Twine(wanted), *value);
}

size_t ConfigReader::optionalChoice(StringRef key, ArrayRef<StringRef> values) {
  const json::Value *value = get(key, /*optional=*/true);
  if (!value)
    return 0;
  if (std::optional<StringRef> text = value->getAsString())
    if (const auto *it = find(values, *text); it != values.end())
      return it - values.begin();
  expected(key, "one of \"" + join(values, "\", \"") + "\"", *value);
  return 0;
}

const json::Object &ConfigReader::nested(StringRef key) {
  static const json::Object empty;
  const json::Value *value = get(key);
  if (!value)
    return empty;
  if (const json::Object *result = value->getAsObject())
    return *result;
  expected(key, "an object", *value);
  return empty;
}

void ConfigReader::ignoreNumber(StringRef key) {
  const json::Value *value = get(key, /*optional=*/true);
  if (value && !value->getAsNumber())
    expected(key, "a number", *value);
}

void ConfigReader::ignoreString(StringRef key) {
  const json::Value *value = get(key, /*optional=*/true);
  if (value && !value->getAsString())
    expected(key, "a string", *value);
}

void ConfigReader::ignoreBoolean(StringRef key) {
  const json::Value *value = get(key, /*optional=*/true);
  if (value && !value->getAsBoolean())
    expected(key, "true or false", *value);
}

void ConfigReader::ignoreStrings(StringRef key) {
  const json::Value *value = get(key, /*optional=*/true);
  if (!value)
    return;
  const json::Array *array = value->getAsArray();
  if (!array || !all_of(*array, [](const json::Value &element) {
        return element.getAsString().has_value();
      }))
    expected(key, "an array of strings", *value);
}

void ConfigReader::finish() {
  std::vector<std::string> unknown;
  for (const auto &entry : object)
    if (!known.contains(StringRef(entry.first)))
      unknown.push_back(StringRef(entry.first).str());
  sort(unknown);
  for (const std::string &key : unknown)
    faults.add(name(key), "unknown key");
}
