// Lets a person look at the password they typed. The words come from the page, in its language; the form never leaves with it shown.
for (const field of document.querySelectorAll("input[data-show]")) {
  const button = document.createElement("button"), label = document.querySelector(`label[for="${field.id}"]`).textContent;
  const set = shown => {
    field.type = shown ? "text" : "password";
    button.textContent = shown ? field.dataset.hide : field.dataset.show;
    button.setAttribute("aria-label", `${button.textContent}: ${label}`);
  };
  button.type = "button";
  button.className = "plain";
  button.addEventListener("click", () => set(field.type === "password"));
  field.form.addEventListener("submit", () => set(false));
  field.after(button);
  set(false);
}
