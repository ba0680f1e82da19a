#include "CPeak.h"

// Four cycles of latency times two units are eight chains; twelve leave room for newer cores, and sixteen registers
// hold them.
#define CHAINS 12

#define BURST(name, lanes, attributes) \
  typedef float name##_vector __attribute__((vector_size((lanes) * sizeof(float)))); \
  attributes static double name(long rounds, float *sum) { \
    name##_vector chain[CHAINS]; \
    const name##_vector factor = (name##_vector){} + 0.999f; \
    const name##_vector term = (name##_vector){} + 0.001f; \
    _Pragma("unroll") for (int i = 0; i < CHAINS; i++) chain[i] = term * (float)i; \
    for (long round = 0; round < rounds; round++) \
      _Pragma("unroll") for (int i = 0; i < CHAINS; i++) chain[i] = chain[i] * factor + term; \
    _Pragma("unroll") for (int i = 1; i < CHAINS; i++) chain[0] += chain[i]; \
    *sum = chain[0][0]; \
    return 2.0 * CHAINS * (lanes) * (double)rounds; \
  }

BURST(burst_generic, 4, )
#if defined(__x86_64__)
BURST(burst_avx2, 8, __attribute__((target("avx2,fma"))))
BURST(burst_avx512, 16, __attribute__((target("avx512f,fma"))))
#endif

double gaze_peak_burst(int set, long rounds, float *sum) {
#if defined(__x86_64__)
  if (set == 1) return burst_avx2(rounds, sum);
  if (set == 2) return burst_avx512(rounds, sum);
#endif
  return burst_generic(rounds, sum);
}
