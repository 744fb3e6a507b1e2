import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { polywireIn, root } from './cli.js'
import { compiler, folder, install } from './folder.js'

const messages = `
import { Doc, enumOf, Field, Message, type OneOf, oneOf, string } from 'polywire'

/** How it is said. */
export enum Mood {
  calm,
  /** In capital letters. */
  loud,
}
const mood = enumOf(Mood, 'talk.Mood')

const about = {
  /** What it is about. */
  topic: [3, string],
  page: [4, string, { doc: 'Where it stands.' }],
} as const

abstract class Dated {
  /** When it was written. */
  @Field(9, string) date = ''
}

/**
 * What to say, and {@link Mood how}.
 *
 *   an indented line with a *\\/ in it
 *
 * @example new Line()
 */
@Message('talk.Line')
export class Line extends Dated {
  /** The words. */
  @Field(1, string) words = ''
  /** Replaced. */
  @Doc('How loud.') @Field(2, mood) mood = Mood.calm
  @Field(oneOf(about)) about?: OneOf<typeof about>
  @Field(oneOf({
    /** When, in hours. */
    hour: [5, string],
  })) at?: { case: 'hour'; value: string }
}
`

const services = `
import { Method, Safe, Service, string, unimplemented } from 'polywire'
import { Line } from './messages.js'

/** Speaks. */
@Service('talk.Talk')
export class Talk {
  /**
   * Says a line.
   * @param _line what to say
   */
  @Method({ accepts: Line, returns: Line })
  @Safe()
  say(_line: Line): Promise<Line> {
    return unimplemented()
  }

  /**
   * Says words.
   *
   * @param _words what to say,
   *   word by word
   */
  @Method({ args: { words: string, to: [2, string, { doc: 'Who listens.' }] }, returns: string })
  tell(_words: string, _to: string): Promise<string> {
    return unimplemented()
  }
}
`

async function project(t: ExecutionContext, packages: Readonly<Record<string, string>>): Promise<string> {
  const cwd = await folder(t)
  await install(cwd, root, packages)
  await writeFile(join(cwd, 'package.json'), '{ "type": "module" }')
  await writeFile(join(cwd, 'messages.ts'), messages)
  await writeFile(join(cwd, 'services.ts'), services)
  return cwd
}

const proto = `syntax = "proto3";

package talk;

// Speaks.
service Talk {
  // Says a line.
  rpc Say(Line) returns (Line) {
    option idempotency_level = NO_SIDE_EFFECTS;
  }
  // Says words.
  rpc Tell(TellRequest) returns (TellResponse);
}

// What to say, and {@link Mood how}.
//
//   an indented line with a */ in it
message Line {
  // When it was written.
  string date = 9;
  // The words.
  string words = 1;
  // How loud.
  Mood mood = 2;
  oneof about {
    // What it is about.
    string topic = 3;
    // Where it stands.
    string page = 4;
  }
  oneof at {
    // When, in hours.
    string hour = 5;
  }
}

message TellRequest {
  // what to say,
  // word by word
  string words = 1;
  // Who listens.
  string to = 2;
}

message TellResponse {
  string value = 1;
}

// How it is said.
enum Mood {
  calm = 0;
  // In capital letters.
  loud = 1;
}
`

test('export takes TSDoc for descriptions, also of imported files, and @Doc wins', async t => {
  const cwd = await project(t, { typescript: compiler })
  t.deepEqual(await polywireIn(cwd, ['export', 'services.ts', '--proto']), { code: 0, out: proto, err: '' })
})

test('without a compiler API there are only the descriptions of @Doc', async t => {
  const bare = proto.replaceAll(/ *\/\/.*\n/g, '')
  const expected = bare
    .replace('  Mood mood', '  // How loud.\n  Mood mood')
    .replace('    string page', '    // Where it stands.\n    string page')
    .replace('  string to =', '  // Who listens.\n  string to =')
  const cwd = await project(t, { typescript: join(root, 'node_modules/typescript') })
  t.deepEqual(await polywireIn(cwd, ['export', 'services.ts', '--proto']), { code: 0, out: expected, err: '' })
})

