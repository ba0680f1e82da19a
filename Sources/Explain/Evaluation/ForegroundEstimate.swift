import Glibc
package import Images

/// Where the object of a photograph is, guessed from the picture alone: what cannot be reached from its border without
/// crossing an edge.
///
/// The picture becomes patches, neighbours (across an edge) are joined by their distance in colour (CIELAB), and all
/// patches of the border are joined to one background. A patch's geodesic distance to that background is its saliency:
/// background is joined to the border by patches of like colour, an object is not ("connectivity prior"). Two rules of
/// the paper:
///
/// - Weight clipping: a distance below the mean, over all patches, of the smallest distance to a neighbour counts as 0,
///   so that slow gradients do not add up.
/// - The border is mostly, not wholly, background ("boundary prior"): a patch of the border is joined to the background
///   at its own saliency among the border's patches, here the mean distance in colour to the nearer half of them, so
///   that an object which is cut by the border, or a border of two halves, does no harm.
///
/// The object is what lies beyond Otsu's threshold of the distances. It is an estimate: reflections, shadows, glass,
/// and objects that fill the picture defeat it. Whoever draws a conclusion must look at it.
///
/// Source: Wei, Wen, Zhu and Sun, "Geodesic Saliency Using Background Priors", ECCV 2012 (the form on a grid of
/// patches).
package struct ForegroundEstimate: Hashable, Sendable {
  /// The geodesic distance of each patch, in units of CIELAB.
  package let distances: SaliencyMap
  /// Otsu's, in the same units.
  package let threshold: Float

  /// Patches on the longer side, at most: as the paper's 10 x 10 pixels of a picture of 400 x 300.
  package static let patchesOnLongerSide = 40
  /// A guess that calls less than this, or more than `largestShare`, of the picture the object is none.
  package static let smallestShare = 0.02
  package static let largestShare = 0.9
  /// So far the farthest patch must lie from the background: about what is seen as another colour at a glance.
  package static let smallestContrast: Float = 10

  package init(of image: RGBImage) {
    let longer = max(image.width, image.height)
    let size =
      longer <= Self.patchesOnLongerSide
      ? image.size
      : ImageSize(
        width: max(1, image.width * Self.patchesOnLongerSide / longer),
        height: max(1, image.height * Self.patchesOnLongerSide / longer))
    let colors = CIELAB.colors(of: resize(image, to: size, filter: .bilinear))
    let graph = PatchGraph(colors, size: size)
    distances = SaliencyMap(width: size.width, height: size.height, values: graph.geodesicDistances())
    threshold = otsuThreshold(of: distances.values)
  }

  /// The object at the patches' resolution; nil where the guess is worth nothing: the picture has no contrast, or
  /// nearly all or nothing of it lies beyond the threshold.
  package var mask: ForegroundMask? {
    guard distances.maximum >= Self.smallestContrast else { return nil }
    let mask = ForegroundMask(
      size: ImageSize(width: distances.width, height: distances.height),
      isForeground: distances.values.map { $0 > threshold })
    return (Self.smallestShare...Self.largestShare).contains(mask.share) ? mask : nil
  }
}

/// The patches, their neighbours and the background.
private struct PatchGraph {
  private let colors: [SIMD3<Float>]
  private let size: ImageSize
  /// Distances below it count as 0.
  private let clip: Float

  init(_ colors: [SIMD3<Float>], size: ImageSize) {
    self.colors = colors
    self.size = size
    var sum = 0.0
    for patch in colors.indices {
      let nearest = Self.neighbours(of: patch, size).map { CIELAB.distance(colors[patch], colors[$0]) }.min()
      sum += Double(nearest ?? 0)
    }
    clip = Float(sum / Double(colors.count))
  }

  /// Dijkstra's algorithm from the background on.
  func geodesicDistances() -> [Float] {
    var distances = [Float](repeating: .infinity, count: colors.count)
    var queue = PatchQueue()
    for (patch, weight) in borderWeights() {
      distances[patch] = weight
      queue.push(patch, weight)
    }
    while let (patch, distance) = queue.pop() {
      guard distance == distances[patch] else { continue }
      for next in Self.neighbours(of: patch, size) {
        let length = distance + clipped(CIELAB.distance(colors[patch], colors[next]))
        guard length < distances[next] else { continue }
        distances[next] = length
        queue.push(next, length)
      }
    }
    return distances
  }

