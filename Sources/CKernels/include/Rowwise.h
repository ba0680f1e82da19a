/// Kernels that treat each row of a matrix by itself: layer normalisation and the softmax of attention.
#pragma once

#include <stddef.h>

#include "InstructionSet.h"

/// Scores of attention and what is added to them before the softmax: z[j] = s[j] + bias[j] + mask[j].
struct gaze_scores {
  ptrdiff_t rows;
  ptrdiff_t columns;
  /// rows x columns, or NULL for 0.
  const float *bias;
  const float *mask;
};

/// The kernels for one instruction set.
///
/// - Matrices are contiguous and row-major. Results may lie in uninitialised memory; no two arguments may overlap
///   unless said otherwise.
/// - Each row is computed in one order that the number of rows does not change, so however the work is cut, the bits
///   are the same. They differ between instruction sets.
struct gaze_rowwise_kernels {
  /// y[r, c] = (x[r, c] - mean[r]) factor[r] scale[c] + shift[c] with the row's mean and factor = 1 / sqrt(variance +
  /// epsilon), the variance that of the population.
  ///
  /// - Parameters:
  ///   - moments: NULL, or rows x 2: mean and factor of each row.
  void (*layer_normalize)(
      const float *x, const float *scale, const float *shift, float epsilon, ptrdiff_t rows, ptrdiff_t channels,
      float *y, float *moments);

  /// x_bar[r, c] = factor[r] (g[r, c] - mean(g[r]) - n[r, c] mean(g[r] n[r])) with g = y_bar scale and n = (x - mean)
  /// factor.
  void (*layer_normalize_vjp)(
      const float *x, const float *moments, const float *scale, const float *y_bar, ptrdiff_t rows, ptrdiff_t channels,
      float *x_bar);

  /// n[r, c] = (x[r, c] - mean[r]) factor[r].
  void (*standardize_rows)(const float *x, const float *moments, ptrdiff_t rows, ptrdiff_t channels, float *n);

  /// Each row of scores becomes e^(z[j] - max z); maxima[r] = max z and sums[r] = the sum of the powers. A row whose
  /// largest value is not finite becomes NaN.
  void (*exponentiate)(const struct gaze_scores *g, float *scores, float *maxima, float *sums);

  /// Each row of scores becomes its softmax, from what `exponentiate` found.
  void (*softmax_again)(const struct gaze_scores *g, float *scores, const float *maxima, const float *sums);

  /// p_bar[r, j] becomes s_bar[r, j] = p[r, j] (p_bar[r, j] - product[r]): the softmax's VJP.
  ///
  /// - Parameters:
  ///   - products: of each row the sum over j of p[r, j] p_bar[r, j].
  void (*softmax_vjp)(ptrdiff_t rows, ptrdiff_t columns, const float *p, const float *products, float *p_bar);

  /// products[r] = the sum over c of a[r, c] b[r, c]; rows lie `stride` elements apart in both.
  void (*row_dot)(
      const float *a, const float *b, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t channels, float *products);

  /// x[r, c] is divided by divisors[r]; rows lie `stride` elements apart.
  void (*divide_rows)(float *x, ptrdiff_t stride, const float *divisors, ptrdiff_t rows, ptrdiff_t channels);
};

/// The kernels for `set`, or NULL where this build or this processor has none.
const struct gaze_rowwise_kernels *gaze_rowwise_kernels(enum gaze_instruction_set set);
