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

for (const [first, second] of [
  ['polywire', 'reflect-metadata'],
  ['reflect-metadata', 'polywire'],
]) {
  test(`the copy of reflect-metadata within polywire shares its metadata: ${first}, then ${second}`, async t => {
    const program = `
      await import('${first}')
      const { defineMetadata } = Reflect
      await import('${second}')
      const { prototype } = class {}
      defineMetadata('design:type', String, prototype, 'name')
      console.log(Reflect.getOwnMetadata('design:type', prototype, 'name').name)`
    t.is((await run(process.execPath, ['--input-type=module', '-e', program], root)).stdout, 'String\n')
  })
}
