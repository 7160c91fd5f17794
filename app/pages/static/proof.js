// The proof of work of a sign-up: ALTCHA's second version, PBKDF2 with SHA-256, by the browser's
// own cryptography. Whatever goes wrong, the form is sent: the server knows another way.

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const bytesOf = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));

async function derived(parameters, counter) {
  const nonce = bytesOf(parameters.nonce);
  const password = new Uint8Array(nonce.length + 4);
  password.set(nonce);
  new DataView(password.buffer).setUint32(nonce.length, counter);
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const how = {
    name: "PBKDF2",
    hash: "SHA-256",
    salt: bytesOf(parameters.salt),
    iterations: parameters.cost,
  };
  return hex(new Uint8Array(await crypto.subtle.deriveBits(how, key, parameters.keyLength * 8)));
}

async function solved(address) {
  const challenge = await (await fetch(address)).json();
  for (let counter = 0; ; counter += 1) {
    const derivedKey = await derived(challenge.parameters, counter);
    if (derivedKey.startsWith(challenge.parameters.keyPrefix)) {
      return btoa(JSON.stringify({ challenge, solution: { counter, derivedKey } }));
    }
  }
}

for (const form of document.querySelectorAll("form[data-challenge]")) {
  form.addEventListener("submit", async (event) => {
    const field = form.elements.namedItem("altcha");
    if (field.value || !globalThis.crypto?.subtle) return;
    event.preventDefault();
    const button = form.querySelector("button[type=submit]");
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    form.querySelector("[role=status]").textContent = form.dataset.said;
    try {
      field.value = await solved(form.dataset.challenge);
    } catch {
      // Sent without one.
    }
    form.submit();
  });
}
