"use strict";
// Draws the report. Whatever articles, labels and models say enters the page as text nodes and
// attribute values only: nothing here parses markup.

const data = JSON.parse(document.getElementById("data").textContent);
const { report, titles } = data;

const SHARES = ["record_f1", "value_f1", "near_f1", "grounded_f1", "record_precision",
  "record_recall", "value_precision", "value_recall", "swapped", "unsupported"];
const COSTS = ["tokens", "seconds", "calls", "re_asks"];
const UNITS = { record: "records", value: "values", near: "values", grounded: "values",
  swapped: "pairs", unsupported: "values" };
const SYMBOLS = { right: "✓", found: "✓", near: "≈", partly: "◐", wrong: "✗",
  missed: "−", spurious: "+", forbidden: "⊘", optional: "○" };

// Building elements --------------------------------------------------------------------------
const SVG = ["svg", "line", "circle", "text"];

function el(name, attributes = {}, ...children) {
  const node = SVG.includes(name) ? document.createElementNS("http://www.w3.org/2000/svg", name)
    : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children.flat(2).filter(Boolean));
  return node;
}

const byId = (id) => document.getElementById(id);
const words = (name) => name.replaceAll("_", " ");
const foreign = (text, name = "bdi") => el(name, { dir: "auto" }, text);
const whole = (value) => value.toLocaleString("en", { maximumFractionDigits: 0 });
const many = (count, one) => `${whole(count)} ${one}${count === 1 ? "" : "s"}`;
const unit = (name) => UNITS[name.split("_")[0]] ?? "articles";
const anchor = (id) => `article:${id.toWellFormed()}`; // what is not cannot stand in an address
const sum = (counts) => counts.reduce((total, count) => total + count, 0);
const wide = (label, table) =>
  el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": label }, table);

function rounded(name, value) {
  if (value === null) return "undefined";
  const digits = { tokens: 0, seconds: 1, calls: 1, re_asks: 1, forbidden: 2 }[name] ?? 3;
  // Rounded as the report in text is; then only written out.
  return Number(value.toFixed(digits)).toLocaleString("en", { minimumFractionDigits: digits });
}

// A number with what belongs to it: beside it where there is room, else below.
function numberCell(number, more, value = "") {
  return el("td", { class: "number", "data-value": value },
    number, more !== undefined && [" ", el("span", { class: "more" }, more)]);
}

function figureCell(name, figure) {
  const bounds = [figure.low, figure.high];
  const interval = bounds.includes(null) ? "" : bounds.map((b) => rounded(name, b)).join("–");
  return numberCell(rounded(name, figure.value), interval, figure.value ?? "");
}

function verdict(name, more) {
  return el("span", { class: `verdict ${name}` },
    el("span", { "aria-hidden": "true" }, SYMBOLS[name] ?? "·"), ` ${words(name)}`, more);
}

// A share as a dot, its interval as a whisker. Positions are percents, so that the browser
// scales the line with its column while dots and strokes keep their size.
function plot(figure, reference) {
  const line = (at, to, name) =>
    el("line", { x1: `${at * 100}%`, x2: `${to * 100}%`, class: name,
      ...(at === to ? { y1: "0", y2: "100%" } : { y1: "50%", y2: "50%" }) });
  const drawn = el("svg", { class: "plot", "aria-hidden": "true" });
  for (const at of [0, 0.25, 0.5, 0.75, 1]) drawn.append(line(at, at, "grid"));
  if (reference !== null) drawn.append(line(reference, reference, "reference"));
  if (figure.low !== null && figure.high > figure.low) {
    drawn.append(line(figure.low, figure.high, "whisker"));
  }
  if (figure.value !== null) {
    drawn.append(el("circle", { cx: `${figure.value * 100}%`, cy: "50%", r: 4.5 }));
  }
  return drawn;
}

function axis() {
  const ticks = [["0", 0, "start"], ["0.5", 50, "middle"], ["1", 100, "end"]];
  return el("svg", { class: "plot axis", "aria-hidden": "true" }, ...ticks.map(([text, at, to]) =>
    el("text", { x: `${at}%`, y: "75%", "text-anchor": to }, text)));
}