  /// How far each patch of the border is from the background: its mean distance to the nearer half of the border's
  /// other patches.
  private func borderWeights() -> [(patch: Int, weight: Float)] {
    let border = colors.indices.filter { patch in
      let (row, column) = patch.quotientAndRemainder(dividingBy: size.width)
      return row == 0 || column == 0 || row == size.height - 1 || column == size.width - 1
    }
    let half = max(1, (border.count - 1) / 2)
    return border.map { patch in
      let others = border.filter { $0 != patch }.map { CIELAB.distance(colors[patch], colors[$0]) }.sorted()
      return (patch, clipped(others.prefix(half).reduce(0, +) / Float(half)))
    }
  }

  private func clipped(_ distance: Float) -> Float { distance < clip ? 0 : distance }

  private static func neighbours(of patch: Int, _ size: ImageSize) -> [Int] {
    let (row, column) = patch.quotientAndRemainder(dividingBy: size.width)
    var result: [Int] = []
    if row > 0 { result.append(patch - size.width) }
    if column > 0 { result.append(patch - 1) }
    if column + 1 < size.width { result.append(patch + 1) }
    if row + 1 < size.height { result.append(patch + size.width) }
    return result
  }
}

/// A binary heap of patches by distance.
private struct PatchQueue {
  private var heap: [(patch: Int, distance: Float)] = []

  mutating func push(_ patch: Int, _ distance: Float) {
    heap.append((patch, distance))
    var child = heap.count - 1
    while child > 0, heap[child].distance < heap[(child - 1) / 2].distance {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func pop() -> (patch: Int, distance: Float)? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var parent = 0
    while true {
      let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < heap.count }
      guard let smaller = children.min(by: { heap[$0].distance < heap[$1].distance }),
        heap[smaller].distance < heap[parent].distance
      else { return first }
      heap.swapAt(parent, smaller)
      parent = smaller
    }
  }
}

/// The threshold between two classes of values, of 255 between the smallest and the largest, by `otsuCut`.
private func otsuThreshold(of values: [Float]) -> Float {
  guard let low = values.min(), let high = values.max(), high > low else { return values.first ?? 0 }
  let count = 256
  let scale = Float(count) / (high - low)
  var histogram = [Double](repeating: 0, count: count)
  for value in values { histogram[min(Int((value - low) * scale), count - 1)] += 1 }
  let total = Double(values.count)
  let moments = histogram.indices.map { Double($0) * histogram[$0] }
  let cut = otsuCut(
    shares: histogram.map { $0 / total }, moments: moments.map { $0 / total }, mean: moments.reduce(0, +) / total)
  return low + Float(cut + 1) / scale
}

/// CIE 1976 L*a*b* of sRGB under D65, where equal distances look about equally far apart (IEC 61966-2-1; CIE 15).
enum CIELAB {
  static func colors(of image: RGBImage) -> [SIMD3<Float>] {
    (0..<image.size.pixelCount).map { pixel in
      color(red: image.pixels[3 * pixel], green: image.pixels[3 * pixel + 1], blue: image.pixels[3 * pixel + 2])
    }
  }

  static func color(red: UInt8, green: UInt8, blue: UInt8) -> SIMD3<Float> {
    let (r, g, b) = (linear[Int(red)], linear[Int(green)], linear[Int(blue)])
    let x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047)
    let y = f(0.2126729 * r + 0.7151522 * g + 0.0721750 * b)
    let z = f((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883)
    return SIMD3(Float(116 * y - 16), Float(500 * (x - y)), Float(200 * (y - z)))
  }

  static func distance(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> Float {
    let difference = a - b
    return (difference * difference).sum().squareRoot()
  }

  private static let linear: [Double] = (0..<256).map { value in
    let v = Double(value) / 255
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4)
  }

  private static func f(_ t: Double) -> Double { t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116 }
}
