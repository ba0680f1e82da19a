import Images

/// Swin Transformer V2: Swin with normalisations after attention and fully connected layers, cosines for products, and
/// distances between pixels that a small network reads.
///
/// - Paper: Liu et al., "Swin Transformer V2: Scaling Up Capacity and Resolution", arXiv 2111.09883, sections 3.2, 3.3
///   and 4.1.
/// - Checkpoints: torchvision's `swin_v2_t`, `swin_v2_s` and `swin_v2_b`, weights V1, with windows of 8x8; timm's
///   `swinv2_tiny_window8_256` and their like are the same networks under other names. Those with windows of 16x16 are
///   timm's and the authors'.
/// - Published top-1 on ImageNet: 82.1, 83.7 and 84.1 % (torchvision).
///
/// Layers: the checkpoint's modules; the default is the last normalisation, whose mean over space the last layer reads.
/// Of each group but the last only the last block's result is kept. The weights do not say how large the windows are,
/// so a file of timm's fits both networks of its size, and the import asks which it is.
enum SwinV2 {
  /// Section 4.1: channels C and layer numbers, with the heads of the first version; and torchvision's file.
  static let table: [Swin.Variant] = [
    Swin.Variant(
      "tiny", "Tiny", C: 96, layers: [2, 2, 6, 2], heads: [3, 6, 12, 24], side: 8, input: 256,
      file: .init(name: "swin_v2_t", digest: "b137f0e2", byteCount: 113_902_617, top1: 82.072, shorterSide: 260)),
    Swin.Variant(
      "small", "Small", C: 96, layers: [2, 2, 18, 2], heads: [3, 6, 12, 24], side: 8, input: 256,
      file: .init(name: "swin_v2_s", digest: "637d8ceb", byteCount: 199_937_229, top1: 83.712, shorterSide: 260)),
    Swin.Variant(
      "base", "Base", C: 128, layers: [2, 2, 18, 2], heads: [4, 8, 16, 32], side: 8, input: 256,
      file: .init(name: "swin_v2_b", digest: "781e5279", byteCount: 352_711_606, top1: 84.112, shorterSide: 272)),
    Swin.Variant(
      "tiny-window16", "Tiny, windows of 16", C: 96, layers: [2, 2, 6, 2], heads: [3, 6, 12, 24], side: 16,
      input: 256),
    Swin.Variant(
      "small-window16", "Small, windows of 16", C: 96, layers: [2, 2, 18, 2], heads: [3, 6, 12, 24], side: 16,
      input: 256),
    Swin.Variant(
      "base-window16", "Base, windows of 16", C: 128, layers: [2, 2, 18, 2], heads: [4, 8, 16, 32], side: 16,
      input: 256),
  ]

  static let architectures = table.map { variant in
    let (name, title) = ("swinv2-\(variant.name)", "Swin V2-\(variant.title)")
    let isTorchvisions = variant.file != nil
    let plan = SwinPlan(
      version: .two, channels: variant.channels, blocks: variant.layers, heads: variant.heads, side: variant.side,
      input: variant.input, names: isTorchvisions ? .torchvision : .timm)
    let torchvisions = isTorchvisions ? [NameConvention("torchvision", .pyTorch, modules: [:])] : []
    return Architecture(
      name: name, title: title,
      // timm cuts nine tenths of the shorter side.
      preprocessing: .torchvision(
        shorterSide: variant.file?.shorterSide ?? 284, side: variant.input, filter: .bicubic),
      inputSides: 32...1024, signature: plan.signature, head: plan.head,
      conventions: torchvisions + [
        NameConvention(
          "timm", .pyTorch, modules: plan.modules(from: .timm), joined: plan.joined(from: .timm)),
        NameConvention(
          "the authors", .pyTorch, modules: plan.modules(from: .authors), joined: plan.joined(from: .authors)),
        NameConvention(
          "transformers", .pyTorch, modules: plan.modules(from: .transformers("swinv2")),
          joined: plan.joined(from: .transformers("swinv2"))),
      ],
      checkpoints: variant.file.map { [$0.published(name, title: title)] } ?? [], build: plan.network)
  }
}
