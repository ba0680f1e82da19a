/// A parameter's name without its leaf: `conv1` of `conv1.weight`, in PyTorch's and in Keras' way of writing.
package func module(ofParameter name: String) -> String {
  name.lastIndex(where: isNameSeparator).map { String(name[..<$0]) } ?? name
}

package func isNameSeparator(_ character: Character) -> Bool { character == "." || character == "/" }
