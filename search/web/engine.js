// The question's side of Wenlu's index, for browsers: what the modules of search/ do, in their order, over the files of search/export.py.
// Code runs as if all shards were there; what is missing is noted, fetched, and the code runs again. So are foreign.js and unusual.js, which not every question needs.

const range = (n) => [...Array(n).keys()]
const sum = (list) => list.reduce((a, b) => a + b, 0)
const by = (...keys) => (a, b) => { for (const key of keys) { if (key(a) < key(b)) return -1; if (key(a) > key(b)) return 1 } return 0 }
const unique = (list) => [...new Set(list)]
const entries = (object) => new Map(Object.entries(object))

const text = (bytes) => new TextDecoder().decode(bytes)
const json = (bytes) => JSON.parse(text(bytes))

// --- analyze: the Snowball stemmer for English, as of Snowball 3.1
const pairs = (table) => new Map(table.split(' ').map((pair) => pair.split(':')))
const EXCEPTIONS = pairs('skis:ski skies:sky idly:idl gently:gentl ugly:ugli early:earli only:onli singly:singl sky news howe atlas cosmos bias andes')
const rules = (table) => {
  const map = pairs(table)
  const ending = RegExp(`(${[...map.keys()].join('|')})$`)
  return (word, least, test = () => true) => {
    const found = ending.exec(word)
    if (!found || found.index < least || !test(found[0], word.slice(0, found.index))) return word
    return word.slice(0, found.index) + (map.get(found[0]) ?? '')
  }
}
const step2 = rules('tional:tion enci:ence anci:ance abli:able entli:ent izer:ize ization:ize ational:ate ation:ate ator:ate alism:al aliti:al alli:al fulness:ful ousli:ous ousness:ous iveness:ive iviti:ive biliti:ble bli:ble ogi:og ogist:og fulli:ful lessli:less li')
const step3 = rules('tional:tion ational:ate alize:al icate:ic iciti:ic ical:ic ful ness ative')
const step4 = rules('al ance ence er ic able ible ant ement ment ent ism ate iti ous ive ize ion')
const short = (word) => /[^aeiouy][aeiouy][^aeiouywxY]$|^[aeiouy][^aeiouy]$|past$/.test(word)
export const snowball = (word) => {
  if (EXCEPTIONS.has(word) || word.length < 3) return EXCEPTIONS.get(word) ?? word
  word = word.replace(/^y|([aeiouy])y/g, '$1Y')
  const region = (from, pattern) => { const found = pattern.exec(word.slice(from)); return found ? from + found[0].length : word.length }
  const one = region(0, /^(?:arsen|commun|emerg|gener|inter|later|organ|past|univers)|^.*?[aeiouy][^aeiouy]/), two = region(one, /^.*?[aeiouy][^aeiouy]/)
  let found
  if (/sses$/.test(word)) word = word.slice(0, -2)
  else if (/ie[ds]$/.test(word)) word = word.slice(0, word.length > 4 ? -2 : -1)
  else if (/[aeiouy].+s$/.test(word) && !/[us]s$/.test(word)) word = word.slice(0, -1)
  if ((found = /eed(ly)?$/.exec(word))) {
    if (found.index >= one && !/^(succ|proc|exc)eed(ly)?$/.test(word)) word = word.slice(0, found.index) + 'ee'
  } else if (/^[^aeiouy]ying$/.test(word)) word = word[0] + 'ie'
  else if (!/^(even|cann|inn|earr|herr|out)ing$/.test(word) && (found = /(?:ed|ing)(?:ly)?$/.exec(word)) && /[aeiouy]/.test(word.slice(0, found.index))) {
    word = word.slice(0, found.index)
    if (/(at|bl|iz)$/.test(word)) word += 'e'
    else if (/([bdfgmnprt])\1$/.test(word)) word = /^[aeo]..$/.test(word) ? word : word.slice(0, -1)
    else if (word.length === one && short(word)) word += 'e'
  }
  word = word.replace(/(.[^aeiouy])[yY]$/, '$1i')
  word = step2(word, one, (end, stem) => (end === 'ogi' ? /l$/.test(stem) : end !== 'li' || /[cdeghkmnrt]$/.test(stem)))
  word = step3(word, one, (end, stem) => end !== 'ative' || stem.length >= two)
  word = step4(word, two, (end, stem) => end !== 'ion' || /[st]$/.test(stem))
  const last = word.length - 1, stem = word.slice(0, -1)
  if ((word[last] === 'e' && (last >= two || (last >= one && !short(stem)))) || (/ll$/.test(word) && last >= two)) word = stem
  return word.replace(/Y/g, 'y')
}

