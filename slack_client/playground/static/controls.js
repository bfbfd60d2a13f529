// Buttons, menus and boxes. Each tells its place of its use, by block id, action id and value.

import { searchBox } from "./searching.js";
import { element } from "./elements.js";

/** Draw an element outside of an input block: using it is told to the bot at once. */
export function drawControl(block, each, place) {
  const press = (value) => place.press(block, each, value);
  if (each.type === "button") return button(each, press);
  if (each.type === "image") return element("img", { src: each.image_url, alt: each.alt_text });
  const label = each.placeholder?.text ?? "More";
  const value = place.values[block.block_id]?.[each.action_id];
  return drawInput(each, value, { label, place, name: block.block_id, change: press });
}

/** Draw what is typed into or chosen from. `how.change` gets what was chosen, `changeSoon` what is typed. */
export function drawInput(each, value, how) {
  const draw = INPUTS[each.type];
  return draw ? draw(each, value, how) : element("span", {}, `The playground cannot draw a ${each.type}.`);
}

/** Whether an input is one that text is typed into. */
export function isText(each) {
  return each.type === "plain_text_input" || each.type === "number_input";
}

const INPUTS = {
  plain_text_input: textInput,
  number_input: (each, value, how) =>
    textInput(each, value, how, each.is_decimal_allowed ? "decimal" : "numeric"),
  static_select: (each, value, how) => menu(optionsOf(each), value?.selected_option?.value, each, how),
  overflow: (each, _, how) => overflow(each, how),
  users_select: (each, value, how) => menu(people(how), value?.selected_user, each, how),
  channels_select: (each, value, how) => menu(channels(how), value?.selected_channel, each, how),
  conversations_select: (each, value, how) => menu(channels(how), value?.selected_conversation, each, how),
  external_select: searchBox,
  radio_buttons: (each, value, how) =>
    boxes("radio", each.options, [value?.selected_option?.value], how, (chosen) => chosen[0]),
  checkboxes: (each, value, how) =>
    boxes(
      "checkbox",
      each.options,
      (value?.selected_options ?? []).map((option) => option.value),
      how,
    ),
  multi_users_select: (each, value, how) => boxes("checkbox", people(how), value?.selected_users ?? [], how),
};

function button(each, press) {
  const style = { class: each.style ?? false, "aria-label": each.accessibility_label };
  const node = element(
    "button",
    {
      type: "button",
      ...style,
      onclick: () => {
        if (each.url) window.open(each.url, "_blank", "noopener");
        press();
      },
    },
    each.text.text,
  );
  node.dataset.action = each.action_id;
  return node;
}

function textInput(each, value, how, inputmode) {
  const name = each.multiline ? "textarea" : "input";
  const triggers = each.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const live = how.dispatches && triggers.includes("on_character_entered");
  const node = element(name, {
    id: how.id,
    inputmode,
    maxlength: each.max_length ?? 3000,
    placeholder: each.placeholder?.text,
    value: value?.value ?? "",
    rows: each.multiline ? 2 : false,
    oninput: () => {
      if (live) how.changeSoon(node.value);
    },
    onkeydown: (event) => {
      if (event.key !== "Enter" || each.multiline) return;
      event.preventDefault();
      if (how.dispatches && !live) how.change(node.value);
      else how.submit?.();
    },
  });
  return node;
}

function menu(options, chosen, each, how) {
  const label = how.id ? {} : { "aria-label": how.label };
  const empty = chosen === undefined || chosen === null;
  return element(
    "select",
    { id: how.id, ...label, onchange: (event) => how.change(event.target.value || null) },
    empty || how.optional ? element("option", { value: "" }, each.placeholder?.text ?? "Choose") : null,
    options.map((option) =>
      element("option", { value: option.value, selected: option.value === chosen }, option.text.text),
    ),
  );
}

function overflow(each, how) {
  const node = element(
    "select",
    {
      class: "overflow",
      "aria-label": how.label,
      onchange: () => {
        const chosen = node.value;
        node.value = "";
        if (chosen) how.change(chosen);
      },
    },
    element("option", { value: "" }, "⋯"),
    each.options.map((option) => element("option", { value: option.value }, option.text.text)),
  );
  return node;
}

function boxes(type, options, chosen, how, told = (values) => values) {
  const group = `${how.id ?? how.name}-${type}`;
  const node = element("div", { class: "boxes" });
  const tell = () => how.change(told([...node.querySelectorAll("input:checked")].map((box) => box.value)));
  node.append(
    ...options.map((option) =>
      element(
        "label",
        {},
        element("input", {
          type,
          name: group,
          value: option.value,
          checked: chosen.includes(option.value),
          onchange: tell,
        }),
        element(
          "span",
          {},
          option.text.text,
          option.description ? element("small", {}, option.description.text) : null,
        ),
      ),
    ),
  );
  return node;
}

function people(how) {
  return [...how.place.names].map(([id, name]) => ({ value: id, text: { text: name } }));
}

function channels(how) {
  return how.place.channels.map((channel) => ({ value: channel.id, text: { text: `# ${channel.name}` } }));
}

function optionsOf(each) {
  return each.options ?? each.option_groups.flatMap((group) => group.options);
}
