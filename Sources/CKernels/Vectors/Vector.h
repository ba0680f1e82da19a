/// Vectors of `LANES` floats for the instruction set that the including file has named:
///
///     #define GAZE_ISA_ID 2 /* GAZE_AVX512: the preprocessor cannot see an enum */
///     #include "Vectors/Vector.h"
///     #include "Convolution.inc"
///     #include "Vectors/VectorEnd.h"
///
/// Everything is `static`, so that each file has its own. With clang's vector extensions one source serves every width;
/// `a * b + c` in one expression becomes a fused multiply-add where there is one.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "InstructionSet.h"

#if GAZE_ISA_ID == 2
#include <immintrin.h>
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)
#define LANES 16
#define SYMBOL(name) name##_avx512
#elif GAZE_ISA_ID == 1
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define LANES 8
#define SYMBOL(name) name##_avx2
#elif GAZE_ISA_ID == 3
#define LANES 4
#define SYMBOL(name) name##_neon
#else
#define LANES 4
#define SYMBOL(name) name##_generic
#endif

#define INLINE static inline __attribute__((always_inline))

INLINE ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
INLINE ptrdiff_t larger(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }
INLINE ptrdiff_t quotient_up(ptrdiff_t a, ptrdiff_t b) { return (a + b - 1) / b; }
INLINE ptrdiff_t round_up(ptrdiff_t a, ptrdiff_t b) { return quotient_up(a, b) * b; }

typedef float vector __attribute__((vector_size(LANES * sizeof(float))));
typedef float vector_unaligned __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));
typedef int32_t vector_int __attribute__((vector_size(LANES * sizeof(int32_t))));

INLINE vector load(const float *p) { return *(const vector_unaligned *)p; }
INLINE void store(float *p, vector v) { *(vector_unaligned *)p = v; }
INLINE vector broadcast(float value) {
  // Not `(vector){} + value`: the compiler must carry out that addition, since it turns -0 into 0.
#if GAZE_ISA_ID == 2
  return (vector)_mm512_set1_ps(value);
#elif GAZE_ISA_ID == 1
  return (vector)_mm256_set1_ps(value);
#else
  return (vector){value, value, value, value};
#endif
}
INLINE vector fused_multiply_add(vector a, vector b, vector c) { return a * b + c; }
INLINE vector maximum(vector a, vector b) { return __builtin_elementwise_max(a, b); }
INLINE vector minimum(vector a, vector b) { return __builtin_elementwise_min(a, b); }

/// The first `count` < LANES elements; the others are 0 and are not read.
INLINE vector load_first(const float *p, int count) {
#if GAZE_ISA_ID == 2
  return (vector)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), p);
#else
  vector v = {};
  __builtin_memcpy(&v, p, (size_t)count * sizeof(float));
  return v;
#endif
}

/// Writes the first `count` < LANES elements only.
INLINE void store_first(float *p, vector v, int count) {
#if GAZE_ISA_ID == 2
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1), (__m512)v);
#else
  __builtin_memcpy(p, &v, (size_t)count * sizeof(float));
#endif
}
