// Follows Airflow's own theme: the pages lie in a frame of the same origin, so its colours and its dark mode can be read.
(() => {
  const root = document.documentElement;
  const wanted = {
    "--bg": "bg", "--bg-subtle": "bg-subtle", "--bg-muted": "bg-muted", "--fg": "fg", "--fg-muted": "fg-muted",
    "--border": "border", "--brand": "brand-solid", "--brand-contrast": "brand-contrast", "--brand-fg": "brand-fg",
  };
  const airflow = () => {
    try {
      const above = window.parent !== window ? window.parent.document.documentElement : null;
      return above && above.classList ? above : null;
    } catch {
      return null; // framed by another origin: an embedded page
    }
  };
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const above = airflow();
    const named = above && (above.classList.contains("dark") ? "dark" : above.classList.contains("light") ? "light" : "");
    root.dataset.theme = named || (system.matches ? "dark" : "light");
    if (above) {
      const style = getComputedStyle(above);
      for (const [ours, theirs] of Object.entries(wanted)) {
        const value = style.getPropertyValue(`--chakra-colors-${theirs}`).trim();
        if (value) root.style.setProperty(ours, value);
      }
    }
    window.dispatchEvent(new Event("themechange"));
  };
  apply();
  system.addEventListener("change", apply);
  const above = airflow();
  if (above) new MutationObserver(apply).observe(above, {attributes: true, attributeFilter: ["class", "data-theme"]});
})();
