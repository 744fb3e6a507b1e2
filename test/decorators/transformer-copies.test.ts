import { cp, mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import test from 'ava'
import * as ours from 'class-transformer'
import { build } from 'esbuild'
import { json } from '../../src/codecs/json/codec.js'
import { storageOf, type TransformerApi } from '../../src/decorators/transformer-storage.js'
import {
  Code,
  connect,
  disconnect,
  Field,
  Message,
  Method,
  nothing,
  type RpcError,
  Service,
  string,
} from '../../src/index.js'
import { compile } from '../codecs/contract.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = await mkdtemp(join(root, 'build', 'copies-'))
test.after.always(() => rm(folder, { recursive: true, force: true }))

/** Another copy of class-transformer, as a nested node_modules has it. @param name of its folder, which an alias may choose */
async function secondCopy(name: string): Promise<TransformerApi> {
  const app = join(folder, `app-with-${name}`)
  await cp(join(root, 'node_modules', 'class-transformer'), join(app, 'node_modules', name), { recursive: true })
  return createRequire(join(app, 'app.js'))(name) as TransformerApi
}

function written(message: object): unknown {
  return JSON.parse(Buffer.from(compile(json, message.constructor as new () => object).encode(message)).toString())
}

for (const name of ['class-transformer', 'an-alias'])
  test(`@Exclude of a second copy of class-transformer holds, in a folder named ${name}`, async t => {
    const other = await secondCopy(name)
    t.not(other.Exclude, ours.Exclude)
    @Message('copies.User')
    class User {
      @Field(1, string) name = ''
      @Field(2, string) @other.Exclude() password = ''
    }
    t.deepEqual(written(Object.assign(new User(), { name: 'Ann', password: 'p' })), { name: 'Ann' })
  })

test('a class with decorators of two copies is refused, also where it inherits some', async t => {
  const other = await secondCopy('a-third')
  class Base {
    @Field(1, string) @other.Exclude() password = ''
  }
  @Message('copies.Both')
  class Both extends Base {
    @Field(2, string) @ours.Expose({ name: 'full_name' }) name = ''
  }
  @Service('copies.Refused')
  class Refused {
    @Method({ accepts: Both, returns: nothing })
    async put(_both: Both): Promise<void> {}
  }
  const error = t.throws(() => connect(Refused, 'grpc://127.0.0.1:1')) as unknown as RpcError
  t.like(error, { code: Code.failed_precondition, reason: 'class_transformer_copies' })
  t.regex(error.message, /^class Both has decorators of two copies .*npm dedupe class-transformer$/)
})

test('the storage is the one that instanceToPlain reads, or the copy is refused', t => {
  class User {
    @ours.Exclude() password = ''
  }
  t.true(storageOf(ours).excluded.get(User)?.has('password'))

  const deaf: TransformerApi = { ...ours, instanceToPlain: (object: object) => ({ ...object }) as never }
  const lost: TransformerApi = { ...ours, Exclude: () => () => {} }
  for (const api of [deaf, lost]) {
    const error = t.throws(() => storageOf(api)) as unknown as RpcError
    t.like(error, { code: Code.failed_precondition, reason: 'class_transformer_unreadable' })
    t.regex(error.message, /so @Exclude would not hold .*install class-transformer 0\.5\.1$/)
  }
  t.is(Map.prototype.has.name, 'has', 'nothing stays patched')
})

const app = `
  import { Exclude } from 'class-transformer'
  import { connect, Field, Message, Method, nothing, Service, string } from 'polywire'
  class User {}
  const field = (key, ...decorators) => { for (const decorate of decorators) decorate(User.prototype, key) }
  field('password', Exclude(), Field(1, string))
  Message('copies.Bundled')(User)
  class Users { async put() {} }
  const descriptor = Object.getOwnPropertyDescriptor(Users.prototype, 'put')
  Method({ accepts: User, returns: nothing })(Users.prototype, 'put', descriptor)
  Service('copies.Users')(Users)
  export const dial = () => connect(Users, 'grpc://127.0.0.1:1')
`

/** An app with class-transformer in its bundle, and polywire beside it. */
async function bundled(name: string, options: object): Promise<{ dial(): object }> {
  const outfile = join(folder, name)
  const polywire = pathToFileURL(join(root, 'build/src/index.js')).href
  await build({
    stdin: { contents: app.replace("'polywire'", JSON.stringify(polywire)), resolveDir: root },
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['file:*'],
    outfile,
    ...options,
  })
  return (await import(pathToFileURL(outfile).href)) as { dial(): object }
}

for (const [form, options] of Object.entries({
  plain: {},
  minified: { minify: true },
  'as ES5': { mainFields: ['module'] },
  'as ES5, minified': { mainFields: ['module'], minify: true },
}))
  test(`a copy in a bundle that polywire is not in is refused: ${form}`, async t => {
    const { dial } = await bundled(`${form.replaceAll(/\W+/g, '-')}.mjs`, options)
    for (const _ of ['first', 'again']) {
      const error = t.throws(dial) as unknown as RpcError
      t.like(error, { code: Code.failed_precondition, reason: 'class_transformer_unread' })
      t.regex(
        error.message,
        /\.mjs contains a copy of class-transformer .*bundle polywire too, or make class-transformer external$/,
      )
    }
  })

test('an app whose class-transformer is external is served', async t => {
  const { dial } = await bundled('external.mjs', { external: ['class-transformer', 'file:*'] })
  const users = dial()
  await disconnect(users)
  t.pass()
})
