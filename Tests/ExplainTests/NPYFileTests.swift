import Images
import Models
import Networks
import Testing

@testable import Explain

/// A file that is made in parts is the file in one piece.
@Suite struct NPYFileTests {
  /// A photograph so wide that its rows need many parts, the crop within it.
  private func attribution(seed: Int) throws -> Attribution {
    let model = TinyModel.convolutional()
    let pass = try model.pass(threads: 1)
    let values = (0..<35).map { Float(($0 * 37 + seed) % 23) - 11.5 }
    return Attribution(
      method: "test", parameters: [], notes: [], layers: [], fusion: .mean, augmentation: .none, target: Target(0),
      prediction: Prediction(label: pass.classifier.labels[0], logit: 0, probability: 0), against: nil,
      map: SaliencyMap(width: 7, height: 5, values: values), zero: nil,
      geometry: CropGeometry(
        original: ImageSize(width: 3001, height: 701), resized: ImageSize(width: 600, height: 140),
        crop: PixelRect(x: 187, y: 11, width: 224, height: 112)),
      window: nil, image: nil, model: pass.classifier.manifest)
  }

  @Test(arguments: [MapResolution.layer, .input, .image])
  func thePartsAreTheWholeBitForBit(resolution: MapResolution) throws {
    let one = try attribution(seed: 0)
    let other = try attribution(seed: 5)
    let maps = [one, other].map { $0.map(at: resolution) }

    let file = NPYFile(of: [one, other], at: resolution, axes: [2])
    #expect(file.bytes == NPY.encode(maps))
    #expect(file.byteCount == file.bytes.count)
    #expect((resolution == .image) == (file.partCount > 3))

    let single = NPYFile(of: [other], at: resolution, axes: [])
    #expect(single.bytes == NPY.encode(maps[1]))
  }

  @Test func noPartIsLargerThanAMegabyte() throws {
    let file = NPYFile(of: [try attribution(seed: 1)], at: .image, axes: [])
    #expect(file.byteCount > 8 << 20)
    #expect((0..<file.partCount).allSatisfy { file.part($0).count <= 1 << 20 })
  }
}
