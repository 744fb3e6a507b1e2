import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { install, pack, run } from './installed.js'
import type { Cell, Place } from './toolchains/cell.js'
import { cells } from './toolchains/cells.js'
import { type Found, page, updatePage } from './toolchains/page.js'
import { installTools, type NodeVersion, type Tools } from './toolchains/tools.js'

/** Cells that run at once. */
const atOnce = 2

const consumer = await mkdtemp(join(tmpdir(), 'polywire-toolchains-'))
const found: Found[] = []
let tools: Tools

test.before(async () => {
  tools = await installTools()
  await install(consumer, await pack(consumer), 'inversify', '@types/node@20')
})
test.after.always(() => rm(consumer, { recursive: true, force: true }))

const waiting: (() => void)[] = []
let running = 0

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running === atOnce) await new Promise<void>(resolve => waiting.push(resolve))
  else running++
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next === undefined) running--
    else next()
  }
}

async function placeOf({ row, column, decorators }: Cell): Promise<Place> {
  const folder = join(consumer, `${row} ${column} ${decorators}`.replace(/\W+/g, '-'))
  await mkdir(folder)
  const nodeOf = async (version: NodeVersion, ...args: readonly string[]) =>
    (await run(tools.node(version), args, folder, 230_000)).stdout
  return { folder, tools, decorators, nodeOf, node: (...args) => nodeOf('22', ...args) }
}

for (const cell of cells)
  test(`${cell.row}, ${cell.column}, ${cell.decorators} decorators`, async t => {
    const place = await placeOf(cell)
    if (cell.refused === undefined) {
      t.is((await inTurn(() => cell.run(place))).trim(), 'ok')
      found.push({ cell, refused: undefined })
      return
    }
    const { message } = await t.throwsAsync(inTurn(() => cell.run(place)))
    t.regex(message, cell.refused)
    found.push({ cell, refused: cell.refused.exec(message)?.[0] ?? '' })
  })

test.serial.after('docs/reference/toolchains.md says what was found', async () => {
  // In the order of the list, whichever ended first. A cell that failed has failed already.
  const sorted = cells.map(cell => found.find(one => one.cell === cell)).filter(one => one !== undefined)
  if (sorted.length < cells.length) return
  const changed = await updatePage(page(sorted, tools))
  if (changed && process.env.POLYWIRE_WRITE_PAGES === undefined)
    throw new Error('docs/reference/toolchains.md was out of date and has been written: commit it')
})
