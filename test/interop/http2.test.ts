import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import * as net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { ClientConnection } from '../../src/http2/client-connection.js'
import { prepareHeaders } from '../../src/http2/header-block.js'
import type { HeaderList } from '../../src/http2/header-list.js'
import { ServerConnection } from '../../src/http2/server-connection.js'
import type { Http2Stream } from '../../src/http2/stream.js'
import { Recorder } from '../http2/recorder.js'
import { freePort } from '../support/free-port.js'

const run = promisify(execFile)
const OK = prepareHeaders([
  [':status', '200'],
  ['content-type', 'text/plain'],
])
const DONE = prepareHeaders([['x-done', 'yes']])

class Echo extends Recorder {
  constructor(private readonly path: string) {
    super()
  }
  override onData(stream: Http2Stream, chunk: Buffer, ended: boolean): void {
    super.onData(stream, chunk, ended)
    if (ended) this.answer(stream)
  }
  override onTrailers(stream: Http2Stream, headers: HeaderList): void {
    super.onTrailers(stream, headers)
    this.answer(stream)
  }
  answer(stream: Http2Stream): void {
    stream.sendHeaders(OK, ['x-path', this.path])
    stream.write(this.chunks.length > 0 ? this.body : Buffer.from(`hello from ${this.path}`))
    stream.end(DONE)
  }
}

async function serve(t: ExecutionContext): Promise<string> {
  const server = net.createServer(socket => {
    new ServerConnection(socket, {
      onRequest(stream, headers, ended) {
        const echo = new Echo(headers.path)
        stream.handler = echo
        if (ended) echo.answer(stream)
      },
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`
}

/** A folder with one large file, gone after the test. */
async function folder(t: ExecutionContext, size: number): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'http2-'))
  await writeFile(join(path, 'body'), Buffer.alloc(size, 'abcdefghijklmnopqrstuvwxyz'))
  t.teardown(() => rm(path, { recursive: true }))
  return path
}

test('curl with prior knowledge: GET, and POST of 1 MiB', async t => {
  const url = await serve(t)
  const body = join(await folder(t, 1_048_576), 'body')
  const get = await run('curl', ['-sS', '-i', '--http2-prior-knowledge', `${url}/greet`])
  t.regex(get.stdout, /^HTTP\/2 200/)
  t.regex(get.stdout, /hello from \/greet/)
  const post = await run('curl', ['-sS', '--http2-prior-knowledge', '--data-binary', `@${body}`, `${url}/echo`], {
    maxBuffer: 1e8,
  })
  t.is(post.stdout.length, 1_048_576)
  t.true(post.stdout.startsWith('abcdefghij'))
})

test('nghttp: several requests on one connection, with padding and trailers', async t => {
  const url = await serve(t)
  const body = join(await folder(t, 300_000), 'body')
  const args = ['-v', '-n', '-b', '200', '--no-dep', '-m', '5', '-d', body, '--trailer', 'x-sent: yes', `${url}/echo`]
  const { stdout } = await run('nghttp', args, { maxBuffer: 1e8 })
  t.is(stdout.match(/recv \(stream_id=\d+\) x-done: yes/g)?.length, 5)
  t.notRegex(stdout, /RST_STREAM|error_code=(?!NO_ERROR)/)
})

test('h2load: thousands of requests over several connections, none lost', async t => {
  const url = await serve(t)
  const { stdout } = await run('h2load', ['-n', '5000', '-c', '4', '-m', '50', `${url}/load`])
  t.regex(stdout, /5000 succeeded, 0 failed, 0 errored/)
  const body = join(await folder(t, 100_000), 'body')
  const large = await run('h2load', ['-n', '300', '-c', '2', '-m', '20', '-d', body, `${url}/load`])
  t.regex(large.stdout, /300 succeeded, 0 failed, 0 errored/)
})

test('a client against nghttpd: files of many sizes at once, a missing one, an echoed upload', async t => {
  const path = await folder(t, 2_000_000)
  await writeFile(join(path, 'small'), 'tiny')
  await writeFile(join(path, 'empty'), '')
  const port = await freePort()
  const server = spawn('nghttpd', ['--no-tls', '-d', path, '--echo-upload', String(port)])
  t.teardown(() => stop(server))
  const client = new ClientConnection(await connect(port))
  const get = (name: string, ...extra: string[]) => {
    const call = new Recorder()
    const headers = prepareHeaders([
      [':method', 'GET'],
      [':scheme', 'http'],
      [':path', `/${name}`],
      [':authority', 'localhost'],
    ])
    client.open(call).sendOnly(headers, extra)
    return call
  }
  for (let round = 0; round < 3; round++) {
    const calls = ['body', 'small', 'empty', 'missing', 'body'].map(name => get(name, 'x-round', String(round)))
    await Promise.all(calls.map(({ done }) => done))
    t.deepEqual(
      calls.map(({ headers, body }) => [headers?.status, body.length]).filter(([status]) => status === 200),
      [
        [200, 2_000_000],
        [200, 4],
        [200, 0],
        [200, 2_000_000],
      ],
    )
    t.is(calls[3]?.headers?.status, 404)
    t.deepEqual(
      calls.map(({ error }) => error),
      new Array(5).fill(undefined),
    )
  }
  const upload = new Recorder()
  const stream = client.open(upload)
  stream.sendHeaders(
    prepareHeaders([
      [':method', 'POST'],
      [':scheme', 'http'],
      [':path', '/upload'],
      [':authority', 'localhost'],
    ]),
  )
  const body = Buffer.alloc(700_000, 'upload ')
  stream.writeLast(body)
  await upload.done
  t.true(upload.body.equals(body))
  await client.close()
})

/** Tries until the program that was just started listens. */
async function connect(port: number): Promise<net.Socket> {
  for (let attempt = 0; ; attempt++) {
    const socket = net.connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return socket
    } catch (error) {
      if (attempt === 50) throw error
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill()
  if (child.exitCode === null) await once(child, 'exit')
}
