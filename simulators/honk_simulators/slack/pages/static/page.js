// The page of the workspace. The server renders; this fetches the parts again when there is news, and sends what is done.
"use strict";

const $ = (selector, within = document) => within.querySelector(selector);
const place = Object.fromEntries(new URLSearchParams(location.search));
place.as ||= localStorage.getItem("as") || "";
let shown = {};
let names = [];
let view = "";
let fetching = false;
let again = false;

async function refresh() {
  if (fetching) { again = true; return; }
  fetching = true;
  try {
    const answer = await fetch("/page/parts?" + new URLSearchParams(place));
    if (answer.ok) show(await answer.json());
  } catch (error) {
    // The server is gone; the stream of news reconnects, and then this is tried again.
  } finally {
    fetching = false;
    if (again) { again = false; refresh(); }
  }
}

function show(parts) {
  const moved = place.channel && place.channel !== parts.channel;
  place.as = parts.as;
  place.channel = parts.channel;
  localStorage.setItem("as", parts.as);
  names = parts.names;
  for (const id of ["side", "head", "messages", "replies"]) swap(id, parts.html[id], moved);
  $("#thread").hidden = !parts.html.replies;
  if (!parts.html.replies && document.body.classList.contains("at-thread")) go("channel");
  for (const form of document.querySelectorAll(".composer")) {
    form.classList.toggle("closed", !parts.writable);
    form.hidden = place.tab === "home" && !form.dataset.thread;
  }
  $("main .composer textarea").placeholder = "Message " + parts.title;
  showModal(parts);
  address();
}

function swap(id, html, moved) {
  if (shown[id] === html) return;
  const box = document.getElementById(id);
  const open = box.querySelector("details[open]");
  if (open && box.contains(document.activeElement) && !moved) return;
  const atEnd = !shown[id] || moved || box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  shown[id] = html;
  box.innerHTML = html;
  if (box.classList.contains("scroll") && atEnd) {
    box.scrollTop = box.scrollHeight;
    for (const image of box.querySelectorAll("img")) image.addEventListener("load", () => { box.scrollTop = box.scrollHeight; });
  }
}

function showModal(parts) {
  const modal = $("#modal");
  if (parts.view === view) return;
  view = parts.view;
  modal.innerHTML = parts.html.modal;
  if (view && !modal.open) modal.showModal();
  if (!view && modal.open) modal.close();
  const first = modal.querySelector("input, textarea, select");
  if (first && matchMedia("(min-width: 768px)").matches) first.focus();
}

function address() {
  const query = new URLSearchParams({ channel: place.channel });
  if (place.thread) query.set("thread", place.thread);
  if (place.tab) query.set("tab", place.tab);
  history.replaceState(null, "", "/?" + query);
}

function go(panel) {
  document.body.className = "at-" + panel;
  if (panel !== "thread" && place.thread) { place.thread = ""; refresh(); }
}

function look(at) {
  Object.assign(place, { thread: "", tab: "" }, at);
  document.body.className = place.thread ? "at-thread" : "at-channel";
  return refresh();
}

async function send(deed, fields, button) {
  const form = new FormData();
  for (const [name, value] of Object.entries({ as: place.as, ...fields })) form.append(name, value);
  return post(deed, form, button);
}

async function post(deed, form, button) {
  if (button) button.disabled = true;
  try {
    const answer = await (await fetch("/page/" + deed, { method: "POST", body: form })).json();
    if (!answer.ok) toast(answer.error);
    return answer;
  } catch (error) {
    toast("The workspace does not answer");
    return { ok: false };
  } finally {
    if (button) button.disabled = false;
  }
}

function toast(text) {
  const box = $("#toast");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { box.hidden = true; }, 4500);
}

// Where an element stands: a message, or a view.
function where(element) {
  const inView = element.closest("[data-view]");
  if (inView) return { view: inView.dataset.view };
  return { channel: place.channel, ts: element.closest("[data-ts]").dataset.ts };
}

