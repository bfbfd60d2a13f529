// The playground's page: who you are and where you look stands in its address, as #ada/trades.

import { drawBlock } from "./blocks.js";
import { showComposer, write } from "./composer.js";
import { element, reconcile } from "./elements.js";
import { showMessages } from "./messages.js";
import { showModal } from "./modal.js";
import { showPayloads } from "./payloads.js";
import { place } from "./places.js";
import { act, watch } from "./server.js";

const HOME = "home";
const APP = "slackoms";
const TRIES = ["/trade AAPL", "/quote AAPL MSFT", "/portfolio", "/trade help"];
const sidebar = document.querySelector("#sidebar");
const traders = document.querySelector("#traders");
const title = document.querySelector("#title");
const home = document.querySelector("#home");
const log = document.querySelector("#log");
const tries = document.querySelector("#tries");
const composer = document.querySelector("#composer");
const notice = document.querySelector("#notice");

let screen = null;
let watched = null;
let opened = null;
let isLost = false;
const read = new Map();

function address() {
  const [name, spot] = decodeURIComponent(location.hash.slice(1)).split("/");
  return { user: `U0${(name || "ada").toUpperCase()}`, spot: spot || "trades" };
}

function go(user, spot) {
  location.hash = `${user.slice(2).toLowerCase()}/${spot}`;
}

/** The channel of a spot: one of the team's, or the conversation with the bot. */
function channelOf(spot) {
  return screen.channels.find((channel) => channel.name === spot)?.id ?? screen.conversation;
}

function where() {
  const { user, spot } = address();
  return { user, channel: channelOf(spot) };
}

function tell(text) {
  notice.textContent = text ?? "";
}

async function send(text) {
  tell((await act(where(), "say", { text })).notice);
}

async function openHome() {
  tell((await act(where(), "home", {})).notice);
}

function show() {
  const { user, spot } = address();
  const spots = [HOME, APP, ...screen.channels.map((channel) => channel.name)];
  if (!spots.includes(spot)) {
    go(user, screen.channels[0].name);
    return;
  }
  const names = new Map(screen.traders.map((trader) => [trader.id, trader.name]));
  const world = { names, channels: screen.channels };
  const here = screen.messages.filter((message) => message.channel === channelOf(spot));
  const isHome = spot === HOME;
  const isApp = isHome || spot === APP;
  if (!isHome && here.length) read.set(`${user} ${channelOf(spot)}`, Number(here.at(-1).id));
  drawTraders(user);
  drawSidebar(user, spot);
  drawTitle(user, spot, isApp);
  home.hidden = !isHome;
  log.hidden = composer.hidden = isHome;
  if (isHome) showHome(world);
  else {
    const label = isApp ? "SlackOMS" : `#${spot}`;
    log.setAttribute("aria-label", `Messages in ${label}`);
    showMessages(here, where, world, tell);
    showComposer(screen, label, send, async (id) =>
      tell((await act(where(), "shortcut", { callback_id: id })).notice),
    );
  }
  showTries(isHome || here.length > 0, isApp);
  showModal(screen.modal, where, world);
  showPayloads(screen.journal, screen.complaints);
}

function showHome(world) {
  if (screen.home === null) {
    home.replaceChildren(element("p", { class: "empty" }, "The bot is asked for your Home …"));
    return;
  }
  home.querySelector(".empty")?.remove();
  const here = place(screen.home, where, world, tell);
  const same = (block) => JSON.stringify([screen.home.id, block]);
  reconcile(
    home,
    screen.home.blocks,
    (block) => block.block_id,
    same,
    (block) => drawBlock(block, here),
  );
}

function drawTraders(user) {
  const choice = (trader) =>
    element(
      "label",
      {},
      element("input", {
        type: "radio",
        name: "trader",
        value: trader.id,
        onchange: () => go(trader.id, address().spot),
      }),
      element("span", {}, trader.name),
    );
  reconcile(
    traders,
    [{ id: "" }, ...screen.traders],
    (each) => each.id,
    (each) => each.id,
    (each) => (each.id ? choice(each) : element("legend", {}, "You are")),
  );
  traders.querySelector(`input[value=${user}]`).checked = true;
}

function drawSidebar(user, spot) {
  const unread = (channel) =>
    screen.messages.filter(
      (message) =>
        message.channel === channel &&
        message.author !== user &&
        Number(message.id) > (read.get(`${user} ${channel}`) ?? 0),
    ).length;
  const link = (name, to, channel, isHere) => {
    const count = isHere ? 0 : unread(channel);
    return { name, to, count, isHere };
  };
  const groups = [
    {
      name: "Channels",
      links: screen.channels.map(({ id, name }) => link(`# ${name}`, name, id, name === spot)),
    },
    { name: "Apps", links: [link("SlackOMS", HOME, screen.conversation, spot === HOME || spot === APP)] },
  ];
  const draw = (each) =>
    element(
      "a",
      {
        href: `#${user.slice(2).toLowerCase()}/${each.to}`,
        "aria-current": each.isHere ? "page" : false,
      },
      each.name,
      each.count ? element("span", { class: "unread" }, `${each.count} new`) : null,
    );
  reconcile(
    sidebar,
    groups,
    (group) => group.name,
    (group) => JSON.stringify([user, group]),
    (group) => element("section", {}, element("h2", {}, group.name), group.links.map(draw)),
  );
}

function drawTitle(user, spot, isApp) {
  const name = user.slice(2).toLowerCase();
  const tab = (label, to) =>
    element("a", { href: `#${name}/${to}`, "aria-current": spot === to ? "page" : false }, label);
  const channel = screen.channels.find((each) => each.name === spot);
  const about = `SlackOMS is ${channel?.has_bot ? "" : "not "}in this channel.`;
  const same = `${user}/${spot}`;
  if (title.dataset.same === same) return;
  title.dataset.same = same;
  title.replaceChildren(
    element("h2", {}, isApp ? "SlackOMS" : `# ${spot}`),
    isApp
      ? element("nav", { "aria-label": "SlackOMS" }, tab("Home", HOME), tab("Messages", APP))
      : element("p", {}, about),
  );
}

function showTries(isHidden, isApp) {
  tries.hidden = isHidden;
  if (isHidden || tries.dataset.same === String(isApp)) return;
  tries.dataset.same = String(isApp);
  tries.replaceChildren(
    element(
      "h3",
      {},
      isApp ? "Only you and the bot read this." : "Trade on paper with your team, right where you talk.",
    ),
    element("p", {}, "Type a command below and press Enter. To begin with:"),
    element(
      "p",
      { class: "chips" },
      TRIES.map((text) => element("button", { type: "button", onclick: () => write(text) }, text)),
    ),
  );
}

function follow() {
  const { user, spot } = address();
  if (user !== watched) {
    watched = user;
    screen = null;
    watch(
      user,
      (news) => {
        if (screen === null || isLost) tell("");
        if (isLost) opened = null;
        isLost = false;
        screen = news;
        visit();
        show();
      },
      (isRefused) => {
        if (isRefused) {
          location.hash = "";
          return;
        }
        isLost = true;
        tell("The playground does not answer. Is slackoms run still running?");
      },
    );
  } else if (screen) {
    tell("");
    visit();
    show();
  }
}

/** Whoever comes to Home tells the bot so, once a visit. */
function visit() {
  const { user, spot } = address();
  const spotOfVisit = `${user}/${spot}`;
  if (opened === spotOfVisit) return;
  opened = spotOfVisit;
  if (spot === HOME) openHome();
}

window.addEventListener("hashchange", follow);
follow();
