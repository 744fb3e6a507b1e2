// Packs what is published: the built package, with a manifest that has nothing of this repository in it. Run it after `npm run build`.
// Usage: node .ci/pack.js [folder]. It prints the path of the tarball, for `npm publish <tarball>`.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = new URL('..', import.meta.url).pathname
const { scripts, ava, devDependencies, overrides, ...manifest } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
)
for (const conditions of Object.values(manifest.exports)) delete conditions['polywire-development']
manifest.imports['#class-transformer']['node-addons'] = './dist/decorators/unbundled.js'

const stage = mkdtempSync(join(tmpdir(), 'polywire-pack-'))
try {
  for (const path of [...manifest.files, 'README.md', 'LICENSE'])
    cpSync(join(root, path), join(stage, path), { recursive: true })
  writeFileSync(join(stage, 'package.json'), JSON.stringify(manifest, undefined, 2))
  const folder = resolve(process.argv[2] ?? '.')
  const output = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], { cwd: stage, encoding: 'utf8' })
  console.log(join(folder, JSON.parse(output.slice(output.indexOf('[')))[0].filename))
} finally {
  rmSync(stage, { recursive: true })
}
