import Autodiff
import Images
import Models
import WeightFiles

@testable import Networks

/// The small ViT of `Tests/Golden/make_transformer_goldens.py` and what the references say of it.
struct SmallTransformer {
  let golden: any WeightFile
  let classifier: Classifier

  static let side = 32

  init(passes: ForwardPassCounter = ForwardPassCounter(), side: Int = Self.side) throws {
    golden = try openWeightFile(
      #filePath.replacing(
        "ExplainTests/Attention/SmallTransformer.swift", with: "Golden/network-vit_golden.safetensors"))
    let transformer = PatchTransformer(
      size: .init(layers: 3, width: 24, mlpSize: 96, heads: 3), patch: 8, side: Self.side, activation: .gelu,
      epsilon: 1e-6, names: .timm())
    let network = try VisionTransformer.network(transformer, WeightReader(GoldenWeights(file: golden)))
    let manifest = ModelManifest(
      name: "small-vit", title: "", architecture: "",
      preprocessing: Preprocessing(
        shorterSide: nil, filter: .bilinear, inputWidth: side, inputHeight: side, mean: [127, 127, 127],
        deviation: [64, 64, 64]),
      labels: nil, classCount: 5, parameterCount: 0, targetLayer: network.targetLayer, weightsSHA256: "5ma11",
      sourceSHA256: "", publisher: nil, licence: nil, publishedTop1: nil, calibration: nil)
    classifier = Classifier(manifest: manifest, network: network, labels: .unnamed(count: 5), passes: passes)
  }

  /// The references' input.
  func input(in pool: BufferPool) throws -> Tensor {
    Tensor([1, Self.side, Self.side, 3], try golden.floats("input"), in: pool)
  }
}

/// PyTorch's weights in a file, as they lie.
private struct GoldenWeights: WeightSource {
  let file: any WeightFile

  var names: [String] {
    file.entries.map { $0.name }.filter { $0.hasPrefix("weights/") }.map { String($0.dropFirst(8)) }
  }

  private func entry(_ name: String) -> TensorEntry? { file.entries.first { $0.name == "weights/" + name } }

  func shape(of name: String, _ role: ParameterRole) -> Shape? {
    guard let shape = entry(name)?.shape else { return nil }
    return switch role {
    case .convolution where shape.count == 4: [shape[2], shape[3], shape[1], shape[0]]
    case .tokens where shape.count == 3: [shape[1], shape[2]]
    default: Shape(shape)
    }
  }

  func values(of name: String, _ role: ParameterRole) throws(WeightError) -> [Float] {
    guard let shape = entry(name)?.shape else { throw .missing(name) }
    let values: [Float]
    do { values = try file.floats("weights/" + name) } catch { throw .unreadable(error.description) }
    guard role == .convolution, shape.count == 4 else { return values }
    let (outputs, rest) = (shape[0], shape[1] * shape[2] * shape[3])
    let taps = shape[2] * shape[3]
    return (0..<values.count).map { place in
      let (output, input, tap) = (place % outputs, place / outputs % shape[1], place / outputs / shape[1])
      return values[output * rest + input * taps + tap]
    }
  }
}
