import Networks
import WeightFiles

/// A file whose network sees one channel, read as one that sees colours: the filter of its first convolution is spread
/// over red, green and blue by the shares that make grey of them.
///
/// A convolution is linear, so the network computes of a picture what the file's computes of grey = 0.299 red + 0.587
/// green + 0.114 blue (ITU-R BT.601, as Pillow's `L`, without its rounding to whole levels), if all three channels are
/// scaled alike.
struct GreyFile: WeightFile {
  private static let shares: [Float] = [0.299, 0.587, 0.114]
  static let note =
    "The network sees one channel: grey = 0.299 red + 0.587 green + 0.114 blue. The first filter was spread over the "
    + "three by these shares."

  let entries: [TensorEntry]
  private let file: any WeightFile
  /// The filter's name and shape in the file, and which of the extents counts channels.
  private let filter: TensorEntry
  private let axis: Int

  /// nil for a file whose network sees colours, or is none that Gaze has.
  init?(_ file: any WeightFile, _ layout: WeightLayout) {
    let axis = layout == .keras ? 2 : 1
    func channels(of entry: TensorEntry) -> Int? { entry.shape.count == 4 ? entry.shape[axis] : nil }
    guard !file.entries.contains(where: { channels(of: $0) == 3 }),
      file.entries.contains(where: { channels(of: $0) == 1 })
    else { return nil }
    var found: Set<TensorEntry> = []
    for architecture in Architecture.all {
      guard let stem = architecture.colourFilter else { continue }
      for convention in architecture.conventions where convention.layout == layout {
        let name = convention.publisherName(stem.name)
        var shape = ImportedWeights.fileShape(stem, layout)
        shape[axis] = 1
        found.formUnion(
          file.entries.filter {
            $0.shape == shape && ($0.name == name || $0.name.hasSuffix(String(layout.separator) + name))
          })
      }
    }
    guard found.count == 1, let filter = found.first else { return nil }
    self.file = file
    self.filter = filter
    self.axis = axis
    entries = file.entries.map { entry in
      var entry = entry
      if entry == filter { entry.shape[axis] = 3 }
      return entry
    }
  }

  var metadata: [String: String] { file.metadata }
  var checkpointMetadata: CheckpointMetadata { file.checkpointMetadata }
  var leftAside: [String] { file.leftAside }
  var average: (any WeightFile)? { file.average }
  var isAverage: Bool { file.isAverage }
  var format: String { file.format }

  func floats(_ name: String) throws(WeightFileError) -> [Float] {
    let values = try file.floats(name)
    guard name == filter.name else { return values }
    let inner = filter.shape[(axis + 1)...].reduce(1, *)
    var spread: [Float] = []
    spread.reserveCapacity(3 * values.count)
    for start in stride(from: 0, to: values.count, by: inner) {
      for share in Self.shares { spread += values[start..<start + inner].map { share * $0 } }
    }
    return spread
  }
}
