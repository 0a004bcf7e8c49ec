// Sends the code of a link. It stands behind the #, so that it is in no log and no history of a proxy.

const form = /** @type {HTMLFormElement} */ (document.querySelector("form"));

function send() {
  const code = decodeURIComponent(location.hash.slice(1));
  if (!code) return;
  history.replaceState(null, "", location.pathname + location.search);
  /** @type {HTMLInputElement} */ (form.elements.namedItem("code")).value = code;
  form.submit();
}

send();
// A link that is opened where the page stands already changes what is behind the # alone.
addEventListener("hashchange", send);
