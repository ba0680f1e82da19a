import Autodiff
import Images

/// DINOv2: a ViT with layer scale, trained without labels, under a linear classifier.
///
/// - Paper: Oquab et al., "DINOv2: Learning Robust Visual Features without Supervision", arXiv 2304.07193; register
///   tokens: Darcet et al., "Vision Transformers Need Registers", arXiv 2309.16588.
/// - Checkpoints: transformers' `Dinov2ForImageClassification`, whose classifier reads the class token beside the mean
///   of the patches, and timm's `vit_small_patch14_dinov2` to `vit_large_patch14_reg4_dinov2` with a head, which reads
///   the class token; parameters keep the names of each.
enum DINOv2 {
  private typealias Table = VisionTransformer.Table

  static let patch = 14
  /// Height and width of the images that the position embeddings were learned for.
  static let side = 518

  static let architectures = [
    ("small", "S", Table.small), ("base", "B", Table.base), ("large", "L", Table.large),
  ].flatMap { name, letter, size in
    [
      transformers("dinov2-\(name)", "DINOv2 ViT-\(letter)/14", "dinov2", size),
      transformers(
        "dinov2-with-registers-\(name)", "DINOv2 ViT-\(letter)/14 with registers", "dinov2_with_registers", size),
      timm("vit-\(name)-patch14-dinov2", "DINOv2 ViT-\(letter)/14 (timm)", size, hasRegisters: false),
      timm(
        "vit-\(name)-patch14-reg4-dinov2", "DINOv2 ViT-\(letter)/14 with registers (timm)", size, hasRegisters: true),
    ]
  }

  private static func timm(
    _ name: String, _ title: String, _ size: PatchTransformer.Size, hasRegisters: Bool
  ) -> Architecture {
    Architecture(
      name: name, title: title, preprocessing: .timm(side: side, cropPercentage: 1), inputSides: patch...1036,
      signature: NetworkSignature(
        has: [
          .init("patch_embed.proj.weight", .convolution, [patch, patch, 3, size.width]),
          .init("blocks.\(size.layers - 1).ls1.gamma", .vector, [size.width]),
        ] + (hasRegisters ? [.init("reg_token", .tokens, [4, size.width])] : []),
        lacks: ["blocks.\(size.layers).norm1.weight"] + (hasRegisters ? [] : ["reg_token"])),
      head: VisionTransformer.timmHead(size), conventions: [NameConvention("timm", .pyTorch, modules: [:])],
      checkpoints: [],
      build: { weights throws(WeightError) in
        let transformer = PatchTransformer(
          size: size, patch: patch, side: side, activation: .gelu, epsilon: 1e-6, names: .timm(scales: true),
          positionedTokens: hasRegisters ? 0 : nil)
        let registers: [(name: String, count: Int)] = hasRegisters ? [("reg_token", 4)] : []
        return try VisionTransformer.classTokenNetwork(
          transformer, weights, leading: [("cls_token", 1)] + registers, VisionTransformer.timmHead(size))
      })
  }

  private static func transformers(
    _ name: String, _ title: String, _ model: String, _ size: PatchTransformer.Size
  ) -> Architecture {
    let hasRegisters = model != "dinov2"
    let head = HeadWeight("classifier.weight", .linear, inputs: 2 * size.width)
    let embeddings = model + ".embeddings."
    return Architecture(
      name: name, title: title, preprocessing: .dinov2, inputSides: patch...1036,
      signature: NetworkSignature(
        has: [
          .init(embeddings + "patch_embeddings.projection.weight", .convolution, [patch, patch, 3, size.width]),
          .init("\(model).encoder.layer.\(size.layers - 1).layer_scale1.lambda1", .vector, [size.width]),
        ], lacks: ["\(model).encoder.layer.\(size.layers).norm1.weight"]),
      head: head,
      conventions: [
        NameConvention("transformers", .pyTorch, modules: [:]),
        NameConvention(
          "transformers 5", .pyTorch,
          modules: PatchTransformer.Names.modulesOfTransformers5(
            model, layers: size.layers, block: "encoder.layer", hasMLP: true)),
      ],
      checkpoints: [],
      build: { weights throws(WeightError) in
        let transformer = PatchTransformer(
          size: size, patch: patch, side: side, activation: .gelu, epsilon: 1e-6, names: .dinov2(model),
          resampling: hasRegisters ? .antialiased : .plain, positionedTokens: 1)
        var leading: [(name: String, count: Int)] = [(embeddings + "cls_token", 1)]
        if hasRegisters { leading.append((embeddings + "register_tokens", 4)) }
        // Stands for masked patches in training alone.
        if weights.has(embeddings + "mask_token", .tokens) {
          _ = try weights.values(embeddings + "mask_token", .tokens, [1, size.width])
        }
        let trunk = try transformer.trunk(weights, leading: leading)
        let norm = try transformer.normStage(weights)
        let classCount = try weights.classCount(head)
        let classifier = try ClassifierHead(
          weights, head.name, bias: "classifier.bias", inputs: head.inputs, outputs: classCount)
        let dropout = Dropout(weights)
        let count = leading.reduce(0) { $0 + $1.count }
        let last = Network.Head(
          after: norm.name,
          features: { concatenate([token(0, of: $0), meanOfPatches($0, leading: count)]) },
          classify: { classifier(dropout($0)) })
        try weights.requireAllUsed()
        return trunk.network([norm, Network.Stage("logits") { last($0) }], classCount: classCount, head: last)
      })
  }
}
