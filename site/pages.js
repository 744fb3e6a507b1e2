import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** The folder that VitePress reads: docs/ at its root, beside the pages of the repository's root. */
export const pages = join(import.meta.dirname, '.pages')

export const rootPages = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md']

/** Copies a page such as `docs/guide/errors.md`, with links that fit its new place. */
export async function copyPage(name) {
  const file = join(pages, name === 'README.md' ? 'index.md' : name.replace(/^docs\//, ''))
  await mkdir(dirname(file), { recursive: true })
  if (!name.endsWith('.md')) return copyFile(join(root, name), file)
  const text = await readFile(join(root, name), 'utf8')
  // The README is read on npm's page too, so its links are absolute.
  const moved = rootPages.includes(name)
    ? text
        .replace(
          /https:\/\/github\.com\/polywire\/polywire\/(?:blob|tree)\/main\/(?:docs\/)?(?=[\w/-]+(?:\.md|\/))/g,
          './',
        )
        .replaceAll('](docs/', '](')
    : text.replace(/\]\(\.\.\/\.\.\/([A-Z]+\.md)/g, '](../$1').replaceAll('](../README.md', '](../index.md')
  await writeFile(file, moved)
}
