/** The ways a picture comes in: chosen, dropped anywhere, pasted, or one of the samples. Each ends in `take(file)`. */

/** What the server reads itself; the browser is asked to turn everything else into PNG. */
const READ_BY_SERVER = ["image/jpeg", "image/png", "image/webp"];

export function listen({ input, samples, take, refuse }) {
  input.addEventListener("change", () => {
    if (input.files.length > 0) take(input.files[0]);
  });
  samples.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-sample]");
    if (button) takeSample(button.dataset.sample, take, refuse);
  });
  listenForDrops(input, take, refuse);
  listenForPaste(input, take);
}

/**
 * The file as the server can read it, and what is to be said about that: a picture of another kind that the browser
 * knows (AVIF, BMP, the first frame of a GIF) is converted to PNG.
 */
export async function readable(file) {
  const isNoPicture = file.type !== "" && !file.type.startsWith("image/");
  if (isNoPicture || READ_BY_SERVER.includes(file.type)) return { file, note: "" };
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
  const kind = file.type.replace("image/", "").toUpperCase() || "unknown kind";
  if (bitmap === null) {
    const isHEIC = /hei[cf]/i.test(file.type + file.name);
    if (!isHEIC) return { file, note: "" };
    return {
      file: null, note: "This browser cannot read HEIC pictures. Save it as JPEG first (on an iPhone: Settings, " +
        "Camera, Formats, Most Compatible), or open this page in Safari.",
    };
  }
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  const blob = await canvas.convertToBlob({ type: "image/png" });
  const name = `${file.name.replace(/\.[^.]*$/, "")}.png`;
  const converted = new File([blob], name, { type: "image/png" });
  return { file: converted, note: `The picture (${kind}) was converted to PNG in the browser.` };
}

async function takeSample(path, take, refuse) {
  try {
    const response = await fetch(path);
    const name = path.split("/").at(-1);
    take(new File([await response.blob()], name, { type: response.headers.get("Content-Type") }));
  } catch {
    refuse("The sample could not be loaded. Check the connection and try again.");
  }
}

function listenForDrops(input, take, refuse) {
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    showTarget(true);
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) showTarget(false);
  });
  document.addEventListener("drop", (event) => {
    showTarget(false);
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (!file) {
      refuse("That was not a file. Drop a JPEG, PNG or WebP picture.");
      return;
    }
    showName(input, event.dataTransfer.files);
    take(file);
  });
}

function showTarget(isOn) {
  document.body.classList.toggle("dragging", isOn);
}

function listenForPaste(input, take) {
  document.addEventListener("paste", (event) => {
    const files = event.clipboardData?.files ?? [];
    if (files.length === 0) return;
    event.preventDefault();
    showName(input, files);
    take([...files].find((file) => file.type.startsWith("image/")) ?? files[0]);
  });
}

/** The file field then names what is shown, however it came in. */
function showName(input, files) {
  if (files.length === 1) input.files = files;
}
