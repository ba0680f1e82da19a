import Images

/// What torchvision 0.29.2 says of a file of weights: digits of its digest, size, accuracy, and how images are resized
/// and cropped for it.
struct TorchvisionCheckpoint: Sendable {
  let file: String
  let digest: String
  /// The file's size in 2^20 bytes, to three decimals.
  let megabytes: Double
  let top1: Double
  let side: Int
  let resize: Int
  let filter: ResizeFilter

  init(
    _ file: String, _ digest: String, _ megabytes: Double, _ top1: Double, _ side: Int, _ resize: Int,
    _ filter: ResizeFilter
  ) {
    (self.file, self.digest, self.megabytes, self.top1) = (file, digest, megabytes, top1)
    (self.side, self.resize, self.filter) = (side, resize, filter)
  }

  var preprocessing: Preprocessing { .torchvision(shorterSide: resize, side: side, filter: filter) }

  func checkpoint(_ name: String, title: String) -> PublishedCheckpoint {
    // Half of a thousandth of 2^20 bytes.
    .torchvision(
      name, title: title, file: file, digest: digest, byteCount: Int((megabytes * 1_048_576).rounded()), tolerance: 525,
      top1: top1)
  }
}
