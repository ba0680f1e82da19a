import Autodiff
import Images

/// ViT: a transformer over the patches of an image.
///
/// - Paper: Dosovitskiy et al., "An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale", arXiv
///   2010.11929, table 1; Tiny and Small: Touvron et al., arXiv 2012.12877, table 1, and Steiner et al., "How to train
///   your ViT?", arXiv 2106.10270.
/// - Checkpoints: torchvision's `vit_b_16` to `vit_l_32`, timm's `vit_tiny_patch16_224` to `vit_large_patch16_224`, and
///   transformers' `ViTForImageClassification`; parameters keep the names of each.
/// - Published top-1 on ImageNet: 81.1 % (torchvision's B/16), 75.9 % (B/32), 79.7 % (L/16), 77.0 % (L/32).
///
/// timm's files may also do without a class token, have register tokens (Darcet et al., arXiv 2309.16588), or take the
/// mean of the patches instead of the class token; the file says which.
enum VisionTransformer {
  /// Table 1.
  enum Table {
    static let tiny = PatchTransformer.Size(layers: 12, width: 192, mlpSize: 768, heads: 3)
    static let small = PatchTransformer.Size(layers: 12, width: 384, mlpSize: 1536, heads: 6)
    static let base = PatchTransformer.Size(layers: 12, width: 768, mlpSize: 3072, heads: 12)
    static let large = PatchTransformer.Size(layers: 24, width: 1024, mlpSize: 4096, heads: 16)
  }

  static let side = 224

  static let architectures = timmArchitectures + torchvisionArchitectures + transformersArchitectures

  private static let timmArchitectures = [
    timm("vit-tiny-patch16-224", "ViT-Ti/16", Table.tiny, patch: 16),
    timm("vit-small-patch16-224", "ViT-S/16", Table.small, patch: 16),
    timm("vit-small-patch32-224", "ViT-S/32", Table.small, patch: 32),
    timm("vit-base-patch8-224", "ViT-B/8", Table.base, patch: 8),
    timm("vit-base-patch16-224", "ViT-B/16", Table.base, patch: 16),
    timm("vit-base-patch32-224", "ViT-B/32", Table.base, patch: 32),
    timm("vit-large-patch14-224", "ViT-L/14", Table.large, patch: 14),
    timm("vit-large-patch16-224", "ViT-L/16", Table.large, patch: 16),
  ]

  private static let torchvisionArchitectures = [
    torchvision(
      "vit-b-16", "ViT-B/16", Table.base, patch: 16, file: "vit_b_16", digest: "c867db91", megabytes: 330.285,
      top1: 81.072),
    torchvision(
      "vit-b-32", "ViT-B/32", Table.base, patch: 32, file: "vit_b_32", digest: "d86f8d99", megabytes: 336.604,
      top1: 75.912),
    torchvision(
      "vit-l-16", "ViT-L/16", Table.large, patch: 16, file: "vit_l_16", digest: "852ce7e3", megabytes: 1161.023,
      top1: 79.662, shorterSide: 242),
    torchvision(
      "vit-l-32", "ViT-L/32", Table.large, patch: 32, file: "vit_l_32", digest: "c7638314", megabytes: 1169.449,
      top1: 76.972),
  ]

  private static let transformersArchitectures = [
    transformers("transformers-vit-tiny-patch16-224", "ViT-Ti/16 (transformers)", Table.tiny, patch: 16),
    transformers("transformers-vit-small-patch16-224", "ViT-S/16 (transformers)", Table.small, patch: 16),
    transformers("transformers-vit-base-patch16-224", "ViT-B/16 (transformers)", Table.base, patch: 16),
    transformers("transformers-vit-large-patch16-224", "ViT-L/16 (transformers)", Table.large, patch: 16),
  ]

  // MARK: timm

  private static func timm(_ name: String, _ title: String, _ size: PatchTransformer.Size, patch: Int) -> Architecture {
    timm(name, title, size, patch: patch, preprocessing: .timm(side: side, cropPercentage: 0.9, .half))
  }

  /// timm's ViT; DeiT is the same but for what it is fed with.
  static func timm(
    _ name: String, _ title: String, _ size: PatchTransformer.Size, patch: Int, preprocessing: Preprocessing
  ) -> Architecture {
    Architecture(
      name: name, title: title, preprocessing: preprocessing, inputSides: patch...1024,
      signature: NetworkSignature(
        has: [
          .init("patch_embed.proj.weight", .convolution, [patch, patch, 3, size.width]),
          .init("blocks.\(size.layers - 1).attn.qkv.weight", .linear, [3 * size.width, size.width]),
        ],
        lacks: [
          "blocks.\(size.layers).norm1.weight", "dist_token", "blocks.0.ls1.gamma", "norm_pre.weight",
        ]),
      head: timmHead(size), conventions: [NameConvention("timm", .pyTorch, modules: [:])], checkpoints: [],
      build: { weights throws(WeightError) in
        try network(
          PatchTransformer(
            size: size, patch: patch, side: side, activation: .gelu, epsilon: 1e-6, names: .timm()), weights)
      })
  }

  static func timmHead(_ size: PatchTransformer.Size) -> HeadWeight {
    HeadWeight("head.weight", .linear, inputs: size.width)
  }

