// The message box: Enter sends, and a slash lists the commands.

import { element } from "./elements.js";

const form = document.querySelector("#composer");
const words = document.querySelector("#words");
const list = document.querySelector("#commands");
const shortcut = document.querySelector("#shortcut");
let commands = [];
let offered = [];
let active = -1;

/** Let the box send to a channel by `send`, and the button beside it use the app's shortcut. */
export function showComposer(screen, place, send, use) {
  commands = screen.commands;
  words.placeholder = `Message ${place}, or type / for commands`;
  words.setAttribute("aria-label", `Message ${place}`);
  const [first] = screen.shortcuts;
  shortcut.textContent = `⚡ ${first.name}`;
  shortcut.title = first.description;
  shortcut.onclick = () => use(first.callback_id);
  form.onsubmit = (event) => {
    event.preventDefault();
    const text = words.value.trim();
    if (!text) return;
    words.value = "";
    offer();
    send(text);
  };
}

/** Put words into the box. */
export function write(text) {
  words.value = text;
  words.focus();
  offer();
}

function offer() {
  const typed = words.value;
  offered = /^\/\S*$/.test(typed) ? commands.filter((each) => each.command.startsWith(typed)) : [];
  if (offered.length === 1 && offered[0].command === typed) offered = [];
  active = offered.length ? 0 : -1;
  list.hidden = !offered.length;
  words.setAttribute("aria-expanded", String(!list.hidden));
  list.replaceChildren(
    ...offered.map((each, index) =>
      element(
        "li",
        {
          id: `command-${index}`,
          role: "option",
          onmousedown: (event) => {
            event.preventDefault();
            complete(each);
          },
        },
        element("b", {}, each.command),
        ` ${each.usage_hint} `,
        element("small", {}, each.description),
      ),
    ),
  );
  point();
}

function point() {
  [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === active)));
  if (active >= 0) words.setAttribute("aria-activedescendant", `command-${active}`);
  else words.removeAttribute("aria-activedescendant");
}

function complete(command) {
  words.value = `${command.command} `;
  offer();
}

function steer(event) {
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (!offered.length) return;
  if (event.key in steps) {
    active = (active + steps[event.key] + offered.length) % offered.length;
    point();
  } else if (event.key === "Tab" || (event.key === "Enter" && offered[active].command !== words.value)) {
    complete(offered[active]);
  } else if (event.key === "Escape") {
    offered = [];
    list.hidden = true;
    words.setAttribute("aria-expanded", "false");
  } else return;
  event.preventDefault();
}

words.addEventListener("input", offer);
words.addEventListener("keydown", steer);
words.addEventListener("blur", () => {
  list.hidden = true;
});
