import Explain
import Models

/// The JSON of `GET /v2`.
struct ServerMetadata: Encodable {
  let name = "gaze"
  let version = gazeVersion
  /// Triton's names of what is there beyond the protocol.
  let extensions = ["binary_tensor_data", "classification", "parameters"]

  enum CodingKeys: CodingKey { case name, version, extensions }
}

/// The JSON of `GET /v2/health/ready`.
struct ServerReadiness: Encodable {
  let live: Bool
  let ready: Bool
  /// Left out where it is ready; errors of this protocol are written so.
  let error: String?
}

/// The JSON of `GET /v2/models/NAME/ready`.
struct OpenInferenceReadiness: Encodable {
  let name: String
  let ready: Bool
  /// Left out where it is ready.
  let error: String?
}

/// The JSON of `GET /v2/models/NAME`: one input, and the outputs that may be asked for.
struct OpenInferenceMetadata: Encodable {
  static let version = ServableAddress.version

  struct Tensor: Encodable {
    let name: String
    let datatype: String
    /// -1 where it depends on the request.
    let shape: [Int]
    /// Left out where the rest says all.
    var parameters: [String: String]?
  }

  let name: String
  let versions = [Self.version]
  let platform: String
  let inputs: [Tensor]
  let outputs: [Tensor]

  enum CodingKeys: CodingKey { case name, versions, platform, inputs, outputs }

  init(_ manifest: ModelManifest) {
    name = manifest.name
    platform = "gaze_\(manifest.architecture)"
    inputs = [
      Tensor(
        name: ImageTensor.name, datatype: ImageTensor.Datatype.bytes.rawValue, shape: [-1],
        parameters: [
          "content": "files: JPEG, PNG or WebP; in JSON as Base64",
          "or": "UINT8 [-1,-1,-1,3]: pixels, [N, height, width, RGB], of any size",
        ])
    ]
    outputs = RequestedOutput.Name.all(of: manifest.output).map { output in
      Tensor(
        name: output.rawValue, datatype: output.datatype.rawValue,
        shape: output.shape(classCount: manifest.classCount),
        parameters: output == .standard(of: manifest.output) ? ["default": "true"] : nil)
    }
  }
}
