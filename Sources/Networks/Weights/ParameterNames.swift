/// A parameter's name without its leaf: `conv1` of `conv1.weight`, in PyTorch's and in Keras' way of writing.
package func module(ofParameter name: String) -> String {
  name.lastIndex(where: isNameSeparator).map { String(name[..<$0]) } ?? name
}

package func isNameSeparator(_ character: Character) -> Bool { character == "." || character == "/" }

/// FNV-1a of 64 bits, by which random numbers of one parameter are told from another's:
/// http://www.isthe.com/chongo/tech/comp/fnv/
package func fnv1a64(_ text: String) -> UInt64 {
  text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}
