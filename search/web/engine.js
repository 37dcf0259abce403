// The question's side of Wenlu's index, for browsers: what the modules of search/ do, in their order, over the files of search/export.py.
// Code runs as if all shards were there; what is missing is noted, fetched, and the code runs again.

const fail = (en, zh) => Object.assign(new Error(en), { chinese: zh })
const range = (n) => Array.from({ length: n }, (_, i) => i)
const sum = (list) => list.reduce((a, b) => a + b, 0)
const by = (...keys) => (a, b) => { for (const key of keys) { const x = key(a), y = key(b); if (x < y) return -1; if (x > y) return 1 } return 0 }
const unique = (list) => [...new Set(list)]
const entries = (object) => new Map(Object.entries(object))
const upper = (list, x) => { let low = 0, high = list.length; while (low < high) { const mid = (low + high) >> 1; if (list[mid] <= x) low = mid + 1; else high = mid } return low }
const half = (bits) => (bits >> 10 ? 2 ** ((bits >> 10) - 15) * (1 + (bits & 1023) / 1024) : bits / 2 ** 24)
const toHalf = (x) => { // the nearest float of 16 bits, as the index holds it
  if (!(x = Math.fround(x))) return 0
  const unit = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), -14) - 10), down = Math.floor(x / unit), rest = x / unit - down
  return unit * (rest > 0.5 || (rest === 0.5 && down % 2) ? down + 1 : down)
}
const whole = (source) => new RegExp(`^(?:${source})$`, 'u')

const unpack = (text) => [...text].map((one) => { const n = one.codePointAt() - 35; return n < 55261 ? n : n - 2048 })
const load = async (url, unpack) => {
  try {
    const reply = await fetch(url)
    if (!reply.ok) throw Error(reply.status)
    return await unpack(reply)
  } catch (error) {
    throw fail(`${url}: can't be loaded (${error.message}); export the site again with: wenlu export`, `${url}：加载失败（${error.message}），请重新运行 wenlu export`)
  }
}
const inflate = async (reply) => new Uint8Array(await new Response(reply.body.pipeThrough(new DecompressionStream('gzip'))).arrayBuffer())
const text = (bytes) => new TextDecoder().decode(bytes)
const json = (bytes) => JSON.parse(text(bytes))

