// Makes .pages of docs/ and the pages at the root, with the reference of every entry, an index of decisions, llms.txt and llms-full.txt.

import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Application } from 'typedoc'
import { copyPage, pages, rootPages } from './pages.js'
import { sections } from './sections.js'

const here = import.meta.dirname
const root = join(here, '..')

/** Writes the reference of each entry of the package as `api/<name>.md`. A file that exports the entry gives it its name. */
async function writeReference() {
  const { exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const entries = Object.fromEntries(
    Object.entries(exports).flatMap(([entry, { 'polywire-development': built }]) => {
      const source = built?.replace(/^\.\/build\/src\/(.*)\.js$/, '$1')
      return source === undefined ? [] : [[`polywire${entry.slice(1).replace('/', '-')}`, source]]
    }),
  )
  const folder = join(here, '.entries')
  await mkdir(folder, { recursive: true })
  for (const [name, file] of Object.entries(entries))
    await writeFile(join(folder, `${name}.ts`), `export * from '../../src/${file}.js'\n`)
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../tsconfig.json',
      compilerOptions: { rootDir: '../..' },
      include: ['*.ts'],
      exclude: [],
    }),
  )
  const app = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: Object.keys(entries).map(name => join(folder, `${name}.ts`)),
    tsconfig: join(folder, 'tsconfig.json'),
    out: join(pages, 'api'),
    readme: 'none',
    disableSources: true,
    excludeInternal: true,
    excludeExternals: true,
    excludePrivate: true,
    skipErrorChecking: true,
    logLevel: 'Error',
    validation: {
      notExported: false,
      invalidLink: false,
      rewrittenLink: false,
      notDocumented: false,
      unusedMergeModuleWith: false,
    },
    outputFileStrategy: 'modules',
    hideBreadcrumbs: true,
    hidePageHeader: true,
    useCodeBlocks: false,
    expandObjects: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    sanitizeComments: true,
  })
  const project = await app.convert()
  if (project === undefined) throw new Error('typedoc cannot read the entries')
  await app.generateOutputs(project)
  await rm(join(pages, 'api/README.md'))
  for (const name of Object.keys(entries)) {
    const file = join(pages, `api/${name}.md`)
    // `@see docs/guide/errors.md#catch`
    const text = (await readFile(file, 'utf8'))
      .replace(/^# polywire-/, '# polywire/')
      // TypeDoc counts headings of one name otherwise than VitePress; the first is beside the others.
      .replace(/(?<=Re-exports \[\w+\]\([\w-]+\.md#[a-z]+)-\d+(?=\))/g, '')
    await writeFile(file, text.replace(/(?<!\()docs\/([\w/-]+\.md(?:#[\w-]+)?)/g, '[$1](../$1)'))
  }
}

/** A page that the side bar does not have would be found by nobody. */
function refuseUnlisted(names) {
  const listed = new Set(sections.flatMap(({ items }) => items.map(({ link }) => link)))
  const missing = names.filter(
    name => /^(guide|migrate|performance|reference)\/.*\.md$/.test(name) && !listed.has(`/${name.slice(0, -3)}`),
  )
  if (missing.length > 0) throw new Error(`list in sections.js: ${missing.join(', ')}`)
}

async function writeDecisions() {
  const names = (await readdir(join(pages, 'decisions'))).sort()
  const lines = await Promise.all(names.map(async name => `- [${titleOf(await read(`decisions/${name}`))}](${name})`))
  await writeFile(
    join(pages, 'decisions/index.md'),
    `# Decisions\n\nWhy things are as they are.\n\n${lines.join('\n')}\n`,
  )
}

/** https://llmstxt.org: an index for language models, and everything in one file. */
async function writeForModels() {
  const index = [
    '# polywire',
    '',
    '> One decorated TypeScript class, served over gRPC, HTTP (Connect), Thrift and Avro RPC.',
  ]
  const full = []
  for (const { text, items } of sections) {
    index.push('', `## ${text}`, '')
    for (const { link, text: title } of items) {
      const name = link.endsWith('/') ? `${link.slice(1)}index.md` : `${link.slice(1)}.md`
      index.push(`- [${title}](/${name})`)
      full.push(await read(name))
    }
  }
  // What is in `public` is served as it is.
  await mkdir(join(pages, 'public'))
  await writeFile(join(pages, 'public/llms.txt'), `${index.join('\n')}\n`)
  await writeFile(join(pages, 'public/llms-full.txt'), full.join('\n\n'))
}

function read(name) {
  return readFile(join(pages, name), 'utf8')
}

function titleOf(text) {
  return /^# (.*)$/m.exec(text)?.[1] ?? ''
}

await rm(pages, { recursive: true, force: true })
const docs = await readdir(join(root, 'docs'), { recursive: true })
refuseUnlisted(docs)
for (const name of [...rootPages, ...docs.map(name => `docs/${name}`)])
  if (/\.(md|svg|png)$/.test(name)) await copyPage(name)
await writeDecisions()
await writeReference()
await writeForModels()
