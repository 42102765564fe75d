//===- LaunchFile.cpp - Arguments and grid of a launch --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LaunchFile.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cstring>

using dsv4emu::Kernel;
using dsv4emu::KernelArgument;

absl::StatusOr<std::vector<uint8_t>> readFile(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return absl::NotFoundError(
        absl::StrCat(path, ": ", buffer.getError().message()));
  llvm::StringRef bytes = (*buffer)->getBuffer();
  return std::vector<uint8_t>(bytes.bytes_begin(), bytes.bytes_end());
}

absl::StatusOr<std::array<uint32_t, 3>> parseSize(const std::string &text) {
  std::array<uint32_t, 3> size{1, 1, 1};
  std::vector<std::string> parts = absl::StrSplit(text, ',');
  if (parts.size() > 3)
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "': expected at most three numbers"));
  for (size_t k = 0; k < parts.size(); ++k)
    if (!absl::SimpleAtoi(parts[k], &size[k]) || size[k] == 0)
      return absl::InvalidArgumentError(absl::StrCat(
          "'", text, "': expected positive numbers, found '", parts[k], "'"));
  return size;
}

absl::Status readLaunchFile(const std::string &path, LaunchPlan &plan) {
  auto bytes = readFile(path);
  if (!bytes.ok())
    return bytes.status();
  auto json = llvm::json::parse(
      llvm::StringRef(reinterpret_cast<char *>(bytes->data()), bytes->size()));
  if (!json)
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", toString(json.takeError())));
  const llvm::json::Object *root = json->getAsObject();
  if (!root)
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": expected a JSON object"));
  auto strings = [&](const char *key,
                     std::vector<std::string> &out) -> absl::Status {
    const llvm::json::Value *value = root->get(key);
    if (!value)
      return absl::OkStatus();
    const llvm::json::Array *array = value->getAsArray();
    if (!array)
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": ", key, ": expected an array of strings"));
    for (const llvm::json::Value &entry : *array) {
      auto text = entry.getAsString();
      if (!text)
        return absl::InvalidArgumentError(
            absl::StrCat(path, ": ", key, ": expected an array of strings"));
      out.push_back(text->str());
    }
    return absl::OkStatus();
  };
  auto size = [&](const char *key,
                  std::array<uint32_t, 3> &out) -> absl::Status {
    const llvm::json::Array *array = root->getArray(key);
    if (!array)
      return root->get(key) ? absl::InvalidArgumentError(absl::StrCat(
                                  path, ": ", key, ": expected an array"))
                            : absl::OkStatus();
    out = {1, 1, 1};
    for (size_t k = 0; k < array->size(); ++k) {
      auto n = (*array)[k].getAsInteger();
      if (k >= 3 || !n || *n <= 0 || *n > INT32_MAX)
        return absl::InvalidArgumentError(absl::StrCat(
            path, ": ", key, ": expected up to three positive numbers"));
      out[k] = static_cast<uint32_t>(*n);
    }
    return absl::OkStatus();
  };
  if (auto name = root->getString("kernel"))
    plan.kernel = name->str();
  if (auto n = root->getInteger("dynamic_lds")) {
    if (*n < 0 || *n > 65536)
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": dynamic_lds: expected 0 to 65536"));
    plan.config.dynamicLdsBytes = static_cast<uint32_t>(*n);
  }
  absl::Status status = size("grid", plan.config.grid);
  status.Update(size("block", plan.config.workgroup));
  status.Update(strings("args", plan.arguments));
  status.Update(strings("dump", plan.dumps));
  return status;
}

template <class T, class Parse>
static absl::StatusOr<std::vector<uint8_t>> scalar(const std::string &text,
                                                   Parse parse) {
  T value{};
  if (!parse(text, &value))
    return absl::InvalidArgumentError(absl::StrCat(
        "argument value '", text, "' is not a number of its type"));
  std::vector<uint8_t> out(sizeof(T));
  std::memcpy(out.data(), &value, sizeof(T));
  return out;
}

static absl::StatusOr<std::vector<uint8_t>>
scalarBytes(const std::string &type, const std::string &text) {
  auto integer = [](const std::string &s, auto *v) {
    return absl::SimpleAtoi(s, v);
  };
  if (type == "i32")
    return scalar<int32_t>(text, integer);
  if (type == "u32")
    return scalar<uint32_t>(text, integer);
  if (type == "i64")
    return scalar<int64_t>(text, integer);
  if (type == "u64")
    return scalar<uint64_t>(text, integer);
  if (type == "f32")
    return scalar<float>(text, [](const std::string &s, float *v) {
      return absl::SimpleAtof(s, v);
    });
  if (type == "f64")
    return scalar<double>(text, [](const std::string &s, double *v) {
      return absl::SimpleAtod(s, v);
    });
  return absl::InvalidArgumentError(
      absl::StrCat("argument type '", type,
                   "': expected i32, u32, i64, u64, f32, f64 or buf"));
}

/// a * index + b in elements of T.
template <class T>
static std::vector<uint8_t> linear(uint64_t bytes, double a, double b) {
  std::vector<uint8_t> out(bytes, 0);
  for (uint64_t k = 0; k < bytes / sizeof(T); ++k) {
    T value = static_cast<T>(a * static_cast<double>(k) + b);
    std::memcpy(out.data() + k * sizeof(T), &value, sizeof(T));
  }
  return out;
}

