import Autodiff
import Glibc
import Images

/// A drawn background: a colour, light that falls off, patches coarse and fine, grain, and now and then the edge of a
/// table.
///
/// With u1, u2, ... uniform in [0, 1), and X, Y from -1 to 1 across the picture:
///
///     base  = grey + u1^2 (colour - grey), colour uniform, grey its mean
///     level = 0.35 u2 (cos(a) X + sin(a) Y) + 0.4 u3 (F4 - 1/2) + 0.3 u4^2 (F16 - 1/2) + 0.5 u5^3 (grain - 1/2)
///           + with probability 0.3: (u6 - 1/2) clamp(16 (cos(b) X + sin(b) Y - c), 0, 1), c uniform in [-1, 1)
///
/// and base + level, held in 0...1, is what is seen. F4 and F16 are fields of 4 x 4 and 16 x 16 uniform levels,
/// stretched bilinearly from corner to corner; grain is uniform for each pixel.
struct DrawnBackground {
  /// Of R, G and B.
  let base: [Float]
  /// Added to the base, pixel by pixel.
  let levels: [Float]

  init(_ size: ImageSize, _ draw: inout Draw) {
    let color = (0..<3).map { _ in draw.uniform() }
    let grey = color.reduce(0, +) / 3
    let root = draw.uniform()
    base = color.map { Float(grey + root * root * ($0 - grey)) }

    let slope = Plane(angle: 2 * .pi * draw.uniform(), factor: 0.35 * draw.uniform(), offset: 0)
    let coarse = Field(side: 4, factor: 0.4 * draw.uniform(), &draw)
    let share = draw.uniform()
    let fine = Field(side: 16, factor: 0.3 * share * share, &draw)
    let grainRoot = draw.uniform()
    let grain = Float(0.5 * grainRoot * grainRoot * grainRoot)
    let random = draw.numbersForPixels()
    let hasEdge = draw.uniform() < 0.3
    let edge = Plane(angle: 2 * .pi * draw.uniform(), factor: 16, offset: 16 * (2 * draw.uniform() - 1))
    let step = hasEdge ? Float(draw.uniform() - 0.5) : 0

    let (width, height) = (size.width, size.height)
    levels = [Float](unsafeUninitializedCapacity: size.pixelCount) { levels, count in
      for row in 0..<height {
        let y = Self.position(row, of: height)
        let line = UnsafeMutableBufferPointer(rebasing: levels[row * width..<(row + 1) * width])
        let (slopeStart, edgeStart) = (slope.b * y + slope.c, edge.b * y + edge.c)
        for column in 0..<width {
          let x = Self.position(column, of: width)
          line[column] = slope.a * x + slopeStart + step * min(max(edge.a * x + edgeStart, 0), 1)
        }
        coarse.add(to: line, row: row, of: height)
        fine.add(to: line, row: row, of: height)
        if grain > 0 {
          // Four levels a random word; each row begins with a new one.
          let words = (width + 3) / 4
          for word in 0..<words {
            var bits = random.bits(row &* words &+ word)
            for column in word * 4..<min(word * 4 + 4, width) {
              line[column] += grain * (Float(UInt32(truncatingIfNeeded: bits & 0xFFFF)) * 0x1p-16 - 0.5)
              bits >>= 16
            }
          }
        }
      }
      count = size.pixelCount
    }
  }

  /// From -1 to 1.
  @inline(__always)
  private static func position(_ place: Int, of length: Int) -> Float {
    length > 1 ? 2 * Float(place) / Float(length - 1) - 1 : 0
  }

  /// a X + b Y + c.
  private struct Plane {
    let (a, b, c): (Float, Float, Float)

    init(angle: Double, factor: Double, offset: Double) {
      (a, b, c) = (Float(factor * cos(angle)), Float(factor * sin(angle)), Float(-offset))
    }
  }

  /// Random levels around 0 on a grid.
  private struct Field {
    let side: Int
    let levels: [Float]

    init(side: Int, factor: Double, _ draw: inout Draw) {
      self.side = side
      levels = (0..<side * side).map { _ in Float(factor * (draw.uniform() - 0.5)) }
    }

    func add(to line: UnsafeMutableBufferPointer<Float>, row: Int, of height: Int) {
      let tap = BilinearTap(at: Float(row) * Float(side - 1) / Float(max(height - 1, 1)), of: side)
      let mixed = (0..<side).map { column in
        levels[tap.cell * side + column] * (1 - tap.fraction)
          + levels[(tap.cell + tap.step) * side + column] * tap.fraction
      }
      // Not a `BilinearTap` a pixel: this loop is one of whole registers.
      let step = Float(side - 1) / Float(max(line.count - 1, 1))
      mixed.withUnsafeBufferPointer { mixed in
        for column in line.indices {
          let place = Float(column) * step
          let first = min(Int(Int32(place)), side - 2)
          let share = place - Float(Int32(truncatingIfNeeded: first))
          line[column] += mixed[first] * (1 - share) + mixed[first + 1] * share
        }
      }
    }
  }
}

extension WorkingPicture {
  /// Puts a drawn background behind the picture's object: x' = share x + (1 - share) background.
  func putBehind(_ background: DrawnBackground, _ shares: [Float]) {
    let count = pixelCount
    precondition(shares.count == count && background.levels.count == count, "putBehind: planes of different sizes")
    shares.withUnsafeBufferPointer { shares in
      background.levels.withUnsafeBufferPointer { levels in
        for channel in 0..<3 {
          let (pixels, base) = (plane(channel), background.base[channel])
          for place in 0..<count {
            let behind = min(max(base + levels[place], 0), 1)
            pixels[place] = behind + shares[place] * (pixels[place] - behind)
          }
        }
      }
    }
  }
}
