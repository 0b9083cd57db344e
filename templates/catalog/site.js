// Search, theme, copying, filtering. Everything else works without this file.
(function () {
  "use strict";
  const root = document.body.dataset.root || "";
  const make = (name, text, className) => {
    const element = document.createElement(name);
    if (text) element.textContent = text;
    if (className) element.className = className;
    return element;
  };

  // Theme: the system's, unless chosen.
  const stored = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const store = (theme) => { try { localStorage.setItem("theme", theme); } catch { /* private mode */ } };
  const systemDark = window.matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => {
    const theme = document.documentElement.dataset.theme;
    return theme ? theme === "dark" : systemDark.matches;
  };
  const button = document.getElementById("theme");
  const label = () => { button.textContent = isDark() ? "Light" : "Dark"; };
  if (stored() === "dark" || stored() === "light") document.documentElement.dataset.theme = stored();
  button.hidden = false;
  label();
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    store(document.documentElement.dataset.theme);
    label();
  });

  // Copy buttons.
  for (const block of document.querySelectorAll(".code")) {
    const copy = make("button", "Copy");
    copy.type = "button";
    copy.addEventListener("click", async () => {
      const text = block.querySelector("pre").textContent;
      try {
        await navigator.clipboard.writeText(text);
        copy.textContent = "Copied";
      } catch {
        const range = document.createRange();
        range.selectNodeContents(block.querySelector("pre"));
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        copy.textContent = "Selected";
      }
      setTimeout(() => { copy.textContent = "Copy"; }, 1500);
    });
    block.append(copy);
  }

  // Filter of long lists.
  const filter = document.getElementById("filter");
  if (filter) {
    const rows = [...document.querySelectorAll("#list tbody tr")];
    const texts = rows.map((row) => row.textContent.toLowerCase());
    const told = document.getElementById("filtered");
    filter.closest("p").hidden = false;
    filter.addEventListener("input", () => {
      const wanted = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row, index) => {
        row.hidden = !wanted.every((word) => texts[index].includes(word));
        if (!row.hidden) shown += 1;
      });
      told.textContent = wanted.length ? shown + " shown" : "";
    });
  }

  // The section in view, in the table of contents.
  const links = new Map([...document.querySelectorAll(".toc a[href^='#']")].map((link) => [link.hash.slice(1), link]));
  if (links.size && "IntersectionObserver" in window) {
    const observer = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        links.forEach((link) => link.classList.remove("here"));
        links.get(entry.target.id).classList.add("here");
      }
    }, { rootMargin: "-10% 0px -75% 0px" });
    links.forEach((_, id) => {
      const target = document.getElementById(id);
      if (target) observer.observe(target);
    });
  }

  // Search: the index comes in scripts that call rulecIndex, so that it works from a folder.
  const query = document.getElementById("query");
  const results = document.getElementById("results");
  const data = { head: null, words: new Map(), documents: new Map() };
  const waiting = new Map();
  window.rulecIndex = (what, name, value) => {
    if (what === "head") data.head = value;
    else data[what].set(name, value);
  };
  const load = (file) => {
    if (!waiting.has(file)) {
      waiting.set(file, new Promise((resolve) => {
        const script = document.createElement("script");
        script.src = root + "search/" + file + ".js";
        script.onload = () => resolve(true);
        script.onerror = () => { waiting.delete(file); resolve(false); };
        document.head.append(script);
      }));
    }
    return waiting.get(file);
  };
  const split = (text) => text.toLowerCase().split(/[^\p{L}\p{N}._-]+/u)
    .map((word) => word.replace(/^[._-]+|[._-]+$/g, "")).filter((word) => word.length > 1);
  const partOf = (word) => [...word].slice(0, 2).map((c) => (/[a-z0-9]/.test(c) ? c : "_")).join("");
  const spread = (steps) => { let last = 0; return steps.map((step) => (last += step)); };

  // The documents of one word, each with how well it fits.
  const find = async (word) => {
    const part = partOf(word);
    if (!data.head.parts.includes(part)) return new Map();
    await load("w-" + part);
    const found = new Map();
    const words = data.words.get(part) || {};
    for (const known of Object.keys(words)) {
      if (!known.startsWith(word)) continue;
      const exact = known === word ? 4 : 1;
      const [names, values] = words[known];
      for (const id of spread(names)) found.set(id, Math.max(found.get(id) || 0, exact * 3));
      for (const id of spread(values)) found.set(id, Math.max(found.get(id) || 0, exact));
    }
    return found;
  };
  const rank = { source: 4, event: 3, technique: 3, field: 2, rule: 0 };
  let asked = 0;
  const search = async () => {
    const mine = ++asked;
    const words = split(query.value);
    results.hidden = !query.value.trim();
    if (!words.length) {
      results.replaceChildren(make("p", "Two letters or more."));
      return;
    }
    if (!await load("index")) {
      results.replaceChildren(make("p", "The search index is missing."));
      return;
    }
    const found = await Promise.all(words.map(find));
    if (mine !== asked) return;
    const all = [...found[0]].filter(([id]) => found.every((other) => other.has(id)))
      .map(([id]) => [id, found.reduce((sum, other) => sum + other.get(id), 0)]);
    all.sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    const first = all.slice(0, 60);
    await Promise.all([...new Set(first.map(([id]) => Math.floor(id / data.head.size)))].map((part) => load("d-" + part)));
    if (mine !== asked) return;
    const rows = first.map(([id, score]) => {
      const part = data.documents.get(String(Math.floor(id / data.head.size))) || [];
      const row = part[id % data.head.size];
      return row && [row, score + (rank[row[0]] || 0)];
    }).filter(Boolean);
    rows.sort((a, b) => b[1] - a[1]);
    show(rows.map(([row]) => row), all.length);
  };
  const show = (rows, count) => {
    const list = make("ul");
    for (const [what, title, path, about] of rows) {
      const link = make("a");
      link.href = root + path + ".html";
      link.append(make("span", what, "what"), make("span", title));
      if (about) link.append(make("span", about, "about"));
      const item = make("li");
      item.append(link);
      list.append(item);
    }
    const told = count ? (count > rows.length ? rows.length + " of " + count + " found" : count + " found") : "Nothing found.";
    results.replaceChildren(make("p", told), list);
  };
  let timer = 0;
  query.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 120);
  });
  query.addEventListener("focus", () => { load("index"); if (query.value.trim()) results.hidden = false; });
  document.getElementById("find").addEventListener("submit", (event) => {
    event.preventDefault();
    const link = results.querySelector("a");
    if (link) link.focus(); else search();
  });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      query.focus();
    } else if (event.key === "Escape" && !results.hidden) {
      results.hidden = true;
      query.focus();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !results.hidden) {
      const all = [query, ...results.querySelectorAll("a")];
      const at = all.indexOf(document.activeElement);
      const next = all[at + (event.key === "ArrowDown" ? 1 : -1)];
      if (at >= 0 && next) { event.preventDefault(); next.focus(); }
    }
  });
  document.addEventListener("click", (event) => {
    if (!results.contains(event.target) && !event.target.closest("#find")) results.hidden = true;
  });
})();
