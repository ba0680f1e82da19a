package import Autodiff
import Images
package import Networks
import Synchronization

/// Images as a network takes them, with their classes.
package struct Batch: Sendable {
  /// [N, H, W, 3], preprocessed.
  package let images: Tensor
  package let classIndices: [Int]
  /// Which items of the data set these are.
  package let items: [Int]
  package let epoch: Int
  /// Within the epoch, from 0.
  package let number: Int
}

/// Makes batches of a data set: decodes (once, while that fits into a budget), augments, preprocesses.
///
/// The n-th batch of epoch e is the same whoever asks for it, when, and on however many threads: its items follow from
/// (seed, epoch), and what augmentation draws for an item from (seed, epoch, item). So a run that was stopped goes on
/// exactly.
package final class BatchLoader: Sendable {
  package let data: LabelledImages
  package let batchSize: Int
  private let preprocessing: Preprocessing
  private let augmentation: Augmentation?
  private let seed: UInt64
  private let pool: BufferPool
  private let threads: Int
  private let dropsRemainder: Bool
  private let cache: PictureCache
  /// The order of the epoch that was asked for last.
  private let latestOrder = Mutex<(epoch: Int, order: [Int])?>(nil)

  /// - Parameters:
  ///   - augmentation: nil to evaluate: items come in their order, none is left out, and each is preprocessed exactly
  ///     as it is served. Otherwise items come in an order drawn anew for each epoch.
  ///   - dropsRemainder: whether what does not fill a last batch is left out of an augmented epoch, unless it would be
  ///     the only one.
  ///   - threads: that make batches ahead, of each stream.
  ///   - cacheBudget: bytes of decoded pixels to keep at most.
  package init(
    _ data: LabelledImages, preprocessing: Preprocessing, augmentation: Augmentation?, batchSize: Int, seed: UInt64,
    pool: BufferPool, threads: Int = 1, dropsRemainder: Bool = true, cacheBudget: Int = 1 << 30
  ) {
    precondition(batchSize > 0 && threads > 0, "BatchLoader: batches of \(batchSize) on \(threads) threads")
    self.data = data
    self.preprocessing = preprocessing
    self.augmentation = augmentation
    self.batchSize = batchSize
    self.seed = seed
    self.pool = pool
    self.threads = threads
    self.dropsRemainder = dropsRemainder && augmentation != nil
    cache = PictureCache(
      paths: data.items.map(\.path), preprocessing: preprocessing,
      for: augmentation.map { .augmentation(needsForeground: $0.needsForeground) } ?? .evaluation, budget: cacheBudget)
  }

  package var batchesPerEpoch: Int {
    let count = data.items.count
    let all = (count + batchSize - 1) / batchSize
    return dropsRemainder ? min(all, max(1, count / batchSize)) : all
  }

  /// Bytes of decoded pixels that are kept now.
  package var cachedByteCount: Int { cache.byteCount }

  /// The batches of an epoch from one on, made ahead on threads of the stream's own.
  package func batches(epoch: Int, from first: Int = 0) -> BatchStream {
    batches(epochs: epoch..<epoch + 1, from: first)
  }

  /// The batches of several epochs one after another: those of the next are made while the last of one are used.
  ///
  /// - Parameter first: the number of the first batch in the first of the epochs.
  package func batches(epochs: Range<Int>, from first: Int = 0) -> BatchStream {
    precondition(epochs.lowerBound >= 0 && first >= 0, "BatchLoader: batch \(first) of epoch \(epochs.lowerBound)")
    let perEpoch = batchesPerEpoch
    let start = epochs.lowerBound * perEpoch + first
    return BatchStream(start..<max(start, epochs.upperBound * perEpoch), threads: threads) {
      [self] place, isWanted throws(DatasetError) in
      try batch(epoch: place / perEpoch, number: place % perEpoch, isWanted: isWanted)
    }
  }

  /// One batch, made on this thread.
  package func batch(epoch: Int, number: Int) throws(DatasetError) -> Batch {
    try batch(epoch: epoch, number: number, isWanted: { true })!
  }

  /// nil once it is not wanted any more.
  private func batch(epoch: Int, number: Int, isWanted: () -> Bool) throws(DatasetError) -> Batch? {
    precondition(
      (0..<batchesPerEpoch).contains(number), "BatchLoader: no batch \(number) in an epoch of \(batchesPerEpoch)")
    let order = order(of: epoch)
    let items = Array(order[number * batchSize..<min((number + 1) * batchSize, order.count)])
    let shape: Shape = [items.count, preprocessing.inputHeight, preprocessing.inputWidth, 3]
    let length = shape.count / items.count
    let random = RandomNumbers(seed: seed, stream: UInt64(epoch))
    var isWhole = true
    let working = WorkingPicture()
    let images = try Tensor(shape, in: pool) { values throws(DatasetError) in
      for (place, item) in items.enumerated() {
        guard isWanted() else {
          isWhole = false
          return
        }
        let target = UnsafeMutableBufferPointer(rebasing: values[place * length..<(place + 1) * length])
        let picture = try cache.picture(item)
        if let augmentation {
          augmentation.apply(
            to: picture, seed: random.bits(item), preprocessing: preprocessing, in: working, into: target)
        } else {
          preprocessing.scale(picture.image, into: target)
        }
      }
    }
    guard isWhole else { return nil }
    return Batch(
      images: images, classIndices: items.map { data.items[$0].classIndex }, items: items, epoch: epoch, number: number)
  }

  private func order(of epoch: Int) -> [Int] {
    guard augmentation != nil else { return Array(data.items.indices) }
    return latestOrder.withLock { latest in
      if let latest, latest.epoch == epoch { return latest.order }
      // Streams of RandomNumbers count from 0 for the epochs' items; the orders have a seed of their own.
      let order = RandomNumbers(seed: ~seed, stream: UInt64(epoch)).permutation(data.items.count)
      latest = (epoch, order)
      return order
    }
  }
}