const head = (...names) => el("thead", {}, el("tr", {}, names.map((name) =>
  name instanceof Node ? name : el("th", { scope: "col" }, name))));

function plotTable(label, [first, ...others], bodies) {
  const plotted = el("th", { scope: "col", class: "plotted" },
    el("span", { class: "hidden" }, "plot"), axis());
  return wide(label, el("table", { class: "figures" }, head(first, plotted, ...others), bodies));
}

function plotRow(title, name, figure, reference, restsOn) {
  return el("tr", { "data-figure": name }, el("th", { scope: "row" }, title),
    el("td", { class: "plotted" }, SHARES.includes(name) && plot(figure, reference)),
    figureCell(name, figure), numberCell(whole(figure.n), restsOn));
}

// Summary ------------------------------------------------------------------------------------
function drawAbout() {
  const about = [["Labels", report.labels], ["Split", report.split || "all"],
    ["Model", report.model || "unknown"], ["Profile", report.profile || "unknown"],
    ["Articles", whole(report.articles.length)], ["Seed", String(report.seed)],
    ["Resamples", whole(report.resamples)], ["Tool", report.tool_version || "unknown"],
    ["Support", report.judged_support ? "judged" : "not judged"]];
  byId("about").append(...about.map(([name, value]) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, foreign(value)))));
  document.title = `Evaluation of ${report.model || "unknown model"} on ${report.labels}`;
}

function drawHeadline() {
  const figures = Object.entries(report.figures.all ?? {}).filter(([n]) => !COSTS.includes(n));
  const rows = figures.map(([name, figure]) =>
    plotRow(titles[name] ?? name, name, figure, null, unit(name)));
  byId("headline").append(
    plotTable("Headline figures", ["Figure", "Value, 95 %", "n"], el("tbody", {}, rows)));
}

const linkTo = (id) => el("a", { href: `#${encodeURIComponent(anchor(id))}` }, foreign(id));

function namedList(title, items) {
  return el("section", {}, el("h3", {}, `${title} (${items.length})`),
    items.length ? el("ul", { tabindex: "0" }, items.map((item) => el("li", {}, item)))
      : el("p", { class: "quiet" }, "none"));
}

function drawNamed() {
  const forbidden = report.articles.flatMap((score) => score.records
    .filter((record) => record.outcome === "forbidden")
    .map((record) => [linkTo(score.article_id), ` ${words(record.record_type)} `,
      foreign(record.found_id ?? "?"), ": ", foreign(record.forbidden ?? "")]));
  byId("named").append(
    namedList("Absent articles, counted as missed", report.absent.map(linkTo)),
    namedList("Articles with another text", report.other_text.map(linkTo)),
    namedList("Forbidden records", forbidden));
}

// Slices -------------------------------------------------------------------------------------
function slices() {
  const groups = new Map();
  for (const [slice, figures] of Object.entries(report.figures)) {
    const [group, ...rest] = slice.split(":");
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group).push([rest.join(":") || "all articles", figures]);
  }
  // By length, not by the alphabet.
  groups.get("length")?.sort(([a], [b]) => b.startsWith("under") - a.startsWith("under"));
  return groups;
}

function drawSlices() {
  const name = byId("figure").value;
  const overall = report.figures.all?.[name]?.value ?? null;
  const bodies = [...slices()].map(([group, rows]) => el("tbody", {},
    group !== "all" && el("tr", { class: "group" },
      el("th", { colspan: "4", scope: "rowgroup" }, group)),
    rows.map(([slice, figures]) => plotRow(foreign(words(slice)), name, figures[name], overall,
      many(figures[name].articles, "article")))));
  byId("plots").replaceChildren(plotTable("The figure by slices",
    ["Slice", `${titles[name] ?? name}, 95 %`, `n (${unit(name)})`], bodies));
}

// Fields -------------------------------------------------------------------------------------
const FIELD_COLUMNS = [["f1", "F1"], ["near_f1", "Near F1"], ["grounded_f1", "Grounded F1"],
  ["right", "Right"], ["wrong", "Wrong"], ["missed", "Missed"], ["spurious", "Spurious"]];

