import Autodiff
import WeightFiles

/// What a model gave for one input, written by whoever has the model: a `.npz` or `.safetensors` file with the arrays
/// `input` and `logits`, and where it goes further `stage/NAME`, `class`, `layer`, `gradcam` and `gradient`.
package struct VerificationSample: Sendable {
  package struct Stage: Hashable, Sendable {
    package let name: String
    package let shape: [Int]
    /// In C order of the shape.
    package let values: [Float]
  }

  package struct Map: Hashable, Sendable {
    package let height: Int
    package let width: Int
    package let values: [Float]
  }

  package let path: String
  /// Of the file, in hexadecimal.
  package let sha256: String
  package let height: Int
  package let width: Int
  /// As the network is fed: [1, height, width, 3]; of an input with one channel, that three times.
  package let input: [Float]
  /// One for each class.
  package private(set) var logits: [Float]
  /// In the order of their names, numbers in names by their value.
  package let stages: [Stage]
  /// Of map and gradient; the class with the highest logit where the sample names none.
  package private(set) var classIndex: Int
  /// The layer of the map, by the name that the model gives it.
  package let layer: String?
  /// Grad-CAM before ReLU and scaling.
  package let map: Map?
  /// Of the class's logit by the input, with as many channels as that has: [1, height, width, channels].
  package let gradient: [Float]?
  /// Of the input.
  package let channels: Int

  private static let stagePrefix = "stage/"
  private static let mapName = "gradcam"
  /// Pixels along one side of the input.
  private static let largestSide = 4096
  /// Elements of all arrays together: 1 GiB of float32.
  private static let mostElements = 1 << 28
  private static let mostStages = 1000

  package init(_ path: String) throws(VerificationFault) {
    do throws(SampleFault) {
      try self.init(Contents(path), path: path)
    } catch {
      throw .sample(path: path, error.reason)
    }
  }

  private struct SampleFault: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  private init(_ contents: Contents, path: String) throws(SampleFault) {
    self.path = path
    sha256 = contents.sha256
    let shape = try contents.shape("input")
    guard shape.count == 4, shape[0] == 1, let channels = [3, 1].first(where: { [shape[1], shape[3]].contains($0) })
    else {
      throw SampleFault("its input is \(shape); one preprocessed image is [1, 3, H, W] or [1, H, W, 3].")
    }
    self.channels = channels
    let isPlanar = shape[1] == channels
    (height, width) = isPlanar ? (shape[2], shape[3]) : (shape[1], shape[2])
    let sides = 1...Self.largestSide
    guard sides.contains(height), sides.contains(width) else {
      throw SampleFault("its input is \(width)x\(height) pixels; \(Self.largestSide) a side are the limit.")
    }
    let pixels = height * width
    func image(_ name: String) throws(SampleFault) -> [Float] {
      let values = try contents.values(name)
      guard isPlanar, channels == 3 else { return values }
      return (0..<3 * pixels).map { values[$0 % 3 * pixels + $0 / 3] }
    }
    let values = try image("input")
    input = channels == 3 ? values : values.flatMap { [$0, $0, $0] }

    let logitsShape = try contents.shape("logits")
    logits = try contents.values("logits")
    guard logitsShape == [1, logits.count] || logitsShape == [logits.count], !logits.isEmpty else {
      throw SampleFault("its logits are \(logitsShape); those of one image are [1, classes].")
    }
    guard !Self.areProbabilities(logits) else {
      throw SampleFault("its logits sum to 1, as probabilities do; write what the last layer gives before the softmax.")
    }

    let stageNames = contents.names.filter { $0.hasPrefix(Self.stagePrefix) }
    guard stageNames.count <= Self.mostStages else { throw SampleFault("it has more than \(Self.mostStages) stages.") }
    var stages: [Stage] = []
    for name in stageNames.sorted(by: { orderedNaturally($0, $1) }) {
      let stage = String(name.dropFirst(Self.stagePrefix.count))
      stages.append(Stage(name: stage, shape: try contents.shape(name), values: try contents.values(name)))
    }
    self.stages = stages

    if contents.names.contains("class") {
      let values = try contents.values("class")
      guard values.count == 1, let index = Int(exactly: values[0]), logits.indices.contains(index) else {
        throw SampleFault("its class is no index of one of its \(logits.count) logits.")
      }
      classIndex = index
    } else {
      classIndex = logits.indexOfLargest ?? 0
    }

    let mapNames = contents.names.filter { $0 == Self.mapName || $0.hasPrefix(Self.mapName + "/") }
    guard mapNames.count <= 1 else { throw SampleFault("it has several maps (\(mapNames.joined(separator: ", "))).") }
    if let name = mapNames.first {
      let shape = Array(try contents.shape(name).drop { $0 == 1 })
      // A map of one row or column has lost it above.
      let extents = shape.count < 2 ? Array(try contents.shape(name).suffix(2)) : shape
      guard extents.count == 2 else { throw SampleFault("its gradcam is \(shape); a map is [height, width].") }
      map = Map(height: extents[0], width: extents[1], values: try contents.values(name))
      layer = name == Self.mapName ? contents.layer : String(name.dropFirst(Self.mapName.count + 1))
    } else {
      map = nil
      layer = contents.layer
    }
    if contents.names.contains("gradient") {
      guard try contents.shape("gradient") == shape else {
        throw SampleFault("its gradient is \(try contents.shape("gradient")) and its input \(shape); they are alike.")
      }
      gradient = try image("gradient")
    } else {
      gradient = nil
    }
  }

  /// The sample of a model with one sigmoid for a network that gives the logits of no and yes.
  package var withComplement: VerificationSample {
    var sample = self
    sample.logits = [-logits[0], logits[0]]
    sample.classIndex = 1
    return sample
  }

  private static func areProbabilities(_ values: [Float]) -> Bool {
    values.count > 1 && values.allSatisfy { (0...1).contains($0) }
      && abs(values.reduce(0.0) { $0 + Double($1) } - 1) < 1e-4
  }

  /// The arrays of a file, bounded.
  private struct Contents {
    let names: [String]
    private let texts: [String: String]
    let sha256: String
    private let file: any WeightFile
    private let shapes: [String: [Int]]

    init(_ path: String) throws(SampleFault) {
      do { file = try openArrayFile(path) } catch { throw SampleFault(error.description) }
      guard let digests = FileDigests(ofFile: path) else { throw SampleFault("it cannot be read.") }
      sha256 = digests.sha256
      names = file.entries.map(\.name)
      texts = file.metadata
      shapes = Dictionary(file.entries.map { ($0.name, $0.shape) }) { first, _ in first }
      var elements = 0
      for entry in file.entries {
        elements += (try? elementCount(entry.shape)) ?? VerificationSample.mostElements
        guard elements <= VerificationSample.mostElements else {
          throw SampleFault("its arrays have more than \(VerificationSample.mostElements) elements.")
        }
      }
    }

    /// The text `layer`, unless it is empty.
    var layer: String? { texts["layer"].flatMap { $0.isEmpty ? nil : $0 } }

    func shape(_ name: String) throws(SampleFault) -> [Int] {
      guard let shape = shapes[name] else {
        throw SampleFault("it has no array '\(name)'; 'gaze models verify-script' prints a script that writes one.")
      }
      return shape
    }

    func values(_ name: String) throws(SampleFault) -> [Float] {
      _ = try shape(name)
      let values: [Float]
      do { values = try file.floats(name) } catch { throw SampleFault(error.description) }
      guard values.allSatisfy({ $0.isFinite }) else { throw SampleFault("its \(name) has values that are not finite.") }
      return values
    }
  }
}

/// Whether `first` comes before `second`, with numbers in them compared by value: `blocks.2` before `blocks.10`.
private func orderedNaturally(_ first: String, _ second: String) -> Bool {
  func parts(_ name: String) -> [(number: Int?, text: Substring)] {
    name.split(whereSeparator: { ".-_/".contains($0) }).map { (Int($0), $0) }
  }
  for (a, b) in zip(parts(first), parts(second)) where a.text != b.text {
    if let x = a.number, let y = b.number { return x < y }
    return a.text < b.text
  }
  return first.utf8.count < second.utf8.count
}
