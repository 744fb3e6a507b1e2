const themes = ['', 'light', 'dark']

/** The last choice; none if the browser keeps nothing for this page. */
export function restoreTheme(): void {
  try {
    setTheme(localStorage.getItem('polywire-theme') ?? '')
  } catch {
    // Storage is switched off.
  }
}

/** @returns the new theme: `as the system`, `light` or `dark` */
export function nextTheme(): string {
  const now = document.documentElement.dataset.theme ?? ''
  const next = themes[(themes.indexOf(now) + 1) % themes.length] ?? ''
  setTheme(next)
  try {
    localStorage.setItem('polywire-theme', next)
  } catch {
    // It holds until the page is left.
  }
  return next === '' ? 'as the system' : next
}

function setTheme(theme: string): void {
  const { dataset } = document.documentElement
  if (theme === '') delete dataset.theme
  else dataset.theme = theme
}
