// What few questions need of Wenlu's engine (engine.js fetches it when one does): misspelt words, pinyin, suggestions, chunks by their ids.

export const parts = (by, json, range, sum, unique, K, file, settle, table, listed, starts, postings, sounds, sound, usual, soundsUnder, vocabulary, english, stem, known, fold, foldPlaces, isHan, tokenize, tokenTerms, asking, owners, weights, merged, length, fail, chunkAt, entry, strongest) => {
  const [, I, , , P, R, S, , , G] = K.later, number = (next) => next()
  const written = table(K.tables.written, number), headingAt = listed(K.tables.asked)

  // --- spelling: a reading is { start, end, text, p, via, others, starts }
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
    const best = found.sort(by((one) => -one[0], (one) => one[1])).slice(0, 3).reverse().sort(by((one) => -one[0]))
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
  const chosen = (misread) => {
    const kept = [], readings = misread.map(({ start, end, likely }) => {
      const [[text, p], ...others] = likely.sort(by((one) => -one[1], (one) => one[0]))
      return { start, end, text, p, via: 'spelling', others: others.slice(0, 2), starts: range(end - start).map((i) => start + i) }
    })
    for (const one of readings.sort(by((one) => -one.p, (one) => one.text.length, (one) => one.start))) if (kept.every((other) => one.end <= other.start || other.end <= one.start)) kept.push(one)
    return kept
  }
  const read = (text, tokens, misread, typed) => {
    const capital = (token) => { const one = typed(token); return one !== one.toLowerCase() }
    const readings = pinyinReadings(tokens, known, capital), sounded = readings.map((one) => [one.start, one.end])
    const rest = tokens.filter((token) => !sounded.some(([start, end]) => start <= token.start && token.start < end) && !(readings.length && isPinyin(token.text)))
    readings.push(...misspelt(rest, known, capital), ...chosen(misread))
    settle()
    return rewritten(text, readings)
  }
  const synonymKey = (written) => { const text = fold(written).trim(); return isHan.test(text) ? text.replace(/\s+/g, '') : tokenize(text).map((token) => tokenTerms(token)[0][0]).join(' ') }
  const sure = (terms, readings, said) => {
    const least = Math.min(...readings.map((reading) => reading.p)), { via, text, others } = readings[0], read = terms.map((term) => ({ ...term, p: term.p * least, via: ['exact', 'stem'].includes(term.via) ? via : term.via }))
    if (said === text) for (const [other, p] of others) { const key = synonymKey(other), id = vocabulary.find(key); if (id >= 0 && terms.every((term) => term.id !== id)) read.push({ term: key, id, p, via }) }
    return read
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
  const cutsOf = (letters) => {
    const size = letters.length, ahead = new Set([0]), back = new Set([size]), spans = []
    for (let start = 0; start < size; start++) for (let end = start + 1; end <= Math.min(start + 6, size); end++) if (SYLLABLES.has(letters.slice(start, end))) spans.push([start, end])
    for (const [start, end] of spans) if (ahead.has(start)) ahead.add(end)
    for (const [start, end] of spans.reverse()) if (back.has(end)) back.add(start)
    return ahead.has(size) ? [...ahead].filter((cut) => cut && back.has(cut)) : []
  }
  const sounding = (key, letters) => soundsUnder(key, letters).map((one) => {
    const single = one.text.length === 1
    return { ...one, kind: single * 2 + !one.exact, cost: (single ? 2 : 1) + (one.exact ? 0 : 0.5) - Math.log1p(one.seen) / 100 }
  }).sort(by((one) => one.cost, (one) => one.text))
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
    const key = letters.toUpperCase(), whole = sounding(key, key).slice(0, 3).map((one) => one.text)
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
        let found = sounding(key, part)
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
  const spokenRows = (letters, told = new Map()) => { // `told` are those of its rests: there are many ways to the same one
    const list = beginningWith(letters)
    if (list.length) return list.slice(0, G.SOUNDS).map((word) => [word])
    settle()
    for (let cut = letters.length - 1; cut > 1; cut--) {
      const firsts = beginningWith(letters.slice(0, cut), true), rest = letters.slice(cut)
      if (firsts.length && !told.has(rest)) told.set(rest, spokenRows(rest, told))
      if (firsts.length && told.get(rest).length) return firsts.slice(0, 3).flatMap((first) => told.get(rest).map((row) => [first, ...row])).slice(0, G.SOUNDS)
    }
    return []
  }
  const headed = (ids) => ids.filter((id) => id >= 0).flatMap((id) => postings(id).headings)
  const headingsOf = (term) => headed([vocabulary.find(term)])
  const withHan = (text) => both(range(Math.max(text.length - 1, 1)).map((i) => new Set(headingsOf(text.slice(i, i + 2)))))
  const withLetters = (text) => new Set(headed([...vocabulary.under(text).map((one) => one.row.id), ...unique([stem(text), ...range(text.length).slice(G.SHORTEST_STEM).map((n) => text.slice(0, n))]).map(vocabulary.find)]))
  const standing = (plain, text, anywhere) => { const found = []; for (let at = plain.indexOf(text); at >= 0; at = plain.indexOf(text, at + 1)) if (anywhere || !at || isHan.test(plain[at - 1]) || !/[\p{L}\p{N}]/u.test(plain[at - 1])) found.push([at, at + text.length]); return found }
  const suggest = (typed, { limit = 8 } = {}) => {
    const folded = fold([...String(typed)].slice(0, G.LONGEST).join('')).trim()
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
      if (!said || said[4] === 'open') continue
      const [text, field, id, title, kind, language] = said, { text: plain, offsets } = foldPlaces(text)
      const places = list.map((word) => {
        const here = standing(plain, word.text, word.han)
        if (here.length) return [here, 0]
        for (const row of word.sounds) { const parts = row.map((one) => standing(plain, one, true)); if (parts.every((part) => part.length)) return [parts.flat(), 1] }
        return [[], 0]
      })
      if (!places.every(([row]) => row.length)) continue
      const marks = merged(places.flatMap(([row]) => row).map(([start, end]) => [offsets[start], offsets[end - 1] + 1])), sounded = sum(places.map((one) => one[1]))
      const torn = +(sounded && places.some((one, i) => !one[1] && list[i].sounds.length > 0))
      ranked.push({ order: [torn, sounded, +!(sounded ? marks[0][0] === 0 : plain.startsWith(folded)), +(field === 'alias'), length(text), heading], one: { text, field, marks, id, title, kind, language } })
    }
    const kept = new Map()
    for (const { one } of ranked.sort(by(...range(6).map((i) => (each) => each.order[i])))) if (!kept.has(one.id) && ![...kept.values()].some((other) => other.text === one.text)) kept.set(one.id, one)
    return [...kept.values()].slice(0, limit)
  }

  const slips = (word) => (K.languages.includes('en') && known(word) !== 'own' ? corrections(word, true) : []).map(([other, p]) => [synonymKey(other), p]).map(([term, p]) => ({ term, id: vocabulary.find(term), p: S.SLIP * p, via: 'spelling' })).filter((term) => term.id >= 0)

  // --- index
  const refuse = (size) => { throw fail(`the question has ${size} characters, the limit is ${I.LONGEST_QUESTION}; ask in one or two sentences`, `问题有 ${size} 个字符，上限是 ${I.LONGEST_QUESTION}，请用一两句话来问`) }
  /** The title of the question without an answer that a word asks by itself: one that a chunk lacks, in the clause by which it earned the most. */
  const lacking = ({ concepts, parts }, { position, chunk }) => {
    const titles = new Map(), earned = new Map(), rows = parts(position)
    concepts.forEach((one, i) => {
      if (one.content) one.terms.forEach(({ term, p }, j) => { if (p === 1 && !rows[0][i][j] && K.open[term]?.[chunk.language]) titles.set(one.clause, K.open[term][chunk.language]) })
      earned.set(one.clause, sum([earned.get(one.clause) ?? 0, ...rows.flatMap((row) => row?.[i] ?? [])]))
    })
    return titles.get([...earned].reduce((best, one) => (one[1] > best[1] ? one : best))[0])
  }
  /** One chunk by its id, undefined if there is none. */
  const chunk = (id) => {
    const { name, count } = K.ids, part = [...id].reduce((hash, one) => (hash * 31 + one.codePointAt()) % 65521, 0) % count, places = file(`${name}-${part}.bin`, json)
    settle()
    const found = Object.hasOwn(places, id) ? chunkAt(places[id]) : undefined
    settle()
    return found && entry(found)
  }

  // --- index: what a chunk without a heading earns by its best clause; `close` keeps what each term does
  const earn = ({ concepts, preference, close, scale = 1 }, position, body) => {
    let most = 0
    for (const piece of body) {
      const clauses = []
      for (const [term, , , clause] of piece) (clauses[clause] ??= new Set()).add(term)
      for (const found of clauses.filter(Boolean)) {
        const rows = concepts.map((one) => strongest(one.terms.map(({ term, p }) => (one.content && found.has(term) ? R.CLAUSE * one.weight * one.idf * p * preference[position] : 0)))), all = sum(rows.flat())
        if (all > most) { most = all; close[position] = rows }
      }
    }
    return most * scale
  }
  return { read, slips, sure, suggest, refuse, lacking, earn, chunk }
}
