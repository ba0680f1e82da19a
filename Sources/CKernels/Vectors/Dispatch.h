/// What finds a family's table of kernels for an instruction set.
#pragma once

#include <stddef.h>

#include "InstructionSet.h"

// What this kind of processor may have besides `GAZE_GENERIC`.
#if defined(__x86_64__)
#define DECLARE_TABLES(family) extern const struct gaze_##family##_kernels gaze_##family##_avx2, gaze_##family##_avx512;
#define TABLE_CASES(family) \
  case GAZE_AVX2: return &gaze_##family##_avx2; \
  case GAZE_AVX512: return &gaze_##family##_avx512;
#elif defined(__aarch64__)
#define DECLARE_TABLES(family) extern const struct gaze_##family##_kernels gaze_##family##_neon;
#define TABLE_CASES(family) \
  case GAZE_NEON: return &gaze_##family##_neon;
#else
#define DECLARE_TABLES(family)
#define TABLE_CASES(family)
#endif

/// Defines `gaze_FAMILY_kernels(set)` over the tables `gaze_FAMILY_generic`, `gaze_FAMILY_avx2`, ...
#define DEFINE_KERNELS(family) \
  extern const struct gaze_##family##_kernels gaze_##family##_generic; \
  DECLARE_TABLES(family) \
  const struct gaze_##family##_kernels *gaze_##family##_kernels(enum gaze_instruction_set set) { \
    if (!gaze_supports(set)) return NULL; \
    switch (set) { \
    case GAZE_GENERIC: return &gaze_##family##_generic; TABLE_CASES(family) \
    default: return NULL; \
    } \
  }
