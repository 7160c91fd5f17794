// Passkeys: has the browser make one or use one, and sends its answer with the form that asked for it. Without
// this script the forms are not shown: a link by mail does without.

const bytesOf = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const textOf = (bytes) =>
  btoa(Array.from(new Uint8Array(bytes), (one) => String.fromCharCode(one)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

// Thrown where the page of the form's own answer says best what is wrong.
class Unanswered extends Error {}

async function options(form) {
  const address = new URL(form.action);
  address.pathname += "/options";
  const headers = { "X-Form-Token": form.elements.namedItem("form_token")?.value ?? "" };
  const answer = await fetch(address, { method: "POST", headers }).catch(() => null);
  if (!answer?.headers.get("content-type")?.startsWith("application/json")) throw new Unanswered();
  const asked = await answer.json();
  if (!answer.ok) throw new Error(asked.sentence, { cause: "said" });
  return asked;
}

const described = (credentials) => credentials.map((one) => ({ ...one, id: bytesOf(one.id) }));

async function make(asked) {
  const user = { ...asked.user, id: bytesOf(asked.user.id) };
  const publicKey = {
    ...asked,
    challenge: bytesOf(asked.challenge),
    user,
    excludeCredentials: described(asked.excludeCredentials ?? []),
  };
  const made = await navigator.credentials.create({ publicKey });
  return answered(made, {
    attestationObject: textOf(made.response.attestationObject),
    transports: made.response.getTransports?.() ?? [],
  });
}

async function use(asked) {
  const publicKey = { ...asked, challenge: bytesOf(asked.challenge), allowCredentials: [] };
  const used = await navigator.credentials.get({ publicKey });
  const { authenticatorData, signature, userHandle } = used.response;
  return answered(used, {
    authenticatorData: textOf(authenticatorData),
    signature: textOf(signature),
    userHandle: userHandle && textOf(userHandle),
  });
}

function answered(credential, response) {
  const { id, type, rawId } = credential;
  const clientDataJSON = textOf(credential.response.clientDataJSON);
  return JSON.stringify({ id, type, rawId: textOf(rawId), response: { clientDataJSON, ...response } });
}

function sentenceFor(form, error) {
  if (error.cause === "said") return error.message;
  if (error.name === "NotAllowedError" || error.name === "AbortError") return form.dataset.cancelled;
  return (error.name === "InvalidStateError" && form.dataset.known) || form.dataset.failed;
}

async function press(event) {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("button");
  const said = form.querySelector("[role=status]");
  if (button.getAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  said.textContent = "";
  try {
    const asked = await options(form);
    const answer = await (form.dataset.passkey === "create" ? make : use)(asked);
    form.elements.namedItem("answer").value = answer;
    form.submit();
  } catch (error) {
    if (error instanceof Unanswered) form.submit();
    else said.textContent = sentenceFor(form, error);
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) break;
  form.addEventListener("submit", press);
  form.dataset.ready = "";
}
