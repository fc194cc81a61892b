// What the pages gain when there is a script. Every feature starts from data-*
// attributes on HTML that works without it, and one that fails harms no other.
const root = document.documentElement;
root.classList.add("js");

const all = (selector, from = document) => [...from.querySelectorAll(selector)];
const one = (selector, from = document) => from.querySelector(selector);
const make = (tag, attributes = {}) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};
const stored = {
  get(name, area = localStorage) { try { return area.getItem(name); } catch { return null; } },
  set(name, value, area = localStorage) { try { area.setItem(name, value); } catch { /* private mode: not kept */ } },
  drop(name, area = localStorage) { try { area.removeItem(name); } catch { /* private mode: nothing to drop */ } },
};

// say speaks through the one polite live region of the page.
const voice = one("#say");
const words = voice ? voice.dataset : {};
const say = (text) => { if (voice && text) voice.textContent = voice.textContent === text ? text + "\u00a0" : text; };

// The message of the last action, or the summary of errors, is read first.
const focusNews = () => {
  if (location.hash === "#zone") one("#zone").focus();
  const news = one("[data-focus]");
  if (!news) return;
  news.focus();
  // Where an address ends in #main, that takes the focus once more, later.
  if (location.hash === "#main") one("#main").addEventListener("focus", () => news.focus(), { once: true });
};

// Combobox over a native select, which keeps the name and the value. What is
// typed and matches nothing submits the empty option, never the last choice.
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();

const comboboxes = () => all("select[data-combobox]").forEach(combobox);

function combobox(select) {
  const id = select.id;
  const choices = [...select.options].filter((o) => o.value).map((option) => ({
    option,
    text: option.text.trim(),
    group: option.parentElement.label || "",
    code: option.dataset.code || "",
    exact: [option.dataset.code, option.value, option.text].filter(Boolean).map(plain),
    words: plain([option.text, option.dataset.code, option.dataset.alias].filter(Boolean).join(" ")),
  }));
  const input = make("input", {
    type: "text", role: "combobox", class: select.className, autocomplete: "off", spellcheck: "false", autocapitalize: "none",
    "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id + "-list", name: select.name + "_text",
  });
  for (const name of ["aria-describedby", "aria-invalid", "data-key"]) {
    if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
  }
  select.removeAttribute("data-key");
  const list = make("div", { role: "listbox", id: id + "-list", class: "combo-list", hidden: "" });
  const label = one(`label[for="${CSS.escape(id)}"]`);
  if (label) list.setAttribute("aria-label", label.textContent.trim());
  const frame = make("div", { class: "combo" });
  let shown = [], active = -1, timer = 0;

  const chosen = () => choices.find((c) => c.option.selected);
  const set = (value) => {
    if (select.value === value) return;
    select.value = value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const find = (text) => {
    const query = plain(text);
    if (!query) return choices;
    const rank = (c) => (c.exact.includes(query) ? 0 : c.words.startsWith(query) ? 1 : (" " + c.words).includes(" " + query) ? 2 : c.words.includes(query) ? 3 : 9) + ("far" in c.option.dataset ? 0.5 : 0);
    return choices.map((c) => [rank(c), c]).filter(([r]) => r < 9).sort((a, b) => a[0] - b[0]).map(([, c]) => c);
  };
  // A code that several have says too little: nobody is chosen for the visitor.
  const shared = (query) => choices.filter((c) => c.exact.includes(query)).length > 1;
  const mark = (index) => {
    active = index;
    all("[role=option]", list).forEach((row, i) => {
      if (i === index) { row.setAttribute("aria-selected", "true"); row.scrollIntoView({ block: "nearest" }); } else row.removeAttribute("aria-selected");
    });
    if (index < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", `${id}-${index}`);
  };
  const close = () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); mark(-1); };
  const row = (choice, index) => {
    const element = make("div", { role: "option", id: `${id}-${index}` });
    if (choice.code && choice.text.startsWith(choice.code)) {
      const chip = make("span", { class: "gate" });
      chip.textContent = choice.code;
      element.append(chip, " " + choice.text.slice(choice.code.length).replace(/^[\s–—-]+/, ""));
    } else element.textContent = choice.text;
    element.addEventListener("click", () => { pick(choice); input.focus(); });
    return element;
  };
  const open = (text) => {
    shown = find(text);
    list.replaceChildren();
    // Groups keep their names while nothing is searched; a search is ranked instead.
    let group = null, name = "";
    shown.forEach((choice, i) => {
      if (!plain(text) && choice.group && choice.group !== name) {
        name = choice.group;
        group = make("div", { role: "group", "aria-label": name });
        const title = make("div", { class: "combo-group", "aria-hidden": "true" });
        title.textContent = name;
        group.append(title);
        list.append(group);
      }
      (plain(text) || !choice.group ? list : group).append(row(choice, i));
    });
    list.hidden = !shown.length;
    input.setAttribute("aria-expanded", String(shown.length > 0));
    mark(shared(plain(text)) ? -1 : plain(text) && shown.length ? 0 : shown.indexOf(chosen()));
    clearTimeout(timer);
    timer = setTimeout(() => say(shown.length === 0 ? words.none : shown.length === 1 ? words.one : (words.many || "").replace("{n}", shown.length)), 500);
  };
  const pick = (choice) => { input.value = choice.text; set(choice.option.value); close(); };
  const settle = () => {
    const query = plain(input.value), choice = chosen();
    if (choice && plain(choice.text) === query) return;
    const exact = query && !shared(query) && choices.find((c) => c.exact.includes(query));
    const found = query ? find(query) : [];
    if (exact) pick(exact); else if (found.length === 1) pick(found[0]); else set("");
  };

  input.addEventListener("input", () => { set(""); open(input.value); });
  input.addEventListener("click", () => { if (list.hidden) open(""); });
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", () => { settle(); close(); });
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const opened = !list.hidden;
    if (event.ctrlKey || event.metaKey) {
      // The form is about to be sent: what is highlighted counts.
      if (event.key === "Enter" && opened && active >= 0) pick(shown[active]); else if (event.key === "Enter") settle();
      return;
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!opened) { open(chosen() ? "" : input.value); if (active < 0 && !event.altKey && shown.length) mark(0); return; }
      const step = event.key === "ArrowDown" ? 1 : -1, size = shown.length;
      mark(active < 0 ? (step > 0 ? 0 : size - 1) : (active + step + size) % size);
    } else if (event.key === "Escape" && opened) {
      event.preventDefault();
      close();
    } else if ((event.key === "Enter" || event.key === "Tab") && opened && active >= 0) {
      if (event.key === "Enter") event.preventDefault();
      pick(shown[active]);
    } else if (event.key === "Enter") settle();
  });
  const sync = () => { const choice = chosen(); if (choice) input.value = choice.text; };

  select.id = id + "-native";
  select.hidden = true;
  input.id = id;
  input.value = select.dataset.typed || "";
  sync();
  select.before(frame);
  frame.append(input, list, select);
  // Back may restore the select's choice after the script has run.
  addEventListener("pageshow", sync);
}

