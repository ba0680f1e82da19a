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

  /// - Parameters:
  ///   - values: the method's own parameters, as users write them.
  ///   - field: where the name stands.
  ///   - prefix: what stands before the parameters' names in fields.
  package init(
    _ name: String, _ values: [String: String] = [:], in field: AskField = .method, prefix: String = ""
  ) throws(AskError) {
    guard let entry = MethodCatalog.entries.first(where: { $0.name == name }) else {
      let known = MethodCatalog.entries.map { $0.name }.joined(separator: ", ")
      throw AskError(field, "There is no method '\(name.abbreviated())'. There are \(known).")
    }
    do {
      method = try entry.method(values)
    } catch {
      throw AskError(error, named: entry.fault(in: values).map { prefix + $0 })
    }
    self.name = name
    given = values
  }

  /// The names of several methods, each once.
  static func names(_ field: AskField, of fields: AskFields) throws(AskError) -> [String] {
    let names = try fields.list(field) ?? []
    guard !names.isEmpty, Set(names).count == names.count else {
      throw AskError(
        field,
        names.isEmpty
          ? "\(fields.spelling.name(field)) must name methods, comma-separated, such as grad-cam,layercam."
          : "\(fields.spelling.name(field)) names a method twice; name each once.")
    }
    return names
  }

  /// Several methods; a parameter of one stands after its name and a point: `rise.masks`.
  ///
  /// - Parameter field: where the names stand.
  static func list(
    _ names: [String], _ field: AskField, of fields: AskFields
  ) throws(AskError) -> [MethodChoice] {
    try names.map { name throws(AskError) in
      try MethodChoice(name, try fields.values(withPrefix: name + "."), in: field, prefix: name + ".")
    }
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
