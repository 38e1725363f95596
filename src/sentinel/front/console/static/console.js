// Keeps the page as the daemon has it, counts clocks on, and puts the token of the session into forms.

const policy = globalThis.trustedTypes?.createPolicy("sentinel", { createHTML: (html) => html });
const parsed = (html) => {
  const box = document.createElement("template");
  box.innerHTML = policy ? policy.createHTML(html) : html;
  const fresh = box.content.firstElementChild;
  localise(fresh);
  tick(fresh);
  return fresh;
};

// The token of forms: in no cookie, so that no other port of this host is ever sent it.
const TOKEN = "sentinel-form-token";
const begun = document.querySelector("[data-form-token]");
if (begun) {
  localStorage.setItem(TOKEN, begun.dataset.formToken);
  location.replace(begun.dataset.following);
}

// Passkeys. A form that one is used or made for is sent with what the browser answered.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const use = async ({ passkey, relyingParty, credentials }) => {
  const allowed = credentials.split(" ").filter(Boolean).map((id) => ({ type: "public-key", id: bytes(id) }));
  const { id, response } = await navigator.credentials.get({
    publicKey: { challenge: bytes(passkey), rpId: relyingParty, allowCredentials: allowed, userVerification: "required" },
  });
  return {
    credential: id,
    authenticator_data: text(response.authenticatorData),
    client_data: text(response.clientDataJSON),
    signature: text(response.signature),
  };
};
const make = async ({ newPasskey, relyingParty }) => {
  const { id, response } = await navigator.credentials.create({
    publicKey: {
      challenge: crypto.getRandomValues(new Uint8Array(32)),
      rp: { id: relyingParty, name: "Sentinel" },
      user: { id: crypto.getRandomValues(new Uint8Array(32)), name: newPasskey, displayName: newPasskey },
      pubKeyCredParams: [{ type: "public-key", alg: -7 }],
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
    },
  });
  return { credential: id, public_key: text(response.getPublicKey()) };
};
const withPasskey = async (form) => {
  try {
    const fields = "passkey" in form.dataset ? await use(form.dataset) : await make(form.dataset);
    for (const [name, value] of Object.entries(fields)) {
      const field = form.elements.namedItem(name) ?? form.appendChild(document.createElement("input"));
      Object.assign(field, { type: "hidden", name, value });
    }
    form.submit();
  } catch (error) {
    const said = form.querySelector(".told") ?? form.appendChild(document.createElement("p"));
    said.className = "told";
    said.role = "alert";
    said.textContent = `The passkey was not used: ${error.message}`;
    for (const button of form.querySelectorAll("button")) button.disabled = false;
  }
};
document.addEventListener("submit", (event) => {
  const form = event.target;
  const field = form.elements.namedItem("token");
  if (field) field.value = localStorage.getItem(TOKEN) ?? "";
  for (const button of form.querySelectorAll("button")) setTimeout(() => (button.disabled = true));
  if ("passkey" in form.dataset || "newPasskey" in form.dataset) {
    event.preventDefault();
    withPasskey(form);
  }
});
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button:disabled")) button.disabled = false;
});
document.querySelector("form[data-send]")?.requestSubmit();

// Clocks.
const two = (number) => String(number).padStart(2, "0");
const countdown = (seconds) => {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${hours ? `${hours}:` : ""}${two(minutes)}:${two(seconds % 60)}`;
};
const elapsed = (seconds) => {
  const [days, hours] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24];
  const minutes = Math.floor(seconds / 60) % 60;
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min ${seconds % 60} s` : `${seconds % 60} s`;
};
const tick = (within = document) => {
  for (const clock of within.querySelectorAll("[data-until]"))
    clock.textContent = countdown(Math.max(0, Math.ceil((clock.dataset.until - Date.now()) / 1000)));
  for (const clock of within.querySelectorAll("[data-since]"))
    clock.textContent = elapsed(Math.max(0, Math.floor((Date.now() - clock.dataset.since) / 1000)));
};
setInterval(() => tick(), 1000);

// Moments come in UTC, and are shown in the reader's zone; what came is kept in the title.
const zoned = new Intl.DateTimeFormat("en-GB", {
  year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
  timeZoneName: "short",
});
const local = (moment) => {
  const { year, month, day, hour, minute, second, timeZoneName } = Object.fromEntries(
    zoned.formatToParts(moment).map(({ type, value }) => [type, value]),
  );
  return `${year}-${month}-${day} ${hour}:${minute}:${second} ${timeZoneName}`;
};
const localise = (within = document) => {
  for (const time of within.querySelectorAll("time:not(.clock)")) {
    time.title = time.textContent;
    time.textContent = local(new Date(time.dateTime));
  }
};

// Changes. What a person has opened stays open, and where they write is left alone while the question is the same.
const written = (part) => part.contains(document.activeElement) && document.activeElement.matches("input, textarea");
const put = (fresh) => {
  const part = document.getElementById(fresh.id);
  if (!part || part.outerHTML === fresh.outerHTML) return;
  const kept = (node) => node.querySelector("[data-keep]")?.dataset.keep;
  if (kept(part) && kept(part) === kept(fresh) && (written(part) || part.querySelector("input:not([type=hidden])")?.value)) return;
  const open = [...part.querySelectorAll("details[open]")].map((one) => one.dataset.name);
  for (const one of fresh.querySelectorAll("details")) if (open.includes(one.dataset.name)) one.open = true;
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  part.replaceWith(fresh);
  if (focused) document.getElementById(focused)?.focus();
};
// A part that the page no longer has goes, and one that it did not have yet comes into its place.
const arrange = (order, parts) => {
  for (const part of document.querySelectorAll("[data-live]")) if (!order.includes(part.id)) part.remove();
  const place = document.querySelector(".parts");
  let before = null;
  for (const id of [...order].reverse()) {
    if (!document.getElementById(id) && parts[id]) place.insertBefore(parsed(parts[id]), before);
    before = document.getElementById(id) ?? before;
  }
};
const address = document.body.dataset.changes;
const line = document.getElementById("connection");
const follow = (wait) => {
  const source = new EventSource(address);
  let opened = 0;
  source.addEventListener("open", () => {
    opened = Date.now();
    line.textContent = "";
  });
  source.addEventListener("parts", (event) => {
    const { order, parts } = JSON.parse(event.data);
    arrange(order, parts);
    for (const html of Object.values(parts)) put(parsed(html));
  });
  source.addEventListener("error", async () => {
    source.close();
    line.textContent = "Not connected: what you see may be old.";
    const answer = await fetch(address, { method: "HEAD" }).catch(() => null);
    if (answer?.status === 401) {
      line.textContent = "You are signed out. Run sentinel console in a terminal, then load this page again.";
      return;
    }
    const next = opened && Date.now() - opened > 5000 ? 250 : Math.min(wait * 2, 5000);
    setTimeout(follow, next, next);
  });
  addEventListener("pagehide", () => source.close(), { once: true });
};
if (address) follow(250);
localise();
tick();
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
