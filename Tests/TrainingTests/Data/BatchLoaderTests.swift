import Autodiff
import Foundation
import Images
import Networks
import TestSupport
import Testing

@testable import Training

@Suite("Batches of a data set")
struct BatchLoaderTests {
  let folder: ScratchFolder
  let data: LabelledImages
  let pool = BufferPool(poison: true)

  /// Seven and four images, of several sizes.
  init() throws {
    folder = try ScratchFolder()
    for index in 0..<11 {
      let image = drawnPicture(seed: UInt64(index), 24 + index * 5, 50 - index * 2)
      let name = "data/\(index < 7 ? "cat" : "dog")/\(10 + index)"
      if index.isMultiple(of: 2) {
        try folder.add(name + ".jpg", encodeJPEG(image))
      } else {
        try folder.add(name + ".png", encodePNG(image))
      }
    }
    data = try LabelledImages(folders: [folder("data")])
  }

  private let preprocessings = [
    Preprocessing(
      shorterSide: nil, filter: .bilinear, inputWidth: 20, inputHeight: 16, mean: [0, 0, 0], deviation: [255, 255, 255]),
    Preprocessing(
      shorterSide: 31, filter: .bicubic, inputWidth: 27, inputHeight: 24, channelOrder: .bgr, mean: [103, 116, 123],
      deviation: [1, 58, 61.5]),
  ]

  private func loader(
    _ augmentation: Augmentation? = nil, batchSize: Int = 4, seed: UInt64 = 3, threads: Int = 1,
    cacheBudget: Int = 1 << 20,
    preprocessing: Preprocessing? = nil
  ) -> BatchLoader {
    BatchLoader(
      data, preprocessing: preprocessing ?? preprocessings[0], augmentation: augmentation, batchSize: batchSize,
      seed: seed,
      pool: pool, threads: threads, cacheBudget: cacheBudget)
  }

  private func all(_ stream: BatchStream) throws -> [Batch] {
    var batches: [Batch] = []
    while let batch = try stream.next() { batches.append(batch) }
    return batches
  }