/** An engine over the files that `wenlu export` wrote; `url` is that of wenlu-index.json. */
export const open = async (url) => {
  const fail = (en, chinese) => Object.assign(Error(en), { chinese })
  const upper = (list, x) => { let low = 0, high = list.length; while (low < high) { const mid = (low + high) >> 1; if (list[mid] <= x) low = mid + 1; else high = mid } return low }
  const half = (bits) => (bits >> 10 ? 2 ** ((bits >> 10) - 25) * (1024 + (bits & 1023)) : bits / 2 ** 24)
  const trying = (url, get) => get().catch((error) => {
    throw fail(`${url}: can't be loaded (${error.message}); run wenlu export again`, `${url}：加载失败（${error.chinese ?? error.message}），请重新运行 wenlu export`)
  })
  const load = (url, unpack, options) => trying(url, async () => {
    const reply = await fetch(url, options)
    if (!reply.ok) throw Error(reply.status)
    return unpack(reply)
  })
  const manifest = await load(url, async (reply) => {
    const read = await reply.json()
    if (read.wenlu !== 8) throw Error(`version ${read.wenlu}`)
    return read
  }, { cache: 'no-cache' }) // for the site may have been exported again
  const shard = (name, read) => load(new URL(`${manifest.folder}/${name}`, new URL(url, globalThis.location?.href)), async (reply) => read(new Uint8Array(await new Response(reply.body.pipeThrough(new DecompressionStream('gzip'))).arrayBuffer())))
  const K = await shard(manifest.core, json)
  const [
    LONGEST_WORD, LONGEST_PHRASE, TOKEN_SOURCE, INSIDE_SOURCE, PREFIXED_SOURCE, IRREGULAR, OWN_STEM,
    ONCE, MEANT, THRESHOLD, NAMED, BIAS, STRENGTH, LEAD, AMOUNT, HEADED,
    LANGUAGES, KINDS, FIELDS,
    LONGEST_QUESTION, POOL, CLOSE, RIVALS,
    CHINESE_ASKS, SYNONYM, BIGRAM, CHARACTER, STOP, PHRASE, STOP_STEMS, QUESTION_WORDS, OTHER_FUNCTION_WORDS, ORDINARY, FEW, WITHIN, GUESS, INTENTS, ASKED_BY, ASKING_SOURCE, IDENTIFIER, EVIDENCE, LONGEST_DEFINED,
    HAN, QUOTES, CLAUSE_END_SOURCE,
    MOST_READINGS, SAME, NEARLY_SAME,
    K1, FULL, EXACT, INTENT, FINE, PREFERENCES,
    WINDOW, MOST_HAN, SHAPE, RARE, NUMERALS, SHAPES,
  ] = K.constants // in the order of export.py

  // --- shards: tables of sorted keys
  const have = new Map(), coming = new Map()
  let missing = new Map()
  const file = (name, read = json, get = () => shard(name, read)) => have.get(name) ?? void missing.set(name, get)
  const settle = () => { if (missing.size) throw missing } // what follows would fetch too much for want of what is missing
  const run = async (work) => {
    for (;;) {
      missing = new Map()
      try { const done = work(); if (!missing.size) return done } catch (error) { if (!missing.size) throw error }
      await Promise.all([...missing].map(([name, get]) => coming.get(name) ?? coming.set(name, get().then((value) => have.set(name, value)).finally(() => coming.delete(name))).get(name)))
    }
  }
  const module = (name, parts) => { const made = file(name, null, () => trying(name, async () => (await import(`./${name}`)).parts(...parts()))); settle(); return made }
  const starts = (counts) => { let n = 0; return [0, ...counts.map((count) => (n += count))] }
  const listed = ({ name, count }, read) => {
    const start = starts(count)
    return (number) => { const i = upper(start, number) - 1; return file(`${name}-${i}.bin`, read)?.[number - start[i]] }
  }
  const numbers = (bytes, at) => () => { let value = 0, unit = 1, byte; do { value += ((byte = bytes[at++]) & 127) * unit; unit *= 128 } while (byte > 127); return value }
  const many = (next, n) => range(n).map(next)
  const rising = (next, n) => { let value = 0; return range(n).map(() => (value += next())) }
  const table = ({ name, count, first } = { count: [], first: [] }, read) => {
    const start = starts(count)
    const decode = (bytes) => {
      const zero = bytes.indexOf(0), next = numbers(bytes, zero + 1)
      let before = ''
      const list = text(bytes.subarray(0, zero)).split('\n').map((line) => ({ key: before = before.slice(0, line.charCodeAt() - 48) + line.slice(1), row: read(next) }))
      return { list, rows: new Map(list.map(({ key, row }) => [key, row])) }
    }
    const block = (i) => file(`${name}-${i}.bin`, decode)
    const get = (key) => { const i = upper(first, key) - 1; return i < 0 ? undefined : block(i)?.rows.get(key) }
    const at = (number) => { const i = upper(start, number) - 1; return block(i)?.list[number - start[i]] }
    const under = (prefix) => {
      const found = []
      for (let i = Math.max(0, upper(first, prefix) - 1); first[i] < prefix + '\uffff'; i++) found.push(...block(i)?.list.filter(({ key }) => key.startsWith(prefix)) ?? [])
      return found
    }
    return { at, get, under }
  }
  const unpacked = (digits) => digits.map((text) => [...text].map((one) => one.charCodeAt() - 35)).reduce((high, low) => high.map((n, i) => n * K.radix + low[i]))
  const languages = unpacked(K.language).map((n) => LANGUAGES[n]), kinds = unpacked(K.kind).map((n) => KINDS[n]), translated = unpacked(K.translated), count = languages.length
  const factors = K.factors.map(({ values, places }) => unpacked(places).map((place) => values[place]))
  const often = (n, field) => (field === 1 ? Math.cbrt(n) : n) // each further way to ask tells less
  const list = (next, df) => {
    let chunk = -1
    const chunks = [], codes = many(next, df).map((n) => { chunks.push(chunk += 1 + Math.floor(n / K.codes)); return n % K.codes }).map((code) => (code < K.codes - 1 ? code : next()))
    const tf = codes.map((code, i) => {
      if (!K.counts[code].length) return new Float32Array(Uint32Array.of(next()).buffer)[0]
      return Math.fround(sum(K.counts[code].map((n, field) => n && often(n, field) * factors[field][chunks[i]])))
    })
    return { df, chunks, tf, headings: df ? rising(next, next()) : [] }
  }
  const cells = (next) => { const n = next(), found = rising(next, n), p = many(next, n).map(half); return found.map((cell, i) => [cell, p[i]]) }
  const near = new Map()
  const terms = table(K.tables.terms, (next) => {
    const bits = next(), id = next() - 1, df = id < 0 ? K.short + 1 : next()
    if (df <= K.short) near.set(id, list(next, df))
    const group = next(), row = { id, own: bits >> 5, written: bits & 1, group: group && many(next, group - 1) }
    if (bits & 2) row.english = { rarity: half(next()), cells: cells(next) }
    if (bits & 4) { const rarity = next(); row.chinese = { plain: rarity & 1, rarity: half(rarity >> 1), cells: cells(next) } }
    if (bits & 8) row.kin = cells(next)
    if (bits & 16) row.near = cells(next)
    return row
  })
  const lists = table(K.tables.lists, (next) => list(next, next()))
  const vocabulary = { get: terms.get, under: terms.under, at: lists.at, find: (key) => terms.get(key)?.id ?? -1 }
  const number = (next) => next()
  const words = table(K.tables.words, number), english = table(K.tables.english, number), sounds = table(K.tables.sounds, number)
  const chunkAt = listed(K.tables.chunks)

  // --- normalize
  const listChars = ({ text, seen, read }) => { const readings = read.split(' '); return [...text].map((one, i) => [one, { seen: seen[i], read: readings[i] ? readings[i].split(',') : [] }]) }
  const common = new Map(listChars(K.characters))
  const fileOf = (one, name, read) => { const files = K.files[name]; return file(files[one.codePointAt() % files.length], read) }
  const simple = (one, name = 'script') => { const known = fileOf(one, name, (bytes) => { const [from, to] = json(bytes).map((text) => [...text]); return new Map(from.map((one, i) => [one, to[i]])) }); return known && (known.get(one) ?? (name === 'script' ? simple(one, 'scripts') : one)) }
  const isHan = RegExp(`[${HAN}]`, 'u')
  const charOf = (one) => common.get(one) ?? (isHan.test(one) && fileOf(one, 'rare', (bytes) => new Map(listChars(json(bytes))))?.get(one))
  const folded = new Map()
  const foldOne = (one) => {
    if (folded.has(one)) return folded.get(one)
    let known = true
    const composed = one.normalize('NFC')
    const made = [...(QUOTES[composed] ? composed : composed.normalize('NFKD').toLowerCase())].map((c) => {
      if (QUOTES[c]) return QUOTES[c]
      if (/[\p{Cf}\p{Mn}]/u.test(c)) return ''
      if (/[\p{C}\p{Z}]/u.test(c)) return c === '\n' ? c : ' '
      if (c < '\u2e80' || common.has(c) || !/\p{L}/u.test(c)) return c
      const made = simple(c)
      known &&= !!made
      return made ?? c
    }).join('')
    if (known) folded.set(one, made)
    return made
  }
  const foldPlaces = (text) => { // offsets count characters of `text`, as all ranges in answers do
    const offsets = []
    let out = '', at = 0
    for (const one of text) { const made = foldOne(one); offsets.push(...Array(made.length).fill(at++)); out += made }
    offsets.push(at)
    return { text: out, offsets }
  }
  const fold = (text) => foldPlaces(text).text
  const length = (text) => [...text].length

  // --- analyze
  const TOKEN = RegExp(`(?<han>[${HAN}]+)|${TOKEN_SOURCE}`, 'gu'), INSIDE = RegExp(INSIDE_SOURCE, 'gu'), own = entries(OWN_STEM), irregular = entries(IRREGULAR), PREFIXED = RegExp(`^${PREFIXED_SOURCE}$`)
  const stem = (word) => { word = word.replace(/'s$/, ''); return own.get(word) ?? snowball((irregular.get(word) ?? word.replace(PREFIXED, (all, prefix, rest) => (irregular.has(rest) ? prefix + irregular.get(rest) : all))).replace(/'/g, '')) }
  const tokenize = (text) => [...text.matchAll(TOKEN)].map((m) => ({ text: m[0], start: m.index, end: m.index + m[0].length, kind: Object.keys(m.groups).find((kind) => m.groups[kind]) }))
  const tokenTerms = ({ text, start, end, kind }) => {
    if (kind !== 'code') return [[kind === 'word' ? stem(text) : text.replace(/,/g, ''), start, end]]
    return [[text, start, end], ...[...text.matchAll(INSIDE)].map((m) => [stem(m[0]), start + m.index, start + m.index + m[0].length])]
  }
  const find = (text, terms) => {
    const found = [], latin = new Set(terms.filter((term) => !isHan.test(term[0])))
    let row = [], end = -1
    if (latin.size) for (const token of tokenize(text)) {
      if (token.kind === 'han') continue
      const own = tokenTerms(token)
      found.push(...own)
      if (end < 0 || /[^ \-'"/]/.test(text.slice(end, token.start))) row = []
      for (const term of own[1] ? own.slice(1) : own) {
        row.push(term)
        for (let size = 2; size <= Math.min(LONGEST_PHRASE, row.length); size++) { const part = row.slice(-size); found.push([part.map((one) => one[0]).join(' '), part[0][1], term[2]]) }
      }
      end = token.end
    }
    const kept = found.filter((place) => latin.has(place[0]))
    for (const term of terms) if (!latin.has(term)) for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + 1)) kept.push([term, at, at + term.length])
    return kept
  }
  const frequency = (word) => (word[1] ? vocabulary.get(word)?.own || words.get(word) : charOf(word)?.seen) || 0
  const segment = (text) => {
    const best = Array(text.length + 1).fill([0, 0]), found = []
    for (let start = text.length - 1; start >= 0; start--) {
      let way = [-Infinity, 0]
      for (let end = start + 1; end <= Math.min(start + LONGEST_WORD, text.length); end++) {
        const seen = frequency(text.slice(start, end))
        if (!seen && end > start + 1) continue
        const score = Math.log(seen || 1) - Math.log(K.total) + best[end][0]
        if (score >= way[0]) way = [score, end]
      }
      best[start] = way
    }
    for (let start = 0; start < text.length; start = best[start][1]) found.push([text.slice(start, best[start][1]), start, best[start][1]])
    return found
  }

  // --- spelling
  const sound = (letters) => letters.replace(/(?<=[zcs])h|(?<=n)g/g, '').replace(/l/g, 'n').replace(/v/g, 'u')
  const usual = (letters) => letters.replace(/v/g, 'u')
  const soundsUnder = (key, letters) => sounds.under(key + ' ').map(({ key, row }) => { const [, spoken, text] = key.split(' '); return { text, exact: usual(spoken) === usual(letters), seen: row } })
  const alike = (word) => {
    const found = new Map()
    let ways = ['']
    for (const one of word) { const read = charOf(one)?.read ?? []; ways = ways.flatMap((way) => read.map((syllable) => way + syllable)) }
    for (const letters of ways.slice(0, MOST_READINGS)) for (const other of soundsUnder(sound(letters), letters)) {
      const same = [...word].filter((one, i) => one === other.text[i]).length
      if (other.text.length === word.length && same && same < word.length) found.set(other.text, Math.max(other.exact ? SAME : NEARLY_SAME, found.get(other.text) ?? 0))
    }
    return found
  }
  const misreadings = (row) => { // what stretches of words may be meant for, as likely as it is; unusual.js chooses
    const found = []
    row = row.slice(0, MOST_HAN)
    row.forEach((_, first) => {
      for (let last = first; last < row.length; last++) {
        const part = row.slice(first, last + 1), word = part.map((one) => one.text).join(''), start = part[0].start, end = part.at(-1).end
        if (word.length > WINDOW || word.length !== end - start || [...word].some((one) => NUMERALS.includes(one))) break
        if (word.length === 1 || knownHan(word) || part.every((one) => one.stop || (one.text.length > 1 && knownHan(one.text)))) continue
        const candidates = new Map()
        ;[...word].forEach((one, i) => { for (const other of SHAPES[one] ?? '') { const text = word.slice(0, i) + other + word.slice(i + 1); if (knownHan(text)) candidates.set(text, SHAPE) } })
        if (frequency(word) < RARE) for (const [other, p] of alike(word)) candidates.set(other, p)
        const likely = [...candidates].filter(([other]) => part.every((one) => !one.stop || other.startsWith(one.text, one.start - start)))
        if (likely[0]) found.push({ start, end, likely })
      }
    })
    return found
  }

  // --- lexicon: a term is { term, id, p, via }, a concept { text, start, end, terms, weight, content }
  const stopWords = new Set(STOP_STEMS), asking = new Set(QUESTION_WORDS), functions = new Set(OTHER_FUNCTION_WORDS), ASKING = RegExp(ASKING_SOURCE, 'gu'), CLAUSE_END = RegExp(CLAUSE_END_SOURCE, 'gu'), ASKED = ASKED_BY.map(([intent, source]) => [intent, RegExp(source, 'u')])
  const inGroup = (key) => vocabulary.get(key)?.group
  const synonyms = (key) => {
    const { group, near } = vocabulary.get(key) ?? {}, own = (group || []).map((id) => [id, SYNONYM])
    return [...own, ...(near ?? []).filter(([id]) => !(group || []).includes(id))].map(([id, p]) => ({ term: vocabulary.at(id)?.key, id, p, via: 'synonym' }))
  }
  const glossed = (term) => english.get(String.fromCharCode(48 + Math.min(term.length, 60)) + term) ?? -1
  const known = (word) => {
    const term = stem(word)
    if (stopWords.has(term)) return 'function'
    if (vocabulary.get(term)?.written) return 'own'
    settle()
    const glosses = Math.max(glossed(term), glossed(stem(word.replace(/i?e(?:r|st)$/, ''))))
    return glosses > 2 || functions.has(word) ? 'english' : glosses >= 0 ? 'name' : ''
  }
  const knownHan = (word) => inGroup(word) || ((!K.languages.includes('zh') || vocabulary.find(word) >= 0) && frequency(word) > 0)
  const wordsOf = (text) => tokenize(text).flatMap((token) => (token.kind === 'han'
    ? segment(token.text).map(([one, start, end]) => ({ text: one, start: token.start + start, end: token.start + end, han: true, stop: asking.has(one), term: one }))
    : tokenTerms(token).slice(0, RegExp(IDENTIFIER, 'u').test(token.text) ? 1 : 99).map(([term, start, end]) => ({ text: text.slice(start, end), start, end, han: false, stop: stopWords.has(term), term }))))
  const exact = (word) => { const id = vocabulary.find(word.term); return id < 0 ? [] : [{ term: word.term, id, p: 1, via: word.han || word.text === word.term ? 'exact' : 'stem' }] }
  const concept = ({ text, start, end }, terms, weight = 1, content = true, rarity = 1) => ({ text, start, end, terms, weight, content, rarity })
  const isStrange = (text, terms) => !terms[0] && /\d/.test(text)
  const rarityOf = (word, terms) => (terms[0] ? 1 : word.han ? Math.log(K.total / (frequency(word.text) + FEW)) / Math.log(K.total / FEW) : glossed(word.term) < 3 ? 1 : ORDINARY)
  const covered = (list) => { const places = new Set(list.flatMap((word) => range(word.end - word.start).map((i) => word.start + i))); return (start, end) => range(end - start).every((i) => places.has(start + i)) }
  const partsOf = (text, list, longest) => { // stretches with Han in the words of a list that are none of these words
    const named = covered(list), edges = unique(tokenize(text).flatMap(({ kind, start, end }) => (kind === 'han' ? range(end - start + 1).map((i) => start + i) : [start, end])))
    return edges.flatMap((start, i) => edges.slice(i + 1, i + 1 + longest).flatMap((end) => {
      const term = text.slice(start, end), part = { text: term, term, start, end, han: true }
      return end > start + longest || !isHan.test(term) || list.some((word) => word.start === start && word.end === end) || !named(start, end) ? [] : part
    }))
  }
  const evidence = (text, list) => {
    const stops = covered(list.filter((word) => word.stop))
    return partsOf(text, list, 2).filter((part) => part.end <= EVIDENCE).map((part) => concept(part, exact(part), (part.text[1] ? BIGRAM : CHARACTER) * (stops(part.start, part.end) ? STOP : 1), false)).filter((one) => one.terms[0])
  }
  const groupedWords = (text, list) => partsOf(text, list, LONGEST_WORD).filter((part) => part.text[1] && inGroup(part.text)).map((part) => concept(part, [...exact(part), ...synonyms(part.text)])).filter((one) => one.terms[0])
  const phrases = (list) => list.flatMap((_, first) => {
    const found = []
    for (let last = first + 1; last < Math.min(first + LONGEST_PHRASE, list.length); last++) {
      const row = list.slice(first, last + 1)
      if (row.some((word) => word.han)) break
      const key = row.map((word) => word.term).join(' '), terms = [...exact({ term: key }), ...synonyms(key)]
      if (terms[0]) found.push(concept({ text: key, start: row[0].start, end: row.at(-1).end }, terms, inGroup(key) ? 1 : PHRASE, inGroup(key)))
    }
    return found
  })
  const inside = (one, other) => other.start <= one.start && one.end <= other.end
  const native = (text, list) => {
    const longer = [...groupedWords(text, list), ...phrases(list)], spans = longer.filter((one) => one.content)
    const words = list.map((word) => { let terms = [...exact(word), ...synonyms(word.term)]; if (!terms[0] && !word.han && !word.stop) terms = unusual().slips(word.text)
      return concept(word, terms, word.han && word.text.length === 1 ? (word.stop ? CHARACTER : BIGRAM) : word.stop ? STOP : 1, !word.stop && !isStrange(word.text, terms), rarityOf(word, terms)) })
    return [...words.map((one) => (one.content && spans.some((span) => inside(one, span)) ? { ...one, weight: one.weight * WITHIN } : one)), ...evidence(text, list), ...longer]
  }
  const located = (chars, offsets, read, one) => {
    const [first, last, readings] = read.origin(one.start, one.end), start = offsets[first], end = offsets[last - 1] + 1, said = chars.slice(start, end).join('').trimEnd()
    let { terms } = one
    if (readings[0]) terms = unusual().sure(terms, readings, read.text.slice(one.start, one.end))
    if ([...said].some((c) => isHan.test(c) && fold(c) !== c)) terms = terms.map((term) => (term.via === 'exact' ? { ...term, via: 'script' } : term))
    return { ...one, text: said, start, end: start + length(said), terms }
  }
  const clauseAt = (text, place) => [...text].slice(0, place).join('').split(CLAUSE_END).length - 1
  const intentOf = (text, words) => (text.match(ASKING) && words.filter((word) => !word.stop).length <= LONGEST_DEFINED ? 'what' : ASKED.find(([, pattern]) => pattern.test(text))?.[0] ?? null)
  const query = (question, only) => {
    const { text, offsets } = foldPlaces(question), chars = [...question], tokens = tokenize(text)
    for (const token of tokens) if (token.kind === 'han') for (let i = 0; i < token.text.length; i++) frequency(token.text.slice(i, i + 2))
      else for (const [term] of tokenTerms(token)) vocabulary.find(term)
    settle()
    const strange = tokens.some((token) => token.kind === 'word' && ['', 'name'].includes(known(token.text)))
    const misread = misreadings(wordsOf(text).filter((word) => word.han))
    settle()
    const read = strange || misread[0] ? unusual().read(text, tokens, misread, (token) => chars[offsets[token.start]]) : { text, origin: (from, to) => [from, to, []] }, language = languageOf(read.text), all = wordsOf(read.text), spans = [...read.text.matchAll(ASKING)]
    const told = all.filter((word) => !spans.some((span) => span.index <= word.start && word.start < span.index + span[0].length)), list = told[0] ? told : all
    settle()
    const concepts = {}, clause = (one) => clauseAt(read.text, one.start)
    for (const target of K.languages) if (only ? target === only : target === language || K.alone[target]) concepts[target] = (target === language ? native(read.text, list) : foreign()(read.text, list, target)).map((one) => ({ ...located(chars, offsets, read, one), clause: clause(one) }))
    return { language, intent: intentOf(read.text, list), clauses: read.text.split(CLAUSE_END).map((part, i) => intentOf(part, list.filter((word) => clause(word) === i))), concepts }
  }
  const languageOf = (text) => {
    const han = [...text].filter((one) => isHan.test(one)).length, said = tokenize(text).filter((token) => token.kind === 'word' && stopWords.has(stem(token.text))).length
    return !han || (said >= 2 && han <= 2 * said && !text.match(CHINESE_ASKS)) ? 'en' : 'zh'
  }

  // --- rank
  const headings = unpacked(K.headings), owners = headings.flatMap((n, chunk) => Array(n).fill(chunk)), firstHeading = starts(headings), weights = unpacked(K.weights).map((n) => n / FINE), intents = unpacked(K.intents).map((number) => INTENTS[number - 1])
  const idf = (df) => Math.log1p((count - df + 0.5) / (df + 0.5))
  const saturate = (tf) => (tf * (K1 + 1)) / (tf + K1)
  const postings = (id) => near.get(id) ?? lists.at(id)?.row ?? list(0, 0)
  const holds = (list, x) => { const i = upper(list, x) - 1; return list[i] === x ? i : -1 }
  const strongest = (gains) => gains.map((gain, i) => (i === gains.indexOf(Math.max(...gains)) ? gain : 0))
  const ask = (concepts, preference, whole, clauses) => { // a question's concepts for the chunks of one language, scored
    for (const one of concepts) for (const term of one.terms) term.row = postings(term.id)
    settle()
    const scores = new Float64Array(count), earned = scores.slice(), close = [], which = scores.map(() => -1), met = scores.slice(), total = scores.slice()
    for (const one of concepts) {
      one.idf = idf(Math.max(0, ...one.terms.map((term) => term.p * term.row.df)))
      const touched = []
      for (const { p, row } of one.terms) row.chunks.forEach((chunk, i) => { if (!total[chunk]) touched.push(chunk); total[chunk] += p * row.tf[i] })
      for (const chunk of touched) { scores[chunk] += one.weight * one.idf * saturate(total[chunk]); total[chunk] = 0 }
    }
    const carrying = concepts.filter((one) => one.content), asked = unique(carrying.map((one) => one.clause))
    const agree = (some, intent) => {
      const asks = intent ? INTENT : 0, most = sum(some.map((one) => one.idf)) + asks, agreed = new Float64Array(owners.length), shared = agreed.slice(), best = new Map()
      for (const one of some) {
        const found = new Map()
        for (const term of [...one.terms].sort(by((each) => each.p, (each) => each.id))) for (const heading of term.row.headings) found.set(heading, term)
        for (const [heading, { p, row }] of found) { agreed[heading] += one.idf * p; shared[heading] += idf(row.df) }
      }
      agreed.forEach((found, heading) => {
        if (!found) return
        const wants = intents[heading], all = found + (wants === intent ? Math.min(asks, found) : 0), size = found + Math.max(weights[heading] - shared[heading], 0), share = Math.fround(Math.min((2 * all) / (most + size + (wants && (asks || wants !== 'what') ? INTENT : 0) + 1e-9), 1)), owner = owners[heading]
        if (share >= (best.get(owner)?.[0] ?? 1e-9)) best.set(owner, [share, (share + EXACT * (share > FULL)) * all, heading, found / size])
      })
      for (const [owner, [, gain, heading, part]] of best) if (gain > earned[owner]) { earned[owner] = gain; which[owner] = heading; met[owner] = part }
    }
    agree(carrying, whole)
    if (asked.length > 1) for (const clause of asked) agree(carrying.filter((one) => one.clause === clause), clauses[clause])
    scores.forEach((score, chunk) => { scores[chunk] = (score + earned[chunk]) * preference[chunk] })
    const most = sum(concepts.map((one) => one.weight * one.idf)) * (K1 + 1) || 1
    const parts = (chunk) => { // of each concept what its terms earned, by their frequencies and by the heading
      const heading = which[chunk], body = concepts.map((one) => {
        const found = one.terms.map(({ p, row }) => { const i = holds(row.chunks, chunk); return i < 0 ? 0 : p * row.tf[i] }), all = sum(found)
        return found.map((tf) => (all ? (tf * one.weight * one.idf * saturate(all) * preference[chunk]) / all : 0))
      })
      const above = concepts.map((one) => strongest(one.terms.map(({ p, row }) => (one.content && holds(row.headings, heading) >= 0 ? p * one.idf : 0))))
      const all = sum(above.flat()), factor = all ? (earned[chunk] * preference[chunk]) / all : 0
      return [body, above.map((row) => row.map((part) => part * factor)), close[chunk]]
    }
    return { concepts, scores, most, amount: sum(carrying.map((one) => one.idf)) / idf(1), worded: carrying.map((one) => one.text).join('')[1], preference, close, met, parts, field: (chunk) => +(which[chunk] > firstHeading[chunk]) }
  }

  // --- confidence
  const confidence = (covered, met, strength, ahead, amount, headed) => {
    const kept = []
    for (const one of [...covered].sort(by((one) => one.start - one.end))) if (!kept.some((other) => inside(one, other)) && (one.sure || !covered.some((other) => inside(other, one) && other.end - other.start < one.end - one.start))) kept.push(one)
    const coverage = met * sum(kept.map((one) => one.idf * one.sure)) / (sum(kept.map((one) => one.idf)) || 1)
    return 1 / (1 + Math.exp(-(BIAS + STRENGTH * Math.log(strength + 0.02) + LEAD * Math.max(-1, Math.min(1, Math.log(ahead))) * coverage + AMOUNT * Math.log(amount + 0.2) + HEADED * headed)))
  }

  // --- index and wire
  const prefix = (part) => (part.kind === 'step' ? `${part.number}. ` : part.kind === 'item' ? '- ' : '')
  const answerOf = (chunk) => chunk.parts.map((part) => prefix(part) + part.text).join('\n')
  const ownText = ({ text, references }) => { const all = [...text]; for (const [start, end] of references) all.fill('\n', start, end); return all.join('') }
  const textsOf = (chunk, kind) => chunk.parts.filter((part) => part.kind === kind).map((part) => part.text)
  const entry = ({ at, ...chunk }) => ({ ...chunk, answer: answerOf(chunk), steps: textsOf(chunk, 'step'), drafts: textsOf(chunk, 'draft'), anchor: chunk.anchor || null })
  const merged = (ranges) => ranges.sort(by((one) => one[0])).reduce((joined, [start, end]) => { const last = joined.at(-1); if (last && start <= last[1]) last[1] = Math.max(last[1], end); else joined.push([start, end]); return joined }, [])
  const finder = (chunk, terms) => { // fields by their numbers: title 0, alias 1, path 2, body 3
    let offset = 0
    const body = chunk.parts.map((part) => { const at = offset + prefix(part).length; offset = at + length(part.text) + 1; return [ownText(part), at] })
    const places = ([text, at]) => { const { text: plain, offsets } = foldPlaces(text); return find(plain, terms).map(([term, start, end]) => [term, at + offsets[start], at + offsets[end - 1] + 1, clauseAt(plain, start)]) }
    const fields = [[[chunk.title, 0]], chunk.aliases.map((one) => [one, 0]), chunk.path.map((one) => [one, 0]), body].map((pieces) => pieces.map(places))
    const counts = fields.map((pieces, field) => { const found = new Map(); for (const term of pieces.flatMap((piece) => (field === 1 ? unique : (all) => all)(piece.map(([one]) => one)))) found.set(term, (found.get(term) ?? 0) + 1); return found })
    return {
      shares: (term, chunk) => { const parts = counts.map((found, field) => often(found.get(term) ?? 0, field) * factors[field][chunk]), all = sum(parts); return all ? parts.map((part) => part / all) : [0, 0, 0, 1] },
      body: fields[3],
      once: (term) => counts.every((found, field) => (found.get(term) ?? 0) === +(field === 1)), // in a way to ask, and nowhere else
      marks: (strong) => { const marked = (field) => merged(fields[field].flat().filter(([term]) => strong.has(term)).map(([, start, end]) => [start, end])); return { title: marked(0), answer: marked(3) } },
      bestStep: (strong) => {
        const found = chunk.parts.flatMap((part, i) => (part.kind === 'step' ? [new Set(fields[3][i].map((one) => one[0]).filter((term) => strong.has(term))).size] : [])), best = Math.max(0, ...found)
        return best > 1 && !found.filter((n) => n === best)[1] ? found.indexOf(best) : null
      },
    }
  }
  const rounded = (x, digits) => +x.toFixed(digits)
  const isSure = (term) => !/^s[yp]/.test(term.via) || term.p > GUESS
  const termsFound = (chunk, { concepts }) => finder(chunk, unique(concepts.flatMap((each) => each.terms.map((term) => term.term))))
  const hitOf = (asked, { position, chunk, similar }, score, rival) => {
    const one = asked[chunk.language], { concepts } = one, found = termsFound(chunk, one), [body, above, clause] = one.parts(position)
    const heading = one.field(position), matches = {}, covered = [], strong = new Set()
    let firm
    concepts.forEach((each, i) => {
      let sure = 0
      each.terms.forEach((term, j) => {
        if (!body[i][j]) return
        sure = Math.max(sure, term.p === SYNONYM ? MEANT : term.p)
        if (each.content) { firm ||= !found.once(term.term); if (isSure(term)) strong.add(term.term) }
        const shares = found.shares(term.term, position).map((share) => share * body[i][j])
        shares[heading] += above[i][j]
        shares[3] += clause?.[i][j] ?? 0
        for (const field of range(4).filter((n) => shares[n])) (matches[[each.text, term.term, field, term.via].join('\n')] ??= { question: each.text, term: term.term, field: FIELDS[field], weight: 0, via: term.via }).weight += shares[field]
      })
      if (each.content) covered.push({ start: each.start, end: each.end, idf: each.idf * each.rarity, sure })
    })
    const alike = one.met[position] ** ONCE, sure = confidence(covered, firm ? 1 : alike, score / one.most * (one.worded ? 1 : alike), score / rival, one.amount, +!!headings[position])
    return { sure, chunk, hit: { ...entry(chunk), score: rounded(score, 6), confidence: rounded(sure, 4), marks: found.marks(strong), step: found.bestStep(strong), similar,
      matched: Object.values(matches).sort(by((match) => -match.weight)).map((match) => ({ ...match, weight: rounded(match.weight, 6) })) } }
  }
  const sameAnswer = (one, other) => {
    if (Math.min(one.length, other.length) < 0.9 * Math.max(one.length, other.length)) return false
    const [a, b] = [one, other].map((list) => new Set(range(Math.max(list.length - 3, 1)).map((i) => list.slice(i, i + 4).join('')))), both = [...a].filter((part) => b.has(part)).length
    return both >= 0.9 * (a.size + b.size - both)
  }
  const distinct = (positions, limit) => {
    const kept = []
    positions.slice(0, limit + 1).forEach(chunkAt)
    settle()
    for (const position of positions) {
      if (!chunkAt(position)) settle()
      const chunk = chunkAt(position), answer = [...answerOf(chunk).replace(/\s+/g, '')], twin = kept.find((one) => sameAnswer(answer, one.answer))
      if (twin) twin.similar.push(chunk.id)
      else if (kept.length < limit) kept.push({ position, chunk, answer, similar: [] })
      else break
    }
    return kept
  }
  const search = (question, limit, language, wanted) => {
    const { language: asker, intent, clauses, concepts } = query(question, language)
    const preference = kinds.map((kind) => PREFERENCES[intent]?.[kind] ?? PREFERENCES.null[kind] ?? 1)
    const asked = {}
    for (const name in concepts) asked[name] = ask(concepts[name], preference, intent, clauses)
    if (asked.zh && asked.en) foreign().balance(asked)
    const scores = languages.map((name, chunk) => (name !== asker && !language && translated[chunk] ? 0 : asked[name]?.scores[chunk] ?? 0))
    const sort = (list) => list.sort((a, b) => scores[b] - scores[a] || a - b), open = [], order = [], others = []
    for (const chunk of sort(range(count).filter((chunk) => scores[chunk] > 0))) (!kinds[chunk] ? open : wanted && !wanted.includes(kinds[chunk]) ? others : order).push(chunk)
    order.splice(Math.max(limit + POOL, CLOSE))
    others.splice(CLOSE)
    const bare = [...order.slice(0, CLOSE), ...others].filter((position) => !headings[position])
    bare.forEach(chunkAt)
    settle()
    for (const position of bare) { const chunk = chunkAt(position), one = asked[chunk.language]; scores[position] += unusual().earn(one, position, termsFound(chunk, one).body) }
    const kept = distinct(sort(order), Math.max(limit, RIVALS)), [top] = kept, [other] = distinct(sort(others), 1), side = asked[top?.chunk.language], scoreOf = (one) => scores[one?.position] ?? 0
    const doubts = (one, other) => other && !other.chunk.at.includes(one.position) && (scoreOf(one) < scoreOf(other) || !one.chunk.at.includes(other.position)) && !sameAnswer(one.answer, other.answer)
    const second = kept.slice(1, RIVALS).find((one) => doubts(top, one)), elsewhere = scoreOf(other) // the best of other kinds
    const lacking = side?.concepts.some((one) => one.terms.some(({ term, p }) => p === 1 && K.open[term])) && unusual().lacking(side, top), closest = lacking ? Infinity : scores[open[0]] ?? 0
    const rivals = kept.map((one) => Math.max(closest, doubts(one, other) ? elsewhere : 0))
    const hits = kept.slice(0, Math.max(limit, 1)).map((one, i) => hitOf(asked, one, scoreOf(one), Math.max(rivals[i], scoreOf(i ? top : second))))
    const first = hits[0], answered = first?.sure >= THRESHOLD && scoreOf(top) >= rivals[0], carrying = (list) => list.filter((one) => one.content), every = carrying(Object.values(concepts).flat()), mine = carrying(concepts[asker] ?? []), sure = every.filter((one) => one.terms.some(isSure)).map((one) => one.text)
    const said = (known) => unique((mine[0] ? mine : every).map((one) => one.text)).filter((text) => known === sure.includes(text))
    let procedure = null
    if (answered) {
      const chunks = [first.chunk, ...first.chunk.at.filter((at) => at >= 0).sort(by((at) => order.slice(0, CLOSE).indexOf(at) + 1 || 99)).map(chunkAt), ...(first.chunk.kind === 'glossary' ? [] : hits.filter((one) => one.sure >= THRESHOLD).map((one) => one.chunk))], found = chunks.find((chunk) => chunk?.kind === 'procedure')
      if (found) procedure = { id: found.id, title: found.title, steps: textsOf(found, 'step'), parts: found.parts }
    }
    return { question, language: asker, answered, confidence: rounded(first?.sure ?? 0, 4), hits: hits.slice(0, limit).map((one) => one.hit), procedure,
      understood: said(true), missing: said(false), open_question: lacking || (closest > Math.max(scoreOf(top), elsewhere) && closest >= NAMED * asked[languages[open[0]]].most ? chunkAt(open[0]).title : null) }
  }

  // what the other modules take from this one, as they name it
  const unusual = () => module('unusual.js', () => [by, json, range, sum, unique, K, file, settle, table, listed, starts, postings, sounds, sound, usual, soundsUnder, vocabulary, english, stem, known, fold, foldPlaces, isHan, tokenize, tokenTerms, asking, owners, weights, merged, length, fail, chunkAt, entry, strongest])
  const foreign = () => module('foreign.js', () => [by, entries, json, range, sum, unique, K, file, settle, table, starts, unpacked, terms, vocabulary, stem, exact, synonyms, concept, isStrange, rarityOf, groupedWords, phrases, asking])
  return {
    search: async (question, { limit = 5, language, kinds } = {}) => {
      const asked = String(question).replace(/(?![\n\t])[\p{Cc}\p{Cs}]/gu, '').trim()
      return run(() => (length(asked) > LONGEST_QUESTION ? unusual().refuse(length(asked)) : search(asked, limit, language, kinds?.[0] && kinds)))
    },
    suggest: (...typed) => run(() => unusual().suggest(...typed)),
    chunk: (id) => run(() => unusual().chunk(id)),
  }
}
