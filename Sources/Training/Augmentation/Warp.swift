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
    let (width, height, view) = (size.width, size.height, view)
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
    let (m0, m1, m2) = (Float(whole.m[0]), Float(whole.m[1]), Float(whole.m[2]))
    let (m3, m4, m5) = (Float(whole.m[3]), Float(whole.m[4]), Float(whole.m[5]))
    let (m6, m7, m8) = (Float(whole.m[6]), Float(whole.m[7]), Float(whole.m[8]))
    let means = border == .mean ? (0..<3).map(mean(ofPlane:)) : [0, 0, 0]
    let isAffine = transform.isAffine
    let (planeStep, resultStep) = (pixelCount, result.pixelCount)
    let (lastX, lastY) = (Float(width - 1), Float(height - 1))
    replace(result) { source, target in
      for row in 0..<result.height {
        let y = Float(row)
        let (rowX, rowY, rowW) = (m1 * y + m2, m4 * y + m5, m7 * y + m8)
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
          var coverage: Float = 1
          switch border {
          case .edge: break
          case .mirror:
            sourceX = Self.mirrored(sourceX, Float(width))
            sourceY = Self.mirrored(sourceY, Float(height))
          case .mean:
            // The edge itself is a pixel wide, so that it is smooth.
            let outX = max(-sourceX, sourceX - lastX)
            let outY = max(-sourceY, sourceY - lastY)
            coverage = max(0, 1 - max(outX, 0)) * max(0, 1 - max(outY, 0))
          }
          sourceX = min(max(sourceX, 0), lastX)
          sourceY = min(max(sourceY, 0), lastY)
          let (x0, y0) = (Int(sourceX), Int(sourceY))
          let (shareX, shareY) = (sourceX - Float(x0), sourceY - Float(y0))
          let (x1, y1) = (min(x0 &+ 1, width &- 1), min(y0 &+ 1, height &- 1))
          let (a, b) = ((1 - shareX) * (1 - shareY), shareX * (1 - shareY))
          let (c, d) = ((1 - shareX) * shareY, shareX * shareY)
          var from = source
          var to = target + (row &* result.width &+ column)
          for channel in 0..<3 {
            let value =
              a * from[y0 &* width &+ x0] + b * from[y0 &* width &+ x1] + c * from[y1 &* width &+ x0]
              + d * from[y1 &* width &+ x1]
            to.pointee = coverage == 1 ? value : coverage * value + (1 - coverage) * means[channel]
            from += planeStep
            to += resultStep
          }
        }
      }
    }
  }

  /// A place along an axis of `length` pixels, mirrored into it: ... 1 0 | 0 1 2 ... n-1 | n-1 n-2 ...
  private static func mirrored(_ place: Float, _ length: Float) -> Float {
    let period = 2 * length
    var turned = (place + 0.5).truncatingRemainder(dividingBy: period)
    if turned < 0 { turned += period }
    return (turned < length ? turned : period - turned) - 0.5
  }

  func mean(ofPlane channel: Int) -> Float {
    let plane = plane(channel)
    return Float(plane.reduce(0.0) { $0 + Double($1) } / Double(max(plane.count, 1)))
  }
}
