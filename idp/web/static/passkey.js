// Passkeys: asks us for a question, the browser for its answer, and sends that as the ordinary form it stands in.
const bytes = text => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), one => one.charCodeAt(0));
const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const LIFE = 4 * 60 * 1000; // a question is good for five minutes
for (const form of document.querySelectorAll("form[data-passkey]")) {
  const said = form.querySelector("[data-said]"), button = form.querySelector("button"), making = form.dataset.passkey === "create";
  let waiting;
  const say = words => { said.textContent = words || ""; };
  const ask = async () => {
    const token = form.elements.csrf_token.value;
    const answer = await fetch(form.dataset.options, {method: "POST", headers: {"X-CSRFToken": token}, redirect: "error"});
    if (!answer.ok) throw new Error(answer.status);
    const {publicKey} = await answer.json();
    publicKey.challenge = bytes(publicKey.challenge);
    if (publicKey.user) publicKey.user.id = bytes(publicKey.user.id);
    for (const list of [publicKey.allowCredentials, publicKey.excludeCredentials]) for (const one of list || []) one.id = bytes(one.id);
    return publicKey;
  };
  const send = key => {
    const told = {}, from = key.response;
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      const part = from[name];
      if (part) told[name] = text(part);
    }
    if (from.getTransports) told.transports = from.getTransports();
    form.elements.credential.value = JSON.stringify({
      id: key.id, rawId: text(key.rawId), type: key.type, response: told, clientExtensionResults: key.getClientExtensionResults(),
    });
    const shared = document.getElementById("shared_computer");
    if (shared && form.elements.shared_computer) form.elements.shared_computer.value = shared.checked ? "y" : "";
    form.action += location.search;
    form.submit();
  };
  const use = async mediation => {
    waiting?.abort();
    const mine = waiting = new AbortController();
    try {
      const publicKey = await ask(), wish = {publicKey, signal: mine.signal};
      if (mediation) {
        wish.mediation = mediation;
        const again = () => document.hidden ? addEventListener("visibilitychange", again, {once: true}) : mine === waiting && use(mediation);
        setTimeout(again, LIFE);
      }
      send(await navigator.credentials[making ? "create" : "get"](wish));
    } catch (problem) {
      if (mediation || mine !== waiting) return;
      say(problem.name === "InvalidStateError" ? form.dataset.known : form.dataset.failed);
      button.disabled = false;
    }
  };
  if (!window.PublicKeyCredential) {
    say(form.dataset.missing);
    continue;
  }
  button.hidden = false;
  addEventListener("pageshow", () => { button.disabled = false; });
  form.addEventListener("submit", event => {
    event.preventDefault();
    if (!form.reportValidity()) return;
    button.disabled = true;
    say();
    use();
  });
  if ("conditional" in form.dataset) PublicKeyCredential.isConditionalMediationAvailable?.().then(can => can && use("conditional"));
}
