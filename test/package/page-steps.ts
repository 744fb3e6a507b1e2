import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fence } from '../docs/examples.js'
import { freePort } from '../support/free-port.js'
import { root } from './installed.js'

/** What a page has its reader do next: write a file, or type commands. */
export type Step =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | { readonly kind: 'commands'; readonly lines: readonly string[]; readonly prints: string | undefined }

/** Reads a page as its reader does. Its port is taken on some machine, so each `8080` is a free one. */
export async function readSteps(page: string): Promise<readonly Step[]> {
  const text = await readFile(join(root, page), 'utf8')
  return stepsOf(text.replaceAll('8080', String(await freePort())))
}

/** A block is a file if the paragraph before it ends in a colon and names one; what commands print is a block right behind them. */
function stepsOf(text: string): readonly Step[] {
  const blocks = [...text.matchAll(fence)]
  return blocks.flatMap(({ 0: block, 2: language, 3: content = '', index }, at): Step[] => {
    const paragraph = text.slice(0, index).trimEnd().split('\n\n').at(-1) ?? ''
    const name = language === 'dockerfile' ? 'Dockerfile' : `(?:[\\w/-]+\\.)+${language}`
    const path = [...paragraph.matchAll(new RegExp(`\`(${name})\``, 'g'))].at(-1)?.[1]
    if (language !== 'sh')
      return path !== undefined && paragraph.endsWith(':') ? [{ kind: 'file', path, text: content }] : []
    const next = blocks[at + 1]
    const isOutput =
      next !== undefined &&
      /^(?:text|json)$/.test(next[2] ?? '') &&
      text.slice(index + block.length, next.index).trim() === ''
    return [{ kind: 'commands', lines: content.trimEnd().split('\n'), prints: isOutput ? next[3] : undefined }]
  })
}
