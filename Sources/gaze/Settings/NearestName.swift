/// " Did you mean NAME?" for the name that takes the fewest changes of a letter, if they are few; else nothing.
func suggestion(for text: String, among names: some Sequence<String>) -> String {
  guard text.utf8.count <= 64 else { return "" }
  let ranked = names.map { (distance: editDistance(text, $0), name: $0) }
  guard let (distance, name) = ranked.min(by: { $0 < $1 }), distance <= max(2, text.utf8.count / 3) else { return "" }
  return " Did you mean \(name)?"
}

/// Letters to change, insert, remove, or to exchange with their neighbours, so that one text becomes the other.
///
/// Source: the optimal string alignment distance (Damerau 1964).
private func editDistance(_ first: String, _ second: String) -> Int {
  let (first, second) = (Array(first.utf8), Array(second.utf8))
  var (beforeLast, last) = ([Int](), Array(0...second.count))
  for i in first.indices {
    var row = [i + 1]
    for j in second.indices {
      let isSame = first[i] == second[j]
      var cost = min(last[j] + (isSame ? 0 : 1), last[j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, first[i] == second[j - 1], first[i - 1] == second[j] { cost = min(cost, beforeLast[j - 1] + 1) }
      row.append(cost)
    }
    (beforeLast, last) = (last, row)
  }
  return last[second.count]
}
