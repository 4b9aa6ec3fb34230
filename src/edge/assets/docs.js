"use strict";
// The try-it page: everything on it comes from /api/v1/openapi.json. No markup is ever made from text.

const find = (id) => document.getElementById(id);
const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (name in element && name !== "list") element[name] = value;
    else element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
};
let api = { paths: {}, components: {} };
const resolve = (part) => (part && part.$ref ? part.$ref.slice(2).split("/").reduce((at, name) => at[name], api) : part);
const methods = ["get", "post", "patch", "put", "delete"];
const token = { get: () => find("token").value.trim(), key: "daybook-token" };
const seen = new Set();
// "the `wait` of a query": what stands between backticks is code.
const rich = (text) => (text ?? "").split("`").map((part, n) => (n % 2 ? make("code", {}, part) : part));

// ---- an operation's form -------------------------------------------------------------------------------------------------

function fresh_key() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return "try-" + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function first_value(parameter) {
  if (parameter.name === "If-Match") return "*";
  if (parameter.name === "Idempotency-Key") return fresh_key();
  return parameter.example ?? "";
}

function field_row(parameter, id) {
  const input = make("input", { id, value: first_value(parameter), autocomplete: "off", spellcheck: false });
  if (parameter.in === "path") input.setAttribute("list", "seen");
  const label = make("label", { htmlFor: id }, parameter.name);
  if (parameter.required) label.append(make("i", { title: "required" }, " *"));
  const about = parameter.description ? make("small", {}, ...rich(parameter.description)) : null;
  return { parameter, input, parts: [label, make("div", {}, input, about)] };
}

function form_of(operation) {
  const rows = (operation.parameters ?? []).map(resolve).map((p, n) => field_row(p, `${operation.operationId}-${n}`));
  const groups = [["path", "Path"], ["query", "Query"], ["header", "Headers"]];
  const elements = groups.flatMap(([place, title]) => {
    const of_place = rows.filter((row) => row.parameter.in === place);
    if (!of_place.length) return [];
    return [make("h3", {}, title), make("div", { className: "fields" }, ...of_place.flatMap((row) => row.parts))];
  });
  let body = null;
  const content = operation.requestBody?.content?.["application/json"];
  if (content) {
    body = make("textarea", { spellcheck: false, value: JSON.stringify(content.example ?? {}, null, 2) });
    body.setAttribute("aria-label", "Body");
    body.rows = Math.min(24, body.value.split("\n").length + 1);
    elements.push(make("h3", {}, "Body"), body);
  }
  return { rows, body, elements };
}

function request_of(method, path, form) {
  const headers = {};
  let url = path;
  const query = new URLSearchParams();
  for (const { parameter, input } of form.rows) {
    const value = input.value.trim();
    if (parameter.in === "path") url = url.replace(`{${parameter.name}}`, encodeURIComponent(value));
    else if (value === "") continue;
    else if (parameter.in === "query") query.set(parameter.name, value);
    else headers[parameter.name] = value;
  }
  if ([...query].length) url += "?" + query;
  if (token.get()) headers.Authorization = "Bearer " + token.get();
  const body = form.body && form.body.value.trim() ? form.body.value : undefined;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  return { url, options: { method, headers, body, cache: "no-store" } };
}

const shell = (text) => "'" + text.replaceAll("'", "'\\''") + "'";
function curl_of({ url, options }) {
  const parts = ["curl -sS -i"];
  if (options.method !== "GET") parts.push("-X " + options.method);
  parts.push(shell(location.origin + url));
  for (const [name, value] of Object.entries(options.headers))
    parts.push(name === "Authorization" ? '-H "Authorization: Bearer $TOKEN"' : "-H " + shell(`${name}: ${value}`));
  if (options.body !== undefined) parts.push("-d " + shell(options.body));
  return parts.join(" \\\n  ");
}

// ---- its answer ----------------------------------------------------------------------------------------------------------

const mark = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null)/g;
function coloured(json) {
  const parts = [];
  let last = 0;
  for (const m of json.matchAll(mark)) {
    parts.push(json.slice(last, m.index));
    parts.push(make("span", { className: m[3] ? "n" : m[2] ? "k" : "s" }, m[1] ?? m[3]), m[2] ?? "");
    last = m.index + m[0].length;
  }
  return [...parts, json.slice(last)];
}

