/// A method of the catalog with its own parameters, checked.
package struct MethodChoice: Hashable, Sendable {
  package let name: String
  package let method: any AttributionMethod
  /// The parameters that were given, as they were written.
  package let given: [String: String]

  /// Grad-CAM, which explains where nobody names a method.
  package static let `default` = MethodChoice(ClassActivationMap(.gradCAM))

  private init(_ method: any AttributionMethod) {
    name = method.name
    self.method = method
    given = [:]
  }

  /// - Parameter values: the method's own parameters, as users write them.
  package init(_ name: String, _ values: [String: String] = [:]) throws(AskError) {
    do {
      method = try MethodCatalog.method(named: name.abbreviated(), values)
    } catch {
      throw AskError(error)
    }
    self.name = name
    given = values
  }

  /// A method with its parameters in one text: `rise:masks=500,seed=1`.
  package init(text: String) throws(AskError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    var values: [String: String] = [:]
    for part in parts.count < 2 ? [] : parts[1].split(separator: ",", omittingEmptySubsequences: false) {
      let setting = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard setting.count == 2, !setting[0].isEmpty, values[String(setting[0])] == nil else {
        throw AskError(
          .method,
          "A method's parameters are given once each as name=value, comma-separated, not '\(String(part).abbreviated())'."
        )
      }
      values[String(setting[0])] = String(setting[1])
    }
    try self.init(String(parts[0]), values)
  }

  /// The parameters that differ from their defaults.
  var changedParameters: [MethodParameter] {
    let defaults = (try? MethodCatalog.method(named: name).parameters) ?? []
    return method.parameters.filter { !defaults.contains($0) }
  }

  /// Equal parameters make equal methods, however they were written.
  package static func == (one: MethodChoice, other: MethodChoice) -> Bool {
    one.name == other.name && one.method.parameters == other.method.parameters
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(method.parameters)
  }
}