// Fragments: an element that the server renews from the fields around it.
const fragments = () => all("[data-live]").forEach(fragment);

function fragment(target) {
  const { live, liveFrom = "", liveMethod, liveWait, liveEvery } = target.dataset;
  const names = liveFrom.split(" ").filter(Boolean);
  const form = target.closest("form");
  let running = null, timer = 0;

  const refresh = async () => {
    if (running) running.abort();
    running = new AbortController();
    const { signal } = running;
    const fields = new URLSearchParams();
    if (form) for (const [name, value] of new FormData(form)) if (names.includes(name)) fields.append(name, value);
    const post = liveMethod === "post";
    const glue = live.includes("?") ? "&" : "?";
    try {
      const answer = await fetch(post || !names.length ? live : live + glue + fields, post ? { method: "POST", body: fields, signal } : { signal });
      if (!answer.ok || answer.redirected) return;
      show(target, await answer.text());
    } catch { /* the plain form still works */ }
  };
  const soon = (wait) => { clearTimeout(timer); timer = setTimeout(refresh, wait); };

  if (liveEvery) setInterval(() => { if (!document.hidden) refresh(); }, liveEvery * 1000);
  if (!form || !names.length) return;
  form.addEventListener("change", (event) => { if (names.includes(event.target.name)) soon(liveWait ? 0 : 50); });
  if (liveWait) form.addEventListener("input", (event) => { if (names.includes(event.target.name)) soon(Number(liveWait)); });
}

let saying = 0;

