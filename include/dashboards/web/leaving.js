// Ways out of the frame. Airflow's sandbox lets a page in it neither open windows nor navigate the page above; but it is of
// the same origin, and the application above listens to its own history: to move that is no navigation.

function above() {
  try {
    return window.parent !== window && window.parent.document ? window.parent : null;
  } catch {
    return null; // framed by another origin: an embedded page
  }
}


export const isInAirflow = () => above() !== null;

export function address(path) {
  const base = above() ? new URL(above().document.querySelector("base")?.href ?? "/", location.origin).pathname : new URL("../", location.href).pathname;
  return `${base.replace(/\/$/, "")}${path}`;
}

export function follow(event, path) {
  const frame = above();
  if (!frame || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  frame.history.pushState(null, "", address(path));
  frame.dispatchEvent(new PopStateEvent("popstate", {state: null}));
}

export function runLink(h, dag, run, text) {
  const path = `/dags/${encodeURIComponent(dag)}/runs/${encodeURIComponent(run)}`;
  return h("a", {href: address(path), title: `${dag} ${run}`, onclick: (event) => follow(event, path)}, text ?? run);
}
