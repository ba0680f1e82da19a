import Images

/// What lies around a picture where a change of geometry reaches beyond it.
package enum AugmentationBorder: String, Hashable, Sendable, CaseIterable {
  /// The nearest pixel at the edge.
  case edge
  /// The picture mirrored at its edges, again and again.
  case mirror
  /// The picture's mean colour.
  case mean
}

extension WorkingPicture {
  /// Samples the view anew, bilinearly, in one pass.
  ///
  /// - Parameters:
  ///   - transform: from where a pixel of the result lies in the view to where it is taken from.
  ///   - result: size of what comes out.
  func warp(_ transform: ImageTransform, to result: ImageSize, border: AugmentationBorder) {
    // From pixels of the result to the view, changed, to pixels of this picture; pixels' centres lie at whole numbers.
    let unit = Double(min(view.width, view.height)) / 2
    let (right, down) = (
      Double(view.width) / Double(result.width) / unit, Double(view.height) / Double(result.height) / unit
    )
    let toView = ImageTransform(
      right, 0, (0.5 - Double(result.width) / 2) * right, 0, down, (0.5 - Double(result.height) / 2) * down)
    let fromView = ImageTransform(
      unit, 0, Double(view.x) + Double(view.width) / 2 - 0.5, 0, unit, Double(view.y) + Double(view.height) / 2 - 0.5)
    let whole = fromView.followed(by: transform).followed(by: toView)
    let samples = Samples(result, whole, of: size, border: border, needsCoverage: border == .mean || foreground != nil)
    let means = border == .mean ? (0..<3).map(mean(ofPlane:)) : []
    let (planeStep, resultStep) = (pixelCount, result.pixelCount)
    if let object = foreground {
      var shares = [Float](repeating: 0, count: resultStep)
      shares.withUnsafeMutableBufferPointer { shares in
        object.shares.withUnsafeBufferPointer { samples.take(from: $0.baseAddress!, to: shares.baseAddress!) }
        // What lies outside is no object, whatever the border repeats of it.
        for place in 0..<resultStep { shares[place] *= samples.coverage[place] }
      }
      foreground = Foreground(shares: shares, size: result, isPlausible: object.isPlausible)
    }
    replace(result) { source, target in
      for channel in 0..<3 {
        let pixels = target + channel * resultStep
        samples.take(from: source + channel * planeStep, to: pixels)
        guard border == .mean else { continue }
        let mean = means[channel]
        for place in 0..<resultStep { pixels[place] = mean + samples.coverage[place] * (pixels[place] - mean) }
      }
    }
  }

  func mean(ofPlane channel: Int) -> Float {
    let plane = plane(channel)
    guard !plane.isEmpty else { return 0 }
    // Sums of their own for every eighth level, so that they are SIMD.
    var sums = SIMD8<Float>()
    let whole = plane.count / 8 * 8
    let bytes = UnsafeRawPointer(plane.baseAddress!)
    for place in stride(from: 0, to: whole, by: 8) {
      sums += bytes.loadUnaligned(fromByteOffset: place * 4, as: SIMD8<Float>.self)
    }
    let rest = plane[whole...].reduce(0, +)
    return (sums.sum() + rest) / Float(plane.count)
  }
}

/// Where the pixels of a new picture are taken from: four neighbours of another, and the shares of the right and the
/// lower ones.
private final class Samples {
  private let count: Int
  private let first: UnsafeMutablePointer<Int32>
  /// The shares to the right, the lower shares, and, if it is asked for, the coverage.
  private let shares: UnsafeMutablePointer<Float>
  private let stepRight: Int
  private let stepDown: Int

  /// How much of each pixel lies in the picture, 0 to 1.
  var coverage: UnsafeMutablePointer<Float> { shares + 2 * count }

  /// - Parameters:
  ///   - transform: from pixels of the result, of the size given first, to pixels of the picture, of the size given
  ///     after it.
  init(
    _ result: ImageSize, _ transform: ImageTransform, of size: ImageSize, border: AugmentationBorder,
    needsCoverage: Bool
  ) {
    let (width, height) = (size.width, size.height)
    count = result.pixelCount
    first = .allocate(capacity: count)
    shares = .allocate(capacity: count * (needsCoverage ? 3 : 2))
    stepRight = width > 1 ? 1 : 0
    stepDown = height > 1 ? width : 0
    let (lastX, lastY) = (Float(width - 1), Float(height - 1))
    let (lastFirstX, lastFirstY) = (Int32(max(width - 2, 0)), Int32(max(height - 2, 0)))
    let m = transform.m.map { Float($0) }
    let (m0, m1, m2, m3, m4, m5, m6, m7, m8) = (m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8])
    let isAffine = transform.isAffine
    let sourceWidth = Int32(width)
    for row in 0..<result.height {
      let y = Float(row)
      let (rowX, rowY, rowW) = (m1 * y + m2, m4 * y + m5, m7 * y + m8)
      let start = row * result.width
      let (first, right, down) = (first + start, shares + start, shares + count + start)
      for column in 0..<result.width {
        let x = Float(column)
        var (sourceX, sourceY) = (m0 * x + rowX, m3 * x + rowY)
        if !isAffine {
          let w = m6 * x + rowW
          // Behind the horizon there is nothing, and what is close to it is far outside.
          let inverse = w > 1e-3 ? 1 / w : 1e3
          sourceX *= inverse
          sourceY *= inverse
        }
        if needsCoverage {
          // The edge is a pixel wide, so that it is smooth.
          let outX = max(-sourceX, sourceX - lastX, 0)
          let outY = max(-sourceY, sourceY - lastY, 0)
          coverage[start &+ column] = max(0, 1 - outX) * max(0, 1 - outY)
        }
        if border == .mirror {
          sourceX = Self.mirrored(sourceX, Float(width))
          sourceY = Self.mirrored(sourceY, Float(height))
        }
        sourceX = min(max(sourceX, 0), lastX)
        sourceY = min(max(sourceY, 0), lastY)
        let (firstX, firstY) = (min(Int32(sourceX), lastFirstX), min(Int32(sourceY), lastFirstY))
        first[column] = firstY &* sourceWidth &+ firstX
        right[column] = sourceX - Float(firstX)
        down[column] = sourceY - Float(firstY)
      }
    }
  }

  deinit {
    first.deallocate()
    shares.deallocate()
  }

  /// Samples a plane.
  func take(from source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>) {
    let (first, right, down) = (first, shares, shares + count)
    let (stepRight, stepDown) = (stepRight, stepDown)
    for place in 0..<count {
      let upper = source + Int(first[place])
      let lower = upper + stepDown
      let above = upper[0] + right[place] * (upper[stepRight] - upper[0])
      let below = lower[0] + right[place] * (lower[stepRight] - lower[0])
      target[place] = above + down[place] * (below - above)
    }
  }

  /// A place along an axis of `length` pixels, mirrored into it: ... 1 0 | 0 1 2 ... n-1 | n-1 n-2 ...
  private static func mirrored(_ place: Float, _ length: Float) -> Float {
    let period = 2 * length
    var turned = (place + 0.5).truncatingRemainder(dividingBy: period)
    if turned < 0 { turned += period }
    return (turned < length ? turned : period - turned) - 0.5
  }
}
