import ArgumentParser
import Explain
import Foundation

/// `gaze methods`: what can be asked for, and what can be set of it.
struct MethodsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "methods",
    abstract: "Lists the methods of explaining, with their parameters.",
    discussion: "docs/methods.md says what each answers, and where it misleads.")

  func run() {
    for family in MethodCatalog.Family.allCases {
      print("\(family.heading):")
      for entry in MethodCatalog.entries where entry.family == family {
        print("  \(entry.name.padding(toLength: 22, withPad: " ", startingAt: 0)) \(entry.summary)")
        for parameter in entry.parameters {
          print("    --set \(parameter.name)=\(parameter.defaultValue.text)  \(parameter.kind.text). \(parameter.help)")
        }
      }
    }
    print("'gaze explain' uses \(MethodCatalog.defaultName) unless --method names another.")
  }
}

extension MethodCatalog.Family {
  fileprivate var heading: String {
    switch self {
    case .activation: "A layer's activations (--layer, --fusion)"
    case .gradient: "Gradients by the image"
    case .attention: "Attention (transformers such as ViT alone)"
    case .blackBox: "Black-box: changed images alone"
    }
  }
}

extension ParameterSpecification.Kind {
  fileprivate var text: String {
    switch self {
    case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
    case .number(let range):
      "\(MethodParameter.Value.number(range.lowerBound).text) to \(MethodParameter.Value.number(range.upperBound).text)"
    case .choice(let choices): choices.joined(separator: ", ")
    }
  }
}
