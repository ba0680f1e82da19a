extension CAMRule {
  /// Eigen-CAM: the projection of the activations, channel means removed, on their first principal direction:
  /// L = (A - mean) v with v the first right singular vector of the cells x channels matrix A - mean.
  ///
  /// It reads no gradient: the map is the same for every class (note `class_independent`), and says what stands out in
  /// the layer, not why the class was chosen. A singular vector has no sign of its own; here the value of largest
  /// magnitude is positive. (pytorch-grad-cam leaves the sign to its linear algebra.) The means are removed as there;
  /// the paper does not.
  ///
  /// Source: Muhammad and Yeasin, "Eigen-CAM: Class Activation Map using Principal Components", arXiv 2008.00299.
  ///
  /// Property: the sum over the cells is 0, and the sum of squares the largest that any unit vector v gives. Note
  /// `eigen_ratio`: second singular value / first; near 1 two directions compete and the map says little.
  package static let eigenCAM = CAMRule(
    name: "eigen-cam",
    reading: .activation { activation in
      var result = principalMap(cells: activation.cells, channels: activation.channels) { Double(activation.base[$0]) }
      result.notes.append(MethodParameter("class_independent", .flag(true)))
      return result
    })

  /// The projection of a cells x channels matrix on its first principal direction.
  static func principalMap(cells: Int, channels: Int, _ element: (Int) -> Double) -> Result {
    let component = PrincipalComponent(rows: cells, columns: channels, element)
    return Result(values: component.projection, notes: [MethodParameter("eigen_ratio", .number(component.ratio))])
  }
}
