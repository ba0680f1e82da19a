#pragma once

#include <stdbool.h>

/// What the kernels are compiled for.
enum gaze_instruction_set {
  /// Vectors of 128 bits without fused multiply-add: whatever the compiler's baseline has.
  GAZE_GENERIC = 0,
  /// AVX2 and FMA: vectors of 256 bits.
  GAZE_AVX2 = 1,
  /// AVX-512 F, VL, BW and DQ: vectors of 512 bits.
  GAZE_AVX512 = 2,
  /// AArch64 Advanced SIMD: vectors of 128 bits with fused multiply-add.
  GAZE_NEON = 3,
};

/// Whether this processor and its operating system run the instruction set.
bool gaze_supports(enum gaze_instruction_set set);
