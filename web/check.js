"use strict";
// The parts of the page that look at tensors: a file of one's own, three numbers, whole models. page.js loads it, and has
// the functions that are not defined here.

const MODEL_BYTES = 64 * 1024 * 1024; // of a model whose tensors are measured
const ASKERS = 4; // of /fit, at a time

// ---- tables of tensors ------------------------------------------------------------------------------------------------

// Have the reader measure every tensor of a file. `each` gets one after the other.
const measure = async (file, each, signal, where) => {
  const script = document.body.dataset.reader;
  await (await ask(script, signal, where)).arrayBuffer(); // now it is in the browser's cache
  return new Promise((resolve, reject) => {
    const worker = new Worker(script);
    signal?.addEventListener("abort", () => {
      worker.terminate();
      reject(signal.reason);
    });
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
};

const measured = (tensor) => [
  tensor.dtype,
  tensor.shape.join(" × ") || "scalar",
  real(tensor.mean, 3),
  real(tensor.std),
  real(tensor.largest),
  tensor.zeros === undefined ? "–" : String(tensor.zeros),
];

const pageOf = (request) => `/?${request.slice(request.indexOf("?") + 1)}`;
const depthOf = (request, text) => make("a", { href: `${pageOf(request)}#depth` }, text);

// ---- a file of one's own ----------------------------------------------------------------------------------------------

let checking = new AbortController();

const fitCell = ({ kind, matches, closest }) => {
  const link = (request) => depthOf(request, request.replace(/^.*\?|&shape=[^&]*/g, ""));
  return matches.length ? [`${kind}: `, ...matches.flatMap(({ request }, i) => (i ? [", ", link(request)] : [link(request)]))] : [`${kind}, closest: `, link(closest)];
};

// Fill the cells of tensors with what /fit says, which is asked once about the same numbers. Returns how often it was asked.
const askFits = async (tensors, signal, where) => {
  const cells = new Map();
  for (const { shape, std, largest, cell } of tensors.filter((tensor) => !tensor.why)) {
    const query = `shape=${shape}&std=${Number(std.toPrecision(7))}&max=${Number(largest.toPrecision(7))}`;
    cells.set(query, [...(cells.get(query) ?? []), cell]);
  }
  const left = [...cells];
  const work = async () => {
    for (let next; (next = left.shift()); ) {
      try {
        const found = await jsonOf(`/fit?${next[0]}`, signal, where);
        for (const cell of next[1]) cell.replaceChildren(...fitCell(found));
      } catch (error) {
        if (error.status === 400) continue; // no shape for it: the dash stands
        left.length = 0;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: ASKERS }, work));
  return cells.size;
};

const checkFile = async (file) => {
  checking.abort();
  checking = new AbortController();
  const { signal } = checking;
  const where = byId("file-status");
  const tensors = [];
  let start = "";
  say(`Reading ${file.name}.`, where);
  byId("file-result").hidden = true;
  try {
    await measure(file, (tensor) => tensors.push({ ...tensor, cell: make("span", {}, tensor.why ? `– ${tensor.why}` : "–") }), signal, where);
    byId("file-result").replaceChildren(tableOf(["tensor", "type", "shape", "mean", "std", "largest", "zeros", "what fits"],
      tensors.map((tensor) => [tensor.name, ...measured(tensor), tensor.cell])));
    byId("file-result").hidden = tensors.length === 0;
    const count = `${tensors.length} tensor${tensors.length === 1 ? "" : "s"}`;
    start = `${count}. What fits is not known: `;
    say("Asking what fits.", where);
    const sent = (await askFits(tensors, signal, where)) ? "shape, std and largest value of its tensors were sent." : "nothing was sent.";
    say(`${file.name}: ${count}. The file stayed here; ${sent}`, where);
  } catch (error) {
    if (!signal.aborted) say(`${file.name}: ${start}${wordsOf(error)}`, where);
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

byId("fit-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const where = byId("fit-result");
  try {
    const { kind, matches, closest } = await jsonOf(`/fit?${queryOf(event.target)}`, undefined, where);
    const rows = matches.length ? matches.map(({ request }) => request) : [closest];
    where.replaceChildren(make("p", {}, matches.length ? `${kind}; these schemes have such numbers:` : `${kind}; no scheme does, the closest is:`),
      make("ul", {}, ...rows.map((request) => make("li", {}, depthOf(request, request)))));
  } catch (error) {
    fail(error, where);
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
  const table = await jsonOf(path + query, undefined, where);
  const found = new Map();
  if (table.bytes <= MODEL_BYTES) {
    const file = await ask(table.file, undefined, where);
    if (!file.ok) throw new Error(`The server answered ${file.status}.`);
    await measure(new File([await file.blob()], "model.safetensors"), (tensor) => found.set(tensor.name, tensor), undefined, where);
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
    fail(error, byId("model-status"));
  }
});

for (const element of document.querySelectorAll(".script-only")) element.hidden = false;
