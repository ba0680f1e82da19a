/// Activations of vectors, for a file that has included `Vector.h`.
///
/// Each is inlined with an activation that is known to the compiler or looked up before a loop; NaN gives NaN.
#pragma once

#include "Activation.h"

/// `a` where `mask` is all ones, `b` where it is 0: one blend.
INLINE vector pick(vector_int mask, vector a, vector b) {
  return (vector)(((vector_int)a & mask) | ((vector_int)b & ~mask));
}

/// max(z, low), and NaN for NaN: one maximum where the processor's returns its second operand then.
INLINE vector at_least(float low, vector z) { return pick(z < broadcast(low), broadcast(low), z); }

/// min(z, high), and NaN for NaN.
INLINE vector at_most(float high, vector z) { return pick(z > broadcast(high), broadcast(high), z); }

/// e^x for x in [-87, 88], clamped outside of it; NaN gives NaN. Relative error: below.
///
/// Cody and Waite's reduction x = n ln 2 + r and Moshier's polynomial for e^r on |r| <= ln 2 / 2 (Cephes, expf).
INLINE vector exponential(vector x) {
  x = at_most(88, at_least(-87, x));
  // Adding 1.5 * 2^23 rounds to an integer, which then stands in the lowest bits of the sum.
  vector rounding_shift = broadcast(12582912.0f);
  vector shifted = x * 1.44269504f + rounding_shift;
  vector n = shifted - rounding_shift;
  vector r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  vector p = broadcast(1.98756915e-4f);
  p = p * r + 1.39819995e-3f;
  p = p * r + 8.33345191e-3f;
  p = p * r + 4.16657959e-2f;
  p = p * r + 1.66666655e-1f;
  p = p * r + 5.00000012e-1f;
  p = p * (r * r) + r;
  vector_int two_to_the_n = ((vector_int)shifted - (vector_int)rounding_shift + 127) << 23;
  return (p + 1) * (vector)two_to_the_n;
}

/// 1 / (1 + e^-z)
INLINE vector sigmoid(vector z) { return 1 / (1 + exponential(-z)); }

INLINE vector activated(vector z, enum gaze_activation activation) {
  switch (activation) {
  case GAZE_RELU: return at_least(0, z);
  case GAZE_RELU6: return at_most(6, at_least(0, z));
  case GAZE_SIGMOID: return sigmoid(z);
  case GAZE_SILU: return z * sigmoid(z);
  default: return z;
  }
}
