/// What a publisher calls the modules of a Swin Transformer.
struct SwinNames: Sendable {
  /// A block of a group: its layer, its modules, and by whole names `table`, version 1's, and `logarithmOfScale`,
  /// version 2's. `hidden` and `output` are version 2's as well.
  struct Block: Sendable {
    let layer: String
    let firstNormalization: String
    let qkv: String
    /// Where queries, keys and values are layers of their own.
    let separate: (query: String, key: String, value: String)?
    /// Biases of queries and values where keys have none and the three are one layer: version 2's, by whole names.
    let biases: (query: String, value: String)
    let projection: String
    let table: String
    let logarithmOfScale: String
    let hidden: String
    let output: String
    let secondNormalization: String
    let expand: String
    let contract: String
  }

  let patches: (layer: String, convolution: String, normalization: String)
  /// Before a group but the first.
  let merging: @Sendable (_ group: Int) -> (layer: String, normalization: String, reduction: String)
  let group: @Sendable (_ group: Int) -> String
  let block: @Sendable (_ group: Int, _ index: Int) -> Block
  /// After the last group.
  let normalization: String
  let classifier: String

  /// All modules of a version, and what has a whole name, in the same order for every publisher.
  func all(blocks: [Int], _ version: SwinPlan.Version) -> [String] {
    var names = [patches.convolution, patches.normalization]
    for (group, count) in blocks.enumerated() {
      if group > 0 { names += [merging(group).normalization, merging(group).reduction] }
      for index in 0..<count {
        let block = block(group, index)
        names += [
          block.firstNormalization, block.qkv, block.projection, block.secondNormalization, block.expand,
          block.contract,
        ]
        names += version == .one ? [block.table] : [block.logarithmOfScale, block.hidden, block.output]
      }
    }
    return names + [normalization, classifier]
  }

  static let torchvision = SwinNames(
    patches: ("features.0", "features.0.0", "features.0.2"),
    merging: { ("features.\(2 * $0)", "features.\(2 * $0).norm", "features.\(2 * $0).reduction") },
    group: { "features.\(2 * $0 + 1)" },
    block: { attentionBlock("features.\(2 * $0 + 1).\($1)", expand: ".mlp.0", contract: ".mlp.3") },
    normalization: "norm", classifier: "head")

  static let timm = SwinNames(
    patches: ("patch_embed", "patch_embed.proj", "patch_embed.norm"),
    merging: { ("layers.\($0).downsample", "layers.\($0).downsample.norm", "layers.\($0).downsample.reduction") },
    group: { "layers.\($0)" },
    block: { attentionBlock("layers.\($0).blocks.\($1)", expand: ".mlp.fc1", contract: ".mlp.fc2") },
    normalization: "norm", classifier: "head.fc")

  /// github.com/microsoft/Swin-Transformer, and timm before version 0.9: a reduction belongs to the group before it.
  static let authors = SwinNames(
    patches: timm.patches,
    merging: { timm.merging($0 - 1) }, group: timm.group, block: timm.block, normalization: "norm", classifier: "head")

  /// - Parameter model: `swin` or `swinv2`.
  static func transformers(_ model: String) -> SwinNames {
    transformers(model) { layer in
      let attention = layer + ".attention.self"
      return Block(
        layer: layer, firstNormalization: layer + ".layernorm_before", qkv: attention,
        separate: (attention + ".query", attention + ".key", attention + ".value"),
        biases: (attention + ".query.bias", attention + ".value.bias"), projection: layer + ".attention.output.dense",
        table: attention + ".relative_position_bias_table", logarithmOfScale: attention + ".logit_scale",
        hidden: attention + ".continuous_position_bias_mlp.0", output: attention + ".continuous_position_bias_mlp.2",
        secondNormalization: layer + ".layernorm_after", expand: layer + ".intermediate.dense",
        contract: layer + ".output.dense")
    }
  }

  /// What version 5 calls them in memory; its files have the older names.
  static let transformers5 = transformers("swin") { layer in
    let attention = layer + ".attention"
    return Block(
      layer: layer, firstNormalization: layer + ".layernorm_before", qkv: attention,
      separate: (attention + ".q_proj", attention + ".k_proj", attention + ".v_proj"),
      biases: (attention + ".q_proj.bias", attention + ".v_proj.bias"), projection: attention + ".o_proj",
      table: attention + ".relative_position_bias.relative_position_bias_table",
      logarithmOfScale: attention + ".logit_scale", hidden: attention + ".cpb_mlp.0", output: attention + ".cpb_mlp.2",
      secondNormalization: layer + ".layernorm_after", expand: layer + ".mlp.fc1", contract: layer + ".mlp.fc2")
  }

  private static func transformers(
    _ model: String, block: @escaping @Sendable (_ layer: String) -> Block
  ) -> SwinNames {
    let (embeddings, layers) = (model + ".embeddings", model + ".encoder.layers")
    return SwinNames(
      patches: (embeddings, embeddings + ".patch_embeddings.projection", embeddings + ".norm"),
      merging: {
        let layer = "\(layers).\($0 - 1).downsample"
        return (layer, layer + ".norm", layer + ".reduction")
      },
      group: { "\(layers).\($0)" }, block: { block("\(layers).\($0).blocks.\($1)") },
      normalization: model + ".layernorm", classifier: "classifier")
  }

  private static func attentionBlock(_ layer: String, expand: String, contract: String) -> Block {
    let attention = layer + ".attn"
    return Block(
      layer: layer, firstNormalization: layer + ".norm1", qkv: attention + ".qkv", separate: nil,
      biases: (attention + ".q_bias", attention + ".v_bias"), projection: attention + ".proj",
      table: attention + ".relative_position_bias_table", logarithmOfScale: attention + ".logit_scale",
      hidden: attention + ".cpb_mlp.0", output: attention + ".cpb_mlp.2", secondNormalization: layer + ".norm2",
      expand: layer + expand, contract: layer + contract)
  }
}
