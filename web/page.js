"use strict";
// The page works without this script. With it, a change of the form asks the server for the same page anew and takes over
// what is marked data-live, so every word and number still comes from the server.

const WAIT_MS = 120; // after the last key
const MODEL_BYTES = 64 * 1024 * 1024; // of a model whose tensors are measured

const byId = (id) => document.getElementById(id);
const form = byId("form");
const content = document.querySelector(".content");

const say = (text, where = byId("status")) => {
  where.textContent = text;
};

const make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};

const real = (value, digits = 4) =>
  value === null || value === undefined || !Number.isFinite(value) ? "–" : String(Number(value.toPrecision(digits))).replace("-", "−");

const tableOf = (columns, rows) =>
  make("table", {},
    make("thead", {}, make("tr", {}, ...columns.map((name) => make("th", { scope: "col" }, name)))),
    make("tbody", {}, ...rows.map(([first, ...cells]) =>
      make("tr", {}, make("th", { scope: "row" }, first), ...cells.map((cell) => make("td", {}, cell))))));

// ---- asking -----------------------------------------------------------------------------------------------------------

const pause = (ms, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });

// fetch, but a server that is busy, or that wants fewer requests, is asked again when it says so.
const ask = async (url, signal, where) => {
  for (;;) {
    const answer = await fetch(url, { signal });
    if (answer.status !== 429 && answer.status !== 503) return answer;
    const seconds = Math.min(Math.max(Number(answer.headers.get("Retry-After")) || 1, 1), 60);
    say(`The server is busy: asking again in ${seconds} s.`, where);
    await pause(1000 * seconds, signal);
  }
};

// ---- the form and what follows from it --------------------------------------------------------------------------------

let asked = new AbortController();
let timer = 0;

const queryOf = () => {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value !== "" || name === "shape") query.append(name, value);
  return query.toString();
};

const names = (root) => Array.from(root.querySelectorAll("input, select"), (control) => control.name).join();

// Errors and the fields of another scheme; a control that is in use stays.
const takeForm = (page, anew) => {
  for (const old of form.querySelectorAll("fieldset")) {
    const next = page.getElementById(old.id);
    if (next && (anew || names(old) !== names(next))) old.replaceChildren(...next.childNodes);
  }
  for (const control of form.querySelectorAll("input, select")) {
    const next = page.getElementById(control.id);
    for (const name of ["aria-invalid", "aria-describedby"]) control.toggleAttribute(name, Boolean(next?.hasAttribute(name)));
    for (const name of next?.getAttributeNames() ?? []) if (name.startsWith("aria-")) control.setAttribute(name, next.getAttribute(name));
    byId(`e-${control.name}`)?.remove();
    const error = page.getElementById(`e-${control.name}`);
    if (error) control.after(error);
  }
};

// The address of the picture that fits this width.
const pictureOf = (root) => {
  const source = root.querySelector("source");
  const small = source && matchMedia(source.media).matches;
  return small ? source.getAttribute("srcset") : root.querySelector("img")?.getAttribute("src");
};

// Put `next` in the place of `old`. A picture stays, dimmed, until the other one is there.
const takeOver = async (old, next, signal) => {
  const url = pictureOf(next);
  if (url && url !== pictureOf(old)) {
    old.classList.add("busy");
    const image = new Image();
    await (await ask(url, signal)).arrayBuffer(); // now it is in the browser's cache
    image.src = url;
    await image.decode();
  }
  if (signal.aborted) return;
  for (const element of next.querySelectorAll(".script-only")) element.hidden = false;
  const open = [...old.querySelectorAll("details")].map((details) => details.open);
  next.querySelectorAll("details").forEach((details, i) => (details.open = Boolean(open[i])));
  old.replaceWith(next);
};

const takeLive = (page, root, signal) =>
  Promise.all([...root.querySelectorAll("[data-live]")].map(async (old) => {
    const next = page.getElementById(old.id);
    if (next && old !== document.activeElement && !old.isEqualNode(next) && !next.parentElement.closest("[data-live]"))
      await takeOver(old, next, signal);
  }));

const takePage = async (page, good, anew, signal) => {
  takeForm(page, anew);
  takeLive(page, form, signal);
  say(page.getElementById("status").textContent);
  content.classList.toggle("stale", !good);
  if (!good) return;
  document.title = page.title;
  await takeLive(page, content, signal);
  addCopyButtons();
  if (reading) readLayer();
};

// Show the state of a query. anew: the form takes its values. change: "pushState" or "replaceState"; undefined: the
// address is right already.
const show = async (query, { anew = false, change, hash = location.hash } = {}) => {
  asked.abort();
  asked = new AbortController();
  const { signal } = asked;
  content.classList.add("busy");
  try {
    const answer = await ask(`/?${query}`, signal);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.getElementById("form")) throw new Error(`The server answered ${answer.status}.`);
    if (signal.aborted) return;
    const short = answer.ok ? page.getElementById("form").dataset.query : query;
    if (change) history[change](null, "", `/?${short}${hash}`);
    await takePage(page, answer.ok, anew, signal);
  } catch (error) {
    if (error.name === "AbortError") return;
    say(error instanceof TypeError ? "The server cannot be reached." : error.message);
  }
  if (asked.signal === signal) content.classList.remove("busy");
};

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(() => show(queryOf(), { change: "replaceState" }), WAIT_MS);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(timer);
  show(queryOf(), { change: "pushState" });
});

