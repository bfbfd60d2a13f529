// The dialog that asks before a button acts.

import { element } from "./elements.js";

const dialog = document.querySelector("#question");

/** Ask a confirm dialog's question; true where the answer is yes. Esc says no. */
export function ask(confirm) {
  return new Promise((answer) => {
    const say = (yes) => {
      dialog.close();
      answer(yes);
    };
    const yes = element(
      "button",
      {
        type: "button",
        class: confirm.style === "danger" ? "danger" : "primary",
        onclick: () => say(true),
      },
      confirm.confirm.text,
    );
    const no = element("button", { type: "button", onclick: () => say(false) }, confirm.deny.text);
    dialog.replaceChildren(
      element("h2", { id: "question-title" }, confirm.title.text),
      element("p", { id: "question-text" }, confirm.text.text),
      element("footer", {}, no, yes),
    );
    dialog.oncancel = (event) => {
      event.preventDefault();
      say(false);
    };
    dialog.showModal();
    no.focus();
  });
}
