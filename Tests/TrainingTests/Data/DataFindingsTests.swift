import Autodiff
import Foundation
import Images
import Models
import TestSupport
import Testing

@testable import Training

@Suite("What is doubtful about images")
struct DataFindingsTests {
  let folder: ScratchFolder
  let workers = Workers(threadCount: 2)

  init() throws { folder = try ScratchFolder() }

  private func add(_ name: String, _ seeds: Range<Int>) throws {
    for seed in seeds { try folder.add("\(name)/\(seed).png", drawnFile(UInt64(seed))) }
  }

  /// The picture of a seed, a little brighter: another file.
  private func brighter(_ seed: UInt64) -> [UInt8] {
    let drawn = drawnPicture(seed: seed)
    return encodePNG(RGBImage(size: drawn.size, pixels: drawn.pixels.map { UInt8(min(255, Int($0) + 2)) }))
  }

  private func findings(as set: DataFindings.MeasuredSet = .validation) throws -> DataFindings? {
    let training = try LabelledImages(folders: [folder("train")])
    let validation = try LabelledImages(folders: [folder("val")], classes: training.classes)
    return DataFindings(training: training, measured: validation, as: set, on: workers)
  }

  private func addClean() throws {
    try add("train/cat", 0..<5)
    try add("train/dog", 10..<15)
    try add("val/cat", 20..<25)
    try add("val/dog", 30..<35)
  }

  @Test("is nothing where all images differ and each class has enough")
  func clean() throws {
    try addClean()
    #expect(try findings() == nil)
    #expect(try findings(as: .evaluation) == nil)
    let training = try LabelledImages(folders: [folder("train")])
    #expect(DataFindings(training: training, measured: nil, as: .validation, on: workers) == nil)
    #expect(DataFindings(training: nil, measured: training, as: .evaluation, on: workers) == nil)
  }

  @Test("counts images to measure on that are training images, as files or nearly")
  func twins() throws {
    try addClean()
    try add("val/cat", 0..<3)
    try folder.add("val/dog/bright.png", brighter(11))
    let found = try #require(try findings())
    #expect(found.twins == DataFindings.Twins(exact: 3, near: 1, images: 14))
    #expect(found.twoLabels == nil && found.smallClasses == nil && found.mergedFolders == nil)
    #expect(
      found.lines(measured: "validation") == [
        "4 of 14 validation images are training images too (3 the same file, 1 nearly the same picture): being right "
          + "about them says nothing about new images"
      ])
    #expect(try findings(as: .evaluation)?.twins == found.twins)
  }

  @Test("names pictures with two labels, within training and across")
  func twoLabels() throws {
    try addClean()
    try add("train/dog", 2..<3)
    try folder.add("val/cat/bright.png", brighter(12))
    let found = try #require(try findings())
    let labels = try #require(found.twoLabels)
    #expect(labels.exact == 1)
    // Both images of the near pair.
    #expect(labels.near == 2)
    #expect(
      labels.pairs == [
        DataFindings.Pair(first: folder("train/cat/2.png"), second: folder("train/dog/2.png"), isExact: true),
        DataFindings.Pair(first: folder("train/dog/12.png"), second: folder("val/cat/bright.png"), isExact: false),
      ])
    // Of a trained model's images only those count that are evaluated.
    let evaluated = try #require(try findings(as: .evaluation)?.twoLabels)
    #expect(evaluated.exact == 0 && evaluated.near == 1)
    #expect(
      evaluated.pairs == [
        DataFindings.Pair(first: folder("val/cat/bright.png"), second: folder("train/dog/12.png"), isExact: false)
      ])
  }

  @Test("names ten pairs at most, and counts all; a picture twice in one class has one label")
  func manyLabels() throws {
    try add("train/cat", 0..<12)
    try add("train/dog", 0..<12)
    for seed in 0..<3 { try folder.add("train/cat/again\(seed).png", drawnFile(UInt64(seed))) }
    let training = try LabelledImages(folders: [folder("train")])
    let found = try #require(DataFindings(training: training, measured: nil, as: .validation, on: workers))
    #expect(found.twoLabels?.exact == 12)
    #expect(found.twoLabels?.near == 0)
    #expect(found.twoLabels?.pairs.count == 10)
    try FileManager.default.removeItem(atPath: folder("train/dog"))
    try add("train/dog", 40..<45)
    let apart = try LabelledImages(folders: [folder("train")])
    #expect(DataFindings(training: apart, measured: nil, as: .validation, on: workers) == nil)
  }

  @Test("names classes of fewer than five images, in training and in validation, those without any too")
  func smallClasses() throws {
    try addClean()
    try add("train/emu", 40..<44)
    let found = try #require(try findings())
    #expect(
      found.smallClasses == [
        DataFindings.SmallClass(name: "emu", set: "training", images: 4),
        DataFindings.SmallClass(name: "emu", set: "validation", images: 0),
      ])
    #expect(
      found.lines(measured: "validation") == [
        "fewer than 5 training images, too few to learn a class from: emu 4",
        "fewer than 5 validation images, too few to say how well a class is told: emu 0",
      ])
    // An evaluation may leave classes out.
    #expect(try findings(as: .evaluation) == nil)
    try add("val/emu", 50..<51)
    #expect(
      try findings(as: .evaluation)?.smallClasses == [
        DataFindings.SmallClass(name: "emu", set: "evaluation", images: 1)
      ])
  }

  @Test("is absent from a receipt where there is nothing, and old receipts are read")
  func receipt() throws {
    func receipt(_ findings: DataFindings?) -> TrainingReceipt {
      TrainingReceipt(
        version: "1", run: "r", seed: 1,
        data: TrainingReceipt.Images(folders: ["d"], fingerprint: "f", counts: [1, 2]),
        validation: nil, validationShare: nil, findings: findings, base: nil, epochs: 1, epoch: 1, measured: nil,
        measuredLast: nil, seconds: 1, configuration: .null)
    }
    let clean = try JSONEncoder().encode(receipt(nil))
    #expect(!String(decoding: clean, as: UTF8.self).contains("findings"))
    #expect(try JSONDecoder().decode(TrainingReceipt.self, from: clean) == receipt(nil))
    let found = DataFindings(
      twins: DataFindings.Twins(exact: 1, near: 0, images: 2), twoLabels: nil, smallClasses: [],
      mergedFolders: ["K\u{E4}se"])
    let data = try JSONEncoder().encode(receipt(found))
    #expect(try JSONDecoder().decode(TrainingReceipt.self, from: data).findings == found)
    #expect(String(decoding: data, as: UTF8.self).contains(#""merged_folders""#))
    #expect(found?.lines(measured: "validation").count == 2)
  }

  @Test("is nothing for the mugs", .enabled(if: SharedData.isPresent, SharedData.note))
  func mugs() throws {
    let training = try LabelledImages(folders: [SharedData.path("data/mugs/train")])
    let test = try LabelledImages(folders: [SharedData.path("data/mugs/test")], classes: training.classes)
    #expect(DataFindings(training: training, measured: test, as: .validation, on: workers) == nil)
    #expect(training.classes == ["white", "black", "blue", "transparant"])
  }
}
