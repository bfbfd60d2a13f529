// Where blocks stand: a message, Home or a modal, and what becomes of a press in it.

import { ask } from "./question.js";
import { act, search } from "./server.js";

/**
 * A place for blocks. `where` is the trader and their channel, `world` the people and channels,
 * `tell` shows what went wrong, and `texts` is what stands in the place's text inputs.
 */
export function place(shown, where, world, tell, texts = () => ({})) {
  return {
    id: shown.id,
    values: shown.values,
    ...world,
    async press(block, each, value = null) {
      if (each.confirm && !(await ask(each.confirm))) return;
      const done = { place: shown.id, action_id: each.action_id, block_id: block.block_id, value };
      tell((await act(where(), "press", { ...done, texts: texts() })).notice);
    },
    async choose(name, value) {
      tell((await act(where(), "choose", { place: shown.id, name, value, texts: texts() })).notice);
    },
    search: (name, query) => search(where(), { place: shown.id, name, query }),
  };
}
