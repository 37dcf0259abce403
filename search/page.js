// Run once; afterwards `wenlu` is called whenever the page shows another place. Where the page is scrolled to is kept for going back.
window.wenlu ??= (() => {
  let place, shown, labels = {}, back = performance.getEntriesByType('navigation')[0]?.type !== 'navigate'
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
  for (const type of ['click', 'keydown', 'popstate', 'pagehide']) addEventListener(type, () => { // as it stands before anything moves
    back = type === 'popstate'
    if (place) kept[place] = main().scrollTop
  }, true)
  addEventListener('click', (event) => { // a link inside an answer leads to another place as Streamlit's own links do, without a new page
    const link = event.target.closest?.('.wl a[href^="?"]')
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    history.pushState(null, '', link.href)
    dispatchEvent(new PopStateEvent('popstate'))
    back = false
  })
  addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.('input, textarea, select, [contenteditable]')) return
    event.preventDefault()
    box()?.focus()
    box()?.select()
  })
  return (language, key, said) => {
    document.documentElement.lang = language
    labels = said
    document.querySelectorAll('.stCode button').forEach(name)
    const skip = document.querySelector('a[href="#stMain"]')
    if (skip) skip.textContent = said.skip
    if (key === shown) return // in another language
    const first = !shown, top = back ? +(kept[key] ?? 0) : 0, until = performance.now() + 20000
    let tall = 0, still = until // how tall the page is, and until when it may grow on
    place = back = null
    shown = key
    const arrive = () => { // once what was shown before is gone, and there is the box or what reaches down to where it was left
      const titles = document.querySelectorAll('h1'), home = titles[0]?.closest('.st-key-hero'), now = performance.now(), height = main()?.scrollHeight
      if (height !== tall) [tall, still] = [height, now + 1000]
      main()?.scrollTo(0, top)
      const there = titles.length === 1 && (home ? box() : main().scrollTop >= top - 1 || now > still)
      if (!there && now < until) return requestAnimationFrame(arrive)
      place = key
      if (home && !matchMedia('(pointer: coarse)').matches) return box()?.focus({ preventScroll: true })
      if (first || !titles[0]) return
      titles[0].tabIndex = -1
      titles[0].focus({ preventScroll: true })
    }
    arrive()
  }
})()