function fieldTable(type, fields) {
  const rows = Object.entries(fields).map(([field, figures]) => el("tr", {},
    el("th", { scope: "row", "data-value": field }, field),
    FIELD_COLUMNS.map(([name]) => name.endsWith("f1") ? figureCell(name, figures[name])
      : numberCell(whole(figures[name].value), undefined, figures[name].value))));
  const table = el("table", { class: "fields" }, el("caption", {}, words(type)),
    head(...["Field", ...FIELD_COLUMNS.map(([, title]) => title)].map((title) =>
      el("th", { scope: "col" }, el("button", { type: "button" }, title)))),
    el("tbody", {}, rows));
  table.querySelectorAll("thead button").forEach((button, column) =>
    button.addEventListener("click", () => sortBy(table, column)));
  return wide(`Fields of ${words(type)}`, table);
}

function sortBy(table, column) {
  const heads = [...table.tHead.rows[0].cells];
  const descending = heads[column].ariaSort === "ascending";
  heads.forEach((cell) => cell.removeAttribute("aria-sort"));
  heads[column].setAttribute("aria-sort", descending ? "descending" : "ascending");
  const value = (row) => row.cells[column].dataset.value;
  const sign = descending ? -1 : 1;
  const rows = [...table.tBodies[0].rows].sort((a, b) => {
    const [one, other] = [value(a), value(b)];
    if (one === "" || other === "") return (one === "") - (other === "");
    return sign * (column === 0 ? one.localeCompare(other) : one - other);
  });
  table.tBodies[0].append(...rows);
}

// Cost ---------------------------------------------------------------------------------------
function drawCosts() {
  const rows = [...slices()].filter(([group]) => group === "all" || group === "type")
    .flatMap(([, found]) => found)
    .map(([slice, figures]) => el("tr", {}, el("th", { scope: "row" }, words(slice)),
      COSTS.map((name) => figureCell(name, figures[name])),
      numberCell(whole(figures.tokens.articles))));
  byId("costs").append(wide("Cost an article", el("table", { class: "fields" },
    head("An article", "Tokens", "Seconds", "Calls", "Re-asks", "Articles"),
    el("tbody", {}, rows))));
  const types = report.articles.flatMap((score) => Object.values(score.types));
  const all = (name) => sum(types.map((type) => type[name]));
  byId("spent").textContent = `In all ${whole(all("prompt_tokens"))} tokens read and `
    + `${whole(all("completion_tokens"))} written, in ${whole(all("seconds"))} seconds and `
    + `${many(all("calls"), "call")}; ${whole(all("re_asks"))} of them asked again.`;
}

// Articles -----------------------------------------------------------------------------------
function told(article, score) {
  if (!score.records.length) return "no record, nothing extracted";
  const counts = article.values;
  return ["right", "wrong", "missed", "spurious"].filter((name) => counts[name])
    .map((name) => `${counts[name]} ${name}`).join(", ") || "no values";
}

function flags(score) {
  const types = Object.entries(score.types).filter(([, type]) => type.state !== "ok");
  const states = new Set(types.map(([, type]) => type.state));
  return [...[...states].map((state) => `${words(state)}: ${types
    .filter(([, type]) => type.state === state).map(([name]) => words(name)).join(", ")}`),
    score.records.some((record) => record.outcome === "forbidden") && "⊘ forbidden record",
    report.other_text.includes(score.article_id) && "another text"].filter(Boolean);
}

function articleRow(article) {
  const score = report.articles[article.score];
  const row = el("details", { class: "article", id: anchor(score.article_id) },
    el("summary", {},
      el("h3", {}, foreign(score.article_id)),
      score.title && foreign(score.title, "span"),
      el("span", { class: "outcome" },
        el("span", { class: "score" }, `value F1 ${rounded("value_f1", article.value_f1)}`),
        el("span", { class: "quiet" }, told(article, score)),
        flags(score).map((flag) => el("span", { class: "flag" }, flag)))));
  // A thousand rows are cheap; a thousand texts with their records are not.
  row.addEventListener("toggle", () => row.open && openArticle(row, article));
  return row;
}

