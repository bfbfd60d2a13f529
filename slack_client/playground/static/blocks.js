// Block Kit's blocks. `place` is where they stand: its id, its values, and what is done when one is used.

import { chart } from "./charts.js";
import { drawControl } from "./controls.js";
import { element } from "./elements.js";
import { drawText } from "./texts.js";

/** Draw one block. */
export function drawBlock(block, place) {
  return (BLOCKS[block.type] ?? unknown)(block, place);
}

const BLOCKS = {
  header: (block) => element("h3", { class: "block" }, block.text.text),
  divider: () => element("hr", { class: "block" }),
  section,
  context: (block, place) =>
    element(
      "div",
      { class: "block context" },
      block.elements.map((each) => contextPart(each, place)),
    ),
  actions: (block, place) =>
    element(
      "div",
      { class: "block actions" },
      block.elements.map((each) => drawControl(block, each, place)),
    ),
  image: (block) => element("figure", { class: "block" }, image(block)),
  data_table: table,
  data_visualization: (block) => chart(block),
};

function section(block, place) {
  const words = element("div", { class: "words" });
  if (block.text) words.append(element("p", {}, drawText(block.text, place.names)));
  if (block.fields)
    words.append(
      element(
        "div",
        { class: "fields" },
        block.fields.map((text) => field(text, place)),
      ),
    );
  const beside = block.accessory ? drawControl(block, block.accessory, place) : null;
  return element("div", { class: "block section" }, words, beside);
}

function field(text, place) {
  return element("p", {}, drawText(text, place.names));
}

function contextPart(part, place) {
  return part.type === "image" ? image(part) : element("span", {}, drawText(part, place.names));
}

function image(part) {
  return element("img", { src: part.image_url, alt: part.alt_text });
}

function table(block) {
  const [names, ...rows] = block.rows;
  const isNumber = (column) => rows.some((row) => row[column].type === "raw_number");
  const cell = (name, each, column) =>
    element(
      name,
      { class: isNumber(column) ? "number" : false, scope: name === "th" ? "col" : false },
      cellText(each),
    );
  const head = element(
    "tr",
    {},
    names.map((each, column) => cell("th", each, column)),
  );
  const heading = block.row_header_column_index ?? 0;
  const drawRow = (row) =>
    element(
      "tr",
      {},
      row.map((each, column) =>
        column === heading ? element("th", { scope: "row" }, cellText(each)) : cell("td", each, column),
      ),
    );
  return element(
    "div",
    { class: "block table", tabindex: "0", role: "region", "aria-label": block.caption },
    element(
      "table",
      {},
      element("caption", {}, block.caption),
      element("thead", {}, head),
      element("tbody", {}, rows.map(drawRow)),
    ),
  );
}

function cellText(cell) {
  return cell.text ?? textsOf(cell).join("");
}

/** Every text in a rich text, in order. */
function textsOf(part) {
  return part.text !== undefined ? [part.text] : (part.elements ?? []).flatMap(textsOf);
}

function unknown(block) {
  return element(
    "p",
    { class: "block" },
    textsOf(block).join("") || `The playground cannot draw a ${block.type}.`,
  );
}
