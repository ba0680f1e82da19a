extension CAMRule {
  /// Eigen-Grad-CAM: Eigen-CAM of G A (elementwise) instead of A: the projection of the products, channel means
  /// removed, on their first principal direction, with the value of largest magnitude positive.
  ///
  /// It depends on the class, and is usually cleaner than HiResCAM, the plain sum of the same products; but like
  /// Eigen-CAM it says where the products vary most, not whether they speak for the class: the sign is a convention.
  ///
  /// Source: pytorch-grad-cam (Gildenblat), after Muhammad and Yeasin, arXiv 2008.00299.
  ///
  /// Property: where G is 1 everywhere, the map is Eigen-CAM's.
  package static let eigenGradCAM = CAMRule(
    name: "eigen-grad-cam",
    reading: .activationAndGradient { activation, gradient in
      principalMap(cells: activation.cells, channels: activation.channels) { index in
        Double(activation.base[index]) * Double(gradient.base[index])
      }
    })
}