function sure(element) {
  if (!element.dataset.confirm) return Promise.resolve(true);
  const asked = JSON.parse(element.dataset.confirm);
  const box = $("#confirm");
  $("h2", box).textContent = asked.title.text;
  $("p", box).textContent = asked.text.text;
  const [no, yes] = box.querySelectorAll("button");
  no.textContent = asked.deny.text;
  yes.textContent = asked.confirm.text;
  yes.classList.toggle("danger", asked.style === "danger");
  box.returnValue = "";
  box.showModal();
  return new Promise((done) => box.addEventListener("close", () => done(box.returnValue === "yes"), { once: true }));
}

document.addEventListener("click", async (event) => {
  const it = event.target.closest("button, a, [data-dismiss]");
  const message = event.target.closest(".message");
  for (const other of document.querySelectorAll(".touched")) if (other !== message) other.classList.remove("touched");
  if (message && !it && !event.target.closest("select, input, summary")) message.classList.toggle("touched");
  for (const menu of document.querySelectorAll("details[open]")) if (!menu.contains(event.target)) menu.open = false;
  if (!it) return;
  const data = it.dataset;
  if (data.channel) { event.preventDefault(); await look({ channel: data.channel }); }
  else if (data.go) go(data.go);
  else if ("tab" in data) {
    await look({ tab: data.tab });
    if (data.tab) await send("home", { tab: "home" });
  }
  else if (data.threadOf) { await look({ thread: data.threadOf }); $("#thread textarea").focus({ preventScroll: true }); }
  else if (data.press) {
    if (!(await sure(it))) return;
    if (data.url) open(data.url, "_blank", "noopener");
    await send("press", { ...where(it), action: data.press }, it);
  }
  else if (data.choose) {
    if (await sure(it)) await send("choose", { ...where(it), action: data.choose, value: data.value }, it);
  }
  else if (data.react) await send("react", { ...where(it), name: data.react });
  else if (data.shortcut) await send("shortcut", { ...where(it), callback: data.shortcut });
  else if ("delete" in data) await send("delete", where(it));
  else if (data.edit) {
    const text = prompt("Edit message", data.edit);
    if (text) await send("edit", { ...where(it), text });
  }
  else if ("invite" in data) await send("invite", { channel: place.channel }, it);
  else if ("dismiss" in data) await send("dismiss", where(it));
  else if (it.classList.contains("at")) {
    const box = it.closest("form").elements.text;
    box.value += (box.value && !/\s$/.test(box.value) ? " " : "") + "@";
    box.focus();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }
  else if (data.name) pick(it);
});

// Menus and fields

document.addEventListener("change", async (event) => {
  const it = event.target;
  if (it.id === "who") {
    if (it.value) return look({ as: it.value });
    const name = prompt("Name");
    const made = name ? await send("person", { name }) : null;
    return look(made && made.ok ? { as: made.user } : {});
  }
  if (it.type === "file" && it.name === "files") {
    $(".picked", it.form).textContent = [...it.files].map((file) => file.name).join(", ");
    return ready(it.form);
  }
  const boxes = it.closest("[data-boxes]");
  const field = it.closest("[data-field]");
  const told = (boxes || field)?.dataset.told;
  if (!told) return;
  const value = boxes ? boxed(boxes) : field.multiple ? [...field.selectedOptions].map((each) => each.value) : field.value;
  if (value === "") return;
  if (field && !(await sure(field))) { field.value = ""; return; }
  await send("choose", { ...where(it), action: (boxes || field).dataset.boxes || field.dataset.field, value: JSON.stringify(value) });
});

function boxed(boxes) {
  const chosen = [...boxes.querySelectorAll(":checked")].map((each) => each.value);
  return boxes.querySelector("[type=radio]") ? chosen[0] ?? "" : chosen;
}

let typing = 0;
document.addEventListener("input", (event) => {
  const external = event.target.closest("[data-external]");
  if (external) {
    clearTimeout(typing);
    typing = setTimeout(() => suggest(external), 200);
  }
  if (event.target.name === "text") { grow(event.target); complete(event.target); ready(event.target.form); }
});

async function suggest(external) {
  const box = $(".found", external);
  const answer = await send("suggest", { ...where(external), action: external.dataset.external, query: $("input", external).value });
  box.replaceChildren(...(answer.options || []).map((option) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = option.text.text;
    button.addEventListener("click", async () => {
      $("input", external).value = option.text.text;
      external.dataset.value = JSON.stringify(option);
      box.hidden = true;
      if (external.dataset.told) await send("choose", { ...where(external), action: external.dataset.external, value: external.dataset.value });
    });
    return button;
  }));
  box.hidden = !box.childElementCount;
}

