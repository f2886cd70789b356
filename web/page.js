"use strict";
// The page works without this script. With it, a change of the form asks the server for the same page anew and takes over
// what is marked data-live, so every word and number still comes from the server.

const WAIT_MS = 120; // after the last key

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

const scrolling = (name, table) => make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, table);

// ---- asking -----------------------------------------------------------------------------------------------------------

const pause = (ms, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });

const BUSY = "The server is busy";

// fetch, but a server that is busy, or that wants fewer requests, is asked again when it says so.
const ask = async (url, signal, where = byId("status")) => {
  for (;;) {
    const answer = await fetch(url, { signal });
    if (answer.status !== 429 && answer.status !== 503) return answer;
    const seconds = Math.min(Math.max(Number(answer.headers.get("Retry-After")) || 1, 1), 60);
    where.dataset.before ??= where.textContent;
    say(`${BUSY}: asking again in ${seconds} s.`, where);
    await pause(1000 * seconds, signal);
    if (where.textContent.startsWith(BUSY)) say(where.dataset.before ?? "", where);
    delete where.dataset.before;
  }
};

// What an answer says as JSON. Throws what a problem says.
const jsonOf = async (...asked) => {
  const answer = await ask(...asked);
  const data = await answer.json().catch(() => null);
  if (!answer.ok || !data) throw Object.assign(new Error(data?.detail ?? `The server answered ${answer.status}.`), { status: answer.status });
  return data;
};

const wordsOf = (error) => (error instanceof TypeError ? "The server cannot be reached." : error.message);
const fail = (error, where) => error.name === "AbortError" || say(wordsOf(error), where);

// ---- the form and what follows from it --------------------------------------------------------------------------------

let asked = new AbortController();
let timer = 0; // of what was typed last; 0 when the server has been asked for it
let typed = false; // is there something in the form that is not in the address?
let current = location.search; // of what is shown, or asked for by Back and Forward

const queryOf = (fields = form) => {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(fields)) if (value !== "" || name === "shape") query.append(name, value);
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
    if (!next) continue; // it came with its fieldset
    for (const name of ["aria-invalid", "aria-describedby"]) control.toggleAttribute(name, next.hasAttribute(name));
    for (const name of next.getAttributeNames()) if (name.startsWith("aria-")) control.setAttribute(name, next.getAttribute(name));
    byId(`e-${control.name}`)?.remove();
    const error = page.getElementById(`e-${control.name}`);
    if (error) control.after(error);
  }
  if (form.querySelector("#more [aria-invalid]")) byId("more").open = true;
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
    const image = new Image();
    await (await ask(url, signal)).arrayBuffer(); // now it is in the browser's cache
    image.src = url;
    await image.decode().catch(() => {}); // its words stand for it
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
  watchLayer();
};

// Show an address; one that is there already makes no entry to go back to.
const move = (change, query, hash) => {
  const there = query === form.dataset.query && hash === location.hash;
  history[there ? "replaceState" : change](null, "", `/?${query}${hash}`);
  current = location.search;
};

// Show the state of a query. anew: the form takes its values. change: "pushState" or "replaceState"; undefined: the
// address is right already.
const show = async (query, { anew = false, change, hash } = {}) => {
  clearTimeout(timer);
  timer = 0;
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
    if (change) move(change, short, hash ?? location.hash);
    form.dataset.query = short;
    typed = timer > 0;
    await takePage(page, answer.ok, anew, signal);
  } catch (error) {
    fail(error);
  }
  if (asked.signal === signal) content.classList.remove("busy");
};

form.addEventListener("input", () => {
  typed = true;
  clearTimeout(timer);
  timer = setTimeout(() => show(queryOf(), { change: "replaceState" }), WAIT_MS);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  show(queryOf(), { change: "pushState" });
});

