// Keeps an open page up to date. Without this script every page still works and shows the state when it was opened.
"use strict";

const QUIET_MS = 250; // several events in a row reload the page's parts once
const AGAIN_MS = 4000; // wait before a new stream, after an answer that ended the last one

// Server-sent events from `url()`; `handlers` by event name. Closed while the page is hidden.
function listen(url, handlers) {
  let source = null;
  let timer = 0;
  const open = () => {
    clearTimeout(timer);
    if (source || document.hidden) return;
    source = new EventSource(url());
    source.onopen = () => document.body.classList.remove("lost");
    source.onerror = () => {
      document.body.classList.add("lost");
      if (source && source.readyState === EventSource.CLOSED) {
        source = null;
        timer = setTimeout(open, AGAIN_MS);
      }
    };
    for (const [name, handle] of Object.entries(handlers)) source.addEventListener(name, handle);
  };
  const close = () => {
    if (source) source.close();
    source = null;
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", open);
  open();
}

// Call `task` soon: once for several requests, and never twice at the same time.
function soon(task) {
  let timer = 0;
  let running = false;
  const ask = () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      if (running) return ask();
      running = true;
      try { await task(); } finally { running = false; }
    }, QUIET_MS);
  };
  return ask;
}

async function fetched(url) {
  const answer = await fetch(url, { headers: { accept: "text/html" } });
  if (!answer.ok) throw new Error(`${answer.status} ${url}`);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// Put `fresh` nodes into `place`; what a person opened or ticked is kept.
function replace(place, fresh) {
  const key = (each) => (each.matches("details") ? each.querySelector("summary").textContent : each.name);
  const touched = "details, input[type=checkbox]";
  const head = (root) => root.querySelector("input[name=head]")?.value;
  const before = new Map([...place.querySelectorAll(touched)].map((each) => [key(each), each.open ?? each.checked]));
  const same = head(place) === head(fresh);
  for (const each of fresh.querySelectorAll(touched)) {
    if (!before.has(key(each))) continue;
    if (each.matches("details")) each.open = before.get(key(each));
    else if (same) each.checked = before.get(key(each));
  }
  place.replaceChildren(fresh);
}

function session(main) {
  const id = main.dataset.session;
  const thread = main.querySelector(".thread");
  const end = document.getElementById("end");
  const parts = (name) => document.querySelector(`body > [data-part=${name}], body > :not(template) [data-part=${name}]`);
  const column = () => (getComputedStyle(main).display === "contents" ? main.querySelector(".talk") : main);
  let last = Number(main.dataset.last);

  const refresh = soon(async () => {
    const head = parts("changes").dataset.head;
    const page = await fetched(`/sessions/${id}/parts?head=${encodeURIComponent(head)}`);
    for (const template of page.querySelectorAll("template[data-part]")) {
      const place = parts(template.dataset.part);
      replace(place, document.importNode(template.content, true));
      if (template.dataset.head !== undefined) place.dataset.head = template.dataset.head;
    }
  });

  const add = (event) => {
    last = Number(event.lastEventId);
    if (document.getElementById(`e${last}`)) return;
    // keep the scroll position of a reader who scrolled away from the end
    const box = column();
    const follows = end.getBoundingClientRect().top < box.getBoundingClientRect().bottom + 80;
    const page = new DOMParser().parseFromString(event.data, "text/html");
    thread.append(...page.body.children);
    if (follows) end.scrollIntoView({ block: "end" });
  };

  listen(() => `/sessions/${id}/stream?after=${last}`, { line: add, now: (event) => { last = Number(event.lastEventId); refresh(); } });
  // on a wide screen show the newest line beside the evidence; on a phone the one that is wanted now
  const start = column() === main && main.dataset.start === "evidence" ? "evidence" : "end";
  if (!location.hash || location.hash === "#end") document.getElementById(start).scrollIntoView({ block: start === "end" ? "end" : "start" });
}

function list(place) {
  const refresh = soon(async () => {
    const page = await fetched(place.dataset.from);
    place.replaceChildren(...page.body.childNodes);
  });
  listen(() => place.dataset.live, { changed: refresh });
}

// A form is sent once, however often its button is tapped.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  const buttons = [...form.elements].filter((each) => each.type === "submit");
  setTimeout(() => buttons.forEach((each) => (each.disabled = true))); // after the pressed one's value was read
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

document.addEventListener("keydown", (event) => {
  const sends = event.key === "Enter" && (event.metaKey || event.ctrlKey) && event.target.matches("textarea");
  if (sends) event.target.form.requestSubmit();
});

if (!CSS.supports("field-sizing", "content")) {
  document.addEventListener("input", (event) => {
    if (!event.target.matches("textarea")) return;
    event.target.style.height = "auto";
    event.target.style.height = `${event.target.scrollHeight + 2}px`;
  });
}

const main = document.querySelector("main[data-session]");
if (main) session(main);
const live = document.querySelector("[data-live]");
if (live) list(live);
