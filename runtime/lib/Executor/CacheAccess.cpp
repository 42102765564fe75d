//===- CacheAccess.cpp - Read, write and compare the state ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Executor/CacheAccess.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsv4run/Support/NumberFormats.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

absl::Span<std::byte> AsBytes(std::vector<uint8_t> &bytes) {
  return {reinterpret_cast<std::byte *>(bytes.data()), bytes.size()};
}

/// Bytes that one row has in each of a cache's buffers.
struct RowSizes {
  CodeFormat format;
  int64_t codes, scales, tail;
};

absl::StatusOr<RowSizes> SizesOf(const schema::Manifest &manifest,
                                 const schema::State &state) {
  const schema::Buffer &codes =
      *manifest.buffers()->Get(state.buffers()->Get(0));
  DSV4RUN_ASSIGN_OR_RETURN(
      CodeFormat format,
      CodeFormatOf(codes.element()->str(), codes.holds()->str()));
  return RowSizes{format, CodeBytes(format, state.width()),
                  int64_t{state.width()} / state.block(),
                  int64_t{state.tail()} * 2};
}

/// "layers.3" of "layers.3.index.open".
std::string LayerOf(const std::string &state) {
  return state.substr(0, state.find('.', state.find('.') + 1));
}

} // namespace

absl::StatusOr<int> CacheAccess::Find(absl::string_view name) const {
  std::vector<std::string> names;
  const auto &states = *session_.model().manifest().states();
  for (size_t i = 0; i < states.size(); ++i) {
    names.push_back(states.Get(i)->name()->str());
    if (names.back() == name)
      return static_cast<int>(i);
  }
  return absl::NotFoundError(absl::StrCat("no state \"", name, "\"; found ",
                                          absl::StrJoin(names, ", ")));
}

std::optional<int> CacheAccess::FindOfLayer(absl::string_view layer,
                                            schema::CacheKind kind) const {
  const auto &states = *session_.model().manifest().states();
  for (size_t i = 0; i < states.size(); ++i)
    if (states.Get(i)->kind() == kind &&
        absl::StartsWith(states.Get(i)->name()->str(),
                         absl::StrCat(layer, ".")))
      return static_cast<int>(i);
  return std::nullopt;
}

std::pair<int64_t, int64_t> CacheAccess::LiveRowsAt(int index,
                                                    int64_t length) const {
  const schema::State &s = state(index);
  int64_t window = session_.pool().geometry().window, ratio = s.ratio();
  switch (s.kind()) {
  case schema::CacheKind::Window:
    return {std::max<int64_t>(0, length - window + 1), length};
  case schema::CacheKind::Entries:
  case schema::CacheKind::Index:
    return {0, length / ratio};
  case schema::CacheKind::OpenRows: {
    // A layer's compressors share the ratio that its entries state.
    std::optional<int> entries =
        FindOfLayer(LayerOf(s.name()->str()), schema::CacheKind::Entries);
    if (!entries)
      return {std::max<int64_t>(0, length - int64_t{s.slots()}), length};
    ratio = state(*entries).ratio();
    // Overlapping compressors also need the last complete block.
    int64_t blocks = length / ratio - (s.slots() > ratio ? 1 : 0);
    return {std::max<int64_t>(0, blocks) * ratio, length};
  }
  }
  return {0, 0};
}

absl::StatusOr<int64_t> CacheAccess::RowInPool(int index, int slot,
                                               int64_t row) const {
  const schema::State &s = state(index);
  const PagedPool &pool = session_.pool();
  if (s.kind() == schema::CacheKind::OpenRows) {
    if (row >= 0 && row < pool.length(slot) &&
        row >= pool.length(slot) - int64_t{s.slots()})
      return int64_t{slot} * s.slots() + row % s.slots();
  } else {
    int64_t ratio = s.kind() == schema::CacheKind::Window ? 1 : s.ratio();
    int64_t position = row * ratio, page_rows = pool.geometry().page / ratio;
    int32_t page = row < 0 ? -1
                   : s.kind() == schema::CacheKind::Window
                       ? pool.WindowPage(slot, position)
                       : pool.EntryPage(slot, position);
    if (page >= 0)
      return page * page_rows + row % page_rows;
  }
  return absl::OutOfRangeError(
      absl::StrCat(s.name()->str(), " of slot ", slot, " has no row ", row,
                   "; the sequence has ", pool.length(slot), " positions"));
}

absl::StatusOr<std::vector<int64_t>> CacheAccess::RowBytes(int index) const {
  const schema::State &s = state(index);
  if (s.kind() == schema::CacheKind::OpenRows)
    return std::vector<int64_t>(2, int64_t{s.width()} * 4);
  DSV4RUN_ASSIGN_OR_RETURN(RowSizes sizes,
                           SizesOf(session_.model().manifest(), s));
  std::vector<int64_t> bytes = {sizes.codes, sizes.scales};
  if (sizes.tail)
    bytes.push_back(sizes.tail);
  return bytes;
}

