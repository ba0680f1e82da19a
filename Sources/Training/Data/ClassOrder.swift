/// A folder's name as the name of a class.
struct ClassName: Hashable {
  /// The folder's.
  let folder: String
  /// The number that its digits make, if it begins with any.
  let number: Int?
  /// What is left without the digits and what sets them apart; the whole name where nothing is left.
  let stem: String
  /// Whether the number is part of what the name says: a space follows it (1 star), or what is left without it is no
  /// name (1st; 0-10; 1.5).
  let needsNumber: Bool

  init(folder: String) {
    self.folder = folder
    let digits = folder.prefix { ("0"..."9").contains($0) }
    number = Int(digits)
    let rest = folder.dropFirst(digits.count).drop { "_-. ".contains($0) }
    stem = number == nil || rest.isEmpty ? folder : String(rest)
    needsNumber =
      number != nil
      && (folder.dropFirst(digits.count).first == " " || rest.first.map { ("0"..."9").contains($0) } ?? false
        || ["st", "nd", "rd", "th"].contains(stem.lowercased()))
  }

  /// The stem without what only counts or spells it otherwise: `Star` and `stars` are one thing.
  var thing: String {
    let lower = stem.lowercased()
    return lower.count > 2 && lower.hasSuffix("s") ? String(lower.dropLast()) : lower
  }
}

/// The order of classes and their names, by the names of their folders.
struct ClassOrder {
  /// The folders' names, class by class.
  let folders: [String]
  /// The classes' names.
  let names: [String]

  /// By the number at the front if every folder has one, else by the bytes of the names.
  ///
  /// Numbers that count the classes, from 0 or from 1, are taken off their names (`0white`, `1_black`, `2. blue`).
  /// Others say what the class is and stay: those that do not count (1980, 1990), those that a name needs
  /// (`ClassName.needsNumber`), and all where two names would be alike without them, but for the plural.
  /// - Parameter path: of the folder that holds them, for messages.
  init(folders: [String], in path: String) throws(DatasetError) {
    let found = folders.map(ClassName.init(folder:))
    let numbers = found.compactMap(\.number)
    let needNumbers = found.contains(where: \.needsNumber)
    let areDistinct = Set(numbers).count == numbers.count
    guard numbers.count == found.count, areDistinct || !needNumbers else {
      let sorted = folders.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      (self.folders, names) = (sorted, sorted)
      return
    }
    let sorted = found.sorted { ($0.number!, $0.folder) < ($1.number!, $1.folder) }
    for (first, second) in zip(sorted, sorted.dropFirst()) where first.number == second.number {
      throw .repeatedNumber(path: path, first: first.folder, second: second.folder, number: first.number!)
    }
    let counts = numbers.min().map { $0 <= 1 && numbers.max() == $0 + numbers.count - 1 } ?? false
    let areNames = Set(sorted.map(\.thing)).count == sorted.count && !needNumbers
    self.folders = sorted.map(\.folder)
    names = counts && areNames ? sorted.map(\.stem) : self.folders
  }
}