function openArticle(row, article) {
  if (row.childElementCount > 1) return;
  const score = report.articles[article.score];
  // Offsets count characters; a JavaScript string counts some of them twice.
  const characters = article.text === null ? null : Array.from(article.text);
  const text = markedText(characters, score);
  const cards = score.records.map((record, at) =>
    recordCard(record, article.labelled[at], characters));
  cards.forEach((card, at) => lightOn(card, text, at));
  row.append(el("p", { class: "facts quiet" }, facts(score)),
    el("div", { class: "sides" }, text.pane, el("div", { class: "records" },
      report.other_text.includes(score.article_id)
        && note("The records were extracted from another text: their passages may be others."),
      cards.length ? cards : el("p", { class: "quiet" }, "No record, labelled or extracted."))));
}

function facts(score) {
  return [score.language, many(score.words, "word"), score.split && `split ${score.split}`,
    score.profile && `profile ${score.profile}`,
    score.traps.length ? `traps: ${score.traps.map(words).join(", ")}` : "no trap"]
    .filter(Boolean).join(" · ");
}

// The text, cut where a passage of any record begins or ends, so that overlapping ones can show.
function markedText(characters, score) {
  const pane = el("div", { class: "text", lang: score.language, dir: "auto", tabindex: "0",
    role: "region", "aria-label": "Text of the article" });
  if (characters === null) {
    pane.append("The text of this article is not at hand.");
    return { pane, pieces: [], focused: null, lit: null };
  }
  const spans = score.records.flatMap((record, at) => [
    ...record.wanted_spans.map(([start, end]) => ({ at, side: "gold", start, end })),
    ...record.found_spans.map(([start, end]) => ({ at, side: "found", start, end }))]);
  const cuts = new Set([0, characters.length, ...spans.flatMap((s) => [s.start, s.end])]);
  const ordered = [...cuts].filter((cut) => cut <= characters.length).sort((a, b) => a - b);
  const pieces = [];
  ordered.slice(0, -1).forEach((start, index) => {
    const citing = spans.filter((s) => s.start <= start && ordered[index + 1] <= s.end);
    const piece = characters.slice(start, ordered[index + 1]).join("");
    const sides = new Set(citing.map((s) => s.side));
    const node = citing.length ? el("mark", { class: [...sides].join(" ") }, piece) : piece;
    if (citing.length) pieces.push({ node, citing });
    pane.append(node);
  });
  return { pane, pieces, focused: null, lit: null };
}

function light(text, at) {
  const { pane, pieces } = text;
  text.lit = at;
  pane.classList.toggle("choosing", at !== null);
  for (const { node, citing } of pieces) {
    for (const side of ["gold", "found"]) {
      node.classList.toggle(`lit-${side}`, citing.some((s) => s.at === at && s.side === side));
    }
  }
}

// The focused record stays lit while the pointer passes over others.
function lightOn(card, text, at) {
  // A pointer at rest that a scrolled record comes to lie under does not point at it.
  card.addEventListener("mousemove", () => text.lit !== at && light(text, at));
  card.addEventListener("mouseleave", () => light(text, text.focused));
  card.addEventListener("focusout", () => light(text, text.focused = null));
  card.addEventListener("focusin", () => {
    light(text, text.focused = at);
    const first = text.pieces.find(({ citing }) => citing.some((s) => s.at === at));
    // Only the text moves: the record under the pointer has to stay where it is.
    if (first) text.pane.scrollTop = first.node.offsetTop - text.pane.clientHeight / 3;
  });
}

// Records ------------------------------------------------------------------------------------
const note = (...said) => el("p", { class: "note" }, ...said);

function recordCard(record, labelled, characters) {
  return el("article", { class: "record", tabindex: "0",
    "aria-label": `${words(record.record_type)}, ${outcomeTold(record)}` },
    el("header", {}, el("h4", {}, words(record.record_type)),
      verdict(record.outcome, outcomeTold(record).slice(record.outcome.length)),
      el("span", { class: "ids quiet" }, record.wanted_id && ["label ", foreign(record.wanted_id)],
        record.wanted_id && record.found_id && " · ",
        record.found_id && ["extraction ", foreign(record.found_id)])),
    record.forbidden && note("Made of ", foreign(record.forbidden)),
    record.swapped && note("⇄ Sides the other way round; scored as if they were not."),
    fieldsOf(record, labelled), characters && passages(record, characters));
}

