import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { install, pack, root, run } from '../../package/installed.js'
import { copyPublicTests } from '../../package/public-tests.js'

const folder = await mkdtemp(join(tmpdir(), 'polywire-console-'))
test.after.always(() => rm(folder, { recursive: true, force: true }))

/** Milliseconds for the whole suite. */
const patience = 1_000_000

test('the console of the installed package passes the browser tests', async t => {
  t.timeout(patience)
  await install(folder, await pack(folder), 'inversify')
  const copied = await copyPublicTests(folder, 'browser')
  for (const name of ['pages', 'try', 'crowds']) t.true(copied.includes(`tests/browser/${name}.test.js`), name)
  const ava = join(root, 'node_modules/ava/entrypoints/cli.mjs')
  const args = [ava, '--timeout=240s', '--concurrency=1', ...copied]
  const { stdout } = await run(process.execPath, args, folder, patience)
  t.regex(stdout, /\d+ tests passed/)
  t.log(/\d+ tests passed/.exec(stdout)?.[0])
})
