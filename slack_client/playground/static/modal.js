// The modal on top of a trader's screen. A block that has not changed keeps what is being typed into it.

import { drawBlock } from "./blocks.js";
import { drawInput, isText } from "./controls.js";
import { element, reconcile } from "./elements.js";
import { place } from "./places.js";
import { act } from "./server.js";

const dialog = document.querySelector("#modal");
const title = element("h2", { id: "modal-title" });
const cross = element("button", { type: "button", class: "cross", "aria-label": "Close the form" }, "✕");
const body = element("div", { class: "blocks" });
const notice = element("p", { class: "notice", role: "alert" });
const footer = element("footer");
const form = element("form", { novalidate: true }, element("header", {}, title, cross), body, notice, footer);
dialog.append(form);

const PAUSE_MILLISECONDS = 250;

let shown = null;
let current = null;
let busy = false;
let waiting;

/** Show this modal, or none. `where` is the trader and their channel. */
export function showModal(modal, where, world) {
  if (modal === null) {
    shown = null;
    clearTimeout(waiting);
    if (dialog.open) dialog.close();
    return;
  }
  const isNew = shown?.id !== modal.id;
  if (isNew) {
    clearTimeout(waiting);
    body.replaceChildren();
    notice.textContent = "";
  }
  shown = modal;
  current = { ...place(modal, where, world, tell, texts), where };
  title.textContent = modal.title;
  reconcile(body, modal.blocks, (block) => block.block_id, sameBlock, draw);
  drawFooter(modal);
  if (!dialog.open) dialog.showModal();
  if (isNew)
    (body.querySelector("input, select, textarea") ?? footer.querySelector("button") ?? cross).focus();
}

function draw(block, old) {
  return block.type === "input" ? drawField(block, old) : drawBlock(block, here());
}

/** Elements outlive the state that they were drawn from: they ask for the newest. */
function here() {
  return {
    ...current,
    press: (...done) => current.press(...done),
    search: (...asked) => current.search(...asked),
  };
}

function drawField(block, old) {
  const each = block.element;
  const id = `field-${block.block_id}`;
  const value = current.values[block.block_id]?.[each.action_id];
  const control = drawInput(each, value, {
    id,
    name: block.block_id,
    label: block.label.text,
    place: here(),
    optional: block.optional,
    dispatches: block.dispatch_action,
    change: (chosen) => current.choose(block.block_id, chosen),
    changeSoon: (typed) => {
      clearTimeout(waiting);
      waiting = setTimeout(() => current.choose(block.block_id, typed), PAUSE_MILLISECONDS);
    },
    submit: () => form.requestSubmit(),
  });
  if (isText(each)) keepTyped(control, old);
  const group = control.classList.contains("boxes");
  const label = element(
    group ? "legend" : "label",
    { for: group ? false : id },
    block.label.text,
    block.optional ? element("small", {}, " (optional)") : null,
  );
  const error = element("p", { class: "error", id: `${id}-error` });
  const hint = block.hint ? element("p", { class: "hint" }, block.hint.text) : null;
  const node = element(group ? "fieldset" : "div", { class: "block field" }, label, control, hint, error);
  node.dataset.block = block.block_id;
  (group ? node : (control.querySelector("input") ?? control)).setAttribute(
    "aria-describedby",
    `${id}-error`,
  );
  if (old?.contains(document.activeElement))
    queueMicrotask(() => node.querySelector("input, select, textarea").focus());
  setError(node, old?.querySelector(".error")?.textContent ?? "");
  return node;
}

/** Slack keeps what was typed into an input whose ids stay, whatever else about it changes. */
function keepTyped(control, old) {
  const before = old?.querySelector("input:not([type]), textarea");
  if (!before) return;
  control.value = before.value;
  const { selectionStart, selectionEnd } = before;
  queueMicrotask(() => control.setSelectionRange(selectionStart, selectionEnd));
}

/** What an input starts with is of no interest to one that is there already. */
function sameBlock(block) {
  return JSON.stringify(block, (name, value) => (name.startsWith("initial_") ? undefined : value));
}

function drawFooter(modal) {
  const submit = modal.submit
    ? element("button", { type: "submit", class: "primary", disabled: busy }, modal.submit)
    : null;
  const label = modal.close ?? (modal.is_stacked ? "Back" : "Close");
  const same = JSON.stringify([modal.id, modal.submit, label, busy]);
  if (footer.dataset.same === same) return;
  footer.dataset.same = same;
  footer.replaceChildren(
    ...[element("button", { type: "button", onclick: close }, label), submit].filter(Boolean),
  );
}

function texts() {
  const typed = (shown?.blocks ?? []).filter((block) => block.type === "input" && isText(block.element));
  const read = (block) => document.getElementById(`field-${block.block_id}`).value;
  return Object.fromEntries(typed.map((block) => [block.block_id, read(block)]));
}

async function submit(event) {
  event.preventDefault();
  if (busy || !shown?.submit) return;
  clearTimeout(waiting);
  setBusy(true);
  tell("");
  showErrors({});
  const answer = await act(current.where(), "submit", { place: shown.id, texts: texts() });
  setBusy(false);
  tell(answer.notice);
  showErrors(answer.errors ?? {});
}

function setBusy(now) {
  busy = now;
  if (shown) drawFooter(shown);
}

function showErrors(errors) {
  for (const node of body.querySelectorAll(".field")) setError(node, errors[node.dataset.block] ?? "");
  body.querySelector("[aria-invalid=true]")?.focus();
}

function setError(node, text) {
  node.querySelector(".error").textContent = text;
  const control = node.querySelector("input, select, textarea");
  if (text) control.setAttribute("aria-invalid", "true");
  else control.removeAttribute("aria-invalid");
}

function tell(text) {
  notice.textContent = text ?? "";
}

async function close() {
  clearTimeout(waiting);
  tell((await act(current.where(), "close", { place: shown.id })).notice);
}

form.addEventListener("submit", submit);
cross.addEventListener("click", close);
dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  close();
});
