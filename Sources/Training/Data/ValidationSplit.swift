import Autodiff

extension LabelledImages {
  /// Holds images back for validation. Near-duplicates, such as the frames of one recording, stay together: with one of
  /// them in training, the other would be known by heart, and validation would measure memory (`NearDuplicates`).
  ///
  /// Groups are taken in random order as long as no class gives more than its share. Where no group of a class is small
  /// enough, its smallest is taken; a class all of whose images are one group stays in training.
  /// - Parameters:
  ///   - validationShare: of each class, between 0 and 1.
  ///   - seed: the same gives the same split of the same images.
  /// - Throws: `oneGroup` where nothing can be held back.
  package func split(
    validationShare: Double, seed: UInt64
  ) throws(DatasetError) -> (training: LabelledImages, validation: LabelledImages) {
    precondition(validationShare > 0 && validationShare < 1, "split: a share of \(validationShare) is not in 0..<1")
    let groups = NearDuplicates.groups(of: signatures)
    let members = groups.map { group in
      var counts = [Int](repeating: 0, count: classes.count)
      for place in group { counts[items[place].classIndex] += 1 }
      return counts
    }
    // No class may be held back entirely, and none kept entirely.
    let counts = classCounts
    let wanted = counts.map { max(0, min($0 - 1, max(1, Int((Double($0) * validationShare).rounded())))) }
    var held = [Int](repeating: 0, count: classes.count)
    var isHeld = [Bool](repeating: false, count: groups.count)
    func hold(_ group: Int) {
      isHeld[group] = true
      for index in classes.indices { held[index] += members[group][index] }
    }
    for group in RandomNumbers(seed: seed).permutation(groups.count)
    where classes.indices.allSatisfy({ members[group][$0] == 0 || held[$0] + members[group][$0] <= wanted[$0] }) {
      hold(group)
    }
    for index in classes.indices where held[index] == 0 {
      let left = groups.indices.filter { group in
        !isHeld[group] && members[group][index] > 0
          && classes.indices.allSatisfy { members[group][$0] == 0 || held[$0] + members[group][$0] < counts[$0] }
      }
      if let smallest = left.min(by: { (groups[$0].count, $0) < (groups[$1].count, $1) }) { hold(smallest) }
    }
    guard held.contains(where: { $0 > 0 }) else { throw .oneGroup(imageCount: items.count) }
    var isValidation = [Bool](repeating: false, count: items.count)
    for (group, places) in groups.enumerated() where isHeld[group] {
      for place in places { isValidation[place] = true }
    }
    return (
      part(items.indices.filter { !isValidation[$0] }, keepingSkipped: true),
      part(items.indices.filter { isValidation[$0] }, keepingSkipped: false)
    )
  }
}