absl::StatusOr<std::vector<float>> CacheAccess::ReadRow(int index, int slot,
                                                        int64_t row) const {
  const schema::State &s = state(index);
  Device &device = session_.model().device();
  DSV4RUN_ASSIGN_OR_RETURN(int64_t at, RowInPool(index, slot, row));
  auto address = [&](int part) {
    return session_.address(s.buffers()->Get(part));
  };
  if (s.kind() == schema::CacheKind::OpenRows) {
    std::vector<float> values(2 * size_t{s.width()});
    for (int part = 0; part < 2; ++part) {
      int64_t bytes = int64_t{s.width()} * 4;
      auto *out = reinterpret_cast<std::byte *>(values.data()) + part * bytes;
      DSV4RUN_RETURN_IF_ERROR(device.CopyOut(absl::MakeSpan(out, bytes),
                                             address(part) + at * bytes));
    }
    return values;
  }
  DSV4RUN_ASSIGN_OR_RETURN(RowSizes sizes,
                           SizesOf(session_.model().manifest(), s));
  std::vector<uint8_t> codes(sizes.codes), scales(sizes.scales),
      tail(sizes.tail);
  DSV4RUN_RETURN_IF_ERROR(
      device.CopyOut(AsBytes(codes), address(0) + at * sizes.codes));
  DSV4RUN_RETURN_IF_ERROR(
      device.CopyOut(AsBytes(scales), address(1) + at * sizes.scales));
  if (!tail.empty())
    DSV4RUN_RETURN_IF_ERROR(
        device.CopyOut(AsBytes(tail), address(2) + at * sizes.tail));
  std::vector<float> values(size_t{s.width()} + s.tail());
  DequantizeRow(sizes.format, s.block(), codes, scales,
                absl::MakeSpan(values.data(), s.width()));
  for (size_t i = 0; i < s.tail(); ++i)
    values[s.width() + i] = FloatFromBf16(
        static_cast<uint16_t>(tail[2 * i] | tail[2 * i + 1] << 8));
  return values;
}

absl::Status CacheAccess::WriteRow(int index, int slot, int64_t row,
                                   absl::Span<const float> values) {
  const schema::State &s = state(index);
  Device &device = session_.model().device();
  if (s.kind() == schema::CacheKind::OpenRows)
    return absl::UnimplementedError(
        absl::StrCat(s.name()->str(), ": open rows are written by steps only"));
  if (values.size() != size_t{s.width()} + s.tail())
    return absl::InvalidArgumentError(
        absl::StrCat("a row of ", s.name()->str(), " has ",
                     s.width() + s.tail(), " channels, found ", values.size()));
  DSV4RUN_ASSIGN_OR_RETURN(int64_t at, RowInPool(index, slot, row));
  DSV4RUN_ASSIGN_OR_RETURN(RowSizes sizes,
                           SizesOf(session_.model().manifest(), s));
  std::vector<uint8_t> codes(sizes.codes), scales(sizes.scales),
      tail(sizes.tail);
  QuantizeRow(sizes.format, s.block(), values.subspan(0, s.width()),
              absl::MakeSpan(codes), absl::MakeSpan(scales));
  for (size_t i = 0; i < s.tail(); ++i) {
    uint16_t code = Bf16FromFloat(values[s.width() + i]);
    tail[2 * i] = static_cast<uint8_t>(code);
    tail[2 * i + 1] = static_cast<uint8_t>(code >> 8);
  }
  auto address = [&](int part) {
    return session_.address(s.buffers()->Get(part));
  };
  DSV4RUN_RETURN_IF_ERROR(
      device.CopyIn(address(0) + at * sizes.codes, AsBytes(codes)));
  DSV4RUN_RETURN_IF_ERROR(
      device.CopyIn(address(1) + at * sizes.scales, AsBytes(scales)));
  if (tail.empty())
    return absl::OkStatus();
  return device.CopyIn(address(2) + at * sizes.tail, AsBytes(tail));
}

absl::StatusOr<std::vector<StateRows>> CacheAccess::Snapshot(int slot) const {
  std::vector<StateRows> snapshot;
  int states = session_.model().manifest().states()->size();
  for (int index = 0; index < states; ++index) {
    auto [begin, end] = LiveRows(index, slot);
    StateRows rows;
    rows.name = state(index).name()->str();
    rows.begin = begin;
    for (int64_t row = begin; row < end; ++row) {
      DSV4RUN_ASSIGN_OR_RETURN(std::vector<float> values,
                               ReadRow(index, slot, row));
      rows.columns = values.size();
      rows.values.insert(rows.values.end(), values.begin(), values.end());
    }
    snapshot.push_back(std::move(rows));
  }
  return snapshot;
}

namespace {

/// One pattern for both zeros.
uint32_t NumberBits(float value) {
  return value == 0 ? 0 : BitsFromFloat(value);
}

} // namespace

std::string CompareSnapshots(absl::Span<const StateRows> a,
                             absl::Span<const StateRows> b) {
  if (a.size() != b.size())
    return absl::StrCat(a.size(), " state values against ", b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    const StateRows &x = a[i], &y = b[i];
    if (x.name != y.name || x.begin != y.begin || x.rows() != y.rows() ||
        x.columns != y.columns)
      return absl::StrCat(x.name, " rows ", x.begin, " to ", x.begin + x.rows(),
                          " of ", x.columns, " against ", y.name, " rows ",
                          y.begin, " to ", y.begin + y.rows(), " of ",
                          y.columns);
    for (size_t k = 0; k < x.values.size(); ++k)
      if (NumberBits(x.values[k]) != NumberBits(y.values[k]))
        return absl::StrCat(x.name, " row ", x.begin + k / x.columns,
                            " channel ", k % x.columns, ": ", x.values[k],
                            " against ", y.values[k]);
  }
  return "";
}

uint64_t DigestSnapshot(absl::Span<const StateRows> snapshot) {
  uint64_t hash = 0xCBF29CE484222325; // FNV-1a
  auto add = [&](uint64_t value) {
    for (int byte = 0; byte < 8; ++byte)
      hash = (hash ^ (value >> (8 * byte) & 255)) * 0x100000001B3;
  };
  for (const StateRows &rows : snapshot) {
    for (char c : rows.name)
      add(static_cast<unsigned char>(c));
    add(rows.begin);
    add(rows.columns);
    for (float value : rows.values)
      add(NumberBits(value));
  }
  return hash;
}

} // namespace dsv4run
