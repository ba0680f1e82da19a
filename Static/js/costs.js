/** What a method takes, roughly: passes through the network, from its parameters, and the time of one. No page. */

/** A method that takes less is not announced. */
const WORTH_SAYING_MS = 1500;

/** About how many passes a method makes by itself, of an input of `side` pixels and a layer of so many channels. */
export function passesOf({ name, parameters }, { side, channels }) {
  const value = (parameter) => parameters.find((each) => each.name === parameter)?.default;
  if (value("masks") !== undefined) return value("masks");
  if (value("samples") !== undefined) return 2 * value("samples");
  if (value("steps") !== undefined) return 2 * value("steps");
  if (value("stride") !== undefined) return (Math.floor((side - value("window")) / value("stride")) + 1) ** 2;
  return ["score-cam", "ablation-cam"].includes(name) ? channels : 2;
}

/** "about 20 s", or null where it is hardly to be noticed. */
export function duration(milliseconds) {
  if (milliseconds < WORTH_SAYING_MS) return null;
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `about ${Math.max(seconds, 1)} s` : `about ${Math.round(seconds / 60)} min`;
}