// Big integers must not pass through a number: the text is only indented, never parsed and printed.
function indented(json) {
  let depth = 0, out = "", in_text = false, escaped = false;
  const line = () => "\n" + "  ".repeat(depth);
  for (const c of json) {
    if (in_text) {
      out += c;
      if (escaped) escaped = false;
      else if (c === "\\") escaped = true;
      else if (c === '"') in_text = false;
    } else if (c === '"') { in_text = true; out += c; }
    else if (c === "{" || c === "[") { depth += 1; out += c + line(); }
    else if (c === "}" || c === "]") { depth -= 1; out = out.trimEnd() + (/[[{]$/.test(out.trimEnd()) ? "" : line()) + c; }
    else if (c === ",") out += c + line();
    else if (c === ":") out += ": ";
    else if (!/\s/.test(c)) out += c;
  }
  return out;
}

function remember_ids(text) {
  for (const [, id] of text.matchAll(/"([a-z]{3}_[0-9a-z]{26})"/g))
    if (!seen.has(id) && seen.size < 200) { seen.add(id); find("seen").prepend(make("option", { value: id })); }
}

async function show_stream(response, pre, stop) {
  const reader = response.body.getReader();
  stop.onclick = () => reader.cancel();
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    pre.append(decoder.decode(value, { stream: true }));
    pre.scrollTop = pre.scrollHeight;
  }
}

async function send(method, path, form, out) {
  const asked = request_of(method, path, form);
  out.replaceChildren(make("h3", {}, "Answer"), make("p", { role: "status" }, "Asking…"));
  const started = performance.now();
  try {
    const response = await fetch(asked.url, asked.options);
    const type = response.headers.get("content-type") ?? "";
    const pre = make("pre", { tabIndex: 0 });
    const stop = make("button", { type: "button", className: "copy" }, "Stop");
    const streaming = type.startsWith("text/event-stream");
    const text = streaming ? "" : await response.text();
    const took = performance.now() - started;
    const mood = response.ok || response.status === 304 ? "good" : "bad";
    const status = make("span", { className: "status " + mood }, `${response.status} ${response.statusText}`);
    const size = streaming ? "" : `${new Blob([text]).size} bytes`;
    const headers = make("dl", { className: "headers" });
    for (const [name, value] of response.headers) headers.append(make("dt", {}, name), make("dd", {}, value));
    const time = make("span", {}, `${took.toFixed(took < 10 ? 1 : 0)} ms`);
    const line = make("div", { className: "line", role: "status" }, status, time, size, streaming ? stop : null);
    const titled = (title, element) => [make("h3", {}, title), element];
    out.replaceChildren(...titled("Answer", line), ...titled("Its headers", headers), ...titled("Its body", pre));
    if (streaming) return await show_stream(response, pre, stop);
    remember_ids(text);
    pre.append(...(type.includes("json") ? coloured(indented(text)) : [text || "(empty)"]));
  } catch (error) {
    const sorry = make("p", { className: "status bad", role: "status" }, `No answer: ${error.message}`);
    out.replaceChildren(make("h3", {}, "Answer"), sorry);
  }
  for (const { parameter, input } of form.rows)
    if (parameter.name === "Idempotency-Key" && input.value.startsWith("try-")) input.value = fresh_key();
}

// ---- the page ------------------------------------------------------------------------------------------------------------

function panel_of(method, path, operation) {
  const form = form_of(operation);
  const out = make("div");
  const curl = make("pre", { className: "curl", tabIndex: 0 });
  const refresh = () => { curl.textContent = curl_of(request_of(method, path, form)); };
  const copy = make("button", { type: "button", className: "copy" }, "Copy");
  copy.onclick = () => navigator.clipboard?.writeText(curl.textContent).then(() => { copy.textContent = "Copied"; });
  const go = make("button", { type: "submit", className: "send" }, "Send");
  const panel = make("form", { className: "panel", noValidate: true }, make("p", {}, ...rich(operation.description)),
    ...form.elements, make("div", { className: "actions" }, go, make("kbd", {}, "Ctrl Enter")), out,
    make("div", { className: "line" }, make("h3", {}, "On the command line"), copy), curl);
  panel.onsubmit = (event) => { event.preventDefault(); refresh(); send(method, path, form, out); };
  panel.onkeydown = (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    panel.requestSubmit();
  };
  panel.oninput = refresh;
  refresh();
  return panel;
}

function card_of(method, path, operation) {
  const shown = make("span", { className: "path" });
  for (const part of path.split(/(\{[^}]+\})/)) shown.append(part.startsWith("{") ? make("b", {}, part) : part);
  const badge = make("span", { className: "method " + method }, method);
  const summary = make("span", { className: "summary" }, ...rich(operation.summary));
  const head = make("button", { type: "button" }, badge, shown, summary);
  const card = make("div", { className: "card", id: operation.operationId }, head);
  head.setAttribute("aria-expanded", "false");
  const words = [method, path, operation.summary, operation.operationId, ...(operation.tags ?? [])];
  card.dataset.words = words.join(" ").toLowerCase();
  card.open_panel = () => {
    if (!card.panel) card.append(card.panel = panel_of(method, path, operation));
    card.panel.hidden = false;
    head.setAttribute("aria-expanded", "true");
  };
  head.onclick = () => {
    if (card.panel && !card.panel.hidden) {
      card.panel.hidden = true;
      head.setAttribute("aria-expanded", "false");
      return;
    }
    card.open_panel();
    history.replaceState(null, "", "#" + operation.operationId);
  };
  return card;
}

