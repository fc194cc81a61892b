// Passkeys: a button asks the portal what is to be signed, has the browser sign it,
// and sends the form that it stands in. Without a script, or in a browser that knows
// no passkeys, the form asks for a code as before.
const known = Boolean(window.PublicKeyCredential?.parseCreationOptionsFromJSON);

for (const missing of document.querySelectorAll("[data-passkey-missing]")) missing.hidden = known;

for (const box of document.querySelectorAll("[data-passkey]")) {
  if (!known) break;
  box.hidden = false;
  const button = box.querySelector("button"), failed = box.querySelector("[data-failed]");
  button.addEventListener("click", async () => {
    failed.textContent = "";
    button.disabled = true;
    try {
      const answer = await fetch(button.dataset.options, { method: "POST" });
      if (!answer.ok || answer.redirected) { location.reload(); return; } // the portal asks first who is there
      const { publicKey } = await answer.json();
      const made = "create" in button.dataset
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
      button.form.elements.passkey.value = JSON.stringify(made.toJSON());
      button.form.requestSubmit();
    } catch { // the person said no, took too long, or has none here
      failed.textContent = failed.dataset.failed;
    }
    button.disabled = false;
  });
}
