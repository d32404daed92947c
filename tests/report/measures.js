// What tests measure in a page. Contrast is by WCAG 2.2: text against what lies behind it, translucent layers blended.
(() => {
  const channels = (color) => {
    const [r, g, b, a = 1] = color.match(/[\d.]+/g).map(Number);
    return { rgb: [r, g, b], a };
  };
  const over = (top, below) => top.rgb.map((value, i) => value * top.a + below[i] * (1 - top.a));
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const behind = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.push(channels(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest(".unseen, .skip");

  // Texts whose contrast is too low, each with its ratio; also of placeholders and generated signs.
  const lowContrast = () => {
    const low = [];
    let count = 0;
    const check = (element, style, background, what) => {
      const size = parseFloat(style.fontSize);
      const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      const found = ratio(over(channels(style.color), background), background);
      count += 1;
      if (found < (isLarge ? 3 : 4.5)) low.push(`${what}: ${found.toFixed(2)}`);
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode;
      const element = text.parentElement;
      if (!text.data.trim() || element.closest("script, style, option, title") || !isSeen(element)) continue;
      const style = getComputedStyle(element);
      if (parseFloat(style.fontSize) === 0) continue;
      check(element, style, behind(element), text.data.trim().slice(0, 40));
    }
    for (const element of document.querySelectorAll("input[placeholder]")) {
      check(element, getComputedStyle(element, "::placeholder"), behind(element), "placeholder");
    }
    for (const element of document.querySelectorAll(".severity .sign")) {
      if (isSeen(element)) check(element, getComputedStyle(element, "::after"), behind(element), "sign");
    }
    return { low, count };
  };

  // Signs and borders that carry a meaning, against the drawing's ground: at least 3.
  const lowSigns = () => {
    const ground = behind(document.querySelector(".drawing"));
    const low = [];
    for (const path of document.querySelectorAll("#graph .edge path")) {
      const found = ratio(channels(getComputedStyle(path).stroke).rgb, ground);
      if (found < 3) low.push(`${path.parentElement.getAttribute("class")}: ${found.toFixed(2)}`);
    }
    for (const card of document.querySelectorAll("#graph .card")) {
      const found = ratio(channels(getComputedStyle(card).borderTopColor).rgb, ground);
      if (found < 3) low.push(`${card.className}: ${found.toFixed(2)}`);
    }
    return low;
  };

  // Elements that stick out to the right of the page without lying in something that scrolls.
  const overflowing = () => [...document.body.querySelectorAll("*")].filter((element) => {
    if (!isSeen(element) || element.closest(".drawing > *, .check pre > *")) return false;
    return element.getBoundingClientRect().right > document.documentElement.clientWidth + 1;
  }).map((element) => element.outerHTML.slice(0, 120));

  window.measures = { lowContrast, lowSigns, overflowing };
})();
