/** The three ways a picture comes in: chosen, dropped anywhere, pasted. Each ends in `take(file)`. */

export function listen({ input, take, refuse }) {
  input.addEventListener("change", () => {
    if (input.files.length > 0) take(input.files[0]);
  });
  listenForDrops(input, take, refuse);
  listenForPaste(input, take);
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
    if (!file) return refuse("That was not a file. Drop a JPEG, PNG or WebP picture.");
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
