import Autodiff
import Explain
import Images
import Models
import Networks

/// A piece of work that can be repeated, and how many images the networks see in it.
struct Work {
  let run: () throws -> Void
  var images = 1
}

extension Models {
  /// The network from its input to the logits, nothing kept.
  func forward(_ name: String, threads: Int) throws -> Work {
    try forward(name, on: engine(threads: threads))
  }

  func forward(_ name: String, on engine: Engine) throws -> Work {
    let classifier = try classifier(name)
    let input = input(of: classifier, on: engine)
    return Work { _ = classifier.forward(Tape(engine: engine).constant(input)) }
  }

  /// A forward pass with its activations kept, and the Grad-CAM of the class with the highest logit.
  func gradCAM(_ name: String, threads: Int) throws -> Work {
    let (classifier, engine) = (try classifier(name), engine(threads: threads))
    let input = input(of: classifier, on: engine)
    let method = try MethodCatalog.method(named: "grad-cam")
    return Work {
      let pass = try ForwardPass(of: input, by: classifier, on: engine)
      let top = pass.logits.indices(ofLargest: 1)[0]
      _ = try method.attribute(Question(pass: pass, target: Target(top)), .none)
    }
  }

  /// The Grad-CAM of one more class of a forward pass that was kept, another class each time.
  func furtherClass(_ name: String, threads: Int) throws -> Work {
    let (classifier, engine) = (try classifier(name), engine(threads: threads))
    let pass = try ForwardPass(of: input(of: classifier, on: engine), by: classifier, on: engine)
    let method = try MethodCatalog.method(named: "grad-cam")
    var next = 0
    return Work {
      next = (next + 1) % pass.logits.count
      _ = try method.attribute(Question(pass: pass, target: Target(next)), .none)
    }
  }

  /// A method of the catalog, asked about the class with the highest logit of a forward pass that was kept.
  func method(_ method: String, _ values: [String: String], of name: String, threads: Int) throws -> Work {
    let (classifier, engine) = (try classifier(name), engine(threads: threads))
    let method = try MethodCatalog.method(named: method, values)
    let pass = try ForwardPass(of: input(of: classifier, on: engine), by: classifier, on: engine)
    let top = pass.logits.indices(ofLargest: 1)[0]
    let question = Question(pass: pass, target: Target(top))
    var work = Work { _ = try method.attribute(question, .none) }
    work.images = try Self.images(of: method, question)
    return work
  }

  /// Passes that a method makes, as it says itself with its first step; 1 for a method that takes none.
  private static func images(of method: any AttributionMethod, _ question: Question) throws -> Int {
    let total = PassCount()
    do {
      _ = try method.attribute(question, PassProgress(report: { total.value = $1 }, isCancelled: { true }))
    } catch AttributionError.cancelled {}
    return max(1, total.value)
  }

  /// Written by one thread, read after it.
  private final class PassCount: @unchecked Sendable {
    var value = 0
  }
}