function add_section(name, about, children, rest) {
  const count = children[0]?.className === "kinds" ? children[0].children.length : children.length;
  const heading = [make("h2", {}, name), about ? make("p", {}, ...rich(about)) : null];
  find("content").append(make("section", { id: "section-" + name }, ...heading, ...children));
  const item = make("li", {}, make("a", { href: "#section-" + name }, name, make("span", {}, String(count))));
  if (rest) item.className = "rest";
  find("sections").append(item);
}

function kinds(list) {
  return make("div", { className: "kinds" }, ...list.map(({ name, note, text }) =>
    make("div", { id: name }, make("code", {}, name), make("span", {}, note), make("p", {}, ...rich(text)))));
}

function build() {
  find("version").textContent = api.info.version;
  find("about").append(...rich(api.info.description));
  find("diagnostics").hidden = !api.info["x-diagnostics"];
  const by_tag = new Map(api.tags.map((tag) => [tag.name, { about: tag.description, cards: [] }]));
  for (const [path, operations] of Object.entries(api.paths))
    for (const method of methods.filter((name) => operations[name])) {
      const operation = operations[method];
      const tag = operation.tags?.[0] ?? "other";
      if (!by_tag.has(tag)) by_tag.set(tag, { cards: [] });
      by_tag.get(tag).cards.push(card_of(method.toUpperCase(), path, operation));
    }
  for (const [name, { about, cards }] of by_tag) add_section(name, about, cards);
  const problems = api["x-problems"].map((p) => ({ name: p.code, note: p.status, text: p.title }));
  const event = ([name, { post }]) => ({ name, note: "v" + post["x-version"], text: post.summary });
  const events = Object.entries(api.webhooks).map(event);
  add_section("events", "What the log records, and every reader of it gets.", [kinds(events)], true);
  add_section("problems", "Every refusal has a code that does not change, and a sentence.", [kinds(problems)], true);
  find("state").remove();
}

function go_to_place() {
  const name = decodeURIComponent(location.hash.slice(1));
  const place = name ? find(name) : location.pathname.endsWith("/problems") ? find("section-problems") : null;
  document.querySelectorAll(".here").forEach((old) => old.classList.remove("here"));
  if (!place) return;
  if (place.open_panel) place.open_panel();
  else if (place.parentElement?.className === "kinds") place.classList.add("here");
  place.scrollIntoView();
}

function search() {
  const words = find("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const has_all = (text) => words.every((word) => text.includes(word));
  for (const card of document.querySelectorAll(".card")) card.hidden = !has_all(card.dataset.words);
  for (const row of document.querySelectorAll(".kinds > div")) row.hidden = !has_all(row.textContent.toLowerCase());
  for (const section of document.querySelectorAll("main section"))
    section.hidden = !section.querySelector(".card:not([hidden]), .kinds > div:not([hidden])");
}

function keys(event) {
  const typing = /^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName);
  if (event.key === "/" && !typing) { event.preventDefault(); find("search").focus(); }
  if (event.key === "Escape" && document.activeElement === find("search")) { find("search").value = ""; search(); }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !document.activeElement.matches(".card > button, #search")) return;
  const heads = [...document.querySelectorAll(".card:not([hidden]) > button")];
  const next = heads[heads.indexOf(document.activeElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

async function begin() {
  find("token").value = sessionStorage.getItem(token.key) ?? "";
  find("token").oninput = () => sessionStorage.setItem(token.key, token.get());
  find("search").oninput = search;
  document.addEventListener("keydown", keys);
  try {
    api = await (await fetch("/api/v1/openapi.json")).json();
    build();
    go_to_place();
    addEventListener("hashchange", go_to_place);
  } catch (error) {
    find("state").textContent = `The document could not be read: ${error.message}`;
  }
}
begin();
