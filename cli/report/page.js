// Makes the page, which is whole without it, quicker to use: filters, copying, and the way between drawing and list.
// It reads and writes texts, attributes and classes alone; no text ever becomes markup.
"use strict";
(() => {
  const root = document.documentElement;
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  root.classList.add("js");

  const announce = (text) => { find(".announcement").textContent = text; };

  // Filters. What a finding says is put in lower case once, when text is first looked for.
  const form = find(".filters");
  const onlyButton = find(".only", form);
  const findings = all(".finding").map((element) => ({ element, text: null }));
  let only = null;  // ids of the findings about one place of the drawing

  const matches = (finding, wanted) => {
    const data = finding.element.dataset;
    if (!wanted.severities.has(data.severity)) return false;
    if (wanted.namespace && (data.namespace || "-") !== wanted.namespace) return false;
    if (wanted.code && data.code !== wanted.code) return false;
    if (only && !only.has(finding.element.id)) return false;
    if (wanted.words.length === 0) return true;
    finding.text ??= finding.element.textContent.toLowerCase();
    return wanted.words.every((word) => finding.text.includes(word));
  };

  const filter = () => {
    const values = new FormData(form);
    const wanted = {
      severities: new Set(values.getAll("severity")),
      namespace: values.get("namespace"),
      code: values.get("code"),
      words: values.get("text").toLowerCase().split(/\s+/).filter(Boolean),
    };
    let shown = 0;
    for (const finding of findings) {
      const isShown = matches(finding, wanted);
      if (finding.element.hidden === isShown) finding.element.hidden = !isShown;
      if (isShown) shown += 1;
    }
    find(".shown", form).textContent = String(shown);
    find(".empty").hidden = shown > 0;
  };

  const showOnly = (ids, title) => {
    only = ids;
    onlyButton.hidden = !ids;
    onlyButton.textContent = ids ? `Only: ${title} ✕` : "";
    onlyButton.setAttribute("aria-label", ids ? `Only ${title}; press to show all` : "");
  };

  let isDue = false;
  form.addEventListener("input", () => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => { isDue = false; filter(); });
  });
  form.addEventListener("reset", () => { showOnly(null); requestAnimationFrame(filter); });
  form.addEventListener("submit", (event) => event.preventDefault());
  onlyButton.addEventListener("click", () => { showOnly(null); filter(); form.elements.text.focus(); });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.matches("input, select, textarea");
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      form.elements.text.focus();
    }
  });

  // A link to a finding that the filters hide shows it all the same.
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!target || !target.hidden) return;
    form.reset();
    showOnly(null);
    filter();
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);

  // From the drawing to the findings about that place, and back.
  const mark = (elements) => {
    for (const element of all(".found")) element.classList.remove("found");
    for (const element of elements) element.classList.add("found");
  };

  document.addEventListener("click", (event) => {
    const place = event.target.closest("a[data-findings]");
    if (!place) return;
    event.preventDefault();
    form.reset();
    showOnly(new Set(place.dataset.findings.split(" ").map((id) => `f${id}`)), place.title || place.textContent);
    filter();
    mark([place]);
    const first = find(place.getAttribute("href"));
    find("#findings").scrollIntoView();
    const heading = find("h3", first);
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest(".locate");
    if (!link) return;
    event.preventDefault();
    const target = find(link.getAttribute("href"));
    const id = link.closest(".finding").id.slice(1);
    const marks = all("#graph .mark[data-findings], #graph .card[data-findings]")
      .filter((element) => element.dataset.findings.split(" ").includes(id));
    mark([target, ...marks]);
    const place = marks.find((element) => element.matches(".mark")) ?? marks[0] ?? target;
    place.scrollIntoView({ block: "center", inline: "center" });
    place.focus({ preventScroll: true });
  });

  // The ways from and to the place under pointer or focus; the rest steps back.
  const graph = find("#graph");
  if (graph) {
    const near = (card) => {
      for (const element of all(".near", graph)) element.classList.remove("near");
      graph.classList.toggle("focused", Boolean(card));
      if (!card) return;
      card.classList.add("near");
      for (const edge of all(`.edge[data-from="${card.id}"], .edge[data-to="${card.id}"]`, graph)) {
        edge.classList.add("near");
        for (const id of [edge.dataset.from, edge.dataset.to]) document.getElementById(id).classList.add("near");
        for (const element of all(`.mark[data-edge="${edge.id}"]`, graph)) element.classList.add("near");
      }
    };
    graph.addEventListener("pointerover", (event) => {
      near(event.pointerType === "mouse" && event.target.closest(".card"));
    });
    graph.addEventListener("pointerleave", () => near(null));

    const width = graph.width.baseVal.value;
    const height = graph.height.baseVal.value;
    let scale = 1;
    const zoom = (wanted) => {
      scale = Math.min(2, Math.max(0.2, wanted));
      graph.setAttribute("width", Math.round(width * scale));
      graph.setAttribute("height", Math.round(height * scale));
    };
    find(".smaller").addEventListener("click", () => zoom(scale / 1.25));
    find(".larger").addEventListener("click", () => zoom(scale * 1.25));
    const fitting = () => Math.min(1, graph.parentElement.clientWidth / width);
    find(".fit").addEventListener("click", () => zoom(fitting()));
    // Small enough to be seen whole, unless it could not be read then.
    const readable = matchMedia("(max-width: 640px)").matches ? 0.9 : 0.7;
    zoom(Math.max(readable, fitting()));
    const lost = find(".mark.error", graph);
    if (lost) {
      const drawing = graph.parentElement;
      const [frame, box] = [drawing.getBoundingClientRect(), lost.getBoundingClientRect()];
      if (box.right > frame.right) drawing.scrollLeft = box.left - frame.left - frame.width / 2;
      if (box.bottom > frame.bottom) drawing.scrollTop = box.top - frame.top - frame.height / 2;
    }
  } else {
    find(".zoom").hidden = true;
  }

  // Copying. Where a browser refuses, the text is selected, so that Ctrl+C copies it.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest(".copy");
    if (!button) return;
    const code = find("code", button.parentElement);
    let said = "Copied";
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      getSelection().selectAllChildren(code);
      said = "Selected";
    }
    button.textContent = said;
    announce(said === "Copied" ? "The fix is copied." : "The fix is selected; copy it with your keyboard.");
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });

  // Colours follow the system until the button is pressed.
  const button = find(".theme");
  const isDark = () => {
    const chosen = root.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };
  const label = () => { button.textContent = isDark() ? "Light mode" : "Dark mode"; };
  button.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; label(); });
  label();
  reveal();
})();
