import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { started } from './cli.js'
import { folder } from './folder.js'

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  test(`${signal} ends a command with ${code} while it computes`, async t => {
    const cwd = await folder(t)
    // Its exports are asked for once it is loaded, and no timer or handler runs after that.
    const text = `process.stderr.write('loaded\\n'); for (;;);\n`
    await writeFile(join(cwd, 'endless.mjs'), text)
    const { child, ended, printed } = started(cwd, ['export', 'endless.mjs', '--proto'])
    t.teardown(() => child.kill('SIGKILL'))
    await printed(/loaded/)
    child.kill(signal)
    t.deepEqual(await ended, { code, out: '', err: 'loaded\n' })
  })
