/// The names that publishers give to the parts of a transformer over patches.
extension PatchTransformer.Names {
  /// timm's `VisionTransformer`.
  ///
  /// - Parameter scales: whether there is layer scale.
  static func timm(scales: Bool = false) -> Self {
    Self(
      embedding: "patch_embed", patchWeight: "patch_embed.proj.weight", patchBias: "patch_embed.proj.bias",
      positions: "pos_embed", norm: "norm",
      block: { index in
        let block = "blocks.\(index)"
        return TransformerBlock.Names(
          block: block, firstNorm: block + ".norm1", attention: block + ".attn",
          queriesKeysValues: [(block + ".attn.qkv.weight", block + ".attn.qkv.bias")], projection: block + ".attn.proj",
          secondNorm: block + ".norm2", hidden: block + ".mlp.fc1", output: block + ".mlp.fc2",
          scales: scales ? (block + ".ls1.gamma", block + ".ls2.gamma") : nil)
      })
  }

  /// torchvision's `VisionTransformer`.
  static var torchvision: Self {
    Self(
      embedding: "encoder.dropout", patchWeight: "conv_proj.weight", patchBias: "conv_proj.bias",
      positions: "encoder.pos_embedding", norm: "encoder.ln",
      block: { index in
        let block = "encoder.layers.encoder_layer_\(index)"
        let attention = block + ".self_attention"
        return TransformerBlock.Names(
          block: block, firstNorm: block + ".ln_1", attention: attention,
          queriesKeysValues: [(attention + ".in_proj_weight", attention + ".in_proj_bias")],
          projection: attention + ".out_proj", secondNorm: block + ".ln_2", hidden: block + ".mlp.0",
          output: block + ".mlp.3", scales: nil)
      })
  }

  /// transformers' ViT and DeiT, as in the files of the hub.
  ///
  /// - Parameter model: `vit` or `deit`.
  static func transformers(_ model: String) -> Self {
    Self(
      embedding: "\(model).embeddings", patchWeight: "\(model).embeddings.patch_embeddings.projection.weight",
      patchBias: "\(model).embeddings.patch_embeddings.projection.bias",
      positions: "\(model).embeddings.position_embeddings", norm: "\(model).layernorm",
      block: { index in
        let block = "\(model).encoder.layer.\(index)"
        return TransformerBlock.Names(
          block: block, firstNorm: block + ".layernorm_before", attention: block + ".attention",
          queriesKeysValues: separate(block + ".attention.attention.", ["query", "key", "value"]),
          projection: block + ".attention.output.dense", secondNorm: block + ".layernorm_after",
          hidden: block + ".intermediate.dense", output: block + ".output.dense", scales: nil)
      })
  }

  /// transformers' DINOv2, as in the files of the hub.
  ///
  /// - Parameter model: `dinov2` or `dinov2_with_registers`.
  static func dinov2(_ model: String) -> Self {
    Self(
      embedding: "\(model).embeddings", patchWeight: "\(model).embeddings.patch_embeddings.projection.weight",
      patchBias: "\(model).embeddings.patch_embeddings.projection.bias",
      positions: "\(model).embeddings.position_embeddings", norm: "\(model).layernorm",
      block: { index in
        let block = "\(model).encoder.layer.\(index)"
        return TransformerBlock.Names(
          block: block, firstNorm: block + ".norm1", attention: block + ".attention",
          queriesKeysValues: separate(block + ".attention.attention.", ["query", "key", "value"]),
          projection: block + ".attention.output.dense", secondNorm: block + ".norm2", hidden: block + ".mlp.fc1",
          output: block + ".mlp.fc2", scales: (block + ".layer_scale1.lambda1", block + ".layer_scale2.lambda1"))
      })
  }

  /// transformers' image tower of CLIP.
  static var clip: Self {
    Self(
      embedding: "vision_model.pre_layrnorm", patchWeight: "vision_model.embeddings.patch_embedding.weight",
      patchBias: nil, positions: "vision_model.embeddings.position_embedding.weight",
      preNorm: "vision_model.pre_layrnorm", norm: "vision_model.post_layernorm",
      block: { index in
        let block = "vision_model.encoder.layers.\(index)"
        return TransformerBlock.Names(
          block: block, firstNorm: block + ".layer_norm1", attention: block + ".self_attn",
          queriesKeysValues: separate(block + ".self_attn.", ["q_proj", "k_proj", "v_proj"]),
          projection: block + ".self_attn.out_proj", secondNorm: block + ".layer_norm2", hidden: block + ".mlp.fc1",
          output: block + ".mlp.fc2", scales: nil)
      })
  }

  /// OpenAI's image tower of CLIP, which OpenCLIP has too.
  static var openAI: Self {
    Self(
      embedding: "visual.ln_pre", patchWeight: "visual.conv1.weight", patchBias: nil,
      positions: "visual.positional_embedding", preNorm: "visual.ln_pre", norm: "visual.ln_post",
      block: { index in
        let block = "visual.transformer.resblocks.\(index)"
        return TransformerBlock.Names(
          block: block, firstNorm: block + ".ln_1", attention: block + ".attn",
          queriesKeysValues: [(block + ".attn.in_proj_weight", block + ".attn.in_proj_bias")],
          projection: block + ".attn.out_proj", secondNorm: block + ".ln_2", hidden: block + ".mlp.c_fc",
          output: block + ".mlp.c_proj", scales: nil)
      })
  }

  private static func separate(_ prefix: String, _ modules: [String]) -> [(weight: String, bias: String)] {
    modules.map { (prefix + $0 + ".weight", prefix + $0 + ".bias") }
  }

  /// Modules of transformers 5 within a block to those that the hub's files have, which older versions wrote.
  static func modulesOfTransformers5(
    _ model: String, layers: Int, block: String = "layers", ours: String = "encoder.layer", hasMLP: Bool
  ) -> [String: String] {
    var inner = [
      "attention.q_proj": "attention.attention.query", "attention.k_proj": "attention.attention.key",
      "attention.v_proj": "attention.attention.value", "attention.o_proj": "attention.output.dense",
    ]
    if !hasMLP {
      for norm in ["layernorm_before", "layernorm_after"] { inner[norm] = norm }
      inner["mlp.fc1"] = "intermediate.dense"
      inner["mlp.fc2"] = "output.dense"
    }
    var modules: [String: String] = [:]
    for index in 0..<layers {
      for (theirs, name) in inner {
        modules["\(model).\(block).\(index).\(theirs)"] = "\(model).\(ours).\(index).\(name)"
      }
    }
    return modules
  }
}
