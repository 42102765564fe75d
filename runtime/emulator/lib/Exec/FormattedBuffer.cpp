//===- FormattedBuffer.cpp - Typed buffer instructions --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// tbuffer_* name their format, buffer_*_format_* take it and the order of the
// components from the descriptor (CDNA3 ISA, sections 9.1.4 and 9.1.11).
// D16 forms hold halves or 16-bit integers, two per register.
//
//===----------------------------------------------------------------------===//

#include "BufferAddress.h"
#include "BufferFormat.h"
#include "absl/strings/str_cat.h"

SIMD_BEGIN
namespace {

/// How an access reads its data.
struct Conversion {
  const DataFormat *data = nullptr;
  NumberFormat number = NumberFormat::Uint;
  uint8_t select[4] = {4, 5, 6, 7}; ///< 0 and 1 are constants, 4..7 components.
  unsigned bytes = 0;               ///< Accessed per lane.
};

enum Access16 { Whole, Packed16, High16 };

/// False, with a fault, for a format that does not exist or isn't modelled.
bool conversion(Wave &w, const Inst &i, unsigned count, bool store,
                Conversion &c) {
  unsigned dfmt = i.dfmt, nfmt = i.nfmt;
  if (i.format == Format::MUBUF) {
    uint32_t d = w.sgpr[i.src[2] + 3];
    nfmt = d >> 12 & 7;
    dfmt = d >> 15 & 15;
    for (unsigned k = 0; k < 4; ++k)
      c.select[k] = static_cast<uint8_t>(d >> 3 * k & 7);
  }
  c.data = &dataFormat(dfmt);
  c.number = static_cast<NumberFormat>(nfmt);
  // An unbound resource reads as zero and drops stores; its records are zero.
  if (c.data->count == 0 && i.format == Format::MUBUF &&
      w.sgpr[i.src[2] + 2] == 0)
    c.data = &dataFormat(4);
  bool narrowFloat = c.number == NumberFormat::Float &&
                     (c.data->bits[0] == 8 || c.data->bits[0] == 2 ||
                      (c.data->bits[0] < 16 && c.data->count == 4));
  bool scaled =
      c.number == NumberFormat::Uscaled || c.number == NumberFormat::Sscaled;
  bool smallFloat = c.number == NumberFormat::Float && c.data->bits[0] < 16;
  if (c.data->count == 0 || c.number == NumberFormat::Reserved || narrowFloat ||
      (store && (scaled || smallFloat))) {
    w.fault(absl::StrCat("typed buffer access with data format ", dfmt, " (",
                         c.data->name, ") and number format ", nfmt,
                         store ? ", which has no modelled store"
                               : ", which does not exist"));
    return false;
  }
  unsigned used = 0;
  for (unsigned k = 0; k < count; ++k)
    if (c.select[k] >= 4)
      used = std::max(used, c.select[k] - 3u);
  used = std::min<unsigned>(used, c.data->count);
  // Elements of a dword are accessed whole, larger ones by components.
  c.bytes = c.data->bytes();
  if (c.bytes > 4)
    c.bytes = std::max(4u, (used * c.data->bits[0] / 8 + 3) & ~3u);
  return true;
}

/// Component `c` of the element at p.
uint32_t extract(const DataFormat &format, const uint8_t *p, unsigned c) {
  unsigned first = 0;
  for (unsigned k = 0; k < c; ++k)
    first += format.bits[k];
  uint64_t word = 0;
  unsigned start = first / 32 * 4;
  std::memcpy(&word, p + start, std::min(4u, format.bytes() - start));
  return static_cast<uint32_t>(word >> first % 32 &
                               ((uint64_t{1} << format.bits[c]) - 1));
}
void insert(const DataFormat &format, uint8_t *p, unsigned c, uint32_t value) {
  unsigned first = 0;
  for (unsigned k = 0; k < c; ++k)
    first += format.bits[k];
  unsigned start = first / 32 * 4, size = std::min(4u, format.bytes() - start);
  uint64_t word = 0, mask = ((uint64_t{1} << format.bits[c]) - 1) << first % 32;
  std::memcpy(&word, p + start, size);
  word = (word & ~mask) | (uint64_t{value} << first % 32 & mask);
  std::memcpy(p + start, &word, size);
}

uint32_t one(NumberFormat number) {
  return isInteger(number) ? 1 : bitCast<uint32_t>(1.0f);
}
uint16_t narrow(uint32_t value, NumberFormat number) {
  if (!isInteger(number))
    return toHalf(bitCast<float>(value));
  return static_cast<uint16_t>(value);
}
uint32_t widen(uint16_t value, NumberFormat number) {
  if (number == NumberFormat::Uint)
    return value;
  if (number == NumberFormat::Sint)
    return static_cast<uint32_t>(static_cast<int16_t>(value));
  return bitCast<uint32_t>(halfToFloat(value));
}

void put(uint32_t *row, unsigned l, unsigned k, uint32_t value,
         NumberFormat number, Access16 how) {
  if (how == Whole) {
    row[64 * k + l] = value;
    return;
  }
  uint32_t half = narrow(value, number);
  uint32_t &to = row[64 * (k / 2) + l];
  if (how == High16)
    to = half << 16;
  else
    to = k % 2 ? (to & 0xffff) | half << 16 : half;
}
uint32_t get(const uint32_t *row, unsigned l, unsigned k, NumberFormat number,
             Access16 how) {
  if (how == Whole)
    return row[64 * k + l];
  uint32_t from = row[64 * (k / 2) + l];
  bool high = how == High16 || k % 2;
  return widen(static_cast<uint16_t>(high ? from >> 16 : from), number);
}

/// The access of a size that the format decides.
void validate(Wave &w, const Inst &i, Lanes &lanes, unsigned bytes,
              Access access) {
  switch (bytes) {
#define CASE(BYTES)                                                            \
  case BYTES:                                                                  \
    return validateGlobal<BYTES>(w, i, lanes, access);
    DSV4EMU_ACCESS_SIZES(CASE)
#undef CASE
  }
}

template <unsigned Count, Access16 How>
void load(Wave &w, const Inst &i) {
  Conversion c;
  if (!conversion(w, i, Count, false, c))
    return;
  BufferLanes lanes;
  bufferAddresses(w, i, lanes);
  uint8_t bytes[64][16] = {};
  uint64_t loaded = 0;
  lanes.mask = lanesInRange(lanes, 0, c.bytes);
  auto move = [&](Lanes &part, unsigned first, unsigned size) {
    validate(w, i, part, size, Access::Load);
    loaded |= part.mask;
    forLanes(part.mask, [&](unsigned l) {
      std::memcpy(bytes[l] + first,
                  reinterpret_cast<const void *>(part.address[l]), size);
    });
  };
  inParts(
      lanes, c.bytes, [&](Lanes &part) { move(part, 0, c.bytes); },
      [&](Lanes &part, unsigned k) { move(part, 4 * k, 4); });
  uint32_t *row = w.row(i.dst);
  for (uint64_t m = w.exec(); m; m &= m - 1) {
    unsigned l = static_cast<unsigned>(__builtin_ctzll(m));
    for (unsigned k = 0; k < Count; ++k) {
      unsigned select = c.select[k];
      // Out of range every component is zero, but a constant one stays.
      uint32_t value = select == 1 ? one(c.number) : 0;
      if (select >= 4 && (loaded >> l & 1)) {
        unsigned from = select - 4;
        if (from < c.data->count)
          value = decodeComponent(extract(*c.data, bytes[l], from),
                                  c.data->bits[from], c.number);
        else
          value = from == 3 ? one(c.number) : 0;
      }
      put(row, l, k, value, c.number, How);
    }
  }
  issueVm(w, i);
}

template <unsigned Count, Access16 How>
void store(Wave &w, const Inst &i) {
  Conversion c;
  if (!conversion(w, i, Count, true, c))
    return;
  BufferLanes lanes;
  bufferAddresses(w, i, lanes);
  const uint32_t *row = w.row(i.src[1]);
  uint8_t bytes[64][16] = {};
  for (uint64_t m = lanes.mask; m; m &= m - 1) {
    unsigned l = static_cast<unsigned>(__builtin_ctzll(m));
    for (unsigned k = 0; k < Count; ++k) {
      unsigned to = c.select[k] - 4u;
      if (to < c.data->count)
        insert(*c.data, bytes[l], to,
               encodeComponent(get(row, l, k, c.number, How), c.data->bits[to],
                               c.number));
    }
  }
  lanes.mask = lanesInRange(lanes, 0, c.bytes);
  auto move = [&](Lanes &part, unsigned first, unsigned size) {
    validate(w, i, part, size, Access::Store);
    forLanes(part.mask, [&](unsigned l) {
      std::memcpy(reinterpret_cast<void *>(part.address[l]), bytes[l] + first,
                  size);
    });
  };
  inParts(
      lanes, c.bytes, [&](Lanes &part) { move(part, 0, c.bytes); },
      [&](Lanes &part, unsigned k) { move(part, 4 * k, 4); });
  issueVm(w, i);
}

constexpr Kind kData(unsigned count, Access16 how) {
  unsigned words = how == Whole ? count : (count + 1) / 2;
  return words == 1   ? Kind::B32
         : words == 2 ? Kind::B64
         : words == 3 ? Kind::V3
                      : Kind::V4;
}

#define ROWS(PREFIX, SECTION, SUFFIX, COUNT, HOW)                              \
  {PREFIX "_load_format_" SUFFIX,                                              \
   SECTION,                                                                    \
   load<COUNT, HOW>,                                                           \
   Class::GlobalLoad,                                                          \
   4,                                                                          \
   kData(COUNT, HOW),                                                          \
   {},                                                                         \
   0},                                                                         \
      {PREFIX "_store_format_" SUFFIX,                                         \
       SECTION,                                                                \
       store<COUNT, HOW>,                                                      \
       Class::GlobalStore,                                                     \
       4,                                                                      \
       Kind::None,                                                             \
       {Kind::None, kData(COUNT, HOW)},                                        \
       0},
#define ALL_ROWS(PREFIX, SECTION)                                              \
  ROWS(PREFIX, SECTION, "x", 1, Whole)                                         \
  ROWS(PREFIX, SECTION, "xy", 2, Whole)                                        \
  ROWS(PREFIX, SECTION, "xyz", 3, Whole)                                       \
  ROWS(PREFIX, SECTION, "xyzw", 4, Whole)                                      \
  ROWS(PREFIX, SECTION, "d16_x", 1, Packed16)                                  \
  ROWS(PREFIX, SECTION, "d16_xy", 2, Packed16)                                 \
  ROWS(PREFIX, SECTION, "d16_xyz", 3, Packed16)                                \
  ROWS(PREFIX, SECTION, "d16_xyzw", 4, Packed16)

const OpInfo table[] = {ALL_ROWS("buffer", "12.13. MUBUF Instructions") ROWS(
    "buffer", "12.13. MUBUF Instructions", "d16_hi_x", 1, High16)
                            ALL_ROWS("tbuffer", "12.14. MTBUF Instructions")};

} // namespace

absl::Span<const OpInfo> formatTable() { return table; }

SIMD_END