addEventListener("popstate", () => {
  if (location.search === current) return; // another place of the same page
  current = location.search;
  show(current.slice(1), { anew: true });
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || url.pathname !== "/" || (url.hash && url.search === location.search)) return;
  event.preventDefault();
  if (link.closest("#choose")) // another scheme, for what the form says otherwise
    for (const name of ["shape", "seed", "depth", "width", "batch"]) url.searchParams.set(name, new FormData(form).get(name));
  if (typed) move("replaceState", (form.dataset.query = queryOf()), location.hash); // Back leads to it
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

// ---- pictures ---------------------------------------------------------------------------------------------------------

// A picture that the server had no time for is asked for again, once; several one after the other.
const again = new Set();
let queue = Promise.resolve();

const askAgain = (image) => {
  const url = image.currentSrc || image.src;
  if (again.has(url)) return;
  again.add(url);
  queue = queue.then(async () => {
    await (await ask(url)).arrayBuffer();
    image.src = image.getAttribute("src");
  }).catch(fail);
};

document.addEventListener("error", (event) => event.target.matches?.("img") && askAgain(event.target), true);
for (const image of document.images) if (image.currentSrc && image.complete && !image.naturalWidth) askAgain(image);

const whenSeen = (act, ...elements) => {
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    act().catch(fail);
  });
  for (const element of elements) observer.observe(element);
};

// The numbers of the sweep that is shown, and the address of their JSON.
let sweep = {};

const numbersOf = (url, where) => {
  if (sweep.url !== url) {
    sweep = { url, numbers: jsonOf(url, undefined, where) };
    sweep.numbers.catch(() => (sweep = {}));
  }
  return sweep.numbers;
};

let reading = false; // has anybody seen the readout yet?
const signal = (value) => (value === 0 ? "dead" : real(value, 3));

// What is at the layer that the slider names.
const readLayer = async () => {
  const slider = byId("layer");
  const where = byId("readout");
  const picture = document.querySelector("#p-sweep picture");
  if (!slider) return;
  reading = true;
  try {
    const { depth, activations, gradients, cosine, flat } = await numbersOf(document.querySelector("#p-sweep a").getAttribute("href"), where);
    const l = Math.min(Number(slider.value), depth);
    say(`layer ${l}: activations ${signal(activations.rms[l])}, gradients ${signal(gradients.rms[l])}, cosine of two inputs ${real(cosine[l], 3)}` +
      (flat[l] === null ? "" : `, flat units ${real(100 * flat[l], 3)} %`), where);
    slider.setAttribute("aria-valuetext", where.textContent);
    if (!picture.querySelector("span")) picture.append(make("span", { class: "cursor" }));
    picture.lastChild.style.setProperty("--at", l / depth);
  } catch (error) {
    fail(error, where);
  }
};

const watchLayer = () => {
  if (reading) readLayer();
  else if (byId("layer")) whenSeen(readLayer, byId("layer"));
};

document.addEventListener("input", (event) => event.target.id === "layer" && readLayer());

// The numbers of a picture as a table, when they are asked for.
document.addEventListener("toggle", async (event) => {
  const details = event.target;
  if (!details.matches?.("details.numbers") || !details.open || details.querySelector("div, p")) return;
  const where = details.appendChild(make("p", { role: "status" }));
  try {
    const answer = await ask(details.querySelector("a[href*='.csv']").getAttribute("href"), undefined, where);
    if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
    const [head, ...lines] = (await answer.text()).trim().split("\n").map((line) => line.split(","));
    where.replaceWith(scrolling(details.querySelector("summary").textContent, tableOf(head, lines)));
  } catch (error) {
    fail(error, where);
    details.addEventListener("toggle", () => where.remove(), { once: true }); // opened again, it is asked for again
  }
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
  say("", grid);
  const { schemes, activations, log10 } = await jsonOf("/plot/grid.json", undefined, grid);
  const table = tableOf(["scheme", ...activations], []);
  table.tBodies[0].append(...schemes.map((scheme, s) => make("tr", {}, make("th", { scope: "row" }, scheme),
    ...activations.map((activation, a) => gridCell(scheme, activation, log10.activations[s][a], log10.gradients[s][a])))));
  grid.replaceChildren(scrolling("Schemes and activations", table),
    make("p", {}, make("a", { href: "/plot/grid.json" }, "json"), " ", make("a", { href: "/plot/grid.csv" }, "csv"), " ", make("a", { href: "/plot/grid.svg" }, "svg")));
};

whenSeen(() => showGrid().catch((error) => fail(error, byId("grid"))), byId("grid"));

// ---- files and models: check.js, when somebody comes near ---------------------------------------------------------------

whenSeen(async () => {
  await (await ask(document.body.dataset.check)).arrayBuffer(); // now it is in the browser's cache
  document.head.append(make("script", { src: document.body.dataset.check }));
}, byId("check"), byId("models"));

for (const element of document.querySelectorAll(".readout")) element.hidden = false;
watchLayer();
