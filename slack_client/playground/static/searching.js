// A menu whose choices come from the bot while its user types: a combobox with a list below it.

import { element } from "./elements.js";

/** Draw an external_select. `how.place.search` asks the bot, `how.change` gets the chosen value. */
export function searchBox(each, value, how) {
  const listId = `${how.id ?? how.name}-choices`;
  let chosen = value?.selected_option ?? null;
  let options = [];
  let active = -1;
  let asked = 0;

  const list = element("ul", {
    id: listId,
    role: "listbox",
    "aria-label": `${how.label}: choices`,
    hidden: true,
  });
  const input = element("input", {
    id: how.id,
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-controls": listId,
    "aria-expanded": "false",
    "aria-label": how.id ? false : how.label,
    placeholder: each.placeholder?.text,
    autocomplete: "off",
    value: chosen?.text.text ?? "",
    onfocus: () => input.select(),
    oninput: ask,
    onblur: () => leave(),
    onkeydown: steer,
  });

  async function ask() {
    const query = input.value.trim();
    const mine = ++asked;
    if (query.length < (each.min_query_length ?? 3)) return close();
    const found = await how.place.search(how.name, query);
    if (mine === asked && document.activeElement === input) open(found);
  }

  function open(found) {
    options = found;
    active = found.length ? 0 : -1;
    list.replaceChildren(
      ...(found.length ? found.map(choice) : [element("li", { class: "none" }, "Nothing found")]),
    );
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    point();
  }

  function choice(option, index) {
    return element(
      "li",
      {
        id: `${listId}-${index}`,
        role: "option",
        onmousedown: (event) => {
          event.preventDefault();
          take(option);
        },
      },
      option.text.text,
    );
  }

  function point() {
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === active)));
    list.children[active]?.scrollIntoView({ block: "nearest" });
    if (active >= 0) input.setAttribute("aria-activedescendant", `${listId}-${active}`);
    else input.removeAttribute("aria-activedescendant");
  }

  function take(option) {
    chosen = option;
    close();
    input.value = option.text.text;
    how.change(option.value);
  }

  function close() {
    asked += 1;
    options = [];
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function leave() {
    close();
    if (input.value.trim() === "" && chosen !== null) {
      chosen = null;
      how.change(null);
    }
    input.value = chosen?.text.text ?? "";
  }

  function steer(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps && options.length) {
      event.preventDefault();
      active = (active + steps[event.key] + options.length) % options.length;
      point();
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (options[active]) take(options[active]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  }

  return element("div", { class: "search" }, input, list);
}
