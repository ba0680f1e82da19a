/// What a finding calls a cue.
package enum CueKind: String, Hashable, Sendable, CaseIterable {
  case patch, border, stripe
  /// The same small thing at changing places.
  case wandering = "moving_patch"
  case tint, brightness, contrast, saturation
  case noise, blur, sharpness, compression, pixelation
  case gradient, vignette, pattern
  case background
}
