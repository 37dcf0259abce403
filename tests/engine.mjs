// Runs the engine over an export in Node: a line of JSON in, a line of JSON out.
//   node engine.mjs FOLDER
// {"question", "options"} → an answer; {"suggest", "options"} → suggestions; {"chunk": id} → a chunk; {"stems": [word, …]} → stems. {"fresh": true} opens the export anew.
// Each reply has the "files" and "bytes" that were loaded for it, as compressed as a server would send them.
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'

const folder = pathToFileURL(process.argv[2] + '/')
let files = 0, bytes = 0
globalThis.fetch = async (url) => {
  const data = await readFile(new URL(url)).catch(() => null)
  if (!data) return new Response(null, { status: 404 })
  files++
  bytes += String(url).endsWith('.bin') ? data.length : gzipSync(data, { level: 9 }).length
  return new Response(data)
}
const { open, snowball } = await import(new URL('engine.js', folder))
let engine
for await (const line of createInterface({ input: process.stdin })) {
  const { question, suggest, chunk, stems, options, fresh } = JSON.parse(line)
  files = bytes = 0
  let reply
  try {
    if (fresh || !engine) engine = await open(new URL('wenlu-index.json', folder).href)
    if (stems) reply = { stems: stems.map(snowball) }
    else if (chunk !== undefined) reply = { chunk: await engine.chunk(chunk) }
    else reply = suggest === undefined ? await engine.search(question, options) : { suggestions: await engine.suggest(suggest, options) }
  } catch (error) {
    reply = { error: error.message, chinese: error.chinese, stack: error.stack }
  }
  process.stdout.write(JSON.stringify({ ...reply, files, bytes }) + '\n')
}
