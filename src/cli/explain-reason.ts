import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Code, codeOf } from '../core/code.js'
import { exits } from './cli-error.js'
import type { Terminal } from './terminal.js'

interface Meaning {
  /** `At the caller` */
  readonly side: string
  readonly codes: string
  readonly wires: string
  readonly text: string
}

/** What docs/reference/errors.md says of a reason, or the reasons that have a code. */
export async function explainReason(name: string, { isJson, width }: Terminal): Promise<string> {
  const page = await readFile(errorsPage(), 'utf8')
  const code = codeOf(name)
  const meanings = meaningsIn(page).filter(one => (code === undefined ? one.reason === name : one.codes.includes(name)))
  if (isJson) return `${JSON.stringify({ schema: 'polywire.explain/1', name, meanings })}\n`
  if (code !== undefined) {
    const names = [...new Set(meanings.map(one => one.reason))]
    const lines = [`${name}   ${code}; polywire exits with ${exits.call + code}`, `  raised as ${names.join(', ')}`]
    return code === Code.ok || names.length === 0 ? `${lines[0]}\n` : `${wrapped(lines.join('\n'), width)}\n`
  }
  return meanings.map(one => `${wrapped(textOf(name, one), width)}\n`).join('')
}

function textOf(name: string, { side, codes, wires, text }: Meaning): string {
  const where = `${side.charAt(0).toLowerCase()}${side.slice(1)}`
  const head = [name, [codes || 'failed_precondition', where, wires].filter(part => part !== '').join(', ')].join('   ')
  return `${head}\n  ${sentenceOf(text)}`
}

/** Cells of the page are clauses. */
function sentenceOf(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`
}

function meaningsIn(page: string): (Meaning & { readonly reason: string })[] {
  return page.split(/^## /m).flatMap(section => {
    const side = section.slice(0, section.indexOf('\n'))
    return [...section.matchAll(/^\| `([a-z0-9_]+)` \|(.*)\|$/gm)].map(([, reason = '', rest = '']) => {
      const cells = rest.split('|').map(plainText)
      const [codes = '', wires = ''] = cells.length > 1 ? cells : []
      return { reason, side, codes, wires, text: cells.at(-1) ?? '' }
    })
  })
}

/** A cell without Markdown. */
function plainText(cell: string): string {
  return cell
    .trim()
    .replaceAll('`', '')
    .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
}

/** Lines that fit the terminal; a continued line is indented as its first. */
export function wrapped(text: string, width = Number.POSITIVE_INFINITY): string {
  return text
    .split('\n')
    .map(line => {
      const [indent = ''] = /^ */.exec(line) ?? []
      const lines: string[] = []
      for (const word of line.trim().split(' ')) {
        const last = lines.at(-1)
        if (last === undefined || last.length + word.length >= width) lines.push(`${indent}${word}`)
        else lines[lines.length - 1] = `${last} ${word}`
      }
      return lines.join('\n')
    })
    .join('\n')
}

/** Beside the program in the package, and in docs/ of a checkout. */
function errorsPage(): URL {
  const beside = new URL('errors.md', import.meta.url)
  if (existsSync(beside)) return beside
  for (let folder = new URL('..', import.meta.url); folder.pathname !== '/'; folder = new URL('..', folder)) {
    const page = new URL('docs/reference/errors.md', folder)
    if (existsSync(page)) return page
  }
  return beside
}
