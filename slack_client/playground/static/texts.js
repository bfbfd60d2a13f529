// Slack's texts: plain ones as they are, and the part of mrkdwn that is in use, drawn without HTML.

import { element } from "./elements.js";

const MARKS = new RegExp(
  [
    /`([^`\n]+)`/,
    /<([^<>]+)>/,
    /(?<![\w*])\*([^*\n]+)\*(?![\w*])/,
    /(?<!\w)_([^_\n]+)_(?!\w)/,
    /(?<![\w~])~([^~\n]+)~(?![\w~])/,
  ]
    .map((mark) => mark.source)
    .join("|"),
  "g",
);

/** Draw a text object. `names` are people's names by user id. */
export function drawText(text, names) {
  return text.type === "mrkdwn" ? drawMarkdown(text.text, names) : [text.text];
}

/** Draw mrkdwn as nodes. */
export function drawMarkdown(text, names) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(MARKS)) {
    const [all, code, entity, bold, italic, struck] = found;
    nodes.push(unescape(text.slice(end, found.index)));
    if (code) nodes.push(element("code", {}, unescape(code)));
    else if (entity) nodes.push(drawEntity(entity, names));
    else if (bold) nodes.push(element("strong", {}, drawMarkdown(bold, names)));
    else if (italic) nodes.push(element("em", {}, drawMarkdown(italic, names)));
    else nodes.push(element("s", {}, drawMarkdown(struck, names)));
    end = found.index + all.length;
  }
  return [...nodes, unescape(text.slice(end))].filter((node) => node !== "");
}

/** A message's text that comes without blocks. */
export function unescape(text) {
  return text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}

function drawEntity(entity, names) {
  const [what, label] = entity.split("|");
  if (what.startsWith("@")) {
    const id = what.slice(1);
    return element("span", { class: "mention" }, `@${names.get(id) ?? label ?? id}`);
  }
  if (what.startsWith("!date^")) return drawMoment(what, label);
  if (/^https?:\/\//.test(what)) {
    return element(
      "a",
      { href: what, target: "_blank", rel: "noopener noreferrer" },
      unescape(label ?? what),
    );
  }
  return unescape(label ?? what.replace(/^[#!]/, ""));
}

function drawMoment(what, fallback) {
  const [, seconds, format] = what.split("^");
  const at = new Date(Number(seconds) * 1000);
  if (Number.isNaN(at.getTime())) return unescape(fallback ?? "");
  const date = at.toLocaleDateString("en-US", { month: "short", day: "numeric", year: "numeric" });
  const today = at.toDateString() === new Date().toDateString();
  const words = format
    .replace(/\{date_short_pretty\}/, today ? "today" : date)
    .replace(/\{date\w*\}/, date)
    .replace(/\{time\w*\}/, clock(at));
  return element("time", { datetime: at.toISOString(), title: fallback }, words);
}

/** The time of day, as it stands beside a message. */
export function clock(at) {
  return at.toLocaleTimeString("en-US", { hour: "numeric", minute: "2-digit" });
}