  @Test("to evaluate hold every image once, in order, preprocessed bit for bit as it is served", arguments: 0..<2)
  func evaluation(number: Int) throws {
    let preprocessing = preprocessings[number]
    // Without a cache, with one that holds some, and twice with one that holds all.
    for (budget, epochs) in [(0, 1), (3000, 2), (1 << 20, 2)] {
      let loader = loader(cacheBudget: budget, preprocessing: preprocessing)
      #expect(loader.batchesPerEpoch == 3)
      for epoch in 0..<epochs {
        let batches = try all(loader.batches(epoch: epoch))
        #expect(batches.map(\.number) == [0, 1, 2])
        #expect(batches.flatMap(\.items) == Array(0..<11))
        #expect(batches.flatMap(\.classIndices) == data.items.map(\.classIndex))
        #expect(
          batches.map(\.images.shape)
            == [4, 4, 3].map { [$0, preprocessing.inputHeight, preprocessing.inputWidth, 3] })
        let expected = try data.items.flatMap { item in
          let bytes = [UInt8](try Data(contentsOf: URL(filePath: item.path)))
          let decoded = try decodeImage(bytes, atLeast: preprocessing.smallestSource)
          return preprocessing.input(from: decoded, in: pool).input.elements
        }
        #expect(batches.flatMap(\.images.elements) == expected)
      }
      #expect(loader.cachedByteCount <= budget)
    }
  }

  @Test("without steps of augmentation differ from those to evaluate in their order alone", arguments: 0..<2)
  func noSteps(number: Int) throws {
    let evaluation = loader(batchSize: 1, preprocessing: preprocessings[number])
    for batch in try all(loader(Augmentation(), preprocessing: preprocessings[number]).batches(epoch: 2)) {
      let expected = try batch.items.flatMap { try evaluation.batch(epoch: 0, number: $0).images.elements }
      #expect(batch.images.elements == expected)
    }
  }

  @Test("to train come in an order of each epoch's own, and leave out what does not fill one")
  func order() throws {
    let loader = loader(Augmentation())
    #expect(loader.batchesPerEpoch == 2)
    let epochs = try (0..<4).map { try all(loader.batches(epoch: $0)).flatMap(\.items) }
    #expect(epochs.allSatisfy { $0.count == 8 && Set($0).count == 8 })
    #expect(Set(epochs).count == 4)
    #expect(try all(self.loader(Augmentation(), seed: 4).batches(epoch: 0)).flatMap(\.items) != epochs[0])
    // Every item has its turn.
    #expect(Set(try (0..<30).flatMap { try all(loader.batches(epoch: $0)).flatMap(\.items) }).count == 11)
    // Unless all are wanted.
    let whole = BatchLoader(
      data, preprocessing: preprocessings[0], augmentation: Augmentation(), batchSize: 4, seed: 3, pool: pool,
      dropsRemainder: false)
    let batches = try all(whole.batches(epoch: 1))
    #expect(batches.map(\.items.count) == [4, 4, 3])
    #expect(Array(batches.flatMap(\.items).prefix(8)) == epochs[1])
    // A batch larger than the data set holds all of it.
    #expect(try all(self.loader(Augmentation(), batchSize: 100).batches(epoch: 0)).map(\.items.count) == [11])
  }

  @Test("are the same in whatever order and on however many threads they are made")
  func addressable() throws {
    let sequential = loader(Augmentation())
    let expected = try (0..<3).flatMap { epoch in
      try (0..<2).map { try sequential.batch(epoch: epoch, number: $0) }
    }
    for threads in [1, 2, 5] {
      for budget in [0, 1 << 20] {
        let loader = loader(Augmentation(), threads: threads, cacheBudget: budget)
        let batches = try all(loader.batches(epochs: 0..<3))
        #expect(batches.map(\.items) == expected.map(\.items))
        #expect(batches.map(\.epoch) == [0, 0, 1, 1, 2, 2])
        #expect(batches.map(\.number) == [0, 1, 0, 1, 0, 1])
        #expect(batches.map(\.images.elements) == expected.map(\.images.elements))
        // From the middle, as after a stop.
        let rest = try all(loader.batches(epochs: 1..<3, from: 1))
        #expect(rest.map(\.images.elements) == expected.dropFirst(3).map(\.images.elements))
      }
    }
    #expect(try all(sequential.batches(epoch: 0, from: 2)).isEmpty)
  }

  @Test("are made ahead, but only a few")
  func bounded() throws {
    let loader = loader(Augmentation(), batchSize: 1, threads: 2)
    let before = pool.counters.live
    let stream = loader.batches(epoch: 0)
    let first = try #require(try stream.next())
    let single = BufferPool()
    _ = Tensor.zeros(first.images.shape, in: single)
    // Until all that may be made ahead is: three wait or are in the making, one is held here.
    let limit = 4 * single.counters.peak
    #expect(eventually { pool.counters.live - before >= limit })
    #expect(remains { pool.counters.live - before == limit })
    withExtendedLifetime((first, stream)) {}
  }

  @Test("leave neither memory nor threads behind when a stream is dropped in the middle")
  func dropped() throws {
    let before = pool.counters.live
    for taken in 0..<3 {
      weak var loader: BatchLoader?
      do {
        let made = self.loader(Augmentation(), batchSize: 1, threads: 3)
        loader = made
        let stream = made.batches(epochs: 0..<1000)
        for _ in 0..<taken { _ = try stream.next() }
      }
      // A thread that still ran would hold the loader.
      #expect(loader == nil)
    }
    #expect(pool.counters.live == before)
  }

  @Test("end with an error that names the file when one has gone")
  func lost() throws {
    let path = data.items[5].path
    try FileManager.default.removeItem(atPath: path)
    let error = DatasetError.lostImage(path: path, reason: "No such file or directory")
    for threads in [1, 4] {
      let stream = loader(batchSize: 2, threads: threads).batches(epoch: 0)
      #expect(try stream.next()?.items == [0, 1])
      #expect(try stream.next()?.items == [2, 3])
      #expect(throws: error) { try stream.next() }
      #expect(try stream.next() == nil)
    }
    #expect(
      error.description
        == "The image \(path) was there when the data set was opened and cannot be used any more (No such "
        + "file or directory): put it back, or begin again without it.")
    try Data("other".utf8).write(to: URL(filePath: path))
    #expect(throws: DatasetError.self) { try loader().batch(epoch: 0, number: 1) }
  }
}