// show replaces the content, keeps the focus, and speaks what asks for it.
function show(target, html) {
  const fresh = make("template");
  fresh.innerHTML = html;
  if (one("[data-reload]", fresh.content)) { location.reload(); return; }
  const shape = make("div");
  shape.append(fresh.content.cloneNode(true));
  if (shape.innerHTML === target.innerHTML) return;
  const focused = target.contains(document.activeElement) ? document.activeElement.id : "";
  target.replaceChildren(fresh.content);
  if (focused) { const again = document.getElementById(focused); if (again) again.focus(); }
  const spoken = one("[data-say]", target);
  if (!spoken) return;
  clearTimeout(saying);
  saying = setTimeout(() => say(spoken.textContent.trim().replace(/\s+/g, " ")), 600);
}

// The server keeps what is typed as one goes; it answers with the version to go on from.
const saves = () => all("form[data-save]").forEach((form) => {
  const fields = () => new URLSearchParams([...new FormData(form)].filter(([name]) => name !== "version"));
  const { version } = form.elements;
  let kept = fields().toString(), busy = null, timer = 0, sent = false;
  const save = async () => {
    clearTimeout(timer);
    const body = fields(), text = body.toString();
    if (busy || sent || text === kept) return;
    if (version) body.set("version", version.value);
    busy = new AbortController();
    form.dataset.saving = "";
    try {
      const answer = await fetch(form.dataset.save, { method: "POST", body, signal: busy.signal, keepalive: true, redirect: "error" });
      const now = await answer.text();
      if (version && /^\d+$/.test(now)) version.value = now;
      if (answer.status !== 409) kept = text;
    } catch { kept = text; }
    busy = null;
    delete form.dataset.saving;
    save();
  };
  form.addEventListener("change", save);
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, 600); });
  form.addEventListener("submit", () => { sent = true; if (busy) busy.abort(); });
  addEventListener("beforeunload", save);
  addEventListener("pageshow", () => { sent = false; });
});

// Who is found appears below the field while one types; the focus stays in it.
const lookups = () => all("[data-lookup]").forEach(lookup);

