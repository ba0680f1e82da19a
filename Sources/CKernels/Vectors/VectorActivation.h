/// Activations of vectors, for a file that has included `Vector.h`.
///
/// Each is inlined with an activation that is known to the compiler or looked up before a loop; NaN gives NaN.
#pragma once

#include <stdbool.h>

#include "Activation.h"

/// `a` where `mask` is all ones, `b` where it is 0: one blend.
INLINE vector pick(vector_int mask, vector a, vector b) {
  return (vector)(((vector_int)a & mask) | ((vector_int)b & ~mask));
}

/// max(z, low), and NaN for NaN: one instruction where the processor's maximum returns its second operand for NaN.
INLINE vector at_least(float low, vector z) { return pick(z < broadcast(low), broadcast(low), z); }

/// min(z, high), and NaN for NaN.
INLINE vector at_most(float high, vector z) { return pick(z > broadcast(high), broadcast(high), z); }

/// e^-z for z in [-88, 87], clamped outside of it; NaN gives NaN.
#if GAZE_ISA_ID == 2
///
/// With -z log2 e = n + r, n a multiple of 1/16 and |r| <= 1/32: 2^n from a table of the sixteenth roots of 2 and the
/// exponent, 2^r from its Taylor polynomial, within 1e-8.
INLINE vector exponential_of_opposite(vector z) {
  z = at_most(87, at_least(-88, z));
  const vector roots = {
      1.0f,         1.04427378f,  1.09050773f,  1.138788635f, 1.189207115f, 1.241857812f, 1.296839555f, 1.354255547f,
      1.414213562f, 1.476826146f, 1.542210825f, 1.610490332f, 1.681792831f, 1.75625216f,  1.834008086f, 1.915206561f,
  };
  // Adding 1.5 * 2^19 rounds to a sixteenth; sixteenths are then in the lowest bits of the sum.
  vector rounding_shift = broadcast(786432);
  vector shifted = z * -1.44269502f + rounding_shift;
  vector n = shifted - rounding_shift;
  vector r = z * -1.44269502f - n;
  r = z * -1.92596303e-8f + r;
  vector root = (vector)_mm512_permutexvar_ps((__m512i)shifted, (__m512)roots);
  vector p = r * 0.0555041087f + 0.240226507f;
  p = p * r + 0.693147181f;
  return (vector)_mm512_scalef_ps((__m512)(root * (p * r) + root), (__m512)n);
}
#else
///
/// Cody and Waite's reduction -z = n ln 2 + r and Moshier's polynomial for e^r on |r| <= ln 2 / 2 (Cephes, expf).
INLINE vector exponential_of_opposite(vector z) {
  z = at_most(87, at_least(-88, z));
  // Adding 1.5 * 2^23 rounds to an integer, which is then in the lowest bits of the sum.
  vector rounding_shift = broadcast(12582912);
  vector shifted = z * -1.44269504f + rounding_shift;
  vector n = shifted - rounding_shift;
  vector r = n * -0.693359375f - z;
  r = n * 2.12194440e-4f + r;
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
#endif

/// 1 / (1 + e^-z) within 2.5e-7 relative for z >= -87; below that about 6e-39.
INLINE vector sigmoid(vector z) {
  vector d = 1 + exponential_of_opposite(z);
#if GAZE_ISA_ID == 2
  // An estimate to 14 bits and a step of Newton's: no slower than a division, and twice as fast on some processors.
  vector estimate = (vector)_mm512_rcp14_ps((__m512)d);
  return estimate * (1 - d * estimate) + estimate;
#else
  return 1 / d;
#endif
}

/// Phi(z) = (1 + erf(z / sqrt 2)) / 2, the normal distribution's, within 1.5e-7.
///
/// erf as Juffa's `erff` has it (stackoverflow.com/questions/35148198): a polynomial near 0, else 1 - e^p(t) with t =
/// |z| / sqrt 2. The lower tail is e^p(t) / 2 itself, so that nothing cancels there.
INLINE vector normal_distribution(vector z) {
  const vector x = z * 0.707106781f;
  const vector square = x * x;
  vector near = square * -5.96761703e-4f + 4.99119423e-3f;
  near = near * square + -2.67681349e-2f;
  near = near * square + 1.12819925e-1f;
  near = near * square + -3.76125336e-1f;
  near = near * square + 1.28379166e-1f;
  near = near * x + x;

  // Where t is above 5.5 the tail is below 4e-15, and the polynomial was not made for it.
  const vector t = at_most(5.5f, maximum(x, -x));
  vector far = t * -1.72853470e-5f + 3.83197126e-4f;
  far = far * (t * t) + (t * -3.88396438e-3f + 2.42546219e-2f);
  far = far * t + -1.06777877e-1f;
  far = far * t + -6.34846687e-1f;
  far = far * t + -1.28717512e-1f;
  far = far * t - t;
  const vector tail = exponential_of_opposite(-far) * 0.5f;
  const vector zero = {};
  return pick(t > broadcast(0.927734375f), pick(z > zero, 1 - tail, tail), near * 0.5f + 0.5f);
}

/// 2u, see `GAZE_GELU_TANH`.
INLINE vector gelu_tanh_argument(vector z) { return z * (z * z * 0.0713548163f + 1.59576912f); }

/// The ReLUs as a clamp between two numbers.
INLINE float lowest(enum gaze_activation activation) {
  return activation == GAZE_RELU || activation == GAZE_RELU6 ? 0 : -__builtin_inff();
}
INLINE float highest(enum gaze_activation activation) { return activation == GAZE_RELU6 ? 6 : __builtin_inff(); }

/// min(max(z, low), high), and NaN for NaN.
INLINE vector clamp(vector z, vector low, vector high) {
  z = pick(z < low, low, z);
  return pick(z > high, high, z);
}

/// min(max(z + 3, 0), 6) / 6, and NaN for NaN.
INLINE vector hard_sigmoid(vector z) { return at_most(6, at_least(0, z + 3)) * (1.0f / 6); }

/// Whether the activation is no clamp.
INLINE bool is_smooth(enum gaze_activation activation) { return activation >= GAZE_SIGMOID; }

INLINE vector activated(vector z, enum gaze_activation activation) {
  switch (activation) {
  case GAZE_RELU: return at_least(0, z);
  case GAZE_RELU6: return at_most(6, at_least(0, z));
  case GAZE_HARD_SIGMOID: return hard_sigmoid(z);
  case GAZE_HARD_SWISH: return z * hard_sigmoid(z);
  case GAZE_SIGMOID: return sigmoid(z);
  case GAZE_SILU: return z * sigmoid(z);
  case GAZE_GELU: return z * normal_distribution(z);
  case GAZE_GELU_TANH: return z * sigmoid(gelu_tanh_argument(z));
  case GAZE_QUICK_GELU: return z * sigmoid(z * 1.702f);
  default: return z;
  }
}
