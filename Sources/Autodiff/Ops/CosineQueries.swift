import Glibc

/// Queries, keys and values whose dot products are cosines, times a factor for each head: Liu et al., "Swin Transformer
/// V2", arXiv 2111.09883, section 3.2. With q, k and v the parts of a head h in one row of x: q / |q| exp(min(l_h, ln
/// 100)), k / |k|, and v as it is. A length below 1e-12 counts as 1e-12.
///
/// - x: [..., 3 C], queries, keys and values one after the other, each of them head after head; l: [heads]; result: the
///   shape of x.
/// - VJP, with u = q / |q| and s = exp(min(l_h, ln 100)): q_bar = s / |q| (y_bar - u (u . y_bar)), keys likewise with s
///   = 1, v_bar = y_bar; l_bar_h = sum over rows of s u . y_bar, but 0 where l_h > ln 100.
/// - Keeps x and l if either is tracked.
package func cosineQueries(_ x: Variable, logarithmOfScale l: Variable) -> Variable {
  precondition(l.shape.rank == 1 && l.shape.count > 0, "cosineQueries: l must be [heads], got \(l.shape)")
  precondition(
    x.shape.rank >= 2 && x.shape.count > 0 && x.shape.extents.last! % (3 * l.shape[0]) == 0,
    "cosineQueries: the last axis of x \(x.shape) must hold queries, keys and values of \(l.shape[0]) heads")
  guard let tape = x.tape else { preconditionFailure("cosineQueries: x is not on a tape") }
  let rows = PackedHeads(x.shape, heads: l.shape[0])
  let scales = CosineScales(l.value)

  let y = Tensor(x.shape, in: tape.engine.pool) { y in
    let y = y.baseAddress!
    x.value.withElements { x in
      rows.forEachRow(on: tape.engine) { offset in
        rows.forEachHead(scales) { part, scale in
          let (source, target) = (x.baseAddress! + offset + part, y + offset + part)
          let factor = scale / max(dot(source, source, rows.width).squareRoot(), CosineScales.leastLength)
          scaled(source, by: factor, rows.width, into: target)
        }
        let values = offset + 2 * rows.channels
        (y + values).update(from: x.baseAddress! + values, count: rows.channels)
      }
    }
  }

  var pullbacks = Pullbacks()
  if x.isTracked || l.isTracked {
    let (kept, tracked) = (x.value, (x: x.isTracked, l: l.isTracked))
    pullbacks.addJoint(for: [x, l]) { cotangent, pass in
      var cotangents: [Tensor] = []
      if tracked.x { cotangents.append(inputVJP(kept, cotangent, rows, scales, on: pass.engine)) }
      if tracked.l { cotangents.append(scaleVJP(kept, cotangent, rows, scales, on: pass.engine)) }
      return cotangents
    }
  }
  return tape.record(y, pullbacks)
}

/// exp(min(l, ln 100)) of each head.
private struct CosineScales: Sendable {
  static let leastLength: Float = 1e-12

  let values: [Float]
  /// Whether l_h changes the factor.
  let follow: [Bool]

  init(_ logarithms: Tensor) {
    let limit = Float(4.605170185988092)
    follow = logarithms.elements.map { $0 <= limit }
    values = logarithms.elements.map { Float(exp(Double(min($0, limit)))) }
  }
}

/// Rows of queries, keys and values.
private struct PackedHeads: Sendable {
  let count: Int
  let channels: Int
  let heads: Int
  /// Channels of a head.
  var width: Int { channels / heads }

  init(_ shape: Shape, heads: Int) {
    channels = shape.extents.last! / 3
    count = shape.count / (3 * channels)
    self.heads = heads
  }

  func forEachRow(on engine: Engine, _ body: (_ offset: Int) -> Void) {
    forEachRun(of: count, shortest: rowsWorthATask(columns: 3 * channels), on: engine) { run in
      for row in run { body(row * 3 * channels) }
    }
  }

  /// The parts of a row that are queries, with their factors, and those that are keys.
  func forEachHead(_ scales: CosineScales, _ body: (_ part: Int, _ scale: Float) -> Void) {
    for head in 0..<heads {
      body(head * width, scales.values[head])
      body(channels + head * width, 1)
    }
  }
}

private func inputVJP(
  _ x: Tensor, _ cotangent: Tensor, _ rows: PackedHeads, _ scales: CosineScales, on engine: Engine
) -> Tensor {
  Tensor(x.shape, in: engine.pool) { result in
    let result = result.baseAddress!
    withElements(x, cotangent) { x, cotangent in
      rows.forEachRow(on: engine) { offset in
        rows.forEachHead(scales) { part, scale in
          let place = offset + part
          let (source, arriving) = (x.baseAddress! + place, cotangent.baseAddress! + place)
          let length = dot(source, source, rows.width).squareRoot()
          let factor = scale / max(length, CosineScales.leastLength)
          // Where the length is taken to be the least one, it does not depend on x.
          let slope =
            length > CosineScales.leastLength ? dot(source, arriving, rows.width) / (length * length) : 0
          for i in 0..<rows.width { result[place + i] = factor * (arriving[i] - source[i] * slope) }
        }
        let values = offset + 2 * rows.channels
        (result + values).update(from: cotangent.baseAddress! + values, count: rows.channels)
      }
    }
  }
}

private func scaleVJP(
  _ x: Tensor, _ cotangent: Tensor, _ rows: PackedHeads, _ scales: CosineScales, on engine: Engine
) -> Tensor {
  Tensor([rows.heads], in: engine.pool) { result in
    withElements(x, cotangent) { x, cotangent in
      sumOverRuns(of: rows.count, tiles: min(8, max(1, rows.count / 256)), count: rows.heads, on: engine, into: result)
      {
        _, run, sum in
        sum.update(repeating: 0, count: rows.heads)
        for row in run {
          for head in 0..<rows.heads where scales.follow[head] {
            let place = row * 3 * rows.channels + head * rows.width
            let source = x.baseAddress! + place
            let length = max(dot(source, source, rows.width).squareRoot(), CosineScales.leastLength)
            sum[head] += scales.values[head] / length * dot(source, cotangent.baseAddress! + place, rows.width)
          }
        }
      }
    }
  }
}

/// The sum of the products, eight side by side.
private func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
  var sums = SIMD8<Float>(repeating: 0)
  let whole = count / 8 * 8
  let (left, right) = (UnsafeRawPointer(a), UnsafeRawPointer(b))
  for start in stride(from: 0, to: whole, by: 8) {
    sums +=
      left.loadUnaligned(fromByteOffset: start * 4, as: SIMD8<Float>.self)
      * right.loadUnaligned(fromByteOffset: start * 4, as: SIMD8<Float>.self)
  }
  var sum = sums.sum()
  for i in whole..<count { sum += a[i] * b[i] }
  return sum
}

private func scaled(_ x: UnsafePointer<Float>, by factor: Float, _ count: Int, into y: UnsafeMutablePointer<Float>) {
  for i in 0..<count { y[i] = x[i] * factor }
}
