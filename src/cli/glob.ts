import { readdirSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

/** The files of a folder that a pattern names: `**` stands for folders, `*` for part of a name. Sorted; a name without a star is itself. */
export function filesOf(folder: string, pattern: string): string[] {
  if (!pattern.includes('*')) return [resolve(folder, pattern)]
  const form = formOf(pattern)
  const base = pattern.slice(0, pattern.indexOf('*')).replace(/[^/]*$/, '')
  return [...walk(join(folder, base))].filter(path => form.test(relative(folder, path).replaceAll('\\', '/'))).sort()
}

function formOf(pattern: string): RegExp {
  const text = pattern
    .replace(/^\.\//, '')
    .replace(/[.+^${}()|[\]\\?]/g, '\\$&')
    .replace(/\*\*\/|\*\*|\*/g, star => (star === '**/' ? '(?:.*/)?' : star === '**' ? '.*' : '[^/]*'))
  return new RegExp(`^${text}$`)
}

function* walk(folder: string): Generator<string> {
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (entry.name !== 'node_modules' && !entry.name.startsWith('.')) yield* walk(path)
    } else if (!entry.name.endsWith('.d.ts')) yield path
  }
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
