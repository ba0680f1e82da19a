/// What a publisher calls the modules of a ConvNeXt.
struct ConvNeXtNames: Sendable {
  /// A block of a group: its layer, its modules, and the whole name of its layer scale. Version 1 has no `response`,
  /// version 2 no `layerScale`.
  struct Block: Sendable {
    let layer: String
    let depthwise: String
    let normalization: String
    let expand: String
    let response: String
    let project: String
    let layerScale: String
  }

  typealias Reduction = (layer: String, normalization: String, convolution: String)

  let stem: Reduction
  /// Before a group but the first.
  let downsampling: @Sendable (_ group: Int) -> Reduction
  let group: @Sendable (_ group: Int) -> String
  let block: @Sendable (_ group: Int, _ index: Int) -> Block
  /// Between the mean over space and the classifier.
  let normalization: String
  let classifier: String

  /// All modules of a version, and layer scales, in the same order for every publisher.
  func all(blocks: [Int], normalizesResponses: Bool) -> [String] {
    var names = [stem.convolution, stem.normalization]
    for (group, count) in blocks.enumerated() {
      if group > 0 { names += [downsampling(group).normalization, downsampling(group).convolution] }
      for index in 0..<count {
        let block = block(group, index)
        names += [
          block.depthwise, block.normalization, block.expand, block.project,
          normalizesResponses ? block.response : block.layerScale,
        ]
      }
    }
    return names + [normalization, classifier]
  }

  static let torchvision = ConvNeXtNames(
    stem: ("features.0", "features.0.1", "features.0.0"),
    downsampling: { ("features.\(2 * $0)", "features.\(2 * $0).0", "features.\(2 * $0).1") },
    group: { "features.\(2 * $0 + 1)" },
    block: { group, index in
      let layer = "features.\(2 * group + 1).\(index)"
      return Block(
        layer: layer, depthwise: layer + ".block.0", normalization: layer + ".block.2", expand: layer + ".block.3",
        response: layer + ".block.grn", project: layer + ".block.5", layerScale: layer + ".layer_scale")
    }, normalization: "classifier.0", classifier: "classifier.2")

  static let timm = ConvNeXtNames(
    stem: ("stem", "stem.1", "stem.0"),
    downsampling: { ("stages.\($0).downsample", "stages.\($0).downsample.0", "stages.\($0).downsample.1") },
    group: { "stages.\($0)" },
    block: { group, index in
      let layer = "stages.\(group).blocks.\(index)"
      return Block(
        layer: layer, depthwise: layer + ".conv_dw", normalization: layer + ".norm", expand: layer + ".mlp.fc1",
        response: layer + ".mlp.grn", project: layer + ".mlp.fc2", layerScale: layer + ".gamma")
    }, normalization: "head.norm", classifier: "head.fc")

  /// - Parameter model: `convnext` or `convnextv2`.
  static func transformers(_ model: String) -> ConvNeXtNames {
    let stages = model + ".encoder.stages"
    return ConvNeXtNames(
      stem: (model + ".embeddings", model + ".embeddings.layernorm", model + ".embeddings.patch_embeddings"),
      downsampling: {
        let layer = "\(stages).\($0).downsampling_layer"
        return (layer, layer + ".0", layer + ".1")
      },
      group: { "\(stages).\($0)" },
      block: { group, index in
        let layer = "\(stages).\(group).layers.\(index)"
        return Block(
          layer: layer, depthwise: layer + ".dwconv", normalization: layer + ".layernorm", expand: layer + ".pwconv1",
          response: layer + ".grn", project: layer + ".pwconv2", layerScale: layer + ".layer_scale_parameter")
      }, normalization: model + ".layernorm", classifier: "classifier")
  }

  /// github.com/facebookresearch/ConvNeXt and ConvNeXt-V2.
  static let authors = ConvNeXtNames(
    stem: ("downsample_layers.0", "downsample_layers.0.1", "downsample_layers.0.0"),
    downsampling: { ("downsample_layers.\($0)", "downsample_layers.\($0).0", "downsample_layers.\($0).1") },
    group: { "stages.\($0)" },
    block: { group, index in
      let layer = "stages.\(group).\(index)"
      return Block(
        layer: layer, depthwise: layer + ".dwconv", normalization: layer + ".norm", expand: layer + ".pwconv1",
        response: layer + ".grn", project: layer + ".pwconv2", layerScale: layer + ".gamma")
    }, normalization: "norm", classifier: "head")
}

extension ConvNeXtPlan {
  /// Keras' modules, and its layer scales by whole names, to ours.
  ///
  /// - Parameters:
  ///   - model: what every layer's name begins with, as `convnext_tiny`.
  ///   - nested: whether the layers of the stem and of the reductions, which are models within the model, have its name
  ///     before their own, as in whole models of Keras 3 that are saved as `.h5`.
  func modulesFromKeras(model: String, nested: Bool) -> [String: String] {
    func inner(_ layer: String, of outer: String) -> String {
      nested ? "\(model)_\(outer)/\(model)_\(layer)" : "\(model)_\(layer)"
    }
    var pairs = [
      (inner("stem_conv", of: "stem"), names.stem.convolution),
      (inner("stem_layernorm", of: "stem"), names.stem.normalization),
    ]
    for (group, count) in blocks.enumerated() {
      if group > 0 {
        let (number, ours) = (group - 1, names.downsampling(group))
        pairs += [
          (inner("downsampling_layernorm_\(number)", of: "downsampling_block_\(number)"), ours.normalization),
          (inner("downsampling_conv_\(number)", of: "downsampling_block_\(number)"), ours.convolution),
        ]
      }
      for index in 0..<count {
        let (layer, ours) = ("\(model)_stage_\(group)_block_\(index)", names.block(group, index))
        pairs += [
          (layer + "_depthwise_conv", ours.depthwise), (layer + "_layernorm", ours.normalization),
          (layer + "_pointwise_conv_1", ours.expand), (layer + "_pointwise_conv_2", ours.project),
          (layer + "_layer_scale/gamma", ours.layerScale),
        ]
      }
    }
    pairs += [("\(model)_head_layernorm", names.normalization), ("\(model)_head_dense", names.classifier)]
    return Dictionary(uniqueKeysWithValues: pairs)
  }
}
