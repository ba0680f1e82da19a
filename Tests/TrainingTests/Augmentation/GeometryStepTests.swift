import Images
import Testing

@testable import Training

@Suite("Augmentation of geometry")
struct GeometryStepTests {
  @Test("mirrors")
  func flips() throws {
    let image = numbered(3, 2)
    #expect(try changed(image, .flip).reds == [2, 1, 0, 5, 4, 3])
    #expect(try changed(image, .verticalFlip).reds == [3, 4, 5, 0, 1, 2])
    #expect(try changed(image, .flip).pixels[1] == 100)
  }

  @Test(
    "turns counter-clockwise",
    arguments: [(90, [2, 5, 8, 1, 4, 7, 0, 3, 6]), (180, [8, 7, 6, 5, 4, 3, 2, 1, 0])] as [(Double, [UInt8])])
  func turns(degrees: Double, expected: [UInt8]) throws {
    #expect(try changed(numbered(3, 3), .rotation, ["degrees": degrees...degrees]).reds == expected)
    // All the way round, in two steps that are one.
    let whole = Augmentation([
      try AugmentationStep(.rotation, ["degrees": degrees...degrees]),
      try AugmentationStep(.rotation, ["degrees": (-degrees)...(-degrees)]),
    ])
    let drawn = drawnPicture(seed: 1, 31, 22)
    #expect(changed(drawn, by: whole) == drawn)
  }

