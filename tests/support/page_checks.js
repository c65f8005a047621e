// Checks of an open page; run by Playwright, never part of a page.
({
  // What makes the page wider than the window. An element that scrolls by itself doesn't.
  overflow() {
    const wide = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= wide) return [];
    const scrolls = (element) => element && (getComputedStyle(element).overflowX !== "visible" || scrolls(element.parentElement));
    const out = [...document.body.querySelectorAll("*")].filter(
      (element) => element.getBoundingClientRect().right > wide && !scrolls(element.parentElement)
    );
    return ["wider than the window", ...out.map((element) => element.outerHTML.slice(0, 120))];
  },

  // Commands and bars of which a part is outside the window, or only seen by scrolling sideways.
  cut() {
    const wide = document.documentElement.clientWidth;
    const whole = [...document.querySelectorAll(".command, dd code, .stack i")];
    const out = whole.filter((element) => element.getBoundingClientRect().right > wide || element.scrollWidth > element.clientWidth + 1);
    return out.map((element) => element.outerHTML.slice(0, 120));
  },

  // Sentences in cells so narrow that each line has a word or two. Names have columns of their own.
  squeezed(least) {
    const cells = [...document.querySelectorAll("td:not(.name), dd")];
    const out = cells.filter((element) => element.textContent.trim().length > 80 && element.clientWidth < least);
    return out.map((element) => element.outerHTML.slice(0, 120));
  },

  images() {
    return [...document.images].map((element) => element.complete && element.naturalWidth);
  },

  // Links to places that aren't on the page.
  brokenLinks() {
    const links = [...document.querySelectorAll("a[href^='#']")];
    return links.map((element) => element.hash).filter((hash) => !document.getElementById(hash.slice(1)));
  },

  // Whatever could run, load or send if a name were read as markup.
  activeContent() {
    const tags = "script,iframe,object,embed,form,input,base,link:not([href='data:,']),video,audio";
    const found = [...document.querySelectorAll(tags)];
    for (const element of document.querySelectorAll("*")) {
      const names = element.getAttributeNames();
      if (names.some((name) => name.startsWith("on"))) found.push(element);
      if (/^\s*javascript:/i.test(element.getAttribute("href") || "")) found.push(element);
    }
    return found.map((element) => element.outerHTML.slice(0, 120));
  },

  // Every piece of text whose contrast with its background is below `least`.
  lowContrast(least) {
    const parts = (text) => {
      const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
      return { r, g, b, a };
    };
    const over = (top, below) => ({
      r: top.r * top.a + below.r * (1 - top.a),
      g: top.g * top.a + below.g * (1 - top.a),
      b: top.b * top.a + below.b * (1 - top.a),
      a: 1,
    });
    const backdrops = new Map();
    const backdrop = (element) => {
      if (!element) return { r: 255, g: 255, b: 255, a: 1 };
      if (!backdrops.has(element)) {
        const own = parts(getComputedStyle(element).backgroundColor);
        backdrops.set(element, over(own, backdrop(element.parentElement)));
      }
      return backdrops.get(element);
    };
    const light = ({ r, g, b }) => {
      const [x, y, z] = [r, g, b].map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let seen = 0;
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
      seen += 1;
      const style = getComputedStyle(element);
      const ink = parts(element.closest("svg") ? style.fill : style.color);
      for (let up = element; up; up = up.parentElement) ink.a *= Number(getComputedStyle(up).opacity);
      const below = backdrop(element);
      const [high, low] = [light(over(ink, below)), light(below)].sort((a, b) => b - a);
      const ratio = (high + 0.05) / (low + 0.05);
      if (ratio < least)
        found.push(`${ratio.toFixed(2)}: ${walker.currentNode.data.trim().slice(0, 40)} (${element.className.baseVal ?? element.className})`);
    }
    return { seen, found };
  },
});
