/** What a method takes, roughly: passes through the network, from its parameters, and the time of one. No page. */

/** A method that takes less is not announced. */
const WORTH_SAYING_MS = 1500;

/** Of a layer whose extent is not known. */
const CHANNELS = 1024;

/** What a method of the API's list takes with these parameters, "about 20 s"; null where it is hardly noticed. */
export function costOf(method, parameters, { analysis, channels = CHANNELS }) {
  return duration(passesOf(method, parameters, { side: analysis.input.width, channels }) * analysis.timings_ms.forward);
}

function passesOf({ name, parameters: known }, given, { side, channels }) {
  const value = (parameter) => {
    const usual = known.find((each) => each.name === parameter)?.default;
    return usual === undefined ? undefined : Number(given[`${name}.${parameter}`] ?? given[parameter] ?? usual);
  };
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
  return seconds < 60 ? `about ${seconds} s` : `about ${Math.round(seconds / 60)} min`;
}
