import Autodiff
import Glibc
import Images

/// CLIP's image tower under a matrix of text embeddings: zero-shot classification. The texts are embedded beforehand, so
/// that no tokenizer is needed; a class's logit is exp(s) times the cosine between its text's embedding and the image's.
///
/// - Paper: Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", arXiv 2103.00020,
///   figure 3 (logits) and section 2.4 (the tower, a ViT with a normalisation before the first block).
/// - Checkpoints: transformers' `CLIPModel` and `CLIPVisionModelWithProjection`, and OpenAI's files; parameters keep
///   transformers' names. The matrix of text embeddings, [classes, projection], is a parameter of its own.
package enum CLIPImageTower {
  /// Table 20 of the paper: the tower and the width of the embedding that image and text share.
  private static let table: [(name: String, letter: String, patch: Int, size: PatchTransformer.Size, projection: Int)] =
    [
      ("base-patch32", "B/32", 32, VisionTransformer.Table.base, 512),
      ("base-patch16", "B/16", 16, VisionTransformer.Table.base, 512),
      ("large-patch14", "L/14", 14, VisionTransformer.Table.large, 768),
    ]

  static let side = 224
  static let epsilon = 1e-5
  /// exp(s) of the published models, which were trained with this limit; for files without `logit_scale`.
  static let usualScale: Float = 100
  /// The matrix of text embeddings.
  package static let textEmbeddings = "text_embeddings.weight"

  static let architectures = table.map { row in
    Architecture(
      name: "clip-vit-\(row.name)", title: "CLIP ViT-\(row.letter)", preprocessing: .clip(side: side),
      inputSides: row.patch...1024,
      signature: NetworkSignature(
        has: [
          .init(
            "vision_model.embeddings.patch_embedding.weight", .convolution, [row.patch, row.patch, 3, row.size.width]),
          .init("visual_projection.weight", .linear, [row.projection, row.size.width]),
        ], lacks: ["vision_model.encoder.layers.\(row.size.layers).layer_norm1.weight"]),
      head: HeadWeight(textEmbeddings, .linear, inputs: row.projection),
      conventions: [
        NameConvention(
          "transformers", .pyTorch, modules: [:],
          asides: ["text_model", "text_projection"])
      ],
      checkpoints: [],
      build: { weights throws(WeightError) in
        try network(row.size, patch: row.patch, projection: row.projection, weights)
      })
  }

  private static func network(
    _ size: PatchTransformer.Size, patch: Int, projection: Int, _ weights: WeightReader
  ) throws(WeightError) -> Network {
    let transformer = PatchTransformer(
      size: size, patch: patch, side: side, activation: .quickGELU, epsilon: epsilon, names: .clip)
    let trunk = try transformer.trunk(weights, leading: [("vision_model.embeddings.class_embedding", 1)])
    let norm = try transformer.normStage(weights)
    let project = try weights.tensor("visual_projection.weight", .linear, [projection, size.width])
    let head = HeadWeight(textEmbeddings, .linear, inputs: projection)
    let classCount = try weights.classCount(head)
    let scale =
      weights.has("logit_scale", .vector)
      ? Float(exp(Double(try weights.values("logit_scale", .vector, [])[0]))) : usualScale
    let texts = scaledDirections(
      try weights.values(textEmbeddings, .linear, [classCount, projection]), width: projection, by: scale)
    let classifier = weights.tensor([classCount, projection], texts)
    try weights.requireAllUsed()
    let logits = Network.Stage("logits") { x in
      linear(unitRows(linear(token(0, of: x), weight: .constant(project))), weight: .constant(classifier))
    }
    return trunk.network([norm, logits], classCount: classCount, head: nil)
  }

  /// Each row divided by its length, times `scale`.
  private static func scaledDirections(_ values: [Float], width: Int, by scale: Float) -> [Float] {
    var result = values
    for start in stride(from: 0, to: values.count, by: width) {
      let length = values[start..<start + width].reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      let factor = Double(scale) / max(length, .leastNormalMagnitude)
      for place in start..<start + width { result[place] = Float(Double(values[place]) * factor) }
    }
    return result
  }
}
