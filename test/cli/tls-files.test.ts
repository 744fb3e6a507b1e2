import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { certificate } from '../../samples/one-port/certificate.js'
import { serve } from '../../src/index.js'
import { HelloService } from '../fixtures/hello.js'
import { polywire, root } from './cli.js'
import { folder } from './folder.js'

const contract = ['-c', join(root, 'build/test/fixtures/hello.js')]

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pkcs8 = { type: 'pkcs8', format: 'pem' } as const

const contents: Readonly<Record<string, string>> = {
  'cert.pem': certificate.cert,
  'key.pem': certificate.key,
  'both.pem': certificate.cert + certificate.key,
  'other.pem': String(privateKey.export(pkcs8)),
  'secret.pem': String(privateKey.export({ ...pkcs8, cipher: 'aes-128-cbc', passphrase: 'x' })),
  'damaged.pem': certificate.cert.replace('MIIB', 'AAAA'),
  'data.json': '{}',
}

/** A server whose certificate those files have, and a line that calls it. The words of flags may be names of the files. */
async function calling(t: ExecutionContext) {
  const server = await serve([HelloService], { port: 0, host: '127.0.0.1', tls: certificate, report: () => {} })
  t.teardown(() => server.close())
  const cwd = await folder(t)
  for (const [name, text] of Object.entries(contents)) await writeFile(join(cwd, name), text)
  const line = ['call', `grpcs://127.0.0.1:${server.port}`, 'SayHello', 'name=x', ...contract]
  const call = async (flags: string) => {
    const words = flags.split(' ').map(word => (word in contents ? join(cwd, word) : word))
    const { code, out, err } = await polywire([...line, ...words])
    return { code, out, err: err.replaceAll(`${cwd}/`, '') }
  }
  return { line, call }
}

test('a file of TLS that cannot be used is named before anything is sent', async t => {
  const { call } = await calling(t)
  for (const [flags, problem] of [
    ['--cacert data.json', '--cacert data.json is not PEM: it has no line BEGIN CERTIFICATE\n'],
    ['--cert cert.pem --key data.json', '--key data.json is not PEM: it has no line BEGIN PRIVATE KEY\n'],
    ['--cert cert.pem', '--cert needs the private key of the certificate, too: --key FILE\n'],
    ['--key key.pem', '--key needs the certificate of the private key, too: --cert FILE\n'],
    ['--cert cert.pem --key other.pem', '--cert cert.pem and its key other.pem cannot be used: key values mismatch\n'],
    [
      '--cert cert.pem --key secret.pem',
      '--key secret.pem has a passphrase. To make a file without it:\n  openssl pkey -in secret.pem -out FILE\n',
    ],
  ] as const)
    t.deepEqual(await call(flags), { code: 2, out: '', err: `polywire: ${problem}` }, flags)
  const damaged = await call('--cacert damaged.pem')
  t.is(damaged.code, 2)
  t.regex(damaged.err, /^polywire: --cacert damaged\.pem has no certificate: [^\n]+\n$/)
})

test('the key may be in the file of the certificate', async t => {
  const { call } = await calling(t)
  const { code, out } = await call('--cacert cert.pem --cert both.pem')
  t.deepEqual({ code, out }, { code: 0, out: '{"message":"Hello, x!"}\n' })
})

test('a certificate for another name says which, and the line has that name', async t => {
  const { line, call } = await calling(t)
  const { code, err } = await call('--cacert cert.pem --server-name=shop.example')
  t.is(code, 78)
  t.is(
    err,
    `unavailable: the certificate of ${line[1]?.slice(8)} is for localhost, 127.0.0.1, not for shop.example\n` +
      `  if it is that server: polywire ${line.join(' ')} --cacert cert.pem --server-name localhost\n`,
  )
  t.is((await call('--cacert cert.pem --server-name localhost')).code, 0)
})

test('a port that cannot be is a mistake in the target', async t => {
  for (const target of [':99999', '127.0.0.1:65536']) {
    const { code, err } = await polywire(['health', target])
    const port = target.replace(/.*:/, '')
    t.deepEqual([code, err], [2, `polywire: ${target}: a port is at most 65535, got ${port}\n`])
  }
  t.is((await polywire(['ls', ''])).err, 'polywire: "" is not a target; write :8080, host:8080 or grpc://host:8080\n')
})
