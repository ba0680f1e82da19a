import Autodiff
import Foundation
import Testing

@testable import Networks

/// Names and shapes that real networks have, against what ours ask for; the lists' digests are made by
/// `Tests/Golden/make_network_digests.py`.
@Suite("Digests of networks")
struct NetworkDigestTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let library: String
    let name: String
    let network: String
    let count: Int
    let digest: String
    var testDescription: String { "\(library) \(name)" }
  }

  static let rows: [Row] = {
    let path = URL(filePath: #filePath).appending(path: "../../Golden/network-digests.txt").standardizedFileURL
    let text = (try? String(contentsOf: path, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map { line in
      let fields = line.split(separator: " ").map(String.init)
      return Row(library: fields[0], name: fields[1], network: fields[2], count: Int(fields[3])!, digest: fields[4])
    }
  }()

  @Test("there are lists")
  func complete() { #expect(Self.rows.count > 60) }

  @Test("the parameters have the library's names and shapes", arguments: rows)
  func parameters(_ row: Row) throws {
    let architecture = try #require(Architecture.named(row.network))
    let account = WeightAccount(head: architecture.head)
    _ = try architecture.build(WeightReader(describing: account))
    let isKeras = row.library == "keras"
    let listing = account.entries.map(\.parameter).map { parameter in
      let extents = (isKeras ? keras(parameter) : pyTorch(parameter)).map(String.init)
      return "\(parameter.name) \(extents.joined(separator: ","))"
    }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    #expect(listing.count == row.count)
    let digest = String(fnv1a64(listing.joined(separator: "\n")), radix: 16)
    #expect(String(repeating: "0", count: 16 - digest.count) + digest == row.digest)
  }

  /// As PyTorch lays it out, without a 1x1 kernel's extents.
  private func pyTorch(_ parameter: ParameterDescription) -> [Int] {
    let shape = parameter.shape
    return switch parameter.role {
    case .convolution where shape[0] * shape[1] == 1: [shape[3], shape[2]]
    case .convolution: [shape[3], shape[2], shape[0], shape[1]]
    case .depthwise: [shape[2], 1, shape[0], shape[1]]
    default: shape.extents
    }
  }

  private func keras(_ parameter: ParameterDescription) -> [Int] {
    let shape = parameter.shape
    return switch parameter.role {
    case .convolution where shape[0] * shape[1] == 1: [shape[2], shape[3]]
    case .depthwise: [shape[0], shape[1], shape[2], 1]
    case .linear: [shape[1], shape[0]]
    default: shape.extents
    }
  }
}
