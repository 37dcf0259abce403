// <faq-search>, see docs/embedding.md. Questions and documents only ever become text, never HTML.

const TEXTS = {
  search: ['Search', '搜索'], placeholder: ['Ask in English or Chinese', '用自己的话问，中英文都行'], close: ['Close', '关闭'], back: ['Back', '返回'],
  wait: ['Searching…', '正在搜索…'], found: ['Results: {}', '{} 条结果'], declined: ['No confident answer. Nearest: {}', '没有找到有把握的答案，最接近的有 {} 条'],
  understood: ['Understood: {}', '看懂了：{}'], missing: ['Not found: {}', '没有找到：{}'], open_question: ['Not answered here: {}', '这里没有答案：{}'], failed: ['No reply. Check the connection and try again.', '搜索没有回应，请检查网络后重试。'],
  retry: ['Try again', '重试'], faq: ['FAQ', '常见问题'], procedure: ['Procedure', '操作步骤'], section: ['Section', '说明'], glossary: ['Term', '术语'],
  zh: ['Chinese', '中文'], en: ['English', '英文'], best: ['Best match', '最相关'], copy: ['Copy', '复制'], copied: ['Copied', '已复制'],
  page: ['Open the page', '打开所在页面'],
};

const STYLE = `
:host { display: block; font-size: medium; }
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; margin: 0; }
button, input { font: inherit; color: inherit; background: none; border: 0; min-height: 44px; padding: 0 14px; }
button, .option { cursor: pointer; border-radius: var(--r); }
button:hover, .option:hover, .active, .best { background: color-mix(in srgb, var(--a) 14%, transparent); }
:focus-visible, .active { outline: 2px solid var(--a); outline-offset: -2px; }
.button, dialog, .copy, .retry, .hint, td { --a: var(--wenlu-accent, #158c84); --r: var(--wenlu-radius, 8px); border: 1px solid color-mix(in srgb, currentColor 40%, transparent); }
.button { display: flex; align-items: center; gap: 8px; width: 100%; text-align: start; }
.button::before { content: ""; width: 8px; height: 8px; border: 2px solid; border-radius: 8px; box-shadow: 5px 5px 0 -5px, 6px 6px 0 -5px, 7px 7px 0 -5px; }
.label, .input { flex: 1; min-width: 0; outline: 0; overflow: hidden; white-space: nowrap; }
dialog { width: 44em; max-width: 92vw; max-height: 80vh; margin: 9vh auto; padding: 0; overflow: hidden; border-radius: var(--r);
  background: var(--wenlu-background, Canvas); color: var(--wenlu-text, CanvasText); font: medium/1.6 sans-serif; font-family: var(--wenlu-font, inherit);
  text-align: start; text-transform: none; letter-spacing: normal; overflow-wrap: anywhere; }
dialog[open] { display: flex; flex-direction: column; }
::backdrop { background: #0008; }
.bar { display: flex; padding: 8px; border-bottom: 2px solid var(--a); }
::placeholder { color: inherit; opacity: .8; }
.status, .note, .detail { padding: 8px 22px; }
.status, .title { font-weight: 600; }
.lead, .meta, .hint, .note { font-size: .875em; opacity: .8; }
.list, .detail { overflow: auto; overscroll-behavior: contain; padding-bottom: 22px; }
div:empty { padding: 0; }
.option { padding: 8px 14px; margin: 0 8px; }
[aria-busy] { opacity: .5; }
.lead { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
mark { color: inherit; background: color-mix(in srgb, var(--a) 32%, transparent); }
.back { margin-inline-start: -14px; }
.heading { outline: 0; }
a { display: block; padding: 8px 0; line-height: 28px; color: inherit; }
p, blockquote, pre { white-space: pre-wrap; }
.answer > *, h3, pre { margin: 8px 0; }
.best::after { content: attr(title); font-size: .875em; font-weight: 600; margin-inline-start: 14px; }
blockquote, .draft { border-inline-start: 2px solid var(--a); padding-inline-start: 14px; }
pre { font: .875em/1.6 monospace; }
td, .hint { padding: 0 8px; }
table { border-collapse: collapse; overflow-wrap: normal; }
@media (max-width: 600px) {
  dialog { width: 100%; max-width: none; height: 100%; max-height: none; margin: 0; border: 0; }
  .hint { display: none; }
}
`;

// An element by 'tag.part'; strings become text.
const make = (name, properties, ...children) => {
  const [tag, part] = name.split('.'), element = Object.assign(document.createElement(tag), properties);
  if (part) element.part = element.className = part;
  element.append(...children.flat().filter(Boolean));
  return element;
};

// Ranges count code points, from `start` before the text.
const marked = (text, ranges = [], start = 0) => {
  const letters = [...text], pieces = [], cut = (to) => letters.slice(done, done = to).join('');
  let done = 0;
  for (const range of ranges) {
    const [first, last] = range.map((n) => Math.min(Math.max(n - start, done), letters.length));
    pieces.push(cut(first), last > first && make('mark.mark', {}, cut(last)));
  }
  return [...pieces, cut()];
};

