/// A picture of few colours: each pixel is the number of one of at most 256.
package struct IndexedImage: Hashable, Sendable {
  /// A colour with straight alpha.
  package struct Color: Hashable, Sendable {
    package var red: UInt8
    package var green: UInt8
    package var blue: UInt8
    package var alpha: UInt8

    package init(red: UInt8, green: UInt8, blue: UInt8, alpha: UInt8 = 255) {
      self.red = red
      self.green = green
      self.blue = blue
      self.alpha = alpha
    }
  }

  package let size: ImageSize
  /// 1 to 256 colours.
  package let palette: [Color]
  /// `size.width * size.height` numbers of colours, rows from the top. The encoder relies on each being in the palette.
  package let indices: [UInt8]

  package init(size: ImageSize, palette: [Color], indices: [UInt8]) {
    precondition((1...256).contains(palette.count), "IndexedImage: \(palette.count) colours, not 1 to 256")
    precondition(
      indices.count == size.pixelCount, "IndexedImage: \(size) needs \(size.pixelCount) indices, not \(indices.count)")
    self.size = size
    self.palette = palette
    self.indices = indices
  }

  package var width: Int { size.width }
  package var height: Int { size.height }

  /// The same picture with the colours at the pixels.
  package var rgba: RGBAImage {
    let pixels = [UInt8](unsafeUninitializedCapacity: 4 * size.pixelCount) { output, initialized in
      for (pixel, index) in indices.enumerated() {
        let color = palette[Int(index)]
        output.initializeElement(at: 4 * pixel, to: color.red)
        output.initializeElement(at: 4 * pixel + 1, to: color.green)
        output.initializeElement(at: 4 * pixel + 2, to: color.blue)
        output.initializeElement(at: 4 * pixel + 3, to: color.alpha)
      }
      initialized = 4 * size.pixelCount
    }
    return RGBAImage(size: size, pixels: pixels)
  }
}
