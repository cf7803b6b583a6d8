// Keeps what is typed into a report: on this phone at once, on the server some moments later. What was pressed without
// a connection is sent once there is one. Without scripts the buttons do the same, as long as there is a connection.
const DRAFT_MS = 1500;
const AGAIN_MS = 10000;
const BUSY_MS = 3000;
const KEPT = "report ";

let form, place, timer, pressed, opened, asking;
let unsaved = false;
let notBefore = 0;

function begin() {
  form = document.getElementById("report");
  if (!form) return;
  place = `${KEPT}${form.dataset.person} ${form.dataset.kind} ${form.elements.site.value}`;
  opened = Date.now();
  form.addEventListener("input", typed);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const press = event.submitter?.value ?? "check";
    if (press === "lines") return void addLine().querySelector("input[name=item]").focus();
    send(press);
  });
}

function typed() {
  pressed = "";
  unsaved = true;
  keep();
  clearTimeout(timer);
  timer = setTimeout(draft, DRAFT_MS);
}

function say(id) {
  for (const each of ["kept-here", "typed-here", "drafted"]) document.getElementById(each).hidden = each !== id;
}

function keep() {
  const fields = [...new FormData(form)].filter(([name]) => name !== "form");
  localStorage.setItem(place, JSON.stringify({ fields, pressed, unsaved }));
}

function body(press) {
  const sent = new URLSearchParams(new FormData(form));
  if (press) sent.append("do", press);
  return sent;
}

async function draft() {
  const headers = { "x-form-token": form.elements.form.value };
  asking = new AbortController();
  const { signal } = asking;
  try {
    const answer = await fetch(`${form.getAttribute("action")}/draft`, { method: "POST", body: body(), headers, signal });
    if (answer.status >= 500) throw busy(answer);
    const saved = answer.ok && !answer.redirected && (await answer.json()).saved;
    unsaved = !saved;
    keep();
    say(saved ? "drafted" : "");
  } catch {
    if (!signal.aborted) say("typed-here");
  }
}

async function send(press) {
  clearTimeout(timer);
  asking?.abort();
  pressed = press;
  keep();
  let answer;
  form.inert = true;
  try {
    answer = await fetch(form.getAttribute("action"), { method: "POST", body: body(press) });
    if (answer.status >= 500) throw busy(answer);
  } catch {
    form.inert = false;
    return waits(press);
  }
  form.inert = false;
  if (answer.redirected) {
    const there = new URL(answer.url).pathname;
    // Whoever must sign in again finds it here afterwards, and it is sent then.
    if (there === "/sign-in") location.href = `/sign-in?to=${encodeURIComponent(location.pathname + location.search)}`;
    else {
      localStorage.removeItem(place);
      location.href = answer.url;
    }
    return;
  }
  pressed = "";
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.querySelector("main").replaceWith(document.adoptNode(page.querySelector("main")));
  begin();
  if (!form) return;
  keep();
  (document.querySelector("[role=alert], #meaning") ?? document.querySelector("h1")).scrollIntoView();
}

// A server that has too much to do says when to come again: then, and not before, however often there is a reason to.
function busy(answer) {
  const wait = answer.status === 503 ? 1000 * (Number(answer.headers.get("retry-after")) || 0) || BUSY_MS : 0;
  notBefore = Date.now() + wait;
  if (wait) setTimeout(again, wait);
  return new Error();
}

function waits(press) {
  const { time, day } = form.elements;
  if (press === "check" && time && !time.value && day.value === form.dataset.clock.slice(0, 10)) {
    // A count stands at the time it was made, however late it is sent: by the server's clock, for phones are set anyhow.
    time.value = new Date(Date.parse(`${form.dataset.clock}Z`) + Date.now() - opened).toISOString().slice(11, 16);
  }
  keep();
  say("kept-here");
}

function again() {
  if (Date.now() < notBefore) return;
  if (form && pressed && !form.inert) send(pressed);
  else if (form && !document.getElementById("typed-here").hidden) draft();
}

function addLine() {
  const last = [...form.querySelectorAll(".report-typed")].at(-1);
  const made = last.cloneNode(true);
  const number = form.querySelectorAll(".report-line").length;
  for (const each of made.querySelectorAll(".fault")) each.remove();
  for (const each of made.querySelectorAll("label")) each.htmlFor = each.htmlFor.replace(/\d+$/, number);
  for (const each of made.querySelectorAll("input")) {
    each.id = each.id.replace(/\d+$/, number);
    each.value = "";
    each.removeAttribute("aria-invalid");
    each.removeAttribute("aria-describedby");
  }
  last.after(made);
  return made;
}

function linesOf(fields) {
  const lines = [];
  for (const [name, value] of fields) {
    if (name === "row") lines.push({ row: value });
    else if (["item", "lot", "expires", "units"].includes(name)) lines.at(-1)[name] = value;
  }
  return lines;
}

function fill(line) {
  const offered = [...form.querySelectorAll("input[name=row]")].find((each) => each.value && each.value === line.row);
  if (offered) {
    offered.closest(".report-line").querySelector("input[name=units]").value = line.units;
    return;
  }
  if (!line.item && line.row) [, line.item, line.lot, line.expires] = line.row.split("|").map(decodeURIComponent);
  const blank = (each) => ![...each.querySelectorAll("input")].some((input) => input.value);
  const free = [...form.querySelectorAll(".report-typed")].find(blank) ?? addLine();
  for (const name of ["item", "lot", "expires", "units"]) {
    free.querySelector(`input[name=${name}]`).value = line[name] ?? "";
  }
}

function restore() {
  const kept = JSON.parse(localStorage.getItem(place) ?? "null");
  // What the server has as a draft stands in the form already.
  if (!kept?.unsaved && !kept?.pressed) return;
  for (const line of form.querySelectorAll(".report-typed input, .report-line input[name=units]")) line.value = "";
  for (const line of linesOf(kept.fields)) if (line.units || line.item || line.lot || line.expires) fill(line);
  for (const box of form.querySelectorAll("input[type=checkbox]")) box.checked = false;
  for (const [name, value] of kept.fields) {
    if (name === "checked" && !form.elements.checked) form.append(Object.assign(document.createElement("input"), { type: "hidden", name }));
    const field = form.elements[name];
    if (!field || field instanceof RadioNodeList || ["row", "item", "lot", "expires", "units"].includes(name)) continue;
    if (field.type === "checkbox") field.checked = true;
    else field.value = value;
  }
  pressed = kept.pressed;
  unsaved = true;
  if (pressed) send(pressed);
  else draft();
}

begin();
if (form) restore();
addEventListener("online", again);
setInterval(again, AGAIN_MS);
document.querySelector("form[action='/sign-out']")?.addEventListener("submit", () => {
  for (const each of Object.keys(localStorage)) if (each.startsWith(KEPT)) localStorage.removeItem(each);
});