addEventListener("popstate", () => show(location.search.slice(1), { anew: true }));

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || url.pathname !== "/" || (!url.search && url.hash)) return;
  event.preventDefault();
  show(url.search.slice(1), { anew: true, change: "pushState", hash: url.hash });
  (byId(url.hash.slice(1)) ?? byId("tensor")).scrollIntoView();
});

// ---- copying ----------------------------------------------------------------------------------------------------------

const copyButton = (text, what) => {
  const button = make("button", { type: "button", class: "copy" }, "Copy");
  button.setAttribute("aria-label", `Copy ${what}`);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      say("Copied.");
    } catch {
      say("This browser lets no page copy: select the text.");
    }
  });
  return button;
};

const addCopyButtons = () => {
  for (const head of document.querySelectorAll("#snippets h3")) {
    const code = head.nextElementSibling;
    if (!head.querySelector("button")) head.append(copyButton(() => code.textContent, head.textContent));
  }
};

byId("url").parentElement.append(copyButton(() => byId("url").textContent, "the URL"));
addCopyButtons();

// ---- numbers of pictures ----------------------------------------------------------------------------------------------

// The numbers of the sweep that is shown, by the address of its JSON.
const sweeps = new Map();

const numbersOf = async (url) => {
  if (!sweeps.has(url)) {
    sweeps.clear();
    const answer = await ask(url);
    if (!answer.ok) throw new Error(`The numbers are answered ${answer.status}.`);
    sweeps.set(url, await answer.json());
  }
  return sweeps.get(url);
};

let reading = false; // has anybody asked for a layer yet?
const signal = (value) => (value === 0 ? "dead" : real(value, 3));

// What is at the layer that the slider names.
const readLayer = async () => {
  const slider = byId("layer");
  const link = document.querySelector("#p-sweep a[href*='.json']");
  if (!slider || !link) return;
  reading = true;
  try {
    const numbers = await numbersOf(link.getAttribute("href"));
    const l = Math.min(Number(slider.value), numbers.depth);
    byId("readout").textContent =
      `layer ${l}: activations ${signal(numbers.activations.rms[l])}, gradients ${signal(numbers.gradients.rms[l])}, ` +
      `cosine of two inputs ${real(numbers.cosine[l], 3)}, flat units ${real(100 * (numbers.flat[l] ?? 0), 3)} %`;
  } catch (error) {
    if (byId("readout")) byId("readout").textContent = error.message;
  }
};

document.addEventListener("input", (event) => event.target.id === "layer" && readLayer());
document.addEventListener("focusin", (event) => event.target.id === "layer" && readLayer());

// The numbers of a picture as a table, when they are asked for.
document.addEventListener("toggle", async (event) => {
  const details = event.target;
  if (!details.matches?.("details.numbers") || !details.open || details.querySelector("table")) return;
  const answer = await ask(details.querySelector("a[href*='.csv']").getAttribute("href"));
  const [head, ...lines] = (await answer.text()).trim().split("\n").map((line) => line.split(","));
  if (answer.ok) details.append(make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Numbers" }, tableOf(head, lines)));
}, true);

// ---- the grid of schemes and activations ------------------------------------------------------------------------------

const STEPS = [0.5, 1, 2, 4, 8, 16]; // powers of ten from which a colour is the next

// The worse of two powers of ten; null, exactly 0, is the worst.
const worse = (a, b) => (a === null || b === null ? null : Math.abs(a) > Math.abs(b) ? a : b);
const power = (value) => (value === null ? "dead" : value.toFixed(Math.abs(value) < 9.95 ? 1 : 0).replace(/^-0\.0$/, "0.0").replace("-", "−"));

const gridCell = (scheme, activation, a, g) => {
  const value = worse(a, g);
  const step = STEPS.filter((least) => Math.abs(value) >= least).length;
  const link = make("a", { href: `/?scheme=${scheme}&activation=${activation}#depth`, title: `activations ${power(a)}, gradients ${power(g)}` }, power(value));
  return make("td", { class: value === null ? "dead" : (value < 0 ? "blue" : "red") + step }, link);
};

// Computing it takes a second, so it is asked for when somebody comes near.
const showGrid = async () => {
  const grid = byId("grid");
  const answer = await ask("/plot/grid.json", undefined, grid);
  if (!answer.ok) throw new Error(`The grid is answered ${answer.status}.`);
  const { schemes, activations, log10 } = await answer.json();
  const table = tableOf(["scheme", ...activations], []);
  table.tBodies[0].append(...schemes.map((scheme, s) => make("tr", {}, make("th", { scope: "row" }, scheme),
    ...activations.map((activation, a) => gridCell(scheme, activation, log10.activations[s][a], log10.gradients[s][a])))));
  grid.replaceChildren(make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Schemes and activations" }, table),
    make("p", {}, make("a", { href: "/plot/grid.json" }, "json"), " ", make("a", { href: "/plot/grid.csv" }, "csv"), " ", make("a", { href: "/plot/grid.svg" }, "svg")));
};

new IntersectionObserver((entries, observer) => {
  if (!entries.some((entry) => entry.isIntersecting)) return;
  observer.disconnect();
  showGrid().catch((error) => say(error.message, byId("grid")));
}).observe(byId("grid"));

// ---- tables of tensors ------------------------------------------------------------------------------------------------

// Have the reader measure every tensor of a file. `each` gets one after the other.
const measure = (file, each) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(document.body.dataset.reader);
    worker.onerror = () => reject(new Error("The reader could not be started."));
    worker.onmessage = ({ data }) => {
      if (data.tensor) {
        each(data.tensor);
        return;
      }
      worker.terminate();
      if (data.error) reject(new Error(data.error));
      else resolve();
    };
    worker.postMessage(file);
  });

