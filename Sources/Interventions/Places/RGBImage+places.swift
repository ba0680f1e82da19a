import Images

extension RGBImage {
  /// This picture with the pixels of a place from another of the same size.
  func replacing(_ place: PicturePlace, from donor: RGBImage) -> RGBImage {
    var pixels = pixels
    for rect in place.rects {
      for y in rect.y..<rect.y + rect.height {
        let range = 3 * (y * width + rect.x)..<3 * (y * width + rect.x + rect.width)
        pixels.replaceSubrange(range, with: donor.pixels[range])
      }
    }
    return RGBImage(size: size, pixels: pixels)
  }

  /// This picture with a piece of another at a place of the same size.
  func pasting(_ piece: PixelRect, of donor: RGBImage, at target: PixelRect) -> RGBImage {
    var pixels = pixels
    for row in 0..<piece.height {
      let from = 3 * ((piece.y + row) * donor.width + piece.x)
      let to = 3 * ((target.y + row) * width + target.x)
      pixels.replaceSubrange(to..<to + 3 * piece.width, with: donor.pixels[from..<from + 3 * piece.width])
    }
    return RGBImage(size: size, pixels: pixels)
  }

  /// The pixels of a place filled in from around it: each becomes the mean of its neighbours (Laplace's equation), by
  /// sweeps from a coarse guess.
  func inpainting(_ isHole: [Bool]) -> RGBImage {
    precondition(isHole.count == size.pixelCount, "RGBImage.inpainting: a mask of another size")
    let holes = isHole.indices.filter { isHole[$0] }
    guard !holes.isEmpty, holes.count < isHole.count else { return self }
    var values = pixels.map { Float($0) }
    fillByDistance(holes, isHole, &values)
    // Gauss and Seidel, forwards and backwards: what is left after so many sweeps is no edge.
    for sweep in 0..<24 {
      for hole in sweep % 2 == 0 ? holes : holes.reversed() {
        let (y, x) = hole.quotientAndRemainder(dividingBy: width)
        for channel in 0..<3 {
          var (sum, count) = (Float(0), Float(0))
          if x > 0 { (sum, count) = (sum + values[3 * (hole - 1) + channel], count + 1) }
          if x + 1 < width { (sum, count) = (sum + values[3 * (hole + 1) + channel], count + 1) }
          if y > 0 { (sum, count) = (sum + values[3 * (hole - width) + channel], count + 1) }
          if y + 1 < height { (sum, count) = (sum + values[3 * (hole + width) + channel], count + 1) }
          values[3 * hole + channel] = sum / count
        }
      }
    }
    return RGBImage(size: size, pixels: values.map { UInt8(clampedTo8Bits: $0) })
  }

  func inpainting(_ place: PicturePlace) -> RGBImage {
    var isHole = [Bool](repeating: false, count: size.pixelCount)
    for pixel in place.pixels { isHole[pixel] = true }
    return inpainting(isHole)
  }

  /// The pixels of a place from the picture blurred.
  func blurring(_ place: PicturePlace) -> RGBImage {
    replacing(place, from: blurred(deviation: Double(min(width, height)) / 16))
  }

  func blurred(deviation: Double) -> RGBImage {
    let filter = SeparableFilter.gaussian(deviation: deviation, radius: max(1, Int((3 * deviation).rounded(.up))))
    return RGBImage(values: filter(pixels.map { Float($0) }, SeparableFilter.Layout(size, channels: 3)), size: size)
  }

  /// - Parameter values: as many as there are bytes, rounded and cut to 0...255.
  init(values: [Float], size: ImageSize) {
    self.init(size: size, pixels: values.map { UInt8(clampedTo8Bits: $0) })
  }

  /// Gives each hole the value of the nearest known pixel, ring by ring.
  private func fillByDistance(_ holes: [Int], _ isHole: [Bool], _ values: inout [Float]) {
    var isKnown = isHole.map { !$0 }
    var left = holes
    while !left.isEmpty {
      var filled: [Int] = []
      for hole in left {
        let (y, x) = hole.quotientAndRemainder(dividingBy: width)
        var neighbours: [Int] = []
        if x > 0 { neighbours.append(hole - 1) }
        if x + 1 < width { neighbours.append(hole + 1) }
        if y > 0 { neighbours.append(hole - width) }
        if y + 1 < height { neighbours.append(hole + width) }
        let known = neighbours.filter { isKnown[$0] }
        guard !known.isEmpty else { continue }
        for channel in 0..<3 {
          values[3 * hole + channel] = known.reduce(0) { $0 + values[3 * $1 + channel] } / Float(known.count)
        }
        filled.append(hole)
      }
      for hole in filled { isKnown[hole] = true }
      left.removeAll { isKnown[$0] }
    }
  }
}

extension UInt8 {
  init(clampedTo8Bits value: Float) { self = UInt8(Swift.min(Swift.max(value.rounded(), 0), 255)) }
}
