import Autodiff
import Images
import TestSupport
import Testing

@testable import Explain

@Suite struct RenderTests {
  /// Opaque gray, so that a pixel's bytes are the map's place on the colour map times 255.
  private let plain = DisplayRecipe(colorMap: .gray, opacity: 1, unseen: .plain)

  @Test func theChainGivesThesePixels() throws {
    // Positive part [0, 4]; limit 4; over a crop of 4x1 pixels 0, 1, 3, 4, so gray 0, 64, 191, 255; half over 100.
    let map = SaliencyMap(width: 2, height: 1, values: [-8, 4])
    let image = RGBImage(size: ImageSize(width: 6, height: 1), pixels: [UInt8](repeating: 100, count: 18))
    let recipe = DisplayRecipe(colorMap: .gray, opacity: 0.5, unseen: .plain)
    let result = try renderOverlay(
      map, over: image, crop: ImageRegion(x: 1, y: 0, width: 4, height: 1), originalSize: image.size, recipe: recipe)
    #expect(gray(result.picture) == [100, 50, 82, 146, 178, 100])
    #expect(result.status == .ok)
    #expect(result.limit == 4)
    #expect(result.recipe == recipe)
  }

  @Test func aFadingMapCoversWhereThereIsEvidenceAlone() throws {
    // Gray 0, 64, 191, 255 as above, each over 100 by half of its share of the limit.
    let map = SaliencyMap(width: 2, height: 1, values: [-8, 4])
    let image = RGBImage(size: ImageSize(width: 6, height: 1), pixels: [UInt8](repeating: 100, count: 18))
    let recipe = DisplayRecipe(colorMap: .gray, opacity: 0.5, fade: .value, unseen: .plain)
    let crop = ImageRegion(x: 1, y: 0, width: 4, height: 1)
    let result = try renderOverlay(map, over: image, crop: crop, originalSize: image.size, recipe: recipe)
    #expect(gray(result.picture) == [100, 100, 95, 134, 178, 100])
    let layer = try renderHeatmap(
      map, crop: crop, originalSize: image.size, pictureSize: image.size, recipe: recipe
    ).picture.rgba
    #expect(stride(from: 3, to: 24, by: 4).map { layer.pixels[$0] } == [0, 0, 32, 96, 128, 0])
  }

  @Test func aFadingMapOfBothSignsIsClearAtZero() throws {
    let shares = Fade.value.shares(for: .signed)
    #expect(shares[0] == 1 && shares[255] == 1 && shares[127] < 0.01 && shares[128] < 0.01)
    #expect(Fade.none.shares(for: .signed) == [Double](repeating: 1, count: 256))
  }

  @Test func aMapWithSignsIsShownAroundTheMiddle() throws {
    let map = SaliencyMap(width: 4, height: 1, values: [-8, 0, 2, 8])
    let image = RGBImage(size: ImageSize(width: 4, height: 1), pixels: [UInt8](repeating: 0, count: 12))
    let recipe = DisplayRecipe(colorMap: .bwr, opacity: 1, evidence: .signed)
    let result = try renderOverlay(map, over: image, crop: whole(image.size), originalSize: image.size, recipe: recipe)
    #expect(result.picture.pixels == [0, 0, 255, 255, 254, 254, 255, 192, 192, 255, 0, 0])
    #expect(result.limit == 8)
  }

  /// Three cells by two over a crop at (8, 2) of 6x8 in an original of 20x16, drawn on a copy of half its size: each
  /// cell is one pixel wide and two high.
  @Test(arguments: [(0, 0), (2, 0), (0, 1), (2, 1), (1, 0)])
  func aCellAppearsAtItsPlaceInTheCrop(column: Int, row: Int) throws {
    var values = [Float](repeating: 0, count: 6)
    values[row * 3 + column] = 1
    let image = RGBImage(size: ImageSize(width: 10, height: 8), pixels: [UInt8](repeating: 0, count: 240))
    let result = try renderOverlay(
      SaliencyMap(width: 3, height: 2, values: values), over: image,
      crop: ImageRegion(x: 8, y: 2, width: 6, height: 8), originalSize: ImageSize(width: 20, height: 16), recipe: plain)
    let lit = gray(result.picture)
    // Down the column a cell of two pixels reads 1, ¾, ¼, 0 (or the reverse): the first two are its own.
    let vertical: [UInt8] = row == 0 ? [255, 191, 64, 0] : [0, 64, 191, 255]
    for y in 0..<8 {
      for x in 0..<10 {
        let inside = x == 4 + column && (1..<5).contains(y)
        #expect(lit[y * 10 + x] == (inside ? vertical[y - 1] : 0), "(\(x), \(y))")
      }
    }
  }

