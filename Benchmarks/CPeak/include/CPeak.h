#pragma once

/// Runs fused multiply-adds that wait for nothing but the arithmetic units: the most that one core can do.
///
/// - set: as `enum gaze_instruction_set` counts: 0 for 128 bits without fusing (multiply and add), 1 for AVX2, 2 for
///   AVX-512, 3 for NEON. One that this processor lacks must not be asked for.
/// - rounds: how often each of a dozen independent chains is lengthened.
/// - sum: takes the result, so that nothing is optimised away.
/// - Returns the floating-point operations done; a fused multiply-add counts as two.
double gaze_peak_burst(int set, long rounds, float *sum);
