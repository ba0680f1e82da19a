package import Images

/// What one intervention and its control did.
package struct InterventionTest: Sendable {
  /// A picture that flipped.
  package struct Example: Sendable {
    /// In the pictures that were given.
    package let index: Int
    package let before: RGBImage
    package let after: RGBImage
  }

  let direction: Intervention.Direction
  /// What was done, and what the control did.
  package let how: String
  package let control: String
  let proves: Bool
  package let comparison: Comparison
  package let examples: [Example]

  /// Of each intervention.
  static let exampleCount = 3

  package var isTransplant: Bool { direction == .transplanted }
}
