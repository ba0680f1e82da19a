/// Python that writes what a model gives for one input, for `gaze models import --verify`.
enum VerificationScript: String, CaseIterable {
  case torch, timm, keras, transformers

  /// A model that stands in the script until another is named.
  var exampleModel: String {
    switch self {
    case .torch: "resnet18"
    case .timm: "resnet50"
    case .keras: "ResNet50"
    case .transformers: "AutoModelForImageClassification"
    }
  }

  /// - Parameters:
  ///   - model: what the library calls the model.
  ///   - layer: the module whose Grad-CAM is written; nil: the last one with spatial extent.
  ///   - size: height and width of the input.
  func text(model: String, layer: String?, size: Int) -> String {
    (self == .keras ? Self.kerasText : Self.torchText)
      .replacing("LOAD", with: loading(model))
      .replacing("IMPORTS", with: imports)
      .replacing("LAYER", with: layer.map { "\"\($0)\"" } ?? "None")
      .replacing("SIZE", with: "\(size)")
  }

  private var imports: String {
    switch self {
    case .torch: "import torch, torchvision"
    case .timm: "import torch, timm"
    case .transformers: "import torch, transformers"
    case .keras: "import torch, keras"
    }
  }

  private func loading(_ model: String) -> String {
    switch self {
    case .torch:
      """
      model = torchvision.models.get_model("\(model)")  # or your own torch.nn.Module
      model.load_state_dict(torch.load(sys.argv[1], weights_only=True))
      """
    case .timm: "model = timm.create_model(\"\(model)\", checkpoint_path=sys.argv[1])"
    case .transformers: "model = transformers.\(model).from_pretrained(sys.argv[1])"
    case .keras: "model = keras.applications.\(model)(weights=sys.argv[1])  # or keras.saving.load_model(sys.argv[1])"
    }
  }

  /// In double precision, so that what differs is the other's rounding. Outputs are cloned, since what follows may
  /// write over them.
  private static let torchText = #"""
    # python verify.py FILE sample.npz; gaze models import FILE --verify sample.npz
    import sys
    import numpy as np
    IMPORTS

    LOAD
    layer, size = LAYER, SIZE  # of the Grad-CAM: a module's name, or None for the last one with height and width

    model, kept = model.double().eval(), {}
    def keep(name):
        def hook(module, inputs, output):
            first = output[0] if isinstance(output, tuple) else output
            if isinstance(first, torch.Tensor) and first.ndim in (3, 4) and first.numel() <= 1_000_000:
                kept[name] = first
                return (first.clone(), *output[1:]) if isinstance(output, tuple) else first.clone()
        return hook
    for name, module in model.named_modules():
        if name == layer or name and any(module.children()):
            module.register_forward_hook(keep(name))
    coarse = torch.randn(1, 3, 9, 9, generator=torch.Generator().manual_seed(0))
    x = torch.nn.functional.interpolate(coarse, (size, size), mode="bicubic").double().requires_grad_()
    logits = model(x)
    logits = getattr(logits, "logits", logits)
    index = int(logits[0].argmax())
    layer = layer or ([n for n, a in kept.items() if a.ndim == 4 and a.shape[2] * a.shape[3] > 1] or [None])[-1]
    gradient, *rest = torch.autograd.grad(logits[0, index], [x] + [kept[n] for n in [layer] if n])
    sample = {"stage/" + n: a for n, a in kept.items()} | {"input": x, "logits": logits, "gradient": gradient}
    for g in rest:
        a, side = kept[layer], int(kept[layer].shape[1] ** 0.5)
        if a.ndim == 3:  # tokens: without those before the grid
            a, g = (t[:, t.shape[1] - side**2:].transpose(1, 2).unflatten(2, (side, side)) for t in (a, g))
        sample["gradcam"] = (g.mean((2, 3), keepdim=True) * a).sum(1)[0]
    arrays = {n: a.detach().numpy().astype("float32") for n, a in sample.items()}
    np.savez_compressed(sys.argv[2], **arrays, **{"class": index, "layer": layer or ""})

    """#

  /// Scaling that is a part of the model comes before the input that Gaze is given.
  private static let kerasText = #"""
    # python verify.py FILE sample.npz; gaze models import FILE --verify sample.npz
    import os, sys
    os.environ["KERAS_BACKEND"] = "torch"
    import numpy as np
    IMPORTS

    LOAD
    layer, size = LAYER, SIZE  # of the Grad-CAM: a layer's name, or None for the last one with height and width

    model.layers[-1].activation = keras.activations.linear  # logits, no probabilities
    scaling = [l for l in model.layers if type(l).__name__ in ("InputLayer", "Rescaling", "Normalization")]
    inner = [l for l in model.layers if type(l).__name__ in ("Add", "Activation", "ReLU", "Concatenate", "MaxPooling2D")]
    inner = [l for l in inner if len(l.output.shape) == 4 or l.name == layer]
    named = [model.get_layer(layer)] if layer else inner[-1:]
    whole = keras.Model(model.inputs, [scaling[-1].output, model.output] + [l.output for l in named + inner])
    coarse = torch.randn(1, 3, 9, 9, generator=torch.Generator().manual_seed(0))
    image = torch.nn.functional.interpolate(coarse, (size, size), mode="bicubic").permute(0, 2, 3, 1).contiguous()
    if len(scaling) > 1: image = 127.5 + 50 * image
    x, logits, *outputs = whole(image.requires_grad_(), training=False)
    index = int(logits[0].argmax())
    gradient, g = torch.autograd.grad(logits[0, index], [x, outputs[0]])
    stages = {"stage/" + l.name: a for l, a in zip(inner, outputs[1:]) if a.numel() <= 1_000_000}
    sample = stages | {"input": x, "logits": logits, "gradient": gradient}
    sample["gradcam"] = (g.mean((1, 2), keepdim=True) * outputs[0]).sum(3)[0]
    arrays = {n: a.detach().cpu().numpy().astype("float32") for n, a in sample.items()}
    np.savez_compressed(sys.argv[2], **arrays, **{"class": index, "layer": named[0].name})

    """#
}
