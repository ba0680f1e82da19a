/// STUB until the merge.
package struct Cost: Hashable, Sendable {
  package let forward: Int
  package let reverse: Int
  package var passes: Int { forward + reverse }
}
extension Analysis {
  package func cost(of map: MapAsk, targets: Int) -> Cost { Cost(forward: 1, reverse: 0) }
}
extension MethodCatalog {
  static func parameterNames(ofMethod name: String) -> Set<String> {
    Set(entries.first { $0.name == name }?.parameters.map { $0.name } ?? [])
  }
}

extension MethodParameter.Value {
  package var written: String {
    switch self {
    case .integer(let value): String(value)
    case .number(let value): String(value)
    case .text(let value): value
    case .flag(let value): String(value)
    }
  }
}
