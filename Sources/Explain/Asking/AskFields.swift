package import Images

/// Named texts that say what is asked: those of a query, a JSON body, a form or a command line.
///
/// The one reader of values: a face only brings the texts. A text is bounded before anything is looked up by it.
package struct AskFields: Sendable {
  private let values: [String: [String]]
  /// Windows of the image's samples: values of `window` with a comma, which no method's parameter of this name has.
  private let windows: [String]
  /// Names that must mean something. Forms carry fields that nobody meant, and those may be passed over.
  private let strictNames: Set<String>
  package let spelling: Spelling

  /// Most characters (UTF-8 bytes) of one value, and of a comma-separated list.
  static let maximumLength = 256
  static let maximumListLength = 4096

  /// - Parameters:
  ///   - fields: each must mean something. A field may stand several times where the spelling is a command line's:
  ///     then its values are the elements of a list.
  ///   - lenient: fields of a form; the others come before them, and those that mean nothing are passed over.
  package init(
    _ fields: [(name: String, value: String)], lenient: [(name: String, value: String)] = [],
    spelling: Spelling = .query
  ) throws(AskError) {
    var values: [String: [String]] = [:]
    for (name, value) in fields { values[name, default: []].append(value) }
    strictNames = Set(values.keys)
    var rest: [String: [String]] = [:]
    for (name, value) in lenient where values[name] == nil { rest[name, default: []].append(value) }
    var merged = values.merging(rest) { own, _ in own }
    self.spelling = spelling
    for (name, given) in merged {
      let length = given.reduce(0) { $0 + $1.utf8.count }
      guard name.utf8.count <= Self.maximumLength, length <= Self.maximumListLength else {
        throw AskError(
          named: String(name.prefix(64)),
          "\(spelling.name(name.abbreviated())) is too long: a value has at most \(Self.maximumLength) characters.")
      }
    }
    let window = AskField.window.rawValue
    windows = (merged[window] ?? []).filter { $0.contains(",") }
    merged[window]?.removeAll { $0.contains(",") }
    self.values = merged.filter { !$0.value.isEmpty }
  }

  private init(values: [String: [String]], windows: [String], strictNames: Set<String>, spelling: Spelling) {
    self.values = values
    self.windows = windows
    self.strictNames = strictNames
    self.spelling = spelling
  }

  /// As a plain form, whose fields know nothing of each other, means them: without those that were left empty, and
  /// without a colour map that does not fit the evidence that was chosen.
  package var ofPlainForm: AskFields {
    var values = values.filter { $0.value != [""] }
    let evidence = values[AskField.evidence.rawValue]?.first.flatMap(Evidence.init) ?? DisplayRecipe().evidence
    let colorMap = values[AskField.colorMap.rawValue]?.first.flatMap(ColorMap.init)
    if let colorMap, colorMap.objection(to: evidence) != nil { values[AskField.colorMap.rawValue] = nil }
    return AskFields(
      values: values, windows: windows, strictNames: strictNames.intersection(values.keys), spelling: spelling)
  }

  package var names: Set<String> {
    Set(values.keys).union(windows.isEmpty ? [] : [AskField.window.rawValue])
  }

  /// The names that must mean something, without those that do to every request for a map.
  var ownNames: Set<String> { strictNames.subtracting(AskField.allCases.map { $0.rawValue }) }

  /// Throws for a name that means nothing here: a mistyped field must not be passed over.
  package func refuse(besides known: [AskField]) throws(AskError) {
    let names = known.map { $0.rawValue }
    guard let unknown = strictNames.subtracting(names).sorted().first else { return }
    throw AskError(
      named: unknown,
      "There is no parameter '\(unknown.abbreviated())' here. There are \(names.joined(separator: ", ")).")
  }

  // MARK: Values

  /// The window of the image's samples, where one is given.
  ///
  /// - Parameter parameters: of the method; where one has the same name, what has no comma is that.
  package func window(besides parameters: Set<String> = []) throws(AskError) -> SampleWindow? {
    let others = parameters.contains(AskField.window.rawValue) ? [] : values[AskField.window.rawValue] ?? []
    let given = windows + others
    guard let text = given.first else { return nil }
    guard given.count == 1 else {
      throw AskError(.window, "\(spelling.name(.window)) is given \(given.count) times; give it once.")
    }
    return try SampleWindow(text, spelling: spelling)
  }

  /// A field that may be given once.
  package func text(_ field: AskField) throws(AskError) -> String? { try text(named: field.rawValue) }

  package func text(named name: String) throws(AskError) -> String? {
    guard let given = values[name] else { return nil }
    guard given.count == 1 else {
      let remedy = name == AskField.class.rawValue ? ", or several classes as \(spelling.severalClasses)" : ""
      throw AskError(named: name, "\(spelling.name(name)) is given \(given.count) times; give it once\(remedy).")
    }
    guard given[0].utf8.count <= Self.maximumLength else {
      throw AskError(
        named: name, "\(spelling.name(name)) is too long: it has at most \(Self.maximumLength) characters.")
    }
    return given[0]
  }

  /// A comma-separated list, or on a command line the values of a repeated option; nil where it is not given or empty.
  package func list(_ field: AskField) throws(AskError) -> [String]? { try list(named: field.rawValue) }

  package func list(named name: String) throws(AskError) -> [String]? {
    // A form sends what was left empty; on a command line it was written.
    guard let given = values[name], given != [""] || spelling == .commandLine else { return nil }
    if given.count > 1, spelling == .commandLine { return given }
    guard given.count == 1 else {
      throw AskError(
        named: name, "\(spelling.name(name)) is given \(given.count) times; give it once, comma-separated.")
    }
    return given[0].split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmed() }
  }

  func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ field: AskField, of type: Choice.Type = Choice.self
  ) throws(AskError) -> Choice? {
    try choice(named: field.rawValue, of: type)
  }

  package func choice<Choice: RawRepresentable<String> & CaseIterable>(
    named name: String, of type: Choice.Type = Choice.self
  ) throws(AskError) -> Choice? {
    guard let text = try text(named: name) else { return nil }
    guard let choice = Choice(rawValue: text) else {
      let choices = Choice.allCases.map { $0.rawValue }.joined(separator: ", ")
      throw AskError(named: name, "\(spelling.name(name)) must be one of \(choices).")
    }
    return choice
  }

  func flag(_ field: AskField) throws(AskError) -> Bool? {
    guard let text = try text(field) else { return nil }
    switch text {
    case "true": return true
    case "false": return false
    default: throw AskError(field, "\(spelling.name(field)) must be one of true, false.")
    }
  }

  func integer(_ field: AskField, in range: ClosedRange<Int>, of unit: String = "") throws(AskError) -> Int? {
    guard let text = try text(field) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw AskError(
        field,
        "\(spelling.name(field)) must be a whole number\(unit) from \(range.lowerBound) to \(range.upperBound).")
    }
    return number
  }

  func number<Number>(named name: String, _ read: (String) -> Number?) throws(AskError) -> Number? {
    guard let text = try text(named: name) else { return nil }
    guard let number = read(text) else {
      throw AskError(
        named: name, "\(spelling.name(name)) must be a number; '\(text.abbreviated())' is none.")
    }
    return number
  }

  /// Values of fields of this beginning, by the rest of their names: a method's parameters.
  func values(withPrefix prefix: String) throws(AskError) -> [String: String] {
    var found: [String: String] = [:]
    for name in names where name.hasPrefix(prefix) {
      found[String(name.dropFirst(prefix.count))] = try text(named: name)
    }
    return found
  }
}
