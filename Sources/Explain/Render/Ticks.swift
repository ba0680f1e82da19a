/// Round numbers along an axis.
struct Ticks: Hashable {
  struct Tick: Hashable {
    let value: Double
    let label: String
  }
  let ticks: [Tick]
  /// All labels are to be multiplied by ten to this power.
  let exponent: Int

  /// The multiples of 1, 2 or 5 times a power of ten between two ends, both included: as many as there may be.
  ///
  /// Labels are written from whole numbers, never from rounded ones; if the largest is not within 0.01..<100000 they
  /// share a power of ten.
  ///
  /// - Parameters:
  ///   - low, high: finite, in either order.
  ///   - limit: the most ticks; at least 2. Where the ends are equal there is one, at that value, if it is 0.
  init(from low: Double, to high: Double, atMost limit: Int) {
    precondition(low.isFinite && high.isFinite && limit >= 2, "Ticks: from \(low) to \(high), at most \(limit)")
    let (low, high) = (min(low, high), max(low, high))
    // Both may be the largest there are.
    let length = high / Double(limit) - low / Double(limit)
    guard length > 0 else {
      ticks = low == 0 ? [Tick(value: 0, label: "0")] : []
      exponent = 0
      return
    }
    // The steps grow from far too small.
    var power = decimalExponent(of: length) - 1
    var mantissa = 1
    func multiples() -> ClosedRange<Int>? {
      // A hair of tolerance: 0.3 / 0.1 is below 3.
      let first = (quotient(low, mantissa, power) - 1e-9).rounded(.up)
      let last = (quotient(high, mantissa, power) + 1e-9).rounded(.down)
      return last - first < Double(limit) && first <= last && abs(first) < 1e15 && abs(last) < 1e15
        ? Int(first)...Int(last) : nil
    }
    var found = multiples()
    while found == nil && power < 400 {
      (mantissa, power) = mantissa == 1 ? (2, power) : mantissa == 2 ? (5, power) : (1, power + 1)
      found = multiples()
    }
    guard let found else {
      (ticks, exponent) = ([], 0)
      return
    }
    let step = mantissa
    let largest = max(abs(found.lowerBound), abs(found.upperBound)) * step
    let leading = largest == 0 ? 0 : String(largest).count - 1 + power
    let shared = (-2..<5).contains(leading) ? 0 : leading
    exponent = shared
    ticks = found.map { multiple in
      Tick(
        value: scaled(Double(multiple * step), byTenTo: power), label: decimal(multiple * step, power: power - shared))
    }
  }

  /// `exponent` in writing, empty for none: `1e-5`.
  var factor: String { exponent == 0 ? "" : "1e\(exponent)" }
}

/// ⌊log₁₀ x⌋ of a positive number, give or take a rounding at a power of ten.
private func decimalExponent(of x: Double) -> Int {
  var (x, exponent) = (x, 0)
  while x >= 10 { (x, exponent) = (x / 10, exponent + 1) }
  while x < 1 { (x, exponent) = (x * 10, exponent - 1) }
  return exponent
}

private func quotient(_ value: Double, _ mantissa: Int, _ power: Int) -> Double {
  scaled(value, byTenTo: -power) / Double(mantissa)
}

/// x·10ᵖ. A division by a power of ten is rounded once, so that 3·10⁻¹ is the number that 0.3 means.
private func scaled(_ x: Double, byTenTo power: Int) -> Double {
  var (x, left) = (x, abs(power))
  while left > 0 {
    let part = min(left, 22)
    let factor = (0..<part).reduce(1.0) { product, _ in product * 10 }
    x = power < 0 ? x / factor : x * factor
    left -= part
  }
  return x
}

/// n·10ᵖ in writing, without needless zeros after the point.
private func decimal(_ n: Int, power: Int) -> String {
  let sign = n < 0 ? "-" : ""
  var digits = String(abs(n))
  guard n != 0 else { return "0" }
  guard power < 0 else { return sign + digits + String(repeating: "0", count: power) }
  let places = -power
  if digits.count <= places { digits = String(repeating: "0", count: places + 1 - digits.count) + digits }
  let whole = digits.dropLast(places)
  var fraction = digits.suffix(places)
  while fraction.last == "0" { fraction.removeLast() }
  return sign + whole + (fraction.isEmpty ? "" : "." + fraction)
}