test('two classes of one name keep their own comments', async t => {
  const cwd = await project(t, { typescript: compiler })
  const other = messages.replaceAll('talk.', 'other.').replace('What to say', 'What to hear')
  await writeFile(join(cwd, 'others.ts'), other)
  await writeFile(
    join(cwd, 'all.ts'),
    "export { Line } from './messages.js'\nexport { Line as Other } from './others.js'\n",
  )
  const { out, err } = await polywireIn(cwd, ['export', 'all.ts', '--jsonschema'])
  t.is(err, '')
  const { $defs } = JSON.parse(out) as { $defs: Record<string, { description: string }> }
  t.deepEqual(
    ['talk.Line', 'other.Line'].map(name => $defs[name]?.description.slice(0, 12)),
    ['What to say,', 'What to hear'],
  )
})

test('export takes the TSDoc of constants from the files that declare them', async t => {
  const cwd = await project(t, { typescript: compiler })
  const files = {
    'limits.ts': `
      /** The most. */
      export const MAX = 10
      /** The least. */
      const min = 1
      /** By default. */
      const usual = 5
      export { min as MIN }
      export default usual`,
    'all.ts': `
      export * from './limits.js'
      export * from './more.js'
      export * as limits from './limits.js'
      export { MIN as LOWEST } from './limits.js'`,
    'more.ts': `
      export * from './all.js'
      import { MAX as most } from './limits.js'
      export { most }`,
    'constants.ts': `
      import { constantsOf, int32 } from 'polywire'
      import usual, { MAX as LIMIT } from './limits.js'
      import * as own from './limits.js'
      import { limits, LOWEST, most, MIN, nothing } from './all.js'
      export const constants = constantsOf('talk', {
        A: [int32, LIMIT],
        B: [int32, usual],
        C: [int32, own.MAX],
        D: [int32, limits.MIN],
        E: [int32, LOWEST],
        F: [int32, most],
        G: [int32, MIN],
        H: [int32, nothing ?? 3],
        I: [int32, own.default],
      })`,
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text)
  await writeFile(join(cwd, 'all.ts'), `${files['all.ts']}\nexport const nothing = undefined`)
  const { code, out, err } = await polywireIn(cwd, ['export', 'constants.ts', '--thrift'])
  t.deepEqual([code, err], [0, ''])
  t.deepEqual(out.replaceAll('\n\n', '\n').match(/(?:\/\*\* .* \*\/\n)?const i32 \w/g), [
    '/** The most. */\nconst i32 A',
    '/** By default. */\nconst i32 B',
    '/** The most. */\nconst i32 C',
    '/** The least. */\nconst i32 D',
    '/** The least. */\nconst i32 E',
    '/** The most. */\nconst i32 F',
    '/** The least. */\nconst i32 G',
    'const i32 H',
    '/** By default. */\nconst i32 I',
  ])
})

test('export takes the TSDoc of typedefs and constants', async t => {
  const cwd = await project(t, { typescript: compiler })
  const text = `
    import { constantsOf, int32, listOf, string, typedef } from 'polywire'

    /** The most that one gets. */
    export const LIMIT = 10
    const rate = 5
    /** Not a constant of the contract. */
    const plain = 'x'
    const second = 'y'
    export function local(): string {
      /** Not of the file. */
      const second = plain
      return second
    }
    /** Words, in order. */
    export const Words = typedef('talk.Words', listOf(string))
    /** Replaced. */
    export const Word = typedef('talk.Word', string, { doc: 'A word.' })
    export const constants = constantsOf('talk', {
      LIMIT: [int32, LIMIT],
      /** A second. */
      RATE: [int32, rate],
      NAME: [string, 'plain'],
      SECOND: [string, second],
    })
  `
  await writeFile(join(cwd, 'others.ts'), text)
  t.deepEqual(await polywireIn(cwd, ['export', 'others.ts', '--thrift']), {
    code: 0,
    out: `namespace * talk

/** A word. */
typedef string Word

/** Words, in order. */
typedef list<string> Words

/** The most that one gets. */
const i32 LIMIT = 10

/** A second. */
const i32 RATE = 5

const string NAME = "plain"

const string SECOND = "y"
`,
    err: '',
  })
})
