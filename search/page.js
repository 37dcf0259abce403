// Run once; afterwards `wenlu` is called at the end of each drawing. Where a place is scrolled to is kept for going back.
window.wenlu ??= (() => {
  const at = () => { // the place that the address says, which a drawing follows
    const address = new URLSearchParams(location.search)
    return ['q', 'id', 'topic'].map((key) => address.get(key) ?? '').join('\n')
  }
  // what is drawn, and that once it is all there; where the browser goes back to, until that is drawn
  let shown, place, held, turn = 0, labels = {}, back = performance.getEntriesByType('navigation')[0]?.type !== 'navigate' && at()
  const kept = (() => { try { return sessionStorage } catch { return {} } })() // which a browser may forbid
  const main = () => document.querySelector('[data-testid=stMain]')
  const box = () => document.querySelector('[data-testid=stTextInputRootElement] input')
  const names = new WeakMap() // of each button what Streamlit called it, and what it is called instead
  const name = (button) => {
    const now = button.getAttribute('aria-label'), [was, said] = names.get(button) ?? [], own = now === said ? was : now, wanted = labels[own] ?? own
    names.set(button, [own, wanted])
    if (wanted !== now) button.setAttribute('aria-label', wanted)
  }
  new MutationObserver((changes) => {
    for (const { type, target } of changes)
      for (const button of type === 'attributes' ? [target] : target.querySelectorAll('.stCode button')) if (button.closest('.stCode')) name(button)
  }).observe(document.body, { subtree: true, childList: true, attributeFilter: ['aria-label'] })
  const heading = (summary) => summary.querySelector('p')?.textContent
  const opened = () => [...document.querySelectorAll('details[open] > summary')].map(heading)
  const leave = (to) => { // what is on the page is no place until another is drawn, or this one again
    back = to
    if (at() !== shown) [shown, place, turn] = [null, null, turn + 1]
  }
  const push = history.pushState
  history.pushState = (...state) => {
    push.apply(history, state)
    leave(null)
  }
  for (const type of ['click', 'keydown', 'popstate', 'pagehide']) addEventListener(type, () => { // as it stands before anything moves
    if (place) [kept[place], kept[`${place}+`]] = [main().scrollTop, JSON.stringify(opened())]
    if (type === 'popstate') leave(at())
  }, true)
  for (const type of ['wheel', 'touchstart', 'pointerdown', 'keydown']) addEventListener(type, () => { held = false }, { capture: true, passive: true })
  addEventListener('click', (event) => { // a link inside an answer leads to another place as Streamlit's own links do, without a new page
    const link = event.target.closest?.('.wl a[href^="?"]')
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    history.pushState(null, '', link.href)
    dispatchEvent(new PopStateEvent('popstate'))
    back = null
  })
  addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.('input, textarea, select, [contenteditable]')) return
    event.preventDefault()
    box()?.focus()
    box()?.select()
  })
  addEventListener('click', (event) => { // there is nothing to ask yet
    if (event.target.closest?.('[data-testid=stFormSubmitButton]') && !box()?.value.trim()) box()?.focus()
  })
  // Streamlit speaks of itself, in English and over everything, when the server is gone. What is there can be read on, and this be said below it.
  const app = document.querySelector('.stApp'), lost = document.createElement('div')
  lost.className = 'wl message lost'
  lost.setAttribute('role', 'alert')
  let lately
  const connected = () => {
    const gone = app.dataset.testConnectionState !== 'CONNECTED'
    if (gone) document.querySelector('[data-testid=stDialog] [role=dialog] > button')?.click()
    if (gone === !!lately) return
    clearTimeout(lately)
    lately = gone && setTimeout(() => {
      const text = document.createElement('p'), again = document.createElement('button')
      Object.assign(text, { textContent: labels.lost })
      Object.assign(again, { textContent: labels.reload, onclick: () => location.reload() })
      lost.replaceChildren(text, again)
      app.append(lost)
    }, 1000) // not while the page is left
    if (!gone) lost.remove()
  }
  new MutationObserver(connected).observe(app, { attributeFilter: ['data-test-connection-state'] })
  new MutationObserver(connected).observe(document.body, { childList: true })
  return (language, drawn, said) => {
    document.documentElement.lang = language
    labels = said
    document.querySelectorAll('.stCode button').forEach(name)
    const skip = document.querySelector('a[href="#stMain"]')
    if (skip) skip.textContent = said.skip
    const key = decodeURIComponent(drawn), first = !document.documentElement.classList.contains('shown')
    if (key === shown || (!first && key !== at())) return // in another language, or left already
    const top = back === key ? +(kept[key] ?? 0) : 0, open = new Set(JSON.parse((back === key && kept[`${key}+`]) || '[]')) // the matches that were
    const mine = ++turn, until = performance.now() + 20000
    const clicked = new WeakMap() // until when each has time to open
    let tall = 0, still = until // how tall the page is, and until when it may grow on
    place = back = null
    shown = key
    held = true // until somebody scrolls
    const arrive = () => { // once what was shown before is gone, and there is the box or what reaches down to where it was left
      if (mine !== turn) return // it has gone on to another place
      const titles = document.querySelectorAll('h1'), home = titles[0]?.closest('.st-key-hero'), now = performance.now(), height = main()?.scrollHeight
      if (height !== tall) [tall, still] = [height, now + 1000]
      if (titles.length === 1) for (const summary of document.querySelectorAll('details:not([open]) > summary'))
        if (held && open.has(heading(summary)) && now > (clicked.get(summary) ?? 0)) { // Streamlit may put another one in its place, shut
          clicked.set(summary, now + 500)
          summary.click()
        }
      if (held) main()?.scrollTo(0, top)
      const there = titles.length === 1 && (!first || (now > still - 900 && !document.querySelector('[data-testid=stSkeleton]'))) && (home ? box() : !held || main().scrollTop >= top - 1 || now > still)
      if (!there && now < until) return requestAnimationFrame(arrive)
      place = key
      document.documentElement.classList.add('shown')
      if (home && !matchMedia('(pointer: coarse)').matches) return box()?.focus({ preventScroll: true })
      if (first || !titles[0]) return
      titles[0].tabIndex = -1
      titles[0].focus({ preventScroll: true })
    }
    arrive()
  }
})()
