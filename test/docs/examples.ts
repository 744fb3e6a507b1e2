import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

/** A block of a page: a file that a reader can copy. */
export interface Example {
  /** Such as `docs/guide/errors.md:12`. */
  readonly where: string
  /** The folder of its page, such as `guide/errors`. Blocks of a page can import each other. */
  readonly folder: string
  /** The file that the paragraph before it names last, such as `hello.ts`, if that ends in a colon; else made up. */
  readonly name: string
  readonly code: string
  /** What a reader does not see: names of the reader's own, in an HTML comment `<!-- setup ... -->` before the block. */
  readonly setup: string
  /** Why it is only compiled, from `<!-- not run: why -->`. */
  readonly notRun: string | undefined
  /** What it prints: a block `text` behind it, if nothing or a paragraph that ends in `prints:` is between. */
  readonly output: string | undefined
}

/** The pages with their text, such as `docs/guide/errors.md`. */
export async function readPages(root: string): Promise<[name: string, text: string][]> {
  const docs = (await readdir(join(root, 'docs'), { recursive: true })).filter(name => name.endsWith('.md'))
  const names = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', ...docs.map(name => `docs/${name}`).sort()]
  return Promise.all(names.map(async name => [name, await readFile(join(root, name), 'utf8')] as [string, string]))
}

/** A block: indentation, language, content. */
export const fence = /^( *)```(\w+)\n([\s\S]*?)^\1```$/gm

/** Every block in TypeScript, and named files in other languages that such blocks read. */
export function examplesOf(page: string, text: string): Example[] {
  const folder = page.replace(/^docs\//, '').replace(/\.md$/, '')
  const blocks = [...text.matchAll(fence)].map(match => ({
    language: match[2] as string,
    code: (match[3] as string).replace(new RegExp(`^${match[1]}`, 'gm'), ''),
    start: match.index,
    end: match.index + match[0].length,
  }))
  return blocks.flatMap(({ language, code, start, end }, at) => {
    const before = text.slice(blocks[at - 1]?.end ?? 0, start)
    const paragraph =
      before
        .replace(/<!--[\s\S]*?-->/g, '')
        .trimEnd()
        .split('\n\n')
        .at(-1) ?? ''
    if (!['ts', 'proto', 'thrift'].includes(language)) return []
    const fileNames = new RegExp(`\`(?:src/)?([\\w./-]+\\.${language})\``, 'g')
    const named = paragraph.endsWith(':') ? [...paragraph.matchAll(fileNames)].at(-1)?.[1] : undefined
    if (language !== 'ts' && named === undefined) return []
    const next = blocks[at + 1]
    const between = text.slice(end, next?.start).trim()
    const printed = next?.language === 'text' && (between === '' || /prints:$/.test(between))
    return {
      where: `${page}:${text.slice(0, start).split('\n').length}`,
      folder,
      name: named ?? `${basename(folder).toLowerCase()}-${at + 1}.ts`,
      code,
      setup: /<!-- setup\n([\s\S]*?)-->/.exec(before)?.[1] ?? '',
      notRun: /<!-- not run: (.*?) -->/.exec(before)?.[1],
      output: printed ? next.code : undefined,
    }
  })
}
