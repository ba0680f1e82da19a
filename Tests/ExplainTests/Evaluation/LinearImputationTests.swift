import Autodiff
import TestSupport
import Testing

@testable import Explain

@Suite struct LinearImputationTests {
  private func filled(_ image: [Float], channels: Int, width: Int, isMissing: [Bool]) -> [Float] {
    let imputation = LinearImputation(width: width, height: isMissing.count / width, isMissing: isMissing)
    var result = image
    let values = image.withUnsafeBufferPointer { imputation.solve($0, channels: channels) }
    for (value, pixel) in zip(values, isMissing.indices.filter { isMissing[$0] }) {
      for channel in 0..<channels { result[pixel * channels + channel] = Float(value[channel]) }
    }
    return result
  }

  /// pytorch-grad-cam's `NoisyLinearImputer` without noise (`Tests/Golden/make_perturbation_goldens.py`).
  @Test func pytorchGradCAMs() {
    var known = SplitMix64(seed: 3)
    var pixels = SplitMix64(seed: 5)
    let isMissing = known.units(42).map { $0 <= -0.2 }
    var image = pixels.units(126)
    for index in image.indices where isMissing[index / 3] { image[index] = .nan }
    let comparison = Comparison(filled(image, channels: 3, width: 7, isMissing: isMissing), expected: Self.reference)
    #expect(comparison.largestDifference < 2e-6, "\(comparison)")
  }

  /// The equations, written out and solved by elimination; among them a single known pixel and none missing.
  @Test(arguments: [(5, 4, 0.5), (9, 8, 0.9), (12, 11, 0.2), (1, 9, 0.5), (8, 1, 0.6), (6, 5, 1), (4, 4, 0)])
  func asBySolvingDensely(width: Int, height: Int, share: Double) {
    var random = SplitMix64(seed: UInt64(width * 100 + height))
    var isMissing = random.units(width * height).map { Double($0) < 2 * share - 1 }
    isMissing[width * height / 2] = false
    let image = random.units(width * height)
    let expected = dense(image, width: width, height: height, isMissing)
    let comparison = Comparison(filled(image, channels: 1, width: width, isMissing: isMissing), expected: expected)
    #expect(comparison.largestDifference < 2e-6, "\(comparison)")
  }

  /// A large hole amid a plane: the plane goes on, since it is the mean of its neighbours everywhere inside.
  @Test func aPlaneIsContinued() {
    let (width, height) = (90, 70)
    let plane = (0..<width * height).map { Float($0 % width) * 0.02 - Float($0 / width) * 0.01 }
    let isMissing = plane.indices.map { (3..<87).contains($0 % width) && (2..<66).contains($0 / width) }
    let image = zip(plane, isMissing).map { $1 ? Float.nan : $0 }
    let comparison = Comparison(filled(image, channels: 1, width: width, isMissing: isMissing), expected: plane)
    #expect(comparison.largestDifference < 1e-5, "\(comparison)")
  }

  private func dense(_ image: [Float], width: Int, height: Int, _ isMissing: [Bool]) -> [Float] {
    let missing = isMissing.indices.filter { isMissing[$0] }
    var rows = missing.map { pixel in
      var row = [Double](repeating: 0, count: missing.count + 1)
      for dy in -1...1 {
        for dx in -1...1 where (dx, dy) != (0, 0) {
          let (y, x) = (pixel / width + dy, pixel % width + dx)
          guard (0..<height).contains(y), (0..<width).contains(x) else { continue }
          let weight = dx == 0 || dy == 0 ? 2.0 : 1.0
          row[missing.firstIndex(of: pixel)!] += weight
          if let other = missing.firstIndex(of: y * width + x) {
            row[other] -= weight
          } else {
            row[missing.count] += weight * Double(image[y * width + x])
          }
        }
      }
      return row
    }
    for pivot in rows.indices {
      for other in rows.indices where other != pivot {
        let factor = rows[other][pivot] / rows[pivot][pivot]
        for column in pivot...missing.count { rows[other][column] -= factor * rows[pivot][column] }
      }
    }
    var result = image
    for (index, pixel) in missing.enumerated() {
      result[pixel] = Float(rows[index][missing.count] / rows[index][index])
    }
    return result
  }

  private static let reference: [Float] = [
    -0.06814259, -0.4205183, 0.379556, -0.8013213, -0.6240798, -0.2387822, 0.971127, 0.02220297, -0.1470973,
    0.02784688, 0.04052592, 0.3921914, 0.08319132, 0.3216478, 0.207994, 0.8779503, 0.6622041, -0.07789814, 0.4563339,
    0.2971142, -0.3509742, 0.97493, -0.6398388, 0.7513047, -0.6879305, 0.4252458, 0.8727349, -0.7559041, -0.08287287,
    0.6885306, -0.4561276, -0.6110628, 0.9548773, -0.2177023, 0.9415042, 0.4174526, -0.2545316, -0.1042236,
    -0.7544172, 0.3901503, 0.1326931, -0.4223286, -0.06811988, -0.4325866, 0.3030207, 0.5240277, -0.5687089,
    0.9584538, -0.232699, -0.3329456, 0.5595171, -0.3157383, -0.3107202, 0.3345537, -0.2327591, -0.02615318,
    -0.04066204, 0.3612874, 0.7512312, -0.4453543, 0.7391802, -0.3688359, -0.3222969, -0.9988056, 0.6010138,
    0.06712592, -0.5417703, -0.4657803, 0.05705833, -0.01573801, -0.3078904, 0.3926724, 0.02014577, -0.803365,
    0.08111322, -0.996635, -0.7323306, -0.5937027, 0.2349812, -0.09455612, -0.1954163, 0.5689958, -0.1000932,
    -0.05305882, 0.8673431, -0.773972, 0.135096, 0.8750535, -0.1854399, 0.9562559, 0.2290838, -0.1998931, 0.6783508,
    -0.2217195, 0.9741527, -0.289273, 0.08228967, -0.08415277, -0.2099784, 0.828393, -0.1203668, -0.07732093,
    0.7069814, -0.2524128, 0.5668155, 0.1268144, -0.4760551, 0.408008, -0.9878337, -0.3234456, 0.406796, 0.8052593,
    -0.9665214, -0.3808149, 0.2638858, -0.03410134, -0.1455637, 0.3163164, -0.002013766, -0.1463532, 0.6157535,
    -0.3166939, -0.04657386, 0.9236689, -0.9761122, -0.1410398,
  ]
}
