import { access, readdir, readFile } from 'node:fs/promises'
import test from 'ava'

const root = new URL('../../../', import.meta.url)
const docs = (await readdir(new URL('docs/', root), { recursive: true })).filter(name => name.endsWith('.md'))
const names = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', ...docs.map(name => `docs/${name}`)]
const pages = new Map(
  await Promise.all(names.map(async name => [name, await readFile(new URL(name, root), 'utf8')] as const)),
)

/** Where the files are for readers elsewhere: npm shows the README without them. */
const home = /https:\/\/github\.com\/polywire\/polywire\/(?:blob|tree)\/main\//g

/** Lines that break by themselves or cannot be broken: tables, the output of a program, a lone link. */
function unbreakable(text: string): string {
  return text
    .replace(/^```text\n.*?^```$/gms, '')
    .replace(/^\|.*$/gm, '')
    .replace(/^\s*\S+$/gm, '')
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

test('no line has more than 140 columns, outside of tables and the output of programs', t => {
  t.true(pages.size > 40, 'the pages were found')
  for (const [name, text] of pages) {
    const long = unbreakable(text)
      .split('\n')
      .filter(line => line.length > 140)
    t.deepEqual(long, [], name)
  }
})

test("npm's page shows the README alone, so its links are absolute", t => {
  const links = [...(pages.get('README.md') ?? '').matchAll(/\](?:\(|: )([^)\s]+)/g)].map(([, link = '']) => link)
  t.deepEqual(
    links.filter(link => !/^(?:https:\/\/|#)/.test(link)),
    [],
  )
})

test('every link leads to a file, and to a heading of it', async t => {
  for (const [name, written] of pages) {
    const text = written.replace(home, '')
    for (const [, path = '', anchor] of text.matchAll(/\](?:\(|: )(?!https?:)([^)#\s]*)(?:#([^)\s]+))?(?:\)|$)/gm)) {
      const target = new URL(path, new URL(name, root))
      await t.notThrowsAsync(access(target), `${name}: ${path}`)
      if (anchor === undefined) continue
      const page = path === '' ? text : await readFile(target, 'utf8')
      t.true(anchorsOf(page).includes(anchor), `${name}: ${path}#${anchor}`)
    }
  }
})

test('pages of the site link to pages of the site alone', t => {
  const onSite = new Set([...names, 'docs/index.md'])
  for (const [name, text] of pages) {
    if (!name.startsWith('docs/')) continue
    const targets = [...text.matchAll(/\](?:\(|: )(?!https?:)([^)#\s]+\/?[^)#\s]*)(?:#[^)\s]+)?(?:\)|$)/gm)].map(
      ([, path = '']) => new URL(path, new URL(name, root)).pathname.slice(root.pathname.length),
    )
    t.deepEqual(
      targets.filter(target => !onSite.has(target) && !/^docs\/.*\.(?:svg|png|json)$/.test(target)),
      [],
      `${name} links to what the site does not have: use an address of the repository, or no link`,
    )
  }
})

test("the site's side bar has every page, and the reference of every entry", async t => {
  const { sections } = await import(new URL('site/sections.js', root).href)
  const listed = new Set(sections.flatMap(({ items }: { items: { link: string }[] }) => items.map(({ link }) => link)))
  const { exports } = JSON.parse(await readFile(new URL('package.json', root), 'utf8'))
  const entries = Object.keys(exports).filter(name => typeof exports[name] === 'object')
  const wanted = [
    ...docs.filter(name => /^(guide|migrate|performance|reference)\//.test(name)).map(name => `/${name.slice(0, -3)}`),
    ...entries.map(name => `/api/polywire${name.slice(1).replace('/', '-')}`),
  ]
  t.deepEqual(
    wanted.filter(link => !listed.has(link)),
    [],
  )
})
