// <faq-search>, see docs/embedding.md. Questions and documents only ever become text, never HTML.

const TEXTS = {
  search: 'Search|搜索', placeholder: 'Ask in English or Chinese|中英文都能问', close: 'Close|关闭', back: 'Back|返回',
  wait: 'Searching…|正在搜索……', found: 'Results: {}|{} 条结果', declined: 'No confident answer|没有找到有把握的答案', nearest: 'Nearest: {}|最接近的 {} 条', answer: 'Answer|答案', maybe: 'May be the answer|可能的答案',
  understood: 'Understood: {}|看懂了：{}', missing: 'Not found: {}|没有找到：{}', open_question: 'Not answered here: {}|这里还没有写：{}', tip: 'Try other words, or be more exact|换个说法，或写得具体一点', support: 'Contact support|联系支持', failed: 'No reply. Check the connection.|没有回应，请检查网络。',
  retry: 'Try again|重试', faq: 'FAQ|常见问题', procedure: 'Procedure|操作步骤', section: 'Section|说明', glossary: 'Term|术语',
  zh: 'Chinese|中文', en: 'English|英文', best: 'Best match|最相关', copy: 'Copy|复制', copied: 'Copied|已复制',
  page: 'Open the page|打开所在页面', version: 'English version|中文版', cut: 'Asked with the first {} characters|问题太长，只用了前 {} 个字',
};