  @Test func outsideTheCropTheImageIsUnchanged() throws {
    var random = SplitMix64(seed: 11)
    let size = ImageSize(width: 45, height: 30)
    let image = RGBImage(
      size: size, pixels: (0..<size.pixelCount * 3).map { _ in .random(in: 0...254, using: &random) })
    let map = SaliencyMap(width: 7, height: 7, values: random.units(49))
    // The crop of docs/api.md and a copy of a tenth of the size: 8.35 to 34.6 by 1.9 to 28.15.
    let white = DisplayRecipe(colorMap: .gray, opacity: 1, range: .fixed(1e-30), unseen: .plain)
    let result = try renderOverlay(
      map, over: image, crop: ImageRegion(x: 83.5, y: 19, width: 262.5, height: 262.5),
      originalSize: ImageSize(width: 450, height: 300), recipe: white)
    for y in 0..<30 {
      for x in 0..<45 {
        let pixel = 3 * (y * 45 + x)
        let inside = (8...34).contains(x) && (2...27).contains(y)
        let same = result.picture.pixels[pixel..<pixel + 3] == image.pixels[pixel..<pixel + 3]
        #expect(same != inside, "(\(x), \(y))")
      }
    }
  }

  static let withNothingToShow: [(values: [Float], status: MapStatus)] = [
    ([-1, -2, -3, -4], .noPositiveEvidence),
    ([0, -2, -3, -4], .noPositiveEvidence),
    ([0, 0, 0, 0], .flat),
    ([5, 5, 5, 5], .flat),
    ([-5, -5, -5, -5], .flat),
  ]

  @Test(arguments: withNothingToShow)
  func aMapWithNothingToShowIsTheImageUnderTheLowestColor(values: [Float], status: MapStatus) throws {
    let image = RGBImage(size: ImageSize(width: 4, height: 2), pixels: [UInt8](repeating: 100, count: 24))
    for range in [DisplayRange.ownMaximum, .fixed(1), .percentile(99)] {
      let result = try renderOverlay(
        SaliencyMap(width: 2, height: 2, values: values), over: image,
        crop: ImageRegion(x: 1, y: 0, width: 2, height: 2), originalSize: image.size,
        recipe: DisplayRecipe(colorMap: .viridis, opacity: 0.5, range: range, unseen: .plain))
      // viridis begins at (68, 1, 84): halfway to 100 are 84, 50.5 and 92.
      let row: [UInt8] = [100, 100, 100, 84, 51, 92, 84, 51, 92, 100, 100, 100]
      #expect(result.picture.pixels == row + row)
      #expect(result.status == status)
      #expect(result.limit == 0)
    }
  }

  @Test func aFlatMapWithSignsHasTheMiddleColorAndAnAllNegativeOneIsDrawn() throws {
    let image = RGBImage(size: ImageSize(width: 2, height: 1), pixels: [UInt8](repeating: 0, count: 6))
    func picture(_ values: [Float]) throws -> SaliencyPicture<RGBImage> {
      try renderOverlay(
        SaliencyMap(width: 2, height: 1, values: values), over: image, crop: whole(image.size),
        originalSize: image.size, recipe: DisplayRecipe(colorMap: .gray, opacity: 1, evidence: .signed))
    }
    #expect(gray(try picture([3, 3]).picture) == [128, 128])
    #expect(try picture([3, 3]).status == .flat)
    #expect(gray(try picture([-4, -1]).picture) == [0, 96])
    #expect(try picture([-4, -1]).status == .noPositiveEvidence)
  }

  @Test func theColorsDoNotDependOnThePicturesSize() throws {
    // On two pixels no centre meets the brightest cell's; the limit is still that cell's value.
    let map = SaliencyMap(width: 3, height: 1, values: [0, 1, 0])
    let original = ImageSize(width: 300, height: 100)
    let image = RGBImage(size: ImageSize(width: 2, height: 1), pixels: [UInt8](repeating: 0, count: 6))
    let result = try renderOverlay(map, over: image, crop: whole(original), originalSize: original, recipe: plain)
    #expect(gray(result.picture) == [64, 64])
    #expect(result.limit == 1)
  }

