// Fails if a link leads to a heading that its page does not have. VitePress itself checks pages only.

import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const dist = join(import.meta.dirname, 'dist')
const names = (await readdir(dist, { recursive: true })).filter(name => name.endsWith('.html'))
const pages = new Map(await Promise.all(names.map(async name => [name, await readFile(join(dist, name), 'utf8')])))

let links = 0
const dead = []
for (const [name, text] of pages)
  for (const [, path, anchor] of text.slice(text.indexOf('<main')).matchAll(/href="([^":#]*)#([^"]+)"/g)) {
    const target = path === '' ? name : `${join(path.startsWith('/') ? '' : dirname(name), path)}.html`
    links++
    const page = pages.get(target.replace(/^\//, ''))
    if (!page?.includes(`id="${decodeURIComponent(anchor)}"`)) dead.push(`${name}: ${path}#${anchor}`)
  }

if (links === 0) throw new Error(`no links in ${dist}`)
if (dead.length > 0) throw new Error(`dead links:\n${dead.join('\n')}`)
console.log(`${names.length} pages, ${links} links to headings`)