function lookup(input) {
  const box = document.getElementById(input.dataset.lookup), { form } = input;
  let active = -1;
  const options = () => all(".option", box);
  const fresh = () => active >= 0 && one("ul", box).dataset.for === input.value.trim();
  const mark = (index) => {
    active = index;
    options().forEach((o, i) => o.setAttribute("aria-selected", i === index));
    input.setAttribute("aria-activedescendant", index < 0 ? "" : options()[index].id);
    if (index >= 0) options()[index].scrollIntoView({ block: "nearest" });
  };
  const shown = () => {
    const found = options();
    if (found.length) {
      one("ul", box).setAttribute("role", "listbox");
      all("li", box).forEach((row) => row.setAttribute("role", "presentation"));
      found.forEach((o) => { o.setAttribute("role", "option"); o.tabIndex = -1; });
    }
    input.setAttribute("aria-expanded", found.length > 0);
    mark(found.length ? 0 : -1);
  };
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", box.id]]) input.setAttribute(name, value);
  shown();
  new MutationObserver(shown).observe(box, { childList: true });
  input.addEventListener("keydown", (event) => {
    const { key } = event, size = options().length;
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if ((key === "ArrowDown" || key === "ArrowUp") && size) mark((active + (key === "ArrowDown" ? 1 : -1) + size) % size);
    else if (key === "Escape" && size) box.replaceChildren();
    else if (key === "Enter" && input.value.trim()) { if (fresh()) options()[active].click(); }
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", () => { box.hidden = true; });
  input.addEventListener("focus", () => { box.hidden = false; });
  box.addEventListener("pointerdown", (event) => event.preventDefault());
  // What stands in the field is no question once the form goes on.
  form.addEventListener("submit", (event) => { if (!event.submitter || event.submitter.value !== "lookup") form.elements.looked_up.value = input.value; });
}

// Countdown: the server's deadline and the server's clock; ours only measures.
const countdowns = () => all("[data-deadline]").forEach(countdown);

function countdown(box) {
  const { dataset } = box;
  const deadline = Number(dataset.deadline);
  const skew = Number(dataset.now) - Date.now();
  const text = one("[data-left]", box), bar = one("progress", box), spoken = one("[data-spoken]", box), hide = one("[data-hide]", box);
  const milestones = [30, 10, 5, 1];
  const left = () => deadline - Date.now() - skew;
  let last = left(), timer = 0;
  if (!deadline || !text) return;
  text.setAttribute("aria-hidden", "true");

  const over = () => {
    spoken.textContent = dataset.sayOver;
    // Once per deadline: the server decides what the page says then.
    const key = "over:" + deadline;
    if (stored.get(key, sessionStorage)) return;
    stored.set(key, "1", sessionStorage);
    location.reload();
  };
  const tick = () => {
    clearTimeout(timer);
    const now = left();
    if (now <= 0) { text.textContent = dataset.sayOver; over(); return; }
    const seconds = Math.floor(now / 1000), minutes = Math.floor(seconds / 60);
    const words = seconds < 60 ? dataset.last : seconds < 120 ? dataset.seconds : dataset.minutes;
    text.textContent = words.replace("{n}", minutes).replace("{m}", minutes).replace("{s}", seconds % 60);
    box.classList.toggle("soon", now <= 600000);
    if (bar) bar.value = now;
    const passed = milestones.find((m) => last > m * 60000 && now <= m * 60000);
    if (passed) spoken.textContent = passed === 1 ? dataset.sayOne : dataset.sayMany.replace("{n}", passed);
    last = now;
    timer = setTimeout(tick, now < 121000 ? 1000 - (Date.now() + skew) % 1000 : Math.min(15000, now - 120000));
  };
  if (hide) {
    const names = [hide.textContent, hide.dataset.hide];
    hide.addEventListener("click", () => {
      const off = box.classList.toggle("quieted");
      hide.textContent = names[off ? 1 : 0];
    });
  }
  document.addEventListener("visibilitychange", () => { if (!document.hidden) tick(); });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  tick();
}

// A form is sent once; the second click within a few seconds is not. The button
// is never disabled, so that Back finds it as it was.
const guard = () => {
  const free = (form) => {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
    all(".sending", form).forEach((button) => button.classList.remove("sending"));
    all(".sent-note", form).forEach((note) => note.remove());
  };
  document.addEventListener("submit", (event) => {
    const form = event.target, button = event.submitter;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (Date.now() - Number(form.dataset.sent || 0) < 5000) { event.preventDefault(); return; }
    form.dataset.sent = Date.now();
    form.setAttribute("aria-busy", "true");
    if (button) button.classList.add("sending");
    setTimeout(() => {
      if (!form.dataset.sent || !button || one(".sent-note", form)) return;
      const note = make("p", { class: "meta sent-note" });
      note.textContent = words.sent;
      button.after(note);
      say(words.sent);
    }, 1000);
    // A file that is downloaded leaves the page where it is.
    setTimeout(() => free(form), "download" in form.dataset ? 5000 : 35000);
  });
  addEventListener("pageshow", () => all("form[data-sent]").forEach(free));
};

// Single keys, outside of fields; Ctrl or Cmd with Enter submits from inside.
const keys = () => {
  const dialog = one("#shortcuts");
  const toggle = one("[data-shortcuts-switch]");
  const off = () => root.dataset.shortcuts === "off" || stored.get("shortcuts") === "off";
  if (toggle) {
    toggle.checked = !off();
    toggle.addEventListener("change", () => { stored.set("shortcuts", toggle.checked ? "on" : "off"); });
  }
  // Where single keys lead on a page that has it, and letters after "g".
  const places = {
    p: 'main a[href$="/pay"]:not(td a)', i: 'main a[href$="/voucher"]', c: "main [data-copy]",
    f: 'main [data-testid="filter"] :is(input:not([type="hidden"]), select)',
  };
  const pages = { d: ["/quotes/new"], r: ["/bookings"], a: ["/desk/queue"], t: ["/admin", "/agency/figures"], j: ["/admin/audit"] };
  let leading = 0;
  const visit = (key) => {
    const link = (pages[key] || []).map((path) => one(`.header a[href="${path}"]`)).find(Boolean);
    if (link) link.click();
    return Boolean(link);
  };
  const place = (key) => {
    const target = places[key] && one(places[key]);
    if (!target) return false;
    const folded = target.closest("details");
    if (folded) folded.open = true;
    if (target.matches("input, select")) target.focus(); else target.click();
    return true;
  };
  const row = (step) => {
    const links = all("main tbody tr").map((line) => one("a", line)).filter(Boolean);
    const at = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
    const next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step];
    if (next) next.focus();
    return Boolean(next);
  };
  const go = (key) => {
    // The page's own field comes before the link in the header.
    const target = all(`[data-key="${key}"]`).reverse().find((e) => e.matches("input, select")) || one(`[data-key="${key}"]`);
    if (!target) return false;
    if (target.matches("input, select")) target.focus();
    else if (key === "n") location.assign(target.href + "#zone");
    else target.click();
    return true;
  };
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.isComposing || event.defaultPrevented || off()) return;
    if (key === "Enter" && (event.ctrlKey || event.metaKey)) {
      // Outside of a form it is what the page is for, never a second choice
      // such as giving up; and a key that is held down does it once.
      const form = target.closest("form");
      const submits = form ? [...form.elements].filter((e) => e.type === "submit" && e.tabIndex >= 0) : [];
      const button = form ? submits.find((e) => e.matches(".primary")) || submits[0] : one("main .btn.primary:not(.sr)");
      if (button && !event.repeat) { event.preventDefault(); button.click(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, select, textarea, dialog, [contenteditable]")) return;
    if (key === "?" && dialog) { event.preventDefault(); dialog.showModal(); }
    const led = Date.now() - leading < 1500;
    leading = key === "g" && !led ? Date.now() : 0;
    const done = led ? visit(key)
      : key === "j" || key === "k" ? row(key === "j" ? 1 : -1)
      : key === "n" || key === "/" ? go(key) : place(key);
    if (done) event.preventDefault();
  });
};

const dialogs = () => all("[data-dialog]").forEach((button) => {
  button.addEventListener("click", () => document.getElementById(button.dataset.dialog).showModal());
});

// Five minutes before the session ends, a person at the screen can stay. A tab in
// the background may sleep: what counts is the clock, not the timer.
const idleness = () => {
  const dialog = one("[data-idle]");
  if (!dialog) return;
  let end = Date.now() + Number(dialog.dataset.idle) * 1000;
  const look = () => {
    const left = end - Date.now();
    if (left <= 0) { if (dialog.open) dialog.close("over"); }
    else if (left <= 300000 && !dialog.open) dialog.showModal();
  };
  dialog.addEventListener("close", async () => {
    if (dialog.returnValue === "over") return;
    const answer = await fetch("/stay", { method: "POST", redirect: "error" }).catch(() => null);
    if (answer && answer.ok) end = Date.now() + Number(await answer.text()) * 1000;
    else end = 0;
  });
  setInterval(look, 5000);
  document.addEventListener("visibilitychange", look);
  look();
};

const passwords = () => all("[data-show]").forEach((button) => {
  const input = document.getElementById(button.dataset.show);
  const set = (shown) => { input.type = shown ? "text" : "password"; button.setAttribute("aria-pressed", String(shown)); };
  button.addEventListener("click", () => set(input.type === "password"));
  if (input.form) input.form.addEventListener("submit", () => set(false));
});

const copies = () => all("[data-copy]").forEach((button) => {
  const name = button.firstChild.textContent;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    const text = source.textContent.trim();
    await navigator.clipboard.writeText(source.matches("pre") ? text : text.replace(/\s+/g, " "));
    button.firstChild.textContent = words.copied;
    say(words.copied);
    setTimeout(() => { button.firstChild.textContent = name; }, 4000);
  });
});

