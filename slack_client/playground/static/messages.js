// The messages of a channel, oldest first. One that is edited is drawn anew in its place.

import { drawBlock } from "./blocks.js";
import { element, reconcile } from "./elements.js";
import { place } from "./places.js";
import { clock, drawMarkdown, unescape } from "./texts.js";

const log = document.querySelector("#log");
const list = document.querySelector("#messages");
let newest = null;

/** Show these messages. `where` is the trader and their channel. */
export function showMessages(messages, where, world, tell) {
  reconcile(
    list,
    messages,
    (each) => each.id,
    JSON.stringify,
    (each) => drawMessage(each, where, world, tell),
  );
  const last = `${where().user} ${where().channel} ${messages.at(-1)?.id}`;
  if (last !== newest) log.scrollTop = log.scrollHeight;
  newest = last;
}

function drawMessage(message, where, world, tell) {
  const isBot = message.author === null;
  const name = isBot ? "SlackOMS" : world.names.get(message.author);
  const at = new Date(Number(message.id) * 1000);
  const marks = [
    isBot ? element("span", { class: "badge" }, "App") : null,
    element("time", { datetime: at.toISOString() }, clock(at)),
    message.is_ephemeral ? element("span", { class: "private" }, "Only visible to you") : null,
    message.is_edited && !message.is_ephemeral ? element("span", { class: "private" }, "edited") : null,
  ];
  const here = place(message, where, world, tell);
  const words = message.blocks.length
    ? message.blocks.map((block) => drawBlock(block, here))
    : element(
        "p",
        { class: "block" },
        isBot ? drawMarkdown(message.text, world.names) : unescape(message.text),
      );
  return element(
    "li",
    { class: message.is_ephemeral ? "message ephemeral" : "message" },
    element("span", { class: isBot ? "face bot" : "face", "aria-hidden": "true" }, isBot ? "↗" : name[0]),
    element("div", { class: "content" }, element("p", { class: "by" }, element("b", {}, name), marks), words),
  );
}
