// Live widgets: what they need loads only on pages that have one, and the engine only when a reader touches it.
const LIVE = new URL("live/", document.currentScript.src);
document.addEventListener("DOMContentLoaded", () => {
  if (!document.querySelector(".gb-live")) return;
  const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: new URL("live.css", LIVE) });
  document.head.append(style, Object.assign(document.createElement("script"), { src: new URL("live.js", LIVE) }));
});

// Opened from disk, a page may not read its neighbours: search shows its hits without excerpts there.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
