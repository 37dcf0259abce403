// What Wenlu's engine needs to find what is written in another language than the question's (engine.js fetches it when there is any).

const whole = (source) => new RegExp(`^(?:${source})$`, 'u')

const toHalf = (x) => { // the nearest float of 16 bits, as the index holds it
  if (!(x = Math.fround(x))) return 0
  const unit = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), -14) - 10), down = Math.floor(x / unit), rest = x / unit - down
  return unit * (rest > 0.5 || (rest === 0.5 && down % 2) ? down + 1 : down)
}

export const parts = (by, entries, json, range, sum, unique, K, file, settle, table, starts, unpacked, terms, vocabulary, stem, exact, synonyms, concept, isStrange, rarityOf, groupedWords, phrases, asking) => {
  const [A, , L, F, , , , N, U, , T] = K.later, hanOnly = whole(`[${F.HAN}]+`)
  const stems = (key) => terms.get(key)?.chinese, units = (key) => terms.get(key)?.english

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
  const general = (value) => ((value = +value.toPrecision(15)) < 1e15 ? String(value) : value.toExponential())
  const scaled = (value) => [1e4, 1e6, 1e8, 1e9].filter((scale) => value >= scale && value % (scale / 10) === 0).map((scale) => [general(value / scale), 0.6])
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
    const found = [[general(value), 0.8]]
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
      found.push([general(value), 1], ...scaled(value))
      if (cardinal[value]) found.push([cardinal[value], 0.8])
      if ((before || unit === '世纪') && value < 1000) {
        found.push([Math.round(value) + (value % 100 > 10 && value % 100 < 14 ? 'th' : { 1: 'st', 2: 'nd', 3: 'rd' }[Math.floor(value) % 10] ?? 'th'), 1])
        if (ordinal[value]) found.push([ordinal[value], 1])
      }
    }
    return [{ start: m.index, end: m.index + all.length, found }]
  })

  // --- names
  const namedRun = RegExp(`[${Object.keys(K.namely).join('')}]{2,}`, 'gu'), looksNamed = (chars) => sum(chars.map((one) => K.namely[one]))
  const model = () => file(K.files.names, (bytes) => {
    const M = json(bytes), cells = unpacked(M.cells), first = starts(unpacked(M.sizes)), cell = new Map(M.segments.map((segment, i) => [segment, new Map(range(first[i + 1] - first[i]).map((j) => [cells[first[i] + j], M.p[first[i] + j]]))]))
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
      return { out, living: out.some((x, i) => i && x * ratio[i] > Math.exp(-N.DOUBT)) }
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
  const oneToChinese = (word, after) => {
    const found = gather(), row = stems(word.term), known = take(found, row, 1), relatives = terms.get(word.term)?.kin
    for (const [place, p] of relatives ?? []) take(found, terms.at(place)?.row.chinese, p)
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
    for (const word of content) stems(word.term)
    for (let size = Math.min(A.LONGEST_PHRASE, content.length); size > 1; size--) {
      for (let i = 0; i + size <= content.length; i++) {
        const row = stems(content.slice(i, i + size).map((word) => word.term).join(' '))
        if (!row || inside.slice(i, i + size).some(Boolean)) continue
        const found = gather()
        take(found, row, 1)
        phrases.push({ start: content[i].start, end: content[i + size - 1].end, weight: 1, terms: found.ranked() })
        for (let j = i; j < i + size; j++) inside[j] = true
      }
    }
    return [...phrases, ...content.map((word, i) => ({ start: word.start, end: word.end, weight: (inside[i] ? T.INSIDE : 1) * (stems(word.term)?.rarity ?? 1), terms: oneToChinese(word, content[i + 1]?.text ?? '').ranked() }))]
  }
  const oneToEnglish = (word) => {
    const found = gather(), reverse = new Map(), pieces = unique([1, 2].flatMap((size) => range(Math.max(0, word.length - size + 1)).map((i) => word.slice(i, i + size)))).filter((one) => one !== word).sort()
    for (const part of [word, ...pieces]) for (const [cell, p] of units(part)?.cells ?? []) {
      const [term, kind] = split(cell)
      if (kind === 2) reverse.set(term, (reverse.get(term) ?? 0) + p)
      else if (part === word) found.add(term, p * (kind ? T.USAGE : 1))
      else if (kind) found.add(term, p * T.PART)
    }
    for (const [term, p] of reverse) if (p >= 0.05) found.add(term, p * T.REVERSE)
    return found
  }
  const hasGloss = (text) => !!units(text)?.cells.some(([cell]) => cell % 3 === 0)
  const cut = (word, least) => {
    const parts = []
    for (let start = 0; hanOnly.test(word) && start < word.length;) {
      let end = Math.min(word.length, start + word.length - 1)
      while (end >= start + least && !hasGloss(word.slice(start, end))) end--
      if (end >= start + least) parts.push([start, end])
      start = end >= start + least ? end : start + 1
    }
    return parts
  }
  const partsOf = (word) => {
    const parts = cut(word, 2)
    return parts.length || hasGloss(word) ? parts : cut(word, 1)
  }
  const toEnglish = (text, list) => {
    const content = list.filter((word) => !word.stop), counted = new Set(), out = []
    const numbers = numbersInEnglish(text).map(({ start, end, found }) => { const all = gather(); for (const [term, p] of found) all.add(vocabulary.find(term), p); return { start, end, weight: 1, terms: all.ranked() } })
    const names = namesSpelt(text, new Set(content.map((word) => word.start)))
    for (const word of content) {
      if (numbers.some((one) => one.start <= word.start && word.end <= one.end)) continue
      const within = names.filter((one) => one.start < word.end && word.start < one.end)
      const parts = within.length ? [] : partsOf(word.text), sole = parts.length && !terms.get(word.text)?.group && !hasGloss(word.text)
      for (const [start, end] of parts) {
        const part = word.text.slice(start, end)
        out.push({ start: word.start + start, end: word.start + end, weight: (sole ? 1 : T.INSIDE) * (units(part)?.rarity ?? 1), terms: oneToEnglish(part).ranked() })
      }
      if (sole) continue
      const found = hanOnly.test(word.text) && !(within.length && word.end === word.start + 1) ? oneToEnglish(word.text) : gather()
      for (const name of within) if (!counted.has(name.start)) { counted.add(name.start); for (const [term, p] of name.terms) found.add(term, p) }
      out.push({ start: word.start, end: word.end, weight: units(word.text)?.rarity ?? 1, terms: found.ranked() })
    }
    return [...out, ...numbers]
  }
  const respelt = (word) => T.RESPELT.flatMap(([one, other]) => [[one, other], [other, one]]).filter(([one]) => word.includes(one)).map(([one, other]) => word.replaceAll(one, other))
  const variants = (word) => {
    for (const other of respelt(word.text.replace(/'s$/, ''))) { const row = stems(stem(other)); if (row) return [[row, 1]] }
    const { term } = word
    if (term.length < 5) return []
    return vocabulary.under(term.slice(0, Math.max(4, term.length - 4))).filter((one) => one.row.chinese).flatMap(({ key, row: { chinese: row } }) => {
      let same = 0
      while (same < Math.min(key.length, term.length) && key[same] === term[same]) same++
      const close = same / Math.max(key.length, term.length)
      return !key.includes(' ') && key.length - same <= 4 && close >= 0.6 ? [[row, 0.8 * close]] : []
    }).sort((a, b) => b[1] - a[1]).slice(0, 3)
  }

  // --- lexicon
  const foreign = (text, list, target) => {
    const place = (one) => `${one.start} ${one.end}`, byPlace = new Map(list.map((word) => [place(word), word]))
    const concepts = (target === 'zh' ? toChinese(list) : toEnglish(text, list)).map((one) => {
      const word = byPlace.get(place(one)), own = word ? [...exact(word), ...synonyms(word.term)] : [], factor = own.some((term) => term.via === 'synonym') ? L.DICTIONARY_BESIDE_GROUP : 1, terms = new Map()
      for (const term of own) terms.set(term.id, term)
      for (const [id, p] of one.terms) if (!terms.has(id)) terms.set(id, { term: vocabulary.at(id)?.key, id, p: p * factor, via: 'translation' })
      const said = { ...one, text: text.slice(one.start, one.end) }, all = [...terms.values()], stop = word ? word.stop : asking.has(said.text)
      return concept(said, all, one.weight * (stop ? L.STOP : 1), !stop && !isStrange(said.text, all), word ? rarityOf(word, all) : 1)
    })
    const covered = new Set(concepts.map(place))
    for (const one of [...groupedWords(text, list), ...phrases(list)]) if (one.content && !covered.has(place(one))) concepts.push(one)
    return concepts
  }
  /** Scores of chunks in both languages as shares of the most that either query could earn. */
  foreign.balance = (asked) => {
    const all = Object.values(asked), most = Math.max(...all.map((one) => one.most))
    for (const one of all) {
      const scale = most / one.most, { parts } = one
      one.scores = one.scores.map((score) => score * scale)
      one.parts = (chunk) => parts(chunk).map((terms) => terms?.map((row) => row.map((part) => part * scale)))
      one.scale = scale
      one.most = most
    }
  }
  return foreign
}