const measured = (tensor) => [
  tensor.dtype,
  tensor.shape.join(" × ") || "scalar",
  real(tensor.mean, 3),
  real(tensor.std),
  real(tensor.largest),
  tensor.zeros === undefined ? "–" : String(tensor.zeros),
];

// ---- a file of one's own ----------------------------------------------------------------------------------------------

const checkFile = async (file) => {
  const where = byId("file-status");
  const tensors = [];
  say(`Reading ${file.name}.`, where);
  byId("file-result").hidden = true;
  try {
    await measure(file, (tensor) => tensors.push(tensor));
    const rows = tensors.map((tensor) => [tensor.name, ...measured(tensor), tensor.fits]);
    byId("file-result").replaceChildren(
      tableOf(["tensor", "type", "shape", "mean", "std", "largest", "zeros", "what fits"], rows));
    byId("file-result").hidden = tensors.length === 0;
    say(`${file.name}: ${tensors.length} tensor${tensors.length === 1 ? "" : "s"}. Nothing was sent.`, where);
  } catch (error) {
    say(`${file.name}: ${error.message}`, where);
  }
};

byId("file").addEventListener("change", (event) => event.target.files[0] && checkFile(event.target.files[0]));

const check = byId("check");
check.addEventListener("dragover", (event) => {
  event.preventDefault();
  check.classList.add("drop");
});
check.addEventListener("dragleave", () => check.classList.remove("drop"));
check.addEventListener("drop", (event) => {
  event.preventDefault();
  check.classList.remove("drop");
  if (event.dataTransfer.files[0]) checkFile(event.dataTransfer.files[0]);
});

// ---- three numbers ----------------------------------------------------------------------------------------------------

const pageOf = (request) => `/?${request.slice(request.indexOf("?") + 1)}`;

byId("fit-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const where = byId("fit-result");
  try {
    const answer = await ask(`/fit?${new URLSearchParams(new FormData(event.target))}`, undefined, where);
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.detail);
    const row = (request) => make("li", {}, make("a", { href: pageOf(request) }, request));
    const rows = found.matches.length ? found.matches.map((match) => row(match.request)) : [row(found.closest)];
    where.replaceChildren(make("p", {}, found.matches.length ? `${found.kind}; these schemes have such numbers:` : `${found.kind}; no scheme does, the closest is:`),
      make("ul", {}, ...rows));
  } catch (error) {
    say(error.message, where);
  }
});

// ---- models -----------------------------------------------------------------------------------------------------------

const modelRows = (table, found) =>
  table.tensors.map((tensor) => {
    const name = tensor.url ? make("a", { href: pageOf(tensor.url) }, tensor.name) : tensor.name;
    const got = found.get(tensor.name);
    return [name, tensor.dtype, tensor.shape.join(" × ") || "scalar", real(tensor.std), real(got?.std), real(got?.largest)];
  });

const showModel = async (name, seed) => {
  const where = byId("model-status");
  const path = `/models/${encodeURIComponent(name)}`;
  const query = `?seed=${encodeURIComponent(seed)}`;
  say(`Asking for ${name}.`, where);
  const answer = await ask(path + query, undefined, where);
  const table = await answer.json();
  if (!answer.ok) throw new Error(table.detail);
  const found = new Map();
  if (table.bytes <= MODEL_BYTES) {
    const file = await ask(table.file, undefined, where);
    await measure(new File([await file.blob()], "model.safetensors"), (tensor) => found.set(tensor.name, tensor));
  }
  byId("model-result").replaceChildren(
    tableOf(["tensor", "type", "shape", "std expected", "std measured", "largest"], modelRows(table, found)));
  byId("model-result").hidden = false;
  say(`${name}: ${table.tensors.length} tensors.${found.size ? "" : " It is too large to be measured here."}`, where);
};

byId("model-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  byId("model-result").hidden = true;
  try {
    await showModel(byId("model-name").value.trim(), byId("model-seed").value.trim());
  } catch (error) {
    say(error.message, byId("model-status"));
  }
});

for (const element of document.querySelectorAll(".script-only")) element.hidden = false;