static absl::StatusOr<std::vector<uint8_t>> pattern(const std::string &text,
                                                    uint64_t bytes) {
  if (text == "zero")
    return std::vector<uint8_t>(bytes, 0);
  std::vector<std::string> parts =
      absl::StrSplit(text, absl::MaxSplits('=', 1));
  const std::string &name = parts[0];
  std::string value = parts.size() > 1 ? parts[1] : "";
  if (name == "file" || name == "hex") {
    std::vector<uint8_t> data;
    if (name == "file") {
      auto file = readFile(value);
      if (!file.ok())
        return file.status();
      data = *std::move(file);
    } else {
      std::string raw = absl::HexStringToBytes(value);
      data.assign(raw.begin(), raw.end());
    }
    if (data.size() != bytes)
      return absl::InvalidArgumentError(absl::StrCat(
          "buffer of ", bytes, " bytes: '", text, "' has ", data.size()));
    return data;
  }
  double a = 1, b = 0;
  std::vector<std::string> typed = absl::StrSplit(name, '-');
  if (typed.size() == 2 && typed[0] == "linear") {
    std::vector<std::string> numbers = absl::StrSplit(value, ',');
    if (numbers.size() != 2 || !absl::SimpleAtod(numbers[0], &a) ||
        !absl::SimpleAtod(numbers[1], &b))
      return absl::InvalidArgumentError(
          absl::StrCat("pattern '", text, "': expected linear-TYPE=A,B"));
  }
  if (typed.size() == 2 && (typed[0] == "linear" || typed[0] == "iota")) {
    if (typed[1] == "i32")
      return linear<int32_t>(bytes, a, b);
    if (typed[1] == "u8")
      return linear<uint8_t>(bytes, a, b);
    if (typed[1] == "f32")
      return linear<float>(bytes, a, b);
    if (typed[1] == "f64")
      return linear<double>(bytes, a, b);
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "pattern '", text,
      "': expected none, zero, file=PATH, hex=BYTES, "
      "iota-TYPE or linear-TYPE=A,B with TYPE i32, u8, f32 or f64"));
}

static absl::StatusOr<std::vector<uint8_t>>
makeBuffer(dsv4emu::Device &device, const std::vector<std::string> &parts,
           size_t position, std::map<std::string, BufferArgument> &buffers) {
  BufferArgument buffer;
  if (parts.size() < 2 || !absl::SimpleAtoi(parts[1], &buffer.bytes) ||
      buffer.bytes == 0)
    return absl::InvalidArgumentError(absl::StrCat(
        "argument ", position, ": expected buf:BYTES[:PATTERN][:NAME]"));
  std::string name =
      parts.size() > 3 ? parts[3] : absl::StrCat("arg", position);
  auto address = device.memory().allocate(buffer.bytes, name);
  if (!address.ok())
    return address.status();
  buffer.address = *address;
  std::string fill = parts.size() > 2 && !parts[2].empty() ? parts[2] : "zero";
  if (fill != "none") {
    auto data = pattern(fill, buffer.bytes);
    if (!data.ok())
      return data.status();
    if (absl::Status s =
            device.memory().write(buffer.address, data->data(), data->size());
        !s.ok())
      return s;
  }
  if (!buffers.emplace(name, buffer).second)
    return absl::InvalidArgumentError(
        absl::StrCat("two buffers are called '", name, "'"));
  std::vector<uint8_t> out(8);
  std::memcpy(out.data(), &buffer.address, 8);
  return out;
}

absl::StatusOr<std::vector<uint8_t>>
buildArguments(dsv4emu::Device &device, const Kernel &kernel,
               const std::vector<std::string> &arguments,
               std::map<std::string, BufferArgument> &buffers) {
  std::vector<const KernelArgument *> expected;
  for (const KernelArgument &a : kernel.arguments)
    if (!a.isHidden())
      expected.push_back(&a);
  if (arguments.size() != expected.size())
    return absl::InvalidArgumentError(
        absl::StrCat("kernel ", kernel.name, " takes ", expected.size(),
                     " arguments, got ", arguments.size()));
  std::vector<uint8_t> out(dsv4emu::explicitArgumentBytes(kernel), 0);
  for (size_t k = 0; k < arguments.size(); ++k) {
    std::vector<std::string> parts =
        absl::StrSplit(arguments[k], absl::MaxSplits(':', 3));
    absl::StatusOr<std::vector<uint8_t>> bytes;
    if (parts[0] == "buf")
      bytes = makeBuffer(device, parts, k, buffers);
    else if (parts.size() == 2)
      bytes = scalarBytes(parts[0], parts[1]);
    else
      bytes = absl::InvalidArgumentError(
          absl::StrCat("argument ", k, " '", arguments[k],
                       "': expected TYPE:VALUE or buf:BYTES[:PATTERN][:NAME]"));
    if (!bytes.ok())
      return bytes.status();
    if (bytes->size() != expected[k]->size)
      return absl::InvalidArgumentError(absl::StrCat(
          "argument ", k, " '", arguments[k], "' has ", bytes->size(),
          " bytes; kernel ", kernel.name, " expects ", expected[k]->size));
    std::memcpy(out.data() + expected[k]->offset, bytes->data(), bytes->size());
  }
  return out;
}