  @Test func aCropThatCoversNoPixelOfTheCopyLeavesTheImage() throws {
    let image = RGBImage(size: ImageSize(width: 1024, height: 1), pixels: [UInt8](repeating: 9, count: 3072))
    let map = SaliencyMap(width: 2, height: 2, values: [1, 2, 3, 4])
    let original = ImageSize(width: 60_000, height: 1)
    let result = try renderOverlay(
      map, over: image, crop: ImageRegion(x: 29_999.5, y: 0, width: 1, height: 1), originalSize: original,
      recipe: DisplayRecipe(unseen: .plain))
    #expect(result.picture == image)
    #expect(result.status == .ok)
  }

  @Test func theLargestFloatsAreDrawn() throws {
    let big = Float.greatestFiniteMagnitude
    let image = RGBImage(size: ImageSize(width: 2, height: 1), pixels: [UInt8](repeating: 0, count: 6))
    let map = SaliencyMap(width: 2, height: 1, values: [-big, big])
    let signed = DisplayRecipe(colorMap: .gray, opacity: 1, evidence: .signed)
    for recipe in [plain, signed] {
      let result = try renderOverlay(
        map, over: image, crop: whole(image.size), originalSize: image.size, recipe: recipe)
      #expect(gray(result.picture) == [0, 255])
    }
  }

