import Autodiff
import Images
import Testing

@testable import Training

@Suite("A background put behind the object")
struct BackgroundTests {
  private func mask(_ image: RGBImage) -> ObjectMask {
    ObjectMask(of: DecodedImage(image: image, format: .png, originalSize: image.size))
  }

  /// A ring before a background that grows darker to the right and lighter at the bottom.
  private func ring(_ width: Int, _ height: Int, level: UInt8 = 200) -> RGBImage {
    picture(width, height) { x, y in
      let (dx, dy) = (2 * Double(x) / Double(width) - 1, 2 * Double(y) / Double(height) - 1)
      let radius = (dx * dx + dy * dy).squareRoot()
      if radius > 0.3 && radius < 0.55 { return [level, 30, 60] }
      return [UInt8(120 - 40 * (dx + 1) / 2), UInt8(100 + 30 * dy * dy), UInt8(90 + (x * 7 ^ y * 3) % 6)]
    }
  }

  @Test("is where a smooth surface through the border's colours explains the picture; what is enclosed is not")
  func ring() {
    for (width, height) in [(64, 64), (150, 90), (40, 70)] {
      let mask = mask(ring(width, height))
      #expect(mask.isPlausible)
      // A disc of radius 0.55 on a square of side 2.
      #expect(abs(mask.coverage - 0.2376) < 0.03)
      let side = ObjectMask.side
      func isObject(_ x: Double, _ y: Double) -> Bool {
        mask.isObject[Int((y + 1) / 2 * Double(side)) * side + Int((x + 1) / 2 * Double(side))]
      }
      for (x, y) in [(0.0, 0.0), (0.42, 0), (0, -0.42), (-0.3, 0.3)] { #expect(isObject(x, y)) }
      for (x, y) in [(0.7, 0.0), (0, -0.7), (-0.6, 0.6), (-0.99, -0.99), (0.98, 0.98)] { #expect(!isObject(x, y)) }
    }
  }

  @Test("is found though the object reaches the border, and not believed where all or nothing would be object")
  func plausible() {
    let handle = picture(64, 64) { x, y in
      (20..<40).contains(x) && y > 30 ? [220, 220, 220] : [UInt8(60 + x / 3), 80, 70]
    }
    let mask = mask(handle)
    #expect(mask.isPlausible)
    #expect(mask.isObject[50 * 64 + 30] && mask.isObject[63 * 64 + 30] && !mask.isObject[50 * 64 + 50])
    #expect(!self.mask(picture(64, 64) { x, _ in [UInt8(x), UInt8(x * 2), 90] }).isPlausible)
    #expect(!self.mask(picture(1, 1) { _, _ in [1, 2, 3] }).isPlausible)
  }

  @Test("changes by Otsu's threshold where two heaps of values part")
  func otsu() {
    let values =
      [Float](repeating: 0.1, count: 60) + [Float](repeating: 0.2, count: 20) + [Float](repeating: 0.9, count: 40)
    let threshold = ObjectMask.otsuThreshold(values)
    #expect(threshold >= 0.19 && threshold < 0.9)
    #expect(ObjectMask.otsuThreshold([0, 0, 0]) < 1e-5)
  }

  @Test("replaces the background alone: the object stays, and what is drawn differs from picture to picture")
  func replaced() throws {
    for (width, height) in [(64, 64), (90, 50)] {
      let image = ring(width, height)
      let picture = PreparedPicture(image, foreground: mask(image))
      let step = Augmentation([
        try AugmentationStep(.background, ["relighting": 0...0, "gamma": 2...2, "exposure": 2...2])
      ])
      let results = (0..<12).map { seed in
        let working = WorkingPicture()
        #expect(step.change(picture, seed: UInt64(seed), to: image.size, in: working))
        return working.image
      }
      for result in results {
        #expect(result[width / 2, height * 71 / 100] == image[width / 2, height * 71 / 100])
        #expect(result[width / 2, height / 2] == image[width / 2, height / 2])
      }
      for place in [(1, 1), (width - 2, 2), (3, height - 3)] {
        #expect(Set(results.map { $0[place.0, place.1] }).count == 12)
      }
    }
  }

  @Test("changes the object's light alone where that is asked for")
  func relit() throws {
    let image = ring(64, 64, level: 64)
    let step = Augmentation([
      try AugmentationStep(.background, ["relighting": 1...1, "gamma": 1...1, "exposure": 2...2])
    ])
    let working = WorkingPicture()
    #expect(step.change(PreparedPicture(image, foreground: mask(image)), seed: 0, to: image.size, in: working))
    #expect(working.image[32, 45] == [128, 60, 120])
  }

  @Test("is not put behind what is not known to be an object")
  func unknown() throws {
    let image = picture(64, 64) { x, _ in [UInt8(x), UInt8(x * 2), 90] }
    let step = Augmentation([
      try AugmentationStep(.background, ["relighting": 1...1, "gamma": 2...2, "exposure": 1...1])
    ])
    let working = WorkingPicture()
    for foreground in [nil, mask(image)] {
      #expect(step.change(PreparedPicture(image, foreground: foreground), seed: 0, to: image.size, in: working))
      #expect(working.image == image)
    }
  }

  @Test("moves with the picture, and what lies outside of it is no object, whatever the border shows")
  func moved() throws {
    // All of the upper half is object.
    let image = picture(64, 64) { _, y in y < 32 ? [200, 200, 200] : [50, 60, 70] }
    let upper = ObjectMask(isObject: (0..<4096).map { $0 < 2048 })
    let down = Augmentation([
      try AugmentationStep(.translation, ["horizontal": 0...0, "vertical": 0.25...0.25]),
      try AugmentationStep(.background, ["relighting": 0...0, "gamma": 1...1, "exposure": 1...1]),
    ])
    let working = WorkingPicture()
    let results = (0..<6).map { seed -> RGBImage in
      #expect(down.change(PreparedPicture(image, foreground: upper), seed: UInt64(seed), to: image.size, in: working))
      return working.image
    }
    for result in results { for row in 19..<45 { #expect(result[30, row] == [200, 200, 200]) } }
    for row in [0, 5, 12, 52, 63] { #expect(Set(results.map { $0[30, row] }).count == 6) }
  }

  @Test(
    "has a mask that is stretched over pictures of any size from the middles of its cells, and softened by means of nine"
  )
  func stretched() {
    let mask = mask(ring(64, 64))
    let cells = mask.isObject.map { $0 ? Float(1) : 0 }
    #expect(mask.stretched(to: ImageSize(width: 64, height: 64)) == cells)
    let double = mask.stretched(to: ImageSize(width: 128, height: 128))
    for y in stride(from: 0, to: 128, by: 5) {
      for x in stride(from: 1, to: 128, by: 3) {
        let cell = { (dx: Int, dy: Int) in cells[min(max(y / 2 + dy, 0), 63) * 64 + min(max(x / 2 + dx, 0), 63)] }
        let (dx, dy) = (x.isMultiple(of: 2) ? -1 : 1, y.isMultiple(of: 2) ? -1 : 1)
        let nearest: Float = cell(0, 0) * 9 + cell(dx, 0) * 3
        let farther: Float = cell(0, dy) * 3 + cell(dx, dy)
        let expected = (nearest + farther) / 16
        #expect(abs(double[y * 128 + x] - expected) < 1e-5)
      }
    }
    let size = ImageSize(width: 5, height: 4)
    let dot = Foreground(shares: (0..<20).map { $0 == 0 ? 9 : $0 == 12 ? 90 : 0 }, size: size, isPlausible: true)
    let expected: [Float] = [4, 2, 0, 0, 0, 2, 11, 10, 10, 0, 0, 10, 10, 10, 0, 0, 10, 10, 10, 0]
    #expect(zip(dot.softened(1), expected).allSatisfy { abs($0 - $1) < 1e-4 })
    #expect(abs(dot.softened(2)[12] - 91 / 9.0) < 1e-4)
  }

  @Test("is drawn of a colour between grey and full, with slopes, patches, grain and edges of every strength")
  func drawn() {
    let size = ImageSize(width: 48, height: 32)
    let backgrounds = (0..<300).map { seed -> DrawnBackground in
      var draw = Draw(RandomNumbers(seed: UInt64(seed)))
      return DrawnBackground(size, &draw)
    }
    #expect(backgrounds.allSatisfy { $0.base.allSatisfy { (0...1).contains($0) } && $0.levels.count == 48 * 32 })
    let chroma = backgrounds.map { $0.base.max()! - $0.base.min()! }
    #expect(chroma.count { $0 < 0.1 } > 80 && chroma.count { $0 > 0.4 } > 15)
    let spread = backgrounds.map { $0.levels.max()! - $0.levels.min()! }
    #expect(spread.min()! < 0.25 && spread.max()! > 1)
    // Neighbours differ by grain: often hardly, sometimes much.
    let grain = backgrounds.map { background in
      (0..<47).reduce(Float(0)) { $0 + abs(background.levels[$1] - background.levels[$1 + 1]) } / 47
    }
    #expect(grain.count { $0 < 0.03 } > 100 && grain.count { $0 > 0.1 } > 10)
  }
}
