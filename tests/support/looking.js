// What a test wants to know of a page that is open; run by Playwright, never part of a page.
({
  // What makes the page wider than the window; what scrolls by itself does not.
  overflow() {
    const wide = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= wide) return [];
    const scrolls = (one) => one && (getComputedStyle(one).overflowX !== "visible" || scrolls(one.parentElement));
    const out = [...document.body.querySelectorAll("*")].filter(
      (one) => one.getBoundingClientRect().right > wide && !scrolls(one.parentElement)
    );
    return ["wider than the window", ...out.map((one) => one.outerHTML.slice(0, 120))];
  },

  images() {
    return [...document.images].map((one) => one.complete && one.naturalWidth);
  },

  // Links to places of the page that are not there.
  lost() {
    const links = [...document.querySelectorAll("a[href^='#']")];
    return links.map((one) => one.hash).filter((hash) => !document.getElementById(hash.slice(1)));
  },

  // Whatever could run, load or send, had a name been taken for markup.
  alive() {
    const tags = "script,iframe,object,embed,form,input,base,link:not([href='data:,']),video,audio";
    const found = [...document.querySelectorAll(tags)];
    for (const one of document.querySelectorAll("*")) {
      const names = one.getAttributeNames();
      if (names.some((name) => name.startsWith("on"))) found.push(one);
      if (/^\s*javascript:/i.test(one.getAttribute("href") || "")) found.push(one);
    }
    return found.map((one) => one.outerHTML.slice(0, 120));
  },

  // Every piece of text whose contrast with what lies behind it is below `least`.
  pale(least) {
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
    const backdrop = (one) => {
      if (!one) return { r: 255, g: 255, b: 255, a: 1 };
      if (!backdrops.has(one)) {
        const own = parts(getComputedStyle(one).backgroundColor);
        backdrops.set(one, over(own, backdrop(one.parentElement)));
      }
      return backdrops.get(one);
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
      const one = walker.currentNode.parentElement;
      if (!walker.currentNode.data.trim() || !one.checkVisibility()) continue;
      seen += 1;
      const style = getComputedStyle(one);
      const ink = parts(one.closest("svg") ? style.fill : style.color);
      for (let up = one; up; up = up.parentElement) ink.a *= Number(getComputedStyle(up).opacity);
      const below = backdrop(one);
      const [high, low] = [light(over(ink, below)), light(below)].sort((a, b) => b - a);
      const ratio = (high + 0.05) / (low + 0.05);
      if (ratio < least)
        found.push(`${ratio.toFixed(2)}: ${walker.currentNode.data.trim().slice(0, 40)} (${one.className.baseVal ?? one.className})`);
    }
    return { seen, found };
  },
});
