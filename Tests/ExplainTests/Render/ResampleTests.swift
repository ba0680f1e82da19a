import Explain
import Images
import Testing

@Suite struct ResampleTests {
  struct Golden: CustomTestStringConvertible {
    var from: (width: Int, height: Int)
    var to: (width: Int, height: Int)
    var points: [(x: Int, y: Int, value: Float)]
    var testDescription: String { "\(from.width)x\(from.height) to \(to.width)x\(to.height)" }
  }

  /// `cv2.resize(map, (width, height), interpolation=cv2.INTER_LINEAR)` of OpenCV 4.11.0, made by
  /// `Tests/Golden/make_render_goldens.py`.
  static let goldens = [
    Golden(
      from: (7, 7), to: (224, 224),
      points: [
        (0, 0, -2.000000), (223, 0, 2.750000), (0, 223, 2.750000), (223, 223, 0.000000), (105, 114, -1.087524),
        (169, 212, -0.601562), (7, 32, -1.355469), (184, 212, -0.367188), (55, 69, 0.266541), (194, 94, 0.071472),
      ]),
    Golden(
      from: (5, 3), to: (17, 40),
      points: [
        (0, 0, -2.000000), (16, 0, -0.750000), (0, 39, 3.000000), (16, 39, -1.250000), (4, 33, 0.941176),
        (4, 16, 0.818566), (10, 21, -0.036029), (1, 1, -2.000000), (14, 30, 0.097610), (14, 21, 2.509742),
      ]),
    Golden(
      from: (13, 9), to: (4, 3),
      points: [
        (0, 0, 1.343750), (3, 0, -1.593750), (0, 2, 2.437500), (3, 2, -1.187500), (1, 2, 1.468750),
        (0, 1, -0.375000), (1, 1, 2.125000),
      ]),
    Golden(
      from: (8, 6), to: (4, 3),
      points: [
        (0, 0, -0.312500), (3, 0, 0.937500), (0, 2, 0.312500), (3, 2, -0.562500), (2, 0, 1.000000),
        (1, 1, -0.625000),
      ]),
    Golden(
      from: (1, 4), to: (3, 9),
      points: [
        (0, 0, -2.000000), (2, 8, 3.500000), (0, 6, 3.194444), (0, 4, 1.125000), (2, 2, -1.236111),
        (2, 1, -1.791667),
      ]),
    Golden(
      from: (4, 1), to: (9, 3),
      points: [
        (0, 0, -2.000000), (8, 2, 3.250000), (3, 1, -0.152778), (2, 0, -0.930556), (4, 2, 0.625000),
        (6, 2, 2.180555),
      ]),
  ]

  @Test(arguments: goldens)
  func resizingAgreesWithOpenCV(golden: Golden) {
    let map = testMap(width: golden.from.width, height: golden.from.height)
    let resized = map.resizedBilinear(width: golden.to.width, height: golden.to.height)
    #expect(resized.width == golden.to.width)
    #expect(resized.height == golden.to.height)
    for point in golden.points {
      let value = resized.values[point.y * resized.width + point.x]
      #expect(abs(value - point.value) < 2e-6, "(\(point.x), \(point.y))")
    }
  }

  @Test(arguments: [(1, 1), (7, 7), (5, 3), (1, 6), (6, 1)])
  func resizingToTheSameSizeChangesNothing(width: Int, height: Int) {
    let map = testMap(width: width, height: height)
    #expect(map.resizedBilinear(width: width, height: height) == map)
  }

  @Test func theLargestFloatsDoNotOverflowOnTheWay() {
    let big = Float.greatestFiniteMagnitude
    let resized = SaliencyMap(width: 2, height: 1, values: [-big, big]).resizedBilinear(width: 4, height: 1)
    for (value, expected) in zip(resized.values, [-big, -big / 2, big / 2, big]) {
      #expect(abs(value - expected) <= big.ulp)
    }
  }

