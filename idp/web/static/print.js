// A button to print, where the browser can; without the script the page says how it is done.
for (const advice of document.querySelectorAll("[data-print]")) {
  if (typeof window.print !== "function") continue;
  const button = document.createElement("button");
  button.type = "button";
  button.id = "codes-print";
  button.className = "button quiet";
  button.textContent = advice.dataset.print;
  button.addEventListener("click", () => window.print());
  advice.replaceWith(button);
}
