// Opened from disk, a page may not read its neighbours: search shows its hits without excerpts there.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