  @Test func aPlacedMapIsNaNWhereTheNetworkDidNotSee() {
    // The crop covers columns 1...4 and rows 1...2 of 6x4: each of the two cells becomes a square of 2x2.
    let map = SaliencyMap(width: 2, height: 1, values: [0, 4])
    let placed = map.placed(
      crop: ImageRegion(x: 1, y: 1, width: 4, height: 2), on: ImageSize(width: 6, height: 4), outside: -9)
    #expect(placed.width == 6)
    #expect(placed.height == 4)
    #expect(
      placed.values == [
        -9, -9, -9, -9, -9, -9,
        -9, 0, 1, 3, 4, -9,
        -9, 0, 1, 3, 4, -9,
        -9, -9, -9, -9, -9, -9,
      ])
    let unseen = map.placed(
      crop: ImageRegion(x: 1, y: 1, width: 4, height: 2), on: ImageSize(width: 6, height: 4)
    ).values.map(\.isNaN)
    #expect(unseen == placed.values.map { $0 == -9 })
  }

  @Test func aCropBetweenPixelsIsSampledWhereItLies() {
    // x in 0.75..<2.75, so the centres of pixels 1 and 2 lie 0.75 and 1.75 into two cells of width 1.
    let map = SaliencyMap(width: 2, height: 1, values: [0, 4])
    let placed = map.placed(
      crop: ImageRegion(x: 0.75, y: 0, width: 2, height: 1), on: ImageSize(width: 4, height: 1), outside: -9)
    #expect(placed.values == [-9, 1, 4, -9])
  }

  @Test func aCropBeyondThePictureIsCutAtItsEdges() {
    // Two cells of 3x3 each, from (-2, -1): pixel centres at 2.5, 3.5 and 4.5 of 6.
    let map = SaliencyMap(width: 2, height: 1, values: [0, 6])
    let placed = map.placed(crop: ImageRegion(x: -2, y: -1, width: 6, height: 3), on: ImageSize(width: 3, height: 2))
    #expect(placed.values == [2, 4, 6, 2, 4, 6])
  }

  @Test(arguments: [
    // A pixel belongs to the crop if its centre does, the left and top edge included, the right and bottom not.
    (ImageRegion(x: 0.5, y: 0.5, width: 2, height: 1), PixelRect(x: 0, y: 0, width: 2, height: 1)),
    (ImageRegion(x: 0.51, y: 0.51, width: 2, height: 1), PixelRect(x: 1, y: 1, width: 2, height: 1)),
    (ImageRegion(x: 0, y: 0, width: 10, height: 8), PixelRect(x: 0, y: 0, width: 10, height: 8)),
    (ImageRegion(x: -5, y: -5, width: 1e9, height: 1e9), PixelRect(x: 0, y: 0, width: 10, height: 8)),
    (ImageRegion(x: 2.6, y: 2, width: 0.8, height: 3), PixelRect(x: 3, y: 2, width: 0, height: 3)),
  ])
  func thePixelsOfARegionAreThoseWithTheirCentreInIt(region: ImageRegion, pixels: PixelRect) {
    #expect(region.pixels(of: ImageSize(width: 10, height: 8)) == pixels)
  }

  @Test func aCropBesideThePictureCoversNoPixel() {
    let size = ImageSize(width: 2, height: 2)
    let map = testMap(width: 3, height: 3)
    for crop in [
      ImageRegion(x: 5, y: 0, width: 1, height: 2), ImageRegion(x: 0, y: -9, width: 2, height: 3),
      ImageRegion(x: 0.6, y: 0, width: 0.2, height: 2),
    ] {
      #expect(map.placed(crop: crop, on: size, outside: 7).values == [7, 7, 7, 7])
    }
  }

  @Test func aRegionScalesEachAxisByItsOwn() {
    let region = ImageRegion(x: 10, y: 20, width: 30, height: 40)
    let scaled = region.scaled(from: ImageSize(width: 100, height: 200), to: ImageSize(width: 50, height: 20))
    #expect(scaled == ImageRegion(x: 5, y: 2, width: 15, height: 4))
  }

  /// The map of `make_render_goldens.py`.
  private func testMap(width: Int, height: Int) -> SaliencyMap {
    SaliencyMap(
      width: width, height: height,
      values: (0..<width * height).map { index in
        let (y, x) = index.quotientAndRemainder(dividingBy: width)
        return Float((7 * x + 5 * y * y + 3 * x * y) % 23 - 8) / 4
      })
  }
}