  @Test func theHeatmapAloneHasTheColorsOfTheOverlay() throws {
    let map = SaliencyMap(width: 3, height: 2, values: [1, -2, 3, 4, 0.5, -1])
    let size = ImageSize(width: 12, height: 9)
    let original = ImageSize(width: 24, height: 18)
    let crop = ImageRegion(x: 5, y: 1, width: 15, height: 15)
    let black = RGBImage(size: size, pixels: [UInt8](repeating: 0, count: size.pixelCount * 3))
    let overlay = try renderOverlay(
      map, over: black, crop: crop, originalSize: original, recipe: .init(opacity: 1, unseen: .plain))
    let alone = try renderHeatmap(
      map, crop: crop, originalSize: original, pictureSize: size, recipe: .init(opacity: 0.4))
    let seen = crop.scaled(from: original, to: size).pixels(of: size)
    for y in 0..<size.height {
      for x in 0..<size.width {
        let pixel = y * size.width + x
        let inside = (seen.x..<seen.x + seen.width).contains(x) && (seen.y..<seen.y + seen.height).contains(y)
        #expect(alone.picture.rgba.pixels[4 * pixel + 3] == (inside ? 102 : 0))
        #expect(
          alone.picture.rgba.pixels[4 * pixel..<4 * pixel + 3].elementsEqual(
            overlay.picture.pixels[3 * pixel..<3 * pixel + 3])
        )
      }
    }
    #expect(alone.status == .ok)
    #expect(alone.limit == 4)
  }

  @Test func theEvidenceAgainstIsShownFromZeroUp() throws {
    let map = SaliencyMap(width: 4, height: 1, values: [-8, 0, 2, -4])
    let image = RGBImage(size: ImageSize(width: 4, height: 1), pixels: [UInt8](repeating: 0, count: 12))
    let recipe = DisplayRecipe(colorMap: .gray, opacity: 1, evidence: .negative)
    let result = try renderOverlay(map, over: image, crop: whole(image.size), originalSize: image.size, recipe: recipe)
    #expect(gray(result.picture) == [255, 0, 0, 128])
    #expect(result.limit == 8)
    #expect(result.status == .ok)
  }

  @Test func whatTheNetworkDidNotSeeIsStripedUnlessAskedNotTo() throws {
    let map = SaliencyMap(width: 1, height: 2, values: [0, 1])
    let image = RGBImage(size: ImageSize(width: 14, height: 2), pixels: [UInt8](repeating: 100, count: 84))
    func row(_ recipe: DisplayRecipe) throws -> [UInt8] {
      let crop = ImageRegion(x: 1, y: 0, width: 9, height: 2)
      return Array(
        gray(try renderOverlay(map, over: image, crop: crop, originalSize: image.size, recipe: recipe).picture)[..<14])
    }
    let seen = [UInt8](repeating: 0, count: 9)
    #expect(try row(DisplayRecipe(colorMap: .gray, opacity: 1)) == [146] + seen + [146, 70, 100, 100])
    #expect(try row(plain) == [100] + seen + [100, 100, 100, 100])
  }

  @Test func contourLinesLieWhereTheMapHasTheirShareOfTheRange() throws {
    // Over 40 columns the positive part rises from 0 at the first cell's centre (10) to 8 at the second's (30).
    let map = SaliencyMap(width: 2, height: 1, values: [-3, 8])
    let image = RGBImage(size: ImageSize(width: 40, height: 8), pixels: [UInt8](repeating: 128, count: 960))
    func lit(_ evidence: Evidence) throws -> [Int] {
      let recipe = DisplayRecipe(colorMap: .gray, opacity: 0, evidence: evidence, contours: [0.25])
      let picture = gray(
        try renderOverlay(map, over: image, crop: whole(image.size), originalSize: image.size, recipe: recipe).picture)
      return (0..<40).filter { picture[40 * 4 + $0] > 150 }
    }
    // A quarter of 20 columns after 10; both neighbours of the line between pixels 14 and 15 are covered by ⅝.
    #expect(try lit(.positive) == [14, 15])
    // −3 + 11·t is 2 at t = 5/11, and −2 at 1/11: columns 19.09 and 11.82.
    #expect(try lit(.signed) == [11, 19])
    // The positive part of the turned map, 3 − 3·t, is ¾ at t = ¾: column 25.
    #expect(try lit(.negative) == [24, 25])
  }

  @Test func linesBelowZeroAreDashed() throws {
    // Minus on the left, plus on the right, with one line each over 60 rows.
    let map = SaliencyMap(width: 2, height: 1, values: [-1, 1])
    let image = RGBImage(size: ImageSize(width: 40, height: 60), pixels: [UInt8](repeating: 128, count: 7200))
    let recipe = DisplayRecipe(colorMap: .bwr, opacity: 0, evidence: .signed, contours: [0.5])
    let picture = gray(
      try renderOverlay(map, over: image, crop: whole(image.size), originalSize: image.size, recipe: recipe).picture)
    func share(_ columns: Range<Int>) -> Int {
      (0..<60).count { y in columns.contains { picture[40 * y + $0] > 150 } }
    }
    #expect(share(22..<30) == 60)
    #expect((25...45).contains(share(10..<20)))
  }

  @Test func aLayerWithLinesHasThemOpaque() throws {
    let map = SaliencyMap(width: 2, height: 1, values: [0, 8])
    let size = ImageSize(width: 40, height: 8)
    let recipe = DisplayRecipe(opacity: 0.2, contours: [0.25])
    let layer = try renderHeatmap(map, crop: whole(size), originalSize: size, pictureSize: size, recipe: recipe).picture
      .rgba
    let row = (0..<40).map { layer.pixels[4 * (40 * 4 + $0) + 3] }
    #expect(row[14] == 255 && row[15] == 255)
    #expect(row[0] == 51 && row[39] == 51)
  }

  @Test func aPictureWithNothingToShowSaysSo() throws {
    let size = ImageSize(width: 200, height: 150)
    let image = RGBImage(size: size, pixels: [UInt8](repeating: 128, count: 90_000))
    let crop = ImageRegion(x: 50, y: 0, width: 150, height: 150)
    func picture(_ values: [Float], _ evidence: Evidence) throws -> [UInt8] {
      let recipe = DisplayRecipe(colorMap: .gray, opacity: 0, evidence: evidence, unseen: .plain)
      return gray(
        try renderOverlay(
          SaliencyMap(width: 2, height: 2, values: values), over: image, crop: crop, originalSize: size, recipe: recipe
        ).picture)
    }
    for (values, evidence) in [
      ([-1, -2, -3, -4], Evidence.positive), ([1, 2, 3, 4], .negative), ([1, 1, 1, 1], .signed),
    ] {
      let written = try picture(values.map(Float.init), evidence)
      #expect(written.contains { $0 > 200 } && written.contains { $0 < 20 })
      #expect(written.indices.allSatisfy { $0 % 200 >= 50 || written[$0] == 128 })
      // In the layer, too, and there it can be read on any photograph.
      let layer = try renderHeatmap(
        SaliencyMap(width: 2, height: 2, values: values.map(Float.init)), crop: crop, originalSize: size,
        pictureSize: size, recipe: DisplayRecipe(opacity: 0, evidence: evidence)
      ).picture.rgba
      #expect(written.indices.contains { layer.pixels[4 * $0 + 3] == 255 })
      #expect(written.indices.allSatisfy { $0 % 200 >= 50 || layer.pixels[4 * $0 + 3] == 0 })
      for index in written.indices {
        let (alpha, value) = (Double(layer.pixels[4 * index + 3]) / 255, Double(layer.pixels[4 * index]))
        #expect(abs(alpha * value + (1 - alpha) * 128 - Double(written[index])) <= 1)
      }
    }
    #expect(try picture([1, 2, 3, 4], .positive).allSatisfy { $0 == 128 })
  }

  @Test func theColorBarStandsBesideTheOverlay() throws {
    let map = SaliencyMap(width: 2, height: 2, values: [-1, 2, 3, 4])
    let size = ImageSize(width: 100, height: 120)
    let image = RGBImage(size: size, pixels: [UInt8](repeating: 40, count: 36_000))
    func picture(_ recipe: DisplayRecipe) throws -> RGBImage {
      try renderOverlay(map, over: image, crop: whole(size), originalSize: size, recipe: recipe).picture
    }
    for range in [DisplayRange.ownMaximum, .fixed(2.5)] {
      for evidence in [Evidence.positive, .negative] {
        let recipe = DisplayRecipe(evidence: evidence, range: range, contours: [0.5])
        var withBar = recipe
        withBar.hasColorBar = true
        let limit = range == .fixed(2.5) ? 2.5 : evidence == .positive ? 4 : 1
        let bar = ColorBar(
          colorMap: .turbo, evidence: evidence, limit: limit, isClipped: range == .fixed(2.5) && evidence == .positive,
          levels: [evidence == .positive ? limit / 2 : -limit / 2])
        #expect(try picture(withBar) == bar.beside(picture(recipe), scale: 1))
      }
    }
  }

  /// Letters and bars are laid over a picture or stand beside it; every other pixel is that of the map's colours alone.
  @Test func lettersChangeNoPixelBesideThem() throws {
    var random = SplitMix64(seed: 4)
    let size = ImageSize(width: 120, height: 96)
    let image = RGBImage(
      size: size, pixels: (0..<size.pixelCount * 3).map { _ in .random(in: 0...255, using: &random) })
    let crop = ImageRegion(x: 12.5, y: 0, width: 96, height: 96)
    let map = SaliencyMap(width: 7, height: 7, values: random.units(49))
    var recipe = DisplayRecipe(contours: [0.5])
    let alone = try renderOverlay(map, over: image, crop: crop, originalSize: size, recipe: recipe).picture
    recipe.hasColorBar = true
    let withBar = try renderOverlay(map, over: image, crop: crop, originalSize: size, recipe: recipe).picture
    #expect(withBar.width > alone.width && withBar.height == alone.height)
    for y in 0..<size.height {
      #expect(
        withBar.pixels[3 * y * withBar.width..<3 * (y * withBar.width + size.width)]
          == alone.pixels[3 * y * size.width..<3 * (y + 1) * size.width])
    }
    // A flat map has zero's colour in the crop, a notice over it, and the photograph around it.
    let flat = SaliencyMap(width: 2, height: 1, values: [1, 1])
    let noticed = try renderOverlay(
      flat, over: image, crop: crop, originalSize: size, recipe: DisplayRecipe(unseen: .plain)
    ).picture
    var plain = Canvas(image)
    let rect = crop.pixels(of: size)
    plain.blend(
      ColoredMap(
        at: rect, entries: [UInt8](repeating: 0, count: rect.width * rect.height), table: ColorMap.turbo.table),
      opacities: [Double](repeating: 0.5, count: 256))
    let changed = (0..<size.pixelCount).filter {
      noticed.pixels[3 * $0..<3 * $0 + 3] != plain.rgb.pixels[3 * $0..<3 * $0 + 3]
    }
    #expect((100..<size.pixelCount / 3).contains(changed.count))
    let columns = changed.map { $0 % size.width }
    #expect(columns.min()! >= rect.x && columns.max()! < rect.x + rect.width)
    // A row above and one below the words are as they were.
    let rows = Set(changed.map { $0 / size.width })
    #expect(!rows.contains(0) && !rows.contains(size.height - 1))
  }

  private func whole(_ size: ImageSize) -> ImageRegion {
    ImageRegion(x: 0, y: 0, width: Double(size.width), height: Double(size.height))
  }

  /// One byte a pixel of a picture without colour.
  private func gray(_ picture: RGBImage) -> [UInt8] {
    stride(from: 0, to: picture.pixels.count, by: 3).map { picture.pixels[$0] }
  }
}
