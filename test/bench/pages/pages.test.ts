import { readdir, readFile } from 'node:fs/promises'
import test from 'ava'
import { resultOf } from '../harness/result.js'
import type { ResultsFile } from '../harness/results-file.js'
import { blocksOf, fillBlocks, wrapped } from './blocks.js'
import { charts, renderBlock, renderPage } from './render.js'

const root = new URL('../../../../', import.meta.url)
const folder = new URL('docs/performance/', root)
const committed = JSON.parse(await readFile(new URL('results.json', folder), 'utf8')) as ResultsFile
const files = await readdir(folder)
const pages = [
  new URL('README.md', root),
  ...files.filter(name => name.endsWith('.md')).map(name => new URL(name, folder)),
]

const header = { id: 'grpc.unary', title: 'gRPC <unary>', reference: 'peer' }
const canned: ResultsFile = {
  ...committed,
  results: [
    resultOf(header, [
      { name: 'polywire grpc', rounds: [{ callsPerSecond: 3000, p99: 4, clientMemory: 100 }] },
      { name: 'peer', rounds: [{ callsPerSecond: 1000, p99: 3, clientMemory: 50 }] },
      { name: 'bare frames', rounds: [{ callsPerSecond: 9000, p99: 1, clientMemory: 40 }] },
    ]),
  ],
}

test('README and docs/performance are what `npm run performance:pages` writes from results.json', async t => {
  for (const page of pages) {
    const text = await readFile(page, 'utf8')
    t.is(renderPage(committed, text), text, page.pathname)
  }
  const drawn = charts(committed)
  t.deepEqual(files.filter(name => name.endsWith('.svg')).sort(), [...drawn.keys()].sort())
  for (const [name, chart] of drawn) t.is(await readFile(new URL(name, folder), 'utf8'), chart, name)
})

test('every result has its table and chart on a page', async t => {
  const blocks = (await Promise.all(pages.map(page => readFile(page, 'utf8')))).flatMap(blocksOf)
  t.deepEqual(
    committed.results.map(({ id }) => id).filter(id => !blocks.includes(id)),
    [],
  )
})

test('a block holds the chart and the table of its result', t => {
  const page = 'Before.\n<!-- figures: grpc.unary -->\nold\n<!-- /figures -->\nAfter.\n'
  t.is(
    renderPage(canned, page),
    `Before.
<!-- figures: grpc.unary -->
![gRPC <unary>](grpc.unary.svg)

|               | calls/s | ratio | p99 ms | client MB |
| ------------- | ------: | ----: | -----: | --------: |
| polywire grpc |    3000 |  3.00 |   4.00 |       100 |
| peer          |    1000 |  1.00 |   3.00 |        50 |
| bare frames   |    9000 |  9.00 |   1.00 |        40 |
<!-- /figures -->
After.
`,
  )
})

test('what was not measured is named so, with its reason, and README quotes what was', t => {
  t.is(renderBlock(canned, 'grpc.stream'), 'Not measured in this run.\n')
  t.regex(
    renderBlock({ ...canned, leftOut: ['gRPC C++ (no g++)', 'avsc (its client ended with code 1)'] }, 'run').replace(
      /\s+/g,
      ' ',
    ),
    /Not measured: gRPC C\+\+ \(no g\+\+\), avsc \(its client ended with code 1\)\. $/,
  )
  const flat = (file: ResultsFile) => renderBlock(file, 'summary').replace(/\s+/g, ' ')
  const named = (...names: readonly [string, string]) => {
    const [own, peer] = names
    const figures = resultOf({ ...header, reference: peer }, [
      { name: own, rounds: [{ callsPerSecond: 3000 }] },
      { name: peer, rounds: [{ callsPerSecond: 1000 }] },
    ])
    return { ...canned, results: [figures] }
  }
  t.true(
    flat(named('polywire grpc', 'grpc-js')).startsWith(
      '- **Fast.** Unary calls per second, in one run of `npm run performance` on one machine: 3.00 times grpc-js. [Tables',
    ),
  )
  t.true(flat(canned).startsWith('- **Fast.** [Tables'))
})

test('a peer that is better is listed, the limit is not', t => {
  t.is(
    renderBlock(canned, 'ahead'),
    `| work         |   polywire as |   measure | polywire | peer | the peer | better by |
| ------------ | ------------: | --------: | -------: | ---: | -------: | --------: |
| gRPC <unary> | polywire grpc |    p99 ms |     4.00 | peer |     3.00 |    1.33 x |
| gRPC <unary> | polywire grpc | client MB |      100 | peer |       50 |    2.00 x |
`,
  )
})

test('a chart has a bar for each contender from zero, ours in a colour of its own, and both colour schemes', t => {
  const chart = charts(canned).get('grpc.unary.svg') ?? ''
  const widths = [...chart.matchAll(/class="(own|peer)" x="260" y="\d+" width="([\d.]+)"/g)]
  t.deepEqual(
    widths.map(([, kind, width]) => [kind, Number(width)]),
    [
      ['own', 170],
      ['peer', 56.7],
      ['peer', 510],
    ],
  )
  t.true(chart.includes('<title>gRPC &lt;unary>: calls/s</title>'))
  t.true(chart.includes('@media (prefers-color-scheme: dark)'))
})

test('blocks are found by their marks, and long lines are broken', t => {
  const page = '<!-- figures: a -->\n<!-- /figures -->\n<!-- figures: b -->\nx\n<!-- /figures -->\n'
  t.deepEqual(blocksOf(page), ['a', 'b'])
  t.is(
    fillBlocks(page, name => `${name}$&\n`),
    '<!-- figures: a -->\na$&\n<!-- /figures -->\n<!-- figures: b -->\nb$&\n<!-- /figures -->\n',
  )
  t.is(
    wrapped(`- ${'word '.repeat(30).trim()}`, '  ')
      .split('\n')[1]
      ?.slice(0, 6),
    '  word',
  )
  t.is(wrapped(`${'x'.repeat(112)} \`npm run it\``), `${'x'.repeat(112)}\n\`npm run it\`\n`)
})