function outcomeTold({ outcome, fields }) {
  if (outcome === "optional") return "optional, neither rewarded nor punished";
  const differences = fields.filter((field) => field.verdict !== "right").length;
  return outcome === "found" ? `found, ${many(differences, "difference")}` : outcome;
}

// A value of several parts, each in its own direction.
const said = (text) => el("td", { class: text ? "" : "quiet" }, text
  ? text.split(/( · |; )/).map((part, at) => at % 2 ? part : foreign(part)) : "—");

function fieldsOf(record, labelled) {
  const isPair = record.fields.length > 0;
  const fields = isPair ? record.fields : labelled.map(([field, wanted]) => ({ field, wanted }));
  if (!fields.length) {
    return el("p", { class: "quiet" }, "What it says is not in the report, only what it cites.");
  }
  const rows = fields.map((field) => el("tr", { class: field.verdict ?? "" },
    el("th", { scope: "row" }, el("div", {}, el("span", {}, field.field), isPair
      && verdict(field.verdict, field.verdict === "right" && !field.grounded && ", ungrounded"))),
    said(field.wanted), isPair && said(field.found)));
  return el("table", { class: "compared" },
    head("Field", "Label", ...(isPair ? ["Extraction"] : [])), el("tbody", {}, rows));
}

function passages(record, characters) {
  const quotes = (side, spans) => spans.map(([start, end]) => el("li", {}, `${side}: `,
    foreign(characters.slice(start, end).join(""), "q")));
  const { wanted_spans: wanted, found_spans: found } = record;
  return el("details", { class: "passages" },
    el("summary", {}, `Passages: ${wanted.length} of the label, ${found.length} extracted`),
    el("ul", {}, quotes("label", wanted), quotes("extraction", found)));
}

// Filter and links ---------------------------------------------------------------------------
function filterArticles(rows) {
  const wanted = byId("wanted").value.trim().toLowerCase();
  const [type, faulty] = [byId("type").value, byId("faulty").checked];
  let shown = 0;
  data.articles.forEach((article, at) => {
    const score = report.articles[article.score];
    const name = `${score.article_id} ${score.title ?? ""}`.toLowerCase();
    const errors = type ? article.errors[type] ?? 0 : sum(Object.values(article.errors));
    const fits = name.includes(wanted) && (!faulty || errors > 0)
      && (!type || score.records.some((record) => record.record_type === type));
    rows[at].hidden = !fits;
    shown += fits;
  });
  byId("shown").textContent = `${whole(shown)} of ${many(rows.length, "article")}`;
}

function openTarget() {
  const row = byId(decodeURIComponent(location.hash.slice(1)));
  if (!row?.matches(".article")) return;
  row.hidden = false;
  row.open = true;
  row.scrollIntoView();
  row.querySelector("summary").focus({ preventScroll: true });
}

function start() {
  drawAbout();
  drawHeadline();
  drawNamed();
  byId("figure").append(...SHARES.map((name) =>
    el("option", { value: name }, titles[name] ?? name)));
  byId("figure").value = "value_f1";
  byId("figure").addEventListener("change", drawSlices);
  drawSlices();
  byId("tables").append(...Object.entries(report.fields).map(([type, f]) => fieldTable(type, f)));
  drawCosts();
  const types = new Set(report.articles.flatMap((score) => Object.keys(score.types)));
  byId("type").append(...[...types].sort().map((type) =>
    el("option", { value: type }, words(type))));
  const rows = data.articles.map(articleRow);
  byId("list").append(...rows);
  byId("filter").addEventListener("input", () => filterArticles(rows));
  byId("filter").addEventListener("submit", (event) => event.preventDefault());
  filterArticles(rows);
  addEventListener("hashchange", openTarget);
  openTarget();
}

start();
