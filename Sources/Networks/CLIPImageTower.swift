import Autodiff
import Images

/// CLIP's image tower under a matrix of text embeddings: zero-shot classification. The texts are embedded beforehand,
/// so that no tokenizer is needed; a class's logit is exp(s) times the cosine between its text's embedding and the
/// image's. When the network is trained for classes of its own, their embeddings are what its last layer learns.
///
/// - Paper: Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", arXiv 2103.00020,
///   figure 3 (logits) and section 2.4 (the tower, a ViT with a normalisation before the first block).
/// - Checkpoints: transformers' `CLIPModel` and `CLIPVisionModelWithProjection`, and OpenAI's and OpenCLIP's state
///   dicts; parameters keep the names of each. The matrix of text embeddings, [classes, projection], is a parameter of
///   its own.
///
/// OpenAI's networks have QuickGELU, most of OpenCLIP's GELU. Their tensors are the same, so each is a network of its
/// own.
package enum CLIPImageTower {
  /// Table 20 of the paper: the tower and the width of the embedding that image and text share.
  private static let table: [(name: String, letter: String, patch: Int, size: PatchTransformer.Size, projection: Int)] =
    [
      ("base-patch32", "B/32", 32, VisionTransformer.Table.base, 512),
      ("base-patch16", "B/16", 16, VisionTransformer.Table.base, 512),
      ("large-patch14", "L/14", 14, VisionTransformer.Table.large, 768),
    ]

  private static let side = 224
  private static let epsilon = 1e-5
  /// The matrix of text embeddings.
  package static let textEmbeddings = "text_embeddings.weight"
  private static let logarithmOfScale = "logit_scale"

  static let architectures = table.flatMap { row in
    [
      architecture("clip-vit-", "", .transformers, .quickGELU, row),
      architecture("gelu-clip-vit-", "with GELU", .transformers, .gelu, row),
      architecture("openai-clip-vit-", "(OpenAI)", .openAI, .quickGELU, row),
      architecture("openclip-vit-", "with GELU (OpenCLIP)", .openAI, .gelu, row),
    ]
  }

  /// What a tower's parameters are called, and what lies beside it.
  struct Form: Sendable {
    let publisher: String
    let names: PatchTransformer.Names
    let classToken: String
    let projection: String
    /// Whether the projection's parameter lies as [width of the tower, width of the embedding].
    let hasColumns: Bool
    let asides: [String]

    static let transformers = Form(
      publisher: "transformers", names: .clip, classToken: "vision_model.embeddings.class_embedding",
      projection: "visual_projection.weight", hasColumns: false, asides: ["text_model", "text_projection"])
    static let openAI = Form(
      publisher: "OpenAI and OpenCLIP", names: .openAI, classToken: "visual.class_embedding",
      projection: "visual.proj", hasColumns: true,
      asides: [
        "transformer", "token_embedding", "positional_embedding", "ln_final", "text_projection", "text",
        "input_resolution", "context_length", "vocab_size",
      ])
  }

  private static func architecture(
    _ prefix: String, _ words: String, _ form: Form, _ activation: Activation,
    _ row: (name: String, letter: String, patch: Int, size: PatchTransformer.Size, projection: Int)
  ) -> Architecture {
    let width = row.size.width
    return Architecture(
      name: prefix + row.name, title: "CLIP ViT-\(row.letter)" + (words.isEmpty ? "" : " \(words)"),
      preprocessing: .clip(side: side), inputSides: row.patch...1024,
      signature: NetworkSignature(
        has: [
          .init(form.names.patchWeight, .convolution, [row.patch, row.patch, 3, width]),
          .init(
            form.projection, .linear, form.hasColumns ? [width, row.projection] : [row.projection, width]),
        ], lacks: [form.names.block(row.size.layers).firstNorm + ".weight"]),
      head: HeadWeight(textEmbeddings, .linear, inputs: row.projection),
      conventions: [NameConvention(form.publisher, .pyTorch, modules: [:], asides: form.asides)],
      checkpoints: [],
      build: { weights throws(WeightError) in
        let transformer = PatchTransformer(
          size: row.size, patch: row.patch, side: side, activation: activation, epsilon: epsilon, names: form.names)
        return try network(transformer, form, projection: row.projection, weights)
      })
  }

  static func network(
    _ transformer: PatchTransformer, _ form: Form, projection: Int, _ weights: WeightReader
  ) throws(WeightError) -> Network {
    let width = transformer.size.width
    let trunk = try transformer.trunk(weights, leading: [(form.classToken, 1)])
    let norm = try transformer.normStage(weights)
    let project =
      form.hasColumns
      ? try FullyConnectedLayer(weights, columns: form.projection, inputs: width, outputs: projection)
      : try FullyConnectedLayer(weights, form.projection, bias: nil, inputs: width, outputs: projection)
    let classCount = try weights.classCount(HeadWeight(textEmbeddings, .linear, inputs: projection))
    let classifier = try CosineClassifier(
      weights, textEmbeddings, logarithmOfScale: logarithmOfScale, classes: classCount, width: projection)
    try weights.requireAllUsed()
    let head = Network.Head(
      after: norm.name, features: { unitRows(project(token(0, of: $0))) }, classify: { classifier(ofUnit: $0) })
    return trunk.network([norm, Network.Stage("logits") { head($0) }], classCount: classCount, head: head)
  }
}
