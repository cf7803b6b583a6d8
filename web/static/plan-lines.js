// The lines of a plan as one grid: one tab stop, arrow keys, Enter or F2 to override, further lines as one scrolls.
// Without it the same page turns by links, and an override is a page of its own.
const table = document.getElementById("lines");
if (table) begin(table);

function begin(table) {
  const body = table.tBodies[0];
  const plan = encodeURIComponent(table.dataset.plan);
  const number = new Intl.NumberFormat(document.documentElement.lang);
  table.setAttribute("role", "grid");
  table.closest(".scroll").removeAttribute("tabindex");
  document.getElementById("keys")?.removeAttribute("hidden");
  const last = document.querySelector(".turn [rel=next]");
  if (last) last.hidden = true;
  [...body.rows].forEach(prepare);
  rove(body.rows[0]?.cells[0], false);
  again();

  function prepare(row) {
    for (const cell of row.cells) {
      cell.tabIndex = -1;
      cell.setAttribute("role", cell.tagName === "TH" ? "rowheader" : "gridcell");
      for (const link of cell.querySelectorAll("a")) link.tabIndex = -1;
    }
  }

  function rove(cell, focus = true) {
    if (!cell) return;
    const former = body.querySelector("[tabindex='0']");
    if (former) former.tabIndex = -1;
    cell.tabIndex = 0;
    if (focus) cell.focus();
  }

  // Where somebody was before an override was kept.
  function again() {
    const kept = JSON.parse(sessionStorage.getItem("plan-line") ?? "null");
    sessionStorage.removeItem("plan-line");
    // Planned anew, a pair may come from another depot and stand in another row.
    const same = (row) => [...row.querySelectorAll("a")].some((link) => {
      const asked = new URL(link.href).searchParams;
      return asked.get("site") === kept.site && asked.get("item") === kept.item;
    });
    if (kept) rove([...body.rows].find(same)?.cells[kept.cell]);
  }

  body.addEventListener("focusin", (event) => {
    const cell = event.target.closest("td, th");
    if (cell) rove(cell, false);
  });
  body.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td, th");
    if (!cell || event.altKey || event.metaKey) return;
    const row = cell.parentElement, at = row.rowIndex - 1, rows = body.rows;
    const to = {
      ArrowDown: () => rows[at + 1]?.cells[cell.cellIndex],
      ArrowUp: () => rows[at - 1]?.cells[cell.cellIndex],
      ArrowRight: () => row.cells[cell.cellIndex + 1],
      ArrowLeft: () => row.cells[cell.cellIndex - 1],
      PageDown: () => rows[Math.min(at + 15, rows.length - 1)].cells[cell.cellIndex],
      PageUp: () => rows[Math.max(at - 15, 0)].cells[cell.cellIndex],
      Home: () => (event.ctrlKey ? rows[0] : row).cells[0],
      End: () => (event.ctrlKey ? rows[rows.length - 1] : row).cells[row.cells.length - 1],
    }[event.key];
    if (to) {
      event.preventDefault();
      rove(to());
      if (rows.length - at < 20) more();
    } else if (event.key === "Enter" || event.key === "F2") {
      // F2 changes the row, wherever in it one stands; Enter does what its cell does.
      const link = event.key === "F2" ? row.querySelector(`a[href*="/override?"]`) : cell.querySelector("a");
      if (link) { event.preventDefault(); link.click(); }
    }
  });

  // Further lines, as they come into sight.
  let fetching = false;
  const watched = document.querySelector(".turn") ?? table.parentElement;
  new IntersectionObserver((seen) => { if (seen.some((each) => each.isIntersecting)) more(); }, { rootMargin: "800px" })
    .observe(watched);
  async function more() {
    if (fetching || !table.dataset.cursor) return;
    fetching = true;
    const asked = new URLSearchParams(table.dataset.query);
    asked.set("cursor", table.dataset.cursor);
    const answer = await fetch(`/api/v1/plans/${plan}/lines?${asked}`);
    fetching = false;
    if (!answer.ok) { if (last) last.hidden = false; return; }
    const part = await answer.json();
    table.dataset.cursor = part.next ?? "";
    const rows = document.createDocumentFragment();
    for (const line of part.lines) rows.append(rowOf(line));
    body.append(rows);
    const shown = document.getElementById("shown");
    if (shown) shown.textContent = shown.dataset.says.replace("LAST", number.format(body.rows.length));
  }

  function rowOf(line) {
    const row = document.createElement("tr");
    const pair = new URLSearchParams({ site: line.site, item: line.item });
    const two = (each) => each.toFixed(2);
    cell("th", line.site, line.site_name);
    row.cells[0].scope = "row";
    cell("td", line.item, line.item_name);
    cell("td", tierNamed(line.tier));
    cell("td", line.depot || "–");
    cell("td", number.format(line.proposed_units)).className = "number";
    const own = cell("td", line.override_units === null ? "–" : number.format(line.override_units),
      "", table.dataset.edit && `/plans/${plan}/override?${pair}`);
    own.className = "number";
    if (line.conflict) own.append(" ✕ ", line.conflict);
    cell("td", number.format(line.final_units)).className = "number";
    const covers = line.cover_after === null ? "–" : `${two(line.cover_before)} → ${two(line.cover_after)}`;
    cell("td", covers).className = "number";
    cell("td", table.dataset.why, "", `/plans/${plan}/why?${pair}`);
    prepare(row);
    return row;

    function cell(kind, text, name = "", to = "") {
      const made = document.createElement(kind);
      const inside = to ? made.appendChild(Object.assign(document.createElement("a"), { href: to })) : made;
      inside.append(text);
      if (name && name !== text) {
        made.append(" ", Object.assign(document.createElement("span"), { className: "name", textContent: name }));
      }
      row.append(made);
      return made;
    }
  }

  function tierNamed(code) {
    return [...document.getElementById("tier").options].find((each) => each.value && each.value === code)?.text ?? "–";
  }

  // Override: tried first, so that who pays is seen, then kept.
  const dialog = document.getElementById("edit");
  if (!dialog) return;
  const form = document.querySelector("input[name=form]").value;  // every page of a session has it, to sign out
  const field = (name) => document.getElementById(`edit-${name}`);
  let pair = null, place = null, key = "";
  body.addEventListener("click", (event) => {
    const link = event.target.closest(`a[href*="/override?"]`);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const cell = link.closest("td"), asked = new URL(link.href).searchParams;
    pair = { site: asked.get("site"), item: asked.get("item") };
    place = { row: cell.parentElement.rowIndex - 1, cell: cell.cellIndex };
    rove(cell, false);
    field("pair").textContent = `${pair.site} · ${pair.item}`;
    const held = cell.textContent.replace(/\D/g, "");
    field("units").value = held;
    field("reason").value = field("note").value = "";
    untried();
    dialog.showModal();
    field("units").select();
  });
  dialog.addEventListener("close", () => rove(body.rows[place.row]?.cells[place.cell]));
  for (const name of ["units", "reason", "note"]) field(name).addEventListener("input", untried);
  field("leave").addEventListener("click", () => dialog.close());
  field("keep").addEventListener("click", () => send(false));
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    send(field("keep").hidden);
  });

  function untried() {
    key = crypto.randomUUID();
    field("keep").hidden = field("payers").hidden = true;
    field("try").hidden = false;
    field("says").replaceChildren();
  }

  async function send(only) {
    if (!dialog.querySelector("form").reportValidity()) return;
    const units = Number(field("units").value.replaceAll(",", ""));
    const asked = { ...pair, units, reason: field("reason").value, note: field("note").value };
    dialog.setAttribute("aria-busy", "true");
    const answer = await fetch(`/api/v1/plans/${plan}/overrides${only ? "?try=1" : ""}`, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": key, "x-form-token": form },
      body: JSON.stringify(asked),
    }).finally(() => dialog.removeAttribute("aria-busy"));
    const told = await answer.json();
    if (!answer.ok) { say(told.errors ?? [told.title], "note note-out"); key = crypto.randomUUID(); return; }
    if (only) return tried(told);
    sessionStorage.setItem("plan-line", JSON.stringify({ ...pair, cell: place.cell }));
    location.reload();
  }

  function say(texts, kind) {
    field("says").replaceChildren(
      ...texts.map((text) => Object.assign(document.createElement("p"), { textContent: text, className: kind })));
  }

  function tried(told) {
    say(told.says, "");
    const rows = [...told.pay, ...told.gain].slice(0, 12).map((each) => {
      const row = document.createElement("tr");
      for (const [n, text] of [each.site_name || each.site, each.item_name, number.format(each.units_before),
        number.format(each.units_after)].entries()) {
        const cell = row.appendChild(document.createElement("td"));
        cell.textContent = text;
        if (n > 1) cell.className = "number";
      }
      return row;
    });
    field("payers").querySelector("tbody").replaceChildren(...rows);
    field("payers").hidden = rows.length === 0;
    field("keep").hidden = false;
    field("try").hidden = true;
    field("keep").focus();
  }
}
