/// The version of Gaze, as the page, the metrics and the command show it.
package let gazeVersion = "0.1.0"