const prints = () => all("[data-print]").forEach((link) => {
  link.addEventListener("click", (event) => { event.preventDefault(); print(); });
});

const menus = () => all("[data-menu]").forEach((menu) => {
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) { menu.open = false; one("summary", menu).focus(); }
  });
});

// Switching the language keeps what was typed: for one page load, in this tab.
const languages = () => {
  const fields = () => all("main form[method=post]").flatMap((form) => [...form.elements]).filter((e) => e.name && !["hidden", "password", "submit", "button"].includes(e.type));
  all("form[data-keep]").forEach((form) => form.addEventListener("submit", () => {
    const path = new URL(form.elements.back.value, location.href).pathname;
    stored.set("kept", JSON.stringify([path, fields().map((e) => [e.name, e.value, e.checked])]), sessionStorage);
  }));
  const [path, before] = JSON.parse(stored.get("kept", sessionStorage) || "[]");
  stored.drop("kept", sessionStorage);
  if (path !== location.pathname) return;
  for (const [name, value, checked] of before) {
    for (const e of fields().filter((f) => f.name === name)) {
      if (e.type !== "checkbox" && e.type !== "radio") e.value = value;
      else if (e.value === value) e.checked = checked;
    }
  }
};

for (const feature of [languages, comboboxes, lookups, fragments, saves, countdowns, guard, keys, dialogs, idleness, passwords, copies, prints, menus, focusNews]) {
  try { feature(); } catch (error) { console.error(feature.name, error); }
}
