import Autodiff
import Explain
import HTTPTypes
import Images
import Models
import Networks
import Serving

/// What is kept of one image's answer.
struct InferencePart: Sendable {
  let scores: InstanceScores
  /// Of the outputs that are of a map, in their order.
  let maps: [OfMap]

  enum OfMap: Sendable {
    case maps([Attribution], at: MapResolution, isList: Bool)
    case picture([UInt8])
  }

  init(_ request: InferenceRequest, _ answer: InstanceAnswer) throws {
    scores = answer.scores
    maps = try zip(request.maps, answer.answers).map { map, answer in
      map.form == .picture
        ? .picture(try answer.png(by: answer.analysis.pass.engine.workers.forEach))
        : .maps(answer.attributions, at: map.ask.resolution, isList: answer.isList)
    }
  }
}

/// The answer to a request for inference: JSON, and behind it the data of the outputs that are binary.
struct InferenceAnswer: PartedBody {
  private let head: [UInt8]
  private let tensors: [OutputTensor.BinaryData]

  /// - Parameters:
  ///   - id: of the answer, where the request has none.
  ///   - maximumJSONValues: how many numbers may stand in JSON.
  init(
    _ request: InferenceRequest, _ parts: [InferencePart], by classifier: Classifier, id: String, maximumJSONValues: Int
  ) throws {
    var (objects, binaries, place) = ([[UInt8]](), [OutputTensor.BinaryData](), 0)
    var numbers = 0
    for output in request.outputs {
      let name = try output.name(of: classifier.output)
      let tensor =
        name.isOfMap
        ? try OutputTensor(of: parts.map { $0.maps[place] }, output, name)
        : OutputTensor(of: parts, output, name, classifier)
      if name.isOfMap { place += 1 }
      if output.isBinary {
        binaries.append(tensor.binary)
        objects.append(try tensor.json(binaryByteCount: binaries[binaries.count - 1].byteCount))
      } else {
        numbers += tensor.count
        guard numbers <= maximumJSONValues else {
          throw ServingError.tooManyValues(
            numbers, unit: "numbers", limit: maximumJSONValues, remedy: "Ask for binary data, or send fewer images.")
        }
        objects.append(try tensor.json(binaryByteCount: nil))
      }
    }
    var answer = JSONObject()
    try answer.add(
      membersOf: [
        "id": request.id ?? id, "model_name": classifier.name, "model_version": OpenInferenceMetadata.version,
      ])
    answer.add("outputs", objects: objects)
    (head, tensors) = (answer.text(), binaries)
  }

  var type: String { tensors.isEmpty ? "application/json" : "application/octet-stream" }

  var headers: HTTPFields { tensors.isEmpty ? [:] : [.inferenceHeaderLength: String(head.count)] }

  // MARK: PartedBody

  var byteCount: Int { tensors.reduce(head.count) { $0 + $1.byteCount } }

  var unmadeByteCount: Int { tensors.reduce(0) { $0 + $1.unmadeByteCount } }

  var partCount: Int { tensors.reduce(1) { $0 + $1.partCount } }

  func part(_ index: Int) -> [UInt8] {
    var place = index - 1
    guard place >= 0 else { return head }
    for tensor in tensors {
      if place < tensor.partCount { return tensor.part(place) }
      place -= tensor.partCount
    }
    preconditionFailure("InferenceAnswer: there are \(partCount) parts, and none \(index)")
  }
}

extension OutputTensor {
  /// What the network says of each image.
  fileprivate init(
    of parts: [InferencePart], _ output: RequestedOutput, _ name: RequestedOutput.Name, _ classifier: Classifier
  ) {
    let labels = classifier.labels
    if name == .classes {
      self.init(
        name: name.rawValue, shape: [parts.count], isBinary: output.isBinary,
        content: .indices(parts.map { $0.scores.logits.indexOfLargest ?? 0 }))
      return
    }
    let rows = parts.map { name == .logits ? $0.scores.logits : $0.scores.numbers }
    guard let count = output.classification else {
      self.init(
        name: name.rawValue, shape: [parts.count, labels.count], isBinary: output.isBinary,
        content: .numbers(rows.flatMap { $0 }))
      return
    }
    // Triton: value, index and label, the largest first. Equal probabilities are in the order of their logits.
    let texts = zip(parts, rows).flatMap { part, row in
      part.scores.logits.indices(ofLargest: count).map { "\(row[$0]):\($0):\(labels[$0].name)" }
    }
    self.init(
      name: name.rawValue, shape: [parts.count, min(count, labels.count)], isBinary: output.isBinary,
      content: .texts(texts))
  }

  /// The maps of each image, or their pictures.
  fileprivate init(
    of parts: [InferencePart.OfMap], _ output: RequestedOutput, _ name: RequestedOutput.Name
  ) throws {
    var (files, maps, resolution, isList) = ([[UInt8]](), [Attribution](), MapResolution.layer, false)
    for part in parts {
      switch part {
      case .picture(let file): files.append(file)
      case .maps(let attributions, let grid, let list):
        maps += attributions
        (resolution, isList) = (grid, list)
      }
    }
    guard let first = maps.first else {
      self.init(
        name: name.rawValue, shape: [files.count], isBinary: output.isBinary, content: .files(files))
      return
    }
    let size = first.size(at: resolution)
    guard maps.allSatisfy({ $0.size(at: resolution) == size }) else { throw ServiceError.mapsOfSeveralSizes }
    self.init(
      name: name.rawValue,
      shape: (isList ? [parts.count, maps.count / parts.count] : [parts.count]) + [size.height, size.width],
      parameters: [
        "class": maps.map { String($0.prediction.label.index) }.joined(separator: ","),
        "method": first.method,
        "status": maps.map(\.status.rawValue).joined(separator: ","),
      ].merging(first.layers.isEmpty ? [:] : ["layer": first.layers.joined(separator: ",")]) { own, _ in own },
      isBinary: output.isBinary, content: .maps(maps, resolution))
  }
}

extension ServiceError {
  fileprivate static let mapsOfSeveralSizes = badRequest(
    "The images are of several sizes, and so are their maps at this resolution: they are no tensor. "
      + "Ask for resolution=input, or send each image by itself.")
}
