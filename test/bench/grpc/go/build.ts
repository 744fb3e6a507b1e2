import { copyFile, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { output } from '../../harness/output.js'
import type { ForeignEcho } from '../foreign-echo.js'

/** Where Debian's packages put Go's libraries. */
const libraries = '/usr/share/gocode'
const grpc = join(libraries, 'src/google.golang.org/grpc')

export const go: ForeignEcho = {
  name: 'gRPC Go',
  needs: [
    { of: 'program', what: 'go', package: 'golang-go' },
    { of: 'program', what: 'protoc', package: 'protobuf-compiler' },
    { of: 'program', what: 'protoc-gen-go', package: 'golang-goprotobuf-dev' },
    { of: 'path', what: grpc, package: 'golang-google-grpc-dev' },
  ],

  async build(sources, folder) {
    await output('protoc', [`-I${sources}`, `--go_out=plugins=grpc,import_path=main:${folder}`, 'echo.proto'])
    const own = join(sources, 'go')
    for (const name of (await readdir(own)).filter(name => name.endsWith('.go')))
      await copyFile(join(own, name), join(folder, name))
    const program = join(folder, 'echo')
    // Debian's libraries are not modules. Nothing is downloaded.
    const env = { ...process.env, GO111MODULE: 'off', GOPATH: libraries, GOFLAGS: '' }
    await output('go', ['build', '-o', program, '.'], { cwd: folder, env })
    return program
  },

  async version() {
    const [, library] = /const Version = "(.+)"/.exec(await readFile(join(grpc, 'version.go'), 'utf8')) ?? []
    return `${library}, Go ${(await output('go', ['env', 'GOVERSION'])).replace(/^go/, '')}`
  },
}
