import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { tabbed, table } from '../../src/cli/table.js'
import { polywire } from './cli.js'
import { folder } from './folder.js'

const rows = [
  ['  shop.v1.Orders', 'unary', 'what is said of it and goes on for a while'],
  ['  shop', 'server stream', 'short'],
  ['  shop.v1', 'nothing more in this row, which widens no column', ''],
]

test('columns stand behind their gaps, and the last text of a row widens none', t => {
  t.is(
    table(rows, { gaps: [4, 3], widths: [18] }),
    [
      '  shop.v1.Orders      unary           what is said of it and goes on for a while',
      '  shop                server stream   short',
      '  shop.v1             nothing more in this row, which widens no column',
      '',
    ].join('\n'),
  )
})

test('a table that is wider than the terminal moves together before it folds', t => {
  t.is(
    table(rows, { gaps: [4, 3], widths: [18], width: 76 }),
    [
      '  shop.v1.Orders  unary          what is said of it and goes on for a while',
      '  shop            server stream  short',
      '  shop.v1         nothing more in this row, which widens no column',
      '',
    ].join('\n'),
  )
  t.is(
    table(rows, { gaps: [4, 3], widths: [18], width: 60 }),
    [
      '  shop.v1.Orders  unary          what is said of it and goes',
      '                                 on for a while',
      '  shop            server stream  short',
      '  shop.v1         nothing more in this row, which widens no',
      '                  column',
      '',
    ].join('\n'),
  )
})

test('a text without room beside stands below', t => {
  t.is(
    table([['  json', 'FIELD_NO_DELETE_UNLESS_NAME_RESERVED', 'the name could be given to another field']], {
      width: 60,
    }),
    ['  json  FIELD_NO_DELETE_UNLESS_NAME_RESERVED', '        the name could be given to another field', ''].join('\n'),
  )
})

test('programs read tabs', t => {
  t.is(tabbed([['  a', 'b ', ''], ['c']]), 'a\tb\t\nc\n')
})

const lock = (order: readonly string[]) =>
  JSON.stringify({ schema: 'polywire.lock/1', services: {}, messages: { 'shop.v1.Order': order }, enums: {} })

for (const columns of [100, 80, 60])
  test(`check fits a terminal of ${columns} columns, and says all that it says in a pipe`, async t => {
    const cwd = await folder(t)
    const [before, after] = [join(cwd, 'before.lock.json'), join(cwd, 'after.lock.json')]
    await writeFile(before, lock(['1 id string', '2 count int32', '3 theNameOfWhoOrdered string']))
    await writeFile(
      after,
      lock(['1 id string', '2 count int64', '3 theNameOfWhoeverOrderedIt string', '9 tags list string']),
    )
    const line = ['check', after, '--against', before]
    const [wide, narrow] = [await polywire(line), await polywire(line, { columns })]
    t.deepEqual([wide.code, narrow.code], [1, 1])
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one.
    const shown = narrow.out.replace(/\u001b\[\d+m/g, '')
    // The first line has the path of the lock.
    const lines = shown.split('\n').slice(1)
    t.deepEqual(
      lines.filter(one => one.length > columns),
      [],
    )
    const words = (text: string) => text.split(/\s+/).sort()
    t.deepEqual(words(shown), words(wide.out))
  })

test('where a terminal is narrow, what changed folds, and then stands below the name', async t => {
  const cwd = await folder(t)
  const [before, after] = [join(cwd, 'before.lock.json'), join(cwd, 'after.lock.json')]
  await writeFile(before, lock(['1 id string', '3 theNameOfWhoOrdered string']))
  await writeFile(after, lock(['1 id string', '3 theNameOfWhoeverOrderedIt string']))
  const verdicts = async (columns: number) => {
    const { out } = await polywire(['check', after, '--against', before, '--color', 'never'], { columns })
    return out.split('\n').slice(2, 6)
  }
  t.deepEqual(await verdicts(90), [
    '                                                    protobuf  json   thrift  avro  callers',
    '  Order.theNameOfWhoOrdered renamed to              ok        BREAK  warn    warn  BREAK',
    '                            theNameOfWhoeverOrderedIt',
    '',
  ])
  t.deepEqual(await verdicts(80), [
    '                                          protobuf  json   thrift  avro  callers',
    '  Order.theNameOfWhoOrdered',
    '    renamed to theNameOfWhoeverOrderedIt  ok        BREAK  warn    warn  BREAK',
    '',
  ])
})
