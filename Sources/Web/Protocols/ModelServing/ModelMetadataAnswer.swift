import Models

/// TensorFlow Serving's metadata of a model: its one signature, as the JSON of Protocol Buffers writes it (sizes are
/// texts, -1 stands for any).
///
/// Source: TensorFlow Serving, docs api_rest.md, "Model Metadata API"; tensorflow/core/protobuf/meta_graph.proto.
struct ModelMetadataAnswer: Encodable {
  private struct Specification: Encodable {
    let name: String
    let signature = ""
    let version = ServableAddress.version

    enum CodingKeys: String, CodingKey {
      case name, version
      case signature = "signature_name"
    }
  }

  private struct Signature: Encodable {
    let inputs: [String: Tensor]
    let outputs: [String: Tensor]
    let method = "tensorflow/serving/predict"

    enum CodingKeys: String, CodingKey {
      case inputs, outputs
      case method = "method_name"
    }
  }

  private struct Tensor: Encodable {
    struct Shape: Encodable {
      struct Dimension: Encodable {
        let name = ""
        let size: String

        enum CodingKeys: String, CodingKey {
          case name, size
        }
      }

      let dimensions: [Dimension]
      let hasUnknownRank = false

      enum CodingKeys: String, CodingKey {
        case dimensions = "dim"
        case hasUnknownRank = "unknown_rank"
      }
    }

    let type: String
    let name: String
    let shape: Shape

    /// - Parameter sizes: after the number of images.
    init(_ name: String, _ type: String, _ sizes: [Int] = []) {
      self.type = type
      self.name = "\(name):0"
      shape = Shape(dimensions: ([-1] + sizes).map { .init(size: String($0)) })
    }

    enum CodingKeys: String, CodingKey {
      case name
      case type = "dtype"
      case shape = "tensor_shape"
    }
  }

  private let specification: Specification
  private let signature: Signature

  init(_ manifest: ModelManifest) {
    typealias Request = InstancesRequest
    specification = Specification(name: manifest.name)
    signature = Signature(
      inputs: [Request.input: Tensor(Request.input, "DT_STRING")],
      outputs: manifest.output.isProbability
        ? [
          Request.classes: Tensor(Request.classes, "DT_INT64"),
          Request.probabilities: Tensor(Request.probabilities, "DT_FLOAT", [manifest.classCount]),
        ]
        : [Request.values: Tensor(Request.values, "DT_FLOAT", [manifest.classCount])])
  }

  private enum CodingKeys: String, CodingKey {
    case metadata
    case specification = "model_spec"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(specification, forKey: .specification)
    // The first is a part of the metadata, the second a field of that part.
    try container.encode(
      ["signature_def": ["signature_def": [InstancesRequest.signature: signature]]], forKey: .metadata)
  }
}
