import { readFile } from 'node:fs/promises'
import test from 'ava'
import { builtInCodecs } from '../../src/codecs/built-in.js'

const root = new URL('../../../', import.meta.url)
const guide = await readFile(new URL('docs/guide/codecs.md', root), 'utf8')

test('the codec of the guide is the one that is tested, and has 30 lines', async t => {
  const fixture = await readFile(new URL('test/fixtures/cbor.ts', root), 'utf8')
  const code = fixture
    .replace("'../../src/index.js'", "'polywire'")
    .replace("'../../src/extend.js'", "'polywire/extend'")
    .trimEnd()
  t.true(guide.includes(`\`\`\`ts\n${code}\n\`\`\``))
  t.true(code.split('\n').length <= 30)
})

test('the guide names every codec and what it is sent as', t => {
  for (const { name, contentTypes } of builtInCodecs) {
    t.true(guide.includes(`\`${name}\``), name)
    t.true(guide.includes(`\`${contentTypes[0]}\``), name)
  }
})
