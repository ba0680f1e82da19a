// Puts a button beside each example that copies it, where the browser lets a page do that.

const shown = 2000;

for (const example of navigator.clipboard ? document.querySelectorAll(".example") : []) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(example.querySelector("code").textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not copied";
    }
    setTimeout(() => { button.textContent = "Copy"; }, shown);
  });
  example.append(button);
}
