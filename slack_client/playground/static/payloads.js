// What went over the wire between the stand-in and the bot, newest first.

import { element, reconcile } from "./elements.js";
import { readLine } from "./server.js";

const panel = document.querySelector("#wire");
const toggle = document.querySelector("#wire-switch");
const troubles = element("ul", { class: "complaints" });
const list = element("ol");
panel.append(
  element("h2", {}, "Payloads"),
  element(
    "p",
    {},
    "What the stand-in sends to the bot, how long each ack took (Slack waits three seconds), ",
    "and what the bot calls. Everybody's, newest first.",
  ),
  troubles,
  list,
);

/** Show the journal; `complaints` are what Slack would have refused. */
export function showPayloads(lines, complaints) {
  troubles.replaceChildren(...complaints.map((complaint) => element("li", {}, complaint)));
  reconcile(list, lines.toReversed(), (line) => line.id, JSON.stringify, drawLine);
}

function drawLine(line) {
  const isBot = line.from === "bot";
  const said = element("pre", {}, "…");
  const ack = isBot
    ? null
    : element(
        "span",
        { class: line.is_taken ? "ack" : "ack late" },
        `${line.is_taken ? "acked" : `not acked (${line.status})`} in ${line.milliseconds} ms`,
      );
  return element(
    "li",
    {},
    element(
      "details",
      { ontoggle: (event) => event.target.open && fill(line.id, said) },
      element(
        "summary",
        {},
        element("span", { class: "way" }, isBot ? "Bot calls" : "Slack sends"),
        element("code", {}, line.name),
        ack,
      ),
      said,
    ),
  );
}

async function fill(id, said) {
  const found = await readLine(id);
  said.textContent = found ? JSON.stringify(found, null, 2) : "This is not kept any more.";
}

toggle.addEventListener("click", () => {
  panel.hidden = !panel.hidden;
  toggle.setAttribute("aria-expanded", String(!panel.hidden));
});