  @Test("moves right and down, by shares of the sides, and fills with what the border says")
  func moves() throws {
    let image = numbered(4, 2)
    let right: [String: ClosedRange<Double>] = ["horizontal": 0.5...0.5, "vertical": 0...0]
    #expect(try changed(image, .translation, right).reds == [0, 0, 0, 1, 4, 4, 4, 5])
    #expect(try changed(image, .translation, right, border: .mirror).reds == [1, 0, 0, 1, 5, 4, 4, 5])
    let mean = try changed(picture(4, 2) { x, _ in [UInt8(x * 4), 0, 0] }, .translation, right, border: .mean)
    #expect(mean.reds == [6, 6, 0, 4, 6, 6, 0, 4])
    #expect(
      try changed(image, .translation, ["horizontal": 0...0, "vertical": 0.5...0.5]).reds == [0, 1, 2, 3, 0, 1, 2, 3])
    #expect(
      try changed(image, .translation, ["horizontal": -1 ... -1, "vertical": 0...0], border: .mirror).reds
        == [3, 2, 1, 0, 7, 6, 5, 4])
  }

  @Test("enlarges about the middle, between pixels in proportion")
  func scales() throws {
    // Along x: 0 10 20 30, of which the middle half is stretched over all.
    let ramp = picture(4, 4) { x, _ in [UInt8(x * 40), 0, 0] }
    #expect(Array(try changed(ramp, .scale, ["factor": 2...2]).reds.prefix(4)) == [30, 50, 70, 90])
    #expect(Array(try changed(ramp, .scale, ["factor": 0.5...0.5]).reds.prefix(4)) == [0, 20, 100, 120])
    // Wider by 2 and lower by 2.
    let wide = picture(4, 4) { x, y in [UInt8(x * 40), UInt8(y * 40), 0] }
    let stretched = try changed(wide, .aspect, ["factor": 2...2])
    #expect((0..<4).map { stretched[$0, 0][0] } == [30, 50, 70, 90])
    #expect((0..<4).map { stretched[0, $0][1] } == [0, 20, 100, 120])
  }

  @Test("shears what lies lower to the left, as much as it lies lower")
  func shears() throws {
    // A vertical line of one pixel in the middle of five.
    let line = picture(5, 5) { x, _ in x == 2 ? [200, 200, 200] : [0, 0, 0] }
    let sheared = try changed(line, .shear, ["slope": 1...1])
    for y in 0..<5 { #expect((0..<5).filter { sheared[$0, y][0] == 200 } == [4 - y]) }
  }

  @Test("makes a crop of any share fill the view, all of the picture where the share is 1")
  func crops() throws {
    let image = drawnPicture(seed: 2, 24, 24)
    #expect(try changed(image, .crop, ["area": 1...1, "aspect": 1...1]) == image)
    // A quarter of a ramp spans half of it, wherever it lies.
    let ramp = picture(64, 64) { x, y in [UInt8(x * 4), UInt8(y * 4), 0] }
    var corners: Set<[UInt8]> = []
    for seed in 0..<20 {
      let crop = try changed(ramp, .crop, ["area": 0.25...0.25, "aspect": 1...1], seed: UInt64(seed))
      for y in [0, 63] { #expect((123...128).contains(Int(crop[63, y][0]) - Int(crop[0, y][0]))) }
      #expect((123...128).contains(Int(crop[0, 63][1]) - Int(crop[0, 0][1])))
      corners.insert(crop[0, 0])
    }
    #expect(corners.count > 15)
    // Twice as wide as high, of half the area: all of the width.
    let wide = try changed(ramp, .crop, ["area": 0.5...0.5, "aspect": 2...2])
    #expect(wide[0, 0][0] == 0 && wide[63, 0][0] == 252)
    #expect((124...128).contains(Int(wide[0, 63][1]) - Int(wide[0, 0][1])))
  }

  @Test("moves each corner of the view by itself for perspective, and straight lines stay straight")
  func perspective() throws {
    let image = drawnPicture(seed: 3, 20, 16)
    #expect(try changed(image, .perspective, ["shift": 0...0]) == image)
    let transform = try #require(
      ImageTransform(from: [(-1, -1), (1, -1), (1, 1), (-1, 1)], to: [(-1.2, -1), (1, -0.8), (0.5, 1), (-1, 1.5)]))
    #expect(!transform.isAffine)
    for (corner, expected) in [
      ((-1.0, -1.0), (-1.2, -1.0)), ((1, -1), (1, -0.8)), ((1, 1), (0.5, 1)), ((-1, 1), (-1, 1.5)),
    ] {
      let (x, y) = transform(corner.0, corner.1)
      #expect(abs(x - expected.0) < 1e-12 && abs(y - expected.1) < 1e-12)
    }
    let points = [-0.7, 0.1, 0.6].map { transform($0, 0.3 * $0 + 0.2) }
    let cross =
      (points[1].x - points[0].x) * (points[2].y - points[0].y) - (points[2].x - points[0].x)
      * (points[1].y - points[0].y)
    #expect(abs(cross) < 1e-12)
    #expect(ImageTransform(from: [(0, 0), (0, 0), (1, 1), (2, 2)], to: [(0, 0), (1, 0), (1, 1), (0, 1)]) == nil)
  }

  @Test("is one map for steps that follow one another: each is done to what the one before has made")
  func composition() throws {
    let steps = [
      try AugmentationStep(.translation, ["horizontal": 0.25...0.25, "vertical": 0...0]),
      try AugmentationStep(.rotation, ["degrees": 90...90]),
    ]
    let image = numbered(4, 4)
    let both = changed(image, by: Augmentation(steps))
    #expect(both == changed(changed(image, by: Augmentation([steps[0]])), by: Augmentation([steps[1]])))
    #expect(both != changed(image, by: Augmentation(steps.reversed())))
  }

  @Test("sees beyond the view, and what is not changed is cut out to the pixel")
  func view() throws {
    let image = picture(8, 4) { x, _ in [UInt8(x * 20), 0, 0] }
    let picture = PreparedPicture(image: image, view: PixelRect(x: 2, y: 0, width: 4, height: 4), foreground: nil)
    let working = WorkingPicture()
    func reds(_ step: AugmentationStep) -> [UInt8] {
      #expect(Augmentation([step]).change(picture, seed: 0, to: ImageSize(width: 4, height: 4), in: working))
      return Array(working.image.reds.prefix(4))
    }
    #expect(reds(try AugmentationStep(.translation, ["horizontal": 0.5...0.5, "vertical": 0...0])) == [0, 20, 40, 60])
    #expect(reds(try AugmentationStep(.flip)) == [100, 80, 60, 40])
    #expect(reds(try AugmentationStep(.brightness, ["shift": 0...0])) == [40, 60, 80, 100])
    #expect(reds(try AugmentationStep(.crop, ["area": 1...1, "aspect": 2...2])) == [10, 50, 90, 130])
  }
}
