import Audit
import Autodiff
import Digests
import Explain
import Foundation
import Images
import Models
import Networks

/// Does again what a receipt says was done, by the model of the store.
struct Recomputation {
  let receipt: BroughtReceipt
  let image: [UInt8]
  let library: ModelLibrary
  let engine: Engine

  /// A map of another instruction set that differs by no more than this share of its largest magnitude may well be the
  /// same but for rounding.
  private static let rounding: Float = 1e-4

  /// - Parameter map: the numbers that are said to be the receipt's; nil where there are none.
  func claims(against map: [Float]?) -> [Claim] {
    do throws(Obstacle) {
      let classifier = try classifier()
      var claims = [try weightsClaim(of: classifier)]
      let attribution = try attribution(by: classifier)
      claims.append(mapClaim(attribution, against: map))
      return claims
    } catch {
      return [.open("recomputed", error.description)]
    }
  }

  /// Why it cannot be done again; a part of a sentence.
  private struct Obstacle: Error {
    let description: String
  }

  // MARK: Model

  private func classifier() throws(Obstacle) -> Classifier {
    guard let name = receipt.json["model"]?["name"]?.text else { throw Obstacle(description: "it names no model") }
    do throws(ModelStoreError) {
      return try library.classifier(name)
    } catch {
      throw Obstacle(description: "the model is not at hand: \(error)")
    }
  }

  private func weightsClaim(of classifier: Classifier) throws(Obstacle) -> Claim {
    guard let said = receipt.json["model"]?["weights_sha256"]?.text else {
      return .open("weights", "the receipt has no digest of the weights")
    }
    guard let found = library.store.weightsDigest(of: classifier.name) else {
      throw Obstacle(description: "the weights of '\(classifier.name)' cannot be read")
    }
    return .comparing("weights", "the weights file of '\(classifier.name)'", found: found, said: said)
  }

  // MARK: Map

  private func attribution(by classifier: Classifier) throws(Obstacle) -> Attribution {
    do {
      let asked = try ask().resolved(in: classifier, spelling: .commandLine)
      let decoded = try decoded()
      let analysis = try Analysis(of: decoded, decodedIn: .zero, by: classifier, on: engine, displaySide: 1)
      return try analysis.answer(asked).attributions[0]
    } catch let error as Obstacle {
      throw error
    } catch {
      throw Obstacle(description: "it cannot be done again here: \(error)")
    }
  }

  /// What was asked, as the receipt says it.
  private func ask() throws -> Ask {
    let json = receipt.json
    guard let method = json["method"], let name = method["name"]?.text,
      let classIndex = json["target"]?["class"]?["index"]?.whole
    else { throw Obstacle(description: "it does not say what was asked") }
    var fields: [(name: String, value: String)] = [
      (AskField.method.rawValue, name), (AskField.class.rawValue, "index:\(classIndex)"),
    ]
    if case .object(let parameters)? = method["parameters"] {
      for (name, value) in parameters { fields.append((name, try Self.text(of: value))) }
    }
    if let against = json["target"]?["against"]?["index"]?.whole {
      fields.append((AskField.against.rawValue, "index:\(against)"))
    }
    for layer in method["layers"]?.list ?? [] { fields.append((AskField.layer.rawValue, layer.text ?? "")) }
    if let fusion = method["fusion"]?.text { fields.append((AskField.fusion.rawValue, fusion)) }
    if let augmentation = method["augmentation"]?.text { fields.append((AskField.augmentation.rawValue, augmentation)) }
    return try Ask(AskFields(fields, spelling: .commandLine))
  }

  private static func text(of value: JSONTree) throws -> String {
    switch value {
    case .text(let text): text
    case .number(let number): Int(exactly: number).map { String($0) } ?? String(number)
    case .flag(let flag): String(flag)
    case .null, .list, .object: throw Obstacle(description: "a parameter of the method has no value")
    }
  }

  /// The image as it was decoded then: at the size that the receipt has, by its window.
  func decoded() throws -> DecodedImage {
    guard let said = receipt.json["input"]?["decoded"].flatMap(Self.size) else {
      throw Obstacle(description: "it does not say at what size the image was decoded")
    }
    var window: SampleWindow?
    if let bounds = receipt.json["input"]?["window"]?.list {
      let numbers = bounds.compactMap(\.whole)
      window = numbers.count == 2 ? SampleWindow(low: numbers[0], high: numbers[1]) : nil
      guard window != nil else { throw Obstacle(description: "its window is none") }
    }
    return try decodeImage(image, window: window) { original in
      // What a JPEG becomes at a scale is rounded up; asking for what fits the scale exactly gives that scale.
      let scale = [1, 2, 4, 8].first { scale in
        (original.width + scale - 1) / scale == said.width && (original.height + scale - 1) / scale == said.height
      }
      return ImageSize(width: original.width / (scale ?? 1), height: original.height / (scale ?? 1))
    }
  }

  private static func size(_ json: JSONTree) -> ImageSize? {
    guard let width = json["width"]?.whole, let height = json["height"]?.whole else { return nil }
    return ImageSize(width: width, height: height)
  }

  private func mapClaim(_ attribution: Attribution, against map: [Float]?) -> Claim {
    guard let said = receipt.contentDigest("map") else {
      return .open("recomputed", "the receipt has no digest of the map")
    }
    let found = attribution.map.digest.hexadecimal
    if found == said { return .holds("recomputed", "the model gives the same map, bit for bit") }
    let difference = map.flatMap { Self.greatestDifference($0, attribution.map.values) }
    let amount = difference.map { ", by \($0) of its largest magnitude at most" } ?? "; --map says by how much"
    let here = InstructionSet.current.rawValue
    guard let isa = receipt.isa, isa != here else {
      return .fails(
        "recomputed",
        "the model gives another map\(amount). (Of the same instruction set, another processor may differ in last bits.)"
      )
    }
    if let difference, difference > Self.rounding {
      return .fails("recomputed", "the model gives another map\(amount), which is more than rounding")
    }
    return .open(
      "recomputed",
      "the map was computed by \(isa), and by \(here) it differs\(amount); instruction sets differ in last bits")
  }

  /// Of two maps, as a share of the largest magnitude; nil where they have not the same number of values.
  private static func greatestDifference(_ one: [Float], _ other: [Float]) -> Float? {
    guard one.count == other.count else { return nil }
    let largest = one.reduce(Float.leastNormalMagnitude) { max($0, abs($1)) }
    return zip(one, other).reduce(0) { max($0, abs($1.0 - $1.1)) } / largest
  }
}
