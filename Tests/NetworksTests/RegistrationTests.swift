import Autodiff
import Images
import TestSupport
import Testing

@testable import Networks

/// That what each network says of itself is complete, and fits what it asks for when it is built.
@Suite("Registrations")
struct RegistrationTests {
  private static let names: [String] = Architecture.all.map(\.name)

  /// All that each network asks for, with ImageNet's number of classes.
  private static let parameters: [String: InitialWeights] = Architecture.all.reduce(into: [:]) {
    parameters, architecture in
    parameters[architecture.name] = try? InitialWeights(of: architecture, classes: 1000, seed: 0)
  }

  private func asked(_ name: String) throws -> InitialWeights { try #require(Self.parameters[name]) }

  private func architecture(_ name: String) throws -> Architecture { try #require(Architecture.named(name)) }

  @Test("networks and checkpoints have names of their own")
  func unique() {
    #expect(Set(Self.names).count == Self.names.count)
    let checkpoints = Architecture.all.flatMap(\.checkpoints).map(\.name)
    #expect(Set(checkpoints).count == checkpoints.count)
  }

  @Test("nothing is empty, and the published input is one that the network takes", arguments: names)
  func complete(_ name: String) throws {
    let architecture = try architecture(name)
    #expect(!architecture.title.isEmpty)
    #expect(!architecture.signature.has.isEmpty)
    let input = architecture.preprocessing.inputSize
    #expect(architecture.inputSides.contains(input.width) && architecture.inputSides.contains(input.height))
    let publishers = architecture.conventions.map(\.publisher)
    #expect(!publishers.isEmpty && Set(publishers).count == publishers.count)
    for checkpoint in architecture.checkpoints {
      #expect(!checkpoint.title.isEmpty && !checkpoint.publisher.isEmpty && !checkpoint.licence.isEmpty)
      #expect(checkpoint.byteCount > 0 && checkpoint.byteCountTolerance < checkpoint.byteCount / 100)
      #expect(checkpoint.publishedTop1.map { (1...100).contains($0) } ?? true)
      let (digits, counts): (String, ClosedRange<Int>) =
        switch checkpoint.digest {
        case .sha256(let digits): (digits, 8...64)
        case .md5(let digits): (digits, 32...32)
        case nil: ("", 0...0)
        }
      #expect(counts.contains(digits.count) && digits.allSatisfy { $0.isHexDigit && !$0.isUppercase })
    }
  }

  @Test("the weight of the last layer is one that the network asks for, in that shape", arguments: names)
  func head(_ name: String) throws {
    let head = try architecture(name).head
    #expect(try asked(name).shape(of: head.name, head.role) == head.shape(classes: 1000))
    #expect(head.classCount(of: head.shape(classes: 7)) == 7)
  }

  /// Names and shapes of each network's parameters, sorted.
  private static let listings: [String: String] = parameters.mapValues { weights in
    weights.names.map { "\($0) \(weights.shape(of: $0, .vector)!)" }.sorted().joined(separator: "\n")
  }

  /// Networks that differ in how they compute alone: in padding and epsilon, in where a block strides, or in the
  /// publisher (files of SqueezeNet and DenseNet are told apart by convention, see `ModelsTests`), or, as ViT and DeiT,
  /// in what they are fed with, or, as CLIP and OpenCLIP, in the activation.
  private func isTwin(_ name: String, _ other: String) -> Bool {
    let prefixes = ["tf-", "timm-", "keras-", "legacy-", "gelu-", "openai-", "open"]
    func family(_ name: String) -> Substring {
      if name.hasPrefix("deit-"), !name.contains("distilled") { return "vit-" + name.dropFirst(5) }
      return prefixes.first { name.hasPrefix($0) }.map { name.dropFirst($0.count) } ?? Substring(name)
    }
    return family(name) == family(other)
  }

  @Test("a signature fits its own network and no other that has other parameters", arguments: names)
  func signature(_ name: String) throws {
    let architecture = try architecture(name)
    for other in Self.names {
      let isSame = Self.listings[other] == Self.listings[name]
      #expect(try architecture.signature.matches(asked(other)) == isSame, "\(other)")
      #expect(isSame ? isTwin(name, other) : other != name, "\(other)")
    }
  }

  /// The networks of `Tests/Golden/network-layouts.txt` as the registry has them.
  private static let networks: [String: [String]] = [
    "resnet50": ["resnet50"], "mobilenet_v2": ["mobilenet-v2"], "vgg16": ["vgg16"],
    "densenet121": ["densenet121", "keras-densenet121"],
    "efficientnet_b0": ["efficientnet-b0"], "squeezenet1_1": ["squeezenet1.1", "keras-squeezenet1.1"],
    "keras_resnet50": ["keras-resnet50"], "keras_mobilenet_v2": ["keras-mobilenet-v2"],
    "keras_vgg16": ["keras-vgg16"], "keras_squeezenet1_1": ["squeezenet1.1", "keras-squeezenet1.1"],
  ]

  @Test("published lists of parameters are recognised", arguments: networks)
  func goldens(_ golden: String, _ networks: [String]) throws {
    let weights = try SyntheticWeights(network: golden)
    #expect(Architecture.all.filter { $0.signature.matches(weights) }.map(\.name) == networks)
  }

  @Test(
    "each convention leads to every parameter that the network asks for, from one name, and to no other",
    arguments: names)
  func conventions(_ name: String) throws {
    let parameters = try asked(name).names
    let modules = Set(parameters.map { module(ofParameter: $0) })
    for convention in try architecture(name).conventions {
      let targets = convention.modules.values
      #expect(Set(targets).count == targets.count, "\(convention.publisher)")
      #expect(modules.union(parameters).isSuperset(of: targets), "\(convention.publisher)")
      for parameter in parameters {
        let ours = module(ofParameter: parameter)
        let leaf = String(parameter.dropFirst(ours.count))
        let theirs = convention.modules.first { $0.value == ours }?.key ?? ours
        let theirLeaf = convention.leaves.first { $0.value == leaf }?.key ?? leaf
        #expect(convention.canonicalName(theirs + theirLeaf) == parameter, "\(convention.publisher)")
      }
    }
  }
}
