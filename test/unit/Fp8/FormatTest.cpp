//===- FormatTest.cpp - The constants of #fp8.format ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Jit.h"
#include "Reference.h"
#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "mlir/AsmParser/AsmParser.h"
#include <gtest/gtest.h>

using namespace dsv4c::reference;
using dsv4c::fp8::FloatDialect;
using dsv4c::fp8::FormatAttr;
using dsv4c::test::context;

namespace {

FormatAttr formatOf(const char *type) {
  return FormatAttr::get(mlir::parseType(type, &context()));
}

template <typename T>
std::vector<int> toInts(const T &codes) {
  return std::vector<int>(codes.begin(), codes.end());
}

// The table of section 3.1 of the specification.
TEST(Format, Table) {
  struct Row {
    const char *type;
    unsigned bits, exponentBits, mantissaBits;
    int bias;
    double largest, smallestNormal, smallestSubnormal;
    std::vector<int> infinities, nans, zeros;
  };
  const Row rows[] = {{"f8E4M3FN",
                       8,
                       4,
                       3,
                       7,
                       448,
                       std::ldexp(1, -6),
                       std::ldexp(1, -9),
                       {},
                       {0x7F, 0xFF},
                       {0x00, 0x80}},
                      {"f8E4M3FNUZ",
                       8,
                       4,
                       3,
                       8,
                       240,
                       std::ldexp(1, -7),
                       std::ldexp(1, -10),
                       {},
                       {0x80},
                       {0x00}},
                      {"f8E5M2",
                       8,
                       5,
                       2,
                       15,
                       57344,
                       std::ldexp(1, -14),
                       std::ldexp(1, -16),
                       {0x7C, 0xFC},
                       {0x7D, 0x7E, 0x7F, 0xFD, 0xFE, 0xFF},
                       {0x00, 0x80}},
                      {"f8E5M2FNUZ",
                       8,
                       5,
                       2,
                       16,
                       57344,
                       std::ldexp(1, -15),
                       std::ldexp(1, -17),
                       {},
                       {0x80},
                       {0x00}},
                      {"f4E2M1FN", 4, 2, 1, 1, 6, 1, 0.5, {}, {}, {0, 8}},
                      {"f8E8M0FNU",
                       8,
                       8,
                       0,
                       127,
                       std::ldexp(1, 127),
                       std::ldexp(1, -127),
                       std::ldexp(1, -127),
                       {},
                       {255},
                       {}}};
  for (const Row &row : rows) {
    SCOPED_TRACE(row.type);
    FormatAttr format = formatOf(row.type);
    ASSERT_TRUE(format);
    EXPECT_EQ(row.bits, format.getBits());
    EXPECT_EQ(row.exponentBits, format.getExponentBits());
    EXPECT_EQ(row.mantissaBits, format.getMantissaBits());
    EXPECT_EQ(row.bias, format.getBias());
    EXPECT_EQ(row.largest, format.getLargestFinite());
    EXPECT_EQ(row.smallestNormal, format.getSmallestNormal());
    EXPECT_EQ(row.smallestSubnormal, format.getSmallestSubnormal());
    EXPECT_EQ(row.infinities, toInts(format.getInfinityCodes()));
    EXPECT_EQ(row.nans, toInts(format.getNaNCodes()));
    EXPECT_EQ(row.zeros, toInts(format.getZeroCodes()));
    EXPECT_EQ(row.zeros.size() == 2, format.hasNegativeZero());
    EXPECT_EQ(mlir::parseType(row.type, &context()), format.getElementType());
  }
}

TEST(Format, NotANarrowFloat) {
  for (const char *type : {"f32", "bf16", "i8", "f8E3M4", "f8E4M3B11FNUZ"})
    EXPECT_FALSE(formatOf(type)) << type;
}

TEST(Format, DecodeAndEncodeAllCodes) {
  for (const Format &expected : kFp8Formats) {
    SCOPED_TRACE(expected.mlirType);
    FormatAttr format = formatOf(expected.mlirType);
    EXPECT_EQ(expected.largestWritten, format.getLargestWritten());
    EXPECT_EQ(expected.canonicalNaN, *format.getCanonicalNaN());
    for (int code = 0; code < 256; ++code) {
      double value = decode(expected, code);
      if (std::isnan(value)) {
        EXPECT_TRUE(std::isnan(format.decode(code)));
        continue;
      }
      EXPECT_EQ(value, format.decode(code));
      if (std::fabs(value) <= expected.largestWritten)
        EXPECT_EQ(code, format.encode(llvm::APFloat(value),
                                      format.getLargestWritten()));
    }
  }
}

// A writer that goes up to `written at most` produces bytes that mean twice as
// much in OCP; one code more and they would not.
TEST(Format, LargestWrittenIsTheSameByteInBothDialects) {
  for (const char *type : {"f8E4M3FN", "f8E5M2"}) {
    FormatAttr ocp = formatOf(type);
    FormatAttr fnuz = ocp.withDialect(FloatDialect::Fnuz);
    auto top = [](FormatAttr format) {
      return format.encode(
          llvm::APFloat(static_cast<double>(format.getLargestWritten())),
          format.getLargestWritten());
    };
    EXPECT_EQ(top(ocp), top(fnuz));
    EXPECT_EQ(ocp.getLargestWritten(), 2 * fnuz.getLargestWritten());
    EXPECT_NE(ocp.decode(top(ocp) + 1), 2 * fnuz.decode(top(fnuz) + 1));
  }
}

TEST(Format, WithDialect) {
  FormatAttr ocp = formatOf("f8E4M3FN");
  FormatAttr fnuz = formatOf("f8E4M3FNUZ");
  EXPECT_EQ(fnuz, ocp.withDialect(FloatDialect::Fnuz));
  EXPECT_EQ(ocp, fnuz.withDialect(FloatDialect::Ocp));
  FormatAttr e2m1 = formatOf("f4E2M1FN");
  EXPECT_EQ(e2m1, e2m1.withDialect(FloatDialect::Fnuz));
  EXPECT_EQ("e4m3 fnuz (bias 8)", fnuz.describe());
}

} // namespace
