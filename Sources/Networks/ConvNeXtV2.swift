import Autodiff
import Images

/// ConvNeXt V2: ConvNeXt with global response normalisation between the two fully connected layers of a block, and no
/// layer scale.
///
/// - Paper: Woo et al., "ConvNeXt V2: Co-designing and Scaling ConvNets with Masked Autoencoders", arXiv 2301.00808,
///   appendix A.1 and section 3.2.
/// - Checkpoints: timm's `convnextv2_atto` to `convnextv2_base`, whose parameter names are the names here.
/// - Published top-1 on ImageNet: 76.7, 78.5, 80.3, 81.9, 83.0 and 84.9 % (table 11 of the paper, fine-tuned at 224).
///
/// Layers: timm's modules; the default is the last group's result. A block sees the whole image, through the norms of
/// its channels. Of each group but the last only the last block's result is kept.
enum ConvNeXtV2 {
  /// Appendix A.1: channels C and blocks B of the four groups.
  static let table: [(name: String, title: String, C: [Int], B: [Int])] = [
    ("atto", "Atto", [40, 80, 160, 320], [2, 2, 6, 2]),
    ("femto", "Femto", [48, 96, 192, 384], [2, 2, 6, 2]),
    ("pico", "Pico", [64, 128, 256, 512], [2, 2, 6, 2]),
    ("nano", "Nano", [80, 160, 320, 640], [2, 2, 8, 2]),
    ("tiny", "Tiny", [96, 192, 384, 768], [3, 3, 9, 3]),
    ("base", "Base", [128, 256, 512, 1024], [3, 3, 27, 3]),
  ]

  static let architectures = table.map { variant in
    let plan = ConvNeXtPlan(channels: variant.C, blocks: variant.B, names: .timm, normalizesResponses: true)
    return Architecture(
      name: "convnextv2-\(variant.name)", title: "ConvNeXt V2-\(variant.title)",
      preprocessing: .torchvision(filter: .bicubic), inputSides: 32...1024, signature: plan.signature, head: plan.head,
      conventions: [
        NameConvention("timm", .pyTorch, modules: [:]),
        NameConvention("transformers", .pyTorch, modules: plan.modules(from: .transformers("convnextv2"))),
        NameConvention(
          "the authors", .pyTorch, modules: plan.modules(from: .authors),
          leaves: [".gamma": ".weight", ".beta": ".bias"]),
      ],
      checkpoints: [], build: plan.network)
  }
}
