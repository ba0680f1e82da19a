import Autodiff
import Images

/// DeiT: ViT trained on ImageNet alone; distilled, with a second token that learns from a teacher.
///
/// - Paper: Touvron et al., "Training data-efficient image transformers & distillation through attention", arXiv
///   2012.12877, table 1; section 4 for the distillation token, whose head's logits and the class token's are averaged.
/// - Checkpoints: timm's `deit_tiny_patch16_224` to `deit_base_distilled_patch16_224`, and transformers'
///   `DeiTForImageClassificationWithTeacher`; parameters keep the names of each. transformers reads DeiT without the
///   second token as a ViT.
/// - Published top-1 on ImageNet: 72.2 %, 79.9 %, 81.8 % (Ti, S, B); distilled 74.5 %, 81.2 %, 83.4 %.
enum DeiT {
  private typealias Table = VisionTransformer.Table

  static let architectures =
    [("tiny", "Ti", Table.tiny), ("small", "S", Table.small), ("base", "B", Table.base)].flatMap { name, letter, size in
      [
        VisionTransformer.timm(
          "deit-\(name)-patch16-224", "DeiT-\(letter)/16", size, patch: patch, preprocessing: preprocessing),
        distilled(
          "deit-\(name)-distilled-patch16-224", "DeiT-\(letter)/16 distilled", size, .timm(),
          tokens: ["cls_token", "dist_token"], heads: ["head", "head_dist"], epsilon: 1e-6,
          NameConvention("timm", .pyTorch, modules: [:])),
        distilled(
          "transformers-deit-\(name)-distilled-patch16-224", "DeiT-\(letter)/16 distilled (transformers)", size,
          .transformers("deit"), tokens: ["deit.embeddings.cls_token", "deit.embeddings.distillation_token"],
          heads: ["cls_classifier", "distillation_classifier"], epsilon: 1e-12,
          NameConvention("transformers", .pyTorch, modules: [:]),
          NameConvention(
            "transformers 5", .pyTorch,
            modules: PatchTransformer.Names.modulesOfTransformers5("deit", layers: size.layers, hasMLP: false))),
      ]
    }

  static let patch = 16
  static let side = 224

  private static var preprocessing: Preprocessing { .timm(side: side, cropPercentage: 0.9) }

  private static func distilled(
    _ name: String, _ title: String, _ size: PatchTransformer.Size, _ names: PatchTransformer.Names, tokens: [String],
    heads: [String], epsilon: Double, _ conventions: NameConvention...
  ) -> Architecture {
    let head = HeadWeight(heads[0] + ".weight", .linear, inputs: size.width, twins: Array(heads.dropFirst()))
    let last = names.block(size.layers - 1)
    return Architecture(
      name: name, title: title, preprocessing: preprocessing, inputSides: patch...1024,
      signature: NetworkSignature(
        has: [
          .init(names.patchWeight, .convolution, [patch, patch, 3, size.width]),
          .init(last.projection + ".weight", .linear, [size.width, size.width]),
          .init(tokens[1], .tokens, [1, size.width]),
        ], lacks: [names.block(size.layers).firstNorm + ".weight"]),
      head: head, conventions: conventions, checkpoints: [],
      build: { weights throws(WeightError) in
        let transformer = PatchTransformer(
          size: size, patch: patch, side: side, activation: .gelu, epsilon: epsilon, names: names)
        let trunk = try transformer.trunk(weights, leading: tokens.map { ($0, 1) })
        let norm = try transformer.normStage(weights)
        let classCount = try weights.classCount(head)
        var classifiers: [FullyConnectedLayer] = []
        for module in heads {
          classifiers.append(
            try FullyConnectedLayer(
              weights, module + ".weight", bias: module + ".bias", inputs: size.width, outputs: classCount))
        }
        try weights.requireAllUsed()
        let (first, second) = (classifiers[0], classifiers[1])
        let half = weights.tensor([classCount], [Float](repeating: 0.5, count: classCount))
        let zero = weights.tensor([classCount], [Float](repeating: 0, count: classCount))
        let dropout = Dropout(weights)
        // Trained by its mean logits: there is no teacher.
        let last = Network.Head(
          after: norm.name, features: { sliceTokens($0, 0..<2) },
          classify: { x in
            let x = dropout(x)
            return affine(
              add(first(token(0, of: x)), second(token(1, of: x))), scale: .constant(half), shift: .constant(zero))
          })
        return trunk.network([norm, Network.Stage("logits") { last($0) }], classCount: classCount, head: last)
      })
  }
}
