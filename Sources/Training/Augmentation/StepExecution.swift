import Autodiff
import Images

/// What a step does once it has been drawn.
extension AugmentationStep {
  /// The value of the parameter of this number, drawn.
  private func value(_ number: Int, _ draw: inout Draw) -> Double {
    kind.parameters[number].isFactor ? draw.factor(in: ranges[number]) : draw.value(in: ranges[number])
  }

  /// The change of geometry; nil for a step that makes none.
  func transform(of picture: WorkingPicture, _ draw: inout Draw) -> ImageTransform? {
    let view = picture.view
    let unit = Double(min(view.width, view.height)) / 2
    // Half the view's sides.
    let (right, down) = (Double(view.width) / 2 / unit, Double(view.height) / 2 / unit)
    switch kind {
    case .crop:
      return Self.crop(area: value(0, &draw), aspect: value(1, &draw), of: picture, &draw)
    case .scale:
      let factor = value(0, &draw)
      return .scaled(factor, factor)
    case .aspect:
      let factor = value(0, &draw)
      return .scaled(factor, 1 / factor)
    case .rotation:
      return .rotated(degrees: value(0, &draw))
    case .shear:
      return .sheared(value(0, &draw))
    case .translation:
      let (x, y) = (value(0, &draw), value(1, &draw))
      return .moved(2 * right * x, 2 * down * y)
    case .flip:
      return .scaled(-1, 1)
    case .verticalFlip:
      return .scaled(1, -1)
    case .perspective:
      let corners = [(-right, -down), (right, -down), (right, down), (-right, down)]
      let moved = corners.map { corner in
        (corner.0 + 2 * right * value(0, &draw), corner.1 + 2 * down * value(0, &draw))
      }
      // Of the limits of `shift` no two corners can meet, and no three come to lie on a line.
      return ImageTransform(from: corners, to: moved) ?? .identity
    case .light, .gamma, .exposure, .brightness, .contrast, .whiteBalance, .saturation, .greyscale, .hue, .blur,
      .focus, .noise, .cutout, .compression, .background:
      return nil
    }
  }

  /// A rectangle of this share of the whole picture and with this width by height, somewhere in the picture, becomes
  /// all of the view. What would be wider or higher than the picture is made to fit.
  private static func crop(area: Double, aspect: Double, of picture: WorkingPicture, _ draw: inout Draw)
    -> ImageTransform
  {
    let (fullWidth, fullHeight) = (Double(picture.size.width), Double(picture.size.height))
    let pixels = area * fullWidth * fullHeight
    // The view's own aspect is that of an undistorted object.
    let (width, height) = (
      min((pixels * aspect).squareRoot(), fullWidth), min((pixels / aspect).squareRoot(), fullHeight)
    )
    let (x, y) = ((fullWidth - width) * draw.uniform(), (fullHeight - height) * draw.uniform())
    let view = picture.view
    let unit = Double(min(view.width, view.height)) / 2
    let (middleX, middleY) = (Double(view.x) + Double(view.width) / 2, Double(view.y) + Double(view.height) / 2)
    return ImageTransform(
      width / Double(view.width), 0, (x + width / 2 - middleX) / unit, 0, height / Double(view.height),
      (y + height / 2 - middleY) / unit)
  }

  /// Changes the pixels.
  func change(_ working: WorkingPicture, _ draw: inout Draw) {
    switch kind {
    case .light: working.light(strength: value(0, &draw), angle: 2 * .pi * draw.uniform())
    case .gamma: working.gamma(value(0, &draw))
    case .exposure: working.expose(value(0, &draw))
    case .brightness: working.brighten(value(0, &draw))
    case .contrast: working.contrast(value(0, &draw))
    case .whiteBalance: working.balance((0..<3).map { _ in value(0, &draw) })
    case .saturation: working.saturate(value(0, &draw))
    case .greyscale: working.saturate(0)
    case .hue: working.turnHue(degrees: value(0, &draw))
    case .blur: working.blur(deviation: value(0, &draw))
    case .focus: working.focus(value(0, &draw))
    case .noise: working.addNoise(deviation: value(0, &draw), draw.numbersForPixels())
    case .cutout:
      working.cutOut(
        centre: (draw.uniform(), draw.uniform()), extent: (value(0, &draw), value(1, &draw)),
        color: (0..<3).map { _ in draw.uniform() })
    case .compression: working.compress(quality: Int(value(0, &draw).rounded()))
    case .background:
      // Where it is not known what the object is, nothing is put behind it.
      guard let foreground = working.takeForeground(), foreground.isPlausible else { return }
      let isRelit = draw.uniform() < value(0, &draw)
      let (gamma, exposure) = (value(1, &draw), value(2, &draw))
      if isRelit {
        working.gamma(gamma)
        working.expose(exposure)
      }
      let passes = draw.uniform() < 0.3 ? 2 : 1
      working.putBehind(DrawnBackground(working.size, &draw), foreground.softened(passes))
    case .crop, .scale, .aspect, .rotation, .shear, .perspective, .translation, .flip, .verticalFlip: break
    }
  }
}
