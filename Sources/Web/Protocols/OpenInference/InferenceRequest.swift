import Explain
import Images
import JSON
import Serving

/// A request for inference, read: images, outputs, and the maps that the outputs need.
///
/// The parameters of the request, those of an output, and the query say what is asked of a map, by the names and with
/// the meanings that they have everywhere (`AskFields`); an output's own go before the request's.
struct InferenceRequest: Sendable {
  /// What the client calls the request; nil where it does not say.
  let id: String?
  let outputs: [RequestedOutput]
  private let images: [ImageSource]
  private let window: SampleWindow?
  /// Of the outputs that are of a map, in their order.
  let maps: [BatchQuestion<InferenceRequest>.MapQuestion]

  static let example =
    #"Send {"inputs": [{"name": "image", "datatype": "BYTES", "shape": [1], "data": ["…"]}]}, with the Base64 of a JPEG, "#
    + "PNG or WebP file."

  /// - Parameters:
  ///   - model: by the name in the path; whoever names one in the body must mean it.
  ///   - query: fields that stand for parameters of the request.
  init(
    _ body: InferenceBody, for model: String, query: [(name: String, value: String)], limits: ServiceLimits
  ) throws {
    var fields = query
    switch body {
    case .raw(let file):
      // Triton: all outputs are binary where the request was.
      (id, outputs, images) = (nil, [RequestedOutput(standardIn: true)], [.file(file)])
    case .json(let value, let tail):
      let body = PlacedJSON(value)
      let members = try body.members(["id", "inputs", "outputs", "parameters", "model_name", "model_version"])
      id = try members["id"]?.text()
      if let name = members["model_name"], try name.text() != model {
        throw name.fault("is not the model in the address.")
      }
      if let version = members["model_version"], try !["", OpenInferenceMetadata.version].contains(version.text()) {
        throw version.fault("must be \(OpenInferenceMetadata.version), the one version that there is.")
      }
      let isBinary = try Self.readParameters(members["parameters"], into: &fields)
      outputs = try Self.outputs(members["outputs"], isBinary: isBinary)
      guard let inputs = try members["inputs"]?.list(), let image = inputs.first else {
        throw body.fault("must have 'inputs'. \(Self.example)")
      }
      images = try ImageTensor(image, tail: tail, maximumImages: limits.maximumInstances).images
      guard inputs.count == 1 else {
        throw inputs[1].fault("is one input too many: the one input is 'image', with the images of all instances.")
      }
    }
    (window, maps) = try Self.asked(fields, outputs)
  }

  var question: BatchQuestion<InferenceRequest> {
    BatchQuestion(self, images: images, window: window, maps: maps)
  }

  // MARK: Parameters

  /// Takes the protocol's own parameters of a request and puts the others into the fields.
  ///
  /// - Returns: whether outputs are binary that do not say so themselves.
  private static func readParameters(
    _ parameters: PlacedJSON?, into fields: inout [(name: String, value: String)]
  ) throws(ServiceError) -> Bool {
    guard let parameters else { return false }
    var members = try parameters.members()
    let isBinary = try members.removeValue(forKey: "binary_data_output")?.flag() ?? false
    // Triton's, in their values of no effect; any other would be passed over.
    for (name, idle) in [
      ("sequence_id", ["0", ""]), ("sequence_start", ["false"]), ("sequence_end", ["false"]), ("priority", ["0"]),
      ("timeout", ["0"]),
    ] {
      guard let member = members.removeValue(forKey: name) else { continue }
      guard let value = try parameters.fields().first(where: { $0.name == name })?.value, idle.contains(value) else {
        throw member.fault(
          "has no meaning here: requests do not depend on each other, and the service has its own "
            + "queue and time limits. Leave it out.")
      }
    }
    fields += try parameters.fields().filter { members[$0.name] != nil }
    return isBinary
  }

  private static func outputs(_ list: PlacedJSON?, isBinary: Bool) throws(ServiceError) -> [RequestedOutput] {
    guard let list = try list?.list(), !list.isEmpty else { return [RequestedOutput(standardIn: isBinary)] }
    guard list.count <= RequestedOutput.Name.allCases.count else {
      throw .badRequest("'outputs' has \(list.count) outputs; name each once.")
    }
    var outputs: [RequestedOutput] = []
    for output in list {
      let read = try RequestedOutput(output, isBinary: isBinary)
      guard !outputs.contains(where: read.isSame(as:)) else { throw output.fault("is named twice.") }
      outputs.append(read)
    }
    return outputs
  }

  // MARK: Maps

  /// The window of the images, and what is asked of the maps, in the order of the outputs that are of one.
  private static func asked(
    _ fields: [(name: String, value: String)], _ outputs: [RequestedOutput]
  ) throws -> (SampleWindow?, [BatchQuestion<InferenceRequest>.MapQuestion]) {
    let ofMaps = outputs.filter(\.isOfMap)
    try AskFields(fields + ofMaps.flatMap(\.fields)).refuse(remedies)
    guard !ofMaps.isEmpty else {
      let others = fields.filter { $0.name != AskField.window.rawValue }
      if let field = others.first {
        throw AskError(
          named: field.name,
          "'\(field.name.abbreviated())' means nothing to the outputs that are asked for. "
            + "What is asked of maps goes with the outputs saliency and heatmap.")
      }
      return (try AskFields(fields).window(), [])
    }
    let asks = try ofMaps.map { output in
      let own = Set(output.fields.map(\.name))
      return try Ask(AskFields(fields.filter { !own.contains($0.name) } + output.fields))
    }
    let maps = zip(ofMaps, asks).map { output, ask in
      let form: AnswerForm =
        switch (output.isNamed(.heatmap), output.isBinary) {
        case (true, _): .picture
        case (false, true): .npy(ask.resolution)
        case (false, false): .json(ask.resolution, withPicture: false)
        }
      return BatchQuestion<InferenceRequest>.MapQuestion(ask, as: form)
    }
    return (asks.lazy.compactMap(\.window).first, maps)
  }

  /// What can be asked for elsewhere, and what does it here.
  private static let remedies: KeyValuePairs<AskField, String> = [
    .model: "The model stands in the address.",
    .top: "The parameter 'classification' of an output gives the most likely classes.",
    .include: "The output 'heatmap' is the picture.",
  ]
}