const STYLE = `
:host { display: block; font-size: medium; }
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; margin: 0; }
button, input { font: inherit; color: inherit; background: none; border: 0; min-height: 44px; padding: 0 14px; }
button, .option { cursor: pointer; }
button, dialog, .badge, .option, .draft { border-radius: var(--r); }
button:hover, .option:hover, .active, .best, .draft { background: color-mix(in srgb, var(--a) 14%, transparent); }
:focus-visible, .active { outline: 2px solid var(--a); outline-offset: -2px; }
.button, dialog, .copy, .retry, .hint, td { --a: var(--wenlu-accent, #158c84); --r: var(--wenlu-radius, 8px); border: 1px solid color-mix(in srgb, currentColor 40%, transparent); }
.button { display: flex; align-items: center; gap: 8px; width: 100%; text-align: start; }
.button::before { content: ""; width: 8px; height: 8px; border: 2px solid; border-radius: 8px; box-shadow: 5px 5px 0 -5px, 6px 6px 0 -5px, 7px 7px 0 -5px; }
.label, .input, .option .meta { flex: 1; min-width: 0; outline: 0; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
dialog { width: 44em; max-width: 92vw; max-height: 80vh; margin: 9vh auto; padding: 0; overflow: hidden;
  background: var(--wenlu-background, Canvas); color: var(--wenlu-text, CanvasText); font: medium/1.6 sans-serif; font-family: var(--wenlu-font, inherit);
  text-align: start; text-transform: none; letter-spacing: normal; overflow-wrap: anywhere; }
dialog[open] { display: flex; flex-direction: column; }
::backdrop { background: #0008; }
.bar { display: flex; padding: 8px; border-bottom: 2px solid var(--a); }
.status, .note, .detail { padding: 8px 22px; }
.status, .title, tr:first-child { font-weight: 600; }
.lead, .meta, .hint, .note, .badge { font-size: .875em; }
.lead, .meta, .hint, .note, ::placeholder { opacity: .8; }
.badge { float: right; margin-left: 8px; }
.list, .detail { overflow: auto; overscroll-behavior: contain; padding-bottom: 22px; }
div:empty { padding: 0; }
.option, .draft { padding: 8px 14px; }
.option { margin: 0 8px; }
[aria-busy] { opacity: .5; }
.lead { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
mark, .badge { background: color-mix(in srgb, var(--a) 32%, transparent); }
.status:has(~ .detail > *) { position: absolute; left: 100%; }
.weak .title { font-weight: 400; }
.back { margin-left: -14px; }
.heading { outline: 0; }
a, mark, ::placeholder { color: inherit; }
.link, .meta + a { display: block; line-height: 44px; }
.answer { white-space: pre-wrap; }
.answer > *, h3, pre { margin: 8px 0; }
blockquote { border-left: 2px solid var(--a); padding-left: 14px; }
pre { font: .875em/1.6 monospace, monospace; white-space: inherit; } /* named twice, it is as large as other text */
td, .hint, .badge { padding: 0 8px; }
table { border-collapse: collapse; overflow-wrap: normal; }
@media (max-width: 600px) {
  dialog { min-width: 100%; min-height: 100%; margin: 0; border: 0; border-radius: 0; }
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

const build = (host) => {
  const here = document.baseURI; // where it was made
  let run, timer, engine, answer, trail, paged, hits, active;
  const attribute = (name) => host.getAttribute(name);
  const language = () => /^zh/i.test(host.closest('[lang]')?.lang || navigator.language) ? 'zh' : 'en';
  const say = (key, value) => (host.strings?.[key] ?? TEXTS[key]?.split('|')[+(language() === 'zh')])?.replace('{}', () => value);
  const tell = (type, detail) => host.dispatchEvent(new CustomEvent(type, {detail, bubbles: true, composed: true, cancelable: true}));

  // What the engine replies. A site that was exported again has other files, so that what fails is asked once more of an engine opened anew.
  const engaged = (work, last) => {
    const at = new URL(attribute('index'), here);
    engine ??= import(new URL('engine.js', at)).then(({open}) => open(at.href));
    return engine.then(work).catch((error) => {
      engine = null;
      if (last) throw error;
      return engaged(work, true);
    });
  };

  const fetched = async (path, parameters, signal) => {
    const url = new URL((attribute('endpoint') || new URL('.', import.meta.url).href).replace(/\/*$/, '/api/'), here);
    url.pathname += path; // which encodes a "#"
    url.search = new URLSearchParams(parameters);
    const reply = await fetch(url, {signal, headers: {'Accept-Language': language()}}), json = await reply.json();
    if (!reply.ok) throw json;
    return json;
  };
  const read = (id) => attribute('index') ? engaged((engine) => engine.chunk(id)) : fetched(`chunks/${id}`);

  const ask = async () => {
    clearTimeout(timer);
    run?.abort();
    const mine = run = new AbortController(), whole = input.value.trim(), question = whole.slice(0, 300), limit = +attribute('limit') || 6; // characters that the service takes
    if (!question) return show();
    status.textContent = say('wait');
    list.ariaBusy = true;
    setTimeout(() => mine.abort(), 15000);
    let found, problem;
    try {
      found = await (attribute('index') ? engaged((engine) => engine.search(question, {limit})) : fetched('search', {q: question, limit}, mine.signal));
    } catch (error) {
      problem = error.detail || say('failed');
      if (mine === run) console.warn(error);
    }
    if (mine !== run) return;
    show(found);
    if (question !== whole) note.append(make('p', {}, say('cut', question.length)));
    if (found) return tell('wenlu:search', {question, answer});
    status.textContent = problem;
    note.append(make('button.retry', {onclick: () => { input.focus(); ask(); }}, say('retry')));
  };

  const typed = () => {
    clearTimeout(timer);
    run = run?.abort();
    if (!input.value.trim() || detail.firstChild) show();
    move(-1);
    list.ariaBusy = true;
    timer = setTimeout(ask, 150);
  };

  const show = (found) => {
    const answered = found?.answered;
    answer = found;
    trail = [];
    hits = found?.hits.filter((hit) => answered || hit.confidence >= .05) ?? [];
    const fitting = answered ? hits.filter((hit, n) => !n || (n < 3 && hit.confidence >= .5 && hit.score >= .85 * hits[0].score)) : []; // as reply.py has it
    list.replaceChildren(...hits.map((hit, n) => make('div.option', {role: 'option', id: `o${n}`, lang: hit.language, onclick: () => enter(n)},
      fitting.includes(hit) && badge(fitting[1] ? 'maybe' : 'answer'),
      make('p.title', {}, marked(hit.title, hit.marks.title)),
      make('p.lead', {}, marked(hit.answer.slice(0, 300).replace(/ \| |\n- /g, ' · '), hit.marks.answer)),
      meta(hit))));
    list.ariaBusy = null;
    list.classList.toggle('weak', !answered);
    detail.replaceChildren();
    const topic = found?.open_question, support = attribute('support'), line = (key, value) => make('p', {}, say(key, value));
    const words = (key, list) => list[0] && line(key, list.join(' · '));
    note.replaceChildren(...(found && !answered ? [
      !topic && words('understood', found.understood.filter((word, n, all) => word[1] && !all.some((other) => other !== word && other.includes(word)))),
      words('missing', found.missing),
      support ? make('a.link', {href: support}, say('support')) : !topic && !hits[0] && line('tip'),
      hits[0] && line('nearest', hits.length),
    ] : []).filter(Boolean));
    status.textContent = found ? say(answered ? 'found' : topic ? 'open_question' : 'declined', answered ? hits.length : topic) : '';
    move(-1);
  };

  const badge = (key) => make('span.badge', {lang: language()}, say(key));

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
    const {procedure} = answer;
    move(n);
    view(hits[n], !n && procedure?.id !== hits[n].id && procedure);
  };

  // An entry in place of the results, or of the one that `link` stands in.
  const view = (entry, procedure, link) => {
    const url = place(entry), before = active, heading = make('h2.heading', {tabIndex: -1, lang: entry.language}, entry.title);
    if (!tell('wenlu:open', {hit: entry, url})) return close();
    if (url && host.hasAttribute('follow')) {
      close();
      return location.assign(url);
    }
    paged = url;
    if (link) trail.push([link, ...detail.childNodes]);
    const other = entry.translations?.[language()];
    detail.replaceChildren(make('button.back', {onclick: back}, '← ', say('back')), heading, meta(entry), other ? refer(other, say('version')) : '', make('div.answer', {lang: entry.language},
      body(entry), procedure && [make('h3', {}, procedure.title), ...body(procedure)]));
    if (url) detail.append(make('a.link', {href: url}, say('page')));
    note.textContent = status.textContent = '';
    move(-1);
    active = before;
    heading.focus();
  };

  const back = () => {
    const [link, ...nodes] = trail.pop() ?? [], before = active;
    note.textContent = '';
    if (link) detail.replaceChildren(...nodes);
    else {
      show(answer);
      move(before);
    }
    (link ?? input).focus();
  };

  // Words that lead to another entry: to its page, if it has one as the entry around has, else in the box.
  const refer = (id, words) => {
    const link = make('a.reference', {href: '#', onclick: (event) => {
      event.preventDefault();
      read(id).then((entry) => link.isConnected && view(entry, null, link)).catch(() => { note.textContent = status.textContent = say('failed'); });
    }}, words);
    if (paged) read(id).then((entry) => {
      const there = place(entry);
      if (there) Object.assign(link, {href: there, onclick: null});
    }, () => {});
    return link;
  };

  // Ranges count code points, from `start` before the text; those with an id lead to that entry, or out of here. No line breaks in a date or a code.
  const marked = (text, ranges = [], start = 0) => {
    const letters = [...text], pieces = [], cut = (to) => letters.slice(done, done = Math.max(to, done)).join('').split(/\b(\w+-[\w.-]*[A-Z\d@][\w.-]*)/).map((text, n) => n % 2 ? make('nobr', {}, text) : text);
    let done = 0;
    for (const [from, to, id] of ranges) {
      pieces.push(...cut(from - start));
      const words = cut(to - start);
      pieces.push(`${words}` && (/^(https?|mailto):/i.test(id) ? make('a.reference', {href: id}, words) : id ? refer(id, words) : make('mark.mark', {}, words)));
    }
    return [...pieces, ...cut(Infinity)];
  };

  const body = ({parts, marks, step}) => {
    let at = 0, steps = 0, group;
    return parts.map(({kind, text, number, references, addresses = []}) => {
      const tag = {step: 'ol', item: 'ul'}[kind];
      if (tag) at += number ? `${number}. `.length : 2;
      const ranges = [...marks?.answer ?? [], ...[...references, ...addresses].map(([from, to, id]) => [from + at, to + at, id])].sort((a, b) => a[0] - b[0]);
      const piece = (name, text, before) => {
        const made = make(name, {}, before, marked(text, ranges, at));
        at += [...text].length + 1;
        return made;
      };
      if (tag) {
        const best = number && steps++ === step, item = piece(best ? 'li.best' : 'li', text, best && badge('best'));
        item.value = number;
        if (group?.localName === tag && number !== 1) return group.append(item);
        return group = make(tag, {}, item);
      }
      group = null;
      if (kind === 'table') return make('table', {}, text.split('\n').map((row) => {
        at -= 2;
        return make('tr', {}, row.split(' | ').map((cell) => {
          at += 2;
          return piece('td', cell);
        }));
      }));
      if (kind === 'draft') return draft(piece('pre', text));
      return piece(kind === 'note' ? 'blockquote' : 'p', text);
    });
  };

  const draft = (pre) => {
    const button = make('button.copy', {onclick: async () => {
      try {
        await navigator.clipboard.writeText(pre.textContent);
      } catch { // there is no clipboard without https
        getSelection().selectAllChildren(pre);
        document.execCommand('copy');
      }
      status.textContent = button.textContent = say('copied');
      setTimeout(() => {
        button.textContent = say('copy');
        if (button.isConnected) status.textContent = '';
      }, 2000);
    }}, say('copy'));
    return make('div.draft', {}, button, pre);
  };

  const open = () => {
    refresh();
    dialog.style.colorScheme = attribute('theme');
    if (attribute('index')) engaged().catch(() => {});
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
    const asked = event.ctrlKey || event.metaKey ? key === 'k' : key === shortcut && !at.matches?.('input,textarea,select,[contenteditable]');
    if (!asked || keyless || event.defaultPrevented || !host.getClientRects()[0]) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    open();
  };

  const shortcut = attribute('hotkey') || '/', keyless = shortcut === 'none', label = make('span.label'), leave = make('button.close', {onclick: close});
  const status = make('div.status', {role: 'status'}), note = make('div.note', {ariaLive: 'polite'}), detail = make('div.detail');
  const button = make('button.button', {ariaHasPopup: 'dialog', onclick: open}, label,
    !keyless && make('kbd.hint', {ariaHidden: true}, shortcut));
  const input = make('input.input', {
    role: 'combobox', ariaAutoComplete: 'list', autocomplete: 'off', oninput: (event) => event.isComposing || typed(),
  });
  input.setAttribute('aria-controls', 'list');
  input.addEventListener('compositionstart', () => clearTimeout(timer));
  input.addEventListener('compositionend', typed);
  const list = make('div.list', {
    role: 'listbox', id: 'list',
    onmousedown: (event) => event.preventDefault(), // the focus stays where one types
  });
  const dialog = make('dialog.dialog', {
    onkeydown: pressed,
    oncancel: (event) => { // as a phone's back gesture asks for
      if (!detail.firstChild) return;
      event.preventDefault();
      back();
    },
    onclick: (event) => { if (event.target === dialog || (event.target.href && !event.defaultPrevented)) close(); }, // a link may lead to the page that one is on
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
