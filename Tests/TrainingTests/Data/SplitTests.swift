import Foundation
import Images
import TestSupport
import Testing

@testable import Training

@Suite("A validation split by groups of near-duplicates")
struct SplitTests {
  let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  /// Frames of recordings: a scene that drifts, by less than a tenth of a level of the thumbnail from frame to frame,
  /// and grows brighter.
  private func addRecordings(_ count: Int, frames: Int, of name: String, firstSeed: UInt64) throws {
    for recording in 0..<count {
      let scene = drawnPicture(seed: firstSeed + UInt64(recording), 160, 64)
      for frame in 0..<frames {
        let image = picture(64, 60) { x, y in
          scene[x + frame / 2, y].map { UInt8(min(255, Int($0) + frame)) }
        }
        try folder.add("\(name)/\(recording)-\(frame).jpg", encodeJPEG(image, quality: 90))
      }
    }
  }

  private func recordings(_ data: LabelledImages) -> Set<String> {
    Set(data.items.map { "\($0.classIndex)/" + URL(filePath: $0.path).lastPathComponent.split(separator: "-")[0] })
  }

  @Test("keeps the frames of a recording together, takes about its share of each class, and follows from the seed")
  func recordings() throws {
    try addRecordings(10, frames: 8, of: "data/cat", firstSeed: 100)
    try addRecordings(10, frames: 8, of: "data/dog", firstSeed: 200)
    let data = try LabelledImages(folders: [folder("data")])
    #expect(NearDuplicates.groups(of: data.signatures).map(\.count) == Array(repeating: 8, count: 20))

    let (training, validation) = try data.split(validationShare: 0.2, seed: 1)
    #expect(training.counts == [64, 64])
    #expect(validation.counts == [16, 16])
    #expect(recordings(training).isDisjoint(with: recordings(validation)))
    #expect(Set(training.items).union(validation.items) == Set(data.items))
    #expect(training.classes == data.classes)
    #expect(training.items == data.items.filter(Set(training.items).contains))
    #expect(Set([data, training, validation].map(\.fingerprint)).count == 3)

    let again = try data.split(validationShare: 0.2, seed: 1)
    #expect(again.validation.items == validation.items)
    #expect(again.validation.fingerprint == validation.fingerprint)
    let others = try (2..<8).map { try data.split(validationShare: 0.2, seed: $0).validation.items }
    #expect(others.contains { $0 != validation.items })
  }

  @Test("takes a class's smallest group where all are larger than the share, and none of a class that is one group")
  func largeGroups() throws {
    try addRecordings(1, frames: 9, of: "data/cat", firstSeed: 100)
    try folder.add("data/cat/1-0.png", drawnFile(900))
    try folder.add("data/cat/1-1.png", drawnFile(900))
    try addRecordings(1, frames: 6, of: "data/dog", firstSeed: 200)
    let data = try LabelledImages(folders: [folder("data")])
    let (training, validation) = try data.split(validationShare: 0.1, seed: 4)
    #expect(validation.counts == [2, 0])
    #expect(training.counts == [9, 6])
  }

  @Test("never holds all of a class back")
  func keepsTraining() throws {
    for seed in 0..<3 { try folder.add("data/cat/\(seed).png", drawnFile(UInt64(seed))) }
    for seed in 3..<6 { try folder.add("data/dog/\(seed).png", drawnFile(UInt64(seed))) }
    let data = try LabelledImages(folders: [folder("data")])
    for seed in 0..<10 {
      let (training, validation) = try data.split(validationShare: 0.9, seed: UInt64(seed))
      #expect(training.counts.min()! > 0)
      #expect(validation.counts.min()! > 0)
    }
  }

  @Test("is refused where all images are one group")
  func oneGroup() throws {
    for name in ["cat", "dog"] { for file in 0..<3 { try folder.add("data/\(name)/\(file).png", drawnFile(1)) } }
    let data = try LabelledImages(folders: [folder("data")])
    #expect(throws: DatasetError.oneGroup(imageCount: 6)) { try data.split(validationShare: 0.2, seed: 0) }
  }

  @Test(
    "tells near-duplicates by thumbnails, or by hash and correlation, and leaves apart what only has the same outlines")
  func nearness() throws {
    func signature(_ change: (Int) -> Int) -> ImageSignature {
      let drawn = drawnPicture(seed: 3)
      let changed = RGBImage(
        size: drawn.size, pixels: drawn.pixels.map { UInt8(max(0, min(255, change(Int($0) / 2)))) })
      return ImageSignature(of: DecodedImage(image: changed, format: .png, originalSize: drawn.size))
    }
    let original = signature { $0 }
    #expect(original.distance(to: signature { $0 + 3 }) == 3)
    #expect(NearDuplicates.areNear(original, signature { $0 + 3 }))
    // Twice as bright: far as thumbnails, near by the hash.
    let bright = signature { $0 * 2 }
    #expect(original.distance(to: bright) > 20)
    #expect(abs(original.correlation(with: bright) - 1) < 1e-3)
    #expect(NearDuplicates.areNear(original, bright))
    let negative = signature { 127 - $0 }
    #expect(original.correlation(with: negative) < -0.99)
    #expect(!NearDuplicates.areNear(original, negative))
    // Flat pictures have no outlines to compare.
    let flat = ImageSignature(
      of: DecodedImage(
        image: picture(8, 8) { _, _ in [9, 9, 9] }, format: .png, originalSize: ImageSize(width: 8, height: 8)))
    let lighter = ImageSignature(
      of: DecodedImage(
        image: picture(8, 8) { _, _ in [20, 20, 20] }, format: .png, originalSize: ImageSize(width: 8, height: 8)))
    #expect(flat.hash == lighter.hash && flat.correlation(with: lighter) == 0)
    #expect(!NearDuplicates.areNear(flat, lighter))
  }

  @Test("has a hash whose bits say where a picture grows brighter to the right")
  func hash() {
    func hash(_ level: (Int, Int) -> UInt8) -> UInt64 {
      let image = picture(9, 8) { x, y in [level(x, y), level(x, y), level(x, y)] }
      return ImageSignature(of: DecodedImage(image: image, format: .png, originalSize: image.size)).hash
    }
    #expect(hash { x, _ in UInt8(x * 9) } == .max)
    #expect(hash { x, _ in UInt8(90 - x * 9) } == 0)
    #expect(hash { x, y in y == 7 && x == 8 ? 50 : 9 } == 1)
    #expect(hash { x, y in y == 0 && x == 0 ? 2 : 9 } == 1 << 63)
  }

  @Test("never puts near twins of the mugs apart", .enabled(if: SharedData.isPresent, SharedData.note))
  func mugs() throws {
    let data = try LabelledImages(folders: [SharedData.path("data/mugs/train")])
    #expect(data.classes == ["white", "black", "blue", "transparant"])
    #expect(data.counts == [500, 500, 500, 500])
    let (training, validation) = try data.split(validationShare: 0.2, seed: 0)
    #expect(validation.counts.allSatisfy { (60...140).contains($0) })
    var nearest: Float = .infinity
    for one in validation.signatures {
      for other in training.signatures { nearest = min(nearest, one.distance(to: other)) }
    }
    #expect(nearest >= 3)
  }
}
