import Foundation
import Testing

@testable import Explain

@Suite struct MethodCatalogTests {
  @Test(arguments: MethodCatalog.entries.map(\.name)) func anEntryMakesTheMethodOfItsName(_ name: String) throws {
    let entry = try #require(MethodCatalog.entries.first { $0.name == name })
    #expect(try MethodCatalog.method(named: name).name == name)
    #expect(!entry.title.isEmpty && entry.summary.hasSuffix("."))
    for parameter in entry.parameters { #expect(parameter.help.hasSuffix(".")) }
    #expect(MethodCatalog.entries.count { $0.name == name } == 1)
    #expect(MethodCatalog.entries.contains { $0.name == MethodCatalog.defaultName })
  }

  /// A method made without saying anything, the catalog's method of its name, and the catalog's list of defaults agree,
  /// parameter by parameter.
  @Test func defaultsAreTheSameWhereverAMethodIsMade() throws {
    var plain: [any AttributionMethod] = [
      ScoreCAM(), AblationCAM(), Saliency(), InputTimesGradient(), SmoothGrad(), IntegratedGradients(),
      GuidedBackpropagation(), GuidedGradCAM(), AttentionMap(), AttentionRollout(), GradientRollout(), LeGrad(),
      Occlusion(), RISE(),
    ]
    let rules: [CAMRule] = [.gradCAM, .gradCAMPlusPlus, .hiResCAM, .xGradCAM, .layerCAM, .eigenCAM, .eigenGradCAM]
    for rule in rules { plain.append(ClassActivationMap(rule)) }
    #expect(Set(plain.map { $0.name }) == Set(MethodCatalog.entries.map(\.name)))
    for method in plain {
      let entry = try #require(MethodCatalog.entries.first { $0.name == method.name })
      #expect(try entry.method().parameters == method.parameters)
      for specification in entry.parameters {
        // Parsed again, so that a default lies within its own limits.
        #expect(try specification.parse(specification.defaultValue.text) == specification.defaultValue)
        // What only another baseline uses is looked at below.
        if let used = method.parameters.first(where: { $0.name == specification.name }) {
          #expect(used.value == specification.defaultValue)
        }
      }
    }
    let blurred = try MethodCatalog.method(named: "integrated-gradients", ["baseline": "blur"])
    #expect(blurred.parameters.contains(MethodParameter("sigma", .number(20))))
    let noise = try MethodCatalog.method(named: "integrated-gradients", ["baseline": "noise"])
    #expect(noise.parameters.contains(MethodParameter("seed", .integer(0))))
  }

  /// The numbers themselves, which receipts of maps made before name.
  @Test func defaultsAreTheDocumentedOnes() {
    let defaults = MethodCatalog.entries.flatMap { entry in
      entry.parameters.map { "\(entry.name).\($0.name)=\($0.defaultValue.text)" }
    }
    #expect(
      defaults == [
        "score-cam.upsampling=half-pixel", "saliency.channels=max-magnitude", "input-x-gradient.channels=sum",
        "smoothgrad.samples=50", "smoothgrad.noise=0.15", "smoothgrad.seed=0", "smoothgrad.channels=max-magnitude",
        "integrated-gradients.steps=50", "integrated-gradients.baseline=zero", "integrated-gradients.sigma=20",
        "integrated-gradients.seed=0", "integrated-gradients.channels=sum", "guided-backprop.channels=max-magnitude",
        "guided-grad-cam.channels=max-magnitude", "attention.block=-1", "attention.head=-1",
        "attention-rollout.heads=mean", "attention-rollout.discard=0", "occlusion.window=15", "occlusion.stride=8",
        "occlusion.baseline=0", "occlusion.score=logit", "rise.masks=2000", "rise.cells=7", "rise.probability=0.5",
        "rise.seed=0",
        "rise.score=probability",
      ])
  }

  @Test func valuesAreWrittenAsUsersWriteThem() throws {
    let values: [MethodParameter.Value] = [
      .integer(3), .number(20), .number(0.15), .number(1e300), .text("l2"), .flag(true),
    ]
    #expect(values.map(\.text) == ["3", "20", "0.15", "1e+300", "l2", "true"])
    #expect(String(decoding: try JSONEncoder().encode(values), as: UTF8.self) == #"[3,20,0.15,1e+300,"l2",true]"#)
  }

  @Test func parametersReachTheMethod() throws {
    #expect(
      try MethodCatalog.method(
        named: "smoothgrad", ["samples": "7", "noise": "0.25", "seed": "3", "channels": "l2"]
      ).parameters == [
        MethodParameter("samples", .integer(7)), MethodParameter("noise", .number(0.25)),
        MethodParameter("seed", .integer(3)),
        MethodParameter("channels", .text("l2")),
      ])
    #expect(
      try MethodCatalog.method(named: "integrated-gradients", ["baseline": "blur", "sigma": "4", "steps": "9"])
        .parameters
        == [
          MethodParameter("steps", .integer(9)), MethodParameter("quadrature", .text("gauss-legendre")),
          MethodParameter("baseline", .text("blur")), MethodParameter("sigma", .number(4)),
          MethodParameter("channels", .text("sum")),
        ])
    #expect(
      try MethodCatalog.method(named: "integrated-gradients", ["baseline": "noise", "seed": "8"]).parameters
        .contains(MethodParameter("seed", .integer(8))))
  }

  @Test(arguments: [
    ("smoothgrad", ["samples": "0"], "'samples' must be a whole number from 1 to 1000."),
    ("smoothgrad", ["noise": "much"], "'noise' must be a number from 0.0 to 1.0."),
    ("smoothgrad", ["noise": "nan"], "'noise' must be a number from 0.0 to 1.0."),
    ("saliency", ["channels": "mean"], "'channels' must be one of sum, max-magnitude, l2."),
    ("saliency", ["steps": "3"], "The method 'saliency' has no parameter 'steps'. It has channels."),
    ("grad-cam", ["steps": "3"], "The method 'grad-cam' has no parameter 'steps', and no other."),
  ])
  func refusesWhatAMethodDoesNotHave(name: String, values: [String: String], message: String) {
    #expect(throws: AttributionError.badParameter(message)) { try MethodCatalog.method(named: name, values) }
  }

  @Test func namesTheMethodsThereAre() {
    do {
      _ = try MethodCatalog.method(named: "gradcam")
      Issue.record("there is no such method")
    } catch {
      #expect("\(error)".contains("grad-cam++") && "\(error)".contains("integrated-gradients"))
    }
  }
}
