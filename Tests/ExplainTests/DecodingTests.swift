import Autodiff
import Explain
import Images
import Models
import Networks
import TestSupport
import Testing

/// Large photographs are decoded smaller than they are.
@Suite struct DecodingTests {
  private static func preprocessing(shorterSide: Int?) -> Preprocessing {
    Preprocessing(
      shorterSide: shorterSide, filter: .bicubic, inputWidth: 224, inputHeight: 224, mean: [127, 127, 127],
      deviation: [128, 128, 128])
  }

  @Test func picturesOfUpToFourMegapixelsAreDecodedInFull() {
    let size = ImageSize(width: 2048, height: 2048)
    #expect(Self.preprocessing(shorterSide: 256).smallestSource(of: size) == size)
  }

  @Test func largerOnesStayTwiceAsLargeAsTheyAreResized() {
    let size = ImageSize(width: 2049, height: 4098)
    #expect(
      Self.preprocessing(shorterSide: 256).smallestSource(of: size) == ImageSize(width: 512, height: 1024))
    #expect(Self.preprocessing(shorterSide: nil).smallestSource(of: size) == ImageSize(width: 448, height: 448))
  }

  /// The scores move by less than what saving the photograph as a JPEG of quality 95 moves them (up to 0.04,
  /// `docs/decisions/image-codecs.md`).
  @Test(
    .enabled(if: SharedData.isPresent, SharedData.note),
    .enabled(if: TestModels.has("efficientnet-lite0"), TestModels.note("efficientnet-lite0")),
    arguments: ["coffee.png", "grace_hopper.jpg"])
  func scoresOfAScaledPhotographStay(_ photo: String) throws {
    let small = try decodeImage(SharedData.bytes("data/photos/\(photo)")).image
    // Sides that no scale divides.
    let large = resize(
      small, to: ImageSize(width: 3601, height: 3601 * small.height / small.width), filter: .bicubic)
    let bytes = encodeJPEG(large, quality: 95)
    let (classifier, engine) = (try TestModels.library.classifier("efficientnet-lite0"), Engine(threadCount: 2))

    let scaled = try Analysis.decode(.file(bytes), for: classifier)
    #expect(scaled.image.width < large.width / 2 + 2)
    #expect(scaled.originalSize == large.size)
    let analysis = try Analysis(of: scaled, decodedIn: .zero, by: classifier, on: engine)
    let full = try Analysis(of: decodeImage(bytes), decodedIn: .zero, by: classifier, on: engine)
    #expect(analysis.geometry == full.geometry)
    #expect((896...1024).contains(max(analysis.display.width, analysis.display.height)))
    let display = resize(full.display, to: analysis.display.size, filter: .bilinear)
    #expect(analysis.display.meanDifference(from: display) < 2)
    #expect(analysis.predictions(1)[0].label == full.predictions(1)[0].label)
    for prediction in full.predictions(5) {
      let difference = abs(analysis.numbers[prediction.label.index] - full.numbers[prediction.label.index])
      #expect(difference < 0.04, "\(prediction)")
    }
  }

  @Test(
    .enabled(if: TestModels.has("efficientnet-lite0"), TestModels.note("efficientnet-lite0")))
  func aPhotographForASmallPictureIsDecodedSmaller() throws {
    let classifier = try TestModels.library.classifier("efficientnet-lite0")
    let bytes = encodeJPEG(
      RGBImage(size: ImageSize(width: 4000, height: 3000), pixels: [UInt8](repeating: 99, count: 36_000_000)))
    #expect(try Analysis.decode(.file(bytes), for: classifier).image.size == ImageSize(width: 1000, height: 750))
    #expect(try Analysis.decode(.file(bytes), for: classifier, displaySide: 1).image.width == 1000)
    let analysis = try Analysis(of: bytes, by: classifier, on: Engine(threadCount: 1), displaySide: 224)
    #expect(analysis.display.size == ImageSize(width: 224, height: 168))
    #expect(analysis.geometry.original == ImageSize(width: 4000, height: 3000))
  }
}

extension RGBImage {
  fileprivate func meanDifference(from other: RGBImage) -> Double {
    Double(zip(pixels, other.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }) / Double(pixels.count)
  }
}