const build = (host) => {
  const here = document.baseURI; // where it was made
  let run, timer, engine, answer, hits = [], active = -1;
  const attribute = (name) => host.getAttribute(name);
  const language = () => /^zh/i.test(host.closest('[lang]')?.lang || navigator.language) ? 'zh' : 'en';
  const say = (key, value) => (host.strings?.[key] ?? TEXTS[key]?.[+(language() === 'zh')])?.replace('{}', () => value);
  const tell = (type, detail) => host.dispatchEvent(new CustomEvent(type, {detail, bubbles: true, composed: true, cancelable: true}));

  const load = () => {
    const at = new URL(attribute('index'), here);
    engine ??= import(new URL('engine.js', at)).then(({open}) => open(at.href));
    engine.catch(() => { engine = null; });
    return engine;
  };

  const fetched = async (q, limit, signal) => {
    const url = new URL((attribute('endpoint') || new URL('.', import.meta.url).href).replace(/\/*$/, '/api/search'), here);
    url.search = new URLSearchParams({q, limit});
    const reply = await fetch(url, {signal, headers: {'Accept-Language': language()}}), json = await reply.json();
    if (!reply.ok) throw json;
    return json;
  };

  const ask = async () => {
    clearTimeout(timer);
    run?.abort();
    const mine = run = new AbortController(), {signal} = mine, question = input.value.trim(), limit = +attribute('limit') || 6;
    if (!question) return show();
    status.textContent = say('wait');
    list.ariaBusy = true;
    setTimeout(() => mine.abort(), 15000);
    let found, problem;
    try {
      found = await (attribute('index') ? (await load()).search(question, {limit}) : fetched(question, limit, signal));
    } catch (error) {
      problem = error.detail || say('failed');
      if (mine === run) console.warn(error);
    }
    if (mine !== run) return;
    show(found);
    if (found) return tell('wenlu:search', {question, answer});
    status.textContent = problem;
    note.append(make('button.retry', {onclick: () => { input.focus(); ask(); }}, say('retry')));
  };

  const typed = () => {
    clearTimeout(timer);
    run?.abort();
    run = null;
    if (!input.value.trim() || detail.firstChild) show();
    move(-1);
    list.ariaBusy = true;
    timer = setTimeout(ask, 150);
  };

  const show = (found) => {
    answer = found;
    hits = found?.hits ?? [];
    list.replaceChildren(...hits.map((hit, n) => make('div.option', {role: 'option', id: `o${n}`, lang: hit.language},
      make('p.title', {}, marked(hit.title, hit.marks.title)),
      make('p.lead', {}, marked(hit.answer.slice(0, 300).replaceAll('\n', ' '), hit.marks.answer)),
      meta(hit))));
    list.ariaBusy = null;
    detail.replaceChildren();
    const words = found && !found.answered ? ['open_question', 'understood', 'missing'].filter((key) => found[key]?.[0]) : [];
    note.replaceChildren(...words.map((key) => make('p', {}, say(key, [].concat(found[key]).join(' · ')))));
    status.textContent = found ? say(found.answered ? 'found' : 'declined', hits.length) : '';
    move(-1);
  };

  const meta = ({kind, language, source}) =>
    make('p.meta', {}, [say(kind), say(language), source.published, source.name || source.title].filter(Boolean).join(' · '));

  const move = (to) => {
    active = to;
    list.hidden = !hits[0] || detail.firstChild;
    input.ariaExpanded = !list.hidden;
    input.setAttribute('aria-activedescendant', to < 0 ? '' : `o${to}`);
    [...list.children].forEach((option, n) => {
      option.ariaSelected = option.classList.toggle('active', n === to);
    });
    list.children[to]?.scrollIntoView({block: 'nearest'});
  };

  const place = ({source, anchor}) => {
    if (source.url) try { // only addresses of the web
      const url = new URL(source.url, new URL(attribute('index') || '', here));
      if (anchor) url.hash = anchor;
      if (/^https?:/.test(url)) return url.href;
    } catch {}
  };

  const enter = (n) => {
    const hit = hits[n], url = place(hit), {procedure} = answer, heading = make('h2.heading', {tabIndex: -1, lang: hit.language}, hit.title);
    if (!tell('wenlu:open', {hit, url})) return close();
    if (url && host.hasAttribute('follow')) {
      close();
      return location.assign(url);
    }
    detail.replaceChildren(make('button.back', {onclick: back}, '← ', say('back')), heading, meta(hit), make('div.answer', {lang: hit.language}, body(hit),
      !n && procedure?.steps[0] && procedure.id !== hit.id && [make('h3', {}, procedure.title), make('ol', {}, procedure.steps.map((step) => make('li', {}, step)))]));
    if (url) detail.append(make('a.link', {href: url}, say('page')));
    note.replaceChildren();
    status.textContent = '';
    move(-1);
    active = n;
    heading.focus();
  };

  const back = () => {
    const before = active;
    show(answer);
    move(before);
    input.focus();
  };

  const body = ({parts, marks, step}) => {
    let start = 0, steps = 0, group;
    return parts.map(({kind, text, number}) => {
      const tag = {step: 'ol', item: 'ul'}[kind], prefix = tag ? number ? `${number}. `.length : 2 : 0;
      const pieces = marked(text, marks.answer, start + prefix);
      start += prefix + [...text].length + 1;
      if (tag) {
        const best = number && steps++ === step, item = make(best ? 'li.best' : 'li', {value: number, title: best ? say('best') : ''}, pieces);
        if (group?.localName === tag && number !== 1) return group.append(item);
        return group = make(tag, {}, item);
      }
      group = null;
      if (kind === 'draft') return draft(text);
      if (kind !== 'table') return make(kind === 'note' ? 'blockquote' : 'p', {}, pieces);
      return make('table', {}, text.split('\n').map((row) => make('tr', {}, row.split(' | ').map((cell) => make('td', {}, cell)))));
    });
  };

  const draft = (text) => {
    const pre = make('pre', {}, text), button = make('button.copy', {onclick: async () => {
      try {
        await navigator.clipboard.writeText(text);
      } catch { // there is no clipboard without https
        getSelection().selectAllChildren(pre);
        document.execCommand('copy');
      }
      status.textContent = button.textContent = say('copied');
    }}, say('copy'));
    return make('div.draft', {}, button, pre);
  };

  const open = () => {
    refresh();
    dialog.style.colorScheme = attribute('theme') || (getComputedStyle(host).colorScheme === 'normal' ? 'light dark' : '');
    if (attribute('index')) load();
    dialog.showModal();
    input.select();
  };
  const close = () => {
    dialog.close();
    dialog.querySelector(':focus')?.blur();
  };

  const pressed = (event) => {
    event.stopPropagation(); // the page, which may have keys of its own, can't see that one types here
    const {key} = event, last = hits.length - 1, composing = event.isComposing || event.keyCode === 229;
    if (key === 'Escape') {
      event.preventDefault();
      if (!composing) (detail.firstChild ? back : close)();
    }
    if (composing || event.target !== input) return;
    const to = {ArrowDown: active < last ? active + 1 : -1, ArrowUp: active < 0 ? last : active - 1,
      ...active < 0 ? {} : {Home: 0, End: last, ArrowLeft: -1, ArrowRight: -1}}[key];
    if (to != null && !list.hidden) {
      if (!/t$/.test(key)) event.preventDefault();
      move(to);
    } else if (key === 'Enter') {
      if (run && hits[0] && !list.ariaBusy) enter(Math.max(active, 0));
      else ask();
    }
  };

  const hotkey = (event) => {
    const {key} = event, at = event.composedPath()[0];
    const asked = event.ctrlKey || event.metaKey ? key === 'k' : key === (attribute('hotkey') || '/') && !at.matches?.('input, textarea, select, [contenteditable]');
    if (!asked || keyless || event.defaultPrevented || !host.getClientRects()[0]) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    open();
  };

  const keyless = attribute('hotkey') === 'none', label = make('span.label'), leave = make('button.close', {onclick: close});
  const status = make('div.status', {role: 'status'}), note = make('div.note'), detail = make('div.detail');
  const button = make('button.button', {ariaHasPopup: 'dialog', onclick: () => open()}, label,
    !keyless && make('kbd.hint', {ariaHidden: true}, attribute('hotkey') || '/'));
  const input = make('input.input', {
    role: 'combobox', ariaAutoComplete: 'list', maxLength: 300, autocomplete: 'off', oninput: (event) => event.isComposing || typed(),
  });
  input.setAttribute('aria-controls', 'list');
  input.addEventListener('compositionstart', () => clearTimeout(timer));
  input.addEventListener('compositionend', typed);
  const list = make('div.list', {
    role: 'listbox', id: 'list',
    onmousedown: (event) => event.preventDefault(), // the focus stays where one types
    onclick: (event) => {
      const n = [...list.children].indexOf(event.target.closest('.option'));
      if (n >= 0) enter(n);
    },
  });
  const dialog = make('dialog.dialog', {
    onkeydown: pressed,
    oncancel: (event) => { // as a phone's back gesture asks for
      if (!detail.firstChild) return;
      event.preventDefault();
      back();
    },
    onclick: (event) => { if (event.target === dialog) close(); }, // false would stop links
  }, make('div.bar', {}, input, leave), status, note, list, detail);

  const refresh = () => {
    label.textContent = attribute('placeholder') || say('search');
    input.placeholder = attribute('placeholder') || say('placeholder');
    leave.textContent = say('close');
    dialog.ariaLabel = input.ariaLabel = list.ariaLabel = say('search');
    dialog.lang = language();
  };

  const root = host.attachShadow({mode: 'open'}), sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  root.append(button, dialog);
  Object.assign(host, {open, close, refresh, hotkey});
  show();
};

customElements.define('faq-search', class extends HTMLElement {
  static observedAttributes = ['lang', 'placeholder'];
  connectedCallback() {
    if (!this.shadowRoot) build(this);
    this.refresh();
    document.addEventListener('keydown', this.hotkey);
  }
  disconnectedCallback() { document.removeEventListener('keydown', this.hotkey); }
  attributeChangedCallback() { this.refresh?.(); }
});
