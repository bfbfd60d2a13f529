// Making and mending the page's elements. Text is set as text, never as HTML.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element. A property that starts with "on" listens; true and false set and leave out. */
export function element(name, properties = {}, ...children) {
  return finish(document.createElement(name), properties, children);
}

/** Make an element of a drawing. */
export function drawn(name, properties = {}, ...children) {
  return finish(document.createElementNS(SVG, name), properties, children);
}

/**
 * Show these items in a container, each under its key. What has not changed keeps its element, and with
 * it the focus and the text that is being typed. `draw` gets the item and the element that it replaces.
 */
export function reconcile(container, items, keyOf, sameOf, draw) {
  const before = new Map([...container.children].map((node) => [node.dataset.key, node]));
  const wanted = items.map((item) => {
    const key = keyOf(item);
    const same = sameOf(item);
    const old = before.get(key);
    if (old !== undefined && old.drawnFrom === same) return old;
    const node = draw(item, old);
    node.dataset.key = key;
    node.drawnFrom = same;
    return node;
  });
  const kept = new Set(wanted);
  for (const node of before.values()) if (!kept.has(node)) node.remove();
  let next = container.firstElementChild;
  for (const node of wanted) {
    if (node === next) next = next.nextElementSibling;
    else container.insertBefore(node, next);
  }
}

function finish(node, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value") node.value = value;
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}