// Writing

function grow(box) { box.style.height = "auto"; box.style.height = box.scrollHeight + "px"; }

function ready(form) {
  form.classList.toggle("ready", Boolean(form.elements.text.value.trim() || form.elements.files.files.length));
}

function complete(box) {
  const list = $(".names", box.form);
  const typed = box.value.slice(0, box.selectionStart).match(/(?:^|\s)@([^\s@]*)$/);
  const fitting = typed ? names.filter((name) => name.toLowerCase().startsWith(typed[1].toLowerCase())).slice(0, 6) : [];
  list.replaceChildren(...fitting.map((name, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.name = name;
    button.className = index ? "" : "on";
    button.textContent = name;
    return button;
  }));
  list.hidden = !fitting.length;
}

function pick(button) {
  const box = button.closest("form").elements.text;
  const before = box.value.slice(0, box.selectionStart).replace(/@[^\s@]*$/, "@" + button.dataset.name + " ");
  box.value = before + box.value.slice(box.selectionStart);
  box.setSelectionRange(before.length, before.length);
  $(".names", box.form).hidden = true;
  box.focus();
  ready(box.form);
}

document.addEventListener("keydown", (event) => {
  const box = event.target;
  if (box.name !== "text") return;
  const list = $(".names", box.form);
  const on = $(".on", list);
  if (!list.hidden && on) {
    if (event.key === "Enter" || event.key === "Tab") { event.preventDefault(); return pick(on); }
    if (event.key === "Escape") { list.hidden = true; return; }
    const next = event.key === "ArrowDown" ? on.nextElementSibling : event.key === "ArrowUp" ? on.previousElementSibling : null;
    if (next) { event.preventDefault(); on.className = ""; next.className = "on"; }
    return;
  }
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); box.form.requestSubmit(); }
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.classList.contains("composer")) {
    event.preventDefault();
    const data = new FormData(form);
    data.append("as", place.as);
    data.append("channel", place.channel);
    if (form.dataset.thread) data.append("thread", place.thread);
    const answer = await post("say", data, $(".send", form));
    if (!answer.ok) return;
    form.reset();
    $(".picked", form).textContent = "";
    grow(form.elements.text);
    ready(form);
  } else if (form.dataset.view) {
    event.preventDefault();
    await submitModal(form, event.submitter);
  }
});

async function submitModal(form, button) {
  const values = {};
  for (const block of form.querySelectorAll("[data-block]")) {
    const field = $("[data-field]", block);
    const boxes = $("[data-boxes]", block);
    const external = $("[data-external]", block);
    const value = boxes ? boxed(boxes)
      : external ? (external.dataset.value ? JSON.parse(external.dataset.value) : "")
      : field.multiple ? [...field.selectedOptions].map((each) => each.value) : field.value;
    if (value !== "" && value.length !== 0) values[block.dataset.block] = value;
    $(".wrong", block).textContent = "";
  }
  const answer = await send("submit", { view: form.dataset.view, values: JSON.stringify(values) }, button);
  for (const [block, text] of Object.entries(answer.errors || {})) {
    const found = [...form.querySelectorAll("[data-block]")].find((each) => each.dataset.block === block);
    if (found) $(".wrong", found).textContent = text;
    else toast(text);
  }
}

$("#modal").addEventListener("cancel", (event) => {
  event.preventDefault();
  const form = $("#modal form");
  if (form) send("dismiss", { view: form.dataset.view });
});

// Without a font for them every emoji looks the same; their names are shown instead.
function drawn(character) {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.font = "20px sans-serif";
  pen.fillText(character, 2, 22);
  return pen.getImageData(0, 0, 40, 40).data.join();
}
document.documentElement.classList.toggle("no-emoji", drawn("\u{1F440}") === drawn("\u{1F914}"));

if (place.thread) document.body.className = "at-thread";
const news = new EventSource("/page/news");
news.addEventListener("news", refresh);
news.addEventListener("open", refresh);
