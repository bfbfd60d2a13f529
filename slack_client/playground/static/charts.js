// Slack's charts as small drawings, each with the same in words for those who cannot see it.

import { drawn, element } from "./elements.js";

const WIDTH = 560;
const HEIGHT = 200;
const LEFT = 76;
const TOP = 12;
const FLOOR = HEIGHT - 26;
const number = new Intl.NumberFormat("en-US");

/** Draw a data_visualization. */
export function chart(block) {
  const { type } = block.chart;
  const picture = type === "pie" ? pie(block) : plot(block);
  return element("figure", { class: "block chart" }, element("figcaption", {}, block.title), picture);
}

function plot(block) {
  const { type, series } = block.chart;
  const { categories } = block.chart.axis_config;
  const values = series.flatMap((each) => each.data.map((point) => point.value));
  const [low, high] = range(values, type !== "line");
  const y = (value) => FLOOR - ((value - low) / (high - low)) * (FLOOR - TOP);
  const step =
    (WIDTH - LEFT - 20) / (type === "bar" ? categories.length : Math.max(categories.length - 1, 1));
  const x = (index) => LEFT + 6 + step * index;
  const shape = { line, area, bar }[type];
  const words = series.map(
    (each) =>
      `${each.name}: ${each.data.map((point) => `${point.label} ${number.format(point.value)}`).join(", ")}`,
  );
  return drawn(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": words.join("; ") },
    [low, (low + high) / 2, high].map((value) => gridLine(value, y(value))),
    series.map((each, index) =>
      drawn(
        "g",
        { class: `series-${index}` },
        shape(each.data, x, y, y(Math.max(low, Math.min(0, high))), { step, index, count: series.length }),
      ),
    ),
    ends(categories).map(([label, index, anchor]) =>
      drawn(
        "text",
        { x: x(index) + (type === "bar" ? step / 2 : 0), y: HEIGHT - 6, "text-anchor": anchor },
        label,
      ),
    ),
  );
}

function range(values, fromZero) {
  const low = Math.min(...values, ...(fromZero ? [0] : []));
  const high = Math.max(...values, ...(fromZero ? [0] : []));
  const room = high === low ? Math.max(Math.abs(high) * 0.01, 1) : 0;
  return [low - room, high + room];
}

function gridLine(value, y) {
  return drawn(
    "g",
    { class: "grid" },
    drawn("line", { x1: LEFT, x2: WIDTH - 8, y1: y, y2: y }),
    drawn("text", { x: LEFT - 8, y: y + 4, "text-anchor": "end" }, number.format(Math.round(value))),
  );
}

function ends(categories) {
  const last = categories.length - 1;
  return last === 0
    ? [[categories[0], 0, "start"]]
    : [
        [categories[0], 0, "start"],
        [categories[last], last, "end"],
      ];
}

function path(data, x, y) {
  return data.map((point, index) => `${index ? "L" : "M"}${x(index)} ${y(point.value)}`).join("");
}

function line(data, x, y) {
  return [
    drawn("path", { class: "stroke", d: path(data, x, y) }),
    ...data.map((point, index) =>
      drawn("circle", { class: "fill", cx: x(index), cy: y(point.value), r: 3.2 }),
    ),
  ];
}

function area(data, x, y, floor) {
  const shut = `${path(data, x, y)}L${x(data.length - 1)} ${floor}L${x(0)} ${floor}Z`;
  return [drawn("path", { class: "shade", d: shut }), ...line(data, x, y)];
}

function bar(data, x, y, floor, { step, index, count }) {
  const wide = (step * 0.7) / count;
  return data.map((point, at) =>
    drawn("rect", {
      class: "fill",
      x: x(at) + step * 0.15 + wide * index,
      width: wide,
      y: Math.min(y(point.value), floor),
      height: Math.max(Math.abs(y(point.value) - floor), 1),
    }),
  );
}

function pie(block) {
  const { segments } = block.chart;
  const total = segments.reduce((sum, segment) => sum + segment.value, 0);
  const share = (segment) => `${((100 * segment.value) / total).toFixed(1)} %`;
  let before = 0;
  const slices = segments.map((segment, index) => {
    const slice = arc(before / total, segment.value / total, index);
    before += segment.value;
    return slice;
  });
  const words = segments.map((segment) => `${segment.label} ${share(segment)}`).join(", ");
  return element(
    "div",
    { class: "pie" },
    drawn("svg", { viewBox: "-50 -50 100 100", role: "img", "aria-label": words }, slices),
    element(
      "ul",
      { "aria-hidden": "true" },
      segments.map((segment, index) =>
        element(
          "li",
          {},
          element("i", { class: `series-${index}` }),
          `${segment.label} `,
          element("b", {}, share(segment)),
        ),
      ),
    ),
  );
}

function arc(start, size, index) {
  const radius = 36;
  const around = 2 * Math.PI * radius;
  return drawn("circle", {
    class: `ring series-${index}`,
    r: radius,
    "stroke-dasharray": `${size * around} ${around}`,
    transform: `rotate(${start * 360 - 90})`,
  });
}