  /// - Parameter transformer: with timm's names.
  static func network(_ transformer: PatchTransformer, _ weights: WeightReader) throws(WeightError) -> Network {
    let names = transformer.names
    let hasClassToken = weights.has("cls_token", .tokens) || !weights.has(names.positions, .tokens)
    var leading = hasClassToken ? [(name: "cls_token", count: 1)] : []
    if weights.has("reg_token", .tokens) {
      leading.append((name: "reg_token", count: try weights.shape(of: "reg_token", .tokens)[0]))
    }
    let trunk = try transformer.trunk(weights, leading: leading)
    let head = timmHead(transformer.size)
    let classCount = try weights.classCount(head)
    let classifier = try ClassifierHead(
      weights, head.name, bias: "head.bias", inputs: head.inputs, outputs: classCount)
    let dropout = Dropout(weights)
    let count = trunk.tokens.leading

    if weights.has("fc_norm.weight", .vector) {
      let norm = try LayerNormalizationLayer(
        weights, "fc_norm", channels: transformer.size.width, epsilon: transformer.epsilon)
      let last = Network.Head(
        after: trunk.stages.last!.name, features: { norm(meanOfPatches($0, leading: count)) },
        classify: { classifier(dropout($0)) })
      try weights.requireAllUsed()
      return trunk.network([Network.Stage("logits") { last($0) }], classCount: classCount, head: last)
    }
    let norm = try transformer.normStage(weights)
    let last = Network.Head(
      after: norm.name,
      features: { hasClassToken ? token(0, of: $0) : meanOfPatches($0, leading: count) },
      classify: { classifier(dropout($0)) })
    try weights.requireAllUsed()
    return trunk.network([norm, Network.Stage("logits") { last($0) }], classCount: classCount, head: last)
  }

  // MARK: torchvision

  private static func torchvision(
    _ name: String, _ title: String, _ size: PatchTransformer.Size, patch: Int, file: String, digest: String,
    megabytes: Double, top1: Double, shorterSide: Int = 256
  ) -> Architecture {
    let head = HeadWeight("heads.head.weight", .linear, inputs: size.width)
    let blocks = (0..<size.layers).map { "encoder.layers.encoder_layer_\($0).mlp." }
    let older = Dictionary(
      uniqueKeysWithValues: blocks.flatMap { [($0 + "linear_1", $0 + "0"), ($0 + "linear_2", $0 + "3")] })
    return Architecture(
      name: name, title: title, preprocessing: .torchvision(shorterSide: shorterSide, filter: .bilinear),
      inputSides: patch...1024,
      signature: NetworkSignature(
        has: [
          .init("conv_proj.weight", .convolution, [patch, patch, 3, size.width]),
          .init(
            "encoder.layers.encoder_layer_\(size.layers - 1).self_attention.in_proj_weight", .linear,
            [3 * size.width, size.width]),
        ], lacks: ["encoder.layers.encoder_layer_\(size.layers).ln_1.weight"]),
      head: head,
      conventions: [
        NameConvention("torchvision", .pyTorch, modules: [:]),
        // As the published files have them.
        NameConvention("torchvision before 0.14", .pyTorch, modules: older),
      ],
      checkpoints: [
        .torchvision(
          file.replacing("_", with: "-"), title: title, file: file, digest: digest,
          byteCount: Int(megabytes * 1_048_576), tolerance: 1_048_576, top1: top1)
      ],
      build: { weights throws(WeightError) in
        try classTokenNetwork(
          PatchTransformer(
            size: size, patch: patch, side: side, activation: .gelu, epsilon: 1e-6, names: .torchvision), weights,
          leading: [("class_token", 1)], head)
      })
  }

  // MARK: transformers

  private static func transformers(
    _ name: String, _ title: String, _ size: PatchTransformer.Size, patch: Int
  ) -> Architecture {
    let head = HeadWeight("classifier.weight", .linear, inputs: size.width)
    return Architecture(
      name: name, title: title, preprocessing: .tensorFlow(side: side), inputSides: patch...1024,
      signature: NetworkSignature(
        has: [
          .init("vit.embeddings.patch_embeddings.projection.weight", .convolution, [patch, patch, 3, size.width]),
          .init(
            "vit.encoder.layer.\(size.layers - 1).attention.attention.query.weight", .linear, [size.width, size.width]),
        ], lacks: ["vit.encoder.layer.\(size.layers).layernorm_before.weight"]),
      head: head,
      conventions: [
        NameConvention("transformers", .pyTorch, modules: [:]),
        NameConvention(
          "transformers 5", .pyTorch,
          modules: PatchTransformer.Names.modulesOfTransformers5("vit", layers: size.layers, hasMLP: false)),
      ],
      checkpoints: [],
      build: { weights throws(WeightError) in
        // transformers' own epsilon, which its conversion of the published weights took in the place of 1e-6.
        try classTokenNetwork(
          PatchTransformer(
            size: size, patch: patch, side: side, activation: .gelu, epsilon: 1e-12, names: .transformers("vit"),
            resampling: .plain), weights, leading: [("vit.embeddings.cls_token", 1)], head)
      })
  }

  /// A network whose last layer reads the first token.
  static func classTokenNetwork(
    _ transformer: PatchTransformer, _ weights: WeightReader, leading: [(name: String, count: Int)], _ head: HeadWeight
  ) throws(WeightError) -> Network {
    let trunk = try transformer.trunk(weights, leading: leading)
    let norm = try transformer.normStage(weights)
    let classCount = try weights.classCount(head)
    let classifier = try ClassifierHead(
      weights, head.name, bias: module(ofParameter: head.name) + ".bias", inputs: head.inputs, outputs: classCount)
    let dropout = Dropout(weights)
    let last = Network.Head(
      after: norm.name, features: { token(0, of: $0) }, classify: { classifier(dropout($0)) })
    try weights.requireAllUsed()
    return trunk.network([norm, Network.Stage("logits") { last($0) }], classCount: classCount, head: last)
  }
}
