import Images

/// Swin Transformer: attention within windows of 7x7 or 12x12 pixels, which are shifted by half from block to block.
///
/// - Paper: Liu et al., "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows", arXiv 2103.14030,
///   section 3.3 and table 7.
/// - Checkpoints: torchvision's `swin_t`, `swin_s` and `swin_b`, weights V1, whose parameter names are the names here;
///   timm's, the authors' and transformers' are the same networks under other names.
/// - Published top-1 on ImageNet: 81.5, 83.2 and 83.6 % (torchvision).
///
/// Layers: torchvision's modules; the default is the last normalisation, whose mean over space the last layer reads. Of
/// each group but the last only the last block's result is kept. Images of other sizes are padded to whole windows, as
/// torchvision does it.
enum Swin {
  /// Section 3.3: channels C and layer numbers; table 7: heads. Then the windows, the input, and torchvision's file.
  static let table: [Variant] = [
    Variant(
      "tiny", "Tiny", C: 96, layers: [2, 2, 6, 2], heads: [3, 6, 12, 24],
      file: .init(name: "swin_t", digest: "704ceda3", byteCount: 113_445_437, top1: 81.474, shorterSide: 232)),
    Variant(
      "small", "Small", C: 96, layers: [2, 2, 18, 2], heads: [3, 6, 12, 24],
      file: .init(name: "swin_s", digest: "5e29d889", byteCount: 199_005_045, top1: 83.196, shorterSide: 246)),
    Variant(
      "base", "Base", C: 128, layers: [2, 2, 18, 2], heads: [4, 8, 16, 32],
      file: .init(name: "swin_b", digest: "68c6b09e", byteCount: 351_654_642, top1: 83.582, shorterSide: 238)),
    Variant(
      "base-window12", "Base, windows of 12", C: 128, layers: [2, 2, 18, 2], heads: [4, 8, 16, 32], side: 12,
      input: 384),
  ]

  struct Variant: Sendable {
    /// torchvision's checkpoint.
    struct File: Sendable {
      let name: String
      let digest: String
      let byteCount: Int
      let top1: Double
      /// What a picture's shorter side is resized to.
      let shorterSide: Int

      func published(_ name: String, title: String) -> PublishedCheckpoint {
        // Of the sizes only torchvision's in units of 2^20 bytes, to three digits, are known.
        .torchvision(
          name, title: title, file: self.name, digest: digest, byteCount: byteCount, tolerance: 525, top1: top1)
      }
    }

    let name: String
    let title: String
    let channels: Int
    let layers: [Int]
    let heads: [Int]
    let side: Int
    let input: Int
    let file: File?

    init(
      _ name: String, _ title: String, C: Int, layers: [Int], heads: [Int], side: Int = 7, input: Int = 224,
      file: File? = nil
    ) {
      self.name = name
      self.title = title
      channels = C
      self.layers = layers
      self.heads = heads
      self.side = side
      self.input = input
      self.file = file
    }
  }

  static let architectures = table.map { variant in
    let (name, title) = ("swin-\(variant.name)", "Swin-\(variant.title)")
    let plan = SwinPlan(
      version: .one, channels: variant.channels, blocks: variant.layers, heads: variant.heads, side: variant.side,
      input: variant.input, names: .torchvision)
    return Architecture(
      name: name, title: title,
      preprocessing: .torchvision(
        shorterSide: variant.file?.shorterSide ?? variant.input, side: variant.input, filter: .bicubic),
      inputSides: 32...1024, signature: plan.signature, head: plan.head,
      conventions: [
        NameConvention("torchvision", .pyTorch, modules: [:]),
        NameConvention(
          "timm", .pyTorch, modules: plan.modules(from: .timm),
          note: """
            timm cuts nine tenths of a picture's shorter side for windows of 7; Gaze resizes and crops as torchvision \
            does.
            """),
        NameConvention("the authors", .pyTorch, modules: plan.modules(from: .authors)),
        NameConvention(
          "transformers", .pyTorch, modules: plan.modules(from: .transformers("swin")),
          joined: plan.joined(from: .transformers("swin"))),
        NameConvention(
          "transformers 5", .pyTorch, modules: plan.modules(from: .transformers5),
          joined: plan.joined(from: .transformers5)),
      ],
      checkpoints: variant.file.map { [$0.published(name, title: title)] } ?? [], build: plan.network)
  }
}
