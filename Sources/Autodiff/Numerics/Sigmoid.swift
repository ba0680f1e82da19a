import Glibc

/// 1 / (1 + exp(-z)), from the power that does not overflow.
package func sigmoid(_ z: Double) -> Double {
  let power = exp(-abs(z))
  return (z >= 0 ? 1 : power) / (1 + power)
}

/// log sigmoid(z) = min(z, 0) - log(1 + exp(-|z|)), exact where sigmoid(z) itself is too small for a number.
package func logSigmoid(_ z: Double) -> Double { min(z, 0) - log1p(exp(-abs(z))) }
