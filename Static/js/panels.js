/** What the tabs open: each panel's module is fetched when its tab is first looked at. */

import { Tabs } from "./tabs.js";

const LOADERS = {
  trust: () => import("./trust.js"),
  compare: () => import("./compare.js"),
  live: () => import("./live.js"),
  model: () => import("./model.js"),
};

const part = (id) => document.getElementById(id);

/**
 * `context` is what the panels work with: store, session, controls, models, notices. A panel renders itself from the
 * state while it is open, and may want to know that it is left (`close`).
 */
export function openTabs(context) {
  const { store } = context;
  const panels = new Map();
  let current = null;
  const tabs = new Tabs(part("tabs"), { open });

  async function open(name) {
    part("workbench").dataset.tab = name;
    current?.close?.();
    current = null;
    if (!LOADERS[name]) return;
    if (!panels.has(name)) {
      const { Panel } = await LOADERS[name]();
      if (!panels.has(name)) panels.set(name, new Panel(part(`panel-${name}`), { ...context, leave }));
    }
    if (part("workbench").dataset.tab !== name) return;
    current = panels.get(name);
    current.render(store.state);
  }

  function leave() {
    tabs.select(part("tab-explore"));
  }

  store.listen((state) => current?.render(state));
}