// --- analyze: the Snowball stemmer for English, as of Snowball 3.1
const EXCEPTIONS = new Map('skis ski skies sky idly idl gently gentl ugly ugli early earli only onli singly singl'.split(' ').map((word, i, all) => [word, all[i + 1]]).filter((_, i) => i % 2 === 0))
for (const word of 'sky news howe atlas cosmos bias andes'.split(' ')) EXCEPTIONS.set(word, word)
const rules = (table) => {
  const map = new Map(table.split(' ').map((rule) => rule.split(':')))
  const ending = RegExp(`(${[...map.keys()].join('|')})$`)
  return (word, least, test = () => true) => {
    const found = ending.exec(word)
    if (!found || found.index < least || !test(found[0], word.slice(0, found.index))) return word
    return word.slice(0, found.index) + map.get(found[0])
  }
}
const step2 = rules('tional:tion enci:ence anci:ance abli:able entli:ent izer:ize ization:ize ational:ate ation:ate ator:ate alism:al aliti:al alli:al fulness:ful ousli:ous ousness:ous iveness:ive iviti:ive biliti:ble bli:ble ogi:og ogist:og fulli:ful lessli:less li:')
const step3 = rules('tional:tion ational:ate alize:al icate:ic iciti:ic ical:ic ful: ness: ative:')
const step4 = rules('al: ance: ence: er: ic: able: ible: ant: ement: ment: ent: ism: ate: iti: ous: ive: ize: ion:')
const short = (word) => /[^aeiouy][aeiouy][^aeiouywxY]$|^[aeiouy][^aeiouy]$|past$/.test(word)
export const snowball = (word) => {
  if (EXCEPTIONS.has(word)) return EXCEPTIONS.get(word)
  if (word.length < 3) return word
  word = word.replace(/^y|([aeiouy])y/g, '$1Y')
  const region = (from, pattern) => { const found = pattern.exec(word.slice(from)); return found ? from + found[0].length : word.length }
  const one = region(0, /^(?:arsen|commun|emerg|gener|inter|later|organ|past|univers)|^.*?[aeiouy][^aeiouy]/), two = region(one, /^.*?[aeiouy][^aeiouy]/)
  let found
  if (/sses$/.test(word)) word = word.slice(0, -2)
  else if (/ie[ds]$/.test(word)) word = word.slice(0, word.length > 4 ? -2 : -1)
  else if (/[aeiouy].+s$/.test(word) && !/[us]s$/.test(word)) word = word.slice(0, -1)
  if ((found = /eed(ly)?$/.exec(word))) {
    if (found.index >= one && !/^(succ|proc|exc)$/.test(word.slice(0, found.index))) word = word.slice(0, found.index) + 'ee'
  } else if (/^[^aeiouy]ying$/.test(word)) word = word[0] + 'ie'
  else if (!/^(even|cann|inn|earr|herr|out)ing$/.test(word) && (found = /(?:ed|ing)(?:ly)?$/.exec(word)) && /[aeiouy]/.test(word.slice(0, found.index))) {
    word = word.slice(0, found.index)
    if (/(at|bl|iz)$/.test(word)) word += 'e'
    else if (/(bb|dd|ff|gg|mm|nn|pp|rr|tt)$/.test(word)) word = /^[aeo]..$/.test(word) ? word : word.slice(0, -1)
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
  const manifest = await load(url, (reply) => reply.json())
  if (manifest.wenlu !== 1) throw fail(`${url}: made by another version; export the site again with: wenlu export`, `${url}：是别的版本生成的，请重新运行 wenlu export`)
  const place = (name) => new URL(`${manifest.folder}/${name}`, new URL(url, globalThis.location?.href))
  const K = await load(place(manifest.core), async (reply) => json(await inflate(reply)))
  const { analyze: A, confidence: C, document: D, index: I, lexicon: L, names: N, normalize: F, numerals: U, pinyin: P, rank: R, spelling: S, suggest: G, translate: T } = K

  // --- shards: tables of sorted keys
  const have = new Map(), coming = new Map()
  let missing = new Map()
  const file = (name, read = json) => (have.has(name) ? have.get(name) : void missing.set(name, read))
  const settle = () => { if (missing.size) throw missing } // what follows would fetch too much for want of what is missing
  const fetched = (name, read) => coming.get(name) ?? coming.set(name, load(place(name), async (reply) => have.set(name, read(await inflate(reply)))).finally(() => coming.delete(name))).get(name)
  const run = async (work) => {
    for (;;) {
      missing = new Map()
      let done
      try { done = work() } catch (error) { if (!missing.size) throw error }
      if (!missing.size) return done
      await Promise.all([...missing].map((one) => fetched(...one)))
    }
  }
  const starts = (counts) => { let n = 0; return [0, ...counts.map((count) => (n += count))] }
  const listed = ({ name, count }) => {
    const start = starts(count)
    return (number) => { const i = upper(start, number) - 1; return file(`${name}-${i}.bin`)?.[number - start[i]] }
  }
  const table = ({ name, count, first } = { count: [], first: [] }, read) => {
    const start = starts(count)
    const decode = (bytes) => {
      const zero = bytes.indexOf(0)
      let at = zero + 1, before = ''
      const next = () => { let value = 0, unit = 1, byte; do { byte = bytes[at++]; value += (byte & 127) * unit; unit *= 128 } while (byte > 127); return value }
      const many = (n) => range(n).map(next)
      const rising = (n) => { let value = 0; return range(n).map(() => (value += next())) }
      const keys = text(bytes.subarray(0, zero)).split('\n').map((line) => (before = before.slice(0, line.charCodeAt(0) - 48) + line.slice(1)))
      return { keys, rows: keys.map(() => read(next, rising, many)), at: new Map(keys.map((key, i) => [key, i])) }
    }
    const block = (i) => file(`${name}-${i}.bin`, decode)
    const find = (key) => { const i = upper(first, key) - 1, place = i < 0 ? undefined : block(i)?.at.get(key); return place === undefined ? -1 : start[i] + place }
    const at = (number) => { const i = upper(start, number) - 1, found = block(i); return found && { key: found.keys[number - start[i]], row: found.rows[number - start[i]] } }
    const get = (key) => { const number = find(key); return number < 0 ? undefined : at(number).row }
    const under = (prefix) => {
      const found = []
      for (let i = Math.max(0, upper(first, prefix) - 1); i < first.length && (first[i] <= prefix || first[i].startsWith(prefix)); i++) {
        block(i)?.keys.forEach((key, j) => key.startsWith(prefix) && found.push({ key, number: start[i] + j, row: block(i).rows[j] }))
      }
      return found
    }
    return { find, at, get, under }
  }
  const count = K.language.length
  const factors = K.factors.map(({ values, places }) => unpack(places).map((place) => values[place]))
  const vocabulary = table(K.tables.terms, (next, rising, many) => {
    const own = next(), df = next(), chunks = rising(df), codes = many(df), word = new DataView(new ArrayBuffer(4))
    const tf = codes.map((code, i) => {
      if (code % 32 === 31) return word.setUint32(0, next()), word.getFloat32(0)
      return Math.fround(sum([...K.counts[code % 32], Math.floor(code / 32)].map((n, field) => n && n * factors[field][chunks[i]])))
    })
    return { own: own >> 1, written: own & 1, df, chunks, tf, headings: rising(next()) }
  })
  const number = (next) => next()
  const words = table(K.tables.words, number), english = table(K.tables.english, number), written = table(K.tables.written, number), sounds = table(K.tables.sounds, number)
  const cells = (next, rising, many) => { const n = next(), list = rising(n), p = many(n).map(half); return list.map((cell, i) => [cell, p[i]]) }
  const units = table(K.tables.en, (next, ...more) => ({ rarity: half(next()), cells: cells(next, ...more) }))
  const stems = table(K.tables.zh, (next, ...more) => { const bits = next(); return { plain: bits & 1, rarity: half(bits >> 1), cells: cells(next, ...more) } })
  const kin = table(K.tables.kin, cells)
  const chunkAt = listed(K.tables.chunks), headingAt = listed(K.tables.asked), unlisted = entries(K.unlisted)

  // --- normalize
  const listChars = ({ text, seen, read }) => { const readings = read.split(' '); return [...text].map((one, i) => [one, { seen: seen[i], read: readings[i] ? readings[i].split(',') : [] }]) }
  const common = new Map(listChars(K.characters))
  const rare = () => file(K.files.rare, (bytes) => new Map(listChars(json(bytes))))
  const script = () => file(K.files.script, (bytes) => { const [from, to] = json(bytes).map((text) => [...text]); return new Map(from.map((one, i) => [one, to[i]])) })
  const isHan = RegExp(`[${F.HAN}]`, 'u'), hanOnly = whole(`[${F.HAN}]+`)
  const charOf = (one) => common.get(one) ?? (isHan.test(one) ? rare()?.get(one) : undefined)
  const folded = new Map()
  const foldOne = (one) => {
    if (folded.has(one)) return folded.get(one)
    let known = true
    const composed = one.normalize('NFC')
    const made = [...(F.QUOTES[composed] ? composed : composed.normalize('NFKD').toLowerCase())].map((c) => {
      if (F.QUOTES[c]) return F.QUOTES[c]
      if (/[\p{Cf}\p{Mn}]/u.test(c)) return ''
      if (/[\p{C}\p{Z}]/u.test(c)) return c === '\n' ? c : ' '
      if (common.has(c) || !/\p{L}/u.test(c)) return c
      if (c < '\u2e80') return c
      known &&= !!script()
      return script()?.get(c) ?? c
    }).join('')
    if (known) folded.set(one, made)
    return made
  }
  const foldPlaces = (text) => { // offsets count characters of `text`, as all ranges in answers do
    const offsets = []
    let out = '', at = 0
    for (const one of text) { const made = foldOne(one); for (let i = 0; i < made.length; i++) offsets.push(at); out += made; at++ }
    offsets.push(at)
    return { text: out, offsets }
  }
  const fold = (text) => foldPlaces(text).text
  const length = (text) => [...text].length

  // --- analyze
  const TOKEN = RegExp(A.TOKEN, 'gu'), INSIDE = RegExp(A.INSIDE, 'gu'), own = entries(A.OWN_STEM), irregular = entries(A.IRREGULAR)
  const stem = (word) => { word = word.replace(/'s$/, ''); return own.get(word) ?? snowball((irregular.get(word) ?? word).replace(/'/g, '')) }
  const tokenize = (text) => [...text.matchAll(TOKEN)].map((m) => ({ text: m[0], start: m.index, end: m.index + m[0].length, kind: Object.keys(m.groups).find((kind) => m.groups[kind] !== undefined) }))
  const tokenTerms = ({ text, start, end, kind }) => {
    if (kind === 'number') return [[text.replace(/,/g, ''), start, end]]
    if (kind === 'word') return [[stem(text), start, end]]
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
      for (const term of token.kind === 'code' && own.length > 1 ? own.slice(1) : own) {
        row.push(term)
        for (let size = 2; size <= Math.min(A.LONGEST_PHRASE, row.length); size++) { const part = row.slice(-size); found.push([part.map((one) => one[0]).join(' '), part[0][1], term[2]]) }
      }
      end = token.end
    }
    const kept = found.filter((place) => latin.has(place[0]))
    for (const term of terms) if (!latin.has(term)) for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + 1)) kept.push([term, at, at + term.length])
    return kept
  }
  const frequency = (word) => (word.length < 2 ? charOf(word)?.seen : vocabulary.get(word)?.own || unlisted.get(word) || words.get(word)) || 0
  const segment = (text) => {
    const best = Array(text.length + 1).fill([0, 0]), found = []
    for (let start = text.length - 1; start >= 0; start--) {
      let way = [-Infinity, 0]
      for (let end = start + 1; end <= Math.min(start + A.LONGEST_WORD, text.length); end++) {
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

  // --- spelling: a reading is { start, end, text, p, via, others, starts }
  const inWritten = (word) => { const term = stem(word); return !!vocabulary.get(term)?.written || inSynonyms.has(term) }
  const writtenCount = (word) => written.get(String.fromCharCode(48 + word.length) + word)
  const distance = (a, b) => { // optimal string alignment
    let older, old, row = range(b.length + 1)
    for (let i = 1; i <= a.length; i++) {
      [older, old, row] = [old, row, [i]]
      for (let j = 1; j <= b.length; j++) {
        row[j] = Math.min(old[j] + 1, row[j - 1] + 1, old[j - 1] + (a[i - 1] !== b[j - 1]))
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], older[j - 2] + 1)
      }
    }
    return row[b.length]
  }
  const skeleton = (word) => word.replace(/[aeiouy]/g, '').replace(/(.)\1+/g, '$1')
  const near = (word, list, most, weigh) => {
    if (word.length < S.SHORTEST) return []
    const found = []
    for (let size = Math.max(3, word.length - most); size <= word.length + most; size++) {
      for (const { key, row } of list.under(String.fromCharCode(48 + size))) {
        const other = key.slice(1), n = weigh(row)
        if (n < 0 || distance(word, other) > most) continue
        const alike = [...word].sort().join() === [...other].sort().join() || skeleton(word) === skeleton(other)
        found.push([(word[0] === other[0] ? 1 : 0.3) * (alike ? 2 : 1) * (1 + Math.log1p(n)), other])
      }
    }
    settle()
    const best = found.sort(by((one) => -one[0], (one) => one[1])).slice(0, 3)
    let i = 0
    while (i + 1 < best.length) if (best[i][0] === best[i + 1][0] && best[i][1] < best[i + 1][1]) { [best[i], best[i + 1]] = [best[i + 1], best[i]]; i = 0 } else i++
    return best.map(([weight, other]) => [other, ((most === 1 ? S.ONE : S.TWO) * weight) / best[0][0]])
  }
  const corrections = (word, name) => {
    if (word.length < S.SHORTEST || word.length > S.LONGEST || !/^[a-z]+$/i.test(word)) return []
    settle()
    const mine = (text, most) => near(text, written, most, (n) => n), first = mine(word, 1)
    if (first.length || name) return first
    let apart, most = 0
    for (let cut = 2; cut < word.length - 1; cut++) {
      const parts = [word.slice(0, cut), word.slice(cut)], least = Math.min(...parts.map((part) => (part.length > 2 || S.SMALL.includes(part) ? writtenCount(part) ?? 0 : 0)))
      if (least > most) [most, apart] = [least, parts.join(' ')]
    }
    settle()
    if (apart) return [[apart, S.APART]]
    const other = near(stem(word), english, 1, (n) => (n > 2 ? 0 : -1))
    if (other.length) return other
    const far = word.length >= S.SHORT ? mine(word, 2) : []
    return far.length ? far : mine(stem(word), 1)
  }
  const misspelt = (tokens, known, capital) => {
    const found = []
    let start = 0, corrected = 0
    tokens.forEach((one, i) => {
      const two = tokens[i + 1]
      if (one.kind !== 'word' || one.start < start || corrected === S.MOST) return
      if (two?.kind === 'word' && two.start === one.end + 1 && !(known(one.text) && known(two.text))) {
        const joined = one.text + two.text
        if (joined.length >= S.SHORT && writtenCount(joined)) {
          start = two.end
          found.push({ start: one.start, end: two.end, text: joined, p: S.APART, via: 'spelling', others: [] })
          return
        }
      }
      if (known(one.text)) return
      corrected++
      const [best, ...others] = corrections(one.text, i > 0 && capital(one))
      if (best) found.push({ start: one.start, end: one.end, text: best[0], p: best[1], via: 'spelling', others })
    })
    return found
  }
  const hanReadings = (row, known) => {
    const found = [], chosen = []
    row = row.slice(0, S.MOST_HAN)
    row.forEach((_, first) => {
      for (let last = first; last < row.length; last++) {
        const part = row.slice(first, last + 1), word = part.map((one) => one.text).join(''), start = part[0].start, end = part.at(-1).end
        if (word.length > S.WINDOW || word.length !== end - start || [...word].some((one) => S.NUMERALS.includes(one))) break
        if (word.length === 1 || known(word) || part.every((one) => one.stop || (one.text.length > 1 && known(one.text)))) continue
        const candidates = new Map()
        ;[...word].forEach((one, i) => { for (const other of S.SHAPES[one] ?? '') { const text = word.slice(0, i) + other + word.slice(i + 1); if (known(text)) candidates.set(text, S.SHAPE) } })
        if (frequency(word) < S.RARE) for (const [other, p] of alike(word)) candidates.set(other, p)
        const kept = part.filter((one) => one.stop)
        const likely = [...candidates].filter(([other]) => kept.every((one) => other.startsWith(one.text, one.start - start))).sort(by((one) => -one[1], (one) => one[0]))
        if (likely.length) found.push({ start, end, text: likely[0][0], p: likely[0][1], via: 'spelling', others: likely.slice(1, 3), starts: range(end - start).map((i) => start + i) })
      }
    })
    for (const one of found.sort(by((one) => -one.p, (one) => one.text.length, (one) => one.start))) if (chosen.every((other) => one.end <= other.start || other.end <= one.start)) chosen.push(one)
    return chosen
  }
  const rewritten = (text, readings) => {
    const pieces = [], origins = []
    let end = 0, last
    const plain = (to) => { for (let i = end; i < to; i++) origins.push([i, i + 1]) }
    for (const one of readings.sort(by((one) => one.start))) {
      const between = text.slice(end, one.start)
      if (!(last?.via === 'pinyin' && one.via === 'pinyin' && !between.trim())) { pieces.push(between); plain(one.start) }
      pieces.push(one.text)
      for (let i = 0; i < one.text.length; i++) origins.push(one.starts?.length ? [one.starts[i], one.starts[i + 1] ?? one.end, one] : [one.start, one.end, one])
      end = one.end
      last = one
    }
    plain(text.length)
    return { text: pieces.join('') + text.slice(end), origin: (from, to) => { const row = origins.slice(from, to); return [row[0][0], row.at(-1)[1], unique(row.map((one) => one[2]).filter(Boolean))] } }
  }

  // --- pinyin
  const [bare, ...initials] = P.SYLLABLES.split(';').map((row) => row.trim().split(/\s+/))
  const SYLLABLES = new Set([...bare, ...initials.flatMap(([initial, ...finals]) => finals.map((final) => initial + final))])
  const sound = (letters) => letters.replace(/(?<=[zcs])h|(?<=n)g/g, '').replace(/l/g, 'n').replace(/v/g, 'u')
  const usual = (letters) => letters.replace(/v/g, 'u')
  const soundsUnder = (key, letters) => sounds.under(key + ' ').map(({ key, row }) => {
    const [, spoken, word] = key.split(' '), exact = usual(spoken) === usual(letters), single = word.length === 1
    return { text: word, exact, seen: row, kind: single * 2 + !exact, cost: (single ? 2 : 1) + (exact ? 0 : 0.5) - Math.log1p(row) / 100 }
  }).sort(by((one) => one.cost, (one) => one.text))
  const alike = (word) => {
    const found = new Map()
    let ways = ['']
    for (const one of word) { const read = charOf(one)?.read ?? []; ways = ways.flatMap((way) => read.map((syllable) => way + syllable)) }
    for (const letters of ways.slice(0, P.MOST_READINGS)) for (const other of soundsUnder(sound(letters), letters)) {
      const same = [...word].filter((one, i) => one === other.text[i]).length
      if (other.text.length === word.length && same && same < word.length) found.set(other.text, Math.max(other.exact ? P.SAME : P.NEARLY_SAME, found.get(other.text) ?? 0))
    }
    return found
  }
  const cutsOf = (letters) => {
    const size = letters.length, ahead = new Set([0]), back = new Set([size]), spans = []
    for (let start = 0; start < size; start++) for (let end = start + 1; end <= Math.min(start + 6, size); end++) if (SYLLABLES.has(letters.slice(start, end))) spans.push([start, end])
    for (const [start, end] of spans) if (ahead.has(start)) ahead.add(end)
    for (const [start, end] of spans.reverse()) if (back.has(end)) back.add(start)
    return ahead.has(size) ? [...ahead].filter((cut) => cut && back.has(cut)) : []
  }
  const isPinyin = (text) => text.length > 1 && cutsOf(text).length > 0
  const startsOf = (letters, n) => {
    if (n === 1) return SYLLABLES.has(letters) ? [0] : []
    for (let size = 1; size <= Math.min(6, letters.length - 1); size++) {
      const rest = SYLLABLES.has(letters.slice(0, size)) ? startsOf(letters.slice(size), n - 1) : []
      if (rest.length) return [0, ...rest.map((start) => size + start)]
    }
    return []
  }
  const rowsOf = (tokens, chosen) => {
    const rows = []
    let row = []
    for (const token of [...tokens, undefined]) {
      if (row.length && (!token || !chosen.has(token) || token.start > row.at(-1).end + 1)) { rows.push(row); row = [] }
      if (chosen.has(token)) row.push(token)
    }
    return rows
  }
  const readInitials = (token, letters) => {
    if (letters.length < 2 || letters.length > 8) return []
    const key = letters.toUpperCase(), whole = soundsUnder(key, key).slice(0, 3).map((one) => one.text)
    if (!whole.length && letters.length > 3) whole.push(...sounds.under(key).slice(0, 1).map((one) => one.key.split(' ')[2].slice(0, letters.length)))
    const [first, ...others] = whole.map((text) => [text, P.INITIALS])
    return first ? [{ start: token.start, end: token.end, text: first[0], p: first[1], via: 'pinyin', others }] : []
  }
  const readRow = (row, letters) => {
    let text = ''
    const bounds = [0], cuts = new Set([0]), places = []
    for (const token of row) {
      for (const cut of cutsOf(letters.get(token))) cuts.add(text.length + cut)
      text += letters.get(token)
      bounds.push(text.length)
      ;[...token.text].forEach((one, i) => /\p{L}/u.test(one) && places.push(token.start + i))
    }
    const size = text.length, ways = { [size]: [0, size, []] }, positions = [...cuts].sort((a, b) => a - b)
    for (let i = positions.length - 2; i >= 0; i--) {
      const start = positions[i]
      let way = [Infinity, size, []]
      for (const end of positions.slice(i + 1)) {
        const part = text.slice(start, end), key = sound(part), inside = !bounds.some((bound) => start < bound && bound < end), full = bounds.includes(start) && bounds.includes(end)
        let found = soundsUnder(key, part)
        const typed = full && found.length ? row.slice(bounds.indexOf(start), bounds.indexOf(end)) : []
        if (typed.length && typed.every((token) => SYLLABLES.has(token.text))) found = found.filter((one) => one.text.length === typed.length)
        const cost = (inside || full) && found.length ? found[0].cost : inside && SYLLABLES.has(part) ? P.UNKNOWN : Infinity
        if (cost + ways[end][0] < way[0]) way = [cost + ways[end][0], end, found]
        if (end - start > 5 && !sounds.under(key).length) break
      }
      ways[start] = way
    }
    const readings = []
    for (let start = 0; start < size; ) {
      const [, end, [best, ...more]] = ways[start]
      if (best) {
        const p = best.text.length === 1 ? P.CHARACTER : best.exact ? P.WORD : P.NEARLY
        const others = more.slice(0, 2).filter((one) => one.kind === best.kind).map((one) => [one.text, (p * (one.seen + 1)) / (best.seen + 1)])
        const last = bounds.includes(end) ? row[bounds.indexOf(end) - 1].end : places[end]
        readings.push({ start: places[start], end: last, text: best.text, p, via: 'pinyin', others, starts: startsOf(text.slice(start, end), best.text.length).map((cut) => places[start + cut]) })
      }
      start = end
    }
    return readings.some((one) => one.text.length > 1) ? weighed(readings, row) : []
  }
  const grouped = (list, key) => list.reduce((groups, one) => { const k = key(one); if (groups.length && groups.at(-1).key === k) groups.at(-1).push(one); else groups.push(Object.assign([one], { key: k })); return groups }, [])
  const weighed = (readings, row) => {
    const strange = new Set(readings.filter((one) => one.text.length === 1 && !asking.has(one.text))), doubtful = new Set()
    for (const inside of grouped(readings, (one) => row.find((token) => one.start < token.end))) {
      if (SYLLABLES.has(inside.key.text)) {
        const place = readings.indexOf(inside[0])
        if (readings.slice(Math.max(place - 1, 0), place + 2).filter((one) => strange.has(one)).length > 1) inside.forEach((one) => strange.has(one) && doubtful.add(one))
        continue
      }
      for (const part of grouped(inside, (one) => one.text.length === 1)) if (part.key && part.some((one) => strange.has(one)) && (part.length > 1 || inside.length === 1)) part.forEach((one) => doubtful.add(one))
    }
    return readings.map((one) => (doubtful.has(one) ? { ...one, p: P.DOUBTFUL, others: [] } : one))
  }
  const pinyinReadings = (tokens, known, capital) => {
    const latin = tokens.filter((token) => token.kind === 'word' && /^[a-z][a-z1-5']*$/.test(token.text))
    const letters = new Map(latin.map((token) => [token, token.text.replace(/[1-5']/g, '')])), sizes = (list) => sum(list.map((token) => letters.get(token).length))
    if (!latin.length || sizes(latin) > P.LONGEST) return []
    const status = new Map(latin.map((token) => [token, known(token.text)]))
    settle()
    const spoken = new Set(latin.filter((token) => isPinyin(letters.get(token)))), strange = new Set(latin.filter((token) => ['', 'name'].includes(status.get(token)))), both = latin.filter((token) => spoken.has(token) && strange.has(token))
    const mixed = tokens.some((token) => token.kind === 'han')
    const first = latin.filter((token) => strange.has(token) && !spoken.has(token) && !(mixed && capital(token))).flatMap((token) => readInitials(token, letters.get(token)))
    if (mixed) return [...rowsOf(tokens, new Set(both)).flatMap((row) => readRow(row, letters)), ...first]
    if (sizes(both) > sum(latin.filter((token) => !spoken.has(token)).map((token) => P.AGAINST[status.get(token)] * letters.get(token).length))) {
      const found = rowsOf(tokens, spoken).flatMap((row) => readRow(row, letters)), other = latin.filter((token) => !['own', 'function'].includes(status.get(token)))
      const kept = found.filter((one) => other.some((token) => token.start < one.end && one.start < token.end))
      return kept.some((one) => one.text.length > 1) ? [...kept, ...first] : []
    }
    if (first.length === latin.length && sizes(latin) > 2) return first
    return both.filter((token) => letters.get(token).length > 4).map((token) => [token, readRow([token], letters)]).filter(([token, row]) => row.length === 1 && row[0].start === token.start && row[0].end === token.end).map(([, row]) => row[0])
  }

  // --- numerals
  const DIGITS = U.DIGITS, cardinals = entries(U.CARDINALS), ordinals = entries(U.ORDINALS), months = entries(U.MONTHS), romans = whole(U.ROMAN), NUMBER = RegExp(U.CHINESE_NUMBER, 'gu')
  const inChinese = (value) => {
    const hundreds = Math.floor(value / 100), tens = Math.floor(value / 10) % 10, ones = value % 10
    let head = hundreds ? DIGITS[hundreds] + '百' : ''
    if (tens) head += (tens === 1 && !hundreds ? '' : DIGITS[tens]) + '十'
    else if (hundreds && ones) head += '零'
    return head + (ones || !value ? DIGITS[ones] : '')
  }
  const digit = (one) => (one === '〇' ? 0 : one === '两' ? 2 : DIGITS.indexOf(one))
  const valueOf = (numeral) => {
    const list = [...numeral]
    if (list.every((one) => digit(one) >= 0)) return Number(list.map(digit).join(''))
    let total = 0, section = 0, current = 0
    for (const one of list) {
      if (digit(one) >= 0) current = digit(one)
      else if ('万亿'.includes(one)) [total, section, current] = [(total + section + current) * U.SCALES[one], 0, 0]
      else [section, current] = [section + (current || 1) * { 十: 10, 百: 100, 千: 1000 }[one], 0]
    }
    return total + section + current
  }
  const general = (value, digits) => String(+value.toPrecision(digits))
  const scaled = (value) => [1e4, 1e6, 1e8, 1e9].filter((scale) => value >= scale && value % (scale / 10) === 0).map((scale) => [general(value / scale, 6), 0.6])
  const numberInChinese = (word, scale) => {
    if (months.has(word)) return [[inChinese(months.get(word)) + '月', 1], [String(months.get(word)), 0.5]]
    const ordinal = ordinals.get(word) ?? Number(/^(\d{1,3})(?:st|nd|rd|th)$/.exec(word)?.[1] ?? 0)
    if (ordinal) return [['第' + inChinese(ordinal), 1], [String(ordinal), 0.8], [inChinese(ordinal), ordinal < 10 ? 0.2 : 0.8]]
    let value = cardinals.get(word)
    if (value === undefined) {
      const decade = /^(\d{2,4})s$/.exec(word)
      if (decade) return [[decade[1], 0.8]]
      if (/^\p{Nd}+$/u.test(word.replace('.', '')) && word.length <= U.LONGEST) value = Number(word)
      else if (romans.test(word)) value = sum([...word].map((one, i) => { const here = U.ROMAN_VALUES[one]; return here < (U.ROMAN_VALUES[word[i + 1]] ?? 0) ? -here : here }))
      else return []
    }
    const found = [[general(value, 15), 0.8]]
    if (!word.includes('.') && value < 1000) {
      found.push([inChinese(value), value < 11 ? 0.3 : 0.8])
      if (value === 2) found.push(['两', 0.3])
    }
    if (scale) { const total = value * U.ENGLISH_SCALES[scale]; found.push([String(Math.round(total)), 1], ...scaled(total)) }
    return found
  }
  const numbersInEnglish = (text) => [...text.matchAll(NUMBER)].flatMap((m) => {
    const [all, before, digits, numeral, scale, unit] = m
    if ((digits || numeral).length > U.LONGEST || (numeral?.length === 1 && !before && !unit)) return []
    const value = (digits ? Number(digits.replace(/,/g, '')) : valueOf(numeral)) * (U.SCALES[scale] ?? 1), [cardinal, ordinal, month] = U.STEMS, found = []
    if (unit === '月' && month[value]) found.push([month[value], 1])
    else {
      found.push([general(value, 10), 1], ...scaled(value))
      if (cardinal[value]) found.push([cardinal[value], 0.8])
      if ((before || unit === '世纪') && value < 1000) {
        found.push([Math.round(value) + (value % 100 > 10 && value % 100 < 14 ? 'th' : { 1: 'st', 2: 'nd', 3: 'rd' }[Math.floor(value) % 10] ?? 'th'), 1])
        if (ordinal[value]) found.push([ordinal[value], 1])
      }
    }
    return [{ start: m.index, end: m.index + all.length, found }]
  })

  // --- names
  const model = () => file(K.files.names, (bytes) => {
    const M = json(bytes), cells = unpack(M.cells), first = starts(unpack(M.sizes)), cell = new Map(M.segments.map((segment, i) => [segment, new Map(range(first[i + 1] - first[i]).map((j) => [cells[first[i] + j], M.p[first[i] + j]]))]))
    const chars = new Map(Object.keys(K.namely).map((one, i) => [one, { syllable: M.syllables[i], ratio: K.namely[one] }])), longest = M.lengths.length - 1
    const unseen = (segment) => [...segment].reduce((p, letter) => p * M.letters[letter.charCodeAt(0) - 97], M.lengths[segment.length])
    const seen = (segment, syllable) => (1 - M.unseen[syllable]) * (cell.get(segment)?.get(syllable) ?? 0)
    const background = (letters) => {
      const codes = [26, ...[...letters].map((letter) => letter.charCodeAt(0) - 97), 26], steps = [0]
      for (let i = 0; i + 1 < codes.length; i++) steps.push(steps[i] + M.follow[codes[i] * 27 + codes[i + 1]])
      return [...steps.slice(0, -2), steps.at(-1)]
    }
    const penalty = (word) => sum([...word].map((one) => Math.min(0, chars.get(one).ratio)))
    return { chars, longest, unseen, seen, background, penalty, weight: M.unseen }
  })
  const namedRun = RegExp(`[${Object.keys(K.namely).join('')}]{2,}`, 'gu'), looksNamed = (chars) => sum(chars.map((one) => K.namely[one]))
  const sounding = table(K.tables.sounding, () => 0)
  const certain = (found, even) => found.sort(by((one) => -one[0], (one) => -one[1])).slice(0, 8)
    .filter((one, _, all) => one[0] >= all[0][0] - N.BAND).map(([score, term]) => [term, 1 / (1 + Math.exp((even - score) / 1.5))]).filter((one) => one[1] > 0.05).map(([term, p]) => [term, N.CERTAIN * p])
  const namesSounding = (letters) => {
    const M = model()
    if (!M) return []
    letters = letters.slice(0, N.LONGEST_SPELLING)
    const size = letters.length, ratio = M.background(letters).map((x) => Math.exp(-x)), memo = new Map(), found = []
    const steps = new Map() // by syllable: p of the letters from one place to another
    const step = (syllable) => steps.get(syllable) ?? steps.set(syllable, range(size + 1).map((start) => range(Math.min(size - start, M.longest) + 1).map((n) => { const part = letters.slice(start, start + n); return M.weight[syllable] * M.unseen(part) + M.seen(part, syllable) }))).get(syllable)
    const forward = (before, one) => {
      const out = Array(size + 1).fill(0)
      step(M.chars.get(one).syllable).forEach((row, start) => before[start] && row.forEach((p, n) => { out[start + n] += before[start] * p }))
      return { out, living: out.some((x, i) => x * ratio[i] > Math.exp(-4)) }
    }
    const root = [1, ...Array(size).fill(0)]
    for (const first of M.chars.keys()) {
      const state = forward(root, first)
      if (state.living) for (const { key } of sounding.under(first)) {
        let here = state
        for (let i = 2; i <= key.length && here.living; i++) {
          const part = key.slice(0, i), before = here.out
          here = memo.get(part) ?? memo.set(part, forward(before, key[i - 1])).get(part)
          if (i < key.length) continue
          const score = Math.log(here.out[size] * ratio[size] + 1e-300) + M.penalty(key)
          if (score > N.EVIDENCE_CHINESE - 4) found.push([score, vocabulary.find(key)])
        }
      }
    }
    return certain(found, N.EVIDENCE_CHINESE)
  }
  const beginning = (M, list, chars, offset) => {
    const found = []
    let rows = list.map((term) => ({ term, forward: [1], background: M.background(term).map(toHalf) }))
    chars.forEach((one, i) => {
      const { syllable } = M.chars.get(one), weight = toHalf(M.weight[syllable]), part = chars.slice(0, i + 1), looks = i > 0 && looksNamed(part) > N.LOOKS, penalty = M.penalty(part)
      rows = rows.filter((row) => {
        const { term } = row, places = Math.min(row.forward.length - 1 + M.longest, term.length, N.LONGEST_SPELLING), out = Array(places + 1).fill(0)
        row.forward.forEach((p, at) => { if (p) for (let n = 0; n <= M.longest && at + n <= places; n++) { const segment = term.slice(at, at + n); out[at + n] += p * (M.seen(segment, syllable) + toHalf(weight * toHalf(M.unseen(segment)))) } })
        row.forward = out
        const ratio = (place) => Math.log(out[place] + 1e-300) - row.background[place]
        if (looks && out.length > term.length) { const score = ratio(term.length) + penalty; if (score > N.EVIDENCE_ENGLISH - N.BAND) found.push([score, offset, offset + i + 1, vocabulary.find(term)]) }
        return out.some((_, place) => ratio(place) > -N.BAND)
      })
    })
    return found
  }
  const namesSpelt = (text, begins) => {
    const found = [], names = [], places = [...text.matchAll(namedRun)].flatMap((run) => range(run[0].length - 1).map((i) => [run.index + i, run[0].slice(i, i + N.LONGEST_NAME)]).filter(([start, chars]) => (start === run.index || begins.has(start)) && range(chars.length).some((i) => i && looksNamed([...chars].slice(0, i + 1)) > N.LOOKS)))
    if (!places.length) return []
    const M = model(), list = file(K.files.spelt)
    if (!M || !list) return []
    for (const [start, chars] of places) found.push(...beginning(M, list.split(' ').filter(Boolean), [...chars], start))
    for (const [, start, end] of found.sort(by((one) => -one[0], (one) => one[1], (one) => one[2], (one) => one[3]))) {
      if (names.some((one) => start < one.end && one.start < end)) continue
      const terms = certain(found.filter((one) => one[1] === start && one[2] === end).map((one) => [one[0], one[3]]), N.EVIDENCE_ENGLISH)
      if (terms.length) names.push({ start, end, terms })
    }
    return names
  }

  // --- translate
  const gather = () => {
    const terms = new Map()
    return { add: (term, p) => { if (term >= 0 && p >= T.LEAST && p > (terms.get(term) ?? 0)) terms.set(term, p) }, ranked: () => [...terms].sort(by((one) => -one[1], (one) => one[0])).map(([term, p]) => [term, Math.min(p, 1)]) }
  }
  const split = (cell) => [Math.floor(cell / 3), cell % 3] // a term and its kind: 0 dictionary, 1 usage, 2 usage the other way round
  const take = (found, row, factor) => {
    let best = 0
    for (const [cell, p] of row?.cells ?? []) { const [term, kind] = split(cell); found.add(term, p * factor); if (!kind) best = Math.max(best, p) }
    return best
  }
  const respelt = (word) => T.RESPELT.flatMap(([one, other]) => [[one, other], [other, one]]).filter(([one]) => word.includes(one)).map(([one, other]) => word.replaceAll(one, other))
  const variants = (word) => {
    for (const other of respelt(word.text.replace(/'s$/, ''))) { const row = stems.get(stem(other)); if (row) return [[row, 1]] }
    const { term } = word
    if (term.length < 5) return []
    return stems.under(term.slice(0, Math.max(4, term.length - 4))).flatMap(({ key, row }) => {
      let same = 0
      while (same < Math.min(key.length, term.length) && key[same] === term[same]) same++
      const close = same / Math.max(key.length, term.length)
      return !key.includes(' ') && key.length - same <= 4 && close >= 0.6 ? [[row, 0.8 * close]] : []
    }).sort((a, b) => b[1] - a[1]).slice(0, 3)
  }
  const oneToChinese = (word, after) => {
    const found = gather(), row = stems.get(word.term), known = take(found, row, 1), relatives = kin.get(word.term)
    for (const [place, p] of relatives ?? []) take(found, stems.at(place)?.row, p)
    const numbers = numberInChinese(word.text, after in U.ENGLISH_SCALES ? after : '')
    for (const [text, p] of numbers) found.add(vocabulary.find(text), p)
    const letters = word.text.replace(/'s$/, '')
    if (!/^[a-z]+$/.test(letters) || numbers.length) return found
    if (known <= 0.15 && letters.length > 3 && !row?.plain) { settle(); for (const [term, p] of namesSounding(letters)) found.add(term, p) }
    if (!row && !relatives && vocabulary.find(word.term) < 0) for (const [other, p] of variants(word)) take(found, other, p)
    return found
  }
  const toChinese = (list) => {
    const content = list.filter((word) => !word.stop), inside = [], phrases = []
    for (const word of content) stems.get(word.term)
    for (let size = Math.min(A.LONGEST_PHRASE, content.length); size > 1; size--) {
      for (let i = 0; i + size <= content.length; i++) {
        const row = stems.get(content.slice(i, i + size).map((word) => word.term).join(' '))
        if (!row || inside.slice(i, i + size).some(Boolean)) continue
        const found = gather()
        take(found, row, 1)
        phrases.push({ start: content[i].start, end: content[i + size - 1].end, weight: 1, terms: found.ranked() })
        for (let j = i; j < i + size; j++) inside[j] = true
      }
    }
    return [...phrases, ...content.map((word, i) => ({ start: word.start, end: word.end, weight: (inside[i] ? T.INSIDE : 1) * (stems.get(word.term)?.rarity ?? 1), terms: oneToChinese(word, content[i + 1]?.text ?? '').ranked() }))]
  }
  const oneToEnglish = (word) => {
    const found = gather(), reverse = new Map(), pieces = unique([1, 2].flatMap((size) => range(Math.max(0, word.length - size + 1)).map((i) => word.slice(i, i + size)))).filter((one) => one !== word).sort()
    for (const part of [word, ...pieces]) for (const [cell, p] of units.get(part)?.cells ?? []) {
      const [term, kind] = split(cell)
      if (kind === 2) reverse.set(term, (reverse.get(term) ?? 0) + p)
      else if (part === word) found.add(term, p * (kind ? T.USAGE : 1))
      else if (kind) found.add(term, p * T.PART)
    }
    for (const [term, p] of reverse) if (p >= 0.05) found.add(term, p * T.REVERSE)
    return found
  }
  const hasGloss = (text) => !!units.get(text)?.cells.some(([cell]) => cell % 3 === 0)
  const partsOf = (word) => {
    const parts = []
    for (let start = 0; word.length > 2 && hanOnly.test(word) && start < word.length;) {
      let end = Math.min(word.length, start + word.length - 1)
      while (end > start + 1 && !hasGloss(word.slice(start, end))) end--
      if (end > start + 1) parts.push([start, end])
      start = end > start + 1 ? end : start + 1
    }
    return parts
  }
  const toEnglish = (text, list) => {
    const content = list.filter((word) => !word.stop), counted = new Set(), out = []
    const numbers = numbersInEnglish(text).map(({ start, end, found }) => { const all = gather(); for (const [term, p] of found) all.add(vocabulary.find(term), p); return { start, end, weight: 1, terms: all.ranked() } })
    const names = namesSpelt(text, new Set(content.map((word) => word.start)))
    for (const word of content) {
      if (numbers.some((one) => one.start <= word.start && word.end <= one.end)) continue
      const within = names.filter((one) => one.start < word.end && word.start < one.end)
      const parts = within.length ? [] : partsOf(word.text), sole = parts.length && !hasGloss(word.text)
      for (const [start, end] of parts) {
        const part = word.text.slice(start, end)
        out.push({ start: word.start + start, end: word.start + end, weight: (sole ? 1 : T.INSIDE) * (units.get(part)?.rarity ?? 1), terms: oneToEnglish(part).ranked() })
      }
      if (sole) continue
      const found = hanOnly.test(word.text) && !(within.length && word.end === word.start + 1) ? oneToEnglish(word.text) : gather()
      for (const name of within) if (!counted.has(name.start)) { counted.add(name.start); for (const [term, p] of name.terms) found.add(term, p) }
      out.push({ start: word.start, end: word.end, weight: units.get(word.text)?.rarity ?? 1, terms: found.ranked() })
    }
    return [...out, ...numbers]
  }

  // --- lexicon: a term is { term, id, p, via }, a concept { text, start, end, terms, weight, content }
  const stopWords = new Set(L.STOP_ENGLISH), asking = new Set(L.QUESTION_WORDS), functions = new Set(L.OTHER_FUNCTION_WORDS), ASKING = RegExp(L.ASKING, 'gu'), INTENTS = L.ASKED_BY.map(([intent, source]) => [intent, RegExp(source, 'u')])
  const inSynonyms = new Set(tokenize(K.synonyms.flat().join(' ')).filter((token) => /^[\x00-\x7f]+$/.test(token.text)).map((token) => stem(token.text)))
  const groupsOf = new Map()
  for (const group of K.synonyms) for (const member of group) groupsOf.set(member, [...(groupsOf.get(member) ?? []), group])
  const synonyms = (key) => unique((groupsOf.get(key) ?? []).flat()).filter((member) => member !== key).map((member) => ({ term: member, id: vocabulary.find(member), p: L.SYNONYM, via: 'synonym' })).filter((term) => term.id >= 0)
  const synonymKey = (written) => { const text = fold(written).trim(); return isHan.test(text) ? text.replace(/\s+/g, '') : tokenize(text).map((token) => tokenTerms(token)[0][0]).join(' ') }
  const known = (word) => {
    const term = stem(word)
    if (stopWords.has(term)) return 'function'
    if (inWritten(word)) return 'own'
    settle()
    const [plain, less] = [term, stem(word.replace(/i?e(?:r|st)$/, ''))].map((one) => english.get(String.fromCharCode(48 + Math.min(one.length, 60)) + one) ?? -1), glosses = Math.max(plain, less)
    return glosses > 2 || functions.has(word) ? 'english' : glosses >= 0 ? 'name' : ''
  }
  const knownHan = (word) => groupsOf.has(word) || ((!K.languages.includes('zh') || vocabulary.find(word) >= 0) && frequency(word) > 0)
  const wordsOf = (text) => tokenize(text).flatMap((token) => (token.kind === 'han'
    ? segment(token.text).map(([one, start, end]) => ({ text: one, start: token.start + start, end: token.start + end, han: true, stop: asking.has(one), term: one }))
    : tokenTerms(token).map(([term, start, end]) => ({ text: text.slice(start, end), start, end, han: false, stop: stopWords.has(term), term }))))
  const exact = (word) => { const id = vocabulary.find(word.term); return id < 0 ? [] : [{ term: word.term, id, p: 1, via: word.han || word.text === word.term ? 'exact' : 'stem' }] }
  const concept = (text, start, end, terms, weight = 1, content = true, rarity = 1) => ({ text, start, end, terms, weight, content, rarity })
  const isStrange = (word, terms) => !terms.length && /\d/.test(word.text)
  const rarityOf = (word, terms) => (terms.length ? 1 : word.han ? Math.log(K.total / (frequency(word.text) + L.FEW)) / Math.log(K.total / L.FEW) : (english.get(String.fromCharCode(48 + Math.min(word.term.length, 60)) + word.term) ?? -1) < 3 ? 1 : L.ORDINARY)
  const evidence = (text, list) => {
    const taken = new Set(list.map((word) => `${word.start} ${word.end}`)), covered = (words) => new Set(words.flatMap((word) => range(word.end - word.start).map((i) => word.start + i))), named = covered(list), stops = covered(list.filter((word) => word.stop)), found = []
    for (const token of tokenize(text)) if (token.kind === 'han') for (const [size, weight] of [[1, L.CHARACTER], [2, L.BIGRAM]]) {
      for (let start = token.start; start <= Math.min(token.end, L.EVIDENCE) - size; start++) {
        const places = range(size).map((i) => start + i), part = text.slice(start, start + size)
        if (taken.has(`${start} ${start + size}`) || !places.every((i) => named.has(i))) continue
        const id = vocabulary.find(part)
        if (id >= 0) found.push(concept(part, start, start + size, [{ term: part, id, p: 1, via: 'exact' }], weight * (places.every((i) => stops.has(i)) ? L.STOP : 1), false))
      }
    }
    return found
  }
  const groupedWords = (text, list) => {
    const taken = new Set(list.map((word) => `${word.start} ${word.end}`)), named = new Set(list.flatMap((word) => range(word.end - word.start).map((i) => word.start + i))), found = []
    for (const token of tokenize(text)) if (token.kind === 'han') for (let start = token.start; start < token.end; start++) {
      for (let end = start + 2; end <= Math.min(token.end, start + A.LONGEST_WORD); end++) {
        const part = text.slice(start, end)
        if (!taken.has(`${start} ${end}`) && groupsOf.has(part) && range(end - start).every((i) => named.has(start + i))) found.push(concept(part, start, end, [...exact({ term: part, han: true }), ...synonyms(part)]))
      }
    }
    return found
  }
  const phrases = (list) => list.flatMap((_, first) => {
    const found = []
    for (let last = first + 1; last < Math.min(first + A.LONGEST_PHRASE, list.length); last++) {
      const row = list.slice(first, last + 1)
      if (row.some((word) => word.han)) break
      const key = row.map((word) => word.term).join(' '), id = vocabulary.find(key), terms = [...(id < 0 ? [] : [{ term: key, id, p: 1, via: 'stem' }]), ...synonyms(key)]
      if (terms.length) found.push(concept(key, row[0].start, row.at(-1).end, terms, groupsOf.has(key) ? 1 : L.PHRASE, groupsOf.has(key)))
    }
    return found
  })
  const native = (text, list) => {
    const longer = [...groupedWords(text, list), ...phrases(list)], spans = longer.filter((one) => one.content)
    const words = list.map((word) => { const terms = [...exact(word), ...synonyms(word.term)]; return concept(word.text, word.start, word.end, terms, word.han && word.text.length === 1 ? (word.stop ? L.CHARACTER : L.BIGRAM) : word.stop ? L.STOP : 1, !word.stop && !isStrange(word, terms), rarityOf(word, terms)) })
    return [...words.map((one) => (one.content && spans.some((span) => span.start <= one.start && one.end <= span.end) ? { ...one, weight: one.weight * L.WITHIN } : one)), ...evidence(text, list), ...longer]
  }
  const foreign = (text, list, target) => {
    const place = (one) => `${one.start} ${one.end}`, byPlace = new Map(list.map((word) => [place(word), word]))
    const concepts = (target === 'zh' ? toChinese(list) : toEnglish(text, list)).map((one) => {
      const word = byPlace.get(place(one)), own = word ? [...exact(word), ...synonyms(word.term)] : [], factor = own.some((term) => term.via === 'synonym') ? L.DICTIONARY_BESIDE_GROUP : 1, terms = new Map()
      for (const term of own) terms.set(term.id, term)
      for (const [id, p] of one.terms) if (!terms.has(id)) terms.set(id, { term: vocabulary.at(id)?.key, id, p: p * factor, via: 'translation' })
      return concept(text.slice(one.start, one.end), one.start, one.end, [...terms.values()], one.weight * (word?.stop ? L.STOP : 1), !word?.stop && !(word && isStrange(word, [...terms.values()])), word ? rarityOf(word, [...terms.values()]) : 1)
    })
    const covered = new Set(concepts.map(place))
    for (const one of [...groupedWords(text, list), ...phrases(list)]) if (one.content && !covered.has(place(one))) concepts.push(one)
    return concepts
  }
  const located = (chars, offsets, read, one) => {
    const [first, last, readings] = read.origin(one.start, one.end), start = offsets[first], end = offsets[last - 1] + 1, said = chars.slice(start, end).join('').trimEnd()
    let { terms } = one
    if (readings.length) {
      const sure = Math.min(...readings.map((reading) => reading.p)), { via, text, others } = readings[0]
      terms = terms.map((term) => ({ ...term, p: term.p * sure, via: ['exact', 'stem'].includes(term.via) ? via : term.via }))
      if (read.text.slice(one.start, one.end) === text) terms = [...terms, ...others.map(([other, p]) => { const key = synonymKey(other); return { term: key, id: vocabulary.find(key), p, via } }).filter((term) => term.id >= 0 && terms.every((each) => each.id !== term.id))]
    }
    if ([...said].some((c) => isHan.test(c) && fold(c) !== c)) terms = terms.map((term) => (term.via === 'exact' ? { ...term, via: 'script' } : term))
    return { ...one, text: said, start, end: start + length(said), terms }
  }
  const query = (question, targets) => {
    const { text, offsets } = foldPlaces(question), chars = [...question], tokens = tokenize(text), capital = (token) => { const one = chars[offsets[token.start]]; return one !== one.toLowerCase() }
    for (const token of tokens) if (token.kind === 'han') for (let i = 0; i < token.text.length; i++) frequency(token.text.slice(i, i + 2))
      else for (const [term] of tokenTerms(token)) vocabulary.find(term)
    settle()
    const readings = pinyinReadings(tokens, known, capital), sounded = readings.map((one) => [one.start, one.end])
    const rest = tokens.filter((token) => !sounded.some(([start, end]) => start <= token.start && token.start < end) && !(readings.length && isPinyin(token.text)))
    readings.push(...misspelt(rest, known, capital), ...hanReadings(wordsOf(text).filter((word) => word.han), knownHan))
    settle()
    const read = rewritten(text, readings), language = languageOf(read.text), all = wordsOf(read.text), spans = [...read.text.matchAll(ASKING)].map((m) => [m.index, m.index + m[0].length])
    const told = all.filter((word) => !spans.some(([start, end]) => start <= word.start && word.start < end)), list = told.length ? told : all
    settle()
    const what = spans.length && list.filter((word) => !word.stop).length <= L.LONGEST_DEFINED, concepts = {}
    for (const target of targets(language)) concepts[target] = (target === language ? native(read.text, list) : foreign(read.text, list, target)).map((one) => located(chars, offsets, read, one))
    return { language, intent: what ? 'what' : INTENTS.find(([, pattern]) => pattern.test(read.text))?.[0] ?? null, concepts }
  }
  const languageOf = (text) => {
    const han = [...text].filter((one) => isHan.test(one)).length, said = tokenize(text).filter((token) => token.kind === 'word' && stopWords.has(stem(token.text))).length
    return !han || (said >= 2 && han <= 2 * said) ? 'en' : 'zh'
  }

  // --- rank
  const owners = K.headings.flatMap((n, chunk) => Array(n).fill(chunk)), firstHeading = starts(K.headings), parts = K.weights.map(unpack), weights = parts[0].map((high, i) => (high * 512 + parts[1][i]) / 1e4), intents = unpack(K.intents).map((number) => number && L.INTENTS[number - 1])
  const idf = (df) => Math.log1p((count - df + 0.5) / (df + 0.5))
  const saturate = (tf) => (tf * (R.K1 + 1)) / (tf + R.K1)
  const postings = (id) => vocabulary.at(id)?.row ?? { df: 0, chunks: [], tf: [], headings: [] }
  const holds = (list, x) => { const i = upper(list, x) - 1; return list[i] === x ? i : -1 }
  const ask = (concepts, preference, intent) => { // a question's concepts for the chunks of one language, scored
    for (const one of concepts) for (const term of one.terms) term.row = postings(term.id)
    settle()
    const scores = new Float64Array(count), earned = new Float64Array(count), which = new Int32Array(count).fill(-1), dice = new Float64Array(count), total = new Float64Array(count)
    for (const one of concepts) {
      one.idf = idf(Math.max(0, ...one.terms.map((term) => term.p * term.row.df)))
      const touched = []
      for (const { p, row } of one.terms) row.chunks.forEach((chunk, i) => { if (!total[chunk]) touched.push(chunk); total[chunk] += p * row.tf[i] })
      for (const chunk of touched) { scores[chunk] += one.weight * one.idf * saturate(total[chunk]); total[chunk] = 0 }
    }
    const carrying = concepts.filter((one) => one.content), asked = sum(carrying.map((one) => one.idf)) + (intent ? R.INTENT : 0), agreed = new Float64Array(owners.length)
    for (const one of carrying) {
      const best = new Map()
      for (const { p, row } of one.terms) for (const heading of row.headings) if (p > (best.get(heading) ?? 0)) best.set(heading, p)
      for (const [heading, p] of best) agreed[heading] += one.idf * p
    }
    agreed.forEach((found, heading) => {
      if (!found) return
      const wants = intents[heading], all = Math.min(found, weights[heading]) + (wants && wants === intent ? R.INTENT : 0), share = Math.min((2 * all) / (asked + weights[heading] + (wants ? R.INTENT : 0) + 1e-9), 1), owner = owners[heading]
      if (share > 0 && share >= dice[owner]) { dice[owner] = share; earned[owner] = R.AGREEMENT * share * all; which[owner] = heading }
    })
    scores.forEach((score, chunk) => { scores[chunk] = (score + earned[chunk]) * preference[chunk] })
    const most = sum(concepts.map((one) => one.weight * one.idf)) * (R.K1 + 1) || 1
    const parts = (chunk) => { // of each concept what its terms earned, by their frequencies and by the heading
      const heading = which[chunk], body = concepts.map((one) => {
        const found = one.terms.map(({ p, row }) => { const i = holds(row.chunks, chunk); return i < 0 ? 0 : p * row.tf[i] }), all = sum(found)
        return found.map((tf) => (all ? (tf * one.weight * one.idf * saturate(all) * preference[chunk]) / all : 0))
      })
      const above = concepts.map((one) => {
        const out = one.terms.map(() => 0)
        let best = 0
        if (heading >= 0 && one.content) one.terms.forEach(({ p, row }, i) => { if (p * one.idf > best && holds(row.headings, heading) >= 0) { best = p * one.idf; out.fill(0)[i] = best } })
        return out
      })
      const all = sum(above.flat()), factor = all ? (earned[chunk] * preference[chunk]) / all : 0
      return [body, above.map((row) => row.map((part) => part * factor))]
    }
    return { concepts, scores, most, parts, titled: (chunk) => which[chunk] <= firstHeading[chunk] }
  }

  // --- confidence
  const lead = (score, others) => (score > 0 && others > 0 ? Math.max(-1, Math.min(1, Math.log(score / others))) : 1)
  const confidence = (covered, strength, ahead) => {
    const kept = [], inside = (one, other) => other.start <= one.start && one.end <= other.end
    for (const one of [...covered].sort((a, b) => a.start - a.end - (b.start - b.end))) if (!kept.some((other) => inside(one, other)) && (one.sure || !covered.some((other) => inside(other, one) && other.end - other.start < one.end - one.start))) kept.push(one)
    const all = sum(kept.map((one) => one.idf)), [coverage, gap] = all ? [sum(kept.map((one) => one.idf * one.sure)) / all, Math.max(...kept.map((one) => one.idf * (1 - one.sure))) / all] : [0, 1]
    return 1 / (1 + Math.exp(-(C.BIAS + C.GAP * gap + C.STRENGTH * Math.log(strength + 0.02) + C.LEAD * ahead * coverage)))
  }

  // --- index and wire
  const prefix = (part) => (part.kind === 'step' ? `${part.number}. ` : part.kind === 'item' ? '- ' : '')
  const answerOf = (chunk) => chunk.parts.map((part) => prefix(part) + part.text).join('\n')
  const stepsOf = (chunk) => chunk.parts.filter((part) => part.kind === 'step').map((part) => part.text)
  const merged = (ranges) => ranges.sort((a, b) => a[0] - b[0] || a[1] - b[1]).reduce((joined, [start, end]) => { const last = joined.at(-1); if (last && start <= last[1]) last[1] = Math.max(last[1], end); else joined.push([start, end]); return joined }, [])
  const finder = (chunk, terms) => {
    let offset = 0
    const body = chunk.parts.map((part) => { const at = offset + prefix(part).length; offset = at + length(part.text) + 1; return [part.text, at] })
    const places = ([text, at]) => { const { text: plain, offsets } = foldPlaces(text); return find(plain, terms).map(([term, start, end]) => [term, at + offsets[start], at + offsets[end - 1] + 1]) }
    const fields = [[[chunk.title, 0]], chunk.aliases.map((one) => [one, 0]), chunk.path.map((one) => [one, 0]), body].map((pieces) => pieces.map(places))
    const counts = fields.map((pieces, field) => { const found = new Map(); for (const [term] of pieces.flat()) found.set(term, D.FIELDS[field] === 'alias' ? 1 : (found.get(term) ?? 0) + 1); return found })
    return {
      shares: (term, chunk) => { const parts = counts.map((found, field) => (found.get(term) ?? 0) * factors[field][chunk]), all = sum(parts); return all ? parts.map((part) => part / all) : D.FIELDS.map((field) => +(field === 'body')) },
      marks: (strong) => Object.fromEntries([['title', 0], ['answer', 3]].map(([name, field]) => [name, merged(fields[field].flat().filter(([term]) => strong.has(term)).map(([, start, end]) => [start, end]))])),
      bestStep: (strong) => {
        const found = chunk.parts.flatMap((part, i) => (part.kind === 'step' ? [new Set(fields[3][i].map((one) => one[0]).filter((term) => strong.has(term))).size] : [])), best = Math.max(0, ...found)
        return best > 1 && found.filter((n) => n === best).length === 1 ? found.indexOf(best) : null
      },
    }
  }
  const rounded = (x, digits) => Math.round(x * 10 ** digits) / 10 ** digits
  const hitOf = (asked, position, score, rival, similar) => {
    const chunk = chunkAt(position), one = asked[chunk.language], { concepts } = one, found = finder(chunk, unique(concepts.flatMap((each) => each.terms.map((term) => term.term)))), [body, above] = one.parts(position)
    const heading = D.FIELDS.indexOf(one.titled(position) ? 'title' : 'alias'), matches = new Map(), covered = [], strong = new Set()
    concepts.forEach((each, i) => {
      let sure = 0
      each.terms.forEach((term, j) => {
        if (!body[i][j]) return
        sure = Math.max(sure, term.p)
        if (each.content) strong.add(term.term)
        const shares = found.shares(term.term, position).map((share) => share * body[i][j]), order = range(shares.length).filter((field) => shares[field])
        if (above[i][j]) { if (!shares[heading]) order.push(heading); shares[heading] += above[i][j] }
        for (const field of order) { const key = [each.text, term.term, field, term.via].join('\n'), match = matches.get(key) ?? { question: each.text, term: term.term, field: D.FIELDS[field], weight: 0, via: term.via }; match.weight += shares[field]; matches.set(key, match) }
      })
      if (each.content) covered.push({ start: each.start, end: each.end, idf: each.idf * each.rarity, sure })
    })
    const { parts, source } = chunk, sureness = confidence(covered, score / one.most, lead(score, rival))
    return { sureness, chunk, hit: {
      id: chunk.id, kind: chunk.kind, language: chunk.language, title: chunk.title, path: chunk.path, answer: answerOf(chunk), steps: stepsOf(chunk), score: rounded(score, 6), confidence: rounded(sureness, 4), source,
      matched: [...matches.values()].sort((a, b) => b.weight - a.weight).map((match) => ({ ...match, weight: rounded(match.weight, 6) })), translations: chunk.translations,
      drafts: parts.filter((part) => part.kind === 'draft').map((part) => part.text), parts, aliases: chunk.aliases, marks: found.marks(strong), step: found.bestStep(strong), similar, links: chunk.links, anchor: chunk.anchor || null } }
  }
  const sameAnswer = (one, other) => {
    if (one === other) return true
    if (Math.min(one.length, other.length) < 0.9 * Math.max(one.length, other.length)) return false
    const [a, b] = [one, other].map((list) => new Set(range(Math.max(list.length - 3, 1)).map((i) => list.slice(i, i + 4).join('')))), both = [...a].filter((part) => b.has(part)).length
    return both >= 0.9 * (a.size + b.size - both)
  }
  const distinct = (positions, limit) => {
    const kept = []
    for (const position of positions) chunkAt(position)
    settle()
    for (const position of positions) {
      const chunk = chunkAt(position), answer = [...answerOf(chunk).replace(/\s+/g, '')], twin = kept.find((one) => one.answer.join('') === answer.join('') || sameAnswer(answer, one.answer))
      if (twin) twin.similar.push(chunk.id)
      else if (kept.length < limit) kept.push({ position, answer, similar: [] })
      else break
    }
    return kept
  }
  const search = (question, limit, language, kinds) => {
    const numbered = (name) => I.LANGUAGES.indexOf(name)
    const { language: asker, intent, concepts } = query(question, (asked) => K.languages.filter((name) => (language ? name === language : name === asked || K.alone[name])))
    const prefer = D.KINDS.map((kind) => (R.PREFERENCES.find((row) => row[0] === intent && row[1] === kind) ?? R.PREFERENCES.find((row) => row[0] === null && row[1] === kind) ?? [0, 0, 1])[2]), preference = K.kind.map((kind) => prefer[kind])
    const asked = Object.fromEntries(Object.entries(concepts).map(([name, list]) => [name, ask(list, preference, intent)]))
    const scores = K.language.map((own, chunk) => {
      const foreign = own !== numbered(language ?? asker)
      if ((language ? foreign : foreign && K.counterpart[chunk] >= 0) || (kinds && !kinds.includes(D.KINDS[K.kind[chunk]]))) return 0
      return asked[I.LANGUAGES[own]]?.scores[chunk] ?? 0
    })
    const order = range(count).filter((chunk) => scores[chunk] > 0).sort((a, b) => scores[b] - scores[a] || a - b).slice(0, Math.max(limit, 1) + I.POOL)
    const kept = distinct(order, Math.max(limit, 2)), ranked = [...kept.map((one) => scores[one.position]), 0]
    const hits = kept.slice(0, Math.max(limit, 1)).map(({ position, similar }, i) => hitOf(asked, position, ranked[i], i ? ranked[0] : ranked[1], similar))
    const best = hits[0], answered = !!best && best.sureness >= C.THRESHOLD, carrying = (list) => list.filter((one) => one.content), mine = carrying(concepts[asker] ?? []), list = mine.length ? mine : carrying(Object.values(concepts).flat())
    let procedure = null
    if (answered) {
      const chunks = [best.chunk, ...best.chunk.at.filter((at) => at >= 0).map(chunkAt), ...(best.chunk.kind === 'glossary' ? [] : hits.filter((one) => one.sureness >= C.THRESHOLD).map((one) => one.chunk))]
      const found = chunks.find((chunk) => chunk?.kind === 'procedure')
      procedure = found ? { id: found.id, title: found.title, steps: stepsOf(found) } : null
    }
    return { question, language: asker, answered, confidence: rounded(best?.sureness ?? 0, 4), hits: hits.slice(0, limit).map((one) => one.hit), procedure,
      understood: unique(list.filter((one) => one.terms.length).map((one) => one.text)), missing: unique(list.filter((one) => !one.terms.length).map((one) => one.text)) }
  }

  // --- suggest
  const byWeight = range(owners.length).sort((a, b) => weights[a] - weights[b] || a - b), rankOf = []
  byWeight.forEach((heading, i) => { rankOf[heading] = i })
  const both = (sets) => sets.reduce((a, b) => new Set([...a].filter((x) => b.has(x))))
  const beginningWith = (letters, exactly) => {
    const found = new Map()
    for (const [key, typed] of [[sound(letters), usual(letters)], [letters.toUpperCase(), letters.toUpperCase()]]) for (const { key: entry, row } of sounds.under(key)) {
      const [, spoken, word] = entry.split(' '), plain = usual(spoken)
      if (exactly ? plain === typed : plain.startsWith(typed)) found.set(word, Math.max(row, found.get(word) ?? 0))
    }
    return [...found.keys()].sort(by((word) => -found.get(word), (word) => word.length, (word) => word))
  }
  const spokenRows = (letters) => {
    const list = beginningWith(letters)
    if (list.length) return list.slice(0, G.SOUNDS).map((word) => [word])
    settle()
    for (let cut = letters.length - 1; cut > 1; cut--) {
      const firsts = beginningWith(letters.slice(0, cut), true), rests = firsts.length ? spokenRows(letters.slice(cut)) : []
      if (rests.length) return firsts.slice(0, 3).flatMap((first) => rests.map((rest) => [first, ...rest])).slice(0, G.SOUNDS)
    }
    return []
  }
  const headingsOf = (term) => vocabulary.get(term)?.headings ?? []
  const withHan = (text) => both(range(Math.max(text.length - 1, 1)).map((i) => new Set(headingsOf(text.slice(i, i + 2)))))
  const withLetters = (text) => new Set([...vocabulary.under(text).map((one) => one.row), ...unique([stem(text), ...range(text.length).slice(G.SHORTEST_STEM).map((n) => text.slice(0, n))]).map((term) => vocabulary.get(term))].flatMap((row) => row?.headings ?? []))
  const standing = (plain, text, anywhere) => { const found = []; for (let at = plain.indexOf(text); at >= 0; at = plain.indexOf(text, at + 1)) if (anywhere || !at || isHan.test(plain[at - 1]) || !/[\p{L}\p{N}]/u.test(plain[at - 1])) found.push([at, at + text.length]); return found }
  const suggest = (typed, limit) => {
    const folded = fold([...typed].slice(0, G.LONGEST).join('')).trim()
    settle()
    const list = tokenize(folded).map((token) => {
      const letters = token.text.replace(/[1-5']/g, '').slice(0, G.LONGEST_SOUND), han = token.kind === 'han'
      return { text: token.text, han, sounds: token.kind === 'word' && letters.length > 1 && /^[\x00-\x7f]+$/.test(letters) ? spokenRows(letters) : [] }
    })
    if (!list.length) return []
    const found = [...both(list.map((word) => new Set([...(word.han ? withHan(word.text) : withLetters(word.text)), ...word.sounds.flatMap((row) => [...both(row.map(withHan))])])))].sort((a, b) => rankOf[a] - rankOf[b]).slice(0, G.LOOKED_AT)
    settle()
    const ranked = []
    for (const heading of found) {
      const said = headingAt(rankOf[heading])
      if (!said) continue
      const [text, field, id, title, kind, language] = said, { text: plain, offsets } = foldPlaces(text)
      const places = list.map((word) => {
        const here = standing(plain, word.text, word.han)
        if (here.length) return [here, 0]
        for (const row of word.sounds) { const parts = row.map((one) => standing(plain, one, true)); if (parts.every((part) => part.length)) return [parts.flat(), 1] }
        return [[], 0]
      })
      if (!places.every(([row]) => row.length)) continue
      const marks = merged(places.flatMap(([row]) => row).map(([start, end]) => [offsets[start], offsets[end - 1] + 1])), sounded = sum(places.map((one) => one[1]))
      ranked.push({ order: [sounded, +!(sounded ? marks[0][0] === 0 : plain.startsWith(folded)), +(field === 'alias'), length(text), heading], one: { text, field, marks, id, title, kind, language } })
    }
    const kept = new Map()
    for (const { one } of ranked.sort(by(...range(5).map((i) => (each) => each.order[i])))) if (!kept.has(one.id) && ![...kept.values()].some((other) => other.text === one.text)) kept.set(one.id, one)
    return [...kept.values()].slice(0, limit)
  }

  return {
    search: async (question, { limit = 5, language, kinds } = {}) => {
      const asked = String(question).replace(/[\p{Cc}\p{Cs}]/gu, (one) => (one === '\n' || one === '\t' ? one : '')).trim(), size = length(asked)
      if (size > I.LONGEST_QUESTION) throw fail(`the question has ${size} characters, the limit is ${I.LONGEST_QUESTION}; ask in one or two sentences`, `问题有 ${size} 个字符，上限是 ${I.LONGEST_QUESTION}，请用一两句话来问`)
      return run(() => search(asked, limit, language || null, kinds?.length ? kinds : null))
    },
    suggest: async (typed, { limit = 8 } = {}) => run(() => suggest(String(typed), limit)),
  }
}
