import { copyFile, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { root, run } from './installed.js'

test('where polywire/web is a copy of its own beside polywire, each calls and serves the classes of the other', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'polywire-two-copies-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'node_modules'))
  await symlink(root, join(folder, 'node_modules/polywire'))
  const file = join(folder, 'two-copies.mjs')
  await copyFile(join(root, 'build/test/package/two-copies.js'), file)
  t.is((await run(process.execPath, ['--conditions=browser', file], folder)).stdout, 'ok\n')
})
