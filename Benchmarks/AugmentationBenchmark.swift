import ArgumentParser
import Autodiff
import Foundation
import Images
import Networks
import Training

/// What it costs to augment training images, on one thread.
struct AugmentationBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "augmentation",
    abstract: "Measures the augmentation of training images: the whole chain, and each step.")

  @Option(help: "Width and height of the pictures and of the network's input.")
  var size = 64

  @Option(help: "Pictures of each repetition.")
  var pictures = 200

  @Option(help: "Repetitions; the median counts.")
  var repetitions = 7

  func run() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gaze-augmentation-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for name in ["a", "b"] {
      try FileManager.default.createDirectory(at: folder.appending(path: name), withIntermediateDirectories: true)
      for number in 0..<8 {
        try Data(encodePNG(drawn(number))).write(to: folder.appending(path: "\(name)/\(number).png"))
      }
    }
    let data = try LabelledImages(folders: [folder.path(percentEncoded: false)])
    let recipe = Augmentation.photographs
    var table = Table(["\(size)x\(size)", "us an image", "images/s"])
    try report("no step", Augmentation(), data, in: &table)
    for step in recipe.steps { try report(step.kind.rawValue, Augmentation([step]), data, in: &table) }
    try report("the whole recipe", recipe, data, in: &table)
    try table.print(json: false)
  }

  /// Times an augmentation with preprocessing, from decoded pictures to a batch.
  private func report(
    _ name: String, _ augmentation: Augmentation, _ data: LabelledImages, in table: inout Table
  ) throws {
    let preprocessing = Preprocessing(
      shorterSide: nil, filter: .bilinear, inputWidth: size, inputHeight: size, mean: [0, 0, 0],
      deviation: [255, 255, 255])
    let loader = BatchLoader(
      data, preprocessing: preprocessing, augmentation: augmentation, batchSize: data.items.count, seed: 1,
      pool: BufferPool())
    let epochs = max(1, pictures / data.items.count)
    let times = try Times(repeat: repetitions) {
      for epoch in 0..<epochs { _ = try loader.batch(epoch: epoch, number: 0) }
    }
    let each = times.median / Double(epochs * data.items.count)
    table.add([.text(name), .number(each * 1000, digits: 1), .number(1000 / each, digits: 0)])
  }

  /// An object of its own colour before a background that grows darker to one side.
  private func drawn(_ number: Int) -> RGBImage {
    var pixels: [UInt8] = []
    let (middle, radius) = (Double(size) / 2, Double(size) / 4)
    for y in 0..<size {
      for x in 0..<size {
        let (dx, dy) = (Double(x) - middle, Double(y) - middle)
        if (dx * dx + dy * dy).squareRoot() < radius {
          pixels += [UInt8(200 - number * 10), UInt8(40 + number * 8), UInt8(60 + (x ^ y) % 64)]
        } else {
          pixels += [UInt8(90 + x * 60 / size), UInt8(100 + y * 50 / size), UInt8(80 + (x &* 7 ^ y &* 3) % 16)]
        }
      }
    }
    return RGBImage(size: ImageSize(width: size, height: size), pixels: pixels)
  }
}
